"""The Exotel simulator, served, and what sends through it."""

from collections.abc import Callable, Iterator

import httpx2 as httpx
import pytest

from connector.sandbox.exotel.simulator import Exotel
from connector.sandbox.world import World

OURS, ANA, ABROAD = "+918045550100", "+919052161119", "+447700900123"

Send = Callable[..., httpx.Response]


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["exotel"]) as served:
        yield served


@pytest.fixture
def exotel(world: World) -> Exotel:
    vendor = world.texting["exotel"]
    assert isinstance(vendor, Exotel)
    vendor.add_number(OURS)
    return vendor


@pytest.fixture
def client(exotel: Exotel) -> Iterator[httpx.Client]:
    base = f"{exotel.base_url}/v1/Accounts/{exotel.account}"
    with httpx.Client(base_url=base, auth=(exotel.api_key, exotel.api_token), timeout=5) as made:
        yield made


@pytest.fixture
def send(client: httpx.Client) -> Send:
    def post(path: str = "/Sms/send.json", **changes: str) -> httpx.Response:
        form = {"From": OURS, "To": ANA, "Body": "Shall we talk?", "DltEntityId": "1234567890123"} | changes
        return client.post(path, data={name: value for name, value in form.items() if value})

    return post
