"""Accounts, numbers, services and prices of the Twilio simulator, judged by Twilio's SDK."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.sandbox.listening import Listener
from tests.sandbox.twilio_client import is_valid, sdk

OURS, OTHER, ANA = "+447700900901", "+12025550101", "+447700900123"


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["twilio"]) as served:
        yield served


@pytest.fixture
def twilio(world: World) -> Twilio:
    return world.vendor(Twilio)


@pytest.fixture
def client(twilio: Twilio) -> Client:
    return sdk(twilio)


def test_account_and_balance(twilio: Twilio, client: Client) -> None:
    twilio.balance = Decimal("0.0516")
    account = client.api.v2010.accounts(twilio.account).fetch()
    balance = client.balance.fetch()
    assert (account.status, account.auth_token) == ("active", twilio.auth_token)
    assert (balance.account_sid, balance.balance, balance.currency) == (twilio.account, "0.05", "USD")


def test_standard_key_sends_but_may_not_see_accounts(twilio: Twilio) -> None:
    twilio.add_number(OURS)
    key = sdk(twilio, *twilio.new_api_key())
    assert key.messages.create(to=ANA, from_=OURS, body="Hello").status == "queued"
    with pytest.raises(TwilioRestException) as caught:
        key.api.v2010.accounts(twilio.account).fetch()
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_main_key_may_see_accounts(twilio: Twilio) -> None:
    key = sdk(twilio, *twilio.new_api_key(standard=False))
    assert key.api.v2010.accounts(twilio.account).fetch().sid == twilio.account


def test_numbers_are_listed_with_what_they_can_do(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OURS, inbound_url="https://sms.example.com/in", friendly_name="Recruiting")
    twilio.add_number(OTHER, can_text=False)
    rows = {row.phone_number: row for row in client.incoming_phone_numbers.list()}
    assert rows[OURS].capabilities == {"voice": True, "sms": True, "mms": False, "fax": False}
    assert (rows[OURS].sms_url, rows[OURS].friendly_name) == ("https://sms.example.com/in", "Recruiting")
    assert not rows[OTHER].capabilities["sms"]
    assert [row.sid for row in client.incoming_phone_numbers.list(phone_number=OTHER)] == [rows[OTHER].sid]


@pytest.mark.parametrize(("country", "kind", "start"), [("GB", "mobile", "+447700900"), ("US", "local", "+1202555")])
def test_number_for_sale_can_be_bought_once(client: Client, country: str, kind: str, start: str) -> None:
    offers = getattr(client.available_phone_numbers(country), kind).list(sms_enabled=True, limit=5)
    number = offers[0].phone_number
    assert (number.startswith(start), offers[0].iso_country, offers[0].capabilities["SMS"]) == (True, country, True)
    bought = client.incoming_phone_numbers.create(phone_number=number, sms_url="https://sms.example.com/in")
    assert (bought.phone_number, bought.sms_url) == (number, "https://sms.example.com/in")
    with pytest.raises(TwilioRestException) as caught:
        client.incoming_phone_numbers.create(phone_number=number)
    assert caught.value.code == 21422
    assert number not in [each.phone_number for each in getattr(client.available_phone_numbers(country), kind).list()]


def test_some_numbers_need_a_bundle(twilio: Twilio, client: Client) -> None:
    twilio.needs_bundle = {"GB"}
    number = client.available_phone_numbers("GB").mobile.list(limit=1)[0].phone_number
    with pytest.raises(TwilioRestException) as caught:
        client.incoming_phone_numbers.create(phone_number=number)
    assert caught.value.code == 21649
    assert client.incoming_phone_numbers.create(phone_number=number, bundle_sid="BU" + "0" * 32).bundle_sid


def test_number_can_be_changed_and_released(twilio: Twilio, client: Client) -> None:
    own = twilio.add_number(OURS)
    assert client.incoming_phone_numbers(own.id).update(sms_url="https://sms.example.com/x").sms_method == "POST"
    assert twilio.own_numbers[OURS].inbound_url == "https://sms.example.com/x"
    assert client.incoming_phone_numbers(own.id).delete()
    assert client.incoming_phone_numbers.list() == []


def test_sub_account_has_its_own_token_numbers_and_messages(twilio: Twilio, client: Client) -> None:
    made = client.api.v2010.accounts.create(friendly_name="Acme")
    sub = client.api.v2010.accounts(made.sid)
    number = client.available_phone_numbers("GB").mobile.list(limit=1)[0].phone_number
    sub.incoming_phone_numbers.create(phone_number=number)
    sub.messages.create(to=ANA, from_=number, body="Hello")
    assert (made.owner_account_sid, made.auth_token != twilio.auth_token) == (twilio.account, True)
    assert (len(sub.messages.list()), client.messages.list()) == (1, [])
    assert [each.friendly_name for each in client.api.v2010.accounts.list()] == ["Acme", "Main account"]


def test_sub_account_sees_neither_its_owner_nor_a_balance(twilio: Twilio, client: Client) -> None:
    made = client.api.v2010.accounts.create(friendly_name="Acme")
    with pytest.raises(TwilioRestException) as caught:
        sdk(twilio, made.sid, made.auth_token).balance.fetch()
    assert caught.value.code == 20003
    with pytest.raises(TwilioRestException) as missing:
        client.api.v2010.accounts(made.sid).balance.fetch()
    assert missing.value.status == 404


def test_sub_account_s_token_signs_its_callbacks(twilio: Twilio, client: Client) -> None:
    made = client.api.v2010.accounts.create(friendly_name="Acme")
    with Listener() as listener:
        twilio.add_number(OURS, inbound_url=f"{listener.url}/in", account_sid=made.sid)
        twilio.receive(ANA, OURS, "Hi")
    assert is_valid(listener.taken[0], made.auth_token, base=listener.url)
    assert not is_valid(listener.taken[0], twilio.auth_token, base=listener.url)


def test_services_and_their_numbers_are_listed(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OURS)
    service = twilio.add_service([OURS])
    (row,) = client.messaging.v1.services.list()
    assert (row.sid, row.inbound_request_url, row.use_inbound_webhook_on_number) == (service.sid, None, False)
    (number,) = client.messaging.v1.services(service.sid).phone_numbers.list()
    assert (number.phone_number, number.country_code, number.capabilities) == (OURS, "GB", ["SMS"])


def test_services_are_paged_by_absolute_addresses(twilio: Twilio, client: Client) -> None:
    for _ in range(5):
        twilio.add_service([])
    assert len(client.messaging.v1.services.list(page_size=2)) == 5


def test_prices_are_told(client: Client) -> None:
    numbers = client.pricing.v1.phone_numbers.countries("GB").fetch()
    assert numbers.phone_number_prices == [{"number_type": "mobile", "base_price": "1.15", "current_price": "1.15"}]
    texts = client.pricing.v1.messaging.countries("US").fetch()
    assert texts.outbound_sms_prices[0]["prices"][0]["current_price"] == "0.0079"


def test_use_is_counted_in_segments(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OURS)
    client.messages.create(to=ANA, from_=OURS, body="x" * 161)
    twilio.receive(ANA, OURS, "Hi")
    twilio.deliver_all()
    (row,) = client.usage.records.list(category="sms-outbound")
    assert (row.count, row.price) == ("2", Decimal("0.0800"))
