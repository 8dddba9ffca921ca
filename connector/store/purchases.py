"""Numbers and sub-accounts that are bought: an action for each, written before anything is asked of the vendor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from connector.domain.actions import Item, Kind, State
from connector.domain.model import Priority
from connector.store.engine import Database
from connector.store.items import to_item
from connector.store.ledger import ACTION, EVENT

_ITEM = [ACTION.c[name] for name in Item.__dataclass_fields__]
_OVER = (State.DONE, State.CLOSED)


class PurchaseStore:
    """One transaction a method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, company: str, what: str, now: datetime) -> Item:
        """Write the intent to buy `what`: `account`, or a number in E.164.

        It is never due by itself: whoever runs the command again settles it.
        """
        with self._database.write() as connection:
            made: Any = connection.execute(insert(ACTION).values(_intent(company, what, now)))
            number = made.inserted_primary_key[0]
            note = {"action_id": number, "at": now, "state": State.ATTEMPTING, "reason": "buy", "note": what}
            connection.execute(insert(EVENT).values(note))
            return to_item(connection.execute(select(*_ITEM).where(ACTION.c.id == number)).one())

    def open(self, company: str) -> list[Item]:
        """Return purchases that have not come to an end, oldest first."""
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.PURCHASE, ACTION.c.state.not_in(_OVER))
        with self._database.read() as connection:
            return [to_item(row) for row in connection.execute(select(*_ITEM).where(*mine).order_by(ACTION.c.id))]


def _intent(company: str, what: str, now: datetime) -> dict[str, Any]:
    empty = ("start_id", "conversation_id", "candidate_id", "position_id", "position_title")
    return {
        **dict.fromkeys(empty, ""),
        "company": company,
        "key": f"{company}:{Kind.PURCHASE}:{what}:{now:%Y%m%dT%H%M%S.%f}",
        "kind": Kind.PURCHASE,
        "state": State.ATTEMPTING,
        "reason": "buy",
        "note": what,
        "started_at": now,
        "automatic": False,
        "attempts": 0,
        "priority": Priority.MANUAL,
        "due_at": None,
        "created_at": now,
        "updated_at": now,
    }
