"""Records about the list of jobs at the source: what should stand there, what does, and what holds changes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.errors import SuspiciousChange
from connector.domain.model import Prepared


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
