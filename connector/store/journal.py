"""The history of everything, newest first: each line a transition, with the action that it is about."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from connector.domain.actions import Item
from connector.store.engine import Database
from connector.store.items import to_item
from connector.store.ledger import ACTION, EVENT

_ITEM = [ACTION.c[field.name] for field in dataclasses.fields(Item)]


@dataclasses.dataclass(frozen=True)
class Line:
    """One transition."""

    at: datetime
    state: str
    reason: str
    note: str
    #: the action as it stands now
    item: Item


class Journal:
    """Reads over companies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(
        self,
        companies: Sequence[str],
        limit: int,
        *,
        since: datetime | None = None,
        kinds: Sequence[str] = (),
        states: Sequence[str] = (),
        reasons: Sequence[str] = (),
    ) -> list[Line]:
        """Return the newest transitions, newest first; empty filters let everything through."""
        query = (
            select(EVENT.c.action_id, EVENT.c.at, EVENT.c.state, EVENT.c.reason, EVENT.c.note)
            .join(ACTION, ACTION.c.id == EVENT.c.action_id)
            .where(ACTION.c.company.in_(list(companies)))
            .order_by(EVENT.c.id.desc())
            .limit(limit)
        )
        chosen = ((ACTION.c.kind, kinds), (EVENT.c.state, states), (EVENT.c.reason, reasons))
        for column, values in chosen:
            if values:
                query = query.where(column.in_(list(values)))
        if since is not None:
            query = query.where(EVENT.c.at >= since)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            ids = {row.action_id for row in rows}
            found = connection.execute(select(*_ITEM).where(ACTION.c.id.in_(ids)))
            items = {item.id: item for item in map(to_item, found)}
        return [Line(r.at, r.state, r.reason, r.note, items[r.action_id]) for r in rows if r.action_id in items]
