"""What an audit came to, in numbers: kept for `status`, `/metrics` and the next night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class AuditCounts:
    """One audit of a company. An application counts once, whatever the number of conversations that led to it."""

    #: when it began; aware, UTC
    at: datetime
    #: applications that ought to be there: `present` and `missing` together
    expected: int
    present: int
    missing: int
    #: of those present: there more than once
    doubled: int
    #: of those present: on another job, or without the CV that was sent
    drifted: int
    #: were there, and a recruiter has deleted them; not expected any more
    deleted: int = 0
    #: of those present: the ledger does not know them
    unrecorded: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.missing or self.doubled or self.drifted)
