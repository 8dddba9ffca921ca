"""The mirror dies at any step, before or after it, and a plain run ends like one that nobody disturbed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from connector.flows.inquiry import stuck
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.mirror import POLL_S, MirrorStage, expected, put_foreign, shown
from tests.proof.stage import blank, writes

#: more than any run takes
BOUND = 120


def _first(world: World, folder: Path) -> MirrorStage:
    """Nothing is known yet: three jobs to publish, three entries that are nobody's."""
    for number in range(3):
        world.pinpoint.add_job(title=f"Engineer {number}")
        put_foreign(world, str(9000 + number))
    return MirrorStage(folder, world)


def _change(world: World, folder: Path) -> MirrorStage:
    """The list is known: one job is new, one has changed, one is closed, one is deleted."""
    stage = _first(world, folder)
    stage.settle()
    jobs = world.pinpoint.jobs
    _, changed, closed = sorted(jobs)
    gone = world.pinpoint.add_job(title="Gone soon")
    stage.clock.advance(POLL_S)
    stage.settle()
    world.pinpoint.add_job(title="New")
    world.pinpoint.edit_job(changed, title="Changed")
    world.pinpoint.edit_job(closed, status="closed")
    world.pinpoint.delete_job(gone)
    stage.clock.advance(POLL_S)
    return stage


def _emptied(world: World, folder: Path) -> MirrorStage:
    """All six jobs are closed at once: the brake takes hold."""
    for number in range(6):
        world.pinpoint.add_job(title=f"Engineer {number}")
    stage = MirrorStage(folder, world)
    stage.settle()
    for job in world.pinpoint.jobs:
        world.pinpoint.edit_job(job, status="closed")
    stage.clock.advance(POLL_S)
    return stage


def _end(world: World, stage: MirrorStage) -> dict[str, Any]:
    return {
        "shown": shown(world),
        "there": sorted(world.cord.ats_jobs),
        "held": stage.held(),
        "faults": [(fault.item.reason, fault.item.note) for fault in stuck(stage.company)],
    }


def _play(
    world: World, folder: Path, database: Path, scenario: Any, step: int, when: str
) -> tuple[bool, dict[str, Any]]:
    """Play a scenario, die at a step of its last run, and go on; returns whether death came, and the end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(database, folder / "connector.db")
    stage = scenario(blank(world), folder)
    try:
        died = stage.run_to_death(step, when)
        stage.settle()
        before = writes(world)
        stage.clock.advance(POLL_S)
        stage.run()
        assert writes(world)[len(before) :] == []
        return died, _end(world, stage)
    finally:
        stage.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("scenario", [_first, _change, _emptied])
def test_dead_at_any_step_it_ends_like_an_unbroken_run(
    scenario: Any, when: str, served: World, tmp_path: Path, new_database: Path
) -> None:
    where = tmp_path / "work"
    died, unbroken = _play(served, where, new_database, scenario, 0, when)
    assert not died
    if scenario is not _emptied:
        stage = MirrorStage(where, served)
        assert unbroken["shown"] == expected(served, stage.clock.now())
        stage.close()
    for step in range(1, BOUND):
        died, found = _play(served, where, new_database, scenario, step, when)
        assert found == unbroken, f"dead {when} step {step}"
        if not died:
            return
    pytest.fail(f"a run took more than {BOUND} steps")
