"""The calls that a text-message vendor makes to a receiver: at once, later, held back, repeated, forged."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.sandbox.clock import SandboxClock
from connector.sandbox.texting.posting import Posting, post
from connector.sandbox.texting.records import CallbackCall, CallbackSent


@dataclass(order=True)
class _Later:
    due: datetime
    turn: int
    act: Callable[[], None] = field(compare=False)


class Calling:
    """The half of a vendor that calls back. `lock` guards everything; the thread that holds it may take it again."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self.posting = Posting()
        #: Beginnings of public addresses to loopback addresses: `{"https://sms.example.com": "http://127.0.0.1:8000"}`.
        #: The public address is what is signed.
        self.routes: dict[str, str] = {}
        #: Changes every call just before it goes out, after signing: a test forges with it. None: nothing is changed.
        self.tamper: Callable[[CallbackCall], CallbackCall] | None = None
        self._sent: list[CallbackSent] = []
        self._held: list[CallbackCall] = []
        self._later: list[_Later] = []
        self._turn = 0
        #: One call at a time, so that nothing overtakes unless a test wants it to.
        self._calling = threading.RLock()

    # --- hooks of a vendor

    def answered(self, sent: CallbackSent) -> None:
        """Hook: what the vendor does with the answer to a call, e.g. send its text on. `lock` is held."""

    def retry_after_s(self, _sent: CallbackSent, _attempt: int) -> float | None:
        """Hook: seconds until a call is repeated whose attempt (from 1) ended like this; None: never again."""
        return None

    # --- for tests and demonstrations

    def repeat(self, sent: CallbackSent) -> CallbackSent:
        """Makes a call again, byte for byte."""
        return self._call(sent.call)

    def release(self, *, reverse: bool = False, shuffle: int | None = None) -> int:
        """Makes the calls that `posting.hold` kept, in order, reversed, or shuffled by a seed; returns how many."""
        with self.lock:
            calls, self._held = self._held, []
        if reverse:
            calls.reverse()
        if shuffle is not None:
            random.Random(shuffle).shuffle(calls)  # noqa: S311 - a reproducible order, not a secret
        for call in calls:
            self._attempt(call)
        return len(calls)

    def tick(self) -> int:
        """Does what has become due by the vendor's clock: late calls, repeats, answers; returns how many."""
        with self.lock:
            now = self.clock.now()
            due = sorted(each for each in self._later if each.due <= now)
            self._later = [each for each in self._later if each.due > now]
        for each in due:
            each.act()
        return len(due)

    @property
    def callbacks_sent(self) -> list[CallbackSent]:
        """Every call made to a receiver, with its answer, oldest first."""
        with self.lock:
            return list(self._sent)

    @property
    def callbacks_held(self) -> list[CallbackCall]:
        """The calls that `posting.hold` keeps, in order."""
        with self.lock:
            return list(self._held)

    # --- for the vendor

    def do_later(self, seconds: float, act: Callable[[], None]) -> None:
        """Does something once the vendor's clock has moved on that far, outside the lock, by `tick`."""
        with self.lock:
            self._turn += 1
            self._later.append(_Later(self.clock.now() + timedelta(seconds=seconds), self._turn, act))

    def hand_out(self, calls: list[CallbackCall], times: int | None = None, late_s: float | None = None) -> None:
        """Makes calls as `posting` says; `times` and `late_s` go before it. Not with `lock` held."""
        wait = self.posting.late_s if late_s is None else late_s
        for call in calls * (self.posting.times if times is None else times):
            with self.lock:
                if self.posting.hold:
                    self._held.append(call)
                    continue
                if wait > 0:
                    self._attempt_later(wait, call, 1)
                    continue
            self._attempt(call)

    # --- inside

    def _attempt_later(self, seconds: float, call: CallbackCall, attempt: int) -> None:
        self.do_later(seconds, lambda: self._attempt(call, attempt))

    def _attempt(self, call: CallbackCall, attempt: int = 1) -> None:
        sent = self._call(call)
        with self.lock:
            self.answered(sent)
            again = self.retry_after_s(sent, attempt)
            if again is not None:
                self._attempt_later(again, call, attempt + 1)

    def _call(self, call: CallbackCall) -> CallbackSent:
        # Outside the lock: the receiver may well ask the vendor before it answers.
        with self._calling:
            ready = self.tamper(call) if self.tamper else call
            sent = post(ready, dict(self.routes), self.posting.timeout_s)
            with self.lock:
                self._sent.append(sent)
            return sent
