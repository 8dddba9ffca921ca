"""The calls made lately against each limit, shared by the daemon and the commands. Opaque text here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.store.engine import Database
from connector.store.rows import BudgetRow

BUDGET = BudgetRow.__table__  # type: ignore[attr-defined]

# made once: every few calls to a platform book here, and building a statement costs more than running it
_MINE = BUDGET.c.scope == bindparam("mine")
#: SQLite's writers are alone already; elsewhere the row is locked until the commit
_READ = select(BUDGET.c.state).where(_MINE).with_for_update()
_WRITE = update(BUDGET).where(_MINE).values(state=bindparam("after"))


class Budgets:
    """One row a scope, changed under a lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def update(self, scope: str, change: Callable[[str | None], str]) -> str:
        """Replace the scope's text by `change(text)` and return it; nobody else's change comes in between."""
        with self._database.write() as connection:
            before = connection.execute(_READ, {"mine": scope}).scalar()
            if before is None:
                connection.execute(self._upsert().values(scope=scope, state="").on_conflict_do_nothing())
                before = connection.execute(_READ, {"mine": scope}).scalar() or None
            after = change(before or None)
            connection.execute(_WRITE, {"mine": scope, "after": after})
        return after

    def _upsert(self) -> Any:
        return sqlite.insert(BUDGET) if self._database.is_sqlite else postgresql.insert(BUDGET)
