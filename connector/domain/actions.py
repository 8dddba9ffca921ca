"""What is to be done, where it stands, and how it moves: the vocabulary of the ledger."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.model import Prepared, Priority


class State(enum.StrEnum):
    """Where an action stands. `architecture.md` draws the arrows."""

    PLANNED = "planned"
    ATTEMPTING = "attempting"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    PARKED = "parked"
    QUARANTINED = "quarantined"
    DONE = "done"
    CLOSED = "closed"


class Kind(enum.StrEnum):
    """What an action does."""

    #: create the application of a started conversation
    APPLICATION = "application"
    #: add what is new about a person who is already there
    DETAILS = "details"
    #: tell the source what became of a start
    REPORT = "report"
    #: add, change or remove a job in the source's list of jobs to link to
    LISTING = "listing"
    #: tell the source which job a position is tied to
    LINK = "link"
    #: send a text message
    MESSAGE = "message"
    #: copy a reply to the application at the ATS
    COMMENT = "comment"
    #: copy a reply to the conversation at the source
    REPLY = "reply"
    #: buy a number for text messages, or make a sub-account for it
    PURCHASE = "purchase"


#: the kinds of actions that are about a text message
ABOUT_TEXTS = (Kind.MESSAGE, Kind.COMMENT, Kind.REPLY)


@dataclass(frozen=True)
class Item:
    """One row of the ledger: an action, what it is about, and where it stands."""

    id: int
    company: str
    #: stable and unique, e.g. `harbourline:application:cs_9f31`
    key: str
    kind: Kind
    state: State
    reason: str
    note: str
    start_id: str
    conversation_id: str
    #: the person's id at the source
    candidate_id: str
    position_id: str
    position_title: str
    #: the source's own link when the start was written
    linked_job: str | None
    started_at: datetime
    #: the source's automatic switch was on at the start
    automatic: bool
    #: who asked by hand: `source`, `send`, `backfill`; None: nobody
    asked: str | None
    #: the job named by `send --job`
    job_override: str | None
    #: the job it was last planned for
    job_id: str | None
    #: keyed hash of the case-folded address; None until it is known
    person: str | None
    #: the exclusive right to the (company, person, job); unique while held
    claim: str | None
    remote_id: str | None
    attempts: int
    priority: Priority
    due_at: datetime | None
    #: when the outcome became unknown
    doubt_at: datetime | None
    prepared: Prepared | None = None
    updated_at: datetime | None = None
    #: the text message that it sends or copies
    message: int | None = None

    @property
    def shown_key(self) -> str:
        """The key that people see: by person and job once the application is this action's own."""
        return self.claim or self.key


@dataclass(frozen=True)
class Change:
    """One transition: written to the row and to the history in one transaction.

    Fields left at None keep their value, except `due_at`, which is always set: None means "not due by itself".
    """

    item: Item
    state: State
    reason: str
    note: str = ""
    due_at: datetime | None = None
    job_id: str | None = None
    person: str | None = None
    remote_id: str | None = None
    doubt_at: datetime | None = None
    attempts: int | None = None
    priority: Priority | None = None
    #: keyed hash of the person's number in E.164
    phone: str | None = None
    #: give up the exclusive right
    release: bool = False
    #: actions that follow from this one, recorded in the same transaction
    then: tuple[NewAction, ...] = ()


@dataclass(frozen=True)
class NewAction:
    """An action that follows from another one. Recording the same key twice changes nothing."""

    key: str
    kind: Kind
    prepared: Prepared | None = None
    remote_id: str | None = None
    note: str = ""
    message: int | None = None
    #: not before this; None: at once
    due_at: datetime | None = None


@dataclass(frozen=True)
class Pause:
    """A platform of one company that is left alone for a while."""

    company: str
    platform: str
    #: reason code, e.g. `key_refused`
    reason: str
    #: in an administrator's words; redacted
    what: str
    since: datetime
    #: no call before this
    until: datetime
    #: failures in a row
    count: int
    #: of the key that was refused; another key ends the pause at once
    fingerprint: str = ""


@dataclass
class Tally:
    """What one run did, for the log and the tests; where everybody stands is in the ledger."""

    #: starts that were new
    read: int = 0
    #: reports that the source took
    reported: int = 0
    #: starts held back by `max_new_per_run`
    held_back: int = 0
    #: failures of whole platforms, in words
    problems: list[str] = field(default_factory=list)
