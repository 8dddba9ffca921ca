"""How far the source's calls can be relied on, and how often it is polled because of that.

A call is a hint to poll. While what polls find has been announced by calls, polls without one are rare; what was not
announced, or a long silence, brings them back to their configured pace. So lost calls cost time and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: "poll every 30 s without webhooks, every 5 min with them" (docs/contracts/cord.openapi.yaml, "Rate limits")
RARELY_S = 300.0
#: calls that have not come for so long may not come any more
QUIET_S = 86_400.0


@dataclass
class Hints:
    """What one company's source has announced to this process. `hear` is for any thread, the rest for the run's."""

    #: between two polls as configured; those that are nearest to every `RARELY_S` read
    every_s: float = 0.0
    #: calls so far, and when the last one came
    heard: int = 0
    heard_at: datetime | None = None
    #: the last thing that was new had been announced
    relied_on: bool = False
    #: when the last reading began, and how many calls there had been by then, and by the one before
    read_at: datetime | None = None
    _heard_then: int = 0
    _heard_before: int = 0

    def hear(self, now: datetime) -> None:
        """Note a genuine call."""
        self.heard_at = now
        self.heard += 1

    def is_due(self, now: datetime) -> bool:
        """Return whether the source is to be read by a poll at this moment."""
        if not self.relied_on or self.is_quiet(now) or self.read_at is None or self.heard != self._heard_then:
            return True
        # a clock that was set back must not let anybody wait
        return not 0.0 <= (now - self.read_at).total_seconds() < RARELY_S - self.every_s / 2

    def is_quiet(self, now: datetime) -> bool:
        """Return whether no call has come for long."""
        return self.heard_at is None or (now - self.heard_at).total_seconds() > QUIET_S

    def begin(self) -> int:
        """Return the number of calls by now, for `end`."""
        return self.heard

    def end(self, began_at: datetime, heard_then: int, found: int) -> bool:
        """Note a reading that came to its end and found so many new starts; returns whether that changes the pace.

        A call that came during the reading before this one may have been about what only this one saw.
        """
        self._heard_before, self._heard_then, self.read_at = self._heard_then, heard_then, began_at
        before = self.relied_on
        if found:
            self.relied_on = self.heard > self._heard_before
        elif self.is_quiet(began_at):
            self.relied_on = False
        return self.relied_on != before
