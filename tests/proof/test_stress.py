"""A daemon and commands on one database for minutes, while people keep coming and one call in a hundred fails.

Twenty seconds, or as many as `CONNECTOR_TEST_STRESS` says (600 is the whole proof). `CONNECTOR_TEST_POSTGRESQL` names a
server whose database may be emptied; the proof is then played there too.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.sandbox.world import World
from tests.proof.processes import Command, Commands, emptied, wait_until
from tests.proof.stage import COMPANY, Stage, blank, doubled, last_told, missing, starts_of, write_mapping

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "11"))
LASTS_S = float(os.environ.get("CONNECTOR_TEST_STRESS", "20"))
POSTGRESQL = os.environ.get("CONNECTOR_TEST_POSTGRESQL", "")
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRESQL, reason="no server"))]
#: people a second, and commands at once
RATE, AT_ONCE = 2.0, 2
#: all well, quarantined or not found, a platform unreachable, something waits
SANE = (0, 1, 69, 75)
TROUBLE = ("locked", "deadlock", "Traceback", "StoreError", "IntegrityError", "OperationalError", "run broke", "a bug")
READING = ("status", "plan", "failures", "explain", "history")


@pytest.fixture
def database(request: Any, tmp_path: Path) -> str:
    """The address of an empty database."""
    return emptied(POSTGRESQL) if request.param == "postgresql" else f"sqlite:///{tmp_path / 'connector.db'}"


@pytest.fixture
def commands(served: World, tmp_path: Path, database: str) -> Iterator[Commands]:
    running = Commands(tmp_path, blank(served, SEED), database)
    yield running
    running.kill_all()


class Bustle:
    """People who keep coming, and an administrator who never rests."""

    def __init__(self, world: World, commands: Commands) -> None:
        self.world, self.commands = world, commands
        self.dice = random.Random(SEED)
        self.starts: list[str] = []
        #: not forwarded unless somebody asks
        self.by_hand: list[str] = []
        self._began, self._edits = time.monotonic(), 0

    def goes_on(self) -> bool:
        return time.monotonic() - self._began < LASTS_S

    def turn(self) -> None:
        """Let come who is due by now, and give another command if there is room for one."""
        while len(self.starts) < (time.monotonic() - self._began) * RATE:
            self._arrive()
        if len([c for c in self.commands.all[1:] if c.code is None]) < AT_ONCE:
            self.commands.begin(*self._words())
        if (time.monotonic() - self._began) // 7 > self._edits:
            # the daemon takes a changed mapping over in the middle of it all
            self._edits += 1
            beside = self.commands.folder / "edited"
            write_mapping(beside, self.world, forwarding={"max_new_per_run": 200 + self._edits})
            # as editors save: whoever reads meanwhile finds the one or the other, never half a file
            (beside / f"{COMPANY}.yaml").replace(self.commands.folder / "mappings" / f"{COMPANY}.yaml")

    def _arrive(self) -> None:
        cord = self.world.cord
        person = cord.add_person(**next(self.world.people).details())
        automatic = self.dice.random() > 0.1
        start = cord.start_conversation(person, self.dice.choice(("po_1", "po_2")), requested=automatic)
        self.starts.append(start)
        if not automatic:
            self.by_hand.append(start)

    def _words(self) -> tuple[str, ...]:
        given = self.dice.choice(("sync", "status", "explain", "send", "plan", "failures", "retry", "history"))
        if given == "send" and self.by_hand:
            return given, self.by_hand.pop()
        if given == "send":
            return given, self.dice.choice(self.starts)
        if given == "explain":
            return given, self.dice.choice(self.starts), "--json"
        if given == "retry":
            return given, "--reason", "wire_error"
        return (given,) if given == "sync" else (given, "--json")


@pytest.mark.timeout(LASTS_S + 300)
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_no_lock_error_and_nobody_doubled_or_lost(
    served: World, commands: Commands, database: str, tmp_path: Path
) -> None:
    for job_id, position in (("5101", "po_1"), ("5102", "po_2")):
        served.pinpoint.add_job(id=job_id, title=f"Job {job_id}")
        served.cord.add_position(id=position, title=f"Position {position}", linked_job=job_id)
    commands.write_mapping()
    served.faults.random(0.01, SEED, seconds=0.2, interval=0.0005)
    daemon = commands.begin("run")
    bustle = Bustle(served, commands)
    while bustle.goes_on():
        bustle.turn()
        time.sleep(0.02)
    for command in commands.all[1:]:
        command.wait(120)
    served.faults.clear()
    for start in bustle.by_hand:
        commands.call("send", start)
    wait_until(lambda: len(served.pinpoint.applications) >= len(bustle.starts), 60)
    assert daemon.stop() == 0
    _judge(served, tmp_path, database)
    _judge_commands(commands)


def _judge(world: World, folder: Path, database: str) -> None:
    """Come to rest with plain runs; then everybody stands there, once."""
    stage = Stage(folder, world, database)
    try:
        stage.come_to_rest()
        assert doubled(world) == []
        assert missing(world, starts_of(world)) == []
        assert set(stage.ledger().values()) == {("done", "sent")}, stage.ledger()
        assert len(stage.ledger()) == len(starts_of(world)) == len(world.pinpoint.applications)
        assert set(last_told(world).values()) == {"sent"}
    finally:
        stage.close()


def _judge_commands(commands: Commands) -> None:
    assert [(c.line, c.code, c.stderr[-300:]) for c in commands.all if c.code not in SANE] == []
    said = [line for command in commands.all for line in command.stderr.splitlines()]
    assert [line for line in said if any(word in line for word in TROUBLE)] == []
    documents = [c for c in commands.all if "--json" in c.words]
    assert [c.line for c in documents if not _is_document(c)] == []
    assert {c.words[0] for c in documents} >= set(READING) or LASTS_S < 60


def _is_document(command: Command) -> bool:
    try:
        return bool(json.loads(command.stdout)["version"] == 1)
    except ValueError:
        # a platform that cannot be reached leaves nothing to print
        return command.code == 69 and not command.stdout
