"""What we ask Twilio, compared with what Twilio's own SDK asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from connector.domain.texts import Outgoing
from connector.platforms.twilio.adapter import TwilioTexting
from tests.platforms.texting.loopback import Asked, asked, data
from tests.platforms.twilio.twilio_rows import ACCOUNT, AT, MESSAGE, OURS, PATH, THEIRS, listed, row, sid
from tests.rest.raw_server import Server

TOKEN = "0123456789abcdef0123456789abcdef"
SERVICE = "MG" + "0c" * 16


class Loopback(TwilioHttpClient):  # type: ignore[misc]
    """Turns every address of Twilio's to the server."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._url = server.url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        path = url.partition("://")[2].partition("/")[2]
        return super().request(method, f"{self._url}/{path}", *args, **kwargs)


def sdk(server: Server, act: Callable[[Client], object], user: str = ACCOUNT, key: str = TOKEN) -> Asked:
    """Return the SDK's own request."""
    client = Client(user, key, ACCOUNT, http_client=Loopback(server))
    # whatever it makes of the answer: the request is what counts
    with suppress(TwilioException, AttributeError, KeyError, TypeError):
        act(client)
    return asked(server)[0]


def same_request(ours: Asked, theirs: Asked) -> None:
    assert (ours.method, ours.path, ours.authorization) == (theirs.method, theirs.path, theirs.authorization)
    assert sorted(ours.query) == sorted(theirs.query)
    assert ours.form == theirs.form
    assert ours.content_type == theirs.content_type or not ours.body


SENDS: dict[str, tuple[Outgoing, dict[str, str], dict[str, Any]]] = {
    "plain": (MESSAGE, {}, {"from_": OURS, "status_callback": MESSAGE.callback_url}),
    "no callback": (replace(MESSAGE, callback_url=None), {}, {"from_": OURS}),
    "smart": (
        replace(MESSAGE, smart=True),
        {},
        {"from_": OURS, "status_callback": MESSAGE.callback_url, "smart_encoded": True},
    ),
    "a service as sender": (
        replace(MESSAGE, sender=SERVICE),
        {},
        {"messaging_service_sid": SERVICE, "status_callback": MESSAGE.callback_url},
    ),
    "a number of a service": (
        MESSAGE,
        {"messaging_service_sid": SERVICE},
        {"from_": OURS, "messaging_service_sid": SERVICE, "status_callback": MESSAGE.callback_url},
    ),
    "odd characters": (
        replace(MESSAGE, text="1+1=2 & ünï 👍\n’quoted’ % ;"),
        {},
        {"from_": OURS, "status_callback": MESSAGE.callback_url, "body": "1+1=2 & ünï 👍\n’quoted’ % ;"},
    ),
}


@pytest.mark.parametrize("case", SENDS)
def test_a_send_is_the_sdks(serve: Callable[..., Server], connect: Callable[..., TwilioTexting], case: str) -> None:
    message, options, fields = SENDS[case]
    server = serve(data(row(), 201))
    connect(server, **options).submit(message)
    theirs = sdk(serve(data(row(), 201)), lambda c: c.messages.create(**{"to": THEIRS, "body": message.text, **fields}))
    ours = asked(server)[0]
    # the SDK spells true as Python does; Twilio's documents say `true`
    theirs = replace(theirs, body=theirs.body.replace(b"SmartEncoded=True", b"SmartEncoded=true"))
    same_request(ours, theirs)


def test_with_an_api_key_its_id_is_the_user_and_the_path_keeps_the_account(
    serve: Callable[..., Server], connect: Callable[..., TwilioTexting]
) -> None:
    server = serve(data(row(), 201))
    connect(server, "key-secret-0123", api_key_sid="SK" + "1" * 32).submit(MESSAGE)
    fields = {"to": THEIRS, "body": MESSAGE.text, "from_": OURS, "status_callback": MESSAGE.callback_url}
    theirs = sdk(serve(data(row(), 201)), lambda c: c.messages.create(**fields), "SK" + "1" * 32, "key-secret-0123")
    same_request(asked(server)[0], theirs)


def test_a_poll_is_the_sdks(serve: Callable[..., Server], connect: Callable[..., TwilioTexting]) -> None:
    server = serve(data(listed()))
    connect(server).replies(OURS, AT)
    theirs = sdk(serve(data(listed())), lambda c: c.messages.list(to=OURS, date_sent_after=AT, page_size=1000))
    same_request(asked(server)[0], theirs)
    assert ("DateSent>", "2026-11-21T09:14:40Z") in asked(server)[0].query


def test_a_look_up_is_the_sdks(serve: Callable[..., Server], connect: Callable[..., TwilioTexting]) -> None:
    server = serve(data(listed()))
    connect(server).find(MESSAGE, AT, ())
    midnight = AT.replace(hour=0, minute=0, second=0)
    theirs = sdk(
        serve(data(listed())),
        lambda c: c.messages.list(to=THEIRS, from_=OURS, date_sent_after=midnight, page_size=1000),
    )
    same_request(asked(server)[0], theirs)


READS: dict[str, tuple[Any, Callable[[TwilioTexting], object], Callable[[Client], object]]] = {
    "receipt": (row(), lambda a: a.receipt(sid(1)), lambda c: c.messages(sid(1)).fetch()),
    "balance": ({"balance": "1", "currency": "USD"}, lambda a: a.balance(), lambda c: c.balance.fetch()),
    "probe": ({"sid": ACCOUNT}, lambda a: a.probe(), lambda c: c.api.v2010.accounts(ACCOUNT).fetch()),
    "services": (
        {"services": [], "meta": {}, "incoming_phone_numbers": []},
        lambda a: a.own_numbers(),
        lambda c: c.messaging.v1.services.list(page_size=100),
    ),
    "sub-accounts": (
        {"accounts": []},
        lambda a: a.provisioning.sub_accounts("Acme"),
        lambda c: c.api.v2010.accounts.list(friendly_name="Acme", page_size=1000),
    ),
    "available in GB": (
        {"available_phone_numbers": []},
        lambda a: a.provisioning.available_numbers("GB", 5),
        lambda c: c.available_phone_numbers("GB").mobile.list(sms_enabled=True, page_size=5),
    ),
    "available in the US": (
        {"available_phone_numbers": []},
        lambda a: a.provisioning.available_numbers("US", 5),
        lambda c: c.available_phone_numbers("US").local.list(sms_enabled=True, page_size=5),
    ),
    "price": (
        {"phone_number_prices": [], "price_unit": "USD"},
        lambda a: a.provisioning.number_price("GB"),
        lambda c: c.pricing.v1.phone_numbers.countries("GB").fetch(),
    ),
    "numbers of a sub-account": (
        {"incoming_phone_numbers": []},
        lambda a: a.provisioning.numbers_of("AC" + "2" * 32),
        lambda c: c.api.v2010.accounts("AC" + "2" * 32).incoming_phone_numbers.list(page_size=1000),
    ),
}


@pytest.mark.parametrize("case", READS)
def test_a_read_is_the_sdks(serve: Callable[..., Server], connect: Callable[..., TwilioTexting], case: str) -> None:
    answer, ours, theirs = READS[case]
    server = serve(data(answer))
    ours(connect(server))
    asked_by_sdk = sdk(serve(data(answer)), theirs)
    query = tuple((name, value.replace("True", "true")) for name, value in asked_by_sdk.query)
    same_request(asked(server)[0], replace(asked_by_sdk, query=query))


NUMBER = {"sid": sid(1, "PN"), "phone_number": OURS, "capabilities": {"sms": True}}
WRITES: dict[str, tuple[Any, Callable[[TwilioTexting], object], Callable[[Client], object]]] = {
    "sub-account": (
        {"sid": "AC" + "2" * 32, "friendly_name": "Acme", "auth_token": "t" * 32, "status": "active"},
        lambda a: a.provisioning.create_sub_account("Acme"),
        lambda c: c.api.v2010.accounts.create(friendly_name="Acme"),
    ),
    "number": (
        NUMBER,
        lambda a: a.provisioning.buy_number("AC" + "2" * 32, OURS, {"inbound": "https://sms.example.com/in"}),
        lambda c: c.api.v2010.accounts("AC" + "2" * 32).incoming_phone_numbers.create(
            phone_number=OURS, sms_url="https://sms.example.com/in", sms_method="POST"
        ),
    ),
}


@pytest.mark.parametrize("case", WRITES)
def test_a_purchase_is_the_sdks(serve: Callable[..., Server], connect: Callable[..., TwilioTexting], case: str) -> None:
    answer, ours, theirs = WRITES[case]
    server = serve(data(answer, 201))
    ours(connect(server))
    same_request(asked(server)[0], sdk(serve(data(answer, 201)), theirs))


def test_a_path_keeps_the_account(serve: Callable[..., Server], connect: Callable[..., TwilioTexting]) -> None:
    server = serve(data(row(), 201))
    connect(server).submit(MESSAGE)
    assert asked(server)[0].path == f"{PATH}/Messages.json"
