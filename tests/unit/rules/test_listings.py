"""What changes in the source's list of jobs, and when a change is not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.listings import Brake, Entry, Reading, Wanted
from connector.rules.listings import ListingPlan, is_comparison_due, plan_listings, without

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wanted(*jobs: str, version: str = "a", at: datetime = NOON) -> dict[str, Wanted]:
    return {job: Wanted(version, at) for job in jobs}


def listed(*jobs: str, version: str = "a", at: datetime = NOON) -> dict[str, Entry]:
    return {job: Entry(version, at) for job in jobs}


def ids(count: int, first: int = 1) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def plan(
    open_jobs: dict[str, Wanted],
    entries: dict[str, Entry],
    brake: Brake | None = None,
    *,
    at: datetime = NOON,
    finished: bool = True,
    confirmed: bool = False,
) -> ListingPlan:
    return plan_listings(Reading(open_jobs, finished, at), entries, 0.5, brake, at, confirmed=confirmed)


def test_equal_lists_need_nothing() -> None:
    assert ListingPlan() == plan(wanted("1", "2"), listed("2", "1"))


def test_a_new_job_is_published_a_changed_one_updated_a_missing_one_withdrawn() -> None:
    found = plan(wanted("1", "2", version="b"), listed("2", "3"))
    assert (("1",), ("2",), ("3",)) == (found.publish, found.update, found.withdraw)


def test_a_change_that_no_reader_sees_is_not_written() -> None:
    assert ListingPlan() == plan(wanted("1", at=NOON + HOUR), listed("1"))


def test_a_later_entry_is_never_written_over() -> None:
    found = plan(wanted("1", version="b"), listed("1", at=NOON + HOUR))
    assert ((), ("1",)) == (found.update, found.newer)


def test_an_entry_of_the_same_moment_is_replaced() -> None:
    assert ("1",) == plan(wanted("1", version="b"), listed("1")).update


@pytest.mark.parametrize(("closes_in", "gone"), [(timedelta(seconds=1), ()), (timedelta(0), ("1",)), (-HOUR, ("1",))])
def test_a_job_past_its_deadline_is_withdrawn(closes_in: timedelta, gone: tuple[str, ...]) -> None:
    assert gone == plan({"1": Wanted("a", NOON, NOON + closes_in)}, listed("1")).withdraw


@pytest.mark.parametrize("others", [0, 3])
def test_fewer_than_five_withdrawals_never_trip_the_brake(others: int) -> None:
    found = plan(wanted(*ids(others, 100)), listed(*ids(4), *ids(others, 100)))
    assert (4, None) == (len(found.withdraw), found.refused)


@pytest.mark.parametrize(("gone", "held"), [(5, False), (6, True)])
def test_more_than_the_share_trips_the_brake(gone: int, held: bool) -> None:
    found = plan(wanted(*ids(10 - gone, 100)), listed(*ids(gone), *ids(10 - gone, 100)))
    assert held == (found.refused is not None)
    assert (0 if held else gone) == len(found.withdraw)


def test_a_refusal_says_the_numbers() -> None:
    found = plan(wanted("100"), listed(*ids(9), "100"))
    assert found.refused is not None
    assert {"to be withdrawn": 9, "listed": 10, "open": 1} == found.refused.numbers


def test_publishing_goes_on_while_the_brake_holds() -> None:
    found = plan(wanted(*ids(3, 100)), listed(*ids(9)))
    assert (tuple(ids(3, 100)), ()) == (found.publish, found.withdraw)


def test_an_empty_list_trips_the_brake_whatever_the_share() -> None:
    found = plan_listings(Reading({}, True, NOON), listed(*ids(5)), 1.0, None, NOON)
    assert found.brake is not None
    assert ("empty", ()) == (found.brake.why, found.withdraw)


def test_an_unfinished_reading_withdraws_nothing_however_few() -> None:
    found = plan(wanted("1"), listed("1", "2"), finished=False)
    assert found.brake is not None
    assert ("unfinished", ()) == (found.brake.why, found.withdraw)


def test_nobody_can_confirm_what_was_not_read_to_its_end() -> None:
    assert () == plan(wanted(), listed(*ids(9)), finished=False, confirmed=True).withdraw


def test_a_finished_reading_ends_the_doubt_of_an_unfinished_one() -> None:
    brake = plan(wanted("1"), listed("1", "2"), finished=False).brake
    found = plan(wanted("1"), listed("1", "2"), brake, at=NOON + timedelta(minutes=5))
    assert (("2",), None) == (found.withdraw, found.brake)


def test_a_confirmation_lets_through_what_was_held() -> None:
    found = plan(wanted(), listed(*ids(9)), confirmed=True)
    assert (9, None) == (len(found.withdraw), found.refused)


def test_what_was_let_through_goes_on_after_a_crash() -> None:
    brake = plan(wanted(), listed(*ids(9)), confirmed=True).brake
    assert tuple(ids(6, 4)) == plan(wanted(), listed(*ids(6, 4)), brake).withdraw


def test_more_than_was_let_through_is_judged_anew() -> None:
    brake = plan(wanted(), listed(*ids(9)), confirmed=True).brake
    assert ("9",) == plan(wanted(), listed("9", *ids(9, 100)), brake).withdraw
    found = plan(wanted(), listed(*ids(9, 100)), brake)
    assert ((), True) == (found.withdraw, found.refused is not None)


def read_on(*minutes: int, entries: int = 9) -> ListingPlan:
    """Read the same again after so many minutes each, from the beginning."""
    found = plan(wanted(), listed(*ids(entries)))
    for after in minutes:
        found = plan(wanted(), listed(*ids(entries)), found.brake, at=NOON + timedelta(minutes=after))
    return found


@pytest.mark.parametrize(
    ("minutes", "through"),
    [
        ((), False),
        ((60,), False),
        ((60, 120), True),
        ((59, 119), False),
        ((5, 10, 15, 20), False),
        ((60, 61, 119), False),
        ((75, 200), True),
    ],
)
def test_two_more_readings_an_hour_apart_let_it_through(minutes: tuple[int, ...], through: bool) -> None:
    assert through == bool(read_on(*minutes).withdraw)


def test_the_same_reading_looked_at_again_agrees_with_nothing() -> None:
    brake, reading = plan(wanted(), listed(*ids(9))).brake, Reading({}, True, NOON)
    later = plan_listings(reading, listed(*ids(9)), 0.5, brake, NOON + 5 * HOUR)
    assert ((), brake) == (later.withdraw, later.brake)


def test_a_reading_that_says_something_else_begins_the_wait_anew() -> None:
    first = plan(wanted(), listed(*ids(9)))
    other = plan(wanted("9"), listed(*ids(9)), first.brake, at=NOON + HOUR)
    assert () == plan(wanted("9"), listed(*ids(9)), other.brake, at=NOON + 2 * HOUR).withdraw


def test_a_list_that_comes_back_ends_the_brake() -> None:
    first = plan(wanted(), listed(*ids(9)))
    assert ListingPlan() == plan(wanted(*ids(9)), listed(*ids(9)), first.brake, at=NOON + HOUR)


def test_what_is_published_meanwhile_does_not_make_the_loss_look_smaller() -> None:
    first = plan(wanted(*ids(20, 100)), listed(*ids(9)))
    found = plan(wanted(*ids(20, 100)), listed(*ids(9), *ids(20, 100)), first.brake)
    assert (first.brake, ()) == (found.brake, found.withdraw)


def test_jobs_with_a_write_under_way_are_left_out() -> None:
    found = without(plan(wanted("1", "2", version="b"), listed("2", "3")), ["2", "3"])
    assert (("1",), (), ()) == (found.publish, found.update, found.withdraw)


@pytest.mark.parametrize(
    ("compared", "now", "due"),
    [
        (None, "2026-11-27T12:00", True),
        ("2026-11-27T02:00", "2026-11-28T01:59", False),
        ("2026-11-27T02:00", "2026-11-28T02:00", True),
        ("2026-11-28T01:59", "2026-11-28T02:03", True),
        ("2026-11-28T02:03", "2026-11-28T23:59", False),
        ("2026-11-20T02:03", "2026-11-28T00:30", True),
    ],
)
def test_the_whole_list_is_compared_at_first_and_once_a_night(compared: str | None, now: str, due: bool) -> None:
    compared_at = datetime.fromisoformat(f"{compared}+00:00") if compared else None
    assert due == is_comparison_due(compared_at, datetime.fromisoformat(f"{now}+00:00"))
