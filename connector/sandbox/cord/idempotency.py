"""Kept answers of writes, by `Idempotency-Key`."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.cord.refusals import Refused, unreadable
from connector.sandbox.exchange import Answer, Request

#: How long an answer is kept.
KEPT_FOR = timedelta(hours=24)

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,200}\Z")


@dataclass(frozen=True)
class _Kept:
    fingerprint: str
    answer: Answer
    first_used: datetime


class KeptAnswers:
    """One company's keys. Not locked: the simulator's lock is held around each request."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def replay(self, request: Request, key: str, now: datetime) -> Answer | None:
        """The kept answer for this request, or None. Raises the 409 when the key belongs to another request."""
        kept = self._kept.get(key)
        if kept is None or now - kept.first_used > KEPT_FOR:
            return None
        if kept.fingerprint != _fingerprint(request):
            raise Refused(409, "idempotency_mismatch", "The key was used for another request")
        return kept.answer.with_headers(("Idempotency-Replayed", "true"))

    def keep(self, request: Request, key: str, answer: Answer, now: datetime) -> None:
        """Keeps the first answer, unless it is one of those that are not kept (400, 401, 403, 429, 5xx)."""
        if answer.status not in (400, 401, 403, 429) and answer.status < 500:
            self._kept[key] = _Kept(_fingerprint(request), answer, now)

    def forget(self, key: str) -> None:
        """Drops a key, as when the server failed after the effect and keeps no 5xx."""
        self._kept.pop(key, None)


def required_key(request: Request) -> str:
    """The request's key. Raises a 400 when it is missing or malformed."""
    key = request.header("Idempotency-Key")
    if key is None:
        raise unreadable("Idempotency-Key is missing", ("Idempotency-Key", "required"))
    if not _KEY.match(key):
        raise unreadable("Idempotency-Key is malformed", ("Idempotency-Key", "invalid"))
    return key


def _fingerprint(request: Request) -> str:
    head = f"{request.method}\n{request.path}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()
