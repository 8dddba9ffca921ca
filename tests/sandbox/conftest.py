"""A served world without limiters, and clients whose every answer is held against the contract."""

from collections.abc import Callable, Iterator

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.contract.openapi import PlainRequest, PlainResponse, validate_response

JSON_API = "application/vnd.api+json"


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
