"""What is counted of messages over all companies: right, of those companies alone, and without reading a text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from correspondence import (
    OTHERS,
    a_call,
    a_message,
    a_receipt,
    a_reply,
    accept,
    leave,
    received,
    recorded_message,
    sent_message,
    stop,
    texts_of,
)
from sqlalchemy import event
from starts import COMPANY, NOON

from connector.app import Stores
from connector.domain.actions import Change, Item, State
from connector.domain.texts import Delivery, MayLeave, Suppression
from connector.domain.textwatch import TextFigures, Trouble
from connector.store.text_overview import TextOverview

UNLIMITED: dict[str, int | None] = {COMPANY: None}
LATER = NOON + timedelta(hours=25)
NO_WAITING = {"unmatched": 0, "two_people": 0, "loop": 0}


def figures(stores: Stores, companies: dict[str, int | None] = UNLIMITED) -> dict[str, TextFigures]:
    return TextOverview(stores.database).figures(companies)


def troubles(stores: Stores, now: Any = LATER, companies: dict[str, int | None] = UNLIMITED) -> list[Trouble]:
    return TextOverview(stores.database).troubles(companies, now)


def brief(found: list[Trouble]) -> list[tuple[str, int]]:
    return [(trouble.what, trouble.number) for trouble in found]


def move(stores: Stores, item: Item, state: State, reason: str) -> None:
    stores.actions.move([Change(item, state, reason)])


def test_a_company_without_messages_has_figures_of_nothing(stores: Stores) -> None:
    assert figures(stores) == {COMPANY: TextFigures(held=NO_WAITING)}


def test_messages_count_by_direction_provider_and_status(stores: Stores) -> None:
    texts = texts_of(stores)
    sent_message(texts, "one")
    item, message = sent_message(texts, "two")
    assert texts.apply(message, a_receipt(message, Delivery.DELIVERED, 5), None)
    recorded_message(texts, "three")
    texts.record_replies(COMPANY, [a_reply(1), a_reply(2)], NOON)
    texts.record_replies("northgate", [a_reply(3)], NOON)
    assert item.state is State.DONE
    assert figures(stores)[COMPANY].messages == {
        ("out", "twilio", "queued"): 1,
        ("out", "twilio", "delivered"): 1,
        ("out", "none", "pending"): 1,
        ("in", "twilio", "received"): 2,
    }


def test_replies_count_while_they_are_unread_and_held(stores: Stores) -> None:
    texts = texts_of(stores)
    for number, how in enumerate(("unmatched", "unmatched", "two_people", "loop", "our_own", "chatbot")):
        texts.attribute(received(texts, number), how, NOON)
    received(texts, 9)
    first, *_ = texts.inbox(COMPANY, unmatched=True)
    texts.mark_read(COMPANY, [first.id], NOON)
    found = figures(stores)[COMPANY]
    # neither our own text nor a chatbot's is a reply to anybody
    assert (found.unread, found.held) == (4, {"unmatched": 2, "two_people": 1, "loop": 1})


def test_what_is_left_of_a_forgotten_person_counts_nowhere(stores: Stores) -> None:
    texts = texts_of(stores)
    reply = received(texts)
    texts.attribute(reply, "unmatched", NOON)
    texts.forget(COMPANY, (), [reply.theirs])
    assert figures(stores) == {COMPANY: TextFigures(held=NO_WAITING)}


def test_calls_count_until_they_are_worked_on_and_bad_ones_after(stores: Stores) -> None:
    texts = texts_of(stores)
    ids = [texts.keep_callback(a_call(n), NOON + timedelta(minutes=n)) or 0 for n in range(4)]
    texts.close_callback(ids[0], LATER, None)
    texts.close_callback(ids[1], LATER, "not a form")
    found = figures(stores)[COMPANY]
    assert (found.callbacks, found.callbacks_bad) == (2, 1)
    assert found.callbacks_since == NOON + timedelta(minutes=2)


def test_opt_outs_in_force_are_counted(stores: Stores) -> None:
    texts = texts_of(stores)
    for number in (1, 2):
        texts.suppress(Suppression(COMPANY, f"+44770090011{number}", NOON, "by_hand", ""))
    texts.lift(COMPANY, "+447700900111", NOON)
    assert figures(stores)[COMPANY].opted_out == 1


def test_segments_are_left_of_what_the_mapping_grants_now(stores: Stores) -> None:
    texts = texts_of(stores)
    stores.memory.note_run(COMPANY, "messages", NOON, None)
    assert figures(stores, {COMPANY: 10})[COMPANY].left == 10
    texts.grant(COMPANY, 5, NOON)
    sent_message(texts)
    assert [figures(stores, {COMPANY: total})[COMPANY].left for total in (5, 12, None)] == [4, 11, None]
    # a company that has never run has used nothing
    assert figures(stores, {"northgate": 7})["northgate"].left == 7


def test_used_up_segments_are_a_trouble_until_more_are_granted(stores: Stores) -> None:
    texts = texts_of(stores)
    stores.memory.note_run(COMPANY, "messages", NOON, None)
    texts.grant(COMPANY, 1, NOON)
    assert troubles(stores, companies={COMPANY: 1}) == []
    item, message = recorded_message(texts)
    assert leave(texts, item, message, segments=2, balance=1) is MayLeave.YES
    assert troubles(stores, companies={COMPANY: 1}) == [Trouble(COMPANY, "balance", -1, NOON)]
    assert troubles(stores, companies={COMPANY: 3}) == []
    assert troubles(stores, companies=UNLIMITED) == []


def test_what_waits_for_a_decision_is_a_trouble_until_it_is_made(stores: Stores) -> None:
    texts = texts_of(stores)
    items = [recorded_message(texts, f"{n}")[0] for n in range(4)]
    for item in items[:2]:
        move(stores, item, State.QUARANTINED, "message_unknown")
    move(stores, items[2], State.QUARANTINED, "message_refused")
    move(stores, items[3], State.WAITING, "quiet_hours")
    (found,) = troubles(stores)
    assert (found.what, found.number) == ("quarantined", 3)
    assert found.reasons == {"message_unknown": 2, "message_refused": 1}
    for item in stores.actions.items([item.id for item in items[:3]]):
        move(stores, item, State.CLOSED, "dropped")
    assert troubles(stores) == []


def test_an_account_that_sends_nothing_is_a_trouble(stores: Stores) -> None:
    texts = texts_of(stores)
    item, _ = recorded_message(texts)
    move(stores, item, State.WAITING, "account_stopped")
    assert brief(troubles(stores)) == [("stopped", 1)]
    move(stores, stores.actions.items([item.id])[0], State.DONE, "handed_over")
    assert troubles(stores) == []


def test_a_reply_held_for_more_than_a_day_is_a_trouble_until_somebody_has_read_it(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.attribute(received(texts, 1), "two_people", NOON)
    assert troubles(stores, NOON + timedelta(hours=23)) == []
    assert brief(troubles(stores)) == [("held", 1)]
    texts.mark_read(COMPANY, [message.id for message in texts.inbox(COMPANY)], NOON)
    assert troubles(stores) == []


def test_a_call_that_cannot_be_read_is_a_trouble_for_a_day(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.close_callback(texts.keep_callback(a_call(), NOON) or 0, NOON, "not a form")
    assert troubles(stores, NOON + timedelta(hours=23)) == [Trouble(COMPANY, "callbacks", 1, NOON)]
    assert troubles(stores) == []


def test_the_loop_breaker_is_a_trouble_for_an_hour_after_the_last_repeat(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.attribute(received(texts, 1), "loop", NOON)
    assert brief(troubles(stores, NOON + timedelta(minutes=59))) == [("loop", 1)]
    assert troubles(stores, NOON + timedelta(minutes=61)) == []


def test_troubles_of_others_are_not_told(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.close_callback(texts.keep_callback(a_call(company="northgate"), NOON) or 0, NOON, "not a form")
    item = texts.record(a_message("other", company="northgate"), None, recorded_message(texts)[0].priority, NOON)
    move(stores, item, State.QUARANTINED, "message_unknown")
    assert troubles(stores, NOON) == []


def test_a_whole_life_leaves_no_trouble(stores: Stores) -> None:
    texts = texts_of(stores)
    item, message = recorded_message(texts, theirs=OTHERS)
    assert leave(texts, item, message) is MayLeave.YES
    accept(texts, item, message)
    reply = received(texts)
    texts.attribute(reply, "answered", NOON, suppress=stop(reply))
    assert troubles(stores, NOON) == []


# --- what it costs


@pytest.fixture
def asked(stores: Stores) -> list[tuple[str, Any]]:
    """Statements that the database is asked, with their values."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().startswith("SELECT") and "EXPLAIN" not in statement:
            found.append((statement, values))

    event.listen(stores.database.engine, "before_cursor_execute", note)
    return found


def test_without_text_messages_nothing_is_asked(stores: Stores, asked: list[tuple[str, Any]]) -> None:
    assert (figures(stores, {}), troubles(stores, companies={})) == ({}, [])
    assert asked == []


def test_a_scrape_is_three_questions_and_a_look_three_however_many_companies(
    stores: Stores, asked: list[tuple[str, Any]]
) -> None:
    many: dict[str, int | None] = {f"company-{number}": 10 for number in range(1000)}
    assert len(figures(stores, many)) == 1000
    assert len(asked) == 3
    assert troubles(stores, companies=many) == []
    assert len(asked) == 6


def test_on_sqlite_no_text_is_read_for_a_scrape_and_no_table_for_a_look(
    stores: Stores, asked: list[tuple[str, Any]]
) -> None:
    if not stores.database.is_sqlite:
        pytest.skip("PostgreSQL's plans depend on its statistics")
    figures(stores, {COMPANY: 10})
    troubles(stores, companies={COMPANY: 10})
    with stores.database.read() as connection:
        plans = [
            str(step.detail)
            for statement, values in list(asked)
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    tables = ("message", "callback", "action", "segment_line", "suppression")
    touched = [plan for plan in plans if plan.split()[0] in ("SCAN", "SEARCH") and plan.split()[1] in tables]
    assert len(touched) >= 8
    assert [plan for plan in touched if "INDEX" not in plan] == []
    # what is read whole is an index, and the second one holds only replies that were copied nowhere
    scans = {plan.removeprefix("SCAN message USING ") for plan in plans if plan.startswith("SCAN message")}
    assert {scan.replace("COVERING ", "") for scan in scans} == {"INDEX ix_message_figures", "INDEX ix_message_held"}
    assert "COVERING INDEX ix_message_figures" in scans
