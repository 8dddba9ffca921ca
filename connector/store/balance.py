"""The segment balance: one line for whatever changes it, with what is left after it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from connector.domain.texts import SegmentLine
from connector.store.messages import Part
from connector.store.text_rows import SegmentRow

LINE = SegmentRow.__table__  # type: ignore[attr-defined]

_LINE = [LINE.c[name] for name in SegmentLine.__dataclass_fields__]
#: more than any message has: a number that a vendor may write without harm
_MOST = 1000


class BalanceStore(Part):
    """One transaction a method. Lines are only ever appended, and by one writer of a company at a time."""

    def grant(self, company: str, total: int, at: datetime) -> int:
        """Bring what is granted in all to `total` by one line of the difference; returns the balance.

        What was used before anything was granted counts too.
        """
        with self._database.read() as connection:
            if granted(connection, company) == total:
                return left(connection, company)
        with self._database.write(texting=company) as connection:
            _append(connection, company, None, "granted", total - granted(connection, company), at)
            return left(connection, company)

    def segments_left(self, company: str, total: int | None = None) -> int:
        """Return the balance after the last line; with `total` what it would be if that were granted in all."""
        with self._database.read() as connection:
            ungranted = 0 if total is None else total - granted(connection, company)
            return left(connection, company) + ungranted

    def segment_lines(self, company: str, limit: int = 100) -> list[SegmentLine]:
        """Return lines of the balance, newest first."""
        query = select(*_LINE).where(LINE.c.company == company).order_by(LINE.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [SegmentLine(*row) for row in connection.execute(query)]


def left(connection: Connection, company: str) -> int:
    """Return the balance after the last line."""
    query = select(LINE.c.left).where(LINE.c.company == company).order_by(LINE.c.id.desc()).limit(1)
    return int(connection.execute(query).scalar() or 0)


def granted(connection: Connection, company: str) -> int:
    """Return what has been granted in all."""
    query = select(func.sum(LINE.c.segments)).where(LINE.c.company == company, LINE.c.what == "granted")
    return int(connection.execute(query).scalar() or 0)


def reserved(connection: Connection, message: int) -> int:
    """Return what a message takes from the balance as things stand."""
    used = connection.execute(select(func.sum(LINE.c.segments)).where(LINE.c.message == message)).scalar()
    return -int(used or 0)


def was_charged(connection: Connection, message: int) -> bool:
    """Return whether a message has ever been taken from the balance."""
    return connection.execute(select(1).where(LINE.c.message == message).limit(1)).first() is not None


def charge(connection: Connection, company: str, message: int, segments: int, what: str, at: datetime) -> None:
    """Have a message take so many segments from the balance, by a line of the difference. Twice changes nothing.

    `what` stands at the first line of its kind; whatever changes the sum later is a `correction`.
    """
    difference = reserved(connection, message) - max(0, min(segments, _MOST))
    there = select(1).where(LINE.c.message == message, LINE.c.what == what).limit(1)
    first = connection.execute(there).first() is None
    _append(connection, company, message, what if first else "correction", difference, at)


def _append(
    connection: Connection, company: str, message: int | None, what: str, difference: int, at: datetime
) -> None:
    """Write a line; the caller holds the company's lock on its messages, so that nobody else's comes in between."""
    if difference:
        values = {"company": company, "message": message, "at": at, "what": what, "segments": difference}
        connection.execute(insert(LINE).values(values | {"left": left(connection, company) + difference}))
