"""How soon after a conversation has started the application is there, with a poll every second.

The scheduler runs in a process of its own, with the vendors' real limits on both sides. Conversations start at odd
moments; both moments are read off the simulators' one clock. Polling alone makes half a second of waiting in the
middle, and nearly a whole one at the 95th percentile.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.daemon import POLL_S, Daemon
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Outside, open_job, references, start_conversations
from benchmarks.workplace import REAL, furnish
from connector.sandbox.world import World

MEDIAN_GOAL_S, P95_GOAL_S = 2.0, 4.0
_CV_BYTES, _PATIENCE_S = 200_000, 60.0


def measure(sizes: Sizes) -> list[Figure]:
    """Start conversations at odd moments and wait for their applications."""
    dice = random.Random(sizes.seed)
    with Outside(seed=sizes.seed) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        furnish(Path(folder), outside.address, REAL)
        with Daemon(Path(folder), outside.address):
            # the first one waits for the process to come up, and is not counted
            outside.ask(start_conversations, 1, _CV_BYTES)
            _wait_for(outside, 1)
            for _ in range(sizes.latency_people):
                time.sleep(dice.uniform(0.5, 1.5) * POLL_S)
                outside.ask(start_conversations, 1, _CV_BYTES)
            _wait_for(outside, 1 + sizes.latency_people)
        took = outside.ask(seconds_to_application)[1:]
    median, p95 = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[-1]
    against = f"polls {POLL_S:g} s apart, {len(took)} people"
    goals = f"≤ {MEDIAN_GOAL_S:g}", f"≤ {P95_GOAL_S:g}"
    return [
        Figure("start to application, median", median, "s", against, goals[0], median <= MEDIAN_GOAL_S),
        Figure("start to application, 95th percentile", p95, "s", against, goals[1], p95 <= P95_GOAL_S),
    ]


def _wait_for(outside: Outside, applications: int) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while len(outside.ask(references)) < applications:
        if time.monotonic() > patience:
            raise RuntimeError("the applications did not come")
        time.sleep(0.05)


def seconds_to_application(world: World) -> list[float]:
    """Return for each start, in their order, how long its application took."""
    made = {application.reference: application.created_at for application in world.pinpoint.applications}
    starts = [
        (start_id, conversation.started_at)
        for conversation in world.cord.conversations.values()
        for start_id in conversation.positions.values()
    ]
    return [(made[f"cord:{start_id}"] - at).total_seconds() for start_id, at in starts if at is not None]
