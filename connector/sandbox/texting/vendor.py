"""What the simulators of all text-message vendors share: messages, their courses, callbacks, people that answer."""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.exchange import Platform
from connector.sandbox.texting.calling import Calling
from connector.sandbox.texting.handsets import FATES, Handsets
from connector.sandbox.texting.live import Ticker
from connector.sandbox.texting.records import (
    INBOUND,
    OUTBOUND,
    CallbackCall,
    Media,
    OwnNumber,
    Step,
    TextMessage,
)
from connector.sandbox.texting.segments import segments

#: How often a call may lead to a further one within one `deliver_all`; two machines that answer each other end here.
_MOST_ROUNDS = 200


class TextVendor(Calling, ABC):
    """One account at a vendor. Every method may be called from any thread, also while the server runs.

    A vendor implements the methods marked "hook". They are called with `lock` held and must not call the network.
    Everything else here is for tests and demonstrations. Unless it is live, nothing happens by itself: `step`,
    `deliver_all` and `tick` move messages, `receive` puts one in, and callbacks go out in the calling thread.
    """

    #: The platform's name in calls, faults and `World(texting=…)`.
    name: str
    #: Status of an inbound message once the vendor has it.
    received_status = "received"

    def __init__(self, seed: int = 1, handsets: Handsets | None = None) -> None:
        super().__init__()
        self.dice = random.Random(f"{self.name} {seed}")  # noqa: S311 - reproducible ids, not secrets
        #: The vendor's id of the account.
        self.account = ""
        self.handsets = handsets or Handsets()
        self.own_numbers: dict[str, OwnNumber] = {}
        #: Seconds until a new message shows up in lists, when nothing else is said.
        self.list_lag_s = 0.0
        self.base_url = ""
        self._messages: dict[str, TextMessage] = {}
        self._ticker: Ticker | None = None

    # --- hooks of a vendor

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Hook: what an administrator enters at the connector, by the vendor's own words."""

    @abstractmethod
    def api(self) -> Platform:
        """Hook: the front door that is served over HTTP."""

    @abstractmethod
    def new_message_id(self) -> str:
        """Hook: a fresh id of a message."""

    @abstractmethod
    def new_number(self, number: str) -> OwnNumber:
        """Hook: the record of a number that the account gets."""

    @abstractmethod
    def course(self, message: TextMessage, fate: str) -> list[Step]:
        """Hook: the statuses that an accepted message goes through; `fate` is one of `handsets.FATES`."""

    @abstractmethod
    def inbound_calls(self, message: TextMessage) -> list[CallbackCall]:
        """Hook: the signed calls that tell of an inbound message; empty: no address is set."""

    @abstractmethod
    def status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        """Hook: the signed calls to `message.callback_url` that tell of a status; empty: the vendor says nothing."""

    def swallows(self, _sender: str, _to: str) -> bool:
        """Hook: whether an inbound message is lost without a trace."""
        return False

    def heed(self, message: TextMessage) -> None:
        """Hook: what the vendor itself does about an inbound message, e.g. block after STOP and answer."""

    def reached(self, message: TextMessage, step: Step) -> None:
        """Hook: what else changes when a message reaches a status, e.g. its price; before the call is made."""

    # --- what people do

    def add_number(self, number: str, *, inbound_url: str = "", **extra: Any) -> OwnNumber:
        """Gives the account a number (E.164). `extra` goes into the record's `extra`, `can_text` into its field."""
        with self.lock:
            own = self.new_number(number)
            own.inbound_url = inbound_url
            own.can_text = bool(extra.pop("can_text", own.can_text))
            own.extra.update(extra)
            self.own_numbers[number] = own
            return own

    def receive(
        self,
        sender: str,
        to: str,
        text: str,
        *,
        media: Iterable[Media] = (),
        at: datetime | None = None,
        callback: bool = True,
        times: int | None = None,
        late_s: float | None = None,
        listed_after_s: float | None = None,
        answers: str | None = None,
        **extra: Any,
    ) -> TextMessage:
        """Somebody texts a number of the account; returns the message, also when the vendor loses it.

        `at` is when (default: now). `callback=False`: the call is lost. `times` and `late_s` override `posting`.
        `listed_after_s` is how long lists do not show it, whatever `at` says. `answers` is the id of the message that
        it answers. Raises ValueError for a number that is not the account's.
        """
        with self.lock:
            if to not in self.own_numbers:
                raise ValueError("the account has no such number")
            self.handsets.said(sender, text)
            message = self._take_in(sender, to, text, tuple(media), at, listed_after_s, answers, extra)
            if self.swallows(sender, to):
                return message
            self._messages[message.id] = message
            self.heed(message)
            calls = self.inbound_calls(message) if callback and self.posting.inbound else []
        self.hand_out(calls, times, late_s)
        return message

    def report(
        self, message_id: str, status: str, code: str | None = None, words: str | None = None, *, true: bool = False
    ) -> None:
        """Calls back with a status, whatever was said before. With `true` the message takes it on, and stays so."""
        step = Step(status, code, words)
        with self.lock:
            message = self._messages[message_id]
            if true:
                message.course.clear()
                self._reach(message, step)
            calls = self._status_calls(message, step)
        self.hand_out(calls)

    # --- what happens by itself

    def step(self, message_id: str | None = None) -> int:
        """Moves every message that is under way (or one) by one status, oldest first; returns how many moved.

        Calls back, lets texts arrive at handsets, and lets those answer.
        """
        with self.lock:
            chosen = [self._messages[message_id]] if message_id else list(self._messages.values())
            ids = [message.id for message in chosen if message.course]
        for each in ids:
            self._advance(each)
        return len(ids) + self.tick()

    def deliver_all(self) -> None:
        """Moves everything to its end, with the answers that this brings about. What is due later stays."""
        for _ in range(_MOST_ROUNDS):
            if not self.step():
                return

    def start_live(self, pace_s: float = 0.05) -> None:
        """From now on everything happens by itself, a status each `pace_s`. Twice is safe."""
        if self._ticker is None:
            self._ticker = Ticker(self.step, pace_s, f"{self.name}-live")

    def stop_live(self) -> None:
        """Ends that, and waits for the call that is being made. Twice is safe."""
        ticker, self._ticker = self._ticker, None
        if ticker is not None:
            ticker.stop()

    @property
    def live(self) -> bool:
        """Whether things happen by themselves."""
        return self._ticker is not None

    # --- looking at it

    @property
    def messages(self) -> list[TextMessage]:
        """Everything in and out, oldest first."""
        with self.lock:
            return sorted(self._messages.values(), key=lambda message: message.created_at)

    @property
    def sent_messages(self) -> list[TextMessage]:
        """What the account sent over the API, oldest first."""
        return [message for message in self.messages if message.direction == OUTBOUND and message.kind == "api"]

    @property
    def received_messages(self) -> list[TextMessage]:
        """What came in, oldest first."""
        return [message for message in self.messages if message.direction == INBOUND]

    def message(self, message_id: str) -> TextMessage:
        """One message. Raises KeyError."""
        with self.lock:
            return self._messages[message_id]

    # --- for the front doors of the vendors, with `lock` held

    def listed(self) -> list[TextMessage]:
        """What a list shows now, newest first."""
        now = self.clock.now()
        shown = [each for each in self._messages.values() if each.listed_at is None or each.listed_at <= now]
        return sorted(shown, key=lambda message: message.created_at, reverse=True)

    def accept(
        self,
        sender: str,
        to: str,
        text: str,
        status: str,
        *,
        callback_url: str | None = None,
        callback_method: str = "POST",
        kind: str = "api",
        at: datetime | None = None,
        **extra: Any,
    ) -> TextMessage:
        """Takes a message over for sending; its course is set out by the handset's fate."""
        now = self.clock.now()
        message = TextMessage(self.new_message_id(), OUTBOUND, sender, to, text, at or now, status, now)
        message.segments, message.kind, message.extra = segments(text), kind, extra
        message.callback_url, message.callback_method = callback_url, callback_method
        message.listed_at = now + timedelta(seconds=self.list_lag_s)
        message.history.append((status, now))
        fate = self.handsets.get(to).fate
        assert fate in FATES
        message.course = self.course(message, fate)
        self._messages[message.id] = message
        return message

    def remove(self, message_id: str) -> None:
        """Deletes a message, as a vendor's API may."""
        del self._messages[message_id]

    # --- inside

    def _take_in(
        self,
        sender: str,
        to: str,
        text: str,
        media: tuple[Media, ...],
        at: datetime | None,
        listed_after_s: float | None,
        answers: str | None,
        extra: dict[str, Any],
    ) -> TextMessage:
        now = self.clock.now()
        moment = at or now
        message = TextMessage(
            self.new_message_id(), INBOUND, sender, to, text, moment, self.received_status, moment, moment
        )
        message.listed_at = now + timedelta(seconds=self.list_lag_s if listed_after_s is None else listed_after_s)
        message.segments, message.media, message.kind = segments(text) or 1, media, INBOUND
        message.answers, message.extra = answers, extra
        message.history.append((message.status, moment))
        return message

    def _advance(self, message_id: str) -> None:
        with self.lock:
            message = self._messages.get(message_id)
            if message is None or not message.course:
                return
            step = message.course.pop(0)
            self._reach(message, step)
            calls = self._status_calls(message, step)
            if step.arrives:
                self._arrive(message)
        self.hand_out(calls)

    def _reach(self, message: TextMessage, step: Step) -> None:
        now = self.clock.now()
        message.status, message.updated_at = step.status, now
        message.code, message.words = step.code, step.words
        message.sent_at = now if step.leaves else message.sent_at
        message.history.append((step.status, now))
        self.reached(message, step)

    def _status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        wanted = self.posting.status and message.callback_url is not None
        return self.status_calls(message, step) if wanted else []

    def _arrive(self, message: TextMessage) -> None:
        auto = message.kind == "auto"
        answer = self.handsets.arrive(
            self.name, message.id, message.sender, message.to, message.text, self.clock.now(), auto=auto
        )
        if answer is None or message.sender not in self.own_numbers:
            return
        wait = self.handsets.get(message.to).answers_after_s if self.live else 0.0
        sender, to, answers = message.to, message.sender, message.id
        self.do_later(wait, lambda: self._answer(sender, to, answer, answers))

    def _answer(self, sender: str, to: str, text: str, answers: str) -> None:
        self.receive(sender, to, text, answers=answers)
