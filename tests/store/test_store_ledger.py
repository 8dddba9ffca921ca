"""The ledger: transitions with their history, exclusive rights, and what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starts import COMPANY, EVER, NOON, a_start, in_processes, in_threads, recorded

from connector.app import Stores, open_stores
from connector.domain.actions import Change, Item, Kind, NewAction, State
from connector.domain.model import Prepared, Priority

RIGHT = "harbourline:application:hash:5101"


def attempt(item: Item) -> Change:
    return Change(item, State.ATTEMPTING, "send", due_at=NOON)


def test_a_move_is_written_with_its_line_of_history(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    stores.actions.move([Change(item, State.PARKED, "no_email", "none", NOON, job_id="5101", attempts=2)])
    (now,) = stores.actions.items([item.id])
    lines = [line[1:] for line in stores.actions.history([item.id])[item.id]]
    assert (now.state, now.reason, now.due_at, now.job_id, now.attempts) == (State.PARKED, "no_email", NOON, "5101", 2)
    assert lines == [("planned", "recorded", ""), ("parked", "no_email", "none")]


def test_fields_that_a_change_leaves_out_keep_their_value(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    stores.actions.move([Change(item, State.PARKED, "no_email", job_id="5101", person="hash", doubt_at=NOON)])
    stores.actions.move([Change(item, State.PLANNED, "retried")])
    (now,) = stores.actions.items([item.id])
    assert (now.job_id, now.person, now.doubt_at, now.due_at) == ("5101", "hash", NOON, None)


def test_finding_the_same_again_adds_no_history(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    for _ in range(3):
        (item,) = stores.actions.items([item.id])
        stores.actions.move([Change(item, State.PARKED, "no_email")])
    assert len(stores.actions.history([item.id])[item.id]) == 2


def test_moves_are_written_all_or_none(stores: Stores) -> None:
    first, second = recorded(stores, 2)
    impossible = replace(attempt(second), state="flying")  # type: ignore[arg-type]
    with pytest.raises((IntegrityError, AttributeError, ValueError)):
        stores.actions.move([attempt(first), impossible])
    assert stores.actions.counts(COMPANY)["planned"] == 2


def test_what_follows_is_recorded_once_and_with_its_bytes(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    prepared = Prepared("delivery:1", "POST", "/v1/x", b'{"\xc3\xa9": 1}\x00')
    change = Change(item, State.DONE, "sent", then=(NewAction("report:1", Kind.REPORT, prepared),))
    stores.actions.move([change])
    stores.actions.move([change])
    (report,) = stores.actions.due(COMPANY, Kind.REPORT, EVER, 10)
    assert (report.prepared, report.start_id) == (prepared, "cs_1")


def test_an_exclusive_right_goes_to_the_first_of_a_batch(stores: Stores) -> None:
    first, second = recorded(stores, 2)
    won, lost = stores.actions.claim([(attempt(first), RIGHT), (attempt(second), RIGHT)])
    assert (won, lost) == ([first.id], [second.id])
    assert [item.state for item in stores.actions.items([first.id, second.id])] == [State.ATTEMPTING, State.PLANNED]


def test_who_holds_a_right_may_claim_it_again(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    for _ in range(2):
        assert stores.actions.claim([(attempt(item), RIGHT)]) == ([item.id], [])


def test_a_right_that_is_given_up_goes_to_the_next(stores: Stores) -> None:
    first, second = recorded(stores, 2)
    stores.actions.claim([(attempt(first), RIGHT)])
    stores.actions.move([Change(first, State.PARKED, "cv_required", release=True)])
    assert stores.actions.claim([(attempt(second), RIGHT)]) == ([second.id], [])
    holder = stores.actions.holder(RIGHT)
    assert holder is not None
    assert holder.id == second.id


def test_the_database_itself_refuses_a_second_holder(stores: Stores) -> None:
    recorded(stores, 2)
    with pytest.raises(IntegrityError), stores.database.write() as connection:
        connection.execute(text("UPDATE action SET claim = 'the-same'"))


def claim_all(url: str) -> list[int]:
    stores = open_stores(url)
    won: list[int] = []
    for item in stores.actions.in_states(COMPANY, [State.PLANNED, State.ATTEMPTING]):
        # a person and job for every four starts
        won += stores.actions.claim([(attempt(item), f"right:{item.id // 4}")])[0]
    stores.close()
    return won


@pytest.mark.parametrize("at_once", [in_threads, in_processes])
def test_no_two_at_once_get_the_same_right(url: str, stores: Stores, at_once: object) -> None:
    recorded(stores, 24)
    at_once(claim_all, [(url,)] * 3)  # type: ignore[operator]
    holders = [item.claim for item in stores.actions.in_states(COMPANY, list(State)) if item.claim]
    assert len(holders) == len(set(holders)) == len({n // 4 for n in range(1, 25)})


def test_due_is_most_urgent_first_then_oldest(stores: Stores) -> None:
    items = recorded(stores, 4)
    order = [(Priority.BACKFILL, 0), (Priority.NEW, 5), (Priority.NEW, 1), (Priority.MANUAL, 9)]
    stores.actions.move(
        [
            Change(item, State.PLANNED, "recorded", due_at=NOON + timedelta(seconds=late), priority=priority)
            for item, (priority, late) in zip(items, order, strict=True)
        ]
    )
    due = stores.actions.due(COMPANY, Kind.APPLICATION, NOON + timedelta(seconds=10), 10)
    assert [item.start_id for item in due] == ["cs_4", "cs_3", "cs_2", "cs_1"]


def test_due_leaves_out_the_later_the_resting_and_the_others(stores: Stores) -> None:
    first, second, third = recorded(stores, 3)
    recorded(stores, 2, "northgate")
    stores.actions.move(
        [
            Change(first, State.WAITING, "platform_unwell", due_at=NOON),
            Change(second, State.WAITING, "platform_unwell", due_at=NOON + timedelta(seconds=1)),
            Change(third, State.PARKED, "position_not_linked"),
        ]
    )
    assert [item.id for item in stores.actions.due(COMPANY, Kind.APPLICATION, NOON, 10)] == [first.id]


def test_due_gives_as_many_as_asked_for(stores: Stores) -> None:
    recorded(stores, 9)
    assert len(stores.actions.due(COMPANY, Kind.APPLICATION, EVER, 4)) == 4


def test_groups_are_released_whole_with_a_line_of_history_each(stores: Stores) -> None:
    items = recorded(stores, 3)
    stores.actions.move([Change(item, State.PARKED, "position_not_linked") for item in items])
    (group,) = stores.actions.waiting_groups(COMPANY)
    assert (group.number, stores.actions.release(COMPANY, group, "released")) == (3, 3)
    assert [item.reason for item in stores.actions.items([i.id for i in items])] == ["released"] * 3
    assert [len(lines) for lines in stores.actions.history([i.id for i in items]).values()] == [3] * 3


def test_holding_back_spares_whom_somebody_asked_for(stores: Stores) -> None:
    recorded(stores, 2)
    stores.feed.record(COMPANY, [a_start(3)], asked="send")
    assert stores.actions.hold_back(COMPANY, "first_batch_too_large") == 2
    assert stores.actions.counts(COMPANY)["planned"] == 1


def test_counts_name_every_state_and_only_starts(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    stores.actions.move([Change(item, State.DONE, "sent", then=(NewAction("report:1", Kind.REPORT),))])
    counts = stores.actions.counts(COMPANY)
    assert set(counts) == {state.value for state in State}
    assert sum(counts.values()) == 1


def test_times_come_back_aware(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    assert item.started_at == NOON
    assert item.started_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(stores: Stores) -> None:
    (item,) = recorded(stores, 1)
    with pytest.raises(Exception, match="without a zone"):
        stores.actions.move([Change(item, State.WAITING, "rate_limited", due_at=NOON.replace(tzinfo=None))])
