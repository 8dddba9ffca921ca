"""The cursor moves in the transaction that records what was read."""

from __future__ import annotations

import pytest
from starts import COMPANY, EVER, NOON, a_start, in_threads

from connector.app import Stores, open_stores
from connector.domain.actions import Change, Kind, State
from connector.domain.model import BadRow, Priority


@pytest.fixture
def opened(stores: Stores) -> Stores:
    stores.feed.open(COMPANY, None, NOON)
    return stores


def cursor(stores: Stores) -> str | None:
    return stores.feed.cursor(COMPANY)[0]


def test_nothing_is_pinned_before_the_first_reading(stores: Stores) -> None:
    assert stores.feed.cursor(COMPANY) == (None, None, False)


def test_what_the_first_reading_means_is_pinned_once(opened: Stores) -> None:
    opened.feed.open(COMPANY, "other", EVER)
    opened.feed.confirm(COMPANY)
    assert opened.feed.cursor(COMPANY) == (None, NOON, True)


def test_rows_and_cursor_are_recorded_together(opened: Stores) -> None:
    assert opened.feed.record(COMPANY, [a_start(1), a_start(2)], moved=(None, "c1")) == (2, True)
    assert cursor(opened) == "c1"


def test_a_row_read_twice_is_harmless(opened: Stores) -> None:
    opened.feed.record(COMPANY, [a_start(1), a_start(1)], moved=(None, "c1"))
    assert opened.feed.record(COMPANY, [a_start(1)], moved=("c1", "c2")) == (0, True)
    assert opened.actions.counts(COMPANY)["planned"] == 1


def test_who_comes_second_with_the_same_cursor_records_nothing(opened: Stores) -> None:
    opened.feed.record(COMPANY, [a_start(1)], moved=(None, "c1"))
    assert opened.feed.record(COMPANY, [a_start(2)], moved=(None, "c9")) == (0, False)
    assert (cursor(opened), opened.actions.counts(COMPANY)["planned"]) == ("c1", 1)


def test_a_failure_in_between_leaves_neither_rows_nor_cursor(opened: Stores) -> None:
    with pytest.raises(Exception, match="without a zone"):
        opened.feed.record(COMPANY, [a_start(1, started_at=NOON.replace(tzinfo=None))], moved=(None, "c1"))
    assert (cursor(opened), opened.actions.counts(COMPANY)["planned"]) == (None, 0)


def test_an_expired_cursor_is_forgotten_only_by_whoever_still_holds_it(opened: Stores) -> None:
    opened.feed.record(COMPANY, [], moved=(None, "c1"))
    opened.feed.restart(COMPANY, "c0")
    assert cursor(opened) == "c1"
    opened.feed.restart(COMPANY, "c1")
    assert cursor(opened) is None


def test_two_readers_of_one_feed_record_each_row_once(url: str, opened: Stores) -> None:
    def read() -> int:
        mine = open_stores(url)
        new = 0
        for page in range(20):
            rows, mine_first = [a_start(page * 3 + n) for n in range(3)], False
            while not mine_first:
                number, mine_first = mine.feed.record(COMPANY, rows, moved=(cursor(mine), f"c{page}"))
                new += number
        mine.close()
        return new

    assert sum(in_threads(read, [()] * 4)) == 60
    assert opened.actions.counts(COMPANY)["planned"] == 60


def test_a_request_by_hand_takes_up_what_is_parked_once(opened: Stores) -> None:
    opened.feed.record(COMPANY, [a_start(1)])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    opened.actions.move([Change(item, State.PARKED, "waiting_for_manual_send")])
    request = a_start(1, sequence="000000000009", manual=True)
    opened.feed.record(COMPANY, [request])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert (item.state, item.asked, item.priority) == (State.PLANNED, "source", Priority.MANUAL)
    opened.actions.move([Change(item, State.PARKED, "job_not_open")])
    opened.feed.record(COMPANY, [request])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert item.state == State.PARKED


@pytest.mark.parametrize("state", [State.DONE, State.UNKNOWN, State.ATTEMPTING])
def test_a_request_by_hand_does_not_disturb_what_is_under_way(opened: Stores, state: State) -> None:
    opened.feed.record(COMPANY, [a_start(1)])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    opened.actions.move([Change(item, state, "sent")])
    opened.feed.record(COMPANY, [a_start(1)], asked="send")
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert item.state == state


@pytest.mark.parametrize(
    ("asked", "priority"), [("send", Priority.MANUAL), ("backfill", Priority.BACKFILL), (None, Priority.NEW)]
)
def test_new_conversations_never_queue_behind_a_backfill(opened: Stores, asked: str, priority: Priority) -> None:
    opened.feed.record(COMPANY, [a_start(1)], asked=asked)
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert item.priority == priority


def test_a_bad_row_is_a_named_fault_once(opened: Stores) -> None:
    bad = BadRow("row-abc", "cv_9", "candidate_id: missing")
    opened.feed.record(COMPANY, [a_start(1)], [bad, bad], moved=(None, "c1"))
    opened.feed.record(COMPANY, [], [bad], moved=("c1", "c2"))
    (item,) = opened.actions.in_states(COMPANY, [State.QUARANTINED])
    assert (item.reason, item.note, item.conversation_id) == ("wire_error", "candidate_id: missing", "cv_9")
    assert opened.actions.due(COMPANY, Kind.APPLICATION, EVER, 10)[0].start_id == "cs_1"


def test_a_bad_row_that_comes_by_readable_is_taken_up(opened: Stores) -> None:
    opened.feed.record(COMPANY, [], [BadRow("cs_1", "cv_1", "position: wrong")])
    opened.feed.record(COMPANY, [a_start(1)])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert (item.state, item.candidate_id, item.position_id) == (State.PLANNED, "pe_1", "po_1")


def test_an_erased_persons_row_that_comes_by_again_brings_nothing_back(opened: Stores) -> None:
    opened.feed.record(COMPANY, [a_start(1, candidate_id="")])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    opened.actions.move([Change(item, State.CLOSED, "candidate_erased")])
    opened.feed.record(COMPANY, [a_start(1)])
    (item,) = opened.actions.of_start(COMPANY, "cs_1")
    assert (item.state, item.candidate_id) == (State.CLOSED, "")


def test_companies_do_not_see_each_others_feeds(opened: Stores) -> None:
    opened.feed.open("northgate", "n1", NOON)
    opened.feed.record(COMPANY, [a_start(1)], moved=(None, "c1"))
    opened.feed.record("northgate", [a_start(1)], moved=("n1", "n2"))
    assert (cursor(opened), opened.feed.cursor("northgate")[0]) == ("c1", "n2")
