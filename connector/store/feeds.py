"""How far each company's feed has been read. The cursor moves in the transaction that records what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.actions import Kind, State
from connector.domain.model import BadRow, ConversationStart, Priority
from connector.store.engine import Database
from connector.store.ledger import ACTION, EVENT
from connector.store.rows import FeedRow

FEED = FeedRow.__table__  # type: ignore[attr-defined]

#: states from which a request by hand takes a start up again
_STILL = [State.PLANNED, State.WAITING, State.PARKED, State.QUARANTINED]

# made once: every poll asks it several times, and building a statement costs more than running it
_CURSOR = select(FEED.c.cursor, FEED.c.since, FEED.c.confirmed).where(FEED.c.company == bindparam("mine"))
_ADVANCE = (
    update(FEED)
    .where(FEED.c.company == bindparam("mine"), FEED.c.cursor.is_not_distinct_from(bindparam("before")))
    .values(cursor=bindparam("after"))
)


class Feeds:
    """Cursors, and the rows that they stand behind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cursor(self, company: str) -> tuple[str | None, datetime | None, bool]:
        """Return the cursor (None: nothing read yet), the pinned first reading, and whether the first batch passed."""
        with self._database.read() as connection:
            row = connection.execute(_CURSOR, {"mine": company}).first()
        return (row[0], row[1], bool(row[2])) if row else (None, None, False)

    def open(self, company: str, cursor: str | None, since: datetime, opened_at: datetime | None = None) -> None:
        """Pin what the first reading means. A second call changes nothing."""
        with self._database.write() as connection:
            values = {"company": company, "cursor": cursor, "since": since, "opened_at": opened_at, "confirmed": False}
            connection.execute(self._upsert(FEED).values(values).on_conflict_do_nothing())

    def began(self, company: str) -> datetime | None:
        """Return from when starts are in the ledger, by the source's clock; None: nothing has been read yet."""
        query = select(func.coalesce(FEED.c.opened_at, FEED.c.since)).where(FEED.c.company == company)
        with self._database.read() as connection:
            began: datetime | None = connection.execute(query).scalar()
        return began

    def confirm(self, company: str) -> None:
        """Note that the first batch has been let through."""
        with self._database.write() as connection:
            connection.execute(update(FEED).where(FEED.c.company == company).values(confirmed=True))

    def restart(self, company: str, expired: str | None) -> None:
        """Forget a cursor that the source no longer knows; what was seen stays seen.

        Rows from before the first reading come by now, which began at the tail: from then on the moment counts.
        """
        with self._database.write() as connection:
            same = FEED.c.cursor.is_(None) if expired is None else FEED.c.cursor == expired
            since = func.coalesce(FEED.c.opened_at, FEED.c.since)
            connection.execute(update(FEED).where(FEED.c.company == company, same).values(cursor=None, since=since))

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
        """Record rows and, with `moved` (from, to), the cursor, in one transaction. Twice is harmless.

        Returns how many starts were new, and whether the cursor was still where the caller had read it; if it was
        not, another process is reading too and the caller stops its walk. `asked` marks every row as asked for by
        hand; otherwise a row says so itself.
        """
        now = datetime.now(UTC)
        with self._database.write() as connection:
            # two readers of one feed take turns here; the one that comes second finds the cursor moved
            if not self._database.is_sqlite:
                connection.execute(select(FEED.c.company).where(FEED.c.company == company).with_for_update())
            if moved is not None and not self._advance(connection, company, *moved):
                return 0, False
            if not starts and not bad:
                return 0, True
            ids = [start.id for start in starts] + [row.id for row in bad]
            there = _known(connection, company, ids)
            fresh: dict[str, dict[str, Any]] = {}
            for start in starts:
                by = asked or ("source" if start.manual else None)
                if start.id not in there and start.id not in fresh:
                    fresh[start.id] = _start_row(company, start, by, now) | {"job_override": job_override}
                elif start.id in fresh:
                    fresh[start.id]["asked"] = fresh[start.id]["asked"] or by
                if start.id in there and _is_unreadable(there[start.id]):
                    _mend(connection, there[start.id], start, now)
                if start.id in there and by:
                    _ask(connection, there[start.id], by, start, job_override, now)
            for row in bad:
                if row.id not in there and row.id not in fresh:
                    fresh[row.id] = _bad_row(company, row, now)
            for values in fresh.values():
                if values["asked"] not in (None, "backfill") and values["state"] == State.PLANNED:
                    values["priority"] = Priority.MANUAL
            if fresh:
                _insert(connection, list(fresh.values()), now)
        return len(fresh), True

    def ask_parked(self, company: str, reasons: Sequence[str], since: datetime) -> int:
        """Ask, as a backfill, for what is parked for these reasons and started since a moment; returns how many."""
        now = datetime.now(UTC)
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.APPLICATION, ACTION.c.state == State.PARKED)
        which = (*mine, ACTION.c.reason.in_(list(reasons)), ACTION.c.started_at >= since)
        asked = {"asked": "backfill", "priority": Priority.BACKFILL, "due_at": now, "attempts": 0, "updated_at": now}
        words = [literal(text) for text in (State.PLANNED.value, "asked", "by backfill")]
        with self._database.write() as connection:
            line = select(ACTION.c.id, literal(now, EVENT.c.at.type), *words).where(*which)
            connection.execute(insert(EVENT).from_select(["action_id", "at", "state", "reason", "note"], line))
            moved = update(ACTION).where(*which).values(state=State.PLANNED, reason="asked", note="", **asked)
            return int(connection.execute(moved).rowcount)

    def backfilled(self, company: str, since: datetime) -> dict[str, int]:
        """Return where those that a backfill has asked for stand: how many in each state; every state is a key."""
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.APPLICATION, ACTION.c.asked == "backfill")
        query = select(ACTION.c.state, func.count()).where(*mine, ACTION.c.started_at >= since)
        with self._database.read() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query.group_by(ACTION.c.state))}
        return {state.value: found.get(state.value, 0) for state in State}

    def _advance(self, connection: Connection, company: str, before: str | None, after: str) -> bool:
        done = connection.execute(_ADVANCE, {"mine": company, "before": before, "after": after})
        return bool(done.rowcount)

    def _upsert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _known(connection: Connection, company: str, ids: Sequence[str]) -> dict[str, Any]:
    columns = [ACTION.c[name] for name in ("id", "start_id", "state", "asked", "sequence", "candidate_id")]
    query = select(*columns).where(
        ACTION.c.company == company, ACTION.c.kind == Kind.APPLICATION, ACTION.c.start_id.in_(ids)
    )
    # locked, so that what is read here still stands when `_ask` writes: a row that is being sent is left alone
    query = query.with_for_update()
    return {row.start_id: row for row in connection.execute(query)}


def _is_unreadable(known: Any) -> bool:
    return bool(known.state == State.QUARANTINED and not known.candidate_id)


def _mend(connection: Connection, known: Any, start: ConversationStart, now: datetime) -> None:
    """Take up a start whose row could not be read before, now that it can be."""
    fields = ("conversation_id", "candidate_id", "position_id", "position_title", "linked_job")
    values: dict[str, Any] = {name: getattr(start, name) for name in (*fields, "started_at", "automatic", "sequence")}
    values |= {"state": State.PLANNED, "reason": "released", "note": "", "due_at": now, "updated_at": now}
    event = {"action_id": known.id, "at": now, "state": State.PLANNED, "reason": "released", "note": ""}
    connection.execute(insert(EVENT), [event])
    connection.execute(update(ACTION).where(ACTION.c.id == known.id).values(values))


def _ask(connection: Connection, known: Any, by: str, start: ConversationStart, job: str | None, now: datetime) -> None:
    """Take a start up again because somebody asked for it; the same row of the feed read twice asks once."""
    if by == "source" and start.sequence and start.sequence <= known.sequence:
        return
    values: dict[str, Any] = {"asked": by, "priority": Priority.BACKFILL if by == "backfill" else Priority.MANUAL}
    if start.sequence:
        values["sequence"] = start.sequence
    if start.linked_job:
        values["linked_job"] = start.linked_job
    if by == "send":
        values["job_override"] = job
    if known.state in _STILL or (known.state == State.CLOSED and by == "send"):
        values |= {"state": State.PLANNED, "reason": "asked", "due_at": now, "attempts": 0, "updated_at": now}
        event = {"action_id": known.id, "at": now, "state": State.PLANNED, "reason": "asked", "note": f"by {by}"}
        connection.execute(insert(EVENT), [event])
    connection.execute(update(ACTION).where(ACTION.c.id == known.id).values(values))


def _insert(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> None:
    connection.execute(insert(ACTION), rows)
    query = select(ACTION.c.id, ACTION.c.state, ACTION.c.reason, ACTION.c.note).where(
        ACTION.c.key.in_([row["key"] for row in rows])
    )
    events = [
        {"action_id": row.id, "at": now, "state": row.state, "reason": row.reason, "note": row.note}
        for row in connection.execute(query)
    ]
    connection.execute(insert(EVENT), events)


def _start_row(company: str, start: ConversationStart, asked: str | None, now: datetime) -> dict[str, Any]:
    return {
        "company": company,
        "key": f"{company}:{Kind.APPLICATION}:{start.id}",
        "kind": Kind.APPLICATION,
        "state": State.PLANNED,
        "reason": "recorded",
        "note": "",
        "start_id": start.id,
        "conversation_id": start.conversation_id,
        "candidate_id": start.candidate_id,
        "position_id": start.position_id,
        "position_title": start.position_title,
        "linked_job": start.linked_job,
        "started_at": start.started_at,
        "automatic": start.automatic,
        "asked": asked,
        "attempts": 0,
        "priority": Priority.BACKFILL if asked == "backfill" else Priority.NEW,
        "due_at": now,
        "sequence": start.sequence,
        "created_at": now,
        "updated_at": now,
    }


def _bad_row(company: str, row: BadRow, now: datetime) -> dict[str, Any]:
    """Record a row that cannot be read as a named fault."""
    unknown = ConversationStart(row.id, "", row.conversation_id or "", "", "", "", None, now, False, False)
    values = _start_row(company, unknown, None, now)
    values |= {"state": State.QUARANTINED, "reason": "wire_error", "note": row.what, "due_at": None}
    return values | {"job_override": None}
