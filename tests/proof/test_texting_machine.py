"""Whatever happens to texts, vendors, both platforms and the process: no reply is lost or copied twice, no message
leaves twice, and none leaves that must not.

A state machine plays people who text, recruiters who write, administrators who switch, vendors who fail, call late,
twice, out of order and in contradiction, and a process that dies at any commit and any call. Then all trouble ends,
time passes, and the vendors' own records must agree with what stands at both platforms and in the ledger.

`CONNECTOR_TEST_EXAMPLES` plays more of them (4 otherwise, 200 is the whole proof), `CONNECTOR_TEST_SEED` others.
Hypothesis prints the steps of a failure; with `CONNECTOR_TEST_SHRINK=1` it looks for the shortest ones, which takes
minutes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from connector.domain.actions import Kind, State
from connector.flows.replies import assign
from connector.sandbox import faults
from connector.sandbox.texting.handsets import START_WORDS, STOP_WORDS
from connector.sandbox.world import World
from tests.proof.stage import DRIP_S, STALL_S
from tests.proof.texting_happenings import (
    ARRIVED,
    JOBS,
    NOT_ARRIVED,
    PHRASES,
    ends,
    happenings,
    incoming,
    outgoing,
    trouble,
    vendors,
)
from tests.proof.texting_judge import NUMBERS, PHONES, Judge
from tests.proof.texting_stage import (
    CANARY,
    OURS,
    VENDORS,
    Switchboard,
    TextStage,
    blank_texting,
    came_in,
    handed_over,
    quiet_errors,
    sent_twice,
    was_told,
)

EXAMPLES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "4"))
SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "20261128"))
STEPS = 9


class Machine(Judge, RuleBasedStateMachine):
    """People, recruiters, administrators, vendors, failures and deaths."""

    world: ClassVar[World]
    database: ClassVar[Path]
    switchboard: ClassVar[Switchboard]

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=self.database.parent))
        shutil.copy(self.database, self._folder / "connector.db")
        blank_texting(self.world)
        self.cord, self.pinpoint = self.world.cord, self.world.pinpoint
        self._numbered = 0
        self.starts: list[str] = []
        self.sms: dict[str, Any] = {}
        #: texts that were called off, and keys of actions that were
        self.called_off: set[str] = set()
        self.closed: set[int] = set()
        #: applications whose conversation was closed at cord, and the texts whose last word was contradicted
        self.contradicted: set[str] = set()
        self.by_hand: dict[int, str] = {}
        #: vendors that were made to sign wrongly: nothing of that is to arrive
        self.forged: set[str] = set()
        self.said: list[MutableMapping[str, Any]] = []

    @initialize(vendor=vendors, balance=st.sampled_from((None, None, 40, 6)), routed=st.booleans())
    def open_up(self, vendor: str, balance: int | None, routed: bool) -> None:
        for position, job in JOBS.items():
            self.pinpoint.add_job(id=job, title=f"Job {job}")
            self.cord.add_position(id=position, title=f"Position {position}", linked_job=job)
        other = VENDORS[(VENDORS.index(vendor) + 1) % len(VENDORS)]
        welcome = f"{CANARY} Welcome {{{{application.candidate.full_name}}}} to {{{{application.job.title}}}}"
        self.sms = {
            "provider": None if routed else vendor,
            "routing": {"default": [vendor, other]} if routed else None,
            "segment_balance": balance,
            "templates": [{"name": "welcome", "text": welcome, "on": "application_sent"}],
            "loop_after": 4,
        }
        self.stage = TextStage(self._folder, self.world, self.switchboard, sms=self.sms)
        for phone in (*PHONES, PHONES[-1]):
            self.apply("po_1", phone)
        self._guarded(self.stage.run)

    # --- people

    def apply(self, position: str, phone: str) -> None:
        details = next(self.world.people).details() | {"phones": [phone]}
        self.starts.append(self.cord.start_conversation(self.cord.add_person(**details), position))

    @rule(
        events=st.lists(happenings, max_size=2),
        texts=st.lists(incoming, min_size=1, max_size=3),
        writes=st.lists(outgoing, min_size=1, max_size=3),
        troubles=st.lists(trouble, max_size=2),
        ahead_s=st.sampled_from((0.0, 3.0, 20.0, 700.0)),
        end=ends,
    )
    def turn(self, events: Any, texts: Any, writes: Any, troubles: Any, ahead_s: float, end: Any) -> None:
        """Everybody does something, something is wrong, and the connector runs, or dies of it."""
        for event in events:
            getattr(self, event["what"])(**{name: value for name, value in event.items() if name != "what"})
        for text in texts:
            how = {name: text[name] for name in ("callback", "times", "late_s", "listed_after_s")}
            at = self.world.texting[text["vendor"]].clock.now() - timedelta(seconds=text["ago_s"])
            self._receive(text["vendor"], text["phone"], text["words"], at=at, **how)
        for kind, (platform, path), nth in troubles:
            self._break(kind, platform, path, nth)
        for number, how in writes:
            self._write(self._start(number), how)
        self.stage.clock.advance(ahead_s)
        self.stage.tick()
        name, at_step, when = end
        if name == "runs":
            self._guarded(self.stage.run)
        else:
            self._guarded(lambda: self.stage.run_to_death(at_step, when))

    def text_in_twice_in_a_second(self, phone: str, vendor: str, called: bool) -> None:
        at = self.world.texting[vendor].clock.now().replace(microsecond=0)
        for _ in range(2):
            self._receive(vendor, phone, "$", callback=called, at=at)

    def change_phone(self, phone: str, fate: str) -> None:
        self.world.handsets.get(phone).fate = fate

    def will_answer(self, phone: str, words: str) -> None:
        self.world.handsets.get(phone).answers.append(self._words(words))

    # --- recruiters

    def assign_by_hand(self, start: int) -> None:
        held = self.stage.stores.texts.inbox(self.stage.company.name, unmatched=True, limit=1)
        for reply in held:
            application = self.stage.application_of(self._start(start))
            if quiet_errors(self.stage, lambda: assign(self.stage.company, reply.id, application)):  # noqa: B023
                self.by_hand[reply.id] = self._start(start)

    # --- administrators

    def switch_off_and_on(self) -> None:
        self._calm()
        self.stage.remap(**self.sms, enabled=False)
        self._guarded(self.stage.run, off=True)
        left = {message.text for _, message in handed_over(self.world)}
        items = self.stage.actions(Kind.MESSAGE)
        assert [i for i in items if i.state in (State.PLANNED, State.WAITING, State.PARKED)] == []
        for item in items:
            row = self.stage.stores.texts.message(item.message) if item.message else None
            if item.state is State.CLOSED:
                self.closed.add(item.id)
                if row is not None and row.text not in left:
                    self.called_off.add(row.text)
        self.stage.remap(**self.sms)

    def switch_provider(self, vendor: str) -> None:
        self.sms |= {"provider": vendor, "routing": None}
        self.stage.remap(**self.sms)

    def top_up(self, more: int) -> None:
        if self.sms["segment_balance"] is not None:
            self.sms["segment_balance"] += more
            self.stage.remap(**self.sms)

    def restart(self) -> None:
        self.stage.close()
        self.stage.start()

    # --- vendors

    def deliver(self, vendor: str, whole: bool) -> None:
        (self.world.texting[vendor].deliver_all if whole else self.world.texting[vendor].step)()

    def hold_calls(self, vendor: str) -> None:
        self.world.texting[vendor].posting.hold = True

    def release_calls(self, vendor: str, order: str, times: int) -> None:
        self.world.texting[vendor].posting.hold = False
        self.world.texting[vendor].posting.times = times
        if order == "reverse":
            self.world.texting[vendor].release(reverse=True)
        else:
            self.world.texting[vendor].release(shuffle=len(self.said))

    def contradict(self, vendor: str, bad: bool, true: bool) -> None:
        for message in self.world.texting[vendor].sent_messages[-1:]:
            status, code = NOT_ARRIVED[vendor] if bad else (ARRIVED[vendor], None)
            self.contradicted.add(message.id)
            self.world.texting[vendor].report(message.id, status, code, true=true)

    def say_again(self, vendor: str) -> None:
        for sent in self.world.texting[vendor].callbacks_sent[-3:]:
            self.world.texting[vendor].repeat(sent)

    def forge(self, vendor: str, phone: str) -> None:
        simulator, text = self.world.texting[vendor], self._words("$ forged")
        if simulator.posting.hold:
            return
        simulator.tamper = lambda call: self._forged(call)
        message = simulator.receive(phone, OURS[vendor][0], text)
        simulator.tamper = None
        self.forged.add(message.id)
        with simulator.lock:
            # nobody has sent it: a list knows nothing of it
            simulator.remove(message.id)

    def list_late(self, vendor: str, lag_s: float) -> None:
        self.world.texting[vendor].list_lag_s = lag_s

    # --- trouble

    def run_into_an_outage(self, platform: str) -> None:
        self.world.take_down(platform)
        self._guarded(self.stage.run)
        self.world.bring_up(platform)

    def run_with_a_refused_key(self, vendor: str) -> None:
        simulator: Any = self.world.texting[vendor]
        holder = simulator.accounts[simulator.account] if vendor == "twilio" else simulator
        name = {"twilio": "auth_token", "plivo": "auth_token", "exotel": "api_token", "clicksend": "api_key"}[vendor]
        key = getattr(holder, name)
        setattr(holder, name, "another-key-than-ours")
        self._guarded(self.stage.run)
        setattr(holder, name, key)

    def lose_calls(self, deaf: bool) -> None:
        self.switchboard.deaf = deaf

    def set_clock_wrong(self, seconds: float) -> None:
        self.stage.clock.skew(seconds)

    def die_while_writing(self, start: int, at: int, when: str) -> None:
        text = self._words("$")
        self._guarded(lambda: self.stage.die_in(lambda: self.stage.text(self._start(start), text), at, when))

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                with capture_logs() as said:
                    self.stage.come_to_rest()
                self.said += said
                self._judge()
                before = self._writes()
                self.stage.run()
                assert self._writes()[len(before) :] == []
        finally:
            if hasattr(self, "stage"):
                self.stage.close()
            shutil.rmtree(self._folder)

    # --- what must hold while it goes on

    def _guarded(self, act: Callable[[], Any], *, off: bool = False) -> None:
        """Do something; no text leaves meanwhile that must not."""
        self.stage.wait_for_stalls()
        silent = {number for number in NUMBERS if self._is_silenced(number)}
        granted = self.sms["segment_balance"]
        store = self.stage.stores.texts
        lines = store.segment_lines(self.stage.company.name, 100_000)
        already = sum(line.segments for line in lines if line.what == "granted")
        left = None if granted is None else store.segments_left(self.stage.company.name) + granted - already
        before = {message.id for _, message in handed_over(self.world)}
        with capture_logs() as said:
            act()
        self.said += said
        new = [message for _, message in handed_over(self.world) if message.id not in before]
        assert sent_twice(self.world) == []
        if off:
            assert new == [], "a text left although texts are switched off"
        if left is not None and left <= 0:
            assert new == [], "a text left although no segment was left"
        assert [message.to for message in new if message.to in silent] == [], "a text left after STOP"
        assert [message.text for message in new if message.text in self.called_off] == []

    def _is_silenced(self, number: str) -> bool:
        """Return whether a person's last word, as far as the connector has been told, was to stop.

        It must be the last by the vendors' clocks and by the order in which we were told: what cannot be ordered is not
        judged.
        """
        heard: list[tuple[datetime, int, str]] = []
        for vendor, message in came_in(self.world):
            word = message.text.strip().upper()
            if message.sender != number or word not in STOP_WORDS | START_WORDS | set(PHRASES):
                continue
            row = self.stage.row(vendor, message.id)
            if (row is not None and not row.text_lost) or was_told(self.world.texting[vendor], message.id):
                heard.append((message.created_at, row.id if row else 1_000_000_000, word))
        if not heard:
            return False
        last_said, last_heard = max(heard)[2], max(heard, key=lambda one: one[1])[2]
        at_once = [word for at, _, word in heard if at == max(heard)[0]]
        return not {last_said, last_heard, *at_once} & START_WORDS

    # --- inside

    def _start(self, number: int) -> str:
        return self.starts[number % len(self.starts)]

    def _write(self, start: str, how: str) -> None:
        text = self._words("$")
        who = self._phone_of(start) if how == "number" else start
        key = f"once-{self._numbered}" if how == "twice" else None
        at = self.stage.clock.now() + timedelta(seconds=120) if how == "later" else None
        for _ in range(2 if how == "twice" else 1):
            self._guarded(lambda: self.stage.text(who, text, at=at, key=key))

    def _break(self, kind: str, platform: str, path: str, nth: int) -> None:
        params: dict[str, Any] = {"seconds": STALL_S} if kind.startswith("stall") else {}
        params |= {"interval": DRIP_S} if kind == faults.DRIP else {}
        self.world.faults.add(kind, platform=platform, path=path, nth=nth, **params)

    def _receive(self, vendor: str, phone: str, words: str, **how: Any) -> None:
        self.world.texting[vendor].receive(phone, OURS[vendor][0], self._words(words), **how)

    def _words(self, words: str) -> str:
        self._numbered += 1
        return words.replace("$", f"{CANARY} {self._numbered}")

    def _forged(self, call: Any) -> Any:
        return replace(call, body=call.body.replace(b"forged", b"forged+indeed"))

    def _calm(self) -> None:
        self.world.faults.clear()
        self.stage.wait_for_stalls()

    def _writes(self) -> list[tuple[str, str, str]]:
        calls = self.world.calls
        return [(c.platform, c.method, c.path) for c in calls if c.method not in ("GET", "HEAD")]


@pytest.mark.timeout(1800)
def test_no_reply_is_lost_and_no_message_leaves_that_must_not(
    texted: World, switchboard: Switchboard, new_database: Path
) -> None:
    Machine.world, Machine.database, Machine.switchboard = texted, new_database, switchboard
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if os.environ.get("CONNECTOR_TEST_SHRINK") else [])],
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    print(f"seed {SEED}")
    run_state_machine_as_test(seed(SEED)(Machine), settings=chosen)
