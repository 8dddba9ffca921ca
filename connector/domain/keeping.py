"""What the flows need from our own database. `store/` implements these on SQLite and PostgreSQL.

Every method is one transaction and none is held across a call to a platform. All of them raise StoreError when the
database refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.actions import Change, Item, Kind, Pause, State
from connector.domain.audits import AuditCounts
from connector.domain.links import NewLink
from connector.domain.listings import LinkWarning
from connector.domain.model import (
    BadRow,
    ConversationStart,
    Job,
    JobList,
    Position,
    Priority,
)


@dataclass(frozen=True)
class Group:
    """Starts that wait for the same thing."""

    state: State
    reason: str
    position_id: str
    #: the job they were last planned for
    job_id: str | None
    #: the job that was named by hand
    job_override: str | None
    number: int


class Actions(Protocol):
    """The effect ledger."""

    def due(
        self, company: str, kind: Kind, now: datetime, limit: int, priorities: Iterable[Priority] = Priority
    ) -> list[Item]:
        """Return up to `limit` actions that are due, most urgent first."""
        ...

    def next_due(self, company: str) -> datetime | None:
        """Return when something falls due next; None: nothing is due by itself. Text messages have `Texts.next_due`."""
        ...

    def any_due(self, company: str, now: datetime) -> bool:
        """Return whether anything is due, of whatever kind but those with runs of their own."""
        ...

    def items(self, ids: Iterable[int]) -> list[Item]:
        """Return actions as they stand now, by id."""
        ...

    def of_start(self, company: str, start_id: str) -> list[Item]:
        """Return all actions that concern a start."""
        ...

    def of_starts(self, company: str, start_ids: Iterable[str]) -> list[Item]:
        """Return all actions that concern any of these starts, in the order of their ids."""
        ...

    def starts(self, company: str, after: int, limit: int) -> list[Item]:
        """Return up to `limit` starts behind an id, in the order of their ids: the whole ledger, piece by piece."""
        ...

    def of_conversation(self, company: str, conversation_id: str) -> list[Item]:
        """Return all actions that concern a conversation."""
        ...

    def of_person(self, company: str, person: str) -> list[Item]:
        """Return all actions that concern a person, by keyed hash."""
        ...

    def in_states(self, company: str, states: Sequence[State], limit: int = 1000) -> list[Item]:
        """Return actions by state, newest first."""
        ...

    def waiting_groups(self, company: str) -> list[Group]:
        """Return what parked and quarantined starts wait for, counted."""
        ...

    def release(self, company: str, group: Group, reason: str) -> int:
        """Take up again all starts of a group; returns how many."""
        ...

    def hold_back(self, company: str, reason: str) -> int:
        """Park every start that is planned and that nobody asked for; returns how many."""
        ...

    def unidentified(self, company: str, limit: int) -> list[Item]:
        """Return parked starts whose person is not known yet, newest first."""
        ...

    def holder(self, claim: str) -> Item | None:
        """Return who holds the exclusive right to a (company, person, job)."""
        ...

    def counts(self, company: str) -> dict[str, int]:
        """Return how many starts stand in each state; every state is a key."""
        ...

    def history(self, ids: Sequence[int]) -> dict[int, list[tuple[datetime, str, str, str]]]:
        """Return each action's transitions, oldest first: time, state, reason, note."""
        ...

    def claim(self, wanted: Sequence[tuple[Change, str]]) -> tuple[list[int], list[int]]:
        """Write intents with their exclusive rights; returns the ids that got theirs, and those that did not."""
        ...

    def move(self, changes: Sequence[Change]) -> None:
        """Write transitions, their history, and what follows from them.

        What sends or copies a text message is moved only from where the caller saw it.
        """
        ...


class Feed(Protocol):
    """Cursors, and the rows that they stand behind."""

    def cursor(self, company: str) -> tuple[str | None, datetime | None, bool]:
        """Return the cursor, the pinned first reading (None: not read yet), and whether the first batch passed."""
        ...

    def open(self, company: str, cursor: str | None, since: datetime, opened_at: datetime | None = None) -> None:
        """Pin what the first reading means; a second call changes nothing."""
        ...

    def began(self, company: str) -> datetime | None:
        """Return from when starts are in the ledger, by the source's clock; None: nothing has been read yet."""
        ...

    def confirm(self, company: str) -> None:
        """Note that the first batch has been let through."""
        ...

    def restart(self, company: str, expired: str | None) -> None:
        """Forget a cursor that the source no longer knows; from then on, what started before `opened_at` waits."""
        ...

    def record(
        self,
        company: str,
        starts: Sequence[ConversationStart],
        bad: Sequence[BadRow] = (),
        *,
        moved: tuple[str | None, str] | None = None,
        asked: str | None = None,
        job_override: str | None = None,
    ) -> tuple[int, bool]:
        """Record rows and the cursor together; returns how many were new, and whether the cursor was still ours."""
        ...

    def ask_parked(self, company: str, reasons: Sequence[str], since: datetime) -> int:
        """Ask, as a backfill, for what is parked for these reasons and started since a moment; returns how many."""
        ...

    def backfilled(self, company: str, since: datetime) -> dict[str, int]:
        """Return where those that a backfill has asked for stand: how many in each state."""
        ...


class Memory(Protocol):
    """What was seen last at the platforms, pauses, and how the flows fare."""

    def jobs(self, company: str) -> tuple[dict[str, Job], datetime | None]:
        """Return the jobs as they were read last, and when."""
        ...

    def keep_jobs(self, company: str, jobs: Mapping[str, Job], at: datetime) -> None:
        """Replace the whole list."""
        ...

    def keep_job_list(self, company: str, read: JobList, at: datetime) -> tuple[list[str], list[str]]:
        """Replace jobs and adverts by a new reading; an unfinished one replaces only what it shows.

        A job whose row cannot be read stays as it was, with a fault beside it. Returns for which of them that has
        begun, and for which it is over.
        """
        ...

    def keep_warnings(self, company: str, warnings: Iterable[LinkWarning]) -> tuple[list[LinkWarning], ...]:
        """Replace the warnings about linked jobs; those that were there keep their beginning. Returns begun, ended."""
        ...

    def warnings(self, company: str) -> list[LinkWarning]:
        """Return the warnings about linked jobs, oldest first."""
        ...

    def keep_job(self, company: str, job_id: str, job: Job | None) -> None:
        """Replace one job; None: it is gone."""
        ...

    def positions(self, company: str) -> tuple[dict[str, Position], datetime | None]:
        """Return the positions as they were read last, and when."""
        ...

    def keep_positions(self, company: str, positions: Iterable[Position], at: datetime) -> None:
        """Replace the whole list."""
        ...

    def readings(self, company: str) -> dict[str, datetime]:
        """Return when each list was read last; a list that never was is left out."""
        ...

    def pause(self, company: str, platform: str) -> Pause | None:
        """Return a platform's pause; it may be over by the clock."""
        ...

    def keep_pause(self, pause: Pause) -> None:
        """Store or replace a pause."""
        ...

    def end_pause(self, company: str, platform: str) -> None:
        """Forget a pause."""
        ...

    def note_run(self, company: str, flow: str, at: datetime, error: str | None) -> None:
        """Note how a flow's run ended."""
        ...

    def runs(self, company: str) -> dict[str, tuple[datetime | None, datetime | None, str | None]]:
        """Return each flow's last success, last run, and the error of that run."""
        ...

    def keep_audit(self, company: str, counts: AuditCounts) -> None:
        """Store what an audit came to, in place of the one before."""
        ...

    def audit(self, company: str) -> AuditCounts | None:
        """Return what the last audit came to; None: there was none."""
        ...


class Privacy(Protocol):
    """Erasing people, and keeping no more than is needed."""

    def forget(self, company: str, person: str, *, completely: bool) -> int:
        """Delete everything about a person, by keyed hash; returns how many actions."""
        ...

    def forgotten(self, company: str, people: Iterable[str]) -> frozenset[str]:
        """Return which of these keyed hashes are of forgotten people."""
        ...

    def purge(self, company: str, states: Iterable[State], before: datetime) -> int:
        """Delete actions that have rested in these states since before a moment; returns how many."""
        ...

    def purge_history(self, company: str, before: datetime) -> int:
        """Delete old lines of history, but never the last one of an action; returns how many."""
        ...


class LinkWrites(Protocol):
    """What the source is told about links."""

    def begin(self, company: str, new: NewLink, now: datetime) -> Item:
        """Write the intent; earlier ones about the same position that have not come to an end are closed."""
        ...


class Locks(Protocol):
    """A lock a company, over threads and processes."""

    def hold(self, company: str, wait_s: float) -> AbstractContextManager[None]:
        """Hold the company's lock; raises Busy when somebody else has it for longer than that."""
        ...
