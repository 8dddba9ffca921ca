"""What every SMS provider must do with what we send. Differences are asked from `can`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.errors import (
    KeyRefused,
    NeverArrived,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TransientError,
    WireError,
)
from connector.domain.texts import Delivery
from tests.platforms.texting.providers import OURS, TEXT, THEIRS, Provider


def just_now() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def test_a_message_arrives_once_as_it_was_written(provider: Provider) -> None:
    receipt = provider.texting.submit(provider.message())
    assert (receipt.provider, receipt.intent, receipt.status) == (provider.name, "intent-1", Delivery.QUEUED)
    assert receipt.id == provider.vendor.sent_messages[0].id
    provider.vendor.deliver_all()
    assert provider.texts() == [TEXT]


@pytest.mark.parametrize(
    "text", ["Hi", "a=b&c=d;e+f%20 ", "“Ünïcode” – 👍🏽", "line\nline\n\nline", "{{x}} <b> \\ \" '"]
)
def test_no_character_is_lost_on_the_way(provider: Provider, text: str) -> None:
    provider.texting.submit(provider.message(text))
    provider.vendor.deliver_all()
    assert provider.texts() == [text]


def test_a_delivered_message_says_so(provider: Provider) -> None:
    sent = provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    if provider.texting.can.shows_status:
        found = provider.texting.receipt(sent.id or "")
        assert (found.id, found.status, found.code) == (sent.id, Delivery.DELIVERED, None)
        assert found.rank >= 5


@pytest.mark.parametrize("fate", ["off", "unknown", "filtered", "never_left"])
def test_a_failed_message_says_why(provider: Provider, fate: str) -> None:
    provider.world.handsets.add(THEIRS, fate=fate)
    sent = provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    if provider.texting.can.shows_status:
        found = provider.texting.receipt(sent.id or "")
        assert (found.status, found.rank) == (Delivery.FAILED, 5)
        assert found.code
    last = provider.receipts_called()[-1]
    assert (last.status, last.rank) == (Delivery.FAILED, 5)
    assert last.code


def test_a_message_that_nobody_knows_is_not_there(provider: Provider) -> None:
    sent = provider.texting.submit(provider.message())
    unknown = (sent.id or "")[:-1] + ("0" if (sent.id or "")[-1] != "0" else "1")
    if provider.texting.can.shows_status:
        with pytest.raises(NotThere):
            provider.texting.receipt(unknown)


# --- callbacks of statuses


def test_callbacks_tell_how_far_it_got_and_name_our_intent(provider: Provider) -> None:
    sent = provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    told = provider.receipts_called()
    assert told
    assert all(provider.texting.is_genuine(call) for call in provider.called("status"))
    assert {receipt.id for receipt in told} == {sent.id}
    assert {receipt.intent for receipt in told} == {"intent-1"}
    assert [receipt.rank for receipt in told] == sorted(receipt.rank for receipt in told)
    assert (told[-1].status, told[-1].rank >= 5) == (Delivery.DELIVERED, True)


def test_callbacks_are_answered_with_what_the_vendor_takes_for_a_yes(provider: Provider) -> None:
    provider.texting.submit(provider.message())
    provider.vendor.deliver_all()
    provider.vendor.receive(THEIRS, OURS, "Yes")
    assert {sent.status for sent in provider.vendor.callbacks_sent} <= {200, 204}
    # nothing of it was sent on to the candidate
    assert provider.texts() == [TEXT]


def test_a_lost_answer_is_settled_by_a_callback(provider: Provider) -> None:
    provider.fault("reset_after", "POST")
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    provider.fault("none")
    provider.vendor.deliver_all()
    assert provider.receipts_called()[-1].intent == "intent-1"
    assert provider.receipts_called()[-1].id == provider.vendor.sent_messages[0].id


# --- a lost answer

LOST = ["reset_after", "bad_gateway_after", "error_after", "garbage_after", "stall_after", "half_body"]


@pytest.mark.parametrize("kind", [*LOST, "truncated_json"])
def test_a_message_whose_answer_was_lost_is_unknown_and_leaves_once(provider: Provider, kind: str) -> None:
    how: dict[str, Any] = {"seconds": 1.5} if kind == "stall_after" else {}
    provider.fault(kind, "POST", **how)
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    assert provider.writes() == 1
    provider.fault("none")
    provider.vendor.deliver_all()
    assert provider.texts() == [TEXT]


@pytest.mark.parametrize("delivered", [False, True])
def test_a_lost_message_is_found_again_where_the_vendor_can(provider: Provider, delivered: bool) -> None:
    since = just_now()
    provider.fault("reset_after", "POST")
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    provider.fault("none")
    if delivered:
        provider.vendor.deliver_all()
    found = provider.texting.find(provider.message(), since, ())
    if not provider.texting.can.finds_sent:
        assert found is None
        return
    assert found is not None
    assert (found.id, found.intent) == (provider.vendor.sent_messages[0].id, "intent-1")
    assert found.status is (Delivery.DELIVERED if delivered else Delivery.QUEUED)
    assert provider.texting.find(provider.message(), since, (found.id or "",)) is None


def test_what_was_never_sent_is_not_found(provider: Provider) -> None:
    since = just_now()
    provider.texting.submit(provider.message("Something else", intent="intent-2"))
    provider.fault("html_ok", "POST")
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    provider.fault("none")
    assert provider.texting.find(provider.message(), since, ()) is None


def test_looking_sends_nothing(provider: Provider) -> None:
    provider.texting.submit(provider.message())
    before = provider.writes()
    provider.texting.find(provider.message(), just_now(), ())
    provider.texting.probe()
    provider.texting.balance()
    provider.texting.own_numbers()
    assert provider.writes() == before


# --- what goes wrong


def test_a_503_sends_nothing_and_is_not_repeated(provider: Provider) -> None:
    provider.fault("unavailable", "POST")
    # one vendor documents that a 503 is throttling
    with pytest.raises((OutcomeUnknown, RateLimited)):
        provider.texting.submit(provider.message())
    assert (provider.writes(), provider.vendor.sent_messages) == (1, [])


@pytest.mark.parametrize("kind", ["html_ok", "bad_gateway_before", "error_before", "reset_before"])
def test_an_answer_that_proves_nothing_is_unknown(provider: Provider, kind: str) -> None:
    provider.fault(kind, "POST")
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    assert (provider.writes(), provider.vendor.sent_messages) == (1, [])


def test_a_send_that_takes_too_long_is_unknown(provider: Provider) -> None:
    provider.fault("stall_before", "POST", seconds=1.5)
    with pytest.raises(OutcomeUnknown):
        provider.texting.submit(provider.message())
    assert provider.writes() == 1


def test_a_429_has_had_no_effect(provider: Provider) -> None:
    provider.fault("rate_limited", "POST", retry_after="absent")
    with pytest.raises(RateLimited) as caught:
        provider.texting.submit(provider.message())
    assert caught.value.retry_after_s > 0
    assert provider.vendor.sent_messages == []


def test_nobody_there_is_never_arrived(provider: Provider) -> None:
    provider.world.take_down(provider.name)
    with pytest.raises(NeverArrived):
        provider.texting.submit(provider.message())


def test_a_wrong_key_is_refused_everywhere(provider: Provider) -> None:
    texting = provider.connect(secret="wrong-key-0123456789")
    with pytest.raises(KeyRefused):
        texting.probe()
    with pytest.raises(KeyRefused):
        texting.submit(provider.message())
    assert provider.vendor.sent_messages == []


@pytest.mark.parametrize(
    "kind", ["html_ok", "truncated_json", "half_body", "error_before", "reset_before", "garbage_after"]
)
def test_a_look_up_that_cannot_be_read_is_no_status(provider: Provider, kind: str) -> None:
    sent = provider.texting.submit(provider.message())
    if provider.texting.can.shows_status:
        provider.fault(kind, "GET")
        with pytest.raises((WireError, TransientError)):
            provider.texting.receipt(sent.id or "")


def test_a_number_that_is_none_is_rejected_without_being_told(provider: Provider) -> None:
    message = replace(provider.message(), to="+44123")
    with pytest.raises(Rejected) as caught:
        provider.texting.submit(message)
    assert "44123" not in str(caught.value) + repr(caught.value)
    assert TEXT not in str(caught.value)


def test_neither_key_nor_number_nor_text_shows_anywhere(provider: Provider) -> None:
    provider.texting.submit(provider.message())
    provider.fault("reset_after", "POST")
    with pytest.raises(OutcomeUnknown) as caught:
        provider.texting.submit(provider.message())
    shown = str(caught.value) + repr(caught.value) + repr(provider.seen) + repr(provider.texting)
    secrets = [*provider.vendor.credentials.values(), OURS, OURS[1:], THEIRS, THEIRS[1:], TEXT]
    assert [secret for secret in secrets if secret in shown and secret != provider.texting.account] == []


# --- the account


def test_a_sound_account_is_probed(provider: Provider) -> None:
    provider.texting.probe()


def test_the_fingerprint_changes_with_the_key_and_is_none(provider: Provider) -> None:
    shown, other = provider.texting.key_fingerprint(), provider.connect(secret="another-key-012345").key_fingerprint()
    assert shown != other
    assert shown not in {hashlib.sha256(v.encode()).hexdigest()[:16] for v in provider.vendor.credentials.values()}


def test_the_balance_is_money_where_the_vendor_shows_it(provider: Provider) -> None:
    found = provider.texting.balance()
    assert (found is not None) is provider.texting.can.shows_balance
    if found is not None:
        assert (str(found.amount).rstrip("0").rstrip("."), len(found.currency)) == ("20", 3)


def test_our_number_is_sound(provider: Provider) -> None:
    found = provider.texting.own_numbers()
    if found:  # not every vendor lists them
        assert [(own.number, own.can_text, own.problems) for own in found] == [(OURS, True, ())]
