"""What only Plivo has, against its simulator: two signatures, powerpacks, numbers that keep their plus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.errors import Rejected
from connector.domain.texts import Opt
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.world import World
from tests.platforms.texting.providers import OURS, TEXT, THEIRS, Provider, forged


@pytest.fixture
def provider() -> Iterator[Provider]:
    with World(limits=None, texting=["plivo"]) as world:
        running = Provider("plivo", world)
        yield running
        running.close()


@pytest.fixture
def vendor(provider: Provider) -> Plivo:
    assert isinstance(provider.vendor, Plivo)
    return provider.vendor


def test_v2_needs_the_secret_of_the_path_and_v3_does_not(provider: Provider, vendor: Plivo) -> None:
    for version, alone in (("v2", False), ("v3", True)):
        vendor.signatures = {version}
        vendor.receive(THEIRS, OURS, version)
        call = provider.called("inbound")[-1]
        assert provider.texting.is_genuine(call)
        assert provider.connect(callback_secret=None).is_genuine(call) is alone
        assert provider.texting.is_genuine(forged(call, secret="other")) is alone


def test_an_unsigned_call_with_the_right_secret_is_forged(provider: Provider, vendor: Plivo) -> None:
    vendor.signatures = set()
    vendor.receive(THEIRS, OURS, "Yes")
    assert not provider.texting.is_genuine(provider.called("inbound")[0])


def test_the_previous_token_signs_beside_the_new_one(provider: Provider, vendor: Plivo) -> None:
    old = vendor.auth_token
    new = vendor.change_token()
    vendor.receive(THEIRS, OURS, "Yes")
    (call,) = provider.called("inbound")
    assert [provider.connect(signing=(token,)).is_genuine(call) for token in (old, new)] == [True, True]
    assert not provider.connect(signing=("third-token-0123456789",)).is_genuine(call)


def test_numbers_that_keep_their_plus_are_the_same(provider: Provider, vendor: Plivo) -> None:
    vendor.plus = True
    vendor.receive(THEIRS, OURS, "Yes", at=datetime.now(UTC) - timedelta(hours=1))
    assert {(reply.sender, reply.to) for reply in [*provider.replies_called(), *provider.polled()]} == {(THEIRS, OURS)}


def test_lists_that_lead_on_by_cursors_are_read_to_their_end(provider: Provider, vendor: Plivo) -> None:
    vendor.cursors = True
    for number in range(45):
        vendor.receive(THEIRS, OURS, f"Reply {number}", at=datetime.now(UTC) - timedelta(hours=1), callback=False)
    assert len({reply.id for reply in provider.polled()}) == 45


def test_a_reply_that_has_just_come_is_not_called_lost(provider: Provider, vendor: Plivo) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    vendor.receive(THEIRS, OURS, "Yes", at=now, callback=False)
    (page,) = provider.walk()
    assert (page.replies, page.unfinished_since) == ((), now)


def test_a_powerpack_as_sender_says_which_number_it_took(provider: Provider, vendor: Plivo) -> None:
    pack = vendor.add_powerpack([OURS])
    sent = provider.texting.submit(replace(provider.message(), sender=pack))
    vendor.deliver_all()
    assert (provider.texts(), provider.texting.receipt(sent.id or "").sender) == ([TEXT], OURS)
    assert provider.receipts_called()[-1].sender == OURS


def test_stop_is_told_by_its_intent_and_later_sends_fail_with_200(provider: Provider, vendor: Plivo) -> None:
    vendor.receive(THEIRS, OURS, "STOP")
    assert [reply.opt for reply in provider.replies_called()] == [Opt.OUT]
    provider.texting.submit(provider.message())
    vendor.deliver_all()
    assert provider.receipts_called()[-1].code == "200"


def test_callbacks_out_of_order_carry_plivos_own_order(provider: Provider, vendor: Plivo) -> None:
    vendor.posting.hold = True
    provider.texting.submit(provider.message())
    vendor.deliver_all()
    vendor.release(reverse=True)
    counted = [receipt.sequence or 0 for receipt in provider.receipts_called()]
    assert len(counted) > 1
    assert counted == sorted(counted, reverse=True)


def test_a_barred_country_is_rejected_and_the_account_goes_on(provider: Provider, vendor: Plivo) -> None:
    vendor.barred_regions.add("+44")
    with pytest.raises(Rejected) as caught:
        provider.texting.submit(provider.message())
    assert (caught.value.code, caught.value.fields) == ("450", ("phone",))
