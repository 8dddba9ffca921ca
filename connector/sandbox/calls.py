"""The log of every request that reached a simulator."""

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Call:
    """One request. `status` is filled in just before the answer is written."""

    #: `cord`, `pinpoint`, `files` (the host that cord's CV redirects point to), or a text-message vendor.
    platform: str
    method: str
    #: Percent-decoded path.
    path: str
    #: Raw query string.
    query: str
    #: None while the answer is pending, and for good when the connection was reset instead.
    status: int | None
    #: Real time of arrival, aware UTC; not shifted by `clock_offset_s`.
    at: datetime
    #: Kind of the fault put on this call, or None.
    fault: str | None = None
    #: Names in lower case.
    request_headers: dict[str, str] = field(default_factory=dict)
    #: Bytes.
    request_body_size: int = 0


class CallLog:
    """Calls in the order of arrival. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Appends `call`."""
        with self._lock:
            self._calls.append(call)

    def all(self) -> list[Call]:
        """A copy of the log."""
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        """Forgets every call."""
        with self._lock:
            self._calls.clear()
