"""The connector's commands as processes, as an operator starts them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.sandbox.world import World
from tests.proof.stage import keys, write_mapping

ROOT = Path(__file__).parents[2]


class Command:
    """A running command; what it says goes to files, so that no pipe can fill up and hold it."""

    def __init__(self, words: tuple[str, ...], environ: dict[str, str], folder: Path, number: int) -> None:
        self.line = " ".join(words)
        self.words = words
        self._out, self._err = folder / f"{number}.out", folder / f"{number}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "connector", *words], env=environ, cwd=folder, stdout=out, stderr=err
            )

    @property
    def code(self) -> int | None:
        return self.process.poll()

    @property
    def stdout(self) -> str:
        return self._out.read_text("utf-8", "replace")

    @property
    def stderr(self) -> str:
        return self._err.read_text("utf-8", "replace")

    def wait(self, seconds: float) -> int:
        return self.process.wait(seconds)

    def stop(self, seconds: float = 30.0) -> int:
        """Ask for an orderly end."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Commands:
    """All the commands of a test, in one folder, on one database."""

    def __init__(self, folder: Path, world: World, database: str, **settings: str) -> None:
        self.folder, self.world = folder, world
        self.all: list[Command] = []
        given = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
        self._environ = {
            **given,
            **keys(world),
            "PYTHONPATH": str(ROOT),
            "CONNECTOR_MAPPINGS": str(folder / "mappings"),
            "CONNECTOR_DATABASE_URL": database,
            "CONNECTOR_LISTEN": "",
            "CONNECTOR_LOG_FORMAT": "json",
            **settings,
        }

    def write_mapping(self, **changes: Any) -> None:
        write_mapping(self.folder / "mappings", self.world, **changes)

    def begin(self, *words: str) -> Command:
        """Start a command and do not wait for it."""
        self.all.append(Command(words, self._environ, self.folder, len(self.all)))
        return self.all[-1]

    def call(self, *words: str, within_s: float = 60.0) -> Command:
        """Start a command and wait for its end."""
        command = self.begin(*words)
        command.wait(within_s)
        return command

    def running(self, *names: str) -> list[Command]:
        return [command for command in self.all if command.words[0] in names and command.code is None]

    def kill_all(self) -> None:
        for command in self.all:
            if command.code is None:
                command.kill()


def wait_until(condition: Callable[[], bool], within_s: float) -> bool:
    """Wait until something is so; returns whether it came in time."""
    latest = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)
    return True


def emptied(url: str) -> str:
    """Return a PostgreSQL database's address after everything in it has been removed."""
    from sqlalchemy import create_engine, make_url, text

    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url
