"""The operating envelope: everything goes wrong at once, and everybody gets exactly one application.

500 started conversations; each call to either platform meets each of the sandbox's faults with a chance of 1 %; the
process is killed 15 times in the middle of sending; both platforms limit the calls, their clocks running 60 times as
fast. A stall is the sandbox's usual second, and a dripping answer lasts longer than a call may. After the last kill the
faults end, and the clock runs until nothing is due, in doubt, or unreported.

A CV that comes garbled counts as unfit, and its application is sent without it: how many is shown, and no fault.

*Lost* is a start without an application and without a reason that an administrator sees; *doubled* one with two. What
a call costs when nothing fails is in `calls.py`.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.daemon import Daemon
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Outside, open_job, references, start_conversations
from benchmarks.workplace import COMPANY, furnish
from connector.app import Stores, open_stores
from connector.domain.actions import Kind, State
from connector.sandbox.faults import KINDS
from connector.sandbox.world import World

SCALE, RATE = 60.0, 0.01
GOAL_S = 120.0
#: the vendors' limits, and a sixtieth of their times
LIMITS = ("[300/1s]", "[120/1s, 240/8s]")
_CV_BYTES, _PATIENCE_S = 20_000, 480.0
_RESTLESS = (State.PLANNED, State.ATTEMPTING, State.UNKNOWN, State.WAITING)
_AT_REST = (State.PARKED, State.QUARANTINED, State.CLOSED)


def measure(sizes: Sizes) -> list[Figure]:
    """Play it, and count."""
    with Outside(seed=sizes.seed, scale=SCALE) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        starts = outside.ask(start_conversations, sizes.envelope_people, _CV_BYTES)
        furnish(Path(folder), outside.address, LIMITS)
        stores = open_stores(f"sqlite:///{Path(folder, 'connector.db')}")
        try:
            with Daemon(Path(folder), outside.address, SCALE) as daemon:
                outside.ask(switch_faults_on, sizes.seed)
                began = time.monotonic()
                _kill_again_and_again(daemon, outside, sizes)
                struck = outside.ask(switch_faults_off)
                calm = time.monotonic()
                _wait_until_settled(stores, len(starts))
                took_s = time.monotonic() - calm
            explained = {i.start_id for i in stores.actions.in_states(COMPANY, _AT_REST) if i.kind is Kind.APPLICATION}
        finally:
            stores.close()
        made = Counter(reference.removeprefix("cord:") for reference in outside.ask(references))
        told, bare = outside.ask(starts_told), outside.ask(applications_without_cv)
    lost = [start for start in starts if not made[start] and start not in explained]
    doubled = sum(number - 1 for number in made.values())
    size = f"{len(starts)} people, {sizes.envelope_kills} kills, {struck} faults in {calm - began:.0f} s"
    return [
        Figure("envelope, settled after the last fault", took_s, "s", size, f"≤ {GOAL_S:g}", took_s <= GOAL_S),
        Figure("envelope, lost", len(lost), "people", size, "0", not lost),
        Figure("envelope, doubled", doubled, "applications too many", size, "0", doubled == 0),
        Figure("envelope, at rest with a visible reason", len(explained), "people", size),
        Figure("envelope, sent without a report", len(set(made) - told), "people", size, "0", not set(made) - told),
        Figure("envelope, sent without their CV", bare, "people", "something garbled came in its place"),
    ]


def _kill_again_and_again(daemon: Daemon, outside: Outside, sizes: Sizes) -> None:
    """Kill the process each time another share of the people has been sent, a moment later, and start it again."""
    dice = random.Random(sizes.seed)
    patience = time.monotonic() + _PATIENCE_S
    share = sizes.envelope_people / (sizes.envelope_kills + 1)
    for number in range(1, sizes.envelope_kills + 1):
        while len(outside.ask(references)) < number * share:
            if time.monotonic() > patience or not daemon.running:
                raise RuntimeError("the work does not go on")
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.2))
        daemon.kill()
        daemon.start()


def _wait_until_settled(stores: Stores, starts: int) -> None:
    patience = time.monotonic() + _PATIENCE_S
    while True:
        recorded = sum(stores.actions.counts(COMPANY).values())
        if recorded == starts and not stores.actions.in_states(COMPANY, _RESTLESS, limit=1):
            return
        if time.monotonic() > patience:
            raise RuntimeError("it does not settle")
        time.sleep(0.1)


def switch_faults_on(world: World, seed: int) -> None:
    """Give every call each fault with the chance of `RATE`, by draws of its own."""
    for number, kind in enumerate(KINDS):
        world.faults.random(RATE, seed * 100 + number, (kind,))


def switch_faults_off(world: World) -> int:
    """End the faults; returns how many calls they struck."""
    world.faults.clear()
    return sum(call.fault is not None for call in world.calls)


def starts_told(world: World) -> set[str]:
    """Return the starts whose outcome cord has been told."""
    return {delivery["start_id"] for delivery in world.cord.deliveries}


def applications_without_cv(world: World) -> int:
    """Count the applications that hold no file; everybody has one."""
    return sum(application.cv is None for application in world.pinpoint.applications)
