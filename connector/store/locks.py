"""A lock for one company's batch, over threads and processes. A killed process frees it at once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import text

from connector.domain.errors import Busy, StoreError
from connector.store.engine import Database


class CompanyLocks:
    """`with locks.hold("harbourline", wait_s=0): …` raises Busy when somebody else has it for longer than that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(self, company: str, wait_s: float) -> Iterator[None]:
        """Hold the company's lock; not re-entrant."""
        with self._file(company, wait_s) if self._database.path else self._advisory(company, wait_s):
            yield

    @contextmanager
    def _file(self, company: str, wait_s: float) -> Iterator[None]:
        path = self._database.path
        assert path is not None
        folder = path.with_name(path.name + ".locks")
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as exc:
            raise StoreError(f"the folder of locks cannot be made: {exc.strerror}: {folder}") from exc
        # the operating system drops the lock with the process, whatever kills it
        lock = FileLock(Path(folder, f"{company}.lock"), thread_local=False)
        try:
            lock.acquire(timeout=wait_s, poll_interval=0.02)
        except Timeout as exc:
            raise Busy(f"{company}: another process is at work on it") from exc
        except OSError as exc:
            # read-only, full, not ours
            raise StoreError(f"a lock cannot be taken: {exc.strerror}: {folder}") from exc
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _advisory(self, company: str, wait_s: float) -> Iterator[None]:
        digest = hashlib.sha256(f"connector:{company}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        patience = time.monotonic() + wait_s
        # a session lock on a connection of its own: the server frees it when the connection dies
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar():
                if time.monotonic() >= patience:
                    raise Busy(f"{company}: another process is at work on it")
                time.sleep(0.02)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
