"""Which flow runs when, for which company. APScheduler fires a *poll*; what a poll does is a *run*.

One poll of a company never overlaps itself; a poll that comes late still runs, once; what is passed over because the
last one is still running is counted, never silent.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from connector.domain.errors import ConnectorError

log = structlog.get_logger("connector.scheduler")

#: runs at once, over all companies: they wait for platforms most of the time
WORKERS = 16


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


class Scheduler:
    """Runs polls until it is stopped. `start()` returns at once."""

    def __init__(self, polls: Sequence[Poll], stop: threading.Event) -> None:
        self._polls = polls
        self._stop = stop
        #: polls passed over because the run before was not over, by company and flow
        self.passed_over: Counter[tuple[str, str]] = Counter()
        #: the last failure of each flow, to say each outage once
        self._failing: dict[tuple[str, str], str] = {}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(min(WORKERS, max(4, len(polls))))},
            # APScheduler's own default drops a poll that is more than a second late
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Fire every poll now and then at its pace."""
        for poll in self._polls:
            self._scheduler.add_job(
                self._run,
                "interval",
                seconds=poll.every_s,
                args=[poll],
                id=f"{poll.company}/{poll.flow}",
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.add_listener(self._note_passed_over, EVENT_JOB_MAX_INSTANCES)
        self._scheduler.start()

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

    def _run(self, poll: Poll) -> None:
        """Make runs until nothing falls due before the next poll."""
        while not self._stop.is_set():
            self._run_once(poll)
            wait_s = poll.next_due_s()
            if wait_s is None or wait_s >= poll.every_s:
                return
            # a doubt is looked up within seconds, however rare the polls are
            self._stop.wait(max(wait_s, 0.5))

    def _run_once(self, poll: Poll) -> None:
        about = {"action": "run", "company": poll.company, "flow": poll.flow}
        key = (poll.company, poll.flow)
        try:
            poll.run()
        except ConnectorError as error:
            if self._failing.get(key) != type(error).__name__:
                log.warning("run failed", **about, what=str(error))
            self._failing[key] = type(error).__name__
        except Exception:
            # one company's surprise is not another's outage
            log.exception("run broke", **about)
            self._failing[key] = "bug"
        else:
            if self._failing.pop(key, None):
                log.info("run well again", **about)

    def _note_passed_over(self, event: JobSubmissionEvent) -> None:
        company, _, flow = event.job_id.partition("/")
        self.passed_over[company, flow] += 1
        log.info("poll passed over", action="poll", company=company, flow=flow, times=self.passed_over[company, flow])
