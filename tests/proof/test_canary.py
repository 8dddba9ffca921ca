"""Marked secrets and personal data in everything, servers that echo whatever they are sent: none of it leaks.

Looked at are what processes say at the most talkative level, every file beside the database, exceptions with their
tracebacks, and cassettes; for the marks as they are, as they look in a URL, and in the base64 of a CV.
"""

from __future__ import annotations

import html
import json
import logging
import os
import shutil
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from connector.domain.errors import ConnectorError
from connector.domain.model import CV, NewApplication, Outcome
from connector.sandbox import faults, injection
from connector.sandbox.cv_samples import tiny_pdf
from connector.sandbox.exchange import Answer, Request, html_answer
from connector.sandbox.pinpoint.api import PinpointApi
from connector.sandbox.world import World
from tests import record
from tests.proof.processes import Commands, wait_until
from tests.proof.stage import Stage, blank, last_told

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "4"))
TOKEN, KEY = "cordtokencanaryqzjxw41", "pinpointkeycanaryqzjxw42"
ADDRESS, PHONE = "canary.qzjxw43@example.com", "+447700900443"
CV_TEXT, MESSAGE = "Canary of the CV qzjxw45 and its text", "Canary of the message qzjxw46"
FILE = tiny_pdf([CV_TEXT])
#: a person whom Pinpoint refuses, with an explanation that quotes everything
REFUSED = "canary.refused.qzjxw47@example.com"
#: how much of an echo there is, so that masking and cutting meet
ECHOED = 4000


def _marks() -> dict[str, str]:
    """Return what must be nowhere, by a name for the reader."""
    national = "0" + PHONE[3:]
    plain = {"token": TOKEN, "key": KEY, "address": ADDRESS, "refused": REFUSED, "phone": PHONE, "national": national}
    plain |= {"digits": PHONE[1:], "spaced": "07700 900443", "cv": CV_TEXT, "message": MESSAGE}
    whole = b64encode(FILE).decode()
    middle = len(whole) // 2
    found = plain | {f"{name} in a URL": quote(value, safe="") for name, value in plain.items()}
    found |= {"local part": ADDRESS.partition("@")[0], "base64 of the file": whole[middle : middle + 48]}
    for shift in range(3):
        # the text inside a longer stream falls on one of three places
        found[f"base64 of the text {shift}"] = b64encode(b" " * shift + CV_TEXT.encode()).decode()[4:-4]
    return found


def _leaks(said: str) -> list[str]:
    return [name for name, mark in _marks().items() if mark.casefold() in said.casefold()]


def _echo(answer: Answer, request: Request) -> Answer:
    """Let an answer quote its request: headers, query, body, and what it would have said itself."""
    heads = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = request.body.decode("utf-8", "replace")
    own = answer.body.decode("utf-8", "replace")
    quoted = f"{unquote(request.query)} {request.query} {heads} {own[:ECHOED]} {body[:ECHOED]}"
    if answer.status < 300:
        return answer
    if b"json" in (answer.header("Content-Type") or "").encode():
        error = {"code": "internal", "message": quoted, "title": quoted, "detail": quoted, "request_id": "1"}
        return replace(answer, body=json.dumps({"error": error, "errors": [error], "message": quoted}).encode())
    return html_answer(answer.status, f"<p>{html.escape(quoted)}</p>")


@pytest.fixture
def echoing(served: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which failures quote what they were sent, with marks in everything."""
    blank(served, SEED)

    def quoting(make: Callable[..., Answer]) -> Callable[..., Answer]:
        return lambda fault, platform, request, *rest: _echo(make(fault, platform, request, *rest), request)

    for table in (injection.INSTEAD, injection.ALTERED):
        for kind, make in list(table.items()):
            monkeypatch.setitem(table, kind, quoting(make))
    handle = PinpointApi.handle

    def refusing(api: PinpointApi, request: Request) -> Answer:
        if request.method == "POST" and REFUSED.encode() in request.body:
            return _echo(api.failure(request, 422, "refused"), request)
        return handle(api, request)

    monkeypatch.setattr(PinpointApi, "handle", refusing)
    _populate(served)
    return served


def _populate(world: World) -> None:
    cord, pinpoint = world.cord, world.pinpoint
    cord.restore_token(TOKEN)
    pinpoint.restore_key(KEY)
    pinpoint.add_job(id="5101", title="Job")
    pinpoint.add_job(id="5102", title="Job with a phone", require_phone=True)
    cord.add_position(id="po_1", title="Position", linked_job="5101")
    cord.add_position(id="po_2", title="Position", linked_job="5102")
    plain = {"first_name": "Canary", "last_name": "Bird", "cv": FILE, "cv_filename": f"{ADDRESS} {PHONE}.pdf"}
    for emails, phones in (([ADDRESS], [PHONE]), ([REFUSED], ["07700 900443"]), ([ADDRESS.upper()], [PHONE])):
        person = cord.add_person(**plain, emails=emails, phones=phones, headline="Engineer")
        start = cord.start_conversation(person, "po_1")
        cord.add_position_to_conversation(cord.conversation_of(start), "po_2")
        cord.say(cord.conversation_of(start), MESSAGE)


@pytest.fixture
def commands(echoing: World, tmp_path: Path) -> Iterator[Commands]:
    database = f"sqlite:///{tmp_path / 'connector.db'}"
    running = Commands(tmp_path, echoing, database, CONNECTOR_LOG_LEVEL="debug")
    running.write_mapping()
    yield running
    running.kill_all()


def _plan_faults(world: World, seed: int) -> None:
    params: dict[str, Any] = {"seconds": 0.1, "interval": 0.0002}
    for number, kind in enumerate(faults.KINDS):
        world.faults.random(0.015, seed * 100 + number, kinds=(kind,), **params)


@pytest.mark.timeout(180)
def test_nothing_personal_and_no_key_leaves_the_processes_or_stays_in_the_database(
    echoing: World, commands: Commands, tmp_path: Path
) -> None:
    # rows that cannot be read, with marks where they should not be
    echoing.cord.bad_rows.wrong_type("candidate_id", [ADDRESS, PHONE, TOKEN])
    echoing.cord.bad_rows.wrong_type("position", ADDRESS)
    _plan_faults(echoing, SEED)
    daemon = commands.begin("run")
    wait_until(lambda: len(last_told(echoing)) >= 6, 8)
    daemon.stop()
    for line in ("sync", "explain cv_nobody", "failures --json", "status --json", "check", "plan --json"):
        commands.call(*line.split())
    # a key that is refused is quoted in the answer too
    echoing.faults.add(faults.ERROR_BEFORE, times=None)
    commands.call("sync")
    echoing.faults.clear()
    echoing.cord.revoke_token()
    echoing.pinpoint.revoke_key()
    commands.call("check")
    assert "refused_by_ats" in "".join(command.stdout for command in commands.all)
    assert any("cord" in command.stderr for command in commands.all)
    said = {command.line: _leaks(command.stdout + command.stderr) for command in commands.all}
    assert said == {command.line: [] for command in commands.all}
    kept = {
        str(file.relative_to(tmp_path)): _leaks(file.read_bytes().decode("latin-1"))
        for file in tmp_path.rglob("*")
        if file.is_file()
    }
    assert kept == {name: [] for name in kept}
    assert "connector.db" in kept


@pytest.mark.parametrize("kind", faults.KINDS)
def test_no_exception_quotes_what_was_sent_or_answered(
    kind: str, echoing: World, tmp_path: Path, new_database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copy(new_database, tmp_path / "connector.db")
    stage = Stage(tmp_path, echoing)
    caplog.set_level(logging.DEBUG)
    source, ats = stage.company.source, stage.company.ats
    person, start = next(iter(echoing.cord.people)), str(echoing.cord.starts[0]["id"])
    echoing.faults.add(kind, times=None, **({"seconds": 1.8} if kind.startswith("stall") else {}))
    new = NewApplication(
        "5101", "cord:x", "Canary", "Bird", ADDRESS, PHONE, "GB", None, None, "cord", "Sourced: cord", False
    )
    prepared = source.prepare_outcome(start, Outcome("sent", "5101", "1", None, None), stage.clock.now())
    said: list[str] = []
    calls: list[Callable[[], object]] = [
        lambda: source.conversation_starts(None),
        lambda: source.candidate(person),
        lambda: source.cv(person, "cv.pdf"),
        lambda: source.send(prepared),
        lambda: ats.applications_of([ADDRESS]),
        lambda: ats.create_application(new, CV("cv.pdf", "application/pdf", FILE)),
    ]
    for call in calls:
        try:
            call()
        except ConnectorError as error:
            said += [str(error), repr(error), "".join(traceback.format_exception(error))]
    stage.close()
    # the simulators' own server logs in the same process
    said += [log.getMessage() for log in caplog.records if not log.name.startswith("uvicorn")]
    assert _leaks("\n".join(said)) == []


def test_cassettes_hold_neither_keys_nor_people(
    echoing: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path / "cassettes")
    monkeypatch.setattr(record, "ADDRESS", ADDRESS)
    monkeypatch.setattr(record, "RECORDED_CV", CV("Canary.pdf", "application/pdf", FILE))
    plain = record.new_application("5101")
    personal = replace(plain, email=ADDRESS, phone=PHONE, summary=CV_TEXT)
    monkeypatch.setattr(record, "new_application", lambda _job_id: personal)
    record.record_cord(echoing)
    record.record_pinpoint(echoing.pinpoint_url, echoing.pinpoint_key, "5101")
    written = {file.name: _leaks(file.read_text()) for file in (tmp_path / "cassettes").rglob("*.yaml")}
    assert len(written) == 8
    assert written == {name: [] for name in written}
