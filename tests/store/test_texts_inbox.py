"""Looking at messages: threads, the inbox, failures, and how it adds up."""

from __future__ import annotations

from datetime import timedelta

from correspondence import (
    OTHERS,
    THEIRS,
    a_receipt,
    a_reply,
    leave,
    received,
    recorded_message,
    sent_message,
    settled,
    texts_of,
)
from starts import COMPANY, EVER, NOON, recorded

from connector.app import Stores
from connector.domain.actions import Change, State
from connector.domain.texts import Count, Delivery, Direction

HOUR = timedelta(hours=1)


def test_a_thread_is_everything_to_and_from_a_number(stores: Stores) -> None:
    texts = texts_of(stores)
    _, first = sent_message(texts)
    reply = received(texts, 5)
    received(texts, 6, theirs=OTHERS)
    assert texts.thread(COMPANY, [THEIRS]) == [first, reply]
    assert texts.thread(COMPANY, [THEIRS], limit=1) == [reply]
    assert len(texts.thread(COMPANY, [THEIRS, OTHERS])) == 3
    assert texts.thread("northgate", [THEIRS]) == []


def test_last_sent_is_what_a_reply_may_answer(stores: Stores) -> None:
    texts = texts_of(stores)
    _, first = sent_message(texts, "first")
    _, second = sent_message(texts, "second")
    sent_message(texts, "test", how="test")
    sent_message(texts, "other", theirs=OTHERS)
    recorded_message(texts, "not sent yet")
    _, failed = sent_message(texts, "failed")
    texts.apply(failed, a_receipt(failed, Delivery.FAILED, 5), None)
    assert texts.last_sent(COMPANY, THEIRS) == [second, first]


def test_applications_are_found_by_number_newest_first(stores: Stores) -> None:
    texts = texts_of(stores)
    items = recorded(stores, 3)
    stores.actions.move([Change(item, State.PARKED, "no_email", phone="hash") for item in items[:2]])
    assert [item.id for item in texts.applications_with(COMPANY, "hash")] == [items[1].id, items[0].id]
    assert texts.applications_with(COMPANY, "another") == []


def test_ids_of_what_was_sent_lately(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    received(texts)
    assert texts.known_ids(COMPANY, "twilio", NOON) == {message.remote_id}
    assert texts.known_ids(COMPANY, "twilio", NOON + HOUR) == set()
    assert texts.known_ids(COMPANY, "plivo", NOON) == set()


def test_the_inbox_is_unread_first_then_newest(stores: Stores) -> None:
    texts = texts_of(stores)
    one, two, three = (received(texts, number) for number in (1, 2, 3))
    assert (texts.mark_read(COMPANY, [three.id], NOON), texts.mark_read(COMPANY, [three.id, 99], NOON)) == (1, 0)
    assert [message.id for message in texts.inbox(COMPANY)] == [two.id, one.id, three.id]
    between = texts.inbox(COMPANY, since=one.at, until=two.at)
    assert [message.id for message in between] == [one.id]
    assert len(texts.inbox(COMPANY, limit=2)) == 2


def test_the_inbox_is_mine_or_what_waits_for_a_human(stores: Stores) -> None:
    texts = texts_of(stores)
    replies = [received(texts, number) for number in range(1, 6)]
    for reply, how in zip(replies, ("answered", "unmatched", "two_people", "our_own", "chatbot"), strict=True):
        texts.attribute(reply, how, NOON, by="sam@example.com" if how == "answered" else None)
    assert [message.how for message in texts.inbox(COMPANY)] == ["two_people", "unmatched", "answered"]
    assert [message.how for message in texts.inbox(COMPANY, unmatched=True)] == ["two_people", "unmatched"]
    assert [message.id for message in texts.inbox(COMPANY, by="sam@example.com")] == [replies[0].id]


def test_failures_and_outcomes_are_counted_by_provider(stores: Stores) -> None:
    texts = texts_of(stores)
    for number in range(5):
        _, message = sent_message(texts, f"key:{number}")
        status = Delivery.FAILED if number in (0, 4) else Delivery.DELIVERED
        texts.apply(message, a_receipt(message, status, 5), None)
    sent_message(texts, "no last word")
    assert texts.outcomes(COMPANY) == {"twilio": (2, 5)}
    assert texts.outcomes(COMPANY, last=3) == {"twilio": (1, 3)}
    assert len(texts.failed(COMPANY, limit=1)) == 1
    assert texts.failed(COMPANY, NOON + HOUR) == []
    assert texts.outcomes("northgate") == {}


def test_a_report_adds_up_by_provider_country_event_and_status(stores: Stores) -> None:
    texts = texts_of(stores)
    for key, number in (("a", THEIRS), ("b", OTHERS), ("c", "+12025550123")):
        item, message = recorded_message(texts, key, theirs=number, how="welcome")
        leave(texts, item, message, segments=2)
        settled(texts, item, message)
    texts.record_replies(COMPANY, [a_reply(1, theirs="SHOP"), a_reply(2, theirs="+999123")], NOON)
    counts = texts.counts(COMPANY, NOON, EVER)
    outgoing = [count for count in counts if count.direction is Direction.OUT]
    assert outgoing == [
        Count("twilio", "+1", Direction.OUT, "welcome", Delivery.PENDING, 1, 2),
        Count("twilio", "+44", Direction.OUT, "welcome", Delivery.PENDING, 2, 4),
    ]
    assert sum(count.messages for count in counts if count.country == "") == 2
    assert texts.counts(COMPANY, NOON + HOUR, EVER) == []
