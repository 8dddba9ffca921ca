"""Polls go on whatever the clock does, and no company waits for another one's trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector import scheduler as module
from connector.domain.errors import KeyRefused, StoreError, Unwell, WireError
from connector.scheduler import WORKERS, Pace, Poll, Scheduler, _spread
from tests.ops.post import wait_until

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture
def run() -> Iterator[Callable[..., Scheduler]]:
    """Starts a scheduler; it ends with the test."""
    started: list[tuple[Scheduler, threading.Event]] = []

    def start(*polls: Poll) -> Scheduler:
        stop = threading.Event()
        started.append((Scheduler(polls, stop), stop))
        started[-1][0].start()
        return started[-1][0]

    yield start
    for scheduler, _ in started:
        scheduler.shutdown(5.0)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The machine's wall clock, `ahead` by so many seconds; the steady clock stays as it is."""
    offset = {"ahead": 0.0}

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=offset["ahead"])

    monkeypatch.setattr(module, "datetime", Moved)
    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Moved)
    return offset


class Runs:
    """Counts the runs of each company; some fail, some hang until `free` is set."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}
        self.free = threading.Event()

    def poll(self, company: str, every_s: float = 0.2, *, hangs: bool = False, error: Exception | None = None) -> Poll:
        def make() -> None:
            self.of[company] = self.of.get(company, 0) + 1
            if hangs:
                self.free.wait(30)
            if error is not None:
                raise error

        return Poll(company, "applications", every_s, make)


@pytest.fixture
def runs() -> Iterator[Runs]:
    counted = Runs()
    yield counted
    counted.free.set()


@pytest.mark.parametrize(
    ("late", "expected"),
    [(timedelta(0), 30), (timedelta(seconds=29), 30), (timedelta(hours=8), 8 * 3600 + 30), (timedelta(hours=-1), 30)],
    ids=["on time", "late", "suspended for eight hours", "clock set back"],
)
def test_what_was_missed_is_one_poll_in_step(late: timedelta, expected: int) -> None:
    assert Pace(30.0).get_next_fire_time(NOON, NOON + late) == NOON + timedelta(seconds=expected)


def test_a_clock_that_was_wrong_by_half_a_century_costs_one_step() -> None:
    began = time.process_time()
    following = Pace(1.0).get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), NOON)
    assert following == NOON + timedelta(seconds=1)
    assert time.process_time() - began < 0.01


def test_polls_go_on_after_eight_hours_of_sleep(
    run: Callable[..., Scheduler], runs: Runs, wall: dict[str, float]
) -> None:
    scheduler = run(runs.poll("harbourline", 1.0))
    wait_until(lambda: runs.of.get("harbourline"))
    wall["ahead"] = 8 * 3600.0
    before = runs.of["harbourline"]
    with capture_logs() as logs:
        assert scheduler.look_at_clock() == pytest.approx(8 * 3600, abs=2)
    wait_until(lambda: runs.of["harbourline"] > before, 5.0)
    time.sleep(0.5)
    assert runs.of["harbourline"] - before <= 2
    assert [(entry["action"], entry["by_s"]) for entry in logs if entry["action"] == "clock"] == [("clock", 28_800)]


def test_polls_go_on_when_the_clock_is_set_back_an_hour(
    run: Callable[..., Scheduler], runs: Runs, wall: dict[str, float]
) -> None:
    scheduler = run(runs.poll("harbourline", 1.0))
    wait_until(lambda: runs.of.get("harbourline"))
    wall["ahead"] = -3600.0
    before = runs.of["harbourline"]
    assert scheduler.look_at_clock() == pytest.approx(-3600, abs=2)
    wait_until(lambda: runs.of["harbourline"] > before + 1, 6.0)


def test_a_clock_that_merely_goes_on_is_no_jump(run: Callable[..., Scheduler], runs: Runs) -> None:
    scheduler = run(runs.poll("harbourline"))
    time.sleep(0.3)
    with capture_logs() as logs:
        assert scheduler.look_at_clock() == 0.0
    assert [entry for entry in logs if entry["action"] == "clock"] == []


def test_companies_that_hang_hold_up_nobody_else(run: Callable[..., Scheduler], runs: Runs) -> None:
    hanging = [runs.poll(f"hangs-{n}", hangs=True) for n in range(WORKERS["default"] - 1)]
    run(*hanging, runs.poll("harbourline"))
    wait_until(lambda: runs.of.get("harbourline", 0) >= 5, 15.0)


def test_companies_in_trouble_get_workers_of_their_own(run: Callable[..., Scheduler], runs: Runs) -> None:
    broken = [runs.poll(f"broken-{n}", error=StoreError("refused")) for n in range(3)]
    scheduler = run(*broken, runs.poll("harbourline"))
    wait_until(lambda: len(runs.of) == 4)
    lanes = lambda: {job.id.split("/")[0]: job.executor for job in scheduler._scheduler.get_jobs()}  # noqa: E731
    wait_until(lambda: lanes() == {**{f"broken-{n}": "patient" for n in range(3)}, "harbourline": "default"}, 5.0)


def test_a_company_that_is_well_again_returns(run: Callable[..., Scheduler]) -> None:
    ends: list[Exception | None] = [StoreError("refused"), None]

    def make() -> None:
        error = ends.pop(0) if ends else None
        if error:
            raise error

    scheduler = run(Poll("harbourline", "applications", 0.2, make))
    lane = lambda: scheduler._scheduler.get_jobs()[0].executor  # noqa: E731
    wait_until(lambda: not ends and lane() == "default", 5.0)
    assert scheduler.courses["harbourline", "applications"].runs["failed"] == 1


def test_one_poll_of_a_company_never_overlaps_itself_and_is_counted(run: Callable[..., Scheduler], runs: Runs) -> None:
    scheduler = run(runs.poll("harbourline", hangs=True))
    course = scheduler.courses["harbourline", "applications"]
    wait_until(lambda: course.passed_over >= 2, 5.0)
    assert runs.of["harbourline"] == 1


def test_first_runs_are_spread_out() -> None:
    polls = [Poll(f"company-{n}", "applications", 60.0, lambda: None) for n in range(1000)]
    moments = [moment for _, moment in _spread(polls, NOON)]
    seconds = [int((moment - NOON).total_seconds()) for moment in moments]
    assert max(seconds.count(second) for second in set(seconds)) <= 21
    assert max(seconds) < 60


def test_a_single_company_is_polled_at_once() -> None:
    poll = Poll("harbourline", "applications", 60.0, lambda: None)
    ((_, moment),) = _spread([poll], NOON)
    assert moment == NOON


def outage(errors: Sequence[Exception | None]) -> list[dict[str, Any]]:
    """Make runs that end like that, and return what was logged."""
    ends = list(errors)

    def make() -> None:
        error = ends.pop(0)
        if error:
            raise error

    poll = Poll("harbourline", "applications", 30.0, make)
    scheduler = Scheduler([poll], threading.Event())
    with capture_logs() as logs:
        for _ in errors:
            scheduler._run_once(poll)
    return [dict(entry) for entry in logs]


def test_an_outage_is_said_when_it_begins_and_when_it_ends() -> None:
    refused = StoreError("the database refuses: disk full")
    logs = outage([None, refused, refused, refused, None, None])
    assert [(entry["log_level"], entry["event"]) for entry in logs] == [
        ("warning", "run failed"),
        ("info", "run well again"),
    ]


@pytest.mark.parametrize(
    "error", [Unwell("cord", "feed", "down", 503), KeyRefused("cord", "feed", "no", 401)], ids=["unwell", "key refused"]
)
def test_an_outage_that_a_pause_has_said_is_not_said_twice(error: Exception) -> None:
    assert [e["event"] for e in outage([error, error, None]) if e["log_level"] != "debug"] == []


def test_another_failure_is_news() -> None:
    logs = outage([StoreError("refused"), WireError("cord", "feed", "no JSON"), None])
    assert [entry["what"] for entry in logs if entry["log_level"] == "warning"] == ["refused", "cord: feed: no JSON"]


def test_each_run_has_an_id_of_its_own_in_every_line() -> None:
    seen: list[dict[str, Any]] = []
    poll = Poll("harbourline", "applications", 30.0, lambda: seen.append(structlog.contextvars.get_contextvars()))
    scheduler = Scheduler([poll], threading.Event())
    for _ in range(2):
        scheduler._run_once(poll)
    assert len({line["run"] for line in seen}) == 2
    assert structlog.contextvars.get_contextvars() == {}


def test_a_poll_that_is_changed_goes_on_from_how_it_has_fared(run: Callable[..., Scheduler], runs: Runs) -> None:
    scheduler = run(runs.poll("harbourline", 0.1))
    wait_until(lambda: runs.of.get("harbourline"))
    course = scheduler.courses["harbourline", "applications"]
    scheduler.change([runs.poll("harbourline", 0.2)])
    assert scheduler.courses["harbourline", "applications"] is course


def test_a_poll_that_is_added_begins_and_one_that_is_removed_ends(run: Callable[..., Scheduler], runs: Runs) -> None:
    first, second = runs.poll("harbourline", 0.1), runs.poll("quayside", 0.1)
    scheduler = run(first)
    wait_until(lambda: runs.of.get("harbourline"))
    scheduler.change([second])
    wait_until(lambda: runs.of.get("quayside", 0) > 2, 5.0)
    before = runs.of["harbourline"]
    time.sleep(0.4)
    assert runs.of["harbourline"] <= before + 1
    assert scheduler.polls == (second,)


def test_a_poll_that_stays_is_not_fired_again(run: Callable[..., Scheduler], runs: Runs) -> None:
    first = runs.poll("harbourline", 60.0)
    scheduler = run(first)
    wait_until(lambda: runs.of.get("harbourline"))
    scheduler.change([first, runs.poll("quayside", 60.0)])
    wait_until(lambda: runs.of.get("quayside"), 5.0)
    assert runs.of["harbourline"] == 1


def test_a_run_under_way_goes_on_and_the_changed_poll_runs_after_it_at_once(
    run: Callable[..., Scheduler], runs: Runs
) -> None:
    scheduler = run(runs.poll("harbourline", 3600.0, hangs=True))
    wait_until(lambda: runs.of.get("harbourline"))
    at_once: list[bool] = []
    changed = Poll("harbourline", "applications", 3600.0, lambda: at_once.append(runs.free.is_set()))
    scheduler.change([changed])
    time.sleep(0.4)
    assert at_once == []
    runs.free.set()
    wait_until(lambda: at_once, 5.0)
    time.sleep(0.3)
    assert at_once == [True]


def test_a_company_that_comes_back_while_its_last_run_is_under_way_has_one_run_at_a_time(
    run: Callable[..., Scheduler], runs: Runs
) -> None:
    scheduler = run(runs.poll("harbourline", 3600.0, hangs=True))
    wait_until(lambda: runs.of.get("harbourline"))
    scheduler.change([])
    again = runs.poll("harbourline", 3600.0)
    scheduler.change([again])
    time.sleep(0.4)
    assert runs.of["harbourline"] == 1
    runs.free.set()
    wait_until(lambda: runs.of["harbourline"] == 2, 5.0)


def test_a_changed_poll_does_not_wait_for_what_the_old_one_waited_for(run: Callable[..., Scheduler]) -> None:
    made: list[str] = []
    scheduler = run(Poll("harbourline", "applications", 3600.0, lambda: made.append("old"), lambda: 1800.0))
    wait_until(lambda: made)
    scheduler.change([Poll("harbourline", "applications", 3600.0, lambda: made.append("new"))])
    wait_until(lambda: made == ["old", "new"], 5.0)
