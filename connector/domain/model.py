"""Records that the rules and flows speak of. Frozen; vendors' spellings stay in `platforms/`."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Priority(enum.IntEnum):
    """Who goes first when calls are scarce; lower is sooner."""

    MANUAL = 0
    NEW = 1
    SMS = 2
    LISTINGS = 3
    BACKFILL = 4
    AUDIT = 5


@dataclass(frozen=True)
class ConversationStart:
    """One (conversation, position) that has started at the source; the unit of work."""

    #: the source's id of the pair; names the unit of work for ever
    id: str
    #: place in the feed; text order is feed order
    sequence: str
    conversation_id: str
    candidate_id: str
    position_id: str
    position_title: str
    #: the job that the source's own link named when the row was written; None: not linked
    linked_job: str | None
    #: aware, UTC
    started_at: datetime
    #: the source's automatic switch was on at the start
    automatic: bool
    #: somebody pressed the manual control for it
    manual: bool


@dataclass(frozen=True)
class BadRow:
    """A feed row that cannot be read. It becomes a named fault instead of stopping the feed."""

    #: the source's id if one could be read, otherwise a digest of the row
    id: str
    #: the conversation, if one could be read: lets a retry ask the source again
    conversation_id: str | None
    #: what is wrong, redacted
    what: str


@dataclass(frozen=True)
class FeedPage:
    """One page of the feed, oldest change first."""

    starts: tuple[ConversationStart, ...]
    bad: tuple[BadRow, ...]
    #: opaque; store it and poll with it
    next_cursor: str
    has_more: bool


@dataclass(frozen=True)
class Position:
    """A position at the source."""

    id: str
    title: str
    status: str
    #: the job that the source's own link names
    linked_job: str | None


@dataclass(frozen=True)
class FileRef:
    """A file that the source holds."""

    filename: str
    content_type: str | None
    size: int | None


@dataclass(frozen=True)
class Candidate:
    """A person as the source knows them. Fetched late, never stored."""

    id: str
    first_name: str | None
    last_name: str | None
    full_name: str
    #: as written; None: no usable address
    email: str | None
    #: as written, E.164 or national
    phone: str | None
    linkedin_url: str | None
    headline: str | None
    cv: FileRef | None
    updated_at: datetime


@dataclass(frozen=True)
class DownloadedFile:
    """A file as it came, before anybody looked at it."""

    filename: str
    content: bytes
    #: what the server claimed
    content_type: str | None


@dataclass(frozen=True)
class CV:
    """A CV fit to be sent."""

    filename: str
    #: the true type, read off the bytes
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Job:
    """A job in the ATS, as far as forwarding needs it."""

    id: str
    title: str
    #: the ATS's own word; `open` is the only one that takes applications
    status: str
    visibility: str
    requires_phone: bool
    requires_cv: bool
    requires_summary: bool
    #: anonymised screening: rows come back concealed
    conceals: bool
    #: ids of the job's stages of the Applied kind
    applied_stages: tuple[str, ...] = ()
    #: its form asks for a postal address; whether it insists is known only from a refusal
    asks_address: bool = False

    @property
    def is_open(self) -> bool:
        return self.status == "open"


@dataclass(frozen=True)
class Listing:
    """A job as it stands in the source's list of jobs to link to."""

    job_id: str
    title: str
    #: `open` or `closed`
    status: str
    #: sanitised; None: no text at all
    description_html: str | None
    location: str | None
    department: str | None
    employment_type: str | None
    url: str | None
    #: the ATS's own time of the last change; aware, UTC
    updated_at: datetime

    @property
    def version(self) -> str:
        """A digest of all that a reader sees. The time of the change is not part of it."""
        seen = (self.title, self.status, self.description_html, self.location, self.department)
        text = json.dumps([*seen, self.employment_type, self.url], ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Advert:
    """An open job as it is to be listed, and until when."""

    listing: Listing
    #: aware, UTC: nobody may apply from then on; None: no deadline
    closes_at: datetime | None


#: how the stand-in for the id of a row begins where not even the id can be read
NAMELESS = "row-"


def may_be_among(job_id: str, unread: Iterable[str]) -> bool:
    """Return whether one of these unreadable rows may be about a job: a row without an id may be about any."""
    return any(row_id == job_id or row_id.startswith(NAMELESS) for row_id in unread)


@dataclass(frozen=True)
class JobList:
    """The whole list of jobs, from one reading."""

    #: every job of every status and visibility, by id
    jobs: Mapping[str, Job]
    #: the open ones of the visibilities asked for, by id; None: there, but its text cannot be read
    adverts: Mapping[str, Advert | None]
    #: False: rows may be missing, because the list moved while it was read or ended before its total
    finished: bool = True
    #: rows that cannot be read, by id: what is wrong with each. Their jobs are there
    unread: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.jobs)

    def may_hide(self, job_id: str) -> bool:
        """Return whether a job that is not among `jobs` may be one of the rows that cannot be read."""
        return may_be_among(job_id, self.unread)


@dataclass(frozen=True)
class Application:
    """An application as the ATS shows it."""

    id: str
    job_id: str
    #: the person's record in the ATS
    candidate_id: str
    #: our reference, if it is ours
    reference: str | None
    #: None when concealed or absent
    email: str | None
    phone: str | None
    linkedin_url: str | None
    concealed: bool
    stage_id: str | None
    #: `applied`, `review`, …; None when not asked for
    stage_kind: str | None = None
    #: None when not asked for
    has_cv: bool | None = None


@dataclass(frozen=True)
class NewApplication:
    """What the ATS is told about a person. Built by the rules; holds personal data, so it is never stored or logged."""

    job_id: str
    reference: str
    first_name: str
    last_name: str
    email: str
    #: E.164
    phone: str | None
    #: two letters, upper case; given with every phone
    phone_region: str | None
    linkedin_url: str | None
    summary: str | None
    source_label: str
    tag: str
    notify: bool
    #: an existing person to tie the application to
    candidate_id: str | None = None


@dataclass(frozen=True)
class Link:
    """A position tied to a job."""

    position_id: str
    job_id: str
    #: `file` (wins) or `source`
    origin: str
    #: False: this position is sent by hand only
    automatic: bool = True


@dataclass(frozen=True)
class Outcome:
    """What the source is told about a start."""

    #: `sent`, `duplicate`, `failed`, `skipped`
    outcome: str
    job_id: str | None
    application_id: str | None
    #: a stable word, e.g. `unlinked`
    code: str | None
    #: for a recruiter; no contact details
    message: str | None


@dataclass(frozen=True)
class Prepared:
    """A write to a platform that takes idempotency keys: made once, stored, resent byte for byte."""

    key: str
    method: str
    path: str
    body: bytes
