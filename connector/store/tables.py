"""What all tables have in common: names of constraints, times in UTC, the base class."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    Text,
    TypeDecorator,
    text,
)
from sqlmodel import Field, SQLModel

#: every constraint has a name, so that migrations can speak of it on both databases
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """Aware UTC times on every database; SQLite alone would hand them back naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Hand out UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(SQLModel):
    """Base of all tables, with a metadata of its own."""

    metadata = MetaData(naming_convention=NAMES)


def utc(*, nullable: bool = False) -> Any:
    """A column of a moment."""
    return Field(default=None, sa_column=Column(Utc, nullable=nullable))


def long_text(*, nullable: bool = False) -> Any:
    """A column of a text of any length."""
    return Field(default=None, sa_column=Column(Text, nullable=nullable))


def only_where(condition: str) -> dict[str, Any]:
    """Make an index hold only the rows that a query asks for, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


#: SQLite would give the number of a deleted row to the next one, and other rows still speak of it
NEVER_AGAIN = {"sqlite_autoincrement": True}
