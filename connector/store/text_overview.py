"""What is counted of text messages over all companies at once, for metrics and alerts: a query or three each time.

Nothing is asked while no company has text messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal_column, or_, select, union_all

from connector.domain.actions import ABOUT_TEXTS, State
from connector.domain.texts import Direction
from connector.domain.textwatch import TextFigures, Trouble
from connector.store.balance import LINE
from connector.store.callbacks import CALLBACK
from connector.store.engine import Database
from connector.store.facts import FLOW
from connector.store.inbox import NOT_SHOWN, UNMATCHED
from connector.store.ledger import ACTION
from connector.store.messages import FORGOTTEN, MESSAGE
from connector.store.suppressions import SUPPRESSION

#: a reply that has waited for a human for so long, unread, is told
HELD_FOR = timedelta(days=1)
#: how long it is told that a call could not be read, and that the loop breaker has tripped: nobody can mend either
BAD_FOR, LOOP_FOR = timedelta(days=1), timedelta(hours=1)

_LOOP = "loop"
#: how replies are attributed that are copied nowhere
_NOWHERE = (*UNMATCHED, _LOOP)
#: the same; as literals, so that the index that holds only these rows is used
_HELD: Any = literal_column("how IN ('unmatched', 'two_people', 'loop')")


#: along an index, so that hundreds of thousands are counted in no time
_MESSAGES: Select[Any] = select(
    *(MESSAGE.c[name] for name in ("company", "direction", "provider", "delivery", "how")),
    func.count(),
    func.count(MESSAGE.c.read_at),
).group_by(*(MESSAGE.c[name] for name in ("company", "direction", "provider", "delivery", "how")))


def _counted(what: str, company: Any, since: Any, *conditions: Any) -> Select[Any]:
    """Return (what, company, number, since) of the rows that fit, for each company that has any."""
    columns: tuple[Any, ...] = (literal_column(f"'{what}'").label("what"), company.label("company"))
    number, earliest = func.count().label("number"), func.min(since).label("since")
    return select(*columns, number, earliest).where(*conditions).group_by(company)


_BESIDE = union_all(
    _counted("open", CALLBACK.c.company, CALLBACK.c.received_at, CALLBACK.c.done_at.is_(None)),
    _counted("bad", CALLBACK.c.company, CALLBACK.c.received_at, CALLBACK.c.error.is_not(None)),
    _counted("out", SUPPRESSION.c.company, SUPPRESSION.c.since, SUPPRESSION.c.lifted_at.is_(None)),
)


def _last(column: Any) -> Any:
    mine = select(column).where(LINE.c.company == FLOW.c.company)
    return mine.order_by(LINE.c.id.desc()).limit(1).correlate(FLOW).scalar_subquery()


_GRANTED = select(func.sum(LINE.c.segments)).where(LINE.c.company == FLOW.c.company, LINE.c.what == "granted")
#: through the companies' own runs: the lines are many, and only a few of each company are read
_BALANCES = select(
    FLOW.c.company,
    _last(LINE.c.left).label("left"),
    _last(LINE.c.at).label("at"),
    _GRANTED.correlate(FLOW).scalar_subquery().label("granted"),
).where(FLOW.c.flow == "messages")


class TextOverview:
    """Reads only. Every method raises StoreError when the database refuses.

    `companies` are those that have text messages, each with what `segment_balance` grants in all; None: not limited.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def figures(self, companies: Mapping[str, int | None]) -> dict[str, TextFigures]:
        """Return where each company's text messages stand."""
        if not companies:
            return {}
        with self._database.read() as connection:
            messages = connection.execute(_MESSAGES).all()
            beside = {(row.what, row.company): row for row in connection.execute(_BESIDE)}
            left = _left(connection, companies)
        counts: dict[str, dict[tuple[str, str, str], int]] = {name: {} for name in companies}
        held: dict[str, dict[str, int]] = {name: dict.fromkeys(_NOWHERE, 0) for name in companies}
        unread = dict.fromkeys(companies, 0)
        for company, direction, provider, delivery, how, number, read in messages:
            if company not in companies or how == FORGOTTEN:
                continue
            came_in = direction == Direction.IN
            key = (str(direction), provider or "none", "received" if came_in else str(delivery))
            counts[company][key] = counts[company].get(key, 0) + int(number)
            if came_in and how not in NOT_SHOWN:
                unread[company] += int(number) - int(read)
            if how in _NOWHERE:
                held[company][how] += int(number)
        found = {}
        for name in companies:
            waits, bad, out = (beside.get((what, name)) for what in ("open", "bad", "out"))
            found[name] = TextFigures(
                messages=counts[name],
                held=held[name],
                unread=unread[name],
                callbacks=int(waits.number) if waits else 0,
                callbacks_since=waits.since if waits else None,
                callbacks_bad=int(bad.number) if bad else 0,
                opted_out=int(out.number) if out else 0,
                left=left[name][0] if name in left else None,
            )
        return found

    def troubles(self, companies: Mapping[str, int | None], now: datetime) -> list[Trouble]:
        """Return what is amiss, by company."""
        if not companies:
            return []
        with self._database.read() as connection:
            stuck = connection.execute(_stuck(companies)).all()
            rows = connection.execute(_lately(now)).all()
            left = _left(connection, companies)
        found = [*_of_actions(stuck)]
        found += [
            Trouble(row.company, row.what, int(row.number), row.since) for row in rows if row.company in companies
        ]
        found += [Trouble(name, "balance", rest, at or now) for name, (rest, at) in left.items() if rest <= 0]
        return sorted(found, key=lambda trouble: (trouble.company, trouble.what))


def _left(connection: Connection, companies: Mapping[str, int | None]) -> dict[str, tuple[int, datetime | None]]:
    """Return what each limited company has left, with the moment of its last line.

    What the mapping grants and no line says yet counts.
    """
    limited = {name: balance for name, balance in companies.items() if balance is not None}
    if not limited:
        return {}
    lines = {row.company: row for row in connection.execute(_BALANCES)}
    found: dict[str, tuple[int, datetime | None]] = {}
    for name, balance in limited.items():
        line = lines.get(name)
        counted = int(line.left or 0) - int(line.granted or 0) if line else 0
        found[name] = (balance + counted, line.at if line else None)
    return found


def _stuck(companies: Iterable[str]) -> Select[Any]:
    """Return the query of actions about messages that wait for a human, and of those that a whole account holds up."""
    stopped = and_(ACTION.c.state == State.WAITING, ACTION.c.reason == "account_stopped")
    mine = (ACTION.c.company.in_(list(companies)), ACTION.c.kind.in_(ABOUT_TEXTS))
    # named twice, so that the index of states and reasons is searched and not read
    wanted = (ACTION.c.state.in_((State.QUARANTINED, State.WAITING)), or_(ACTION.c.state == State.QUARANTINED, stopped))
    columns = (ACTION.c.company, ACTION.c.state, ACTION.c.reason)
    number, since = func.count().label("number"), func.min(ACTION.c.updated_at).label("since")
    return select(*columns, number, since).where(*mine, *wanted).group_by(*columns)


def _lately(now: datetime) -> Any:
    bad = (CALLBACK.c.error.is_not(None), CALLBACK.c.received_at >= now - BAD_FOR)
    # who marks one as read has seen it, and may leave it nobody's
    waits = (_HELD, MESSAGE.c.how != _LOOP, MESSAGE.c.read_at.is_(None), MESSAGE.c.created_at < now - HELD_FOR)
    loops = (_HELD, MESSAGE.c.how == _LOOP, MESSAGE.c.created_at >= now - LOOP_FOR)
    return union_all(
        _counted("callbacks", CALLBACK.c.company, CALLBACK.c.received_at, *bad),
        _counted("held", MESSAGE.c.company, MESSAGE.c.created_at, *waits),
        _counted("loop", MESSAGE.c.company, MESSAGE.c.created_at, *loops),
    )


def _of_actions(rows: Iterable[Any]) -> Iterable[Trouble]:
    by: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        what = "quarantined" if row.state == State.QUARANTINED else "stopped"
        by.setdefault((row.company, what), []).append(row)
    for (company, what), some in by.items():
        reasons = {str(row.reason): int(row.number) for row in some}
        yield Trouble(company, what, sum(reasons.values()), min(row.since for row in some), reasons)
