"""What is counted over all companies at once, for readiness and metrics: one query each, however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, case, func, select

from connector.domain.actions import Kind, Pause, State
from connector.domain.audits import AuditCounts
from connector.store.budgets import BUDGET
from connector.store.engine import Database
from connector.store.facts import AUDIT, FLOW, PAUSE, WARNING, to_counts
from connector.store.ledger import ACTION

#: states in which something is still to come
_OPEN = (State.PLANNED, State.ATTEMPTING, State.UNKNOWN, State.WAITING)

# made once: readiness is asked every few seconds
_COUNTS = select(ACTION.c.company, ACTION.c.kind, ACTION.c.state, func.count()).group_by(
    ACTION.c.company, ACTION.c.kind, ACTION.c.state
)
#: a message may be planned for days ahead
_SCHEDULED = and_(ACTION.c.kind == Kind.MESSAGE, ACTION.c.state == State.PLANNED, ACTION.c.due_at.is_not(None))
_OLDEST = (
    select(ACTION.c.company, func.min(case((_SCHEDULED, ACTION.c.due_at), else_=ACTION.c.created_at)).label("oldest"))
    .where(ACTION.c.state.in_(_OPEN))
    .group_by(ACTION.c.company)
)
_SUCCESSES = select(FLOW.c.company, FLOW.c.flow, FLOW.c.last_success_at)
_PAUSES = select(PAUSE)
_AUDITS = select(AUDIT)
_WARNINGS = select(WARNING.c.company, WARNING.c.code, func.count()).group_by(WARNING.c.company, WARNING.c.code)
_BUDGETS = select(BUDGET.c.scope, BUDGET.c.state)


class Overview:
    """Reads only. Every method raises StoreError when the database refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts_by_kind(self) -> dict[tuple[str, str, str], int]:
        """Return how many actions there are by company, kind and state; what there is none of is left out."""
        with self._database.read() as connection:
            rows = connection.execute(_COUNTS).all()
        return {(company, str(kind), str(state)): int(number) for company, kind, state, number in rows}

    def oldest_open(self) -> dict[str, datetime]:
        """Return, for each company, when the oldest action was recorded that is still to come to an end."""
        with self._database.read() as connection:
            return {row.company: row.oldest for row in connection.execute(_OLDEST)}

    def successes(self) -> dict[tuple[str, str], datetime | None]:
        """Return when each flow of each company has last succeeded; None: never."""
        with self._database.read() as connection:
            return {(company, flow): at for company, flow, at in connection.execute(_SUCCESSES)}

    def pauses(self) -> list[Pause]:
        """Return every pause; it may be over by the clock."""
        with self._database.read() as connection:
            return [Pause(**row._mapping) for row in connection.execute(_PAUSES)]

    def audits(self) -> dict[str, AuditCounts]:
        """Return what the last audit of each company came to."""
        with self._database.read() as connection:
            return {row.company: to_counts(row) for row in connection.execute(_AUDITS)}

    def link_warnings(self) -> dict[tuple[str, str], int]:
        """Return how many links of each company have a warning of each code; what there is none of is left out."""
        with self._database.read() as connection:
            return {(company, code): int(number) for company, code, number in connection.execute(_WARNINGS)}

    def budgets(self, scopes: Iterable[str]) -> dict[str, str | None]:
        """Return what `Budgets` keeps for these scopes; None: nothing yet."""
        with self._database.read() as connection:
            found = {row.scope: row.state for row in connection.execute(_BUDGETS)}
        return {scope: found.get(scope) for scope in scopes}
