"""A served world, clients whose every answer is held against the contract, and a receiver of callbacks."""

from collections.abc import Callable, Iterator

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.contract.openapi import PlainRequest, PlainResponse, validate_response
from tests.sandbox.filing import JSON_API as JSON_API
from tests.sandbox.filing import create as create
from tests.sandbox.filing import job as job
from tests.sandbox.listening import Listener

Writer = Callable[..., httpx.Response]

JOB = {"title": "Senior Backend Engineer", "status": "open", "updated_at": "2026-11-20T12:00:00Z"}
SENT = {
    "outcome": "sent",
    "ats": "pinpoint",
    "ats_job_id": "5101",
    "ats_application_id": "812345",
    "at": "2026-11-21T09:14:40Z",
}
SMS = {
    "direction": "from_candidate",
    "channel": "sms",
    "external_id": "SM0001",
    "body": "Tuesday works",
    "from": "+447700900123",
    "to": "+447700900321",
    "received_at": "2026-11-21T10:02:11Z",
    "deliver": False,
}


def _checked(platform: str) -> Callable[[httpx.Response], None]:
    def check(response: httpx.Response) -> None:
        response.read()
        request = PlainRequest(response.request.method, str(response.request.url))
        validate_response(platform, request, PlainResponse(response.status_code, response.headers, response.content))

    return check


def cord_client(world: World, token: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=world.cord_url,
        headers={"Authorization": f"Bearer {token or world.cord_token}"},
        event_hooks={"response": [_checked("cord")]},
        timeout=5,
    )


def pinpoint_client(world: World, key: str | None = None) -> httpx.Client:
    return httpx.Client(
        base_url=world.pinpoint_url + "/api/v1",
        headers={"X-API-KEY": key or world.pinpoint_key, "Accept": JSON_API},
        event_hooks={"response": [_checked("pinpoint")]},
        timeout=5,
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def field(answer: httpx.Response) -> tuple[int, str, str]:
    first = answer.json()["error"]["fields"][0]
    return answer.status_code, first["name"], first["code"]


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None) as served:
        yield served


@pytest.fixture
def cord(world: World) -> Iterator[httpx.Client]:
    with cord_client(world) as client:
        yield client


@pytest.fixture
def pinpoint(world: World) -> Iterator[httpx.Client]:
    with pinpoint_client(world) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Receives callbacks."""
    with Listener() as made:
        yield made


@pytest.fixture
def ana(world: World) -> str:
    return world.cord.add_person(
        "pe_552",
        first_name="Ana",
        last_name="Petrov",
        emails=["ana.petrov@example.com"],
        phones=["+447700900123"],
        linkedin="https://linkedin.example.com/in/ana-petrov",
        cv=b"%PDF-1.4 made up",
        cv_filename="Ana_Petrov_CV.pdf",
    )


@pytest.fixture
def position(world: World) -> str:
    world.cord.add_ats_job("5101", "Senior Backend Engineer")
    return world.cord.add_position(id="po_17", title="Senior Backend Engineer", linked_job="5101")


@pytest.fixture
def start(world: World, ana: str, position: str) -> str:
    return world.cord.start_conversation(ana, position)


@pytest.fixture
def write(cord: httpx.Client) -> Writer:
    """Sends a write under a fresh key unless `key` is given."""
    count = iter(range(10_000_000, 99_999_999))

    def send(method: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key or f"key-{next(count)}"}
        return cord.request(method, path, json=body, headers=headers)

    return send
