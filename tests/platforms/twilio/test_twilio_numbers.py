"""Our numbers at Twilio, what is wrong with them, and buying more."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connector.domain.errors import ConnectorError, OutcomeUnknown, Rejected, WireError
from connector.domain.provisioning import Price
from connector.domain.texts import Balance
from connector.platforms.twilio.adapter import TwilioTexting
from connector.rest.redaction import redact
from tests.platforms.texting.loopback import asked, data
from tests.platforms.twilio.twilio_rows import OURS, PATH, error, sid
from tests.rest.raw_server import Server, reset

Serve = Callable[..., Server]
Connect = Callable[..., TwilioTexting]

NO_SERVICES = data({"services": [], "meta": {"next_page_url": None}})
SUB = "AC" + "2" * 32


def number(**changes: Any) -> dict[str, Any]:
    base = {"sid": sid(1, "PN"), "phone_number": OURS, "capabilities": {"sms": True, "mms": True}, "sms_url": ""}
    return base | changes


def numbers(*rows: dict[str, Any], following: str | None = None) -> Any:
    return data({"incoming_phone_numbers": list(rows), "next_page_uri": following})


def service(**changes: Any) -> dict[str, Any]:
    base = {
        "sid": sid(7, "MG"), "friendly_name": "Recruiting", "inbound_request_url": None,
        "use_inbound_webhook_on_number": False,
    }  # fmt: skip
    return base | changes


def services(*rows: dict[str, Any]) -> Any:
    return data({"services": list(rows), "meta": {"next_page_url": None, "key": "services"}})


MEMBERS = data({"phone_numbers": [{"phone_number": OURS}], "meta": {"next_page_url": None}})


def problems(connect: Connect, api: Server, messaging: Server) -> str:
    (found,) = connect(api, messaging=messaging).own_numbers()
    return " ".join(found.problems)


def test_a_sound_number_has_no_problems(serve: Serve, connect: Connect) -> None:
    api = serve(numbers(number(sms_url="https://sms.example.com/callbacks/acme/twilio/inbound")))
    (found,) = connect(api, messaging=serve(NO_SERVICES)).own_numbers()
    assert (found.number, found.can_text, found.problems) == (OURS, True, ())


def test_a_number_without_sms_cannot_text(serve: Serve, connect: Connect) -> None:
    api = serve(numbers(number(capabilities={"sms": False, "voice": True})))
    (found,) = connect(api, messaging=serve(NO_SERVICES)).own_numbers()
    assert (found.can_text, len(found.problems)) == (False, 1)


def test_a_service_that_swallows_inbound_is_named(serve: Serve, connect: Connect) -> None:
    said = problems(connect, serve(numbers(number())), serve(services(service()), MEMBERS))
    assert "swallows inbound" in said
    assert sid(7, "MG") in said


@pytest.mark.parametrize(
    "sound", [{"inbound_request_url": "https://sms.example.com/in"}, {"use_inbound_webhook_on_number": True}]
)
def test_a_service_that_passes_replies_on_is_no_problem(serve: Serve, connect: Connect, sound: dict[str, Any]) -> None:
    assert problems(connect, serve(numbers(number())), serve(services(service(**sound)), MEMBERS)) == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://hooks.pinpointhq.com/sms", "Pinpoint itself holds this number"),
        ("https://PINPOINTHQ.COM./sms", "Pinpoint itself holds this number"),
        ("https://demo.twilio.com/welcome/sms/reply", "demonstration address"),
        ("https://notpinpointhq.com/", ""),
        ("https://[", ""),
    ],
)
def test_where_replies_really_go_is_told(serve: Serve, connect: Connect, url: str, said: str) -> None:
    found = problems(connect, serve(numbers(number(sms_url=url))), serve(NO_SERVICES))
    assert (said in found, bool(found)) == (True, bool(said))


def test_an_application_overrides_the_numbers_own_address(serve: Serve, connect: Connect) -> None:
    row = number(sms_application_sid=sid(5, "AP"), sms_url="https://sms.example.com/in")
    api = serve(numbers(row), data({"sms_url": "https://x.pinpointhq.com/sms"}))
    assert "Pinpoint itself" in problems(connect, api, serve(NO_SERVICES))
    api = serve(numbers(row), data(error(20404, 404), 404))
    assert problems(connect, api, serve(NO_SERVICES)) == ""


def test_lists_are_read_to_their_end_and_at_their_own_place_only(serve: Serve, connect: Connect) -> None:
    messaging = serve(NO_SERVICES)
    following = f"{PATH}/IncomingPhoneNumbers.json?PageSize=1000&Page=1&PageToken=PAPN1"
    api = serve(numbers(number(), following=following), numbers(number(phone_number="+447700900101")))
    found = connect(api, messaging=messaging).own_numbers()
    assert [own.number for own in found] == [OURS, "+447700900101"]
    evil = data({"services": [], "meta": {"next_page_url": "https://evil.example.com/v1/Services?Page=1"}})
    with pytest.raises(WireError):
        connect(serve(numbers(number())), messaging=serve(evil)).own_numbers()


def test_whole_addresses_of_pages_are_followed_at_home(serve: Serve, connect: Connect) -> None:
    messaging = serve()
    first = {"services": [], "meta": {"next_page_url": f"{messaging.url}/v1/Services?PageSize=100&Page=1"}}
    messaging.handlers = (data(first), services(service()), MEMBERS)
    assert "swallows" in problems(connect, serve(numbers(number())), messaging)
    assert [request.path for request in asked(messaging)] == [
        "/v1/Services", "/v1/Services", f"/v1/Services/{sid(7, 'MG')}/PhoneNumbers",
    ]  # fmt: skip


def test_the_balance_is_money(serve: Serve, connect: Connect) -> None:
    body = {"account_sid": SUB, "balance": "-0.05", "currency": "USD"}
    assert connect(serve(data(body))).balance() == Balance(Decimal("-0.05"), "USD")


def test_a_sub_account_has_no_balance(serve: Serve, connect: Connect) -> None:
    assert connect(serve(data(error(20404, 404), 404))).balance() is None


def test_a_standard_api_key_is_probed_where_it_may_look(serve: Serve, connect: Connect) -> None:
    server = serve(data({"messages": []}))
    connect(server, api_key_sid="SK" + "1" * 32).probe()
    assert asked(server)[0].path == f"{PATH}/Messages.json"


# --- buying

ACCOUNT_ROW = {"sid": SUB, "friendly_name": "Acme", "auth_token": "sub-account-token-01", "status": "active"}
ACTS: list[Callable[[TwilioTexting], object]] = [
    lambda texting: texting.provisioning.create_sub_account("Acme"),
    lambda texting: texting.provisioning.buy_number(SUB, OURS, {"inbound": "https://sms.example.com/in"}),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("handler", [reset, data({"hello": 1}, 201), data(error(20500, 500), 500)])
def test_a_purchase_is_never_repeated(
    serve: Serve, connect: Connect, act: Callable[[TwilioTexting], object], handler: Any
) -> None:
    server = serve(handler)
    with pytest.raises(OutcomeUnknown):
        act(connect(server))
    assert len(server.requests) == 1


def test_a_country_that_wants_papers_refuses_with_its_code(serve: Serve, connect: Connect) -> None:
    with pytest.raises(Rejected) as caught:
        ACTS[1](connect(serve(data(error(21649), 400))))
    assert caught.value.code == "21649"


def test_a_sub_accounts_token_shows_nowhere(serve: Serve, connect: Connect) -> None:
    made = connect(serve(data(ACCOUNT_ROW, 201))).provisioning.create_sub_account("Acme")
    assert (made.sid, made.auth_token) == (SUB, "sub-account-token-01")
    assert "sub-account-token-01" not in repr(made) + redact("it is sub-account-token-01")


def test_a_lost_sub_account_is_found_by_its_very_name(serve: Serve, connect: Connect) -> None:
    rows = [ACCOUNT_ROW, {**ACCOUNT_ROW, "friendly_name": "Acme Ltd"}, {**ACCOUNT_ROW, "status": "closed"}]
    found = connect(serve(data({"accounts": rows}))).provisioning.sub_accounts("Acme")
    assert [account.sid for account in found] == [SUB]


def test_numbers_that_cannot_text_are_not_offered(serve: Serve, connect: Connect) -> None:
    rows = [
        {"phone_number": OURS, "capabilities": {"SMS": True, "voice": True}, "address_requirements": "any"},
        {"phone_number": "+447700900101", "capabilities": {"SMS": False}, "address_requirements": "none"},
    ]
    found = connect(serve(data({"available_phone_numbers": rows}))).provisioning.available_numbers("GB")
    assert [(each.number, each.needs_address) for each in found] == [(OURS, True)]


def test_only_two_countries_are_sold(serve: Serve, connect: Connect) -> None:
    with pytest.raises(KeyError):
        connect(serve()).provisioning.available_numbers("AU")


def test_the_price_is_that_of_the_kind_which_takes_texts(serve: Serve, connect: Connect) -> None:
    prices = [
        {"number_type": "local", "base_price": "1.00", "current_price": "1.00"},
        {"number_type": "mobile", "base_price": "1.20", "current_price": "1.15"},
    ]
    body = data({"phone_number_prices": prices, "price_unit": "USD"})
    assert connect(serve(body)).provisioning.number_price("GB") == Price(Decimal("1.15"), "USD")
    assert (
        connect(serve(data({"phone_number_prices": [], "price_unit": "USD"}))).provisioning.number_price("US") is None
    )


@pytest.mark.parametrize("body", [{"balance": "much", "currency": "USD"}, {"balance": None}, [], "x"])
def test_a_balance_that_cannot_be_read_is_an_error_of_ours(serve: Serve, connect: Connect, body: object) -> None:
    with pytest.raises(ConnectorError):
        connect(serve(data(body))).balance()
