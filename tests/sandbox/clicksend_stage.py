"""The ClickSend simulator, served, and the vendor's own client for it, whose models refuse a wrong type."""

import re
from collections.abc import Iterator
from typing import Any

import clicksend as vendor
import httpx2 as httpx
import pytest

from connector.sandbox.clicksend.simulator import ClickSend
from connector.sandbox.world import World

OURS, ANA, BEN, ABROAD = "+447700900100", "+447700900123", "+447700900124", "+61491570006"

UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\Z")


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["clicksend"]) as served:
        yield served


@pytest.fixture
def clicksend(world: World) -> ClickSend:
    made = world.texting["clicksend"]
    assert isinstance(made, ClickSend)
    made.add_number(OURS)
    return made


def sdk(clicksend: ClickSend, key: str | None = None) -> vendor.ApiClient:
    settings = vendor.Configuration(username=clicksend.username, password=key or clicksend.api_key)
    settings.host = clicksend.base_url
    return vendor.ApiClient(settings)


@pytest.fixture
def sms(clicksend: ClickSend) -> vendor.SmsApi:
    return vendor.SmsApi(sdk(clicksend))


@pytest.fixture
def raw(clicksend: ClickSend) -> Iterator[httpx.Client]:
    auth = (clicksend.username, clicksend.api_key)
    with httpx.Client(base_url=clicksend.base_url + "/v3", auth=auth, timeout=5) as client:
        yield client


def send(sms: vendor.SmsApi, to: str = ANA, body: str = "Shall we talk?", **more: Any) -> Any:
    """Sends one message with the vendor's client; returns it as the client reads it."""
    answer = sms.send_sms(send_sms_request={"messages": [{"to": to, "body": body, "from": OURS, **more}]})
    assert (answer.http_code, answer.response_code) == (200, "SUCCESS")
    (message,) = answer.data.messages
    return message
