"""What the mirror of the list of jobs costs, in calls and CPU: a poll that finds nothing new, and one with 1 % changed.

The simulators run in a process of their own, the connector in another; user and system time of the connector alone
count, for one poll: reading the jobs, comparing, and writing what has changed. The limits are off.
"""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.apart import Meter, Usage, measured
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Address, Outside, empty_call_log
from benchmarks.workplace import at_work, furnish
from connector.flows.listings import sync_listings
from connector.sandbox.world import World

#: of the jobs, in percent
CHANGED = 1
#: characters of text a job: a usual advert
TEXT = 4000


def measure(sizes: Sizes) -> list[Figure]:
    """Publish all jobs once, then poll: nothing has changed, then 1 % has."""
    jobs, rounds = sizes.listing_jobs, sizes.listing_rounds
    changed = max(1, jobs * CHANGED // 100)
    figures: list[Figure] = []
    ahead = 0
    with Outside(seed=sizes.seed, limits=None) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_jobs, jobs)
        furnish(Path(folder), outside.address, linked=False)
        outside.ask(empty_call_log)
        written, usage = measured(poll, folder, outside.address, 0)
        if written != jobs:
            raise RuntimeError(f"{written} of {jobs} jobs were published")
        figures += _figures("all new", outside, [usage], jobs, (1, jobs))
        for name, number, allowed in (("unchanged", 0, (1, 0)), (f"{CHANGED} % changed", changed, (1, changed))):
            usages: list[Usage] = []
            for _ in range(rounds):
                ahead += 1
                outside.ask(edit_jobs, number)
                outside.ask(empty_call_log)
                written, usage = measured(poll, folder, outside.address, ahead)
                if written != number:
                    raise RuntimeError(f"{written} entries were written, {number} have changed")
                usages.append(usage)
            figures += _figures(name, outside, usages, jobs, allowed)
    return figures


def _figures(name: str, outside: Outside, usages: list[Usage], jobs: int, allowed: tuple[int, int]) -> list[Figure]:
    pinpoint, cord = outside.ask(calls_and_writes)
    size, what = f"a list of {jobs} jobs", f"mirror, {name}"
    calls, writes = allowed
    cpu_ms = statistics.median(usage.cpu_s for usage in usages) * 1000
    return [
        Figure(f"{what}, Pinpoint calls", pinpoint, "calls a poll", size, f"≤ {calls}", pinpoint <= calls),
        Figure(f"{what}, cord writes", cord, "calls a poll", size, f"≤ {writes}", cord <= writes),
        Figure(f"{what}, client CPU", cpu_ms, "ms a poll", f"{size}, median of {len(usages)}"),
    ]


def poll(meter: Meter, folder: str, address: Address, ahead: int) -> int:
    """Make one poll, the `ahead`-th after the first; returns how many entries were written."""
    with at_work(Path(folder), address) as (company, _):
        company = replace(company, clock=Later(timedelta(minutes=6 * ahead)))
        with meter:
            tally = sync_listings(company, since=company.clock.now())
    return tally.published + tally.withdrawn


class Later:
    """The machine's time and so much more."""

    def __init__(self, more: timedelta) -> None:
        self._more = more

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC) + self._more


def open_jobs(world: World, number: int) -> None:
    """Open so many jobs, each with a text of its own."""
    for job in range(number):
        text = "".join(f"<p>Paragraph {line} of job {job}: <b>bold</b> &amp; plain.</p>" for line in range(TEXT // 60))
        world.pinpoint.add_job(title=f"Engineer {job}", description=text)


def edit_jobs(world: World, number: int) -> None:
    """Change the titles of the first few jobs."""
    for job_id in list(world.pinpoint.jobs)[:number]:
        title = world.pinpoint.jobs[job_id].attributes["title"]
        world.pinpoint.edit_job(job_id, title=f"{title}!")


def calls_and_writes(world: World) -> tuple[int, int]:
    """Count the calls to Pinpoint and the writes to cord since the log was emptied."""
    writes = [call for call in world.calls_to("cord") if call.method in ("PUT", "DELETE", "POST")]
    return len(world.calls_to("pinpoint")), len(writes)
