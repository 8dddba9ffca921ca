"""What the source is told about links: an action for each write, the newest of a position overtaking the others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connector.domain.actions import Item, Kind, State
from connector.domain.links import NewLink
from connector.domain.model import Priority
from connector.store.engine import Database
from connector.store.items import pack, to_item
from connector.store.ledger import ACTION, EVENT

_ITEM = [ACTION.c[name] for name in Item.__dataclass_fields__]
_OVER = (State.DONE, State.CLOSED)


class LinkStore:
    """One transaction a method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, company: str, new: NewLink, now: datetime) -> Item:
        """Write the intent with the exact bytes that are to be sent.

        Earlier ones about the same position that have not come to an end are closed: sent late, they would undo this.
        """
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.LINK, ACTION.c.position_id == new.position_id)
        with self._database.write() as connection:
            open_ones = select(ACTION.c.id).where(*mine, ACTION.c.state.not_in(_OVER))
            for number in connection.execute(open_ones).scalars().all():
                values = {"state": State.CLOSED, "reason": "overtaken", "due_at": None, "updated_at": now}
                connection.execute(update(ACTION).where(ACTION.c.id == number).values(values))
                _note(connection, number, State.CLOSED, "overtaken", "", now)
            made: Any = connection.execute(insert(ACTION).values(_intent(company, new, now)))
            number = made.inserted_primary_key[0]
            _note(connection, number, State.ATTEMPTING, "send", new.origin, now)
            return to_item(connection.execute(select(*_ITEM).where(ACTION.c.id == number)).one())


def _intent(company: str, new: NewLink, now: datetime) -> dict[str, Any]:
    return {
        **dict.fromkeys(("start_id", "conversation_id", "candidate_id"), ""),
        "company": company,
        "key": f"{company}:{Kind.LINK}:{new.prepared.key.removeprefix('link:')}",
        "kind": Kind.LINK,
        "state": State.ATTEMPTING,
        "reason": "send",
        "note": new.origin,
        "position_id": new.position_id,
        "position_title": new.position_title,
        "job_id": new.job_id,
        "started_at": now,
        "automatic": True,
        "attempts": 0,
        "priority": Priority.MANUAL,
        "prepared": pack(new.prepared),
        # due at once: whoever finds it attempting under the lock has outlived its process
        "due_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _note(connection: Connection, number: int, state: State, reason: str, note: str, now: datetime) -> None:
    connection.execute(insert(EVENT).values(action_id=number, at=now, state=state, reason=reason, note=note))
