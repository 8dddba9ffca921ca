"""Records about the list of jobs at the source: what should stand there, what does, and what holds changes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.actions import Item
from connector.domain.errors import SuspiciousChange
from connector.domain.model import Advert, Listing, Prepared


@dataclass(frozen=True)
class Wanted:
    """An open job that is to be listed, without its text."""

    #: digest of what a reader sees
    version: str
    #: the ATS's own time of the last change
    updated_at: datetime
    #: nobody may apply from then on
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Reading:
    """The open jobs as the ATS showed them last."""

    wanted: Mapping[str, Wanted]
    #: False: rows may be missing
    finished: bool
    at: datetime


@dataclass(frozen=True)
class Entry:
    """An entry at the source, without its text."""

    version: str
    updated_at: datetime
    #: written by us, not merely found there
    ours: bool = True


@dataclass(frozen=True)
class Brake:
    """Withdrawals that are more than is believable, and how far they have been confirmed."""

    #: `share`, `empty` or `unfinished`
    why: str
    since: datetime
    jobs: frozenset[str]
    #: how many entries there were when it began
    listed: int
    #: further readings that said the same, each an hour after the one before
    agreed: int
    #: the reading that counted last
    agreed_at: datetime
    #: confirmed: these jobs may go
    let_through: bool = False


@dataclass(frozen=True)
class NewListing:
    """A write to the list that is about to be made."""

    job_id: str
    title: str
    #: what stands there once it is done; None: nothing
    entry: Entry | None
    prepared: Prepared


@dataclass(frozen=True)
class LinkWarning:
    """Something about a linked job that its next candidate would run into."""

    position_id: str
    job_id: str
    #: `job_gone`, `job_not_open`, `phone_required`, …
    code: str
    since: datetime


@dataclass
class ListingTally:
    """What one run of the mirror did."""

    #: entries added or replaced
    published: int = 0
    withdrawn: int = 0
    #: why withdrawals are held back, with the numbers; None: nothing is
    refused: SuspiciousChange | None = None


class Listings(Protocol):
    """What the mirror needs from our own database; as in `keeping.py`, every method is one transaction."""

    def reading(self, company: str) -> Reading | None:
        """Return the open jobs as they were read last; None: never."""
        ...

    def adverts(self, company: str, job_ids: Iterable[str]) -> dict[str, Advert]:
        """Return the texts of these jobs."""
        ...

    def listed(self, company: str) -> tuple[dict[str, Entry], datetime | None]:
        """Return the entries as they were written or read last, and when the list was last compared whole."""
        ...

    def keep_listed(self, company: str, found: Iterable[Listing], at: datetime) -> None:
        """Replace all entries by what stands at the source."""
        ...

    def compare_again(self, company: str) -> None:
        """Have the list compared whole by the next run."""
        ...

    def note_written(self, company: str, written: Mapping[str, Entry | None], at: datetime) -> None:
        """Record what was written; None: removed."""
        ...

    def begin(self, company: str, new: Sequence[NewListing], now: datetime) -> list[Item]:
        """Write intents; returns them as actions."""
        ...

    def fault(self, company: str, reason: str, note: str, now: datetime) -> None:
        """Record a fault of the whole list; one that stands open already only gets its words replaced."""
        ...

    def open_actions(self, company: str) -> list[Item]:
        """Return what is not done and not given up, oldest first."""
        ...

    def unread(self, company: str) -> set[str]:
        """Return the jobs whose rows could not be read last; a stand-in where a row shows no id."""
        ...

    def brake(self, company: str) -> Brake | None:
        """Return what is held back."""
        ...

    def keep_brake(self, company: str, brake: Brake | None) -> None:
        """Store, replace or (None) forget what is held back."""
        ...
