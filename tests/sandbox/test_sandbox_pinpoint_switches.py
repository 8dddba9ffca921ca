"""The switches of the Pinpoint simulator that concern new applications."""

import base64
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox.pinpoint.switches import CHOICES, Switches
from connector.sandbox.world import World
from tests.sandbox.conftest import JSON_API
from tests.sandbox.filing import CV, NAMES, PDF, URI, Create, errors, link


@pytest.mark.parametrize("data", [base64.b64encode(PDF).decode(), "data:application/pdf;base64,????"])
def test_bare_base64_switch(create: Create, world: World, data: str) -> None:
    sent = CV | {"cv_base64_data": data}
    kept = []
    for value in ("accept", "drop"):
        world.pinpoint.switches["bare_base64"] = value
        assert create(**sent).status_code == 201
        kept.append(world.pinpoint.applications[-1].cv)
    world.pinpoint.switches["bare_base64"] = "422"
    assert errors(create(**sent)) == [("CV is invalid", "/data/attributes/cv_base64_data")]
    assert [b"" if "?" in data else PDF, None] == kept


@pytest.mark.parametrize(
    "change", [{"cv_base64_filename": "cv.html"}, {"cv_base64_data": URI.replace("application/pdf", "text/html")}]
)
def test_cv_of_another_type(create: Create, change: dict[str, str]) -> None:
    assert errors(create(**(CV | change)))[0][0] == "CV has an invalid content type"


def test_cv_over_the_limit(create: Create, world: World) -> None:
    world.pinpoint.file_limit_bytes = len(PDF) - 1
    assert errors(create(**CV))[0][0] == "CV is too big"


def test_body_over_the_proxy_limit_is_413_html(create: Create, world: World) -> None:
    world.pinpoint.proxy_limit_bytes = 100
    answer = create(**CV)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert world.pinpoint.applications == []


def test_duplicates_switch(create: Create, world: World) -> None:
    first = create().json()["data"]["id"]
    again = {"email": NAMES["email"].upper()}
    assert create(**again).status_code == 201
    world.pinpoint.switches["duplicates"] = "422"
    assert errors(create(**again)) == [("Email has already been taken", "/data/attributes/email")]
    world.pinpoint.switches["duplicates"] = "silent_201_existing"
    answer = create(**again)
    assert (201, first, 2) == (answer.status_code, answer.json()["data"]["id"], len(world.pinpoint.applications))


def test_blocked_switch(create: Create, world: World) -> None:
    world.pinpoint.add_candidate(email=NAMES["email"], blocked=True)
    assert create().status_code == 201
    world.pinpoint.switches["blocked"] = "422"
    assert errors(create()) == [("Candidate is blocked", "/data/relationships/candidate")]


def test_unknown_candidate(create: Create) -> None:
    answer = create({"candidate": link("candidates", "9")})
    assert errors(answer) == [("Candidate must exist", "/data/relationships/candidate")]


def test_known_email_is_tied_to_the_person(create: Create, world: World) -> None:
    person = world.pinpoint.add_candidate(email="Ana.Petrov@example.com")
    assert int(person) == create().json()["data"]["attributes"]["candidate_id"]
    world.pinpoint.switches["email_match"] = "exact"
    assert int(person) != create().json()["data"]["attributes"]["candidate_id"]


def test_given_candidate_wins_over_the_email(create: Create, world: World) -> None:
    person = world.pinpoint.add_candidate(email="other@example.com")
    answer = create({"candidate": link("candidates", person)})
    assert int(person) == answer.json()["data"]["attributes"]["candidate_id"]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"country": "United States", "address2": "Flat 2"}, "address2"),
        ({"country": "United Kingdom", "state_province": "Yorkshire"}, "state_province"),
    ],
)
def test_address_rules(create: Create, sent: dict[str, str], name: str) -> None:
    assert [f"/data/attributes/{name}"] == [pointer for _, pointer in errors(create(**sent))]


def test_unknown_attr_switch(create: Create, world: World) -> None:
    assert create(middle_name="Maria").status_code == 400
    world.pinpoint.switches["unknown_attr"] = "422"
    assert errors(create(middle_name="Maria")) == [
        ("Middle name is not a known attribute", "/data/attributes/middle_name")
    ]
    world.pinpoint.switches["unknown_attr"] = "ignore"
    assert create(middle_name="Maria").status_code == 201


def test_unknown_relationship_is_refused(create: Create) -> None:
    assert create({"recruiter": link("users", "1")}).status_code == 400


def test_bare_422_switch(create: Create, world: World) -> None:
    world.pinpoint.switches["bare_422"] = "on"
    (error,) = create(email=None).json()["errors"]
    assert {"code", "status", "title", "detail"} == set(error)


@pytest.mark.parametrize(
    ("sent", "name"),
    [({"phone": 447700900111}, "phone"), ({"is_demo": "yes"}, "is_demo"), ({"add_tag_with_context": "x"}, "tag")],
)
def test_value_of_a_wrong_type(create: Create, sent: dict[str, Any], name: str) -> None:
    assert name in errors(create(**sent))[0][1]


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"data": []}', b'{"data": {"type": "jobs"}}'])
def test_broken_document_is_400(pinpoint: httpx.Client, content: bytes) -> None:
    answer = pinpoint.post("/applications", content=content, headers={"Content-Type": JSON_API})
    assert answer.status_code == 400


def test_content_type_must_be_json_api(pinpoint: httpx.Client) -> None:
    assert pinpoint.post("/applications", json={"data": {}}).status_code == 400


def test_tags_and_nested_objects(create: Create, world: World, pinpoint: httpx.Client) -> None:
    question = world.pinpoint.jobs["5101"].questions[0].id
    relations = {
        "comments": {"data": [{"type": "comments", "temp-id": "c-1", "method": "create"}]},
        "answers": {"data": [{"type": "answers", "temp-id": "a-1", "method": "create"}]},
    }
    answer_links = {"question": link("questions", question)}
    included = [
        {"type": "comments", "temp-id": "c-1", "attributes": {"body_text": "Conversation started on cord."}},
        {"type": "answers", "temp-id": "a-1", "attributes": {"text_answer": "4 weeks"}, "relationships": answer_links},
    ]
    tags = [{"tag": "Sourced: cord", "context": "custom_green"}]
    made = create(relations, included, add_tags_with_context=tags).json()["data"]["id"]
    query = "extra_fields[applications]=tags&include=comments,answers"
    body = pinpoint.get(f"/applications/{made}?{query}").json()
    assert body["data"]["attributes"]["tags"] == [{"name": "Sourced: cord", "context": "custom_green"}]
    assert sorted(row["type"] for row in body["included"]) == ["answers", "comments"]


def test_nested_object_without_its_counterpart(create: Create) -> None:
    relations = {"comments": {"data": [{"type": "comments", "temp-id": "c-1", "method": "create"}]}}
    assert errors(create(relations)) == [("Comments is invalid", "/data/relationships/comments")]


# --- read back ---


def attachments(client: httpx.Client, made: str) -> list[dict[str, str]]:
    query = "extra_fields[applications]=attachments"
    return client.get(f"/applications/{made}?{query}").json()["data"]["attributes"]["attachments"]


def test_attachments_and_their_switches(create: Create, world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.switches["pdf_cv_delay_s"] = 60
    made = create(**CV).json()["data"]["id"]
    assert [(a["context"], a["filename"]) for a in attachments(pinpoint, made)] == [("cv", "Ana_Petrov_CV.pdf")]
    world.pinpoint.clock_offset_s = 61
    world.pinpoint.switches["attachment_key"] = "name"
    listed = attachments(pinpoint, made)
    assert [each["context"] for each in listed] == ["cv", "pdf_cv"]
    assert {"context", "name", "url"} == set(listed[0])
    assert httpx.get(listed[0]["url"]).content == PDF


# --- switches ---


def test_switches_have_the_documented_defaults() -> None:
    defaults = Switches()
    assert tuple(
        defaults[name] for name in ("hide_confidential", "email_match", "phone_match", "duplicates", "unknown_attr")
    ) == ("on", "casefold", "exact", "allow", "400")
    assert 16 == len(defaults) == len(CHOICES)


@pytest.mark.parametrize(("name", "value"), [("duplicate", "allow"), ("duplicates", "maybe"), ("pdf_cv_delay_s", -1)])
def test_bad_switch_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        Switches({name: value})
