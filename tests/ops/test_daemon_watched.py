"""The daemon as a process: what it answers, logs and tells while all is well, and while it is not."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from connector.cli import vitals
from tests.ops.post import JOB, Daemon, Ear, wait_until


def test_figures_readiness_and_logs_of_a_daemon_at_work(daemon: Daemon) -> None:
    daemon.map()
    daemon.starts(3)
    daemon.begin()
    wait_until(lambda: daemon.figures().get(DONE) == 3)
    assert daemon.get("/healthz")[0] == 200
    assert daemon.ready()
    figures = daemon.figures()
    assert figures['connector_calls_total{platform="cord",status="200"}'] > 3
    assert figures['connector_calls_total{platform="pinpoint",status="201"}'] == 3
    assert figures["connector_ready"] == figures["connector_database_up"] == 1
    assert figures['connector_flow_last_success_age_seconds{company="harbourline",flow="applications"}'] < 4
    assert figures['connector_lag_seconds{company="harbourline"}'] < 60
    assert [n for n in figures if n.startswith("connector_budget_calls_left") and 'window="1s"' in n]
    created = [row for row in daemon.log("create") if row.get("key")]
    assert len(created) == 3
    assert all(row["run"] and row["company"] == "harbourline" and row["key"] for row in created)


def test_what_the_next_candidate_of_a_linked_job_would_run_into_is_in_the_figures(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    figure = 'connector_link_warnings{code="phone_required",company="harbourline"}'
    daemon.world.pinpoint.edit_job(JOB, require_phone=True)
    wait_until(lambda: daemon.figures().get(figure) == 1.0)
    daemon.world.pinpoint.edit_job(JOB, require_phone=False)
    wait_until(lambda: figure not in daemon.figures())


def test_no_person_is_in_the_figures_or_in_the_reasons(daemon: Daemon) -> None:
    daemon.map()
    daemon.starts(2)
    daemon.world.take_down("pinpoint")
    daemon.begin()
    wait_until(lambda: not daemon.ready())
    shown = daemon.get("/metrics")[1] + daemon.get("/readyz")[1]
    people = daemon.world.cord.people.values()
    known = {text for p in people for text in (p.last_name, p.emails[0]["address"], str(p.id))}
    assert [text for text in known if text in shown] == []


def test_an_outage_makes_unready_says_why_is_alerted_and_logged_once_at_each_end(daemon: Daemon, ear: Ear) -> None:
    daemon.map()
    daemon.begin(CONNECTOR_ALERT_WEBHOOK=ear.url + "/hook", CONNECTOR_DEADMAN_URL=ear.url + "/ping")
    wait_until(daemon.ready)
    daemon.world.take_down("cord")
    wait_until(lambda: not daemon.ready())
    assert "harbourline: applications has not succeeded for" in daemon.reasons()
    wait_until(lambda: "cord: GET /v1/conversation-starts" in daemon.reasons())
    wait_until(lambda: [m["state"] for m in ear.messages] == ["firing"])
    daemon.world.bring_up("cord")
    wait_until(daemon.ready)
    wait_until(lambda: [m["state"] for m in ear.messages] == ["firing", "resolved"])
    assert {(m["version"], m["company"], m["what"]) for m in ear.messages} == {(1, "harbourline", "applications")}
    assert [row["event"] for row in daemon.log() if row["level"] == "warning"] == ["pause"]
    assert len(daemon.log("resume")) == 1
    assert "/ping" in ear.pings or "/ping/fail" in ear.pings


def test_a_refused_key_is_alerted_with_its_company_and_holds_up_nobody_else(daemon: Daemon, ear: Ear) -> None:
    daemon.map()
    daemon.map("quayside", key="WRONG_KEY")
    daemon.starts(2)
    daemon.begin(CONNECTOR_ALERT_WEBHOOK=ear.url)
    wait_until(lambda: daemon.figures().get(DONE) == 2)
    wait_until(lambda: ear.messages)
    told = ear.messages[0]
    assert (told["company"], told["what"], told["state"]) == ("quayside", "pinpoint", "firing")
    assert told["reason"].startswith("key_refused")
    assert daemon.figures()['connector_paused{company="quayside",platform="pinpoint",reason="key_refused"}'] == 1


def test_a_platform_that_hangs_delays_its_own_company_alone(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon.map()
        for number in range(5):
            # connections are taken, and nothing is ever said
            daemon.map(f"hangs-{number}", cord=f"http://127.0.0.1:{silent.getsockname()[1]}")
        daemon.starts(2)
        daemon.begin()
        wait_until(lambda: daemon.figures().get(DONE) == 2)
        daemon.starts(1)
        wait_until(lambda: daemon.figures().get(DONE) == 3, 15.0)
        wait_until(lambda: "hangs-4: applications has not succeeded" in daemon.reasons())
        assert "harbourline" not in daemon.reasons()
        assert daemon.process is not None
        # the calls that hang would be waited for
        daemon.process.kill()


def test_a_webhook_that_fails_is_a_warning_and_nothing_else(daemon: Daemon, ear: Ear) -> None:
    ear.status = 500
    daemon.map()
    daemon.map("quayside", key="WRONG_KEY")
    daemon.begin(CONNECTOR_ALERT_WEBHOOK=ear.url)
    wait_until(lambda: daemon.log("alert"))
    daemon.starts(1)
    wait_until(lambda: daemon.figures().get(DONE) == 1)
    assert [row["level"] for row in daemon.log("alert")] == ["warning"]


def test_systemd_is_told_ready_alive_and_stopping(daemon: Daemon, tmp_path: Path) -> None:
    daemon.map()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30.0)
        daemon.begin(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="4000000")
        heard = [systemd.recv(4096).decode() for _ in range(3)]
        assert daemon.end() == 0
        while not heard[-1].startswith("STOPPING=1"):
            heard.append(systemd.recv(4096).decode())
    assert heard[0].startswith("READY=1\nSTATUS=1 companies, listening at http://127.0.0.1:")
    assert {text.partition("\n")[0] for text in heard[1:-1]} == {"WATCHDOG=1"}


def test_changed_mappings_keep_what_is_known_of_the_flows(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    daemon.world.take_down("cord")
    wait_until(lambda: not daemon.ready())
    daemon.map("quayside")
    wait_until(lambda: daemon.log("change"))
    assert "harbourline: applications" in daemon.reasons()


DONE = 'connector_actions{company="harbourline",kind="application",state="done"}'


class Course:
    """A course of which only the times count."""

    well_at = ended_at = 0.0


@pytest.mark.parametrize(("idle_s", "expected"), [(0.0, True), (800.0, True), (1000.0, False)])
def test_watchdog_is_fed_only_while_something_ends(
    idle_s: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 10_000.0
    monkeypatch.setattr("connector.cli.vitals.time.monotonic", lambda: now)
    watched = vitals.Vitals.__new__(vitals.Vitals)
    watched._called_at = now - idle_s
    shift = type("Shift", (), {"courses": {("harbourline", "applications"): Course()}, "polls": []})
    watched._at_work = lambda: shift  # type: ignore[assignment, return-value]
    assert watched.goes_on() is expected


def test_log_lines_are_json_with_the_documented_names(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    line = daemon.log("start")[0]
    assert {"event", "level", "timestamp", "action", "version", "companies", "listening"} <= set(line)
    assert json.dumps(line)
