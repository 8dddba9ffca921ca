"""`sandbox` as a process: what it prints is enough to run the other commands against it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.desk import ROOT, Desk


@pytest.fixture
def sandbox(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    folder = desk.folder / "tried"
    ports = ("--cord-port", "0", "--pinpoint-port", "0")
    process = desk.start("sandbox", *ports, "--people-every", "0.5", "--write", str(folder))
    end = time.monotonic() + 20
    while "Ctrl-C" not in (desk.folder / "err.log").read_text() and time.monotonic() < end:
        time.sleep(0.1)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(10)


def test_the_commands_work_on_what_it_prints(desk: Desk, sandbox: subprocess.Popen[str]) -> None:
    printed = (desk.folder / "out.log").read_text()
    exported = dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^export .*$", printed, re.MULTILINE))))
    assert desk.run("check", **exported).returncode == 0
    ended = desk.run("sync", **exported)
    assert ended.returncode == 0
    # po_17, po_18 and po_19 are linked at the source, po_20 is not, po_21 is by hand only
    assert re.search(r"[3-9] done", ended.stdout)
    assert "1 parked: the position is not linked to a job (position_not_linked)" in ended.stdout


def test_people_keep_coming_until_ctrl_c(desk: Desk, sandbox: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 15
    while "has started" not in (desk.folder / "err.log").read_text() and time.monotonic() < end:
        time.sleep(0.1)
    sandbox.send_signal(signal.SIGINT)
    assert sandbox.wait(10) == 0
    assert "has started" in (desk.folder / "err.log").read_text()


def test_a_taken_port_exits_1_and_says_which_options_help(desk: Desk) -> None:
    port = desk.world.cord_url.rpartition(":")[2]
    ended = desk.process("sandbox", "--cord-port", port, "--pinpoint-port", "0")
    assert ended.returncode == 1
    assert "--cord-port" in ended.stderr


def test_without_a_folder_the_mapping_is_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "connector", "sandbox", "--cord-port", "0", "--pinpoint-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = ""
        while "by hand only" not in printed:
            printed += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert "token: ${HARBOURLINE_CORD_TOKEN}" in printed
