"""Two daemons and commands at once on one database: nobody is doubled, nobody is lost, nobody trips over a lock.

`CONNECTOR_TEST_POSTGRESQL` names a server whose database may be emptied; the proof is then played there too.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.flows.send import find_starts
from connector.sandbox.world import World
from tests.proof.processes import Commands, emptied, wait_until
from tests.proof.stage import Stage, blank, doubled, last_told, starts_of, writes

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "7"))
PEOPLE = 60
POSTGRESQL = os.environ.get("CONNECTOR_TEST_POSTGRESQL", "")
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRESQL, reason="no server"))]
#: all well, quarantined, a platform unreachable, something waits
SANE = (0, 1, 69, 75)
TROUBLE = ("locked", "deadlock", "Traceback", "StoreError", "IntegrityError", "OperationalError", "run broke")


@pytest.fixture
def database(request: Any, tmp_path: Path) -> str:
    """The address of an empty database."""
    return emptied(POSTGRESQL) if request.param == "postgresql" else f"sqlite:///{tmp_path / 'connector.db'}"


@pytest.fixture
def commands(served: World, tmp_path: Path, database: str) -> Iterator[Commands]:
    running = Commands(tmp_path, blank(served, SEED), database)
    yield running
    running.kill_all()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_two_daemons_and_commands_at_once_double_and_lose_nobody(
    served: World, commands: Commands, database: str, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    cord = served.cord
    for job_id, position in (("5101", "po_1"), ("5102", "po_2")):
        served.pinpoint.add_job(id=job_id, title=f"Job {job_id}")
        cord.add_position(id=position, title=f"Position {position}", linked_job=job_id)
    commands.write_mapping()
    served.faults.random(dice.uniform(0.01, 0.04), SEED, seconds=0.2, interval=0.0005)
    daemons = [commands.begin("run"), commands.begin("run")]
    by_hand = []
    for number in range(PEOPLE):
        person = cord.add_person(**next(served.people).details())
        # every tenth one is not forwarded unless somebody asks
        automatic = number % 10 != 0
        start = cord.start_conversation(person, dice.choice(("po_1", "po_2")), requested=automatic)
        if not automatic:
            by_hand.append(start)
        if number % 20 == 10:
            commands.begin("sync")
        time.sleep(0.02)
    for start in by_hand:
        while len(commands.running("send", "sync")) > 2:
            time.sleep(0.05)
        commands.begin("send", start)
    for command in commands.running("send", "sync"):
        command.wait(60)
    served.faults.clear()
    wait_until(lambda: len(served.pinpoint.applications) >= PEOPLE and len(last_told(served)) >= PEOPLE, 60)
    for daemon in daemons:
        daemon.stop()
    assert [daemon.code for daemon in daemons] == [0, 0]
    _rest(served, tmp_path, database, commands)


def _rest(world: World, folder: Path, database: str, commands: Commands) -> None:
    """Come to rest with plain runs and judge."""
    stage = Stage(folder, world, database)
    try:
        stage.come_to_rest()
        before = writes(world)
        stage.run()
        assert writes(world)[len(before) :] == []
        assert doubled(world) == []
        outcomes = set(stage.ledger().values())
        assert len(stage.ledger()) == len(starts_of(world)) == len(world.pinpoint.applications)
        assert outcomes == {("done", "sent")}, stage.ledger()
        assert set(last_told(world).values()) == {"sent"}
    finally:
        stage.close()
    assert [c.line for c in commands.all if c.code not in SANE] == []
    said = "\n".join(command.stderr for command in commands.all)
    assert [line for line in said.splitlines() if any(word in line for word in TROUBLE)] == []


@pytest.fixture
def make_stage(served: World, tmp_path: Path, new_database: Path) -> Iterator[Callable[[], Stage]]:
    """Gives processes on one database."""
    shutil.copy(new_database, tmp_path / "connector.db")
    blank(served)
    opened: list[Stage] = []

    def make() -> Stage:
        opened.append(Stage(tmp_path, served))
        return opened[-1]

    yield make
    for stage in opened:
        stage.close()


def test_a_request_by_hand_in_the_middle_of_another_process_s_batch_is_not_forgotten(
    served: World, make_stage: Callable[[], Stage]
) -> None:
    served.pinpoint.add_job(id="5101", title="Job")
    served.cord.add_position(id="po_1", title="Position", linked_job="5101")
    people = [served.cord.add_person(**next(served.people).details()) for _ in range(2)]
    by_hand = served.cord.start_conversation(people[0], "po_1", requested=False)
    served.cord.start_conversation(people[1], "po_1")
    daemon, command = make_stage(), make_stage()
    candidate = daemon.company.source.candidate

    def slow(*args: Any) -> Any:
        # the daemon has decided about the first one already, and has not written it down yet
        command.company.feed.record(command.company.name, find_starts(command.company, by_hand), asked="send")
        return candidate(*args)

    daemon.company.source.candidate = slow  # type: ignore[method-assign]
    daemon.run()
    command.run()
    assert command.ledger()[by_hand] == ("done", "sent")
