"""The tables. Rows never leave this package; `ledger.py` and its neighbours turn them into domain records."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from connector.store.tables import NEVER_AGAIN, Table, utc

_STATES = "'planned','attempting','unknown','waiting','parked','quarantined','done','closed'"


class ActionRow(Table, table=True):
    """One action; `domain.actions.Item` says what each column means."""

    __tablename__ = "action"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("claim"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        # the work list: what is due, most urgent first; rows that are due by no clock cost nothing here
        Index("ix_action_due", "company", "kind", "priority", "due_at"),
        # whether anything is due at all, and when the next thing is: what every idle poll asks
        Index(
            "ix_action_clock",
            "company",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # holds all that is asked about what waits for what, so that a long backlog is counted without reading its rows
        Index("ix_action_reason", "company", "state", "kind", "reason", "position_id", "job_id", "job_override"),
        Index("ix_action_person", "company", "person"),
        Index("ix_action_conversation", "company", "conversation_id"),
        Index("ix_action_start", "company", "start_id", "kind"),
        Index("ix_action_phone", "company", "phone"),
        Index("ix_action_message", "message"),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    key: str
    kind: str
    state: str
    reason: str
    note: str = ""
    start_id: str
    conversation_id: str
    candidate_id: str
    position_id: str
    position_title: str
    linked_job: str | None = None
    started_at: datetime = utc()
    automatic: bool
    asked: str | None = None
    job_override: str | None = None
    job_id: str | None = None
    person: str | None = None
    claim: str | None = None
    remote_id: str | None = None
    attempts: int = 0
    priority: int
    due_at: datetime | None = utc(nullable=True)
    doubt_at: datetime | None = utc(nullable=True)
    sequence: str = ""
    #: a prepared write: method, path and key as JSON, and the exact bytes that it stands for
    prepared: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    #: the text message that it sends or copies
    message: int | None = None
    #: keyed hash of the person's number
    phone: str | None = None
    created_at: datetime = utc()
    updated_at: datetime = utc()


class EventRow(Table, table=True):
    """One transition. Only ever appended."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_action", "action_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    action_id: int
    at: datetime = utc()
    state: str
    reason: str
    note: str = ""


class FeedRow(Table, table=True):
    """How far a company's feed has been read."""

    __tablename__ = "feed"

    company: str = Field(primary_key=True)
    cursor: str | None = None
    #: from when conversations count, pinned at the first reading
    since: datetime | None = utc(nullable=True)
    #: when a feed was opened at its tail, by the source's clock
    opened_at: datetime | None = utc(nullable=True)
    #: the first batch has been let through
    confirmed: bool = False


class FlowRow(Table, table=True):
    """How a flow of a company fares."""

    __tablename__ = "flow"

    company: str = Field(primary_key=True)
    flow: str = Field(primary_key=True)
    last_success_at: datetime | None = utc(nullable=True)
    last_run_at: datetime | None = utc(nullable=True)
    last_error: str | None = None


class PauseRow(Table, table=True):
    """A platform of a company that is left alone for a while."""

    __tablename__ = "pause"

    company: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    reason: str
    what: str
    since: datetime = utc()
    until: datetime = utc()
    count: int
    fingerprint: str = ""


class JobRow(Table, table=True):
    """A job as it was read last, as far as forwarding needs it."""

    __tablename__ = "job"

    company: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    title: str
    status: str
    visibility: str
    requires_phone: bool
    requires_cv: bool
    requires_summary: bool
    conceals: bool
    applied_stages: str
    asks_address: bool = False


class AdvertRow(Table, table=True):
    """An open job as it is to be listed at the source, as it was read last."""

    __tablename__ = "advert"

    company: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    #: digest of what a reader sees
    version: str
    title: str
    description_html: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    location: str | None = None
    department: str | None = None
    employment_type: str | None = None
    url: str | None = None
    updated_at: datetime = utc()
    closes_at: datetime | None = utc(nullable=True)


class ListingRow(Table, table=True):
    """An entry of the source's list of jobs, as it was written or read there last."""

    __tablename__ = "listing"

    company: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    version: str
    updated_at: datetime = utc()
    #: when we wrote it; None: found there
    published_at: datetime | None = utc(nullable=True)


class BrakeRow(Table, table=True):
    """Withdrawals that are held back until somebody confirms them or further readings agree."""

    __tablename__ = "brake"

    company: str = Field(primary_key=True)
    why: str
    since: datetime = utc()
    #: the jobs to be withdrawn, comma-joined
    jobs: str = Field(sa_column=Column(Text, nullable=False))
    #: how many entries there were
    listed: int
    agreed: int = 0
    agreed_at: datetime = utc()
    let_through: bool = False


class LinkWarningRow(Table, table=True):
    """Something about a linked job that its next candidate would run into."""

    __tablename__ = "link_warning"

    company: str = Field(primary_key=True)
    position_id: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    since: datetime = utc()


class PositionRow(Table, table=True):
    """A position as it was read last."""

    __tablename__ = "position"

    company: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    title: str
    status: str
    linked_job: str | None = None


class ReadingRow(Table, table=True):
    """When a whole list was read last."""

    __tablename__ = "reading"

    company: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    at: datetime = utc()
    #: False: rows may be missing
    finished: bool = True


class ForgottenRow(Table, table=True):
    """A person who was erased on request: the keyed hash that keeps them from being sent again."""

    __tablename__ = "forgotten"

    company: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    at: datetime = utc()


class AuditRow(Table, table=True):
    """What the last audit of a company came to; `domain.audits.AuditCounts` says what each column means."""

    __tablename__ = "audit"

    company: str = Field(primary_key=True)
    at: datetime = utc()
    expected: int
    present: int
    missing: int
    doubled: int
    drifted: int
    deleted: int
    unrecorded: int


class BudgetRow(Table, table=True):
    """The calls made lately against one limit, shared by all processes."""

    __tablename__ = "budget"

    scope: str = Field(primary_key=True)
    state: str


class SettingRow(Table, table=True):
    """Small facts about this database itself, such as the secret of the keyed hashes."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True)
    value: str
