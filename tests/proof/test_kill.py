"""Killed at any step, resumed by a plain `sync`: the end is that of a run that nobody disturbed.

Every step of a fixed scenario is tried: the processes are forked from a warm one (see `driver.py`), so all of them
take seconds and nothing is left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.cv_samples import cut_short_pdf
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.nursery import Nursery
from tests.proof.stage import Stage, blank, doubled, last_told, write_mapping, writes

MAPPING = {"positions": [{"position": "po_1", "job": "5101"}]}
#: more than any run takes
BOUND = 200


@pytest.fixture
def prepare(served: World, tmp_path: Path, new_database: Path) -> Callable[[], Path]:
    """Gives a folder in which nothing has happened yet, and the world to it."""

    def fresh() -> Path:
        shutil.rmtree(tmp_path / "work", ignore_errors=True)
        (tmp_path / "work").mkdir()
        shutil.copy(new_database, tmp_path / "work" / "connector.db")
        _populate(blank(served))
        write_mapping(tmp_path / "work" / "mappings", served, **MAPPING)
        return tmp_path / "work"

    return fresh


def _populate(world: World) -> None:
    """Six people: fresh, on two positions, known elsewhere, there already but without a phone, unfit CV, unlinked."""
    cord, pinpoint = world.cord, world.pinpoint
    for job_id in ("5101", "5102"):
        pinpoint.add_job(id=job_id, title=f"Job {job_id}")
    for position_id in ("po_1", "po_2", "po_3"):
        cord.add_position(id=position_id, title=f"Position {position_id}")
    cord.link("po_2", "5102")
    people = [next(world.people).details() for _ in range(6)]
    people[4]["cv"] = cut_short_pdf(["A life"])
    ids = [cord.add_person(**person) for person in people]
    pinpoint.add_application("5102", email=people[2]["emails"][0])
    pinpoint.add_application("5101", email=people[3]["emails"][0])
    starts = [cord.start_conversation(person, "po_1") for person in ids[:5]]
    cord.add_position_to_conversation(cord.conversation_of(starts[1]), "po_2")
    cord.start_conversation(ids[5], "po_3")


def _end(world: World, stage: Stage) -> dict[str, Any]:
    """Return all that must not depend on how often the process died."""
    return {
        "ledger": stage.ledger(),
        "applications": sorted(
            (a.email, a.job_id, a.reference, a.cv is not None, a.attributes.get("phone"))
            for a in world.pinpoint.applications
        ),
        "told": last_told(world),
    }


def _resume(world: World, where: Path) -> dict[str, Any]:
    """Make plain runs until nothing is left to do, and one more, which must write nothing."""
    stage = Stage(where, world, **MAPPING)
    try:
        stage.settle()
        before = writes(world)
        stage.run()
        assert writes(world)[len(before) :] == []
        return _end(world, stage)
    finally:
        stage.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("command", ["sync", "run"])
def test_killed_at_any_step_ends_like_an_unbroken_run(
    command: str, when: str, served: World, nursery: Nursery, prepare: Callable[[], Path]
) -> None:
    where = prepare()
    killed, _ = nursery.bear(command, where, 0, when)
    assert not killed
    expected = _resume(served, where)
    assert {reason for _, reason in expected["ledger"].values()} == {"sent", "already_there", "position_not_linked"}
    for step in range(1, BOUND):
        where = prepare()
        killed, _ = nursery.bear(command, where, step, when)
        found = _resume(served, where)
        assert doubled(served) == [], f"killed {when} step {step} of {command}"
        assert found == expected, f"killed {when} step {step} of {command}"
        if not killed:
            return
    pytest.fail(f"{command} took more than {BOUND} steps")
