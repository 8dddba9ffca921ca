"""What a long backlog costs a run that has nothing to do.

The starts stand parked in the ledger, on 50 positions, and wait for links that nobody makes; each has its lines of
history. CPU time is that of one idle run, the median of several. Memory is what the process grew by over those runs.
The time to fill the ledger is not counted.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.apart import Meter, Usage, measured
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Address, Outside, open_job
from benchmarks.workplace import at_work, furnish
from connector.app import Stores
from connector.domain.model import ConversationStart
from connector.flows.applications import sync_applications

_POSITIONS, _PAGE = 50, 1000
#: what 100 times the rows may cost: a run scans them once, in the database
CPU_GOAL_MS, MEMORY_GOAL_MB = 100.0, 10.0


def measure(sizes: Sizes) -> list[Figure]:
    """Make idle runs over a short backlog and over a long one."""
    figures = []
    with Outside(seed=sizes.seed, limits=None) as outside:
        outside.ask(open_job, linked=False)
        for rows in sizes.backlog_rows:
            with tempfile.TemporaryDirectory() as folder:
                furnish(Path(folder), outside.address, linked=False)
                cpu_s, usage = measured(idle_runs, folder, outside.address, rows, sizes.backlog_runs)
            figures += _figures(rows, cpu_s, usage, sizes)
    return figures


def _figures(rows: int, cpu_s: list[float], usage: Usage, sizes: Sizes) -> list[Figure]:
    cpu, name = statistics.median(cpu_s) * 1000, f"idle run over {rows:,} parked rows"
    against = f"{sizes.backlog_rows[0]:,} rows" if rows > sizes.backlog_rows[0] else "an almost empty ledger"
    growth = usage.growth_mb
    return [
        Figure(f"{name}, CPU", cpu, "ms a run", against, f"≤ {CPU_GOAL_MS:g}", cpu <= CPU_GOAL_MS),
        Figure(f"{name}, memory", growth, "MB more", against, f"≤ {MEMORY_GOAL_MB:g}", growth <= MEMORY_GOAL_MB),
    ]


def idle_runs(meter: Meter, folder: str, address: Address, rows: int, runs: int) -> list[float]:
    """Fill the ledger, make idle runs; returns the CPU seconds of each."""
    taken = []
    with at_work(Path(folder), address) as (company, stores):
        # reads the lists and comes to the end of the feed
        sync_applications(company)
        _fill(stores, company.name, rows)
        with meter:
            for _ in range(runs):
                began = time.process_time()
                sync_applications(company)
                taken.append(time.process_time() - began)
        if stores.actions.counts(company.name)["parked"] != rows:
            raise RuntimeError("the runs were not idle")
    return taken


def _fill(stores: Stores, company: str, rows: int) -> None:
    now = datetime.now(UTC)
    for first in range(0, rows, _PAGE):
        numbers = range(first, min(first + _PAGE, rows))
        stores.feed.record(company, [_start(number, now) for number in numbers])
    stores.actions.hold_back(company, "position_not_linked")


def _start(number: int, at: datetime) -> ConversationStart:
    return ConversationStart(
        id=f"cs_old_{number}",
        sequence=f"{number:012}",
        conversation_id=f"cv_old_{number}",
        candidate_id=f"pe_old_{number}",
        position_id=f"po_old_{number % _POSITIONS}",
        position_title="Engineer",
        linked_job=None,
        started_at=at,
        automatic=True,
        manual=False,
    )
