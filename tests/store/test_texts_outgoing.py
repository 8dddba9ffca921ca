"""Sending: recorded first, looked at once more where it counts, and never sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from correspondence import (
    LATER,
    OTHERS,
    THEIRS,
    a_message,
    copies,
    leave,
    received,
    recorded_message,
    sent_message,
    settled,
    stop,
    texts_of,
)
from starts import COMPANY, EVER, NOON, in_processes, in_threads, recorded

from connector.app import Stores, open_stores
from connector.domain.actions import Change, Kind, NewAction, State
from connector.domain.model import Priority
from connector.domain.texts import Delivery, MayLeave, Suppression

AT_ONCE = [in_threads, in_processes]


# --- recording


def test_a_message_is_recorded_with_its_action(stores: Stores) -> None:
    texts = texts_of(stores)
    (parent,) = recorded(stores, 1)
    new = a_message(application=parent.id, send_at=LATER, template="welcome")
    item = texts.record(new, parent, Priority.MANUAL, NOON)
    assert (item.kind, item.state, item.due_at, item.priority) == (Kind.MESSAGE, State.PLANNED, LATER, Priority.MANUAL)
    assert (item.start_id, item.candidate_id) == ("cs_1", "pe_1")
    (message,) = texts.of_application(COMPANY, parent.id)
    assert (message.id, message.text, message.how, message.template) == (item.message, new.text, "manual", "welcome")
    assert (message.delivery, message.intent, message.by) == (Delivery.PENDING, None, "sam@example.com")
    assert [line[1:3] for line in stores.actions.history([item.id])[item.id]] == [("planned", "recorded")]
    assert texts.action_of(message) == item


def test_recording_the_same_again_returns_what_is_there(stores: Stores) -> None:
    texts = texts_of(stores)
    first, _ = sent_message(texts)
    again = texts.record(a_message(text="Another text"), None, Priority.SMS, NOON)
    assert (again.id, again.state) == (first.id, State.DONE)
    assert len(texts.thread(COMPANY, [THEIRS])) == 1


def record(url: str) -> int:
    stores = open_stores(url)
    found = [texts_of(stores).record(a_message(f"key:{n}"), None, Priority.SMS, NOON).id for n in range(10)]
    stores.close()
    return len(set(found))


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_recording_at_once_makes_one_message_a_key(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    assert at_once(record, [(url,)] * 3) == [10, 10, 10]
    assert len(texts_of(stores).thread(COMPANY, [THEIRS])) == 10


def test_the_row_of_an_events_message_is_made_once(stores: Stores) -> None:
    texts = texts_of(stores)
    (parent,) = recorded(stores, 1)
    wanted = NewAction("harbourline:message:welcome:cs_1", Kind.MESSAGE, note="welcome", due_at=LATER)
    stores.actions.move([Change(parent, State.DONE, "sent", then=(wanted,))])
    (item,) = stores.actions.due(COMPANY, Kind.MESSAGE, EVER, 9)
    assert (item.due_at, item.message) == (LATER, None)
    first, second = (texts.prepare(item, a_message("harbourline:welcome:cs_1"), NOON) for _ in range(2))
    assert first == second
    assert [i.message for i in stores.actions.items([item.id])] == [first.id]
    assert texts.record(a_message("harbourline:welcome:cs_1"), None, Priority.SMS, NOON).id == item.id


# --- the last look


def test_what_may_leave_has_its_intent_and_its_segments(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    ready = replace(message, text="With a link")
    assert leave(texts, item, ready, segments=2, at=LATER) is MayLeave.YES
    action, now = settled(texts, item, message)
    assert (action.state, action.reason) == (State.ATTEMPTING, "text")
    assert (now.intent, now.text, now.provider, now.at, now.segments) == (
        message.intent,
        "With a link",
        "twilio",
        LATER,
        2,
    )
    assert texts.segments_left(COMPANY) == -2
    assert texts.by_intent(COMPANY, message.intent or "") == now


def test_nothing_leaves_twice(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    assert leave(texts, item, message) is MayLeave.YES
    assert leave(texts, item, message) is MayLeave.TAKEN
    attempting, _ = settled(texts, item, message)
    assert leave(texts, attempting, message) is MayLeave.TAKEN
    assert len(texts.segment_lines(COMPANY)) == 1


def test_what_was_accepted_does_not_leave_again_whatever_the_ledger_says(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = sent_message(texts)
    stores.actions.move([Change(item, State.PLANNED, "retried", due_at=NOON)])
    planned, message = settled(texts, item, message)
    assert planned.state is State.PLANNED
    assert leave(texts, planned, message) is MayLeave.TAKEN


def test_a_retry_that_comes_too_late_takes_nothing_up(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    stores.actions.move([Change(item, State.WAITING, "rate_limited", due_at=NOON)])
    seen, message = settled(texts, item, replace(message))
    assert leave(texts, seen, replace(message, intent="i")) is MayLeave.YES
    stores.actions.move([Change(seen, State.PLANNED, "retried", due_at=NOON)])
    assert settled(texts, item, message)[0].state is State.ATTEMPTING


def test_an_opt_out_holds_every_message_to_that_number(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    texts.suppress(Suppression(COMPANY, THEIRS, NOON, "by_hand", ""))
    assert leave(texts, item, message) is MayLeave.OPTED_OUT
    assert leave(texts, item, replace(message, theirs=OTHERS)) is MayLeave.OPTED_OUT
    assert leave(texts, *recorded_message(texts, "other", theirs=OTHERS)) is MayLeave.YES
    texts.lift(COMPANY, THEIRS, NOON)
    assert leave(texts, item, message) is MayLeave.YES


def test_an_opt_out_at_one_company_is_none_at_another(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.suppress(Suppression("northgate", THEIRS, NOON, "by_hand", ""))
    assert leave(texts, *recorded_message(texts)) is MayLeave.YES


def test_a_reply_that_nobody_has_looked_at_is_heard_first(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    reply = received(texts, 1, "STOP")
    assert leave(texts, item, message) is MayLeave.TAKEN
    assert stores.actions.due(COMPANY, Kind.MESSAGE, NOON, 9) == []
    assert len(stores.actions.due(COMPANY, Kind.MESSAGE, NOON + timedelta(seconds=5), 9)) == 1
    texts.attribute(reply, "unmatched", NOON, suppress=stop(reply))
    assert leave(texts, item, message) is MayLeave.OPTED_OUT


@pytest.mark.parametrize(
    ("balance", "answer"), [(1, MayLeave.YES), (0, MayLeave.NO_BALANCE), (-1, MayLeave.NO_BALANCE)]
)
def test_at_zero_or_below_nothing_leaves(stores: Stores, balance: int, answer: MayLeave) -> None:
    texts = texts_of(stores)
    assert leave(texts, *recorded_message(texts), balance=balance) is answer


def test_three_segments_with_two_left_leave_and_land_below_zero(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 2, NOON)
    assert leave(texts, *recorded_message(texts), segments=3, balance=2) is MayLeave.YES
    assert texts.segments_left(COMPANY) == -1
    item, message = recorded_message(texts, "next")
    assert leave(texts, item, message, balance=2) is MayLeave.NO_BALANCE
    texts.grant(COMPANY, 4, NOON)
    assert leave(texts, item, message, balance=4) is MayLeave.YES


def test_a_grant_counts_before_its_line_is_written(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 1, NOON)
    assert leave(texts, *recorded_message(texts), balance=1) is MayLeave.YES
    item, message = recorded_message(texts, "next")
    assert leave(texts, item, message, balance=1) is MayLeave.NO_BALANCE
    assert leave(texts, item, message, balance=2) is MayLeave.YES


def test_what_was_put_off_leaves_on_its_own_segments(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 1, NOON)
    item, message = recorded_message(texts)
    assert leave(texts, item, message, balance=1) is MayLeave.YES
    texts.settle(Change(item, State.WAITING, "rate_limited", due_at=NOON), message, None, delivery=Delivery.PENDING)
    item, message = settled(texts, item, message)
    assert leave(texts, item, message, balance=1) is MayLeave.YES
    assert [line.what for line in texts.segment_lines(COMPANY)] == ["sent", "granted"]


def send_all(url: str) -> int:
    stores = open_stores(url)
    texts, left = texts_of(stores), 0
    for item in stores.actions.due(COMPANY, Kind.MESSAGE, EVER, 99):
        message = texts.message(item.message or 0)
        assert message is not None
        ready = replace(message, provider="twilio", account="AC1", intent=f"i{message.id}")
        left += leave(texts, item, ready, balance=8) is MayLeave.YES
    stores.close()
    return left


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_senders_at_once_send_each_message_once_and_only_what_is_granted(
    url: str, stores: Stores, at_once: Callable[..., Any]
) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 8, NOON)
    for number in range(12):
        recorded_message(texts, f"key:{number}")
    assert sum(at_once(send_all, [(url,)] * 3)) == 8
    assert texts.segments_left(COMPANY) == 0
    attempting = stores.actions.in_states(COMPANY, [State.ATTEMPTING])
    assert len(attempting) == 8


def test_a_stop_and_messages_at_once(stores: Stores) -> None:
    """Whatever leaves has left before the opt-out was there."""
    texts = texts_of(stores)
    ready = [recorded_message(texts, f"key:{number}") for number in range(20)]
    reply = received(texts, 1, "STOP", theirs=OTHERS)
    together = threading.Barrier(3)

    def send(mine: int) -> int:
        together.wait()
        return sum(leave(texts, *pair) is MayLeave.YES for pair in ready[mine::2])

    def opt_out() -> int:
        together.wait()
        texts.attribute(reply, "unmatched", NOON, suppress=Suppression(COMPANY, THEIRS, NOON, "keyword", "twilio"))
        # what has left by now is all that ever leaves
        return len(texts.segment_lines(COMPANY)) - 1

    *sent, before = in_threads(lambda work, *rest: work(*rest), [(send, 0), (send, 1), (opt_out,)])
    assert sum(sent) == before == len(stores.actions.in_states(COMPANY, [State.ATTEMPTING]))


def test_switching_off_and_messages_at_once(stores: Stores) -> None:
    texts = texts_of(stores)
    ready = [recorded_message(texts, f"key:{number}") for number in range(20)]
    together = threading.Barrier(3)

    def send(mine: int) -> int:
        together.wait()
        return sum(leave(texts, *pair) is MayLeave.YES for pair in ready[mine::2])

    def switch_off() -> int:
        together.wait()
        return texts.cancel(COMPANY, "sms_off", NOON)

    *sent, cancelled = in_threads(lambda work, *rest: work(*rest), [(send, 0), (send, 1), (switch_off,)])
    assert sum(sent) + cancelled == 20
    assert len(stores.actions.in_states(COMPANY, [State.CLOSED])) == cancelled


# --- switching off


def test_switching_off_closes_what_has_not_left(stores: Stores) -> None:
    texts = texts_of(stores)
    (parent,) = recorded(stores, 1)
    planned, message = recorded_message(texts, "planned")
    waiting, reserved = recorded_message(texts, "waiting")
    leave(texts, waiting, reserved)
    texts.settle(Change(waiting, State.WAITING, "rate_limited"), reserved, None, delivery=Delivery.PENDING)
    unknown, doubtful = recorded_message(texts, "unknown")
    leave(texts, unknown, doubtful)
    texts.settle(Change(unknown, State.UNKNOWN, "outcome_unknown"), doubtful, None, delivery=Delivery.PENDING)
    sent_message(texts, "sent")
    stores.actions.move([Change(parent, State.DONE, "sent", then=(NewAction("event", Kind.MESSAGE),))])
    assert (texts.cancel(COMPANY, "sms_off", NOON), texts.cancel(COMPANY, "sms_off", NOON)) == (3, 0)
    states = {
        key: settled(texts, item, m)[0].state for key, item, m in [("p", planned, message), ("u", unknown, doubtful)]
    }
    assert states == {"p": State.CLOSED, "u": State.UNKNOWN}
    assert [settled(texts, *pair)[1].delivery for pair in [(planned, message), (waiting, reserved)]] == [
        Delivery.CANCELLED
    ] * 2
    assert texts.segments_left(COMPANY) == -2
    assert leave(texts, planned, message) is MayLeave.TAKEN


def test_what_is_dropped_by_hand_is_called_off(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts)
    stores.actions.move([Change(item, State.CLOSED, "dropped")])
    assert settled(texts, item, message)[1].delivery is Delivery.CANCELLED


# --- beside the applications


def test_the_applications_do_not_take_messages_for_theirs(stores: Stores) -> None:
    texts = texts_of(stores)
    (parent,) = recorded(stores, 1)
    stores.actions.move([Change(parent, State.PARKED, "no_email")])
    (parent,) = stores.actions.items([parent.id])
    item = texts.record(a_message(application=parent.id), parent, Priority.SMS, NOON)
    reply = received(texts)
    texts.attribute(reply, "last_messaged", NOON, application=parent, then=copies(reply))
    actions = stores.actions
    assert not actions.any_due(COMPANY, EVER)
    assert actions.next_due(COMPANY) is None
    assert texts.next_due(COMPANY) == NOON
    assert sum(actions.counts(COMPANY).values()) == 1
    assert [found.id for found in actions.starts(COMPANY, 0, 9)] == [parent.id]
    (group,) = actions.waiting_groups(COMPANY)
    stores.actions.move([Change(item, State.PARKED, "no_email")])
    assert actions.release(COMPANY, group, "released") == 1
    assert [found.id for found in actions.in_states(COMPANY, [State.PARKED])] == [item.id]
    assert actions.hold_back(COMPANY, "first_batch_too_large") == 1
