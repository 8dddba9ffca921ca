"""`connector run` as a process: people arrive, it ends when asked to, and it says when its work does not go on."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk


def until(true: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)


class Running:
    """A daemon at work."""

    def __init__(self, desk: Desk, **environ: str) -> None:
        self.desk = desk
        self.process = desk.start("run", **{"CONNECTOR_LISTEN": "127.0.0.1:0", **environ})
        until(lambda: self.said("started") or self.process.poll() is not None)

    def lines(self) -> list[dict[str, Any]]:
        """Return the log, one record a line."""
        written = (self.desk.folder / "err.log").read_text()
        return [json.loads(line) for line in written.splitlines() if line.startswith("{")]

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return the records of an event."""
        return [line for line in self.lines() if line.get("event") == event]

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask the listening side."""
        (started,) = self.said("started")
        try:
            with urllib.request.urlopen(f"{started['listening']}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(35)


@pytest.fixture
def run(desk: Desk) -> Iterator[Callable[..., Running]]:
    """Starts daemons, and ends those that a test leaves."""
    started: list[Running] = []

    def start(**environ: str) -> Running:
        started.append(Running(desk, **environ))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(10)


def test_people_arrive_and_sigterm_exits_0(desk: Desk, run: Callable[..., Running]) -> None:
    daemon = run()
    desk.starts()
    until(lambda: len(desk.addresses()) == 1)
    desk.starts()
    until(lambda: len(desk.addresses()) == 2)
    assert daemon.end() == 0
    assert desk.run("sync").returncode == 0
    assert len(desk.addresses()) == 2


def test_the_first_line_says_what_runs(desk: Desk, run: Callable[..., Running]) -> None:
    (started,) = run().said("started")
    assert (started["companies"], started["database"]) == (["harbourline"], "SQLite")
    assert started["listening"].startswith("http://127.0.0.1:")
    assert "version" in started


def test_sigterm_during_a_stalled_post_exits_0_within_30_s_and_nothing_is_doubled(
    desk: Desk, run: Callable[..., Running]
) -> None:
    desk.world.faults.add("stall_after", platform="pinpoint", method="POST", path="/applications$", seconds=50)
    daemon = run()
    desk.starts()
    until(lambda: any(call.method == "POST" for call in desk.world.calls_to("pinpoint")))
    began = time.monotonic()
    assert daemon.end() == 0
    assert time.monotonic() - began < 30
    assert desk.run("sync", "--until-idle").returncode == 0
    assert len(desk.addresses()) == 1


def test_ctrl_c_twice_ends_at_once_with_130(desk: Desk, run: Callable[..., Running]) -> None:
    desk.world.faults.add("stall_after", platform="pinpoint", method="POST", path="/applications$", seconds=30)
    daemon = run()
    desk.starts()
    until(lambda: any(call.method == "POST" for call in desk.world.calls_to("pinpoint")))
    daemon.process.send_signal(signal.SIGINT)
    until(lambda: daemon.said("stopping"))
    began = time.monotonic()
    assert daemon.end(signal.SIGINT) == 130
    assert time.monotonic() - began < 5


def test_a_killed_daemon_is_made_good_by_the_next(desk: Desk, run: Callable[..., Running]) -> None:
    desk.world.faults.add("stall_after", platform="pinpoint", method="POST", path="/applications$", seconds=30)
    first = run()
    desk.starts()
    until(lambda: any(call.method == "POST" for call in desk.world.calls_to("pinpoint")))
    first.process.kill()
    first.process.wait(10)
    second = run()
    until(lambda: desk.json("status")["companies"][0]["counts"]["done"] == 1)
    assert second.end() == 0
    assert len(desk.addresses()) == 1


def test_it_is_ready_until_the_feed_fails_and_again_after(desk: Desk, run: Callable[..., Running]) -> None:
    daemon = run()
    assert daemon.get("/healthz") == (200, {"status": "ok"})
    assert daemon.get("/readyz") == (200, {"ready": True, "reasons": [], "notices": []})
    desk.world.take_down("cord")
    until(lambda: daemon.get("/readyz")[0] == 503)
    until(lambda: "harbourline: applications has not succeeded for" in str(daemon.get("/readyz")[1]["reasons"]))
    assert daemon.get("/healthz")[0] == 200
    desk.world.bring_up("cord")
    until(lambda: daemon.get("/readyz")[0] == 200)


def test_it_is_not_ready_without_its_database(desk: Desk, run: Callable[..., Running]) -> None:
    daemon = run()
    for file in desk.folder.glob("connector.db*"):
        if file.is_file():
            file.unlink()
    status, said = daemon.get("/readyz")
    assert status == 503
    assert "the database is gone" in said["reasons"][0]


def test_a_refused_key_is_left_alone_and_a_new_one_is_taken_over_from_settings_env(
    desk: Desk, run: Callable[..., Running]
) -> None:
    settings = desk.folder / "settings.env"
    settings.write_text(f"PINPOINT_KEY={desk.world.pinpoint_key}\n")
    del desk.environ["PINPOINT_KEY"]
    daemon = run()
    until(lambda: desk.world.calls_to("pinpoint"))
    desk.world.pinpoint.restore_key("ppk_test_second_key")
    desk.starts()
    until(lambda: daemon.said("pause"))
    before = len(desk.world.calls_to("pinpoint"))
    time.sleep(5)
    assert len(desk.world.calls_to("pinpoint")) - before <= 2
    settings.write_text("PINPOINT_KEY=ppk_test_second_key\n")
    until(lambda: daemon.said("mappings taken over"))
    # whoever comes now goes at once; who waited goes when the probe would have been due, within a minute
    desk.starts()
    until(lambda: desk.addresses())
    assert daemon.said("resume")
    assert "ppk_test" not in (desk.folder / "err.log").read_text()


def test_a_link_added_to_the_mapping_file_sends_who_waited(desk: Desk, run: Callable[..., Running]) -> None:
    run()
    desk.starts("po_19")
    until(lambda: desk.json("status")["companies"][0]["counts"]["parked"] == 1)
    desk.map(positions='{position: po_19, job: "5101"}')
    until(lambda: len(desk.addresses()) == 1)


def test_a_mapping_that_has_become_wrong_is_not_taken_over(desk: Desk, run: Callable[..., Running]) -> None:
    daemon = run()
    desk.map(forwarding="poll_evry: 5s")
    until(lambda: daemon.said("mapping not taken over"))
    desk.starts()
    until(lambda: len(desk.addresses()) == 1)


def test_a_port_in_use_is_a_clear_error(desk: Desk, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = desk.process("run", CONNECTOR_LISTEN=address)
    assert ended.returncode == 1
    assert f"CONNECTOR_LISTEN: cannot listen on {address}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_empty_address_listens_nowhere(desk: Desk, run: Callable[..., Running]) -> None:
    (started,) = run(CONNECTOR_LISTEN="").said("started")
    assert started["listening"] == "nowhere"


def test_wrong_settings_exit_78_before_anything_starts(desk: Desk) -> None:
    ended: subprocess.CompletedProcess[str] = desk.process("run", CONNECTOR_LISTEN="8080")
    assert ended.returncode == 78
    assert "CONNECTOR_LISTEN" in ended.stderr
