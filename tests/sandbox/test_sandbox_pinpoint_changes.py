"""Updates and comments in the Pinpoint simulator."""

import base64
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import JSON_API

PDF = b"%PDF-1.4\n% sample\n"
URI = "data:application/pdf;base64," + base64.b64encode(PDF).decode()
CV = {"cv_base64_filename": "Ana_Petrov_CV.pdf", "cv_base64_data": URI}


def post(client: httpx.Client, path: str, document: object, method: str = "POST") -> httpx.Response:
    return client.request(method, path, json=document, headers={"Content-Type": JSON_API})


def link(kind: str, record_id: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": record_id}}


@pytest.fixture
def job(world: World) -> str:
    return world.pinpoint.add_job(id="5101", questions=[("What is your notice period?", True)])


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["detail"], error["source"]["pointer"]) for error in answer.json()["errors"]]


def blank(*names: str) -> list[tuple[str, str]]:
    return [(f"{name.replace('_', ' ').capitalize()} can't be blank", f"/data/attributes/{name}") for name in names]


# --- update ---


def change(client: httpx.Client, made: str, data_id: str | None = None, **attributes: Any) -> httpx.Response:
    document = {"data": {"id": data_id or made, "type": "applications", "attributes": attributes}}
    return post(client, f"/applications/{made}", document, "PUT")


@pytest.fixture
def made(world: World, job: str) -> str:
    return world.pinpoint.add_application(job, email="a@example.com")


def test_update_adds_a_document_and_a_tag(pinpoint: httpx.Client, world: World, made: str) -> None:
    documents = [{"data": URI, "filename": "new.pdf"}, {"data": URI}]
    tag = {"tag": "CV updated", "context": "custom_green"}
    answer = change(pinpoint, made, documents_base64=documents, add_tag_with_context=tag)
    (stored,) = world.pinpoint.applications
    assert answer.status_code == 200
    assert (
        [document.filename for document in stored.documents],
        stored.tags,
    ) == (["new.pdf"], [{"name": "CV updated", "context": "custom_green"}])


def test_update_with_another_id_is_400(pinpoint: httpx.Client, made: str) -> None:
    assert change(pinpoint, made, "9", first_name="Ana").status_code == 400


def test_update_takes_no_summary(pinpoint: httpx.Client, made: str) -> None:
    assert change(pinpoint, made, summary="x").status_code == 400


def test_put_cv_switch(pinpoint: httpx.Client, world: World, made: str) -> None:
    assert errors(change(pinpoint, made, **CV))[0][0] == "CV can't be changed"
    assert None is world.pinpoint.applications[0].cv
    world.pinpoint.switches["put_cv"] = "accept"
    assert change(pinpoint, made, **CV).status_code == 200
    assert world.pinpoint.applications[0].cv == PDF


# --- comments ---


def comment(client: httpx.Client, record_id: str, body_text: str | None = "Hi", kind: str = "applications") -> Any:
    attributes = {} if body_text is None else {"body_text": body_text}
    relationships = {"commentable": link(kind, record_id)}
    return post(
        client, "/comments", {"data": {"type": "comments", "attributes": attributes, "relationships": relationships}}
    )


def test_comment_is_stored_with_its_line_breaks(pinpoint: httpx.Client, made: str) -> None:
    text = "SMS:\nThursday works.\n[sms:SM01]"
    answer = comment(pinpoint, made, text)
    query = f"filter[commentable_type]=Application&filter[commentable_id]={made}&sort=-created_at"
    (row,) = pinpoint.get(f"/comments?{query}").json()["data"]
    assert (201, text, "Application", 1) == (
        answer.status_code,
        *(row["attributes"][name] for name in ("body_text", "commentable_type", "user_id")),
    )


@pytest.mark.parametrize("text", ["", None])
def test_empty_comment_is_422(pinpoint: httpx.Client, made: str, text: str | None) -> None:
    assert errors(comment(pinpoint, made, text)) == [("Body text can't be blank", "/data/attributes/body_text")]


def test_comment_on_nothing_is_422(pinpoint: httpx.Client) -> None:
    assert comment(pinpoint, "9").status_code == 422


def test_candidate_comments_switch(pinpoint: httpx.Client, world: World) -> None:
    person = world.pinpoint.add_candidate(email="a@example.com")
    assert comment(pinpoint, person, kind="candidates").status_code == 422
    world.pinpoint.switches["candidate_comments"] = "on"
    assert comment(pinpoint, person, kind="candidates").status_code == 201


def test_comment_filter_wants_the_class_name(pinpoint: httpx.Client) -> None:
    assert pinpoint.get("/comments?filter[commentable_type]=applications").status_code == 400
