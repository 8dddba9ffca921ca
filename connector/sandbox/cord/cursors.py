"""Opaque cursors, bound to a path and its filters, that grow old."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.cord.refusals import Refused, unreadable

#: How long a cursor works.
LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class Cursor:
    """The place in a collection behind which a page starts."""

    after: int
    expired: bool


class Cursors:
    """Writes cursors and reads them back. `generation` is raised to make all cursors so far expire."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.generation = 0
        self._written = 0

    def write(self, scope: str, after: int, now: datetime) -> str:
        """A cursor for the collection `scope` (path and filters) behind row `after`."""
        # Counted, so that no two cursors are equal: an unchanged one would look like a stuck walk.
        self._written += 1
        parts = [after, self.generation, int(now.timestamp()), self._written]
        payload = json.dumps(parts, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._seal(scope, payload) + payload).decode().rstrip("=")

    def read(self, text: str, scope: str, now: datetime) -> Cursor:
        """The place that `text` stands for. Raises a 400 when it is malformed or of another path or filter."""
        foreign = unreadable("The cursor does not belong here", ("cursor", "invalid"))
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error) as exc:
            raise foreign from exc
        seal, payload = raw[:8], raw[8:]
        if not payload or not hmac.compare_digest(seal, self._seal(scope, payload)):
            raise foreign
        after, generation, written, _ = json.loads(payload)
        old = now - datetime.fromtimestamp(written, now.tzinfo) > LIFETIME
        return Cursor(after, expired=old or generation < self.generation)

    def _seal(self, scope: str, payload: bytes) -> bytes:
        return hmac.new(self._key, scope.encode() + b"\n" + payload, hashlib.sha256).digest()[:8]


def refuse_expired(cursor: Cursor | None) -> None:
    """Raises the 410 for a cursor that is too old."""
    if cursor is not None and cursor.expired:
        raise Refused(410, "cursor_expired", "The cursor is too old")
