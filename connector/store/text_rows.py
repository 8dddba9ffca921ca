"""The tables of text messages. Rows never leave this package."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field

from connector.store.tables import NEVER_AGAIN, Table, long_text, only_where, utc

_HELD = "how IN ('unmatched', 'two_people', 'loop')"


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
        Index("ix_message_new", "company", "at", **only_where("how = 'new'")),
        Index("ix_message_look", "company", "next_look", **only_where("next_look IS NOT NULL")),
        # all that is counted at each scrape, so that no text is read for it
        Index("ix_message_figures", "company", "direction", "provider", "delivery", "how", "read_at"),
        # replies that were copied nowhere: what every look for faults asks
        Index(
            "ix_message_held",
            "company",
            "created_at",
            "how",
            **only_where("how IN ('unmatched', 'two_people', 'loop')"),
        ),
        NEVER_AGAIN,
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
    text: str = long_text()
    #: links and types, as JSON
    media: str = long_text()
    at: datetime = utc()
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
    words: str | None = long_text(nullable=True)
    #: a decimal, as text: SQLite has none
    price: str | None = None
    currency: str | None = None
    by: str | None = None
    read_at: datetime | None = utc(nullable=True)
    created_at: datetime = utc()
    text_lost: bool = False
    #: when to ask for its status; None: not any more
    next_look: datetime | None = utc(nullable=True)


class SuppressionRow(Table, table=True):
    """An opt-out of a number; one that was lifted stays as its own history."""

    __tablename__ = "suppression"
    __table_args__ = (
        Index("uq_suppression_company", "company", "number", unique=True, **only_where("lifted_at IS NULL")),
        Index("ix_suppression_number", "company", "number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    number: str
    since: datetime = utc()
    why: str
    provider: str
    lifted_at: datetime | None = utc(nullable=True)


class SegmentRow(Table, table=True):
    """One line of the segment balance. Only ever appended; holds nothing personal."""

    __tablename__ = "segment_line"
    __table_args__ = (
        Index("uq_segment_line_message", "message", "what", unique=True, **only_where("what <> 'correction'")),
        Index("ix_segment_line_message", "message"),
        Index("ix_segment_line_company", "company", "id"),
        Index("ix_segment_line_what", "company", "what"),
        NEVER_AGAIN,
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    message: int | None = None
    at: datetime = utc()
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
    at: datetime = utc()


class CallbackRow(Table, table=True):
    """A call of a vendor's, as it came; the secret in its path is not kept."""

    __tablename__ = "callback"
    __table_args__ = (
        UniqueConstraint("company", "digest"),
        Index("ix_callback_open", "company", "id", **only_where("done_at IS NULL")),
        Index("ix_callback_error", "company", "id", **only_where("error IS NOT NULL")),
        Index("ix_callback_received", "company", "received_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company: str
    provider: str
    what: str
    method: str
    url: str = long_text()
    #: as JSON
    headers: str = long_text()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: of what makes two calls the very same
    digest: str
    received_at: datetime = utc()
    attempts: int = 0
    done_at: datetime | None = utc(nullable=True)
    error: str | None = long_text(nullable=True)
