"""Calls of vendors, stored as they came before anything is made of them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.texts import Callback, OpenCallback
from connector.store.messages import Part, clean
from connector.store.text_rows import CallbackRow

CALLBACK = CallbackRow.__table__  # type: ignore[attr-defined]

#: never of use again, and not ours to keep
_PRIVATE = ("authorization", "cookie", "proxy-authorization")


class CallbackStore(Part):
    """One transaction a method."""

    def keep_callback(self, callback: Callback, at: datetime) -> int | None:
        """Store a genuine call as it came, without the secret in its path; None: the very same one is stored already.

        Two are the same when address and body are: a vendor signs each of its attempts anew.
        """
        values = {
            **{name: getattr(callback, name) for name in ("company", "provider", "what", "method")},
            "url": clean(callback.url.replace(callback.secret, "***") if callback.secret else callback.url),
            "headers": json.dumps({k: v for k, v in callback.headers.items() if k.lower() not in _PRIVATE}),
            "body": callback.body,
            "digest": _digest(callback),
            "received_at": callback.received_at or at,
            "attempts": 0,
        }
        with self._database.write() as connection:
            statement = self._insert().values(values).on_conflict_do_nothing().returning(CALLBACK.c.id)
            number: int | None = connection.execute(statement).scalar()
        return number

    def open_callbacks(self, company: str, limit: int) -> list[OpenCallback]:
        """Return calls that are not worked on yet, oldest first; `attempts` counts how often they were handed out.

        So one that ends the process is known by its count.
        """
        mine = (CALLBACK.c.company == company, CALLBACK.c.done_at.is_(None))
        with self._database.read() as connection:
            if connection.execute(select(1).where(*mine).limit(1)).first() is None:
                # asked every few seconds by every company: the writers' turn is not taken for nothing
                return []
        with self._database.write() as connection:
            rows = connection.execute(select(CALLBACK).where(*mine).order_by(CALLBACK.c.id).limit(limit)).all()
            if rows:
                which = CALLBACK.c.id.in_([row.id for row in rows])
                connection.execute(update(CALLBACK).where(which).values(attempts=CALLBACK.c.attempts + 1))
        return [OpenCallback(row.id, _callback(row), row.attempts + 1) for row in rows]

    def close_callback(self, number: int, at: datetime, error: str | None) -> None:
        """Note that a call has been worked on; with an error it stays visible as a fault."""
        values = {"done_at": at, "error": clean(error) if error else None}
        with self._database.write() as connection:
            connection.execute(update(CALLBACK).where(CALLBACK.c.id == number).values(values))

    def bad_callbacks(self, company: str, limit: int = 100) -> list[tuple[int, str, str, datetime, str]]:
        """Return (id, provider, what, received, error) of calls that could not be read, newest first."""
        columns = [CALLBACK.c[name] for name in ("id", "provider", "what", "received_at", "error")]
        mine = (CALLBACK.c.company == company, CALLBACK.c.error.is_not(None))
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(*mine).order_by(CALLBACK.c.id.desc()).limit(limit))
            return [(row.id, row.provider, row.what, row.received_at, row.error) for row in rows]

    def _insert(self) -> Any:
        return sqlite.insert(CALLBACK) if self._database.is_sqlite else postgresql.insert(CALLBACK)


def _digest(callback: Callback) -> str:
    names = (callback.provider, callback.what, callback.method, callback.url)
    parts = [*(name.encode("utf-8", "surrogatepass") for name in names), callback.body]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _callback(row: Any) -> Callback:
    names = ("company", "provider", "what", "method", "url", "body", "received_at")
    return Callback(**{name: getattr(row, name) for name in names}, headers=json.loads(row.headers))
