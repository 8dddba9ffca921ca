"""What became of a message: settled once, its segments given back once, and only a later status written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from correspondence import (
    LATER,
    a_receipt,
    a_reply,
    accept,
    leave,
    recorded_message,
    sent_message,
    settled,
    texts_of,
)
from starts import COMPANY, EVER, NOON, in_threads

from connector.app import Stores
from connector.domain.actions import Change, State
from connector.domain.texts import Delivery, MayLeave, Receipt

# --- settling


def test_an_accepted_message_has_its_id_and_its_next_look(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = sent_message(texts)
    assert (item.state, message.remote_id, message.delivery) == (State.DONE, f"SM{message.id}", Delivery.QUEUED)
    assert texts.silent(COMPANY, NOON, 9) == []
    assert texts.silent(COMPANY, NOON + timedelta(hours=1), 9) == [message]
    assert texts.next_due(COMPANY) == NOON + timedelta(hours=1)
    texts.look_later(message, None)
    assert (texts.silent(COMPANY, EVER, 9), texts.next_due(COMPANY)) == ([], None)


def test_a_refusal_gives_the_segments_back_once(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message, segments=2)
    refused = a_receipt(message, Delivery.FAILED, 5, id=None, code="21211", words="not a number", billed=False)
    for _ in range(2):
        change = Change(item, State.QUARANTINED, "message_refused")
        assert texts.settle(change, message, refused, delivery=Delivery.FAILED, refund=True)
    item, message = settled(texts, item, message)
    assert (item.state, message.delivery, message.code, message.words) == (
        State.QUARANTINED,
        Delivery.FAILED,
        "21211",
        "not a number",
    )
    assert [(line.what, line.left) for line in texts.segment_lines(COMPANY)] == [("refund", 0), ("sent", -2)]
    assert texts.failed(COMPANY) == [message]


def test_a_message_sent_again_by_hand_is_charged_again(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    for turn in range(3):
        assert leave(texts, item, replace(message, intent=f"i{turn}"), segments=2) is MayLeave.YES
        change = Change(item, State.WAITING, "refused_for_now", due_at=NOON)
        texts.settle(change, message, None, delivery=Delivery.PENDING, refund=True)
        item, message = settled(texts, item, message)
    lines = [(line.what, line.segments) for line in texts.segment_lines(COMPANY)]
    assert lines == [("correction", 2), ("correction", -2)] * 2 + [("refund", 2), ("sent", -2)]


def test_what_the_vendor_counts_is_what_is_taken(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message, segments=2)
    accept(texts, item, message, segments=None)
    _, message = settled(texts, item, message)
    texts.apply(message, a_receipt(message, Delivery.DELIVERED, 5, segments=3), None)
    now = texts.message(message.id)
    assert now is not None
    assert now.segments == 3
    assert [(line.what, line.left) for line in texts.segment_lines(COMPANY)] == [("correction", -3), ("sent", -2)]


def test_a_message_that_never_left_costs_nothing(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    texts.settle(Change(item, State.CLOSED, "no_balance"), message, None, delivery=Delivery.CANCELLED, refund=True)
    assert texts.segment_lines(COMPANY) == []
    assert settled(texts, item, message)[1].delivery is Delivery.CANCELLED


def test_a_callback_that_overtakes_the_answer_stays(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message)
    assert texts.apply(message, a_receipt(message, Delivery.DELIVERED, 5), None)
    accept(texts, item, message)
    item, message = settled(texts, item, message)
    assert (item.state, message.delivery, message.rank) == (State.DONE, Delivery.DELIVERED, 5)
    assert texts.silent(COMPANY, EVER, 9) == []


def test_an_answer_that_was_lost_does_not_undo_what_a_callback_settled(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message)
    accept(texts, item, message)
    change = Change(item, State.UNKNOWN, "outcome_unknown", due_at=NOON, doubt_at=NOON)
    texts.settle(change, message, None, delivery=Delivery.PENDING)
    item, message = settled(texts, item, message)
    assert (item.state, message.delivery) == (State.DONE, Delivery.QUEUED)


def test_what_was_given_up_is_done_after_all(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message)
    attempting, _ = settled(texts, item, message)
    stores.actions.move([Change(attempting, State.CLOSED, "dropped")])
    texts.settle(Change(item, State.WAITING, "rate_limited"), message, None, delivery=Delivery.PENDING)
    assert settled(texts, item, message)[0].state is State.CLOSED
    accept(texts, item, message)
    assert settled(texts, item, message)[0].state is State.DONE


def test_an_id_that_is_another_messages_is_refused_visibly(stores: Stores) -> None:
    texts = texts_of(stores)
    _, first = sent_message(texts)
    item, second = recorded_message(texts, "second")
    leave(texts, item, second)
    assert not accept(texts, item, second, id=first.remote_id)
    item, now = settled(texts, item, second)
    assert (item.state, item.reason, now.remote_id, now.delivery) == (
        State.UNKNOWN,
        "outcome_unknown",
        None,
        Delivery.PENDING,
    )
    assert item.due_at is not None
    assert f"message {first.id}" in item.note
    assert not texts.apply(now, a_receipt(now, Delivery.DELIVERED, 5, id=first.remote_id), None)
    assert texts.by_remote_id(COMPANY, "twilio", first.remote_id or "") == first


# --- later statuses


@pytest.mark.parametrize(
    ("before", "now", "written"),
    [
        ((Delivery.QUEUED, 2, None), (Delivery.SENT, 4, None), True),
        ((Delivery.SENT, 4, None), (Delivery.QUEUED, 2, None), False),
        ((Delivery.SENT, 4, None), (Delivery.SENT, 4, None), False),
        ((Delivery.DELIVERED, 5, None), (Delivery.SENT, 4, None), False),
        ((Delivery.DELIVERED, 5, None), (Delivery.DELIVERED, 6, None), True),
        ((Delivery.SENT, 4, 7), (Delivery.QUEUED, 2, 8), True),
        ((Delivery.SENT, 3, 7), (Delivery.SENT, 4, 6), False),
        ((Delivery.DELIVERED, 5, 7), (Delivery.SENT, 4, 9), False),
        # two last words: written for whoever has seen the first
        ((Delivery.DELIVERED, 5, None), (Delivery.FAILED, 5, None), True),
    ],
)
def test_only_a_later_status_is_written(stores: Stores, before: Any, now: Any, written: bool) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    leave(texts, item, message)
    first = a_receipt(message, before[0], before[1], sequence=before[2])
    texts.settle(Change(item, State.DONE, "handed_over"), message, first, delivery=before[0])
    _, message = settled(texts, item, message)
    assert texts.apply(message, a_receipt(message, now[0], now[1], sequence=now[2]), LATER) is written
    found = texts.message(message.id)
    assert found is not None
    assert (found.delivery, found.rank) == (now[:2] if written else before[:2])


def test_of_two_last_words_the_second_needs_to_have_seen_the_first(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    assert texts.apply(message, a_receipt(message, Delivery.DELIVERED, 5), None)
    failed = a_receipt(message, Delivery.FAILED, 5, billed=False)
    assert not texts.apply(message, failed, None, refund=True)
    seen = texts.message(message.id)
    assert seen is not None
    assert texts.apply(seen, failed, None, refund=True)
    assert [line.what for line in texts.segment_lines(COMPANY)] == ["refund", "sent"]


def test_what_it_cost_is_kept_whenever_it_comes(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    delivered = a_receipt(message, Delivery.DELIVERED, 5)
    texts.apply(message, delivered, None)
    priced = replace(delivered, price=Decimal("0.0075"), currency="USD", sender="+447700900009")
    assert not texts.apply(message, priced, None)
    now = texts.message(message.id)
    assert now is not None
    assert (now.price, now.currency, now.ours) == (Decimal("0.0075"), "USD", "+447700900009")


def test_a_receipt_of_another_attempt_is_not_this_messages(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    assert not texts.apply(message, a_receipt(message, Delivery.FAILED, 5, id="SM-other"), None)
    assert texts.message(message.id) == message


def test_statuses_at_once_end_with_the_highest(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    words = [(Delivery.QUEUED, 2), (Delivery.SENT, 3), (Delivery.SENT, 4), (Delivery.DELIVERED, 5)] * 3
    in_threads(lambda *word: texts.apply(message, a_receipt(message, *word), LATER), words)
    now = texts.message(message.id)
    assert now is not None
    assert (now.delivery, now.rank) == (Delivery.DELIVERED, 5)
    assert texts.silent(COMPANY, EVER, 9) == []


def test_receipts_of_what_nobody_sent_are_no_news(stores: Stores) -> None:
    texts = texts_of(stores)
    assert texts.by_remote_id(COMPANY, "twilio", "SM404") is None
    assert texts.by_intent(COMPANY, "none") is None
    texts.record_replies(COMPANY, [a_reply(1)], NOON)
    reply = texts.by_remote_id(COMPANY, "twilio", "SMin1")
    assert reply is not None
    assert not texts.apply(reply, Receipt("twilio", "SMin1", None, Delivery.FAILED, "failed", 5), None)
