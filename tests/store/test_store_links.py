"""Writes of links, backfills in bulk, and the journal, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connector.app import Stores
from connector.domain.actions import Change, Item, Kind, State
from connector.domain.links import NewLink
from connector.domain.model import Prepared, Priority
from tests.store.starts import COMPANY, NOON, a_start, recorded

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def begun(stores: Stores, number: int, position: str = "po_1", job: str | None = "5101") -> Item:
    prepared = Prepared(f"link:{number}", "PUT", f"/v1/positions/{position}/ats-link", b"\x00{}")
    return stores.links.begin(COMPANY, NewLink(position, "Engineer", job, "linked", prepared), NOW)


def test_an_intent_keeps_every_byte_and_is_due_at_once(stores: Stores) -> None:
    item = begun(stores, 1)
    assert (item.state, item.reason, item.note, item.job_id) == (State.ATTEMPTING, "send", "linked", "5101")
    assert item.prepared == Prepared("link:1", "PUT", "/v1/positions/po_1/ats-link", b"\x00{}")
    assert [due.id for due in stores.actions.due(COMPANY, Kind.LINK, NOW, 10)] == [item.id]


def test_a_newer_one_overtakes_what_is_open_about_the_same_position(stores: Stores) -> None:
    first, other, done = begun(stores, 1), begun(stores, 2, "po_2"), begun(stores, 3, "po_1")
    stores.actions.move([Change(done, State.DONE, "told")])
    last = begun(stores, 4)
    states = {item.id: item.state for item in stores.actions.items([first.id, other.id, done.id, last.id])}
    assert states == {
        first.id: State.CLOSED,
        other.id: State.ATTEMPTING,
        done.id: State.DONE,
        last.id: State.ATTEMPTING,
    }


def parked(stores: Stores, number: int, reason: str) -> list[Item]:
    items = recorded(stores, number)
    stores.actions.move([Change(item, State.PARKED, reason) for item in items])
    return items


def test_a_backfill_asks_for_what_is_parked_for_its_reasons(stores: Stores) -> None:
    items = parked(stores, 3, "before_start")
    stores.actions.move([Change(items[2], State.PARKED, "no_email")])
    assert stores.feed.ask_parked(COMPANY, ["before_start"], NOON) == 2
    first, second, third = stores.actions.items([item.id for item in items])
    assert [(i.state, i.asked, i.priority) for i in (first, second)] == [
        (State.PLANNED, "backfill", Priority.BACKFILL)
    ] * 2
    assert (third.state, third.asked) == (State.PARKED, None)
    assert stores.actions.history([first.id])[first.id][-1][1:] == ("planned", "asked", "by backfill")


def test_a_backfill_leaves_what_started_earlier_and_other_companies(stores: Stores) -> None:
    parked(stores, 1, "before_start")
    assert stores.feed.ask_parked(COMPANY, ["before_start"], NOON + timedelta(seconds=1)) == 0
    assert stores.feed.ask_parked("otherco", ["before_start"], NOON) == 0


def test_those_a_backfill_has_asked_for_are_counted_by_state(stores: Stores) -> None:
    stores.feed.record(COMPANY, [a_start(1), a_start(2)], asked="backfill")
    stores.feed.record(COMPANY, [a_start(3)])
    counts = stores.feed.backfilled(COMPANY, NOON)
    assert (counts["planned"], sum(counts.values()), set(counts)) == (2, 2, {state.value for state in State})
    assert sum(stores.feed.backfilled(COMPANY, NOON + timedelta(days=1)).values()) == 0


def test_the_journal_tells_the_newest_first(stores: Stores) -> None:
    parked(stores, 2, "no_email")
    begun(stores, 1)
    lines = stores.journal.recent([COMPANY], 10)
    assert [(line.item.kind.value, line.state) for line in lines] == [
        ("link", "attempting"),
        ("application", "parked"),
        ("application", "parked"),
        ("application", "planned"),
        ("application", "planned"),
    ]


def test_the_journal_is_filtered(stores: Stores) -> None:
    parked(stores, 2, "no_email")
    begun(stores, 1)
    journal = stores.journal
    assert len(journal.recent([COMPANY], 3)) == 3
    assert len(journal.recent([COMPANY], 10, kinds=["link"])) == 1
    assert len(journal.recent([COMPANY], 10, states=["parked"], reasons=["no_email"])) == 2
    assert journal.recent([COMPANY], 10, since=datetime.now(UTC) + timedelta(days=1)) == []
    assert journal.recent(["otherco"], 10) == []
