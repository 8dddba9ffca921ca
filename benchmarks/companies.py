"""What many companies cost while nothing happens: CPU time and memory of a daemon that polls them once a minute.

The daemon's own scheduler runs in a process of its own, the simulators in another; the process counts, with all its
threads, from after every company's first run. Connections are not kept between two polls of a company, as in a
minute's pace they are not either. The lists of jobs and positions are read at their usual pace of five minutes.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import structlog

from benchmarks.apart import Meter, measured
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import JOB, POSITION, Address, Outside, open_job
from connector.app import BUDGET_WAIT_S, build_company, open_stores, polls_of
from connector.config.loading import load_mappings
from connector.rest.calls import Tuning
from connector.scheduler import Poll, Scheduler

EVERY_S = 60.0
#: of a core, and megabytes, at a thousand companies polled each minute
CPU_GOAL, MEMORY_GOAL_MB = 0.2, 200.0

_MAPPING = """\
version: 1
company: {company}
source: {{platform: cord, base_url: "{address.cord_url}", token: "${{CORD_TOKEN}}", rate_limits: [1000000/1s]}}
ats: {{platform: pinpoint, url: "{address.pinpoint_url}", api_key: "${{PINPOINT_KEY}}", rate_limits: [1000000/1s]}}
forwarding: {{poll_every: {every_s:g}s}}
jobs: {{mirror: false}}
positions: [{{position: {position}, job: "{job}"}}]
"""


def measure(sizes: Sizes) -> list[Figure]:
    """Let so many companies idle, and see what it costs."""
    figures = []
    with Outside(seed=sizes.seed, limits=None) as outside:
        outside.ask(open_job)
        for number in sizes.companies:
            with tempfile.TemporaryDirectory() as folder:
                furnish(Path(folder), outside.address, number)
                (polls, rss), usage = measured(idle, folder, outside.address, sizes.companies_s)
            share = usage.cpu_s / sizes.companies_s
            most = number >= 1000
            against = f"polled each {EVERY_S:g} s, over {sizes.companies_s:g} s, {polls:,} polls"
            name = f"{number:,} idle {'company' if number == 1 else 'companies'}"
            figures += [
                Figure(f"{name}, CPU", share * 100, "% of a core", against, *_goal(most, share * 100, CPU_GOAL * 100)),
                Figure(f"{name}, CPU a poll", usage.cpu_s * 1000 / max(1, polls), "ms", against),
                Figure(f"{name}, memory", rss / 1e6, "MB", "resident, all in all", *_goal(most, rss / 1e6)),
            ]
    return figures


def _goal(given: bool, value: float, limit: float = MEMORY_GOAL_MB) -> tuple[str, bool | None]:
    return (f"≤ {limit:g}", value <= limit) if given else ("", None)


def furnish(folder: Path, address: Address, number: int) -> None:
    """Write so many mapping files."""
    (folder / "mappings").mkdir()
    for index in range(number):
        company = f"company-{index}"
        text = _MAPPING.format(company=company, address=address, every_s=EVERY_S, position=POSITION, job=JOB)
        (folder / "mappings" / f"{company}.yaml").write_text(text, encoding="utf-8")


def idle(meter: Meter, folder: str, address: Address, seconds: float) -> tuple[int, int]:
    """Poll until every company has been, then measure for a while; returns the polls of that while, and the memory."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    environ = {"CORD_TOKEN": address.token, "PINPOINT_KEY": address.key}
    mappings = load_mappings(Path(folder, "mappings"), environ=environ)
    stores = open_stores(f"sqlite:///{Path(folder, 'connector.db')}")
    stop = threading.Event()
    # a poll of each minute finds its connection closed
    tuning = Tuning(budget_wait_s=BUDGET_WAIT_S, keepalive_s=0.5)
    made = Counted()
    companies = [(m, build_company(m, stores, stop=stop, tuning=tuning)) for m in mappings]
    polls = [made.counting(poll) for m, company in companies for poll in polls_of(m, company)]
    scheduler = Scheduler(polls, stop)
    scheduler.start()
    while len(made.companies) < len(mappings):
        time.sleep(0.1)
    before = made.number
    with meter:
        time.sleep(seconds)
        rss = psutil.Process().memory_info().rss
        number = made.number - before
    scheduler.shutdown(10.0)
    stores.close()
    return number, rss


class Counted:
    """Counts runs, and the companies that have had one."""

    def __init__(self) -> None:
        self.number = 0
        self.companies: set[str] = set()
        self._lock = threading.Lock()

    def counting(self, poll: Poll) -> Poll:
        """Return a poll whose runs count, if it is made each minute."""
        if poll.every_s > EVERY_S:
            return poll

        def run() -> object:
            try:
                return poll.run()
            finally:
                with self._lock:
                    self.number += 1
                    self.companies.add(poll.company)

        return replace(poll, run=run)
