"""The mirror's process is killed at every step; a plain run ends like an unbroken one, each write once in effect.

`test_listing_kill.py` dies within one process and at reads too; here the operating system ends a real one.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector.flows.inquiry import stuck
from connector.flows.listings import sync_listings
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.mirror import POLL_S, MirrorStage, expected, put_foreign, shown
from tests.proof.nursery import Nursery
from tests.proof.stage import blank, writes

#: more than any run takes
BOUND = 120


def _first(world: World, stage: MirrorStage) -> None:
    """Nothing is known yet: three jobs to publish, three entries that are nobody's."""
    for number in range(3):
        world.pinpoint.add_job(title=f"Engineer {number}")
        put_foreign(world, str(9000 + number))


def _change(world: World, stage: MirrorStage) -> None:
    """The list is known: one job is new, one has changed, one is closed, one is gone, one row cannot be read."""
    _, changed, closed, gone, spoilt = (world.pinpoint.add_job(title=f"Engineer {number}") for number in range(5))
    sync_listings(stage.company)
    world.pinpoint.add_job(title="New")
    world.pinpoint.edit_job(changed, title="Changed")
    world.pinpoint.edit_job(closed, status="closed")
    world.pinpoint.delete_job(gone)
    world.pinpoint.jobs[spoilt].attributes["require_phone"] = "perhaps"


def _emptied(world: World, stage: MirrorStage) -> None:
    """All six jobs are closed at once: the brake takes hold."""
    jobs = [world.pinpoint.add_job(title=f"Engineer {number}") for number in range(6)]
    sync_listings(stage.company)
    for job in jobs:
        world.pinpoint.edit_job(job, status="closed")


def _effects(world: World) -> list[tuple[str, str]]:
    """Return every write to the list that had an effect: the same key again is a mere replay."""
    made = {
        call.request_headers["idempotency-key"]: (call.method, call.path)
        for call in world.calls_to("cord")
        if call.method in ("PUT", "DELETE") and call.status is not None and call.status < 300
    }
    return sorted(made.values())


@pytest.fixture
def play(
    served: World, nursery: Nursery, tmp_path: Path, new_database: Path
) -> Callable[[Any, int, str], tuple[bool, dict[str, Any]]]:
    """Prepares a scenario, has its last run killed at a step, goes on; returns whether it was killed, and the end."""
    where = tmp_path / "work"

    def at(scenario: Any, step: int, when: str) -> tuple[bool, dict[str, Any]]:
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir()
        shutil.copy(new_database, where / "connector.db")
        stage = MirrorStage(where, blank(served))
        scenario(served, stage)
        stage.close()
        served.clear_calls()
        killed, _ = nursery.bear("mirror", where, step, when)
        stage = MirrorStage(where, served)
        try:
            return killed, _resume(served, stage)
        finally:
            stage.close()

    return at


def _resume(world: World, stage: MirrorStage) -> dict[str, Any]:
    """Make plain runs until nothing is left to do, and one more, which must write nothing."""
    stage.settle()
    stage.clock.advance(POLL_S)
    stage.settle()
    before = writes(world)
    stage.clock.advance(POLL_S)
    stage.run()
    assert writes(world)[len(before) :] == []
    return {
        "shown": shown(world),
        "there": sorted(world.cord.ats_jobs),
        "effects": _effects(world),
        "held": stage.held(),
        "faults": [(fault.item.reason, fault.item.note) for fault in stuck(stage.company)],
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("scenario", [_first, _change, _emptied])
def test_killed_at_any_step_the_list_ends_right_with_each_write_once_in_effect(
    scenario: Any, when: str, served: World, play: Callable[[Any, int, str], tuple[bool, dict[str, Any]]]
) -> None:
    killed, unbroken = play(scenario, 0, when)
    assert not killed
    if scenario is not _emptied:
        assert unbroken["shown"] == expected(served, datetime.now(UTC))
        assert max(Counter(unbroken["effects"]).values()) == 1
    for step in range(1, BOUND):
        killed, found = play(scenario, step, when)
        assert found == unbroken, f"killed {when} step {step}"
        if not killed:
            assert step > (2 if scenario is _emptied else 6)
            return
    pytest.fail(f"a run took more than {BOUND} steps")
