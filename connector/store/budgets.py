"""The calls made lately against each limit, shared by the daemon and the commands. Opaque text here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.store.engine import Database
from connector.store.rows import BudgetRow

BUDGET = BudgetRow.__table__  # type: ignore[attr-defined]


class Budgets:
    """One row a scope, changed under a lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def update(self, scope: str, change: Callable[[str | None], str]) -> str:
        """Replace the scope's text by `change(text)` and return it; nobody else's change comes in between."""
        mine = BUDGET.c.scope == scope
        with self._database.write() as connection:
            # SQLite's writers are alone already; elsewhere the row is locked until the commit
            query = select(BUDGET.c.state).where(mine).with_for_update()
            before = connection.execute(query).scalar()
            if before is None:
                connection.execute(self._upsert().values(scope=scope, state="").on_conflict_do_nothing())
                before = connection.execute(query).scalar() or None
            after = change(before or None)
            connection.execute(update(BUDGET).where(mine).values(state=after))
        return after

    def _upsert(self) -> Any:
        return sqlite.insert(BUDGET) if self._database.is_sqlite else postgresql.insert(BUDGET)
