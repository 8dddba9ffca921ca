"""What goes into a call and what comes out of it: plain records, free of any HTTP library."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.domain.errors import PlatformError
from connector.domain.model import Priority

#: bytes, or something that makes them anew for every attempt (an iterator can be read only once)
Body = bytes | Callable[[], Iterable[bytes]]

#: (label, status, parsed body or None, headers) -> what a vendor's 4xx means to us
Refuse = Callable[[str, int, Any | None, Mapping[str, str]], PlatformError]

#: (status, parsed body or None) of a 5xx -> whether the vendor says in it that it is asked too fast and did nothing
Throttled = Callable[[int, Any | None], bool]


class Kind(enum.Enum):
    """What a second attempt would do to the other side."""

    #: changes nothing: safe to repeat
    READ = "read"
    #: never repeated unless the first attempt surely did not arrive
    WRITE = "write"
    #: carries an idempotency key: the same bytes may be sent again
    KEYED = "keyed"


@dataclass(frozen=True)
class Answer:
    """A 2xx that is data."""

    status: int
    #: names in any letter case; a repeated header is joined with commas
    headers: Mapping[str, str]
    #: None for 204
    json: Any = field(repr=False)
    #: when the answer was complete by our clock; aware, UTC
    at: datetime


@dataclass(frozen=True)
class Download:
    """A file as it came. Nothing about it has been checked."""

    #: at most the allowed size and one byte more, so that too large shows
    content: bytes = field(repr=False)
    #: what the server claims, with its parameters; None if it claims nothing
    content_type: str | None
    #: from Content-Disposition: data for people, never a path; None if there was none
    filename: str | None
    status: int


@dataclass(frozen=True)
class CallSeen:
    """One attempt that is over, for logs and counters. Holds no query, body or header."""

    platform: str
    label: str
    kind: Kind
    priority: Priority
    #: 1 for the first
    attempt: int
    #: None: no answer came
    status: int | None
    #: class name of the error that the attempt ended in; None: it went well
    error: str | None
    #: seconds from asking for a connection to the end of the answer; the wait for the rate budget is not in it
    took_s: float
    #: the X-Request-Id that was sent
    request_id: str


@dataclass(frozen=True)
class Tuning:
    """Every time-out and limit of a client. Seconds and bytes. Tests shrink them; nothing else is different then."""

    #: name look-up, TCP and TLS together
    connect_s: float = 10.0
    #: longest silence while reading
    read_s: float = 60.0
    #: longest silence while writing
    write_s: float = 60.0
    #: longest wait for a free connection
    pool_s: float = 10.0
    #: one attempt from start to end, however busily bytes drip; has room for 14 MB on a slow line
    total_s: float = 120.0
    #: an idle connection older than this is not used again: short, because the other side may be closing it
    #: just as our bytes leave, and then nobody knows whether they arrived
    keepalive_s: float = 4.0
    #: connections to the platform at once
    connections: int = 8
    #: a larger JSON answer is not data
    largest_json: int = 32 * 1024 * 1024
    #: attempts of a READ or KEYED call
    attempts: int = 4
    #: no new attempt of a READ or KEYED call begins later than this after the first
    patience_s: float = 60.0
    #: first step of the back-off; doubles, and the real pause is anything between 0 and the step
    backoff_s: float = 0.5
    #: longest pause inside a call; whoever is asked to wait longer gets the error instead
    longest_sleep_s: float = 5.0
    #: a Retry-After beyond this is not believed
    longest_retry_after_s: float = 3600.0
    #: a 429 without a readable Retry-After
    retry_after_fallback_s: float = 30.0
    #: a 429 that says "now" or names a moment that is over
    soonest_retry_s: float = 1.0
    #: longest wait for the rate budget inside a call
    budget_wait_s: float = 5.0
    user_agent: str = "cord-pinpoint-connector"
    #: set when the program stops: every pause ends and nothing is tried again
    stop: threading.Event = field(default_factory=threading.Event, compare=False, repr=False)
