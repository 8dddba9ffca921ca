"""Whatever happens to messages in whatever order: the balance adds up, nothing leaves twice or after a STOP."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from correspondence import ACCOUNT, OURS, THEIRS, a_message, a_receipt, a_reply, stop, texts_of
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from starts import COMPANY, NOON

from connector.app import Stores
from connector.domain.actions import Change, State
from connector.domain.model import Priority
from connector.domain.texts import Delivery, MayLeave, Message

#: the same walk every time
SEED = 1
TABLES = ("action", "event", "message", "suppression", "segment_line")
STATUSES = [(Delivery.QUEUED, 2), (Delivery.SENT, 4), (Delivery.DELIVERED, 5), (Delivery.FAILED, 5)]
PICK = st.integers(0, 3)
SEGMENTS = st.integers(1, 3)


class Machine(RuleBasedStateMachine):
    """A few messages to one number, replies from it, and everything that may become of them."""

    stores: Stores

    def __init__(self) -> None:
        super().__init__()
        with self.stores.database.write() as connection:
            for table in TABLES:
                connection.execute(text(f"DELETE FROM {table}"))
        self.texts = texts_of(self.stores)
        self.minutes = 0
        self.messages: list[int] = []
        #: how often each was handed to its vendor and not taken back for certain
        self.out: Counter[int] = Counter()
        self.granted: int | None = None
        self.stopped = self.off = False
        self.replies = 0
        for number in range(3):
            self.record(number)

    @property
    def now(self) -> datetime:
        self.minutes += 1
        return NOON + timedelta(minutes=self.minutes)

    def picked(self, pick: int, *states: State) -> Message:
        """Return a message, one that stands in one of these states if there is any."""
        fitting = [item.message for item in self.stores.actions.in_states(COMPANY, states) if item.message]
        among = fitting or self.messages
        found = self.texts.message(among[pick % len(among)])
        assert found is not None
        return found

    def record(self, pick: int) -> None:
        """Record a message, or one that is there already."""
        self.off = False
        item = self.texts.record(a_message(f"key:{pick}"), None, Priority.SMS, self.now)
        assert item.message is not None
        self.messages = sorted({*self.messages, item.message})

    @rule(pick=st.integers(0, 5), segments=SEGMENTS)
    def send(self, pick: int, segments: int) -> None:
        """Take a message up as the flow would, wherever it stands."""
        message = self.picked(pick % 4, *([State.PLANNED, State.WAITING] if pick < 4 else []))
        left = self.texts.segments_left(COMPANY)
        unheard = bool(self.texts.new_replies(COMPANY, 1))
        net = sum(line.segments for line in self.texts.segment_lines(COMPANY, 999) if line.message == message.id)
        item = self.texts.action_of(message)
        assert item is not None
        ready = replace(message, provider="twilio", account=ACCOUNT, ours=OURS, intent=f"{message.id}:{self.minutes}")
        now = self.now
        change = Change(item, State.ATTEMPTING, "text", due_at=now)
        if self.texts.may_leave(change, ready, segments, self.granted, now) is MayLeave.YES:
            self.out[message.id] += 1
            assert not self.stopped
            assert not unheard
            assert self.granted is None or left - net > 0
            assert item.state in (State.PLANNED, State.WAITING)

    @rule(
        pick=PICK,
        end=st.sampled_from(["accepted", "refused", "put_off", "lost"]),
        told=st.none() | SEGMENTS,
        refund=st.booleans(),
    )
    def answer(self, pick: int, end: str, told: int | None, refund: bool) -> None:
        """Settle a message that is under way or in doubt, or one whose answer comes twice."""
        message = self.picked(pick, State.ATTEMPTING, State.UNKNOWN)
        item = self.texts.action_of(message)
        assert item is not None
        if item.state not in (State.ATTEMPTING, State.UNKNOWN):
            return
        if end == "accepted":
            receipt = a_receipt(message, segments=told)
            change = Change(item, State.DONE, "handed_over")
            for _ in range(2):
                assert self.texts.settle(change, message, receipt, delivery=receipt.status)
        elif end == "lost":
            change = Change(item, State.UNKNOWN, "outcome_unknown", due_at=self.now)
            self.texts.settle(change, message, None, delivery=Delivery.PENDING)
        elif message.remote_id is None and message.rank == 0:
            self.out[message.id] -= 1
            refused = end == "refused"
            # what was under way is called off by the next run
            self.off = self.off and refused
            change = Change(item, State.QUARANTINED if refused else State.WAITING, "refused", due_at=self.now)
            delivery = Delivery.FAILED if refused else Delivery.PENDING
            self.texts.settle(change, message, None, delivery=delivery, refund=refused or refund)

    @rule(pick=PICK, status=st.sampled_from(STATUSES), told=st.none() | SEGMENTS, seen=st.booleans())
    def report(self, pick: int, status: tuple[Delivery, int], told: int | None, seen: bool) -> None:
        """Have the vendor say something of a message that it knows, in whatever order."""
        message = self.picked(pick)
        if not self.out[message.id]:
            return
        receipt = a_receipt(message, *status, segments=told)
        looked_at = message if seen else replace(message, rank=99)
        refund = status[0] is Delivery.FAILED
        self.texts.apply(looked_at, receipt, None, refund=refund)
        now = self.picked(pick)
        assert now.rank >= message.rank

    def retry(self, pick: int) -> None:
        """Take up by hand what is stuck or given up."""
        item = self.texts.action_of(self.picked(pick))
        if item is not None and item.state in (State.QUARANTINED, State.CLOSED, State.WAITING):
            self.off = False
            self.stores.actions.move([Change(item, State.PLANNED, "retried", due_at=self.now)])

    @rule(
        what=st.sampled_from(["record", "retry", "retry", "switch_off", "grant", "grant", "look"]),
        pick=PICK,
        left=st.sampled_from([-1, 0, 1, 50, 55, 60]),
    )
    def by_hand(self, what: str, pick: int, left: int) -> None:
        """Do what people do; together, so that each rule is walked as often as the others."""
        if what in ("record", "retry"):
            getattr(self, what)(pick)
        elif what == "grant":
            self.grant(left)
        else:
            getattr(self, what)()

    def switch_off(self) -> None:
        """Switch everything off that goes out."""
        self.texts.cancel(COMPANY, "sms_off", self.now)
        self.off = True

    def grant(self, left: int) -> None:
        """Change the number in the mapping, so that so much is left."""
        lines = self.texts.segment_lines(COMPANY, 999)
        before = sum(line.segments for line in lines if line.what == "granted")
        self.granted = before + left - self.texts.segments_left(COMPANY)
        assert self.texts.grant(COMPANY, self.granted, self.now) == left == self.texts.segments_left(COMPANY)
        assert len(self.texts.segment_lines(COMPANY, 999)) == len(lines) + (before != self.granted)

    @rule(words=st.sampled_from(["STOP", "START", "Hello"]), segments=SEGMENTS, looked_at=st.booleans())
    def reply(self, words: str, segments: int, looked_at: bool) -> None:
        """Have the candidate write."""
        self.replies += 1
        new = a_reply(self.replies, words, at=self.now, segments=segments)
        for expected in (1, 0):
            assert self.texts.record_replies(COMPANY, [new], self.now) == expected
        if looked_at:
            self.look()

    def look(self) -> None:
        """Look at what came in, twice over."""
        for message in self.texts.new_replies(COMPANY, 99):
            out = stop(message) if message.text == "STOP" else None
            for _ in range(2):
                self.texts.attribute(message, "unmatched", self.now, suppress=out, lift=message.text == "START")
            self.stopped = message.text == "STOP" or (self.stopped and message.text != "START")

    @invariant()
    def the_balance_adds_up(self) -> None:
        """Each line leaves what the one before left, and its own segments."""
        left = 0
        for line in self.texts.segment_lines(COMPANY, 999)[::-1]:
            assert line.left == left + line.segments
            left = line.left
        assert left == self.texts.segments_left(COMPANY)

    @invariant()
    def each_message_has_one_line_of_a_kind(self) -> None:
        """One sent line, one refund at most, one line for what came in; each takes its segments or nothing."""
        lines = self.texts.segment_lines(COMPANY, 999)
        kinds = Counter((line.message, line.what) for line in lines if line.what in ("sent", "refund", "received"))
        assert all(number == 1 for number in kinds.values())
        taken: Counter[Any] = Counter()
        for line in lines:
            if line.message is not None:
                taken[line.message] -= line.segments
        for number, segments in taken.items():
            message = self.texts.message(number)
            assert message is not None
            assert segments in (0, message.segments)

    @invariant()
    def nothing_is_out_twice(self) -> None:
        """A message is at its vendor once at most."""
        assert all(number in (0, 1) for number in self.out.values())

    @invariant()
    def the_opt_out_stands(self) -> None:
        """A STOP that was looked at holds until START."""
        assert (self.texts.suppression(COMPANY, THEIRS) is not None) == self.stopped

    @invariant()
    def what_is_off_stays_off(self) -> None:
        """After switching off, nothing waits to be sent."""
        waiting = self.stores.actions.in_states(COMPANY, [State.PLANNED, State.WAITING, State.PARKED])
        assert not self.off or not waiting


@pytest.mark.timeout(600)
def test_messages_in_any_order(stores: Stores, kind: str) -> None:
    """One process; test_texts_outgoing.py and test_texts_balance.py have several."""

    class Mine(Machine):
        pass

    Mine.stores = stores
    run_state_machine_as_test(
        seed(SEED)(Mine),
        settings=settings(
            # SQLite walks them all; PostgreSQL shows that the statements mean the same there
            max_examples=40 if kind == "sqlite" else 10,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
