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

import itertools
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
from connector.domain.texts import Delivery, Direction, Message
from connector.flows.replies import assign
from connector.rules.replies import HELD, MIRRORED
from connector.sandbox import faults
from connector.sandbox.texting import handsets
from connector.sandbox.texting.handsets import START_WORDS, STOP_WORDS
from connector.sandbox.texting.records import TextMessage
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.stage import DRIP_S, STALL_S
from tests.proof.texting_stage import (
    CANARY,
    OURS,
    VENDORS,
    Switchboard,
    TextStage,
    blank_texting,
    came_in,
    failed,
    handed_over,
    in_conversations,
    leaks,
    marked,
    quiet_errors,
    sent_twice,
    was_told,
)

EXAMPLES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "4"))
SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "20261128"))
STEPS = 9

JOBS = {"po_1": "5101", "po_2": "5102"}
#: the last one is shared by two people, and nobody has forwarded the stranger
PHONES = ("+447700900101", "+447700900102", "+447700900103")
STRANGER = "+447700900999"
NUMBERS = (*PHONES, STRANGER)
#: what a person may say; a dollar stands for something that nobody has said yet
WORDS = (
    "$",
    "$",
    "$",
    "Yes, 10 o’clock suits me very well – shall I bring “the portfolio” along, and whom do I ask for? $",
    "ok",
    "STOP",
    "stop",
    "STOP",
    "START",
    "Please stop texting me",
    "HELP",
    "",
)
#: and what opts out where only we read it
PHRASES = ("PLEASE STOP TEXTING ME",)
#: platform, and calls of it
PATHS = (
    ("twilio", "/Messages.json"),
    ("twilio", "/Messages/"),
    ("plivo", "/Message/"),
    ("exotel", "/Sms/send"),
    ("exotel", "/SMS/Messages"),
    ("clicksend", "/sms/send"),
    ("clicksend", "/sms/inbound"),
    ("clicksend", "/sms/history"),
    ("pinpoint", "/comments"),
    ("pinpoint", "/applications"),
    ("cord", "/messages$"),
    ("cord", "/candidates"),
)
#: the word of each vendor for a text that has arrived, and for one that has not, with a code
ARRIVED = {"twilio": "delivered", "plivo": "delivered", "exotel": "delivered", "clicksend": "Completed"}
NOT_ARRIVED = {"twilio": ("undelivered", "30005"), "plivo": ("undelivered", "50"), "exotel": ("failed", "23010")}
NOT_ARRIVED |= {"clicksend": ("Failed", "8")}
#: a reply that waits for its text, and every other one
LISTING = ("twilio", "clicksend")

vendors, phones = st.sampled_from(VENDORS), st.sampled_from((*PHONES, *PHONES, STRANGER))
#: a text of a person's: from whom, through whom, what, and how it is told
incoming = st.fixed_dictionaries(
    {
        "phone": phones,
        "vendor": vendors,
        "words": st.sampled_from(WORDS),
        "callback": st.booleans(),
        "times": st.sampled_from((1, 1, 2)),
        "late_s": st.sampled_from((0.0, 0.0, 60.0, 1200.0)),
        "listed_after_s": st.sampled_from((0.0, 0.0, 1200.0)),
        "ago_s": st.sampled_from((0.0, 0.0, 0.0, 300.0)),
    }
)
#: a text of a recruiter's: about which of the applications, and how
outgoing = st.tuples(st.integers(0, 30), st.sampled_from(("application", "number", "twice", "later")))
trouble = st.tuples(st.sampled_from(faults.KINDS), st.sampled_from(PATHS), st.integers(1, 2))
ends = st.one_of(
    st.just(("runs", 0, BEFORE)),
    st.just(("runs", 0, BEFORE)),
    st.tuples(st.just("dies"), st.integers(1, 60), st.sampled_from((BEFORE, AFTER))),
)


def _happening(what: str, **about: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return how often-drawn calls of one of the machine's methods look."""
    return st.fixed_dictionaries({"what": st.just(what), **about})


starts = st.integers(0, 30)
#: what else happens; each is a method of the machine
happenings = st.one_of(
    _happening("apply", position=st.sampled_from(tuple(JOBS)), phone=st.sampled_from(PHONES)),
    _happening("text_in_twice_in_a_second", phone=phones, vendor=vendors, called=st.booleans()),
    _happening(
        "change_phone", phone=phones, fate=st.sampled_from((*handsets.FATES, handsets.DELIVERED, handsets.DELIVERED))
    ),
    _happening("will_answer", phone=st.sampled_from(PHONES), words=st.sampled_from(("$", "STOP", "$"))),
    _happening("assign_by_hand", start=starts),
    _happening("switch_off_and_on"),
    _happening("switch_provider", vendor=vendors),
    _happening("top_up", more=st.sampled_from((1, 5, 30))),
    _happening("restart"),
    _happening("deliver", vendor=vendors, whole=st.booleans()),
    _happening("hold_calls", vendor=vendors),
    _happening(
        "release_calls", vendor=vendors, order=st.sampled_from(("reverse", "shuffle")), times=st.sampled_from((1, 2))
    ),
    _happening("contradict", vendor=vendors, bad=st.booleans(), true=st.booleans()),
    _happening("say_again", vendor=vendors),
    _happening("forge", vendor=st.sampled_from(("twilio", "plivo")), phone=phones),
    _happening("list_late", vendor=vendors, lag_s=st.sampled_from((0.0, 1200.0))),
    _happening("run_into_an_outage", platform=st.sampled_from((*VENDORS, "cord", "pinpoint"))),
    _happening("run_with_a_refused_key", vendor=vendors),
    _happening("lose_calls", deaf=st.booleans()),
    _happening("set_clock_wrong", seconds=st.sampled_from((-1800.0, 1800.0))),
    _happening("die_while_writing", start=starts, at=st.integers(1, 12), when=st.sampled_from((BEFORE, AFTER))),
)


class Machine(RuleBasedStateMachine):
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

    # --- the truth

    def _judge(self) -> None:
        assert sent_twice(self.world) == []
        self._judge_replies()
        self._judge_order()
        self._judge_messages()
        self._judge_balance()
        assert [line for line in self.said if leaks(str(line), NUMBERS)] == []
        assert [line for line in self.said if line.get("event") == "unexpected"] == []

    def _judge_replies(self) -> None:
        company = self.stage.company.name
        held = {reply.id for reply in self.stage.stores.texts.inbox(company, unmatched=True, limit=100_000)}
        inbox = {reply.id for reply in self.stage.stores.texts.inbox(company, limit=100_000)}
        known: set[int] = set()
        for vendor, message in came_in(self.world):
            row = self.stage.row(vendor, message.id)
            if row is None:
                # Exotel lists nothing: what nobody was told is lost on its side
                assert vendor == "exotel", f"a reply to {vendor} is lost"
                assert not was_told(self.world.texting[vendor], message.id)
                continue
            known.add(row.id)
            assert row.how not in ("new", "our_own", "too_old", "chatbot", "forgotten"), row.how
            assert row.id in inbox
            assert (row.id in held) == (row.how in HELD)
            assert row.text == ("" if row.text_lost else message.text)
            assert row.text_lost is False or vendor == "plivo"
            if row.at_exact:
                assert abs(row.at - message.created_at) < timedelta(seconds=1)
            if row.how in MIRRORED:
                self._judge_copies(vendor, message, row)
            else:
                assert marked(self.world, vendor, message.id) == in_conversations(self.world, message.id) == []
        assert {reply.id for reply in self.stage.rows(NUMBERS, Direction.IN)} == known
        assert [id_ for id_ in self.forged for vendor in VENDORS if self.stage.row(vendor, id_)] == []

    def _judge_copies(self, vendor: str, message: TextMessage, row: Message) -> None:
        """A reply stands once on the application, and once in the conversation, or a named fault says why not."""
        (application,) = self.stage.stores.actions.items([row.application or 0])
        about = f"{vendor} {row.how} {message.id}"
        if row.id in self.by_hand:
            assert application.start_id == self.by_hand[row.id]
        else:
            assert self._phone_of(application.start_id) == message.sender, about
        id_ = message.id + (":gap" if row.text_lost else "")
        comments, messages = marked(self.world, vendor, id_), in_conversations(self.world, id_)
        copies = [i for i in self.stage.actions(Kind.COMMENT, Kind.REPLY) if i.message == row.id]
        stands = {i.kind: (i.state, i.reason) for i in copies if i.key.endswith(f":{id_}:{application.start_id}")}
        assert set(stands) == {Kind.COMMENT, Kind.REPLY}, about
        if application.remote_id is None:
            assert stands[Kind.COMMENT] == (State.PARKED, "application_not_there")
            assert comments == []
        else:
            assert stands[Kind.COMMENT] == (State.DONE, "copied"), f"{about}: {stands}"
            assert [where for where, _ in comments] == [application.remote_id], about
        assert stands[Kind.REPLY] == (State.DONE, "copied"), f"{about}: {stands}"
        assert [where for where, _ in messages] == [application.conversation_id], about
        if row.at_exact and not was_told(self.world.texting[vendor], message.id):
            # a callback of some vendors names no time, and what is copied at once carries that of its receipt
            shown = f"{message.created_at:%d %b %Y %H:%M} UTC"
            assert [text for _, text in comments if shown not in text] == []
            assert [m for _, m in messages if abs(m.at - message.created_at) >= timedelta(seconds=1)] == []

    def _judge_order(self) -> None:
        """Within a conversation copies stand in the order of the replies, as far as the earlier was known in time.

        Where a callback named no time and the copy left before a poll did, its time is that of receipt: that orders
        nothing.
        """
        said = {message.id: message.created_at for _, message in came_in(self.world)}
        for conversation in self.cord.conversations.values():
            copied = [m for m in conversation.messages if m.channel == "sms"]
            own = [m for m in copied if abs(m.at - said[m.external_id.removesuffix(":gap")]) < timedelta(seconds=1)]
            for first, second in itertools.pairwise(own):
                if second.at >= first.at:
                    continue
                made, planned = self._moment_of(first, State.DONE), self._moment_of(second, State.PLANNED)
                assert planned > made, f"an earlier reply was copied after a later one: {first} {second}"

    def _moment_of(self, message: Any, state: State) -> datetime:
        """Return when the copy of a reply got to a state first."""
        items = [i for i in self.stage.actions(Kind.REPLY) if i.conversation_id == message.conversation_id]
        (item,) = [i for i in items if i.key.endswith(f":{message.external_id}:{i.start_id}")]
        events = self.stage.stores.actions.history([item.id])[item.id]
        return next(at for at, stands, _, _ in events if stands == state)

    def _judge_messages(self) -> None:
        """What the ledger says of each message of ours is what the vendor says, or nobody knows it and it says so."""
        there = {message.id: (vendor, message) for vendor, message in handed_over(self.world)}
        rows = self.stage.rows(NUMBERS, Direction.OUT)
        items = {item.message: item for item in self.stage.actions(Kind.MESSAGE) if item.message}
        claimed = [row.remote_id for row in rows if row.remote_id]
        assert len(claimed) == len(set(claimed))
        assert set(claimed) <= set(there)
        doubtful = {row.text for row in rows if items[row.id].reason == "message_unknown"}
        # every text that a vendor has is one that we know of
        assert [m.text for id_, (_, m) in there.items() if id_ not in claimed and m.text not in doubtful] == []
        for row in rows:
            item = items[row.id]
            assert item.state in (State.DONE, State.CLOSED, State.QUARANTINED), item
            taken = row.remote_id is not None
            assert taken == (item.state is State.DONE), item
            if not taken:
                assert row.delivery in (Delivery.PENDING, Delivery.CANCELLED, Delivery.FAILED)
                continue
            vendor, message = there[row.remote_id or ""]
            assert (row.provider, row.theirs, row.text) == (vendor, message.to, message.text)
            if message.id not in self.contradicted and message.course == []:
                self._judge_status(row, message)
        assert [
            i for i in self.stage.actions(Kind.MESSAGE) if i.id in self.closed and i.state is not State.CLOSED
        ] == []

    def _judge_status(self, row: Message, message: TextMessage) -> None:
        if failed(message):
            assert row.delivery is Delivery.FAILED, f"{row.provider}: {message.status} and {row.delivery}"
            assert row.code or row.words
        else:
            # what stays silent is asked about where the vendor answers
            arrived = any(each.message_id == message.id for each in self.world.handsets.get(message.to).arrived)
            assert row.delivery in (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED)
            assert arrived or row.delivery is not Delivery.DELIVERED

    def _judge_balance(self) -> None:
        company = self.stage.company.name
        lines = self.stage.stores.texts.segment_lines(company, 100_000)[::-1]
        total = 0
        for line in lines:
            if line.what == "sent" and self.sms["segment_balance"] is not None:
                assert total > 0, "segments were used that nobody had"
            total += line.segments
            assert line.left == total
        assert self.stage.stores.texts.segments_left(company) == total
        used: dict[int, int] = {}
        for line in lines:
            if line.message is not None:
                used[line.message] = used.get(line.message, 0) - line.segments
        held = {message.id: message for _, message in (*handed_over(self.world), *came_in(self.world))}
        items = {item.message: item for item in self.stage.actions(Kind.MESSAGE) if item.message}
        for row in self.stage.rows(NUMBERS, Direction.IN):
            assert used.get(row.id) == held[row.remote_id or ""].segments, f"{row.provider}: {row.segments}"
        for row in self.stage.rows(NUMBERS, Direction.OUT):
            if row.remote_id is None and items[row.id].reason != "message_unknown":
                assert used.get(row.id, 0) == 0
            elif row.remote_id is not None:
                # Twilio alone says that what never left costs nothing
                free = row.provider == "twilio" and held[row.remote_id].status == "failed"
                if row.remote_id not in self.contradicted:
                    assert used.get(row.id, 0) == (0 if free else row.segments), held[row.remote_id].status
                assert row.segments == held[row.remote_id].segments

    # --- inside

    def _start(self, number: int) -> str:
        return self.starts[number % len(self.starts)]

    def _phone_of(self, start: str) -> str:
        row = next(row for row in self.cord.starts if row["id"] == start)
        number: str = self.cord.people[row["candidate_id"]].phones[0]["number"]
        return number

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
