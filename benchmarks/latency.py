"""How soon after a conversation has started the application is there: with a poll every second, and with cord's calls.

The connector runs in a process of its own, with the vendors' real limits on both sides. Conversations start at odd
moments; both moments are read off the simulators' one clock. Polling alone makes half a second of waiting in the
middle, and nearly a whole one at the 95th percentile. With calls it is the whole daemon, which has subscribed by itself
and polls once an hour: no poll helps. One person costs four calls to cord, of which its limits let about three a second
through: people who start closer together than that wait for the limit, so here they do not.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.daemon import POLL_S, CalledDaemon, Daemon
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Outside, open_job, references, start_conversations
from benchmarks.workplace import REAL, furnish
from connector.sandbox.world import World

MEDIAN_GOAL_S, P95_GOAL_S = 2.0, 4.0
#: "With them, conversation start to Applied within a second"
CALLED_GOAL_S = 1.0
#: between two people on average, with polls and with calls
POLLED_GAP_S, CALLED_GAP_S = POLL_S, 3.0
_CV_BYTES, _PATIENCE_S = 200_000, 60.0


def measure(sizes: Sizes) -> list[Figure]:
    """Start conversations at odd moments and wait for their applications, with polls and with calls."""
    polled, called = _polled(sizes), _called(sizes)
    return [
        *_figures("start to application", polled, f"polls {POLL_S:g} s apart", (MEDIAN_GOAL_S, P95_GOAL_S)),
        *_figures(
            "start to application, called by cord",
            called,
            f"a start each {CALLED_GAP_S:g} s",
            (CALLED_GOAL_S, CALLED_GOAL_S),
        ),
    ]


def _figures(name: str, took: list[float], how: str, goals: tuple[float, float]) -> list[Figure]:
    median, p95 = statistics.median(took), statistics.quantiles(took, n=20, method="inclusive")[-1]
    against = f"{how}, {len(took)} people"
    return [
        Figure(f"{name}, median", median, "s", against, f"≤ {goals[0]:g}", median <= goals[0]),
        Figure(f"{name}, 95th percentile", p95, "s", against, f"≤ {goals[1]:g}", p95 <= goals[1]),
    ]


def _polled(sizes: Sizes) -> list[float]:
    with Outside(seed=sizes.seed) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        furnish(Path(folder), outside.address, REAL)
        with Daemon(Path(folder), outside.address):
            return _play(outside, sizes, POLLED_GAP_S, lambda: None)


def _called(sizes: Sizes) -> list[float]:
    with Outside(seed=sizes.seed) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        furnish(Path(folder), outside.address, REAL, called=True)
        with CalledDaemon(Path(folder), outside.address):
            _wait_for(lambda: outside.ask(has_subscribers))
            return _play(outside, sizes, CALLED_GAP_S, lambda: _announce(outside))


def _play(outside: Outside, sizes: Sizes, gap_s: float, announce: Callable[[], None]) -> list[float]:
    """Start one conversation after the other; returns how long each took."""
    dice = random.Random(sizes.seed)
    # the first one waits for the process to come up, and is not counted
    for number in range(1 + sizes.latency_people):
        outside.ask(start_conversations, 1, _CV_BYTES)
        announce()
        if number == 0:
            _wait_for(lambda: outside.ask(references))
        time.sleep(dice.uniform(0.5, 1.5) * gap_s)
    _wait_for(lambda: len(outside.ask(references)) > sizes.latency_people)
    return outside.ask(seconds_to_application)[1:]


def _wait_for(happens: Callable[[], object]) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while not happens():
        if time.monotonic() > patience:
            raise RuntimeError("it did not come")
        time.sleep(0.05)


def _announce(outside: Outside) -> None:
    if outside.ask(send_events) != [204]:
        raise RuntimeError("the daemon did not take cord's call")


def has_subscribers(world: World) -> bool:
    """Return whether cord calls anybody."""
    return bool(world.cord.subscriptions)


def send_events(world: World) -> list[int | None]:
    """Let cord call about what has happened since the last time."""
    return world.cord.send_events()


def seconds_to_application(world: World) -> list[float]:
    """Return for each start, in their order, how long its application took."""
    made = {application.reference: application.created_at for application in world.pinpoint.applications}
    starts = [
        (start_id, conversation.started_at)
        for conversation in world.cord.conversations.values()
        for start_id in conversation.positions.values()
    ]
    return [(made[f"cord:{start_id}"] - at).total_seconds() for start_id, at in starts if at is not None]
