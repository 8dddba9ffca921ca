"""Opening the database: one engine a process, with the settings that keep commits honest and readers free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.domain.errors import StoreError
from connector.store.turns import OutOfTurn, Turns

#: how long a writer waits for another one; writers hold the lock for milliseconds
BUSY_TIMEOUT_MS = 30_000
#: connections kept, and how many more there may be at a time: every worker of the daemon may hold one for its lock and
#: use another, and must not wait for those of companies that hang. PostgreSQL allows 100, unless it is told otherwise
POOL = {"pool_size": 5, "max_overflow": 85}
#: refusals that are a bug here, not a state of the database
_OUR_MISTAKES = (DataError, IntegrityError, ProgrammingError)
#: until the end of the transaction
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Database:
    """An engine and its two ways in: `write()` and `read()`."""

    def __init__(self, url: str) -> None:
        try:
            self.url = make_url(url)
        except ArgumentError as exc:
            raise StoreError("the database URL cannot be read: write sqlite:///FILE or postgresql://…") from exc
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turns = Turns() if self.is_sqlite else None
        self._readers: Engine
        self.engine = self._sqlite() if self.is_sqlite else self._postgresql()

    @property
    def path(self) -> Path | None:
        """The file, for SQLite."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @contextmanager
    def write(self, replacing: str = "", texting: str = "") -> Iterator[Connection]:
        """Yield a connection inside a transaction that commits at the end. Never hold one across a network call.

        `replacing` names a company whose remembered lists are replaced: one writer does so at a time. Two that delete
        and insert the same rows at once would both insert them; SQLite has a single writer anyway. `texting` names a
        company whose opt-outs, segments or messages are looked at and then written: what was seen still holds then.
        """
        with self._refusals(), self._turn(), self.engine.begin() as connection:
            for what, company in (("replacing", replacing), ("texting", texting)):
                if company and not self.is_sqlite:
                    connection.execute(_ALONE, {"name": f"connector:{what}:{company}"})
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading; never waits for a writer."""
        with self._refusals(), self._readers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _turn(self) -> AbstractContextManager[None]:
        return self._turns.turn(BUSY_TIMEOUT_MS / 1000) if self._turns else nullcontext()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as exc:
            if isinstance(exc, _OUR_MISTAKES):
                raise
            # disk full, read-only, locked beyond patience, server gone, no database: say which, hold nothing personal
            raise StoreError(f"the database refuses: {exc.orig}") from exc
        except OutOfTurn as exc:
            raise StoreError("the database refuses: database is locked") from exc
        except PoolTimeout as exc:
            raise StoreError("the database refuses: no connection came free") from exc
        except UnicodeError as exc:
            # the name of a server that cannot be one
            raise StoreError("the database's address cannot be used: its host is no name of a machine") from exc

    def _sqlite(self) -> Engine:
        # one in memory is a single connection anyway
        pool = {} if self.url.database in (None, "", ":memory:") else POOL
        engine = create_engine(self.url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        self._readers = engine.execution_options(sqlite_begin="DEFERRED")
        return engine

    def _postgresql(self) -> Engine:
        url = self.url.set(drivername="postgresql+psycopg")
        try:
            engine = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", **POOL)
        except ModuleNotFoundError as exc:
            raise StoreError("PostgreSQL needs a driver: pip install 'cord-pinpoint-connector[postgresql]'") from exc
        self._readers = engine
        return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own transactions start too late; we begin them ourselves
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # an intent must survive a power cut, or it is no intent
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # a writer takes the lock at once: one that reads first and writes later can lose another's update
    kind = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {kind}")
