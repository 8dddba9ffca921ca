"""What an operator is told of text messages: by figures, by readiness, by the webhook, once at each end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.app import Stores, open_stores
from connector.cli.vitals import Vitals
from connector.config.loading import load_mappings
from connector.domain.actions import Change, Item, Pause, State
from connector.domain.errors import StoreError
from connector.domain.model import Priority
from connector.domain.texts import Callback, NewMessage
from connector.sandbox.world import World
from connector.scheduler import Course, Poll
from tests.ops.post import Daemon, Ear, wait_until

THEIRS = "+447700900123"
_TWILIO = """\
sms:
  provider: twilio
  segment_balance: {balance}
  poll_every: 5s
  providers:
    twilio: {{account_sid: "{sid}", auth_token: "${{TWILIO_TOKEN}}", base_url: "{url}", numbers: ["+442079460123"]}}
"""


@dataclass
class AtWork:
    """What a daemon has at work, as `Vitals` asks for it."""

    mappings: list[Any]
    polls: list[Poll]
    courses: dict[tuple[str, str], Course] = field(default_factory=dict)


class Watched:
    """Vitals of companies at work, on a database of their own; `harbourline` alone has text messages."""

    def __init__(self, folder: Path, balance: int = 5) -> None:
        for company in ("harbourline", "quayside"):
            (folder / "mappings").mkdir(exist_ok=True)
            texts = _TWILIO.format(sid="AC" + "0" * 32, url="https://twilio.example.com", balance=balance)
            (folder / "mappings" / f"{company}.yaml").write_text(
                f"version: 1\ncompany: {company}\n"
                'source: {platform: cord, base_url: "https://cord.example.com", token: "${CORD_TOKEN}"}\n'
                'ats: {platform: pinpoint, url: "https://ats.example.com", api_key: "${PINPOINT_KEY}"}\n'
                + (texts if company == "harbourline" else ""),
                encoding="utf-8",
            )
        environ = {"CORD_TOKEN": "none", "PINPOINT_KEY": "none", "TWILIO_TOKEN": "none"}
        mappings = load_mappings(folder / "mappings", environ=environ)
        flows = ("applications", "replies", "messages")
        polls = [Poll(m.company, flow, 30.0, lambda: None) for m in mappings for flow in flows]
        self.work = AtWork(mappings, polls, {poll.key: Course(time.monotonic()) for poll in polls})
        self.stores = open_stores(f"sqlite:///{folder / 'connector.db'}")
        self.vitals = Vitals(self.stores, lambda: self.work)

    def late(self, *flows: str, company: str = "harbourline") -> None:
        for flow in flows:
            self.work.courses[company, flow].well_at -= 1000.0

    def pause(self, platform: str, reason: str = "key_refused", company: str = "harbourline") -> None:
        now = datetime.now(UTC)
        self.stores.memory.keep_pause(Pause(company, platform, reason, f"{platform}: 401", now, now, 1, ""))

    def told(self) -> list[tuple[str, str]]:
        return sorted(self.vitals.faults())


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.stores.close()


def a_message(stores: Stores, key: str = "one") -> Item:
    now = datetime.now(UTC)
    new = NewMessage("harbourline", f"harbourline:message:{key}", THEIRS, "Are you free?", "manual", now)
    return stores.texts.record(new, None, Priority.SMS, now)


def move(stores: Stores, item: Item, state: State, reason: str) -> None:
    (now,) = stores.actions.items([item.id])
    stores.actions.move([Change(now, state, reason)])


def a_bad_call(stores: Stores) -> None:
    now = datetime.now(UTC)
    url = "https://connector.example.com/callbacks/harbourline/twilio/inbound"
    call = Callback("harbourline", "twilio", "inbound", "POST", url, {}, THEIRS.encode())
    stores.texts.close_callback(stores.texts.keep_callback(call, now) or 0, now, "not a form")


def test_a_company_at_peace_is_told_nothing_of(watched: Watched) -> None:
    assert (watched.told(), watched.vitals.notices(), watched.vitals.problems()) == ([], [], [])


def test_a_message_that_waits_for_a_decision_is_told_until_it_is_made_and_makes_nothing_unready(
    watched: Watched,
) -> None:
    item = a_message(watched.stores)
    move(watched.stores, item, State.QUARANTINED, "message_unknown")
    (fault,) = watched.vitals.faults().values()
    assert (fault.key, fault.is_failure) == (("harbourline", "text_quarantined"), False)
    assert fault.reason.startswith("a text message waits for a decision (message_unknown); `connector failures")
    assert watched.vitals.notices() == [f"harbourline: {fault.reason}"]
    assert watched.vitals.problems() == []
    assert watched.vitals.read().ready
    move(watched.stores, item, State.CLOSED, "dropped")
    assert watched.told() == []


def test_used_up_segments_and_a_stopped_account_are_failures(watched: Watched) -> None:
    watched.stores.memory.note_run("harbourline", "messages", datetime.now(UTC), None)
    watched.stores.texts.grant("harbourline", 5, datetime.now(UTC))
    watched.stores.texts.grant("harbourline", 0, datetime.now(UTC))
    assert watched.told() == []
    watched.work.mappings[0] = watched.work.mappings[0].model_copy(
        update={"sms": watched.work.mappings[0].sms.model_copy(update={"segment_balance": 0})}
    )
    move(watched.stores, a_message(watched.stores), State.WAITING, "account_stopped")
    found = watched.vitals.faults()
    assert sorted(found) == [("harbourline", "text_account"), ("harbourline", "text_balance")]
    assert all(fault.is_failure for fault in found.values())


def test_nobody_misses_segments_while_texts_are_switched_off(watched: Watched) -> None:
    off = watched.work.mappings[0].sms.model_copy(update={"segment_balance": 0, "enabled": False})
    watched.work.mappings[0] = watched.work.mappings[0].model_copy(update={"sms": off})
    assert watched.told() == []


def test_a_refused_key_of_a_provider_explains_late_texts_and_nothing_else(watched: Watched) -> None:
    watched.pause("twilio")
    watched.late("applications", "replies", "messages")
    assert watched.told() == [("harbourline", "applications"), ("harbourline", "twilio")]
    reasons = {text.split()[1]: text for text in watched.vitals.problems()}
    assert "twilio is left alone" in reasons["replies"]
    assert "twilio" not in reasons["applications"]


def test_a_refused_key_of_the_ats_explains_everything_that_is_late(watched: Watched) -> None:
    watched.pause("pinpoint")
    watched.late("applications", "replies", "messages")
    assert watched.told() == [("harbourline", "pinpoint")]


def test_figures_name_the_companies_that_have_texts_alone(watched: Watched) -> None:
    a_message(watched.stores)
    a_bad_call(watched.stores)
    read = watched.vitals.read()
    assert set(read.texts) == {"harbourline"}
    assert (read.texts["harbourline"].callbacks_bad, read.texts["harbourline"].left) == (1, 5)
    assert read.text_waits_s == {}


def test_the_age_of_a_call_that_nobody_works_on_is_in_the_figures(watched: Watched) -> None:
    call = Callback("harbourline", "twilio", "inbound", "POST", "https://connector.example.com", {}, b"")
    watched.stores.texts.keep_callback(call, datetime.now(UTC) - timedelta(minutes=10))
    assert watched.vitals.read().text_waits_s["harbourline"] == pytest.approx(600.0, abs=60.0)


def test_neither_number_nor_text_is_in_what_is_told(watched: Watched) -> None:
    move(watched.stores, a_message(watched.stores), State.QUARANTINED, "message_refused")
    a_bad_call(watched.stores)
    told = json.dumps([str(fault) for fault in watched.vitals.faults().values()] + watched.vitals.notices())
    assert "text_callbacks" in told
    assert [word for word in (THEIRS.lstrip("+"), "Are you free") if word in told] == []


def test_a_database_that_refuses_for_a_moment_ends_no_fault(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    a_bad_call(watched.stores)
    assert watched.told() == [("harbourline", "text_callbacks")]

    def refuses(*_: object) -> None:
        raise StoreError("the database refuses: disk I/O error")

    monkeypatch.setattr("connector.store.text_overview.TextOverview.troubles", refuses)
    assert watched.told() == [("harbourline", "text_callbacks")]
    assert watched.vitals.notices() == []


@pytest.fixture
def texting() -> Iterator[World]:
    with World(limits=None, texting=("twilio",)) as running:
        yield running


def test_a_daemon_tells_of_a_message_that_waits_for_a_decision_once_at_each_end(
    texting: World, tmp_path: Path, ear: Ear
) -> None:
    vendor = texting.texting["twilio"]
    daemon = Daemon(texting, tmp_path)
    daemon.map()
    mapping = tmp_path / "mappings" / "harbourline.yaml"
    section = _TWILIO.format(sid=vendor.credentials["account_sid"], url=texting.url_of("twilio"), balance=100)
    mapping.write_text(mapping.read_text("utf-8") + section, "utf-8")
    daemon.environ["TWILIO_TOKEN"] = vendor.credentials["auth_token"]
    stores = open_stores(f"sqlite:///{tmp_path / 'connector.db'}")
    item = a_message(stores)
    move(stores, item, State.QUARANTINED, "message_unknown")
    daemon.begin(CONNECTOR_ALERT_WEBHOOK=ear.url)
    try:
        wait_until(daemon.ready)
        assert "waits for a decision" in json.loads(daemon.get("/readyz")[1])["notices"][0]
        figures = daemon.figures()
        assert figures['connector_text_segments_left{company="harbourline"}'] == 100
        assert figures['connector_actions{company="harbourline",kind="message",state="quarantined"}'] == 1
        pending = 'connector_texts{company="harbourline",direction="out",provider="none",status="pending"}'
        assert figures[pending] == 1
        wait_until(lambda: [m["state"] for m in ear.messages] == ["firing"])
        move(stores, item, State.CLOSED, "dropped")
        wait_until(lambda: [m["state"] for m in ear.messages] == ["firing", "resolved"])
        assert {(m["what"], m["level"]) for m in ear.messages} == {("text_quarantined", "notice")}
        assert json.loads(daemon.get("/readyz")[1])["notices"] == []
    finally:
        daemon.end()
        stores.close()
