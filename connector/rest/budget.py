"""The rate budget: how many calls may go to a platform, shared by every process that calls it.

The platform counts calls in sliding windows (`120 in 60 s and 240 in 480 s`) and answers 429 beyond. This module
counts the same way, a little more strictly, so that a 429 is not provoked in the first place:

- A call is booked *before* it leaves and counted by the platform some time *later*. If no call takes longer than
  `margin` from booking to being counted, then `count` bookings in any `window + margin` cannot become `count + 1`
  arrivals in a `window`. So every window is made longer by the margin: the lease (below) and 5 % of the window, at
  most 2 s, for the way.
- Priorities are shares, not queues, so that they work across processes that do not know of each other. Every call
  counts in the same windows, but a less urgent one may fill them only up to its share: MANUAL 100 %, NEW 95 %,
  SMS 90 %, LISTINGS 85 %, BACKFILL 60 %, AUDIT 50 %, never less than one call. However long a backfill runs, 40 %
  of each window stays free for the others; while nobody else calls, the rest is left unused on purpose.
- Busy processes book a few permits at once (a twelfth of the smallest window, at most 20) to spare the ledger, and
  use them within a lease of at most 0.25 s. What is left over goes back with the next
  booking. Whoever calls rarely books one.
- Time is the wall clock, because processes have no other clock in common. If it jumps back, the whole record moves
  back with it: the spacing of the calls stays right, and nobody waits for the hour to pass again.
"""

from __future__ import annotations

import itertools
import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from connector.domain.errors import RateLimited
from connector.domain.model import Priority

#: how much of every window each priority may fill
SHARES = {
    Priority.MANUAL: 1.0,
    Priority.NEW: 0.95,
    Priority.SMS: 0.90,
    Priority.LISTINGS: 0.85,
    Priority.BACKFILL: 0.60,
    Priority.AUDIT: 0.50,
}

Windows = tuple[tuple[int, float], ...]

_LARGEST_BLOCK = 20
_LONGEST_LEASE_S = 0.25
_LONGEST_WAY_S = 2.0
#: clocks of threads and processes on one machine differ by less
_TOLERANCE_S = 1.0
#: longest pause before the ledger is asked again: somebody may have given permits back
_LONGEST_NAP_S = 1.0


@dataclass(frozen=True)
class BudgetState:
    """What the ledger keeps for a scope."""

    #: wall-clock seconds of the booked calls, oldest first
    stamps: tuple[float, ...] = ()
    #: nobody calls before this moment
    not_before: float = 0.0
    #: the clock when this was written: shows that it has jumped back since
    seen: float = 0.0

    def to_json(self) -> str:
        """Return the state as text for a column."""
        # bookings come in blocks, so the moments repeat: each stands there once, with its number
        stamps = [(at, len(tuple(same))) for at, same in itertools.groupby(self.stamps)]
        return json.dumps({"stamps": stamps, "not_before": self.not_before, "seen": self.seen})

    @classmethod
    def from_json(cls, text: str | None) -> BudgetState:
        """Read what `to_json` wrote. Nothing, or something unreadable, is an empty state: a budget must not stop us."""
        try:
            row: dict[str, Any] = json.loads(text or "{}")
            stamps = tuple(sorted(stamp for at, count in row.get("stamps", ()) for stamp in [float(at)] * count))
            return cls(stamps, float(row.get("not_before", 0.0)), float(row.get("seen", 0.0)))
        except (ValueError, TypeError, AttributeError):
            return cls()


def calls_left(state: BudgetState, count: int, seconds: float, now: float) -> int:
    """Return how many calls a window has free for the most urgent, as the platform counts; none while it says wait."""
    if now < state.not_before:
        return 0
    return max(0, count - sum(now - seconds < stamp <= now for stamp in state.stamps))


class BudgetLedger(Protocol):
    """Where budgets are kept. The store implements it on the database."""

    def update(self, scope: str, change: Callable[[BudgetState], BudgetState]) -> BudgetState:
        """Replace the scope's state by `change(state)` and return it; nobody else's change comes in between.

        A scope that is not there yet has the empty state. `change` is pure and may be called again on a conflict.
        """
        ...


class MemoryLedger:
    """A ledger for one process."""

    def __init__(self) -> None:
        self._states: dict[str, BudgetState] = {}
        self._lock = threading.Lock()

    def update(self, scope: str, change: Callable[[BudgetState], BudgetState]) -> BudgetState:
        """Change the state under a lock."""
        with self._lock:
            state = self._states[scope] = change(self._states.get(scope, BudgetState()))
            return state


@dataclass
class _Lease:
    """Permits that this process has booked and not used yet."""

    left: int
    booked_at: float
    until: float


@dataclass(frozen=True)
class _Booking:
    granted: int
    wait_s: float


class Budget:
    """Lets calls go, one `acquire` each. For any number of threads and processes on one ledger."""

    def __init__(
        self,
        ledger: BudgetLedger,
        scope: str,
        windows: Windows,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """`windows` are (calls, seconds), all of them valid at once; none means no limit.

        Give a stop event's `wait` as `sleep`: when it returns True, the wait is given up.
        """
        if any(count < 1 or seconds <= 0 for count, seconds in windows):
            raise ValueError("a window needs at least one call and a length")
        self._ledger, self._scope, self._clock, self._sleep = ledger, scope, clock, sleep
        shortest = min((seconds for _, seconds in windows), default=math.inf)
        self._lease_s = min(_LONGEST_LEASE_S, shortest / 20)
        way = {seconds: min(_LONGEST_WAY_S, seconds / 20) for _, seconds in windows}
        self._windows = tuple((count, seconds + self._lease_s + way[seconds]) for count, seconds in windows)
        self._memory_s = max((seconds for _, seconds in self._windows), default=0.0)
        self._block = max(1, min(_LARGEST_BLOCK, min((count for count, _ in windows), default=12) // 12))
        self._leases: dict[Priority, _Lease] = {}
        self._last_acquired = -math.inf
        self._lock = threading.Lock()

    def acquire(self, priority: Priority = Priority.NEW, wait_s: float = 0.0) -> None:
        """Return when one call may go, which must then go at once.

        Raises RateLimited (without a status) when that will not be within `wait_s`; its `retry_after_s` says when.
        """
        started = self._clock()
        waited = 0.0
        while (pause := self._try(priority)) > 0:
            if pause > wait_s - waited:
                raise self._exhausted(pause)
            nap = min(pause, _LONGEST_NAP_S)
            if self._sleep(nap):
                raise self._exhausted(pause)
            # The clock may jump meanwhile; what we slept for counts at least.
            waited = max(waited + nap, min(self._clock() - started, wait_s))

    def penalise(self, retry_after_s: float) -> None:
        """Let nobody call for so many seconds: the platform said 429. A longer penalty stays. Twice is safe."""
        with self._lock:
            self._leases.clear()
            now = self._clock()

            def change(state: BudgetState) -> BudgetState:
                state = self._current(state, now)
                return BudgetState(state.stamps, max(state.not_before, now + retry_after_s), now)

            self._ledger.update(self._scope, change)

    def _exhausted(self, pause: float) -> RateLimited:
        return RateLimited(self._scope, "rate budget", "no call is free yet", None, pause)

    def _try(self, priority: Priority) -> float:
        """Take a permit and return 0, or return the seconds until one may be free."""
        with self._lock:
            now = self._clock()
            hurry = 0 <= now - self._last_acquired < self._lease_s
            if self._take_leased(priority, now):
                self._last_acquired = now
                return 0.0
            booking = self._book(priority, now, self._block if hurry else 1)
            if not booking.granted:
                return max(booking.wait_s, 0.001)
            self._last_acquired = now
            if booking.granted > 1:
                self._leases[priority] = _Lease(booking.granted - 1, now, now + self._lease_s)
            return 0.0

    def _take_leased(self, priority: Priority, now: float) -> bool:
        """Use a permit that was booked for this or a less urgent priority: such a one is within our share too."""
        for booked_for, lease in self._leases.items():
            if booked_for >= priority and lease.left and lease.booked_at <= now < lease.until:
                lease.left -= 1
                return True
        return False

    def _book(self, priority: Priority, now: float, wanted: int) -> _Booking:
        returned = {
            booked_for: lease for booked_for, lease in self._leases.items() if not lease.booked_at <= now < lease.until
        }
        if priority in self._leases:
            returned[priority] = self._leases[priority]
        outcome = _Booking(0, 0.0)

        def change(state: BudgetState) -> BudgetState:
            nonlocal outcome
            state = self._current(state, now)
            stamps = list(state.stamps)
            for lease in returned.values():
                for _ in range(min(lease.left, stamps.count(lease.booked_at))):
                    stamps.remove(lease.booked_at)
            outcome = self._decide(stamps, state.not_before, priority, now, wanted)
            stamps.extend([now] * outcome.granted)
            return BudgetState(tuple(sorted(stamps)), state.not_before, now)

        self._ledger.update(self._scope, change)
        for booked_for in returned:
            del self._leases[booked_for]
        return outcome

    def _current(self, state: BudgetState, now: float) -> BudgetState:
        """Forget what no window remembers, and move the record back if the clock has jumped back."""
        jump = state.seen - now
        stamps, not_before = state.stamps, state.not_before
        if jump > _TOLERANCE_S:
            stamps = tuple(min(stamp - jump, now) for stamp in stamps)
            not_before -= jump
        return BudgetState(tuple(stamp for stamp in stamps if stamp > now - self._memory_s), not_before, now)

    def _decide(self, stamps: list[float], not_before: float, priority: Priority, now: float, wanted: int) -> _Booking:
        if now < not_before:
            return _Booking(0, not_before - now)
        granted, wait_s = wanted, 0.0
        for count, seconds in self._windows:
            limit = max(1, math.floor(count * SHARES[priority]))
            inside = [stamp for stamp in stamps if stamp > now - seconds]
            granted = min(granted, limit - len(inside))
            if len(inside) >= limit:
                # Room comes when all but limit - 1 of them have left the window.
                wait_s = max(wait_s, inside[len(inside) - limit] + seconds - now)
        return _Booking(max(0, granted), wait_s)
