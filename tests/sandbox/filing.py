"""Applications as the tests post them to the Pinpoint simulator, and what comes back."""

import base64
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox.world import World

JSON_API = "application/vnd.api+json"
PDF = b"%PDF-1.4\n% sample\n"
URI = "data:application/pdf;base64," + base64.b64encode(PDF).decode()
NAMES = {"first_name": "Ana", "last_name": "Petrov", "email": "ana.petrov@example.com"}
CV = {"cv_base64_filename": "Ana_Petrov_CV.pdf", "cv_base64_data": URI}

Create = Callable[..., httpx.Response]


def post(client: httpx.Client, path: str, document: object, method: str = "POST") -> httpx.Response:
    return client.request(method, path, json=document, headers={"Content-Type": JSON_API})


def link(kind: str, record_id: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": record_id}}


@pytest.fixture
def job(world: World) -> str:
    return world.pinpoint.add_job(id="5101", questions=[("What is your notice period?", True)])


@pytest.fixture
def create(pinpoint: httpx.Client, job: str) -> Create:
    """Posts an application to the job: attributes by name, relationships by `relations`, None takes one away."""

    def send(relations: dict[str, Any] | None = None, included: list[Any] | None = None, **sent: Any) -> httpx.Response:
        attributes = {name: value for name, value in (NAMES | sent).items() if value is not None}
        links = {"job": link("jobs", job), **(relations or {})}
        links = {name: value for name, value in links.items() if value is not None}
        document: dict[str, Any] = {"data": {"type": "applications", "attributes": attributes, "relationships": links}}
        if included is not None:
            document["included"] = included
        return post(pinpoint, "/applications", document)

    return send


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["detail"], error["source"]["pointer"]) for error in answer.json()["errors"]]


def blank(*names: str) -> list[tuple[str, str]]:
    return [(f"{name.replace('_', ' ').capitalize()} can't be blank", f"/data/attributes/{name}") for name in names]
