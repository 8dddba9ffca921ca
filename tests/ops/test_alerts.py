"""A fault is told once when it begins and once when it ends; what cannot be told troubles nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from connector.domain.errors import NeverArrived, Unwell
from connector.rest.calls import Tuning
from connector.rest.notices import Notices
from connector.rest.redaction import redact
from connector.web.alerts import PING_S, Alerts, Fault
from tests.ops.post import Ear

FAULT = Fault("harbourline", "applications", "no success for 3 min", datetime(2026, 11, 28, 9, 30, tzinfo=UTC))
NOTICE = Fault("harbourline", "text_held", "a reply is nobody's", FAULT.since, is_failure=False)
BRISK = Tuning(connect_s=1.0, read_s=1.0, total_s=1.0)


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


class Watched:
    """Alerts on faults that can be set, and what they have sent."""

    def __init__(self) -> None:
        self.faults: dict[tuple[str, str], Fault] = {}
        self.sent: list[tuple[str, str]] = []
        self.deaf = False
        self.alerts = Alerts(lambda: self.faults, self._post, None)

    def _post(self, body: bytes) -> None:
        if self.deaf:
            raise Unwell("webhook", "POST", "answered neither 200 nor the like", 500)
        message = json.loads(body)
        self.sent.append((message["company"], message["state"]))

    def look(self, *faults: Fault) -> None:
        self.faults = {fault.key: fault for fault in faults}
        self.alerts.look()


def test_a_fault_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    watched = Watched()
    for faults in ([], [FAULT], [FAULT], [FAULT], [], []):
        watched.look(*faults)
    assert watched.sent == [("harbourline", "firing"), ("harbourline", "resolved")]


def test_a_fault_that_comes_back_is_told_again() -> None:
    watched = Watched()
    for faults in ([FAULT], [], [FAULT]):
        watched.look(*faults)
    assert [state for _, state in watched.sent] == ["firing", "resolved", "firing"]


def test_each_company_has_its_own_fault() -> None:
    watched = Watched()
    other = Fault("quayside", "applications", "the same", FAULT.since)
    watched.look(FAULT, other)
    watched.look(other)
    assert watched.sent == [("harbourline", "firing"), ("quayside", "firing"), ("harbourline", "resolved")]


def test_what_did_not_arrive_is_told_at_the_next_look_and_complained_of_once() -> None:
    watched = Watched()
    watched.deaf = True
    with capture_logs() as logs:
        watched.look(FAULT)
        watched.look(FAULT)
        watched.deaf = False
        watched.look(FAULT)
    assert watched.sent == [("harbourline", "firing")]
    assert [(entry["log_level"], entry["action"]) for entry in logs] == [("warning", "alert"), ("info", "alert")]


def test_a_fault_that_ends_before_it_could_be_told_is_not_told_at_all() -> None:
    watched = Watched()
    watched.deaf = True
    watched.look(FAULT)
    watched.deaf = False
    watched.look()
    assert watched.sent == []


def test_the_message_is_the_documented_one() -> None:
    assert json.loads(FAULT.message("firing")) == {
        "version": 1,
        "state": "firing",
        "company": "harbourline",
        "what": "applications",
        "reason": "no success for 3 min",
        "since": "2026-11-28T09:30:00Z",
        "level": "fault",
    }
    assert json.loads(NOTICE.message("resolved"))["level"] == "notice"


def test_the_switch_is_held_once_a_minute_and_says_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: dict[tuple[str, str], Fault] = {}
    pinged: list[bool] = []
    now = 1000.0
    monkeypatch.setattr("connector.web.alerts.time.monotonic", lambda: now)
    alerts = Alerts(lambda: faults, None, pinged.append)
    for moment in (1000.0, 1010.0, 1000.0 + PING_S, 1010.0 + PING_S):
        now = moment
        alerts.look()
    faults[FAULT.key] = FAULT
    now += PING_S
    alerts.look()
    assert pinged == [True, True, False]


def test_what_waits_for_a_human_is_told_and_does_not_let_the_switch_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a weekend it would hide that the rest has stopped."""
    told: list[bytes] = []
    pinged: list[bool] = []
    monkeypatch.setattr("connector.web.alerts.time.monotonic", lambda: 1000.0)
    Alerts(lambda: {NOTICE.key: NOTICE}, told.append, pinged.append).look()
    both = {NOTICE.key: NOTICE, FAULT.key: FAULT}
    Alerts(lambda: both, told.append, pinged.append).look()
    assert [json.loads(body)["what"] for body in told] == ["text_held", "text_held", "applications"]
    assert pinged == [True, False]


def test_webhook_gets_json_and_the_switch_a_plain_get(ear: Ear) -> None:
    Notices("webhook", f"{ear.url}/hooks/connector", BRISK).send(FAULT.message("firing"))
    switch = Notices("dead-man's switch", f"{ear.url}/ping/0f4b2c1d-9b7e-4a64-8a1b-7d2f9c3e5a10", BRISK)
    switch.send()
    switch.send(suffix="/fail")
    assert [(method, path) for method, path, _ in ear.heard] == [
        ("POST", "/hooks/connector"),
        ("GET", "/ping/0f4b2c1d-9b7e-4a64-8a1b-7d2f9c3e5a10"),
        ("GET", "/ping/0f4b2c1d-9b7e-4a64-8a1b-7d2f9c3e5a10/fail"),
    ]


def test_a_key_in_the_address_is_masked_in_logs() -> None:
    Notices("webhook", "https://hooks.example/services/canary-0123456789abcdef")
    assert "canary" not in redact("POST https://hooks.example/services/canary-0123456789abcdef failed")


def test_an_answer_of_500_and_no_answer_are_errors_that_alerts_know(ear: Ear) -> None:
    ear.status = 500
    with pytest.raises(Unwell, match="webhook: POST"):
        Notices("webhook", ear.url, BRISK).send(b"{}")
    with pytest.raises(NeverArrived):
        Notices("webhook", "http://127.0.0.1:9", BRISK).send(b"{}")
