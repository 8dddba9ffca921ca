"""Processes that die as they are told, forked from a warm one (see `driver.py`)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from connector.sandbox.world import World
from tests.proof.stage import keys

ROOT = Path(__file__).parents[2]


class Nursery:
    """Processes that die as they are told."""

    def __init__(self, world: World, **more: str) -> None:
        """`more` goes into the environment too."""
        environ = {**os.environ, **keys(world), **more, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(Path(__file__).with_name("driver.py")), "nursery"]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True, env=environ, cwd=ROOT
        )

    def bear(self, command: str, where: Path, step: int, when: str) -> tuple[bool, int]:
        """Play a command; returns whether it was killed, and how many steps it took if it was not."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        print(command, where, step, when, file=stdin, flush=True)
        status, steps = map(int, stdout.readline().split())
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True, 0
        assert os.WEXITSTATUS(status) == 0
        return False, steps

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
