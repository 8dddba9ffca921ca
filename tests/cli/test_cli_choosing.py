"""`link` at a terminal: the person confirms proposals or chooses from both lists."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.cli.asking import chosen
from tests.cli.desk import Desk


def talk(desk: Desk, answers: Sequence[str], *arguments: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal and give an answer whenever it asks; returns its exit code and the talk."""
    ours, theirs = pty.openpty()
    environment = {n: v for n, v in desk.environ.items() if n not in ("COLUMNS", "LINES")} | {"TERM": "dumb"}
    command = desk.command(*arguments)
    process = subprocess.Popen(
        command,
        cwd=desk.folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        # keys such as Ctrl-C reach whoever has this as its own terminal
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    left, text, until = list(answers), "", time.monotonic() + 60
    while time.monotonic() < until:
        ready, _, _ = select.select([ours], [], [], 0.2)
        if ready:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            text += chunk.decode("utf-8", "replace")
        elif left and text.endswith("] "):
            os.write(ours, (left.pop(0) + "\n").encode())
            text += "\n"
    os.close(ours)
    return process.wait(30), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)


@pytest.fixture
def loose(desk: Desk) -> Desk:
    """A desk with three positions that lead nowhere, two of them with a likely job."""
    desk.world.pinpoint.add_job(id="5103", title="Product Designer")
    desk.world.pinpoint.add_job(id="5104", title="Senior Data Engineer (m/f/d)")
    desk.world.pinpoint.add_job(id="5105", title="Office Assistant")
    desk.world.cord.add_position(id="po_20", title="Sr. Data Eng")
    desk.world.cord.add_position(id="po_21", title="Happiness Hero")
    return desk


def linked(desk: Desk) -> dict[str, str]:
    text = (desk.folder / "mappings" / "harbourline.yaml").read_text()
    return dict(re.findall(r'position: (\S+)\n\s+job: "(\d+)"', text))


def test_all_likely_pairs_are_proposed_best_first_and_written_in_one_go(loose: Desk) -> None:
    code, text = talk(loose, ["y", "y"], "link")
    assert code == 0, text
    first, second = (line.split() for line in text.splitlines() if "->" in line and "%" in line)
    assert (first[:2], second[:2]) == (["1", "po_20"], ["2", "po_19"])
    assert linked(loose) == {"po_20": "5104", "po_19": "5103"}


def test_some_of_the_proposals_are_taken(loose: Desk) -> None:
    code, text = talk(loose, ["2", "y"], "link")
    assert (code, linked(loose)) == (0, {"po_19": "5103"}), text


def test_a_pair_is_chosen_from_both_lists(loose: Desk) -> None:
    code, text = talk(loose, ["", "happi", "1", "office", "1", "y"], "link")
    assert (code, linked(loose)) == (0, {"po_21": "5105"}), text
    assert "Which job for po_21 Happiness Hero?" in text


def test_the_job_of_a_named_position_is_chosen_best_match_first(loose: Desk) -> None:
    code, text = talk(loose, ["1", "y"], "link", "po_20")
    assert (code, linked(loose)) == (0, {"po_20": "5104"}), text


def test_what_is_not_confirmed_is_not_written(loose: Desk) -> None:
    code, text = talk(loose, ["y", "n"], "link")
    assert (code, linked(loose)) == (0, {}), text
    assert "nothing was written" in text
    assert not Path(loose.folder / "mappings" / "harbourline.yaml.bak").exists()


def test_nothing_is_linked_when_nothing_is_chosen(loose: Desk) -> None:
    code, text = talk(loose, ["", ""], "link")
    assert (code, linked(loose)) == (0, {}), text


def test_a_key_ends_it_at_once_while_it_asks(loose: Desk) -> None:
    code, text = talk(loose, ["\x03"], "link")
    assert (code, linked(loose)) == (130, {}), text


def test_forgetting_asks_first_at_a_terminal(desk: Desk) -> None:
    desk.starts(emails=["ana.petrov@example.com"])
    desk.run("sync")
    code, text = talk(desk, ["n"], "forget", "ana.petrov@example.com")
    assert (code, "nothing was erased" in text) == (2, True), text
    assert desk.json("export", "ana.petrov@example.com")["holdings"][0]["forgotten"] is False


@pytest.mark.parametrize(
    ("answer", "indexes"),
    [
        ("1", [0]),
        ("1,3", [0, 2]),
        ("1 3", [0, 2]),
        ("2-4", [1, 2, 3]),
        ("9", None),
        ("0", None),
        ("x", None),
        ("", None),
    ],
)
def test_answers_name_rows(answer: str, indexes: list[int] | None) -> None:
    assert chosen(answer, 4) == indexes
