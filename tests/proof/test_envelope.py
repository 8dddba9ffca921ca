"""The operating envelope, shrunken: many people, every fault on every call, the daemon killed again and again.

`CONNECTOR_TEST_ENVELOPE=500` plays it in full size, with fifteen deaths; `CONNECTOR_TEST_SEED` another course.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox import faults
from connector.sandbox.world import PINPOINT_LIMITS, World
from tests.proof.processes import Commands, wait_until
from tests.proof.stage import Stage, doubled, last_told, starts_of, writes

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "3"))
PEOPLE = int(os.environ.get("CONNECTOR_TEST_ENVELOPE", "60"))
DEATHS = 5 if PEOPLE < 500 else 15
#: of each kind, on each call
RATE = 0.01
SCALE = 60
#: seconds from the end of the last fault to the end of all work
BOUND_S = 120.0


@pytest.fixture
def limited() -> Iterator[World]:
    """Both platforms with their limiters, sixty times as fast."""
    with World(seed=SEED, scale=SCALE) as world:
        yield world


@pytest.fixture
def commands(limited: World, tmp_path: Path) -> Iterator[Commands]:
    running = Commands(tmp_path, limited, f"sqlite:///{tmp_path / 'connector.db'}")
    running.write_mapping(
        source={"rate_limits": [f"{5 * SCALE}/1s"]},
        ats={"rate_limits": [f"{count}/{seconds / SCALE:g}s" for count, seconds in PINPOINT_LIMITS]},
        forwarding={"max_new_per_run": PEOPLE + 1},
    )
    yield running
    running.kill_all()


@pytest.mark.timeout(900)
def test_everybody_arrives_once_whatever_fails_and_dies(limited: World, commands: Commands, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    cord = limited.cord
    for number in range(3):
        limited.pinpoint.add_job(id=f"510{number}", title=f"Job {number}")
        cord.add_position(id=f"po_{number}", title=f"Position {number}", linked_job=f"510{number}")
    for number, kind in enumerate(faults.KINDS):
        limited.faults.random(RATE, SEED * 100 + number, kinds=(kind,), seconds=0.5, interval=0.0005)
    daemon = commands.begin("run")
    for number in range(1, PEOPLE + 1):
        person = cord.add_person(**next(limited.people).details())
        cord.start_conversation(person, f"po_{dice.randrange(3)}")
        if number * DEATHS // PEOPLE > (number - 1) * DEATHS // PEOPLE:
            already = len(limited.pinpoint.applications)
            wait_until(lambda before=already: len(limited.pinpoint.applications) > before, 10)
            time.sleep(dice.uniform(0.0, 0.3))
            daemon.kill()
            daemon = commands.begin("run")
    wait_until(lambda: len(limited.pinpoint.applications) >= PEOPLE, 30)
    limited.faults.clear()
    began = time.monotonic()
    wait_until(lambda: _is_settled(limited) or daemon.code is not None, BOUND_S)
    assert daemon.code is None, daemon.stderr[-2000:]
    assert _is_settled(limited), _where(tmp_path, limited)
    settled_s = time.monotonic() - began
    daemon.stop()
    stage = Stage(tmp_path, limited)
    try:
        stage.settle()
        before = writes(limited)
        stage.run()
        assert writes(limited)[len(before) :] == []
        assert doubled(limited) == []
        assert set(stage.ledger().values()) == {("done", "sent")}, f"seed {SEED}"
        assert len(stage.ledger()) == len(starts_of(limited)) == len(limited.pinpoint.applications) == PEOPLE
        assert set(last_told(limited).values()) == {"sent"}
    finally:
        stage.close()
    print(f"{PEOPLE} people, {DEATHS} deaths: settled {settled_s:.1f} s after the last fault")


def _is_settled(world: World) -> bool:
    told = last_told(world)
    return len(told) == PEOPLE and set(told.values()) == {"sent"}


def _where(folder: Path, world: World) -> str:
    stage = Stage(folder, world)
    try:
        unsettled = {start: stands for start, stands in stage.ledger().items() if stands != ("done", "sent")}
        return f"seed {SEED}: {unsettled}, told {Counter(last_told(world).values())}"
    finally:
        stage.close()
