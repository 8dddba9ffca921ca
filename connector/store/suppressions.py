"""Numbers that have opted out: nothing leaves to them, from whatever number of ours and through whatever provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connector.domain.texts import Direction, Opt, Suppression
from connector.store.messages import MESSAGE, NEW, Part, short
from connector.store.text_rows import SuppressionRow

SUPPRESSION = SuppressionRow.__table__  # type: ignore[attr-defined]

_COLUMNS = [SUPPRESSION.c[name] for name in Suppression.__dataclass_fields__]


class SuppressionStore(Part):
    """One transaction a method."""

    def suppression(self, company: str, theirs: str) -> Suppression | None:
        """Return the opt-out of a number; one that was lifted is none."""
        with self._database.read() as connection:
            return in_force(connection, company, theirs)

    def suppressions(self, company: str) -> list[Suppression]:
        """Return every opt-out in force, newest first."""
        query = select(*_COLUMNS).where(SUPPRESSION.c.company == company, SUPPRESSION.c.lifted_at.is_(None))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(SUPPRESSION.c.since.desc(), SUPPRESSION.c.id.desc()))
            return [Suppression(*row) for row in rows]

    def suppress(self, suppression: Suppression) -> None:
        """Set an opt-out; one in force stays as it is."""
        with self._database.write(texting=suppression.company) as connection:
            set_out(connection, suppression)

    def lift(self, company: str, theirs: str, at: datetime) -> bool:
        """Lift an opt-out; returns whether there was one."""
        with self._database.write(texting=company) as connection:
            there = in_force(connection, company, theirs) is not None
            lift(connection, company, theirs, at)
        return there


def in_force(connection: Connection, company: str, theirs: str) -> Suppression | None:
    """Return the opt-out of a number, as it stands in this transaction."""
    row = connection.execute(select(*_COLUMNS).where(*_mine(company, theirs))).first()
    return Suppression(*row) if row else None


def set_out(connection: Connection, suppression: Suppression) -> None:
    """Set an opt-out, unless one is in force."""
    if in_force(connection, suppression.company, suppression.number) is None:
        values = {name: getattr(suppression, name) for name in Suppression.__dataclass_fields__}
        values |= {"number": short(suppression.number), "lifted_at": None}
        connection.execute(insert(SUPPRESSION).values(values))


def lift(connection: Connection, company: str, theirs: str, at: datetime) -> None:
    """Lift an opt-out."""
    connection.execute(update(SUPPRESSION).where(*_mine(company, theirs)).values(lifted_at=at))


def overtaken(connection: Connection, company: str, theirs: str, since: datetime) -> bool:
    """Return whether a START that was made after a STOP has been heeded already: a poll may bring them out of order.

    A START whose own time nobody knows overtakes nothing: it may have been on its way for hours.
    """
    about = (SUPPRESSION.c.company == company, SUPPRESSION.c.number == short(theirs), SUPPRESSION.c.lifted_at > since)
    lifted = connection.execute(select(1).where(*about).limit(1)).first()
    wrote = (
        MESSAGE.c.company == company,
        MESSAGE.c.theirs == short(theirs),
        MESSAGE.c.direction == Direction.IN,
        MESSAGE.c.opt == Opt.IN,
        MESSAGE.c.how != NEW,
        MESSAGE.c.at_exact.is_(True),
        MESSAGE.c.at > since,
    )
    return lifted is not None or connection.execute(select(1).where(*wrote).limit(1)).first() is not None


def reconsider(connection: Connection, company: str, theirs: str) -> None:
    """Let the last word of a number count, once the vendor's own time of one of its words is known.

    An opt-out that was set by hand, or by a provider's refusal, is not touched.
    """
    words = (MESSAGE.c.company == company, MESSAGE.c.theirs == short(theirs), MESSAGE.c.direction == Direction.IN)
    columns = [MESSAGE.c[name] for name in ("opt", "at", "at_exact", "provider")]
    query = select(*columns).where(*words, MESSAGE.c.opt.in_([Opt.IN, Opt.OUT]), MESSAGE.c.how != NEW)
    last = connection.execute(query.order_by(MESSAGE.c.at.desc(), MESSAGE.c.id.desc()).limit(1)).first()
    standing = in_force(connection, company, theirs)
    if last is None or not last.at_exact:
        return
    if last.opt == Opt.IN and standing is not None and standing.why in ("keyword", "vendor"):
        lift(connection, company, theirs, last.at)
    elif last.opt == Opt.OUT and standing is None and not overtaken(connection, company, theirs, last.at):
        set_out(connection, Suppression(company, theirs, last.at, "keyword", last.provider))


def _mine(company: str, theirs: str) -> tuple[Any, ...]:
    number = short(theirs)
    return SUPPRESSION.c.company == company, SUPPRESSION.c.number == number, SUPPRESSION.c.lifted_at.is_(None)
