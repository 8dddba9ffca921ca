"""`python -m connector demo`, as a newcomer runs it: one process, no network, no account, under a minute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connector.cli import cast, judge
from tests.cli.desk import ROOT


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One run of the demo, from an empty folder."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "connector", "demo"],
        cwd=tmp_path_factory.mktemp("newcomer"),
        env=environ | {"PYTHONPATH": str(ROOT), "CONNECTOR_MAPPINGS": "nowhere"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert time.monotonic() - began < 60
    return ended


def test_it_ends_well_and_quietly(shown: subprocess.CompletedProcess[str]) -> None:
    assert shown.returncode == 0, shown.stdout
    assert shown.stderr == ""


def test_everybody_is_present_once(shown: subprocess.CompletedProcess[str]) -> None:
    promised = sum(len(part.jobs) for part in cast.parts())
    assert f"{promised} of {promised} present, 0 doubled" in shown.stdout
    assert "not as promised" not in shown.stdout


def test_the_table_is_read_from_the_simulators(shown: subprocess.CompletedProcess[str]) -> None:
    row = r"^  \S.+  51\d\d .+?  (\d{6}) +Applied +(.+?) +(?:sent|duplicate)$"
    rows = re.findall(row, shown.stdout, re.MULTILINE)
    assert len(rows) == sum(len(part.jobs) for part in cast.parts())
    assert len({application for application, _ in rows}) == len(rows)
    assert sum(cv.endswith("bytes, as cord has it") for _, cv in rows) == 6


def test_each_story_is_told(shown: subprocess.CompletedProcess[str]) -> None:
    for part in cast.parts():
        assert part.story in shown.stdout
    for words in ("the person was on that job already", "without a CV", "a request left and no trustworthy answer"):
        assert words in shown.stdout


def test_it_says_who_waits_and_why(shown: subprocess.CompletedProcess[str]) -> None:
    waiting = shown.stdout.partition("Who does not, and why")[2]
    assert "the position is not linked to a job" in waiting
    assert "the job requires a phone number" in waiting


def test_a_text_is_sent_its_reply_copied_to_both_sides_and_a_stop_heeded(
    shown: subprocess.CompletedProcess[str],
) -> None:
    act = shown.stdout.partition("Text messages")[2]
    assert "2 texts sent, 2 replies copied to both sides, once each; 1 opt-out heeded" in act
    assert re.search(r"\n +Thursday at ten works for me\n +\[sms:twilio:SM[0-9a-f]{32}\]\n +cord has it", act)
    assert re.search(r"\n +Stop\n +The person has opted out: .*\n +\[sms:twilio:SM", act)
    assert "is not texted again: the person has opted out" in act


def test_it_leaves_nothing_behind(shown: subprocess.CompletedProcess[str]) -> None:
    (folder,) = re.findall(r"data (\S+)", shown.stdout)
    assert not Path(folder).exists()


def test_it_says_what_to_try_next(shown: subprocess.CompletedProcess[str]) -> None:
    assert "connector sandbox" in shown.stdout.partition("What to try next")[2]


def test_the_verdict_counts_a_double(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The comparison is an honest one: a double, a missing CV and a stranger in Pinpoint are each named."""
    from connector.cli.output import Paint
    from connector.cli.stage import furnish
    from connector.sandbox.world import World

    world = World()
    furnish(world)
    part = cast.Part("an ordinary conversation", ("po_17",), ("5101",))
    part.begin(world)
    for email in (part.email, part.email, "stranger@example.com"):
        world.pinpoint.add_application("5101", email=email)
    monkeypatch.setattr(judge, "_items", lambda company, part: [])
    assert judge.judge(world, None, [part], Paint(no_color=True)) is False  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert "1 of 1 present, 1 doubled" in said
    assert "is there 2 times" in said
    assert "the CV is not the one that cord holds" in said
    assert "belongs to nobody" in said
