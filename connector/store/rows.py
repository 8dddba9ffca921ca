"""The tables. Rows never leave this package; `ledger.py` and its neighbours turn them into domain records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

#: every constraint has a name, so that migrations can speak of it on both databases
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """Aware UTC times on every database; SQLite alone would hand them back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Hand out UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(SQLModel):
    """Base of all tables, with a metadata of its own."""

    metadata = MetaData(naming_convention=NAMES)


def _utc(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Utc, nullable=nullable))


def _text(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Text, nullable=nullable))


def _where(condition: str) -> dict[str, Any]:
    """Make an index hold only the rows that a query asks for, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: SQLite would give the number of a deleted row to the next one, and other rows still speak of it
_NEVER_AGAIN = {"sqlite_autoincrement": True}


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
        _NEVER_AGAIN,
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
    started_at: datetime = _utc()
    automatic: bool
    asked: str | None = None
    job_override: str | None = None
    job_id: str | None = None
    person: str | None = None
    claim: str | None = None
    remote_id: str | None = None
    attempts: int = 0
    priority: int
    due_at: datetime | None = _utc(nullable=True)
    doubt_at: datetime | None = _utc(nullable=True)
    sequence: str = ""
    #: a prepared write: method, path and key as JSON, and the exact bytes that it stands for
    prepared: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    #: the text message that it sends or copies
    message: int | None = None
    #: keyed hash of the person's number
    phone: str | None = None
    created_at: datetime = _utc()
    updated_at: datetime = _utc()


class EventRow(Table, table=True):
    """One transition. Only ever appended."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_action", "action_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    action_id: int
    at: datetime = _utc()
    state: str
    reason: str
    note: str = ""


class FeedRow(Table, table=True):
    """How far a company's feed has been read."""

    __tablename__ = "feed"

    company: str = Field(primary_key=True)
    cursor: str | None = None
    #: from when conversations count, pinned at the first reading
    since: datetime | None = _utc(nullable=True)
    #: when a feed was opened at its tail, by the source's clock
    opened_at: datetime | None = _utc(nullable=True)
    #: the first batch has been let through
    confirmed: bool = False


class FlowRow(Table, table=True):
    """How a flow of a company fares."""

    __tablename__ = "flow"

    company: str = Field(primary_key=True)
    flow: str = Field(primary_key=True)
    last_success_at: datetime | None = _utc(nullable=True)
    last_run_at: datetime | None = _utc(nullable=True)
    last_error: str | None = None


class PauseRow(Table, table=True):
    """A platform of a company that is left alone for a while."""

    __tablename__ = "pause"

    company: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    reason: str
    what: str
    since: datetime = _utc()
    until: datetime = _utc()
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
    updated_at: datetime = _utc()
    closes_at: datetime | None = _utc(nullable=True)


class ListingRow(Table, table=True):
    """An entry of the source's list of jobs, as it was written or read there last."""

    __tablename__ = "listing"

    company: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    version: str
    updated_at: datetime = _utc()
    #: when we wrote it; None: found there
    published_at: datetime | None = _utc(nullable=True)


class BrakeRow(Table, table=True):
    """Withdrawals that are held back until somebody confirms them or further readings agree."""

    __tablename__ = "brake"

    company: str = Field(primary_key=True)
    why: str
    since: datetime = _utc()
    #: the jobs to be withdrawn, comma-joined
    jobs: str = Field(sa_column=Column(Text, nullable=False))
    #: how many entries there were
    listed: int
    agreed: int = 0
    agreed_at: datetime = _utc()
    let_through: bool = False


class LinkWarningRow(Table, table=True):
    """Something about a linked job that its next candidate would run into."""

    __tablename__ = "link_warning"

    company: str = Field(primary_key=True)
    position_id: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    since: datetime = _utc()


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
    at: datetime = _utc()
    #: False: rows may be missing
    finished: bool = True


class ForgottenRow(Table, table=True):
    """A person who was erased on request: the keyed hash that keeps them from being sent again."""

    __tablename__ = "forgotten"

    company: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    at: datetime = _utc()


class AuditRow(Table, table=True):
    """What the last audit of a company came to; `domain.audits.AuditCounts` says what each column means."""

    __tablename__ = "audit"

    company: str = Field(primary_key=True)
    at: datetime = _utc()
    expected: int
    present: int
    missing: int
    doubled: int
    drifted: int
    deleted: int
    unrecorded: int


class MessageRow(Table, table=True):
    """A text message, in or out; `domain.texts.Message` says what each column means."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("company", "provider", "account", "remote_id"),
        UniqueConstraint("intent"),
        UniqueConstraint("key"),
        CheckConstraint("direction IN ('in','out')", name="direction"),
        CheckConstraint("delivery IN ('pending','queued','sent','delivered','failed','cancelled')", name="delivery"),
        Index("ix_message_theirs", "company", "theirs", "at"),
        Index("ix_message_application", "company", "application"),
        Index("ix_message_direction", "company", "direction", "at"),
        Index("ix_message_number", "company", "number"),
        Index("ix_message_remote", "company", "provider", "remote_id"),
        # replies that nobody has looked at, and messages that are to be asked about: what every idle poll asks
        Index("ix_message_new", "company", "at", **_where("how = 'new'")),
        Index("ix_message_look", "company", "next_look", **_where("next_look IS NOT NULL")),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    direction: str
    provider: str
    account: str
    remote_id: str | None = None
    intent: str | None = None
    #: of what we send: recording the same again changes nothing
    key: str | None = None
    ours: str
    theirs: str
    #: dialling code of `theirs` with its plus; empty: none could be read
    country: str = ""
    #: keyed hash of the sender's number
    number: str | None = None
    text: str = _text()
    #: links and types, as JSON
    media: str = _text()
    at: datetime = _utc()
    at_exact: bool
    delivery: str
    how: str
    application: int | None = None
    template: str | None = None
    opt: str | None = None
    answers: str | None = None
    segments: int = 0
    rank: int = 0
    sequence: int | None = None
    code: str | None = None
    words: str | None = _text(nullable=True)
    #: a decimal, as text: SQLite has none
    price: str | None = None
    currency: str | None = None
    by: str | None = None
    read_at: datetime | None = _utc(nullable=True)
    created_at: datetime = _utc()
    text_lost: bool = False
    #: when to ask for its status; None: not any more
    next_look: datetime | None = _utc(nullable=True)


class SuppressionRow(Table, table=True):
    """An opt-out of a number; one that was lifted stays as its own history."""

    __tablename__ = "suppression"
    __table_args__ = (
        Index("uq_suppression_company", "company", "number", unique=True, **_where("lifted_at IS NULL")),
        Index("ix_suppression_number", "company", "number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    number: str
    since: datetime = _utc()
    why: str
    provider: str
    lifted_at: datetime | None = _utc(nullable=True)


class SegmentRow(Table, table=True):
    """One line of the segment balance. Only ever appended; holds nothing personal."""

    __tablename__ = "segment_line"
    __table_args__ = (
        Index("uq_segment_line_message", "message", "what", unique=True, **_where("what <> 'correction'")),
        Index("ix_segment_line_message", "message"),
        Index("ix_segment_line_company", "company", "id"),
        Index("ix_segment_line_what", "company", "what"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    message: int | None = None
    at: datetime = _utc()
    what: str
    segments: int
    left: int


class ReplyCursorRow(Table, table=True):
    """Up to when the replies to a number of ours have been read completely."""

    __tablename__ = "reply_cursor"

    company: str = Field(primary_key=True)
    provider: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    at: datetime = _utc()


class CallbackRow(Table, table=True):
    """A call of a vendor's, as it came; the secret in its path is not kept."""

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("company", "digest"),
        Index("ix_callback_open", "company", "id", **_where("done_at IS NULL")),
        Index("ix_callback_error", "company", "id", **_where("error IS NOT NULL")),
        Index("ix_callback_received", "company", "received_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    provider: str
    what: str
    method: str
    url: str = _text()
    #: as JSON
    headers: str = _text()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: of what makes two calls the very same
    digest: str
    received_at: datetime = _utc()
    attempts: int = 0
    done_at: datetime | None = _utc(nullable=True)
    error: str | None = _text(nullable=True)


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
