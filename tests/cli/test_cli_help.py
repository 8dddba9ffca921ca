"""The command line itself: help, its speed, usage mistakes."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from tests.cli.desk import ROOT

COMMANDS = (
    *("demo", "check", "plan", "sync", "run", "send", "status", "explain", "failures", "retry", "drop", "sandbox"),
    *("positions", "jobs", "link", "unlink", "import-job", "backfill", "history", "forget", "export", "sms"),
    *("config", "db"),
)
HEAVY = ("httpx2", "sqlmodel", "sqlalchemy", "rich", "structlog", "starlette", "apscheduler")


def ask(*arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, "-m", "connector", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_command() -> None:
    shown = ask("--help")
    assert shown.returncode == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in shown.stdout] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str) -> None:
    shown = ask(command, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: connector {command} ")


@pytest.mark.parametrize("command", [(), ("sync",), ("run",), ("demo",), ("sandbox",), ("sms",), ("sms", "send")])
def test_help_imports_nothing_heavy(command: tuple[str, ...]) -> None:
    shown = ask(*command, "--help", python=("-X", "importtime"))
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in shown.stderr.splitlines()}
    assert "typer" in modules
    assert sorted(modules & set(HEAVY)) == []


def test_help_takes_less_than_200_ms() -> None:
    def least_s(*command: str) -> float:
        """Return the time of the processor, which a busy machine does not stretch as it does the clock's."""
        times = []
        for _ in range(7):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(times)

    assert least_s("-m", "connector", "--help") < 0.2


def test_no_command_shows_help() -> None:
    shown = ask()
    assert "Commands:" in shown.stdout + shown.stderr
    assert shown.returncode == 2


@pytest.mark.parametrize("mistake", [("snyc",), ("sync", "--fast"), ("send",), ("retry", "--reason", "nonsense")])
def test_a_mistake_in_usage_exits_2_and_says_how_it_goes(mistake: tuple[str, ...]) -> None:
    shown = ask(*mistake)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "Usage:" in shown.stderr


def test_the_version_is_printed() -> None:
    shown = ask("--version")
    assert shown.stdout.startswith("connector ")
    assert shown.returncode == 0
