"""What must never be printed: keys and addresses, whatever the log level and whatever goes wrong."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """People on the way, and things going wrong."""
    desk.starts()
    desk.starts("po_19")
    desk.starts()
    for kind in ("html_ok", "garbage_after", "error_after"):
        desk.world.faults.add(kind, platform="pinpoint", method="POST", path="/applications$")
    return desk


@pytest.mark.parametrize(
    "command",
    [("sync", "--until-idle"), ("plan",), ("check",), ("status",), ("failures",), ("explain", "nobody@example.com")],
)
def test_no_key_and_no_address_is_printed_at_debug(busy: Desk, command: tuple[str, ...]) -> None:
    ended = busy.run(*command, "--log-level", "debug")
    shown = ended.stdout + ended.stderr
    addresses = [e["address"] for person in busy.world.cord.people.values() for e in person.emails]
    numbers = [p["number"] for person in busy.world.cord.people.values() for p in person.phones]
    secrets = [busy.world.cord_token, busy.world.pinpoint_key]
    assert [word for word in (*addresses, *numbers, *secrets) if word in shown] == []


def test_logs_are_json_where_there_is_no_terminal(busy: Desk) -> None:
    ended = busy.run("sync", CONNECTOR_LOG_FORMAT="json")
    lines = [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("{")]
    created = [line for line in lines if line.get("action") == "create"]
    assert created
    assert {"company", "key", "level", "timestamp"} <= set(created[0])


def test_logs_are_text_if_asked_for(busy: Desk) -> None:
    ended = busy.run("sync", CONNECTOR_LOG_FORMAT="text")
    assert "action=create" in ended.stderr


def test_the_level_is_kept_to(busy: Desk) -> None:
    ended = busy.run("sync", "--log-level", "error")
    assert '"level": "info"' not in ended.stderr


def test_an_unexpected_error_is_one_line_and_a_traceback_only_at_debug(desk: Desk) -> None:
    desk.run("db", "upgrade")
    with closing(sqlite3.connect(desk.folder / "connector.db")) as database:
        database.execute("INSERT INTO flow (company, flow, last_run_at) VALUES ('harbourline', 'applications', 'soon')")
        database.commit()
    ended = desk.run("status")
    assert ended.returncode == 1
    assert "this is a bug of the connector:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Traceback" in desk.run("status", "--log-level", "debug").stderr
