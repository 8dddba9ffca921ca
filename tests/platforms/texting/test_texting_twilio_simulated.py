"""What only Twilio has, against its simulator: services, keys, managed accounts, lists that misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.errors import KeyRefused, Rejected, WireError
from connector.domain.texts import Opt, Receipt, Reply
from connector.platforms.twilio import adapter as twilio
from connector.rest.budget import MemoryLedger
from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.platforms.texting.loopback import ring
from tests.platforms.texting.providers import FAST, OURS, TEXT, THEIRS, Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with World(limits=None, texting=["twilio"]) as world:
        running = Provider("twilio", world)
        yield running
        running.close()


@pytest.fixture
def vendor(provider: Provider) -> Twilio:
    assert isinstance(provider.vendor, Twilio)
    return provider.vendor


def connect(provider: Provider, vendor: Twilio, *keys: str, **options: str) -> twilio.TwilioTexting:
    url = provider.world.url_of("twilio")
    return twilio.build(
        url,
        vendor.account,
        ring(*(keys or (vendor.auth_token,))),
        signing=lambda: (vendor.auth_token,),
        callback_secret=None,
        options={"messaging_url": url, "pricing_url": url, **options},
        rate_limits=(),
        budget_ledger=MemoryLedger(),
        tuning=FAST,
    )


def test_a_service_that_swallows_inbound_is_found(provider: Provider, vendor: Twilio) -> None:
    service = vendor.add_service([OURS])
    (own,) = provider.texting.own_numbers()
    assert [service.sid in problem for problem in own.problems] == [True]
    service.use_inbound_webhook_on_number = True
    assert provider.texting.own_numbers()[0].problems == ()


def test_through_a_service_the_message_keeps_our_number(provider: Provider, vendor: Twilio) -> None:
    service = vendor.add_service([OURS], use_inbound_webhook_on_number=True)
    texting = connect(provider, vendor, messaging_service_sid=service.sid)
    sent = texting.submit(provider.message())
    vendor.deliver_all()
    assert (provider.texts(), texting.receipt(sent.id or "").sender) == ([TEXT], OURS)


def test_a_service_as_sender_picks_a_number_and_says_which(provider: Provider, vendor: Twilio) -> None:
    service = vendor.add_service([OURS], use_inbound_webhook_on_number=True)
    message = replace(provider.message(), sender=service.sid)
    sent = provider.texting.submit(message)
    found = provider.texting.find(message, datetime.now(UTC) - timedelta(seconds=2), ())
    vendor.deliver_all()
    assert (sent.sender, found and found.id) == (None, sent.id)
    assert provider.texting.receipt(sent.id or "").sender == OURS


def test_advanced_opt_out_tells_stop(provider: Provider, vendor: Twilio) -> None:
    vendor.add_service([OURS], use_inbound_webhook_on_number=True, advanced_opt_out=True)
    vendor.receive(THEIRS, OURS, "Stop")
    assert [reply.opt for reply in provider.replies_called()] == [Opt.OUT]


def test_after_stop_a_send_is_refused_with_its_code(provider: Provider, vendor: Twilio) -> None:
    vendor.receive(THEIRS, OURS, "STOP")
    with pytest.raises(Rejected) as caught:
        provider.texting.submit(provider.message())
    assert caught.value.code == "21610"


def test_a_standard_api_key_does_everything_but_own_accounts(provider: Provider, vendor: Twilio) -> None:
    sid, secret = vendor.new_api_key()
    texting = connect(provider, vendor, secret, api_key_sid=sid)
    texting.probe()
    texting.submit(provider.message())
    vendor.receive(THEIRS, OURS, "Yes")
    # the token signs all the same
    assert texting.is_genuine(provider.called("inbound")[0])
    with pytest.raises(KeyRefused):
        texting.provisioning.create_sub_account("Acme")


def test_a_token_that_is_being_replaced_costs_nothing(provider: Provider, vendor: Twilio) -> None:
    old = vendor.auth_token
    new = vendor.create_secondary_token()
    texting = connect(provider, vendor, new, old)
    texting.probe()
    vendor.promote_secondary_token()
    texting.submit(provider.message())
    assert provider.writes() == 1


def test_a_shared_key_signs(provider: Provider, vendor: Twilio) -> None:
    vendor.shared_key = ("webhooks_sharedkey_0001", "shared-secret-0123456789")
    vendor.receive(THEIRS, OURS, "Yes")
    (call,) = provider.called("inbound")
    assert not provider.texting.is_genuine(call)
    assert provider.connect(signing=("shared-secret-0123456789",)).is_genuine(call)


def test_an_address_without_its_port_is_signed_too(provider: Provider, vendor: Twilio) -> None:
    vendor.signs_port = False
    vendor.receive(THEIRS, OURS, "Yes")
    (call,) = provider.called("inbound")
    assert provider.texting.is_genuine(call)


def test_pages_that_stand_still_are_noticed(provider: Provider, vendor: Twilio) -> None:
    vendor.receive(THEIRS, OURS, "Yes", callback=False)
    vendor.stuck_pages = True
    with pytest.raises(WireError):
        provider.polled()


def test_more_than_a_page_is_read_to_its_end(provider: Provider, vendor: Twilio) -> None:
    at = datetime.now(UTC) - timedelta(hours=1)
    for number in range(1010):
        vendor.receive(THEIRS, OURS, f"Reply {number}", at=at, callback=False)
    pages = provider.walk()
    found = [reply.text for page in pages for reply in page.replies]
    assert (len(pages), len(found), len(set(found))) == (2, 1010, 1010)


def test_whole_days_only_lose_nothing(provider: Provider, vendor: Twilio) -> None:
    vendor.whole_days = True
    vendor.receive(THEIRS, OURS, "Yes", callback=False)
    assert [reply.text for reply in provider.polled(datetime.now(UTC) - timedelta(seconds=1))] == ["Yes"]


def test_what_arrived_twice_by_different_ways_is_one(provider: Provider, vendor: Twilio) -> None:
    sent = vendor.receive(THEIRS, OURS, "Yes")
    called: list[Reply | Receipt] = [*provider.replies_called()]
    assert {item.id for item in [*called, *provider.polled()]} == {sent.id}


def test_a_company_gets_a_sub_account_and_a_number(provider: Provider, vendor: Twilio) -> None:
    provisioning = connect(provider, vendor).provisioning
    made = provisioning.create_sub_account("Acme")
    assert [account.sid for account in provisioning.sub_accounts("Acme")] == [made.sid]
    assert vendor.accounts[made.sid].auth_token == made.auth_token
    price, offered = provisioning.number_price("GB"), provisioning.available_numbers("GB", 3)
    assert price is not None
    assert (price.amount > 0, len(offered) > 0) == (True, True)
    provisioning.buy_number(made.sid, offered[0].number, {"inbound": provider.address("inbound")})
    assert provisioning.numbers_of(made.sid) == (offered[0].number,)
    assert vendor.own_numbers[offered[0].number].inbound_url == provider.address("inbound")


def test_a_country_that_wants_papers_says_so(provider: Provider, vendor: Twilio) -> None:
    vendor.needs_bundle.add("GB")
    provisioning = connect(provider, vendor).provisioning
    made = provisioning.create_sub_account("Acme")
    with pytest.raises(Rejected) as caught:
        provisioning.buy_number(made.sid, provisioning.available_numbers("GB")[0].number, {})
    assert caught.value.code == "21649"
