"""What systemd is told, on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.web.notify import Notifier


@pytest.fixture(params=["file", "abstract"])
def listening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    name = f"@connector-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(name.replace("@", "\0", 1))
        server.settimeout(5.0)
        yield name, server


def test_each_message_is_one_datagram(listening: tuple[str, socket.socket]) -> None:
    name, server = listening
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready("2 companies")
    notifier.alive("all well")
    notifier.stopping()
    heard = [server.recv(4096).decode() for _ in range(3)]
    assert heard == ["READY=1\nSTATUS=2 companies", "WATCHDOG=1\nSTATUS=all well", "STOPPING=1\nSTATUS=stopping"]


def test_a_status_cannot_forge_another_message(listening: tuple[str, socket.socket]) -> None:
    name, server = listening
    Notifier({"NOTIFY_SOCKET": name}).alive("one\nMAINPID=1")
    assert server.recv(4096).decode() == "WATCHDOG=1\nSTATUS=one MAINPID=1"


def test_without_systemd_nothing_is_told() -> None:
    Notifier({}).ready("2 companies")


def test_a_socket_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).alive("all well")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WATCHDOG_USEC": "120000000"}, 120.0),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_watchdog_is_the_one_that_is_meant_for_us(environ: dict[str, str], expected: float) -> None:
    assert Notifier(environ).watchdog_s == expected
