"""Which flow runs when, for which company. APScheduler fires a *poll*; what a poll does is a *run*.

One poll of a company never overlaps itself; a poll that comes late still runs, once; what is passed over because the
last one is still running is counted, never silent. Companies do not wait for each other: first runs are spread out, and
a company whose runs fail or take long has its next ones made by other workers than those of the companies that are
well. The time of the next poll is by the wall clock, so `look_at_clock` must be called every few seconds: a clock that
was set back an hour would otherwise let nobody run for an hour.

Which polls there are may be changed at any time: a run under way goes on to its end, and the next one of that poll is
made by whatever is in its place by then.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from connector.domain.errors import AuthError, ConnectorError, TransientError

log = structlog.get_logger("connector.scheduler")

#: runs at once: of companies that are well, and of those whose last run failed or took long; they wait most of the time
WORKERS = {"default": 32, "patient": 32}
#: a longer run is made by the patient workers the next time
LONG_S = 10.0
#: between two first runs
SPREAD_S = 0.05
#: the kind of failures that a pause stands behind
_PAUSED = "paused"
#: the wall clock has jumped when it differs by more from what has passed
JUMP_S = 5.0


@dataclass(frozen=True)
class Poll:
    """A flow of a company, and how often it runs."""

    company: str
    flow: str
    every_s: float
    #: makes one run
    run: Callable[[], object]
    #: seconds until something of the company falls due by itself; None: nothing does
    next_due_s: Callable[[], float | None] = lambda: None
    #: makes a run that somebody has asked for; None: the same one
    hinted: Callable[[], object] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Company and flow."""
        return self.company, self.flow


@dataclass
class Course:
    """How a poll has fared in this process. Times are `time.monotonic()`: no clock that is set makes them wrong."""

    #: when the last good run ended, or the polling began
    well_at: float
    #: when the last run began and ended; 0: none has
    began_at: float = 0.0
    ended_at: float = 0.0
    #: what the last run failed for; None: it did not fail, or there was none
    error: str | None = None
    #: its class, to say each outage once
    kind: str | None = None
    #: when the first of these failures was, by the wall clock
    failing_since: datetime | None = None
    #: runs by outcome: `well` and `failed`
    runs: Counter[str] = field(default_factory=Counter)
    #: polls passed over because the run before was not over
    passed_over: int = 0
    #: the last run failed or took long
    slow: bool = False


class Pace(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds, in step with the first time; what was missed meanwhile is one poll, not hundreds."""

    def __init__(self, every_s: float) -> None:
        self._every = timedelta(seconds=every_s)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next step after both `previous` and `now`."""
        if previous is None:
            return now
        return previous + self._every * (max(0, (now - previous) // self._every) + 1)


class Scheduler:
    """Runs polls until it is stopped. `start()` returns at once."""

    def __init__(self, polls: Sequence[Poll], stop: threading.Event) -> None:
        self._polls = {poll.key: poll for poll in polls}
        self._stop = stop
        began = time.monotonic()
        #: how each poll fares. Replaced as a whole, never changed in place: other threads read it; what is polled no
        #: longer stays in it
        self.courses = {key: Course(began) for key in self._polls}
        self._under_way: set[tuple[str, str]] = set()
        #: polls that somebody has asked for and whose run has not begun
        self._nudged: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._clocks = datetime.now(UTC), began
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(number) for name, number in WORKERS.items()},
            # APScheduler's own default drops a poll that is more than a second late
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    @property
    def polls(self) -> tuple[Poll, ...]:
        """What is polled at present."""
        return tuple(self._polls.values())

    def start(self) -> None:
        """Fire every poll now, one after the other, and then at its pace."""
        self._fire(self.polls)
        self._scheduler.add_listener(self._note_passed_over, EVENT_JOB_MAX_INSTANCES)
        self._scheduler.add_listener(self._change_lane, EVENT_JOB_EXECUTED)
        self._scheduler.start()

    def change(self, polls: Sequence[Poll]) -> None:
        """Have these polls from now on, and no others. Those that are new or another one than before begin soon.

        A poll that stays the same is not touched. How polls of the same name have fared is known on.
        """
        before, now = self._polls, {poll.key: poll for poll in polls}
        added = {key: Course(time.monotonic()) for key in now if key not in before}
        self.courses = {**self.courses, **added}
        self._polls = now
        for key in before.keys() - now.keys():
            self._scheduler.remove_job("/".join(key))
        self._fire([poll for key, poll in now.items() if before.get(key) is not poll])

    def nudge(self, company: str, flow: str) -> bool:
        """Fire a poll now, outside its pace. A run under way is followed by another one. False: there is no such poll.

        Twice in a row is one run; what it costs is the poll's own business.
        """
        key = company, flow
        with self._lock:
            if key not in self._polls or self._stop.is_set():
                return False
            self._nudged.add(key)
            if key in self._under_way:
                return True
        self._fire_now(key)
        return True

    def _fire_now(self, key: tuple[str, str]) -> None:
        # a poll that has just been taken away has no turn any more
        with contextlib.suppress(JobLookupError):
            self._scheduler.modify_job("/".join(key), next_run_time=datetime.now(UTC))

    def _may_end(self, key: tuple[str, str]) -> bool:
        """Return whether a run may be the last one for now: nobody has asked for another one meanwhile."""
        with self._lock:
            if key in self._nudged:
                return False
            self._under_way.discard(key)
            return True

    def shutdown(self, patience_s: float) -> bool:
        """Stop firing and wait for the runs under way. Returns whether all of them came to their end in time.

        A run that does not leaves its items `attempting`; the next process looks up what became of them.
        """
        self._stop.set()
        with contextlib.suppress(Exception):
            self._scheduler.pause()
        waiter = threading.Thread(target=self._scheduler.shutdown, kwargs={"wait": True}, daemon=True)
        waiter.start()
        waiter.join(patience_s)
        return not waiter.is_alive()

    def look_at_clock(self) -> float:
        """Fire every poll soon if the wall clock has jumped since the last look; returns by how many seconds it has.

        A machine that was suspended looks the same: its clock has moved on, and all that was missed is one poll.
        """
        wall, steady = datetime.now(UTC), time.monotonic()
        jumped_s = (wall - self._clocks[0]).total_seconds() - (steady - self._clocks[1])
        self._clocks = wall, steady
        if abs(jumped_s) < JUMP_S:
            return 0.0
        log.warning("clock jumped", action="clock", by_s=round(jumped_s), what="set, or the machine was suspended")
        self._fire(self.polls)
        return jumped_s

    def _fire(self, polls: Sequence[Poll]) -> None:
        """Let each poll fire soon and then at its pace, whether it is there already or not."""
        for poll, moment in _spread(polls, datetime.now(UTC)):
            name, pace = "/".join(poll.key), Pace(poll.every_s)
            if self._scheduler.get_job(name) is None:
                self._scheduler.add_job(self._run, pace, args=[poll.key], id=name, next_run_time=moment)
            else:
                self._scheduler.modify_job(name, trigger=pace, next_run_time=moment)

    def _run(self, key: tuple[str, str]) -> None:
        """Make runs until nothing falls due before the next poll. One at a time, whichever workers make them."""
        with self._lock:
            if key in self._under_way:
                self._pass_over(key)
                return
            self._under_way.add(key)
        try:
            self._run_on(key)
        finally:
            with self._lock:
                self._under_way.discard(key)

    def _run_on(self, key: tuple[str, str]) -> None:
        while not self._stop.is_set():
            poll = self._polls.get(key)
            if poll is None:
                return
            hinted = key in self._nudged
            self._nudged.discard(key)
            began = time.monotonic()
            well = self._run_once(poll, hinted=hinted)
            self.courses[key].slow = not well or time.monotonic() - began > LONG_S
            wait_s = self._next_due_s(poll)
            if self._polls.get(key) is not poll:
                # another one stands in its place, and its first turn may have been passed over for this run
                continue
            if wait_s is None or wait_s >= poll.every_s:
                if self._may_end(key):
                    return
                continue
            # a doubt is looked up within seconds, however rare the polls are
            self._rest(poll, max(wait_s, 0.5))

    def _rest(self, poll: Poll, seconds: float) -> None:
        """Wait; at most a second longer than the poll is there."""
        over = time.monotonic() + seconds
        while (left_s := over - time.monotonic()) > 0 and self._polls.get(poll.key) is poll:
            if poll.key in self._nudged or self._stop.wait(min(left_s, 1.0)):
                return

    def _next_due_s(self, poll: Poll) -> float | None:
        try:
            return poll.next_due_s()
        except ConnectorError:
            # our database refuses: the next poll finds out, and says it
            return None

    def _run_once(self, poll: Poll, *, hinted: bool = False) -> bool:
        """Make one run, and note how it went; whatever it does ends here."""
        about = {"action": "run", "company": poll.company, "flow": poll.flow}
        course = self.courses[poll.key]
        course.began_at = time.monotonic()
        with structlog.contextvars.bound_contextvars(run=secrets.token_hex(4)):
            try:
                (poll.hinted if hinted and poll.hinted else poll.run)()
            except ConnectorError as error:
                kind = type(error).__name__
                if isinstance(error, TransientError | AuthError):
                    # the platform is left alone, and the pause says when that begins and ends
                    kind = _PAUSED
                if course.kind != kind:
                    log.log(
                        logging.DEBUG if kind == _PAUSED else logging.WARNING, "run failed", **about, what=str(error)
                    )
                self._failed(course, kind, str(error))
            except Exception as error:
                # one company's surprise is not another's outage; the same one again is not news
                if course.kind != f"bug: {type(error).__name__}":
                    log.exception("run broke", **about)
                self._failed(course, f"bug: {type(error).__name__}", f"a bug: {type(error).__name__}, see the log")
            else:
                if course.kind:
                    level = logging.DEBUG if course.kind == _PAUSED else logging.INFO
                    log.log(level, "run well again", **about)
                course.kind = course.error = course.failing_since = None
                course.well_at = time.monotonic()
                course.runs["well"] += 1
        course.ended_at = time.monotonic()
        return course.kind is None

    def _failed(self, course: Course, kind: str, error: str) -> None:
        course.kind, course.error = kind, error
        course.failing_since = course.failing_since or datetime.now(UTC)
        course.runs["failed"] += 1

    def _change_lane(self, event: JobEvent) -> None:
        """Let the next run be made by the workers that the last one asks for; the last one is over here."""
        if self._stop.is_set():
            # a shutdown holds the scheduler's lock while it waits for this very thread
            return
        course = self.courses[_key(event)]
        lane = "patient" if course.slow else "default"
        job = self._scheduler.get_job(event.job_id)
        if job is not None and job.executor != lane:
            job.modify(executor=lane)

    def _note_passed_over(self, event: JobEvent) -> None:
        key = _key(event)
        if key in self._nudged and key not in self._under_way:
            # its last run was over, and its worker not yet free
            self._fire_now(key)
            return
        self._pass_over(key)

    def _pass_over(self, key: tuple[str, str]) -> None:
        company, flow = key
        course = self.courses[key]
        course.passed_over += 1
        if course.passed_over == 1:
            log.info("poll passed over", action="poll", company=company, flow=flow, what="the run before is not over")


def _spread(polls: Sequence[Poll], now: datetime) -> Iterator[tuple[Poll, datetime]]:
    """Yield each poll with the moment of its next run: soon, evenly over at most one interval."""
    for number, poll in enumerate(polls):
        span_s = min(poll.every_s, SPREAD_S * len(polls))
        yield poll, now + timedelta(seconds=span_s * number / len(polls))


def _key(event: JobEvent) -> tuple[str, str]:
    company, _, flow = event.job_id.partition("/")
    return company, flow
