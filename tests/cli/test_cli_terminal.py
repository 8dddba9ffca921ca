"""On a terminal: colours, progress, tables that fit; and none of it anywhere else."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest

from connector.cli.output import many, span, table
from tests.cli.desk import Desk

ESCAPE = "\x1b["


def on_terminal(desk: Desk, *arguments: str, columns: int = 100, **environ: str) -> tuple[int, str]:
    """Run a command with all three streams on a pseudo-terminal; returns its exit code and what was written."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {n: v for n, v in desk.environ.items() if n not in ("NO_COLOR", "COLUMNS", "LINES")}
    environment |= {"TERM": "xterm-256color", **environ}
    command = desk.command(*arguments)
    process = subprocess.Popen(command, cwd=desk.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            # Linux says so when the other side has closed
            break
        if not chunk:
            break
        written += chunk
    os.close(ours)
    return process.wait(60), written.decode("utf-8", "replace")


def test_progress_and_colours_show_on_a_terminal(desk: Desk) -> None:
    desk.starts()
    desk.world.faults.add("stall_before", platform="pinpoint", method="POST", seconds=1)
    code, written = on_terminal(desk, "sync")
    assert code == 0, written
    assert "on the way" in written
    assert f"{ESCAPE}32m1 done" in written


def test_a_terminal_shows_no_log_line_for_every_step(desk: Desk) -> None:
    desk.starts()
    _, written = on_terminal(desk, "sync")
    assert "action=" not in written


@pytest.mark.parametrize(("arguments", "environ"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_colours_can_be_turned_off(desk: Desk, arguments: tuple[str, ...], environ: dict[str, str]) -> None:
    desk.starts()
    _, written = on_terminal(desk, "sync", *arguments, **environ)
    assert f"{ESCAPE}32m" not in written


def test_tables_fit_the_terminal(desk: Desk) -> None:
    for _ in range(3):
        desk.starts("po_19")
    desk.run("sync")
    _, written = on_terminal(desk, "failures", "--no-color", columns=70)
    rows = [line for line in written.splitlines() if line.startswith("  ") and "harbou" in line]
    assert len(rows) == 3, written
    assert max(map(len, rows)) <= 70


def test_neither_shows_in_a_pipe(desk: Desk) -> None:
    desk.starts()
    ended = desk.process("sync")
    assert ESCAPE not in ended.stdout + ended.stderr


def test_a_table_gives_way_where_it_is_widest() -> None:
    lines = table(("id", "note"), [("1", "n" * 300)], cut=True)
    assert lines[1].startswith("1   nnn")
    assert lines[1].endswith("…")


def test_a_table_is_whole_where_nobody_reads_it() -> None:
    assert table(("id", "note"), [("1", "n" * 300)], cut=False)[1].endswith("n" * 300)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (2e5, "2 days")]
)
def test_spans_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_one_and_many() -> None:
    assert (many(1, "person", "people"), many(2, "person", "people"), many(0, "call")) == (
        "1 person",
        "2 people",
        "0 calls",
    )
