"""The one way to call a platform: `Client.request` and `Client.download`.

Each attempt takes a permit from the rate budget, carries a fresh X-Request-Id, has a deadline, and ends in data or
in an error of `domain/errors.py`. What is tried again, and when, is in `retry.py`; what a reply means in
`answers.py`; time-outs and sockets in `transport.py`.
"""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from connector.domain.errors import (
    ConfigError,
    KeyRefused,
    NeverArrived,
    PlatformError,
    RateLimited,
    Rejected,
    Unwell,
    WireError,
)
from connector.domain.model import Priority
from connector.rest.addresses import Forbidden, anywhere, is_loopback, names_loopback
from connector.rest.answers import AnswerReader
from connector.rest.budget import Budget
from connector.rest.calls import Answer, Body, CallSeen, Download, Kind, Refuse, Throttled, Tuning
from connector.rest.keyring import Keyring
from connector.rest.redirects import Follower, Gone, filename_of
from connector.rest.retry import with_retries
from connector.rest.transport import Lost, Reply, Transport, Unsendable, Unsent

__all__ = ["Answer", "Body", "CallSeen", "Client", "Download", "Kind", "Refuse", "Tuning"]

_T = TypeVar("_T")


class Client:
    """Calls one platform with one account's headers. For any number of threads; close it at the end."""

    def __init__(
        self,
        *,
        platform: str,
        base_url: str,
        headers: Callable[[], Mapping[str, str]],
        accept: tuple[str, ...],
        refuse: Refuse,
        budget: Budget,
        tuning: Tuning | None = None,
        on_call: Callable[[CallSeen], None] | None = None,
        clock: Callable[[], float] = time.time,
        context: ssl.SSLContext | None = None,
        keys: Keyring | None = None,
        throttled: Throttled | None = None,
    ) -> None:
        """Open nothing yet.

        `headers` gives the account's credentials and is asked before every attempt, so that a changed key is used at
        once. `accept` are the media types that count as data. `refuse` turns a 4xx (429, 408 and 425 aside) into an
        error. `on_call` hears of every attempt, in the calling thread, and must not raise. `context` is for tests.
        `keys` is what `headers` takes the key from; it hears whether the key was taken, and may have another one.
        `throttled` tells a 5xx that means what a 429 does.

        Raises ConfigError for a base URL that is neither https nor on this machine.
        """
        self._base = _checked(platform, base_url)
        self._platform, self._headers, self._accept = platform, headers, accept
        self._budget, self._tuning = budget, tuning or Tuning()
        self._on_call = on_call
        self._keys = keys
        self._reader = AnswerReader(
            platform, tuple(media_type.lower() for media_type in accept), refuse, self._tuning, clock, throttled
        )
        # Without TLS nothing but the address says who is listening: `localhost` must be this machine indeed.
        self._permits = is_loopback if self._base.startswith("http:") else anywhere
        self._transport = Transport(self._tuning, context)
        self._follower = Follower(platform, self._base, self._tuning, self._transport.context)

    @property
    def key(self) -> str | None:
        """The name of the key that was taken last; None: none was, or it has no name."""
        return self._keys.working if self._keys else None

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._transport.close()
        self._follower.close()

    def request(
        self,
        kind: Kind,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        priority: Priority = Priority.NEW,
        length: int | None = None,
        label: str | None = None,
    ) -> Answer:
        """Make one call and return its data.

        `path` starts with `/` and comes behind the base URL; ids in it are quoted by the caller. `body` as a callable
        makes the bytes anew for every attempt and is sent in chunks, or with `length` as that many bytes. `label` is
        what logs and errors say instead of `GET /v1/positions`.

        Raises NeverArrived, RateLimited, whatever `refuse` makes of a 4xx, and
        for a READ: Unwell, WireError; for a WRITE or KEYED call: OutcomeUnknown. Twice is safe as far as `kind` says.
        """
        label = label or f"{method} {path}"
        url = self._url(path, label)
        extra = dict(headers or {})
        if content_type is not None:
            extra["Content-Type"] = content_type
        if length is not None:
            extra["Content-Length"] = str(length)

        def once(attempt: int) -> Answer:
            with _Watch(self, kind, label, priority, attempt) as watch:
                reply = self._exchange(watch, method, url, extra, self._tuning.largest_json, params, body)
                return self._reader.answer(kind, label, reply)

        return self._with_keys(kind, once)

    def download(
        self,
        path: str,
        *,
        max_bytes: int,
        max_hops: int = 3,
        params: Sequence[tuple[str, str]] = (),
        priority: Priority = Priority.NEW,
        headers: Mapping[str, str] | None = None,
        label: str | None = None,
    ) -> Download:
        """Fetch a file, at most `max_bytes + 1` of it, behind at most `max_hops` redirects.

        Redirects get no credentials and no request id, and lead only to public https addresses (to this machine too if
        the base URL is on it). A signed link that is refused (401, 403, 404, 410) is asked for anew, once.

        Raises Unwell, NeverArrived, RateLimited, WireError (a redirect that must not or cannot be followed), and
        whatever `refuse` makes of the platform's own 4xx. Safe to repeat.
        """
        label = label or f"GET {path}"
        url = self._url(path, label)

        def whole(attempt: int) -> Download:
            with _Watch(self, Kind.READ, label, priority, attempt) as watch:
                extra = {"Accept": "*/*", **(headers or {})}
                reply = self._exchange(watch, "GET", url, extra, max_bytes, params, None)
                if 300 <= reply.status < 400:
                    reply = self._follower.follow(url, reply, label, max_bytes, max_hops)
                    watch.status = reply.status
                else:
                    problem = self._reader.problem(Kind.READ, label, reply)
                    if problem:
                        raise problem
                if reply.fault and not reply.too_large:
                    raise self._reader.lost(Kind.READ, label, reply.fault)
                return Download(reply.body, reply.headers.get("content-type"), filename_of(reply), reply.status)

        try:
            return self._with_keys(Kind.READ, whole)
        except Gone:
            pass
        try:
            return self._with_keys(Kind.READ, whole)
        except Gone as exc:
            raise Unwell(self._platform, label, exc.what, exc.status) from exc

    def _with_keys(self, kind: Kind, attempt: Callable[[int], _T]) -> _T:
        """Make a call, and once more with the other key if there is one: a 401 has had no effect, not on a write."""
        try:
            return with_retries(kind, attempt, self._tuning)
        except KeyRefused:
            if self._keys is None or not self._keys.refused():
                raise
        try:
            return with_retries(kind, attempt, self._tuning)
        except KeyRefused:
            self._keys.refused()
            raise

    def _url(self, path: str, label: str) -> str:
        # A path may be built from an id that came from outside: it must not lead the key to another place.
        segments = path.split("/")
        odd = any(char in path for char in "?#\\") or not path.isprintable() or " " in path
        if not path.startswith("/") or path.startswith("//") or odd or ".." in segments or "." in segments:
            raise WireError(self._platform, label, "the path cannot be asked for as it is")
        return self._base + path

    def _exchange(
        self,
        watch: _Watch,
        method: str,
        url: str,
        extra: Mapping[str, str],
        cap: int,
        params: Sequence[tuple[str, str]],
        body: Body | None,
    ) -> Reply:
        self._permit(watch)
        watch.begin()
        headers = {
            "Accept": ", ".join(self._accept),
            "Accept-Encoding": "identity",
            **self._headers(),
            **extra,
            "User-Agent": self._tuning.user_agent,
            "X-Request-Id": watch.request_id,
        }
        try:
            reply = self._transport.exchange(
                method, url, headers=headers, cap=cap, params=params, body=body, permits=self._permits
            )
        except Unsent as exc:
            raise NeverArrived(self._platform, watch.label, str(exc)) from exc
        except Forbidden as exc:
            raise NeverArrived(self._platform, watch.label, "plain http goes to this machine only") from exc
        except Unsendable as exc:
            raise Rejected(self._platform, watch.label, str(exc), code="unsendable") from exc
        except Lost as exc:
            raise self._reader.lost(watch.kind, watch.label, str(exc)) from exc
        watch.status = reply.status
        if self._reader.asks_to_slow_down(reply):
            self._budget.penalise(self._reader.retry_after(reply.headers))
        elif self._keys is not None and (200 <= reply.status < 400 or reply.status == 403):
            self._keys.accepted()
        return reply

    def _permit(self, watch: _Watch) -> None:
        try:
            self._budget.acquire(watch.priority, self._tuning.budget_wait_s)
        except RateLimited as exc:
            raise RateLimited(self._platform, watch.label, exc.what, None, exc.retry_after_s) from exc


class _Watch:
    """Tells `on_call` about one attempt when it is over, however it ends."""

    def __init__(self, client: Client, kind: Kind, label: str, priority: Priority, attempt: int) -> None:
        self.kind, self.label, self.priority, self.attempt = kind, label, priority, attempt
        self.request_id = uuid.uuid4().hex
        self.status: int | None = None
        self._client = client
        self._began: float | None = None

    def begin(self) -> None:
        self._began = time.monotonic()

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, _type: object, exc: BaseException | None, _traceback: object) -> None:
        client = self._client
        if client._on_call is None or self._began is None:
            return
        seen = CallSeen(
            platform=client._platform,
            label=self.label,
            kind=self.kind,
            priority=self.priority,
            attempt=self.attempt,
            status=exc.status if isinstance(exc, PlatformError) and exc.status else self.status,
            error=type(exc).__name__ if exc else None,
            took_s=time.monotonic() - self._began,
            request_id=self.request_id,
        )
        client._on_call(seen)


def _checked(platform: str, base_url: str) -> str:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and names_loopback(host))
    if not host or not secure:
        raise ConfigError(f"{platform}: the address must begin with https:// (http:// only for this machine)")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"{platform}: the address must not hold a user, a query or a fragment")
    return base_url.rstrip("/")
