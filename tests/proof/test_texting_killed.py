"""The process is killed in the middle of sending and copying; a plain run ends right: nothing twice, nothing lost.

First at chosen steps of a fixed scenario, each commit and each call, in processes forked from a warm one (see
`driver.py`). CI takes every thirty-first step; `CONNECTOR_TEST_STRIDE=1` takes them all, which is minutes.

Then a daemon as an operator starts it, with one call in a hundred failing, vendors that call back and people who answer
by themselves, killed at random moments. `CONNECTOR_TEST_TEXTERS=200` plays it with many people and fifteen deaths;
`CONNECTOR_TEST_SEED` another course.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.domain.actions import Kind, State
from connector.domain.texts import Delivery, Direction
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.nursery import Nursery
from tests.proof.processes import Commands, wait_until
from tests.proof.stage import COMPANY, write_mapping
from tests.proof.texting_stage import (
    CANARY,
    OURS,
    SECRET,
    VENDORS,
    Switchboard,
    TextStage,
    blank_texting,
    came_in,
    copies_made,
    handed_over,
    in_conversations,
    leaks,
    marked,
    sent_twice,
    sms_section,
    text_keys,
)

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "8"))
STRIDE = int(os.environ.get("CONNECTOR_TEST_STRIDE", "31"))
TEXTERS = int(os.environ.get("CONNECTOR_TEST_TEXTERS", "10"))
DEATHS = 3 if TEXTERS < 100 else 15
#: of every kind together, on each call
RATE = 0.01
#: more than any run takes
BOUND = 300

ANA, BO, CHLOE = "+447700900101", "+447700900102", "+447700900103"
JOB, POSITION = "5101", "po_1"


class Rehearsal:
    """The moment before the deaths, to which world and database are set back each time."""

    def __init__(self, world: World, switchboard: Switchboard, vendor: str, folder: Path, database: Path) -> None:
        self.world, self.switchboard, self.vendor, self._folder = world, switchboard, vendor, folder
        self._work, self._kept = folder / "work", folder / "kept.db"
        blank_texting(world)
        world.pinpoint.add_job(id=JOB, title="Job")
        world.cord.add_position(id=POSITION, title="Position", linked_job=JOB)
        self._work.mkdir()
        shutil.copy(database, self._work / "connector.db")
        stage = self.stage()
        self.starts = {number: self._apply(number) for number in (ANA, BO, CHLOE)}
        stage.settle()
        # she was written to before, and so was he; both answer while nobody looks; the third is about to be written to
        for number in (ANA, BO):
            stage.text(self.starts[number], f"{CANARY} first")
        soon = stage.clock.now() + timedelta(seconds=0.5)
        for number in (ANA, BO, CHLOE):
            stage.text(self.starts[number], f"{CANARY} second", at=soon)
        stage.close()
        time.sleep(0.6)
        shutil.copy(self._work / "connector.db", self._kept)
        self._sent = [message.text for _, message in handed_over(world)]
        self.reset()

    def stage(self) -> TextStage:
        return TextStage(self._work, self.world, self.switchboard, sms={"provider": self.vendor})

    def reset(self) -> Path:
        """Set everything back; returns the folder of the process that will die."""
        world = self.world
        world.faults.clear()
        world.clear_calls()
        world.pinpoint.comment_rows.clear()
        for conversation in world.cord.conversations.values():
            conversation.messages[:] = [m for m in conversation.messages if m.channel != "sms"]
        # an answer that is kept would be given again, without its effect
        world.cord.kept.__init__()  # type: ignore[misc]
        world.handsets.__init__()  # type: ignore[misc]
        for name, vendor in world.texting.items():
            vendor.__init__(1, world.handsets)  # type: ignore[misc]
            vendor.base_url = world.url_of(name)
        for file in self._work.iterdir():
            if file.name.startswith("connector.db") and file.is_file():
                file.unlink()
        shutil.copy(self._kept, self._work / "connector.db")
        (self._work / "public_url").write_text(self.switchboard.url)
        # the numbers are there again, and with the same dice the same ids
        self.stage().close()
        self._say_what_was_said()
        return self._work

    def _say_what_was_said(self) -> None:
        vendor: Any = self.world.texting[self.vendor]
        for number in (ANA, BO):
            about = {"account_sid": vendor.account} if self.vendor == "twilio" else {}
            with vendor.lock:
                message = vendor.accept(OURS[self.vendor][0], number, f"{CANARY} first", "queued", **about)
                message.extra.setdefault("custom_string", "")
        vendor.deliver_all()
        vendor.receive(ANA, OURS[self.vendor][0], f"{CANARY} one")
        vendor.receive(ANA, OURS[self.vendor][0], f"{CANARY} two")
        vendor.receive(BO, OURS[self.vendor][0], "STOP")

    def _apply(self, number: str) -> str:
        details = next(self.world.people).details() | {"phones": [number]}
        return self.world.cord.start_conversation(self.world.cord.add_person(**details), POSITION)


@pytest.fixture(scope="module")
def text_nursery(texted: World) -> Iterator[Nursery]:
    bearing = Nursery(texted, **text_keys(texted))
    yield bearing
    bearing.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("vendor", ["twilio", "clicksend"])
def test_killed_at_a_step_nothing_leaves_twice_and_every_reply_is_copied_once(
    vendor: str, texted: World, switchboard: Switchboard, text_nursery: Nursery, tmp_path: Path, new_database: Path
) -> None:
    rehearsal = Rehearsal(texted, switchboard, vendor, tmp_path, new_database)
    killed, steps = text_nursery.bear("texts", rehearsal.reset(), 0, BEFORE)
    assert not killed
    assert 10 < steps < BOUND
    assert _resume(rehearsal) == []
    doubted = {BEFORE: 0, AFTER: 0}
    for when, first in ((BEFORE, 1 + SEED % STRIDE), (AFTER, 1 + (SEED + STRIDE // 2) % STRIDE)):
        for step in range(first, steps + 1, STRIDE):
            killed, _ = text_nursery.bear("texts", rehearsal.reset(), step, when)
            assert killed
            doubted[when] += len(_resume(rehearsal))
    if STRIDE == 1:
        # between the intent and the call, and nowhere else: once for each of the two that may leave
        assert doubted == {BEFORE: 2, AFTER: 2}


def _resume(rehearsal: Rehearsal) -> list[str]:
    """Go on with plain runs and judge; returns the texts of which nobody knows whether they left."""
    world, stage = rehearsal.world, rehearsal.stage()
    try:
        for _ in range(2):
            stage.settle()
            world.texting[rehearsal.vendor].deliver_all()
        # what nobody could find out by now is left to a human; what stays silent is asked about
        stage.clock.advance(3700.0)
        stage.settle()
        assert sent_twice(world) == []
        there = [(message.to, message.text) for _, message in handed_over(world)]
        assert (BO, f"{CANARY} second") not in there
        unknown = []
        for item in stage.actions(Kind.MESSAGE):
            message = stage.stores.texts.message(item.message or 0)
            assert message is not None
            stands = (item.state, item.reason)
            if (message.theirs, message.text) == (BO, f"{CANARY} second"):
                assert stands == (State.CLOSED, "opted_out")
            elif (message.theirs, message.text) in there:
                assert stands == (State.DONE, "handed_over"), stands
                assert message.delivery is Delivery.DELIVERED
            else:
                assert stands == (State.QUARANTINED, "message_unknown"), stands
                unknown.append(message.text)
        _judge_copies(world, stage, 3)
        left = stage.stores.texts.segments_left(COMPANY)
        held = sum(message.segments for _, message in (*handed_over(world), *came_in(world)))
        # what may have left keeps its segments
        assert left == -held - len(unknown)
        return unknown
    finally:
        stage.close()


def _judge_copies(world: World, stage: TextStage, number: int) -> None:
    """Every reply stands once on its application and once in its conversation, in order."""
    assert set(copies_made(world).values()) <= {1}
    replies = came_in(world)
    assert len(replies) == number
    for vendor, message in replies:
        row = stage.row(vendor, message.id)
        assert row is not None
        (application,) = stage.stores.actions.items([row.application or 0])
        assert [where for where, _ in marked(world, vendor, message.id)] == [application.remote_id]
        assert [where for where, _ in in_conversations(world, message.id)] == [application.conversation_id]
    for conversation in world.cord.conversations.values():
        times = [message.at for message in conversation.messages if message.channel == "sms"]
        assert times == sorted(times)
    assert [item.reason for item in stage.actions(Kind.COMMENT, Kind.REPLY) if item.state is not State.DONE] == []


# --- a daemon and random moments


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def daemon(texted: World, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Starts `connector run` where vendors can call it, at the same address each time."""
    port = _free_port()
    blank_texting(texted, SEED)
    running = Commands(
        tmp_path,
        texted,
        f"sqlite:///{tmp_path / 'connector.db'}",
        **text_keys(texted),
        CONNECTOR_LISTEN=f"127.0.0.1:{port}",
        CONNECTOR_PUBLIC_URL=f"http://127.0.0.1:{port}",
    )
    base = f"http://127.0.0.1:{port}/callbacks/{COMPANY}"
    for name, vendor in texted.texting.items():
        end = "" if name == "twilio" else f"/{SECRET}"
        vendor.add_number(OURS[name][0], inbound_url=f"{base}/{name}/inbound{end}")
        if name == "clicksend":
            vendor.add_receipt_rule("URL", f"{base}/{name}/status{end}")  # type: ignore[attr-defined]
    _write(tmp_path, texted, "twilio")
    yield lambda: running.begin("run")
    for vendor in texted.texting.values():
        vendor.stop_live()
    running.kill_all()
    said = "".join(command.stderr + command.stdout for command in running.all)
    assert leaks(said, [_number(each) for each in range(TEXTERS)]) == []
    assert "Traceback" not in said


def _number(each: int) -> str:
    return f"+44770090{each:04d}"


def _write(folder: Path, world: World, provider: str) -> None:
    welcome = f"{CANARY} Welcome {{{{application.candidate.full_name}}}}"
    template = {"name": "welcome", "text": welcome, "on": "application_sent"}
    write_mapping(
        folder / "mappings",
        world,
        forwarding={"max_new_per_run": TEXTERS + 1},
        sms=sms_section(world, provider=provider, templates=[template], segment_balance=10_000),
    )


@pytest.mark.timeout(900)
def test_a_daemon_killed_at_random_moments_loses_no_reply_and_sends_nothing_twice(
    texted: World, switchboard: Switchboard, daemon: Callable[[], Any], tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    world, cord = texted, texted.cord
    world.pinpoint.add_job(id=JOB, title="Job")
    cord.add_position(id=POSITION, title="Position", linked_job=JOB)
    world.faults.random(RATE, SEED, seconds=0.5, interval=0.0005)
    for vendor in world.texting.values():
        vendor.start_live()
    running = daemon()
    for each in range(TEXTERS):
        answers = [f"{CANARY} yes {each}", f"{CANARY} and thanks {each}"] if each % 4 else ["STOP"]
        world.handsets.add(_number(each), answers)
        person = cord.add_person(**next(world.people).details() | {"phones": [_number(each)]})
        cord.start_conversation(person, POSITION)
        # somebody texts another number of ours, out of the blue
        other = dice.choice(VENDORS)
        world.texting[other].receive(_number(dice.randrange(each + 1)), OURS[other][0], f"{CANARY} by the way {each}")
        if (each + 1) * DEATHS // TEXTERS > each * DEATHS // TEXTERS:
            _wait_for_more(world)
            time.sleep(dice.uniform(0.0, 0.3))
            running.kill()
            running = daemon()
        if each == TEXTERS // 2:
            # enabling another one disables the first, under the eyes of the daemon
            _write(tmp_path, world, "clicksend")
    wait_until(lambda: len(world.pinpoint.applications) >= TEXTERS, 30)
    world.faults.clear()
    wait_until(lambda: len(handed_over(world)) >= TEXTERS, 5)
    running.stop()
    for vendor in world.texting.values():
        vendor.stop_live()
    _rest(world, switchboard, tmp_path)


def _wait_for_more(world: World) -> None:
    """Wait until another text has left."""
    already = len(handed_over(world))
    wait_until(lambda: len(handed_over(world)) > already, 5)


def _rest(world: World, switchboard: Switchboard, folder: Path) -> None:
    """Come to rest with plain runs and judge."""
    for name, vendor in world.texting.items():
        # from here on vendors call the test
        vendor.own_numbers[OURS[name][0]].inbound_url = switchboard.address(name, "inbound")
    welcome = {"name": "welcome", "text": f"{CANARY} Welcome {{{{application.candidate.full_name}}}}"}
    sms = {"provider": "clicksend", "templates": [welcome | {"on": "application_sent"}], "segment_balance": 10_000}
    stage = TextStage(folder, world, switchboard, sms=sms)
    try:
        stage.come_to_rest()
        assert sent_twice(world) == [], f"seed {SEED}"
        assert len(world.pinpoint.applications) == TEXTERS
        there = {(message.to, message.text) for _, message in handed_over(world)}
        messages = stage.actions(Kind.MESSAGE)
        assert len(messages) == TEXTERS
        for item in messages:
            row = stage.stores.texts.message(item.message or 0)
            taken = row is not None and (row.theirs, row.text) in there
            reasons = {"message_unknown", "opted_out"} if not taken else {"handed_over", "message_unknown"}
            assert item.reason in reasons, f"seed {SEED}: {item}"
        _judge_inbox(world, stage)
        _judge_silence(world)
        # it was not for nothing
        assert len(there) >= TEXTERS * 3 // 4
        assert len(world.pinpoint.comments) >= TEXTERS // 2
        lines = stage.stores.texts.segment_lines(COMPANY, 100_000)[::-1]
        assert [line.left for line in lines] == list(itertools.accumulate(line.segments for line in lines))
    finally:
        stage.close()


def _judge_inbox(world: World, stage: TextStage) -> None:
    """Every reply that a vendor still has, or was answered well for, is there once and copied once."""
    assert set(copies_made(world).values()) <= {1}
    for vendor, message in came_in(world):
        row = stage.row(vendor, message.id)
        if row is None:
            # nobody lists for Exotel, and the process was dead each time that it called
            assert vendor == "exotel"
            continue
        assert row.how in ("answered", "last_messaged", "newest_application", "unmatched"), row.how
        if row.application is None:
            continue
        id_ = message.id + (":gap" if row.text_lost else "")
        (application,) = stage.stores.actions.items([row.application])
        assert [where for where, _ in marked(world, vendor, id_)] == [application.remote_id], f"seed {SEED}"
        assert [where for where, _ in in_conversations(world, id_)] == [application.conversation_id], f"seed {SEED}"
    rows = stage.rows([_number(each) for each in range(TEXTERS)], Direction.IN)
    assert len(rows) == len({(row.provider, row.remote_id) for row in rows})


def _judge_silence(world: World) -> None:
    """Nobody was written to once their STOP had been answered well."""
    for vendor in world.texting.values():
        for sent in vendor.callbacks_sent:
            if sent.call.what != "inbound" or sent.status != 200:
                continue
            message = vendor.message(sent.call.message_id)
            after = [m for _, m in handed_over(world) if m.to == message.sender and m.created_at > sent.at]
            if message.text == "STOP":
                assert after == [], f"seed {SEED}"
