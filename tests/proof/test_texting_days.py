"""Days and machines: an outage of a day, a restart on page three, midnight, a row that shows up late, a STOP while a
long queue leaves, and two machines on one queue.

`CONNECTOR_TEST_POSTGRESQL` names a server whose database may be emptied; two machines are then played there too.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.domain.actions import Kind, State
from connector.domain.errors import ConnectorError
from connector.domain.texts import Direction
from connector.flows.messages import sync_messages
from connector.flows.replies import sync_replies
from connector.platforms.clicksend import adapter as clicksend
from connector.platforms.twilio import adapter as twilio
from connector.sandbox import faults
from connector.sandbox.world import World
from tests.proof.fate import Dead
from tests.proof.processes import Commands, emptied, wait_until
from tests.proof.stage import write_mapping
from tests.proof.texting_stage import (
    CANARY,
    OURS,
    Switchboard,
    TextStage,
    blank_texting,
    came_in,
    copies_made,
    handed_over,
    in_conversations,
    marked,
    sent_twice,
    sms_section,
    text_keys,
)

POSTGRESQL = os.environ.get("CONNECTOR_TEST_POSTGRESQL", "")
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRESQL, reason="no server"))]
ANA, BO = "+447700900101", "+447700900102"
DAY_S = 86_400.0
#: what vendors list of themselves
LISTING = ("twilio", "clicksend")
#: rows a page: few, so that pages are turned
ROWS = {"twilio": 4, "clicksend": 15}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "PAGE_ROWS", ROWS["twilio"])
    monkeypatch.setattr(clicksend, "PAGE_ROWS", ROWS["clicksend"])


@pytest.fixture
def make_stage(
    texted: World, switchboard: Switchboard, tmp_path: Path, new_database: Path
) -> Iterator[Callable[..., TextStage]]:
    """Makes a stage on a world in which two people have been forwarded and one has been texted."""
    made: list[TextStage] = []

    def make(vendor: str = "twilio", **sms: Any) -> TextStage:
        blank_texting(texted)
        shutil.copy(new_database, tmp_path / "connector.db")
        texted.pinpoint.add_job(id="5101", title="Job")
        texted.cord.add_position(id="po_1", title="Position", linked_job="5101")
        stage = TextStage(tmp_path, texted, switchboard, sms={"provider": vendor, **sms})
        made.append(stage)
        for number in (ANA, BO):
            details = next(texted.people).details() | {"phones": [number]}
            texted.cord.start_conversation(texted.cord.add_person(**details), "po_1")
        stage.settle()
        assert stage.text(_start_of(stage, ANA), f"{CANARY} when could we talk?") is not None
        return stage

    yield make
    for stage in made:
        stage.close()


def _start_of(stage: TextStage, number: str) -> str:
    people = {id_: person.phones[0]["number"] for id_, person in stage.world.cord.people.items()}
    return next(str(row["id"]) for row in stage.world.cord.starts if people[row["candidate_id"]] == number)


def _assert_all_copied(stage: TextStage, number: int) -> None:
    """Every reply stands once on each side, with its own time, in the order of times."""
    world = stage.world
    assert len(came_in(world)) == len(stage.rows([ANA, BO], Direction.IN)) == number
    assert set(copies_made(world).values()) == {1}
    for vendor, message in came_in(world):
        ((_, comment),) = marked(world, vendor, message.id)
        ((_, copy),) = in_conversations(world, message.id)
        assert f"{message.created_at.astimezone(UTC):%d %b %Y %H:%M} UTC" in comment
        assert abs(copy.at - message.created_at) < timedelta(seconds=1)
        assert copy.body == message.text
    for conversation in world.cord.conversations.values():
        times = [message.at for message in conversation.messages if message.channel == "sms"]
        assert times == sorted(times)
    ids = [int(comment.id) for comment in world.pinpoint.comments]
    assert ids == sorted(ids)
    assert [i.reason for i in stage.actions(Kind.COMMENT, Kind.REPLY) if i.state is not State.DONE] == []


@pytest.mark.parametrize("vendor", LISTING)
def test_after_a_day_without_the_connector_every_reply_is_copied_once_in_order_with_its_own_time(
    vendor: str, make_stage: Callable[..., TextStage]
) -> None:
    stage = make_stage(vendor)
    simulator = stage.world.texting[vendor]
    for hour in range(0, 24, 3):
        stage.clock.advance(3 * 3600.0)
        # each call is lost: nobody is there
        for number in (ANA, BO):
            simulator.receive(number, OURS[vendor][0], f"{CANARY} {number[-1]} at {hour}", callback=False)
    stage.settle()
    _assert_all_copied(stage, 16)


@pytest.mark.parametrize("vendor", LISTING)
def test_killed_on_page_three_the_poll_begins_again_and_nothing_is_lost_or_doubled(
    vendor: str, make_stage: Callable[..., TextStage]
) -> None:
    stage, rows = make_stage(vendor), ROWS[vendor]
    for each in range(rows * 2 + 3):
        stage.clock.advance(60.0)
        stage.world.texting[vendor].receive(ANA, OURS[vendor][0], f"{CANARY} {each}", callback=False)

    def die() -> None:
        raise Dead

    stage.on_page(vendor, 3, die)
    with pytest.raises(Dead):
        sync_replies(stage.company)
    assert len(stage.rows([ANA], Direction.IN)) == rows * 2
    stage.close()
    # meanwhile somebody goes on writing
    stage.world.texting[vendor].receive(ANA, OURS[vendor][0], f"{CANARY} and one more", callback=False)
    stage.start()
    stage.settle()
    _assert_all_copied(stage, rows * 2 + 4)


@pytest.mark.parametrize(("whole_days", "asked_at_s"), [(False, 20.0), (True, -20.0), (True, 20.0)])
def test_replies_on_both_sides_of_midnight_are_all_read(
    whole_days: bool, asked_at_s: float, make_stage: Callable[..., TextStage]
) -> None:
    stage = make_stage()
    simulator: Any = stage.world.texting["twilio"]
    simulator.whole_days = whole_days
    now = stage.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    stage.clock.advance((midnight - now).total_seconds() - 60.0)
    stage.run()
    for seconds in (-30.0, -1.0, 0.0, 1.0, 30.0):
        at = midnight + timedelta(seconds=seconds)
        simulator.receive(ANA, OURS["twilio"][0], f"{CANARY} {seconds:g}", callback=False, at=at)
    # a look just before or just after, and one on the next day
    stage.clock.advance(60.0 + asked_at_s)
    stage.settle()
    stage.clock.advance(3600.0)
    stage.settle()
    _assert_all_copied(stage, 5)


@pytest.mark.parametrize("vendor", LISTING)
def test_a_row_that_shows_up_twenty_minutes_late_is_copied_though_later_ones_were_read(
    vendor: str, make_stage: Callable[..., TextStage]
) -> None:
    stage = make_stage(vendor)
    simulator = stage.world.texting[vendor]
    late = simulator.receive(ANA, OURS[vendor][0], f"{CANARY} late", callback=False, listed_after_s=1200.0)
    for minute in range(5):
        stage.clock.advance(240.0)
        simulator.receive(BO, OURS[vendor][0], f"{CANARY} {minute}", callback=False)
        stage.run()
        assert (stage.row(vendor, late.id) is not None) == (minute == 4)
    stage.settle()
    _assert_all_copied(stage, 6)


def test_a_call_that_comes_late_is_copied_with_the_reply_s_own_time(make_stage: Callable[..., TextStage]) -> None:
    stage = make_stage()
    simulator = stage.world.texting["twilio"]
    # its call, which names no time, comes after that of a later one
    for each, late_s in ((1, 600.0), (2, 0.0)):
        simulator.receive(ANA, OURS["twilio"][0], f"{CANARY} {each}", late_s=late_s, listed_after_s=540.0)
        stage.clock.advance(60.0)
    stage.clock.advance(500.0)
    simulator.tick()
    assert len(stage.stores.texts.open_callbacks(stage.company.name, 10)) == 2
    # whoever sends takes calls in too, and asks no vendor for times
    sync_messages(stage.company)
    assert [row.at_exact for row in stage.rows([ANA], Direction.IN)] == [False, False]
    stage.settle()
    _assert_all_copied(stage, 2)


def test_a_stop_counts_for_what_is_behind_it_in_a_long_queue(make_stage: Callable[..., TextStage]) -> None:
    # a vendor that blocks nobody by itself
    stage = make_stage("clicksend")
    numbers = [f"+4477009003{each:02d}" for each in range(12)]
    soon = stage.clock.now() + timedelta(seconds=60)
    for number in (*numbers, ANA):
        stage.text(number, f"{CANARY} to {number[-2:]}", at=soon)
    stage.clock.advance(61.0)
    provider: Any = stage.company.providers["clicksend"]
    submit, left = provider.submit, [0]

    def slow(*args: Any, **kwargs: Any) -> Any:
        left[0] += 1
        if left[0] == 3:
            # she is the last in the queue, and her call is answered well before her turn
            stage.world.texting["clicksend"].receive(ANA, OURS["clicksend"][0], "STOP")
        return submit(*args, **kwargs)

    provider.submit = slow
    sync_messages(stage.company)
    assert left[0] == 12
    stage.settle()
    to_her = [m.text for _, m in handed_over(stage.world) if m.to == ANA]
    assert to_her == [f"{CANARY} when could we talk?"]
    assert {m.to for _, m in handed_over(stage.world)} == {ANA, *numbers}


def test_a_stop_that_comes_between_the_look_and_the_intent_counts(make_stage: Callable[..., TextStage]) -> None:
    # a vendor that blocks nobody by itself
    stage = make_stage("clicksend")
    soon = stage.clock.now() + timedelta(seconds=60)
    for number in (ANA, BO):
        stage.text(number, f"{CANARY} second", at=soon)
    stage.clock.advance(61.0)
    texts: Any = stage.stores.texts
    may_leave, told = texts.may_leave, list[Any]()

    def late(*args: Any, **kwargs: Any) -> Any:
        if not told:
            told.append(stage.world.texting["clicksend"].receive(ANA, OURS["clicksend"][0], "STOP"))
        return may_leave(*args, **kwargs)

    texts.may_leave = late
    sync_messages(stage.company)
    stage.settle()
    assert [m.to for _, m in handed_over(stage.world)] == [ANA, BO]
    assert [m.text for _, m in handed_over(stage.world) if m.to == ANA] == [f"{CANARY} when could we talk?"]


# --- two machines


@pytest.fixture
def database(request: Any, tmp_path: Path) -> str:
    """The address of an empty database."""
    return emptied(POSTGRESQL) if request.param == "postgresql" else f"sqlite:///{tmp_path / 'connector.db'}"


QUEUE = 16


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_two_machines_on_one_queue_send_each_message_once(
    texted: World, switchboard: Switchboard, database: str, tmp_path: Path
) -> None:
    blank_texting(texted)
    stage = TextStage(tmp_path, texted, switchboard, database)
    numbers = [f"+4477009004{each:02d}" for each in range(QUEUE)]
    soon = stage.clock.now() + timedelta(seconds=5)
    for number in numbers:
        stage.text(number, f"{CANARY} to {number[-2:]}", at=soon)
    texted.faults.random(0.02, 5, platform="twilio", seconds=0.3, interval=0.0005)
    machines = Commands(tmp_path, texted, database, **text_keys(texted))
    write_mapping(tmp_path / "mappings", texted, sms=sms_section(texted))
    try:
        both = [machines.begin("run"), machines.begin("run")]
        # and replies come to both of them, by poll
        for number in numbers[:10]:
            texted.texting["twilio"].receive(number, OURS["twilio"][0], f"{CANARY} from {number[-2:]}", callback=False)
        wait_until(lambda: len(handed_over(texted)) >= QUEUE, 60)
        texted.faults.clear()
        for machine in both:
            assert machine.stop() == 0
        said = "".join(machine.stderr for machine in both)
    finally:
        machines.kill_all()
    assert [word for word in ("Traceback", "locked", "deadlock", "IntegrityError", "a bug") if word in said] == []
    stage.come_to_rest()
    try:
        assert sent_twice(texted) == []
        there = {message.to for _, message in handed_over(texted)}
        stands = {i.message: (i.state, i.reason) for i in stage.actions(Kind.MESSAGE)}
        assert len(stands) == QUEUE
        for row in stage.rows(numbers, Direction.OUT):
            unknown = (State.QUARANTINED, "message_unknown")
            assert stands[row.id] == ((State.DONE, "handed_over") if row.theirs in there else unknown)
        assert len(stage.rows(numbers, Direction.IN)) == len(came_in(texted)) == 10
    finally:
        stage.close()


def test_two_threads_of_one_machine_and_a_command_at_once(make_stage: Callable[..., TextStage]) -> None:
    stage = make_stage()
    stage.world.faults.random(0.02, 6, kinds=(faults.RESET_AFTER, faults.ERROR_AFTER, faults.RATE_LIMITED))
    texts = [f"{CANARY} number {each}" for each in range(10)]
    soon = stage.clock.now() + timedelta(seconds=60)
    for each, text in enumerate(texts):
        stage.text(f"+4477009005{each:02d}", text, at=soon)
        stage.world.texting["twilio"].receive(ANA, OURS["twilio"][0], f"{CANARY} {each}")
    stage.clock.advance(61.0)
    trouble: list[BaseException] = []

    def work(flow: Callable[..., Any]) -> None:
        for _ in range(3):
            try:
                flow(stage.company)
            except ConnectorError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault
                trouble.append(error)

    flows = (sync_messages, sync_replies, sync_messages, sync_replies)
    threads = [threading.Thread(target=work, args=(flow,)) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    stage.come_to_rest()
    assert sent_twice(stage.world) == []
    assert sorted(m.text for _, m in handed_over(stage.world) if "number" in m.text) == sorted(texts)
    assert set(copies_made(stage.world).values()) == {1}
    assert len(stage.world.pinpoint.comments) == 10
