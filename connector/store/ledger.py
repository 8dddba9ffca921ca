"""The effect ledger: what was intended, what came of it, and every step between. The heart of the promise."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, case, func, insert, literal, not_, or_, select, update

from connector.domain.actions import ABOUT_TEXTS, Change, Item, Kind, NewAction, State
from connector.domain.keeping import Group
from connector.domain.model import Priority
from connector.domain.texts import Delivery
from connector.store.engine import Database
from connector.store.erasing import MESSAGE, erase_about
from connector.store.items import pack, to_item
from connector.store.rows import ActionRow, EventRow

ACTION = ActionRow.__table__  # type: ignore[attr-defined]
EVENT = EventRow.__table__  # type: ignore[attr-defined]

_ITEM_COLUMNS = [ACTION.c[field.name] for field in dataclasses.fields(Item)]

#: reasons of a closed action that tell of an erased person
ERASED = ("candidate_erased", "forgotten")

#: what a change may set beside state, reason, note and due_at; None leaves the column as it is
_OPTIONAL = ("job_id", "person", "remote_id", "doubt_at", "attempts", "priority", "phone")

#: somebody asked for it by hand since it was read: it must not rest before that has been looked at
_ASKED_SINCE = and_(
    bindparam("b_rests", type_=Boolean),
    ACTION.c.asked.is_distinct_from(bindparam("b_asked", type_=ACTION.c.asked.type)),
)

_UPDATE = (
    update(ACTION)
    .where(ACTION.c.id == bindparam("row"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        note=bindparam("b_note"),
        due_at=case(
            (_ASKED_SINCE, bindparam("b_updated_at", type_=ACTION.c.due_at.type)),
            else_=bindparam("b_due_at", type_=ACTION.c.due_at.type),
        ),
        updated_at=bindparam("b_updated_at", type_=ACTION.c.updated_at.type),
        **{
            name: func.coalesce(bindparam(f"b_{name}", type_=ACTION.c[name].type), ACTION.c[name]) for name in _OPTIONAL
        },
    )
)
#: what an action that follows from another one takes over from it
_INHERITED = (
    *("company", "start_id", "conversation_id", "candidate_id", "position_id", "position_title", "linked_job"),
    *("started_at", "automatic", "asked", "job_id", "person", "priority"),
)
#: what runs of their own look after: the mirror of the list of jobs, text messages
_APART = (Kind.LISTING, *ABOUT_TEXTS)
#: what other polls look after: that, and starts that the brake may hold
_BY_POLL = or_(
    and_(ACTION.c.kind == Kind.APPLICATION, ACTION.c.state == State.PLANNED, ACTION.c.asked.is_(None)),
    ACTION.c.kind.in_(_APART),
)
#: a message surely has not left that is called off from here
_NOT_LEFT = (State.PLANNED, State.WAITING, State.PARKED)
_MINE = ACTION.c.company == bindparam("mine")
_NEXT_DUE = (
    select(ACTION.c.due_at)
    .where(_MINE, ACTION.c.due_at.is_not(None), not_(_BY_POLL))
    .order_by(ACTION.c.due_at)
    .limit(1)
)
_ANY_DUE = (
    select(1)
    .where(_MINE, ACTION.c.due_at <= bindparam("now", type_=ACTION.c.due_at.type), ACTION.c.kind.not_in(_APART))
    .limit(1)
)
#: starts that agree in these wait for the same thing
_GROUPED = ("state", "reason", "position_id", "job_id", "job_override")
_RELEASE = update(ACTION).where(ACTION.c.id == bindparam("row")).values(claim=None)
_ADD, _NOTE = insert(ACTION), insert(EVENT)


class Ledger:
    """Reads and moves actions. Every method is one transaction; none is held across a call to a platform."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(
        self, company: str, kind: Kind, now: datetime, limit: int, priorities: Iterable[Priority] = Priority
    ) -> list[Item]:
        """Return up to `limit` actions that are due, most urgent first."""
        found: list[Item] = []
        with self._database.read() as connection:
            # one range of the index a priority: the cost does not grow with what is not due
            for priority in sorted(priorities):
                query = (
                    select(*_ITEM_COLUMNS)
                    .where(ACTION.c.company == company, ACTION.c.kind == kind, ACTION.c.priority == priority)
                    .where(ACTION.c.due_at <= now)
                    .order_by(ACTION.c.due_at, ACTION.c.id)
                    .limit(limit - len(found))
                )
                found += [to_item(row) for row in connection.execute(query)]
                if len(found) >= limit:
                    break
        return found

    def next_due(self, company: str) -> datetime | None:
        """Return when something falls due next by a clock; None: nothing does.

        Starts that are planned and that nobody asked for are left out: the brake may hold them; a poll comes.
        """
        with self._database.read() as connection:
            found: datetime | None = connection.execute(_NEXT_DUE, {"mine": company}).scalar()
        return found

    def any_due(self, company: str, now: datetime) -> bool:
        """Return whether anything is due, of whatever kind but those with runs of their own: one cheap look."""
        with self._database.read() as connection:
            return connection.execute(_ANY_DUE, {"mine": company, "now": now}).first() is not None

    def items(self, ids: Iterable[int]) -> list[Item]:
        """Return actions as they stand now, in the order of their ids."""
        return self._select(ACTION.c.id.in_(list(ids)))

    def of_start(self, company: str, start_id: str) -> list[Item]:
        """Return all actions that concern a start."""
        return self._select(ACTION.c.company == company, ACTION.c.start_id == start_id)

    def of_starts(self, company: str, start_ids: Iterable[str]) -> list[Item]:
        """Return all actions that concern any of these starts, in the order of their ids."""
        return self._select(ACTION.c.company == company, ACTION.c.start_id.in_(list(start_ids)))

    def starts(self, company: str, after: int, limit: int) -> list[Item]:
        """Return up to `limit` starts behind an id, in the order of their ids: the whole ledger, piece by piece."""
        return self._select(ACTION.c.company == company, _is_start(), ACTION.c.id > after, limit=limit)

    def of_conversation(self, company: str, conversation_id: str) -> list[Item]:
        """Return all actions that concern a conversation."""
        return self._select(ACTION.c.company == company, ACTION.c.conversation_id == conversation_id)

    def of_person(self, company: str, person: str) -> list[Item]:
        """Return all actions that concern a person."""
        return self._select(ACTION.c.company == company, ACTION.c.person == person)

    def in_states(self, company: str, states: Sequence[State], limit: int = 1000) -> list[Item]:
        """Return actions by state, newest first."""
        return self._select(ACTION.c.company == company, ACTION.c.state.in_(states), newest=True, limit=limit)

    def waiting_groups(self, company: str) -> list[Group]:
        """Return what parked and quarantined starts wait for, counted."""
        about = [ACTION.c[name] for name in _GROUPED]
        query = select(*about, func.count()).where(ACTION.c.company == company, _is_stuck()).group_by(*about)
        with self._database.read() as connection:
            return [Group(State(row.state), *tuple(row)[1:]) for row in connection.execute(query)]

    def release(self, company: str, group: Group, reason: str) -> int:
        """Take up again all starts of a group; returns how many."""
        about = [ACTION.c[name].is_not_distinct_from(getattr(group, name)) for name in _GROUPED]
        conditions = (*about, _is_start())
        return self._move_all(company, conditions, State.PLANNED, reason, datetime.now(UTC))

    def hold_back(self, company: str, reason: str) -> int:
        """Park every start that is planned and that nobody asked for; returns how many."""
        conditions = (ACTION.c.state == State.PLANNED, ACTION.c.asked.is_(None), _is_start())
        return self._move_all(company, conditions, State.PARKED, reason, None)

    def unidentified(self, company: str, limit: int) -> list[Item]:
        """Return starts that rest or wait and whose person is not known yet, newest first."""
        return self._select(
            ACTION.c.company == company,
            _is_start(),
            ACTION.c.state.in_([State.PARKED, State.WAITING, State.PLANNED, State.UNKNOWN]),
            ACTION.c.person.is_(None),
            ACTION.c.reason != "no_email",
            newest=True,
            limit=limit,
        )

    def holder(self, claim: str) -> Item | None:
        """Return who holds the exclusive right to a (company, person, job)."""
        found = self._select(ACTION.c.claim == claim)
        return found[0] if found else None

    def counts(self, company: str) -> dict[str, int]:
        """Return how many starts stand in each state; every state is a key."""
        with self._database.read() as connection:
            query = (
                select(ACTION.c.state, func.count())
                .where(ACTION.c.company == company, ACTION.c.kind == Kind.APPLICATION)
                .group_by(ACTION.c.state)
            )
            found = {state: int(number) for state, number in connection.execute(query)}
        return {state.value: found.get(state.value, 0) for state in State}

    def history(self, ids: Sequence[int]) -> dict[int, list[tuple[datetime, str, str, str]]]:
        """Return each action's transitions, oldest first: time, state, reason, note."""
        events: dict[int, list[tuple[datetime, str, str, str]]] = {number: [] for number in ids}
        with self._database.read() as connection:
            query = (
                select(EVENT.c.action_id, EVENT.c.at, EVENT.c.state, EVENT.c.reason, EVENT.c.note)
                .where(EVENT.c.action_id.in_(list(ids)))
                .order_by(EVENT.c.id)
            )
            for number, at, state, reason, note in connection.execute(query):
                events[number].append((at, state, reason, note))
        return events

    def claim(self, wanted: Sequence[tuple[Change, str]]) -> tuple[list[int], list[int]]:
        """Write intents: move each item to its change's state and take its exclusive right, if it is free.

        One transaction. Returns the ids that got the right and those that did not (somebody else holds it); the
        latter are left as they were. The rights are unique in the database: no two processes can hold one.
        """
        with self._database.write() as connection:
            keys = [key for _, key in wanted]
            query = select(ACTION.c.claim, ACTION.c.id).where(ACTION.c.claim.in_(keys))
            held: dict[str, int] = dict(tuple(row) for row in connection.execute(query))
            got: list[tuple[Change, str]] = []
            for change, key in wanted:
                if held.setdefault(key, change.item.id) == change.item.id:
                    got.append((change, key))
            if got:
                write_changes(connection, [change for change, _ in got])
                take = update(ACTION).where(ACTION.c.id == bindparam("row")).values(claim=bindparam("b_claim"))
                connection.execute(take, [{"row": change.item.id, "b_claim": key} for change, key in got])
        taken = {change.item.id for change, _ in got}
        return sorted(taken), [change.item.id for change, _ in wanted if change.item.id not in taken]

    def move(self, changes: Sequence[Change]) -> None:
        """Write transitions with their history and what follows from them, in one transaction.

        What sends or copies a text message is moved only from where the caller saw it: a `retry` that read it before
        it was taken up would have it sent twice.
        """
        if not changes:
            return
        with self._database.write() as connection:
            write_changes(connection, _not_overtaken(connection, changes))

    def _move_all(
        self, company: str, conditions: tuple[Any, ...], state: State, reason: str, due_at: datetime | None
    ) -> int:
        """Move many rows alike without reading them; each still gets its line of history."""
        now = datetime.now(UTC)
        mine = (ACTION.c.company == company, *conditions)
        values = {"state": state, "reason": reason, "note": "", "due_at": due_at, "attempts": 0, "updated_at": now}
        columns = [ACTION.c.id, literal(now, EVENT.c.at.type), literal(state.value), literal(reason), literal("")]
        with self._database.write() as connection:
            names = ["action_id", "at", "state", "reason", "note"]
            connection.execute(insert(EVENT).from_select(names, select(*columns).where(*mine)))
            return int(connection.execute(update(ACTION).where(*mine).values(values)).rowcount)

    def _select(self, *conditions: Any, newest: bool = False, limit: int | None = None) -> list[Item]:
        query = select(*_ITEM_COLUMNS).where(*conditions)
        query = query.order_by(ACTION.c.id.desc() if newest else ACTION.c.id).limit(limit)
        with self._database.read() as connection:
            return [to_item(row) for row in connection.execute(query)]


def _is_start() -> Any:
    return ACTION.c.kind == Kind.APPLICATION


def _is_stuck() -> Any:
    return and_(_is_start(), ACTION.c.state.in_([State.PARKED, State.QUARANTINED]))


def _not_overtaken(connection: Any, changes: Sequence[Change]) -> Sequence[Change]:
    ids = [change.item.id for change in changes if change.item.kind in ABOUT_TEXTS]
    if not ids:
        return changes
    query = select(ACTION.c.id, ACTION.c.state).where(ACTION.c.id.in_(ids)).order_by(ACTION.c.id).with_for_update()
    stand: dict[int, str] = dict(tuple(row) for row in connection.execute(query))
    return [c for c in changes if c.item.kind not in ABOUT_TEXTS or stand.get(c.item.id) == c.item.state]


def write_changes(connection: Any, changes: Sequence[Change]) -> None:
    """Write transitions with their history and what follows from them."""
    if not changes:
        return
    now = datetime.now(UTC)
    connection.execute(_UPDATE, [_values(change, now) for change in changes])
    released = [{"row": change.item.id} for change in changes if change.release]
    if released:
        connection.execute(_RELEASE, released)
    for change in changes:
        if change.state is State.CLOSED and change.reason in ERASED:
            _scrub(connection, change.item)
    called_off = [c.item.message for c in changes if c.state is State.CLOSED and c.item.state in _NOT_LEFT]
    if any(called_off):
        pending = and_(MESSAGE.c.id.in_([n for n in called_off if n]), MESSAGE.c.delivery == Delivery.PENDING)
        connection.execute(update(MESSAGE).where(pending).values(delivery=Delivery.CANCELLED))
    # looking again and finding the same is no transition, and would fill the history with itself
    moved = [c for c in changes if (c.state, c.reason, c.note) != (c.item.state, c.item.reason, c.item.note)]
    notes = [_event(c.item.id, c.state, c.reason, c.note, now) for c in moved]
    notes += _recorded(connection, [(change.item, new) for change in changes for new in change.then], now)
    if notes:
        connection.execute(_NOTE, notes)


def _scrub(connection: Any, item: Item) -> None:
    """Drop what is held about a person who was erased, from all their actions; what happened when stays."""
    if not item.candidate_id:
        return
    theirs = and_(ACTION.c.company == item.company, ACTION.c.candidate_id == item.candidate_id)
    ids = list(connection.execute(select(ACTION.c.id).where(theirs)).scalars())
    erase_about(connection, item.company, ids)
    notes = EVENT.c.action_id.in_(select(ACTION.c.id).where(theirs))
    connection.execute(update(EVENT).where(notes).values(note=""))
    connection.execute(update(ACTION).where(theirs).values(candidate_id="", person=None, note=""))


def follow(connection: Any, wanted: Sequence[tuple[Item, NewAction]], now: datetime) -> None:
    """Record actions that follow from others; a key that is there already is left alone."""
    notes = _recorded(connection, wanted, now)
    if notes:
        connection.execute(_NOTE, notes)


def _recorded(connection: Any, wanted: Sequence[tuple[Item, NewAction]], now: datetime) -> list[dict[str, Any]]:
    """Record actions that follow from others; returns the first line of each one's history."""
    notes: list[dict[str, Any]] = []
    if not wanted:
        return notes
    query = select(ACTION.c.key).where(ACTION.c.key.in_([new.key for _, new in wanted]))
    there = set(connection.execute(query).scalars())
    for parent, new in wanted:
        if new.key in there:
            continue
        there.add(new.key)
        row = connection.execute(_ADD, following(parent, new, now))
        number = row.inserted_primary_key[0]
        notes.append(_event(number, State.PLANNED, "recorded", new.note, now))
    return notes


def _values(change: Change, now: datetime) -> dict[str, Any]:
    optional = {f"b_{name}": getattr(change, name) for name in _OPTIONAL}
    return {
        "row": change.item.id,
        "b_state": change.state,
        "b_reason": change.reason,
        "b_note": change.note,
        "b_due_at": change.due_at,
        "b_updated_at": now,
        "b_rests": change.state in (State.PARKED, State.QUARANTINED),
        "b_asked": change.item.asked,
        **optional,
    }


def _event(number: int, state: str, reason: str, note: str, now: datetime) -> dict[str, Any]:
    return {"action_id": number, "at": now, "state": state, "reason": reason, "note": note}


def following(parent: Item, new: NewAction, now: datetime) -> dict[str, Any]:
    """Return the row of an action that follows from another one."""
    return {
        **{name: getattr(parent, name) for name in _INHERITED},
        "key": new.key,
        "kind": new.kind,
        "state": State.PLANNED,
        "reason": "recorded",
        "note": new.note,
        "remote_id": new.remote_id,
        "prepared": pack(new.prepared),
        "message": new.message,
        "attempts": 0,
        "due_at": new.due_at or now,
        "created_at": now,
        "updated_at": now,
    }
