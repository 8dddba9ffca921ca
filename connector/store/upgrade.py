"""Bringing a database to this version's schema: created if missing, copied before it is changed, refused if newer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from connector.domain.errors import NewerSchema
from connector.store.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

#: the newest step in migrations/versions; a test holds it to the folder
HEAD = "0001"


def upgrade(database: Database) -> str | None:
    """Bring the schema to HEAD. Returns the path of the copy, if one was made. Twice changes nothing.

    Raises NewerSchema for a database that a later version has written.
    """
    current = revision(database)
    if current == HEAD:
        return None
    # imported late: a tenth of a second that only an upgrade needs
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = _config()
    try:
        known = current is None or ScriptDirectory.from_config(config).get_revision(current) is not None
    except CommandError:
        known = False
    if not known:
        raise NewerSchema(f"the database is at step {current}, this version knows steps up to {HEAD}: upgrade it first")
    copy = _copy(database) if current is not None else None
    with database.write() as connection:
        if not database.is_sqlite:
            # two processes may start together; the second waits here and then finds nothing to do
            connection.execute(text("SELECT pg_advisory_xact_lock(7461001)"))
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
    return copy


def revision(database: Database) -> str | None:
    """Return the step that the database is at; None: it is empty."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _copy(database: Database) -> str | None:
    """Copy a SQLite file beside itself, whole even while others write; a server's backups are its owner's."""
    if database.path is None:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = database.path.with_name(f"{database.path.name}.before-{HEAD}-{stamp}")
    with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return str(target)
