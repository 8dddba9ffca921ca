"""Erasing people, and keeping no more than is needed: what is forgotten, what is purged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.actions import State
from connector.store.engine import Database
from connector.store.erasing import erase_about
from connector.store.ledger import ACTION, EVENT
from connector.store.rows import ForgottenRow

FORGOTTEN = ForgottenRow.__table__  # type: ignore[attr-defined]

#: rows a transaction: a purge of years must not hold the writer's lock for long
_SLICE = 500


class Privacy:
    """Deletes rows for good. What stays of a forgotten person is a keyed hash, and not even that on request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget(self, company: str, person: str, *, completely: bool) -> int:
        """Delete everything about a person, their messages too; returns how many actions. Twice is harmless.

        `person` is the keyed hash. It is kept, alone, so that the person is never sent again; `completely` drops it.
        """
        about = (ACTION.c.company == company, ACTION.c.person == person)
        with self._database.write(texting=company) as connection:
            # other rows of the same people at the source, made before their address was known
            candidates = select(ACTION.c.candidate_id).where(*about, ACTION.c.candidate_id != "")
            theirs = ACTION.c.candidate_id.in_(candidates.scalar_subquery())
            query = select(ACTION.c.id).where(ACTION.c.company == company, (ACTION.c.person == person) | theirs)
            ids = list(connection.execute(query).scalars())
            erase_about(connection, company, ids, delete_actions=True)
            _delete(connection, ids)
            mine = (FORGOTTEN.c.company == company, FORGOTTEN.c.person == person)
            if completely:
                connection.execute(delete(FORGOTTEN).where(*mine))
            else:
                values = {"company": company, "person": person, "at": datetime.now(UTC)}
                connection.execute(self._upsert(FORGOTTEN).values(values).on_conflict_do_nothing())
        return len(ids)

    def forgotten(self, company: str, people: Iterable[str]) -> frozenset[str]:
        """Return which of these keyed hashes are of forgotten people."""
        with self._database.read() as connection:
            query = select(FORGOTTEN.c.person).where(
                FORGOTTEN.c.company == company, FORGOTTEN.c.person.in_(list(people))
            )
            return frozenset(connection.execute(query).scalars())

    def purge(self, company: str, states: Iterable[State], before: datetime) -> int:
        """Delete actions that have rested in these states since before a moment; returns how many.

        Those of messages go with their messages: without its action, a message would be recorded and sent again.
        """
        mine = (ACTION.c.company == company, ACTION.c.message.is_(None))
        query = (
            select(ACTION.c.id)
            .where(*mine, ACTION.c.state.in_(list(states)), ACTION.c.updated_at < before)
            .limit(_SLICE)
        )
        purged = 0
        while True:
            with self._database.write() as connection:
                ids = list(connection.execute(query).scalars())
                _delete(connection, ids)
            purged += len(ids)
            if len(ids) < _SLICE:
                return purged

    def purge_history(self, company: str, before: datetime) -> int:
        """Delete lines of history from before a moment, but never the last one of an action; returns how many."""
        later = EVENT.alias("later")
        newer = select(later.c.id).where(later.c.action_id == EVENT.c.action_id, later.c.id > EVENT.c.id).exists()
        mine = EVENT.c.action_id.in_(select(ACTION.c.id).where(ACTION.c.company == company))
        query = select(EVENT.c.id).where(mine, EVENT.c.at < before, newer).limit(_SLICE)
        purged = 0
        while True:
            with self._database.write() as connection:
                ids = list(connection.execute(query).scalars())
                connection.execute(delete(EVENT).where(EVENT.c.id.in_(ids)))
            purged += len(ids)
            if len(ids) < _SLICE:
                return purged

    def _upsert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


def _delete(connection: Connection, ids: list[int]) -> None:
    for first in range(0, len(ids), _SLICE):
        some = ids[first : first + _SLICE]
        connection.execute(delete(EVENT).where(EVENT.c.action_id.in_(some)))
        connection.execute(delete(ACTION).where(ACTION.c.id.in_(some)))
