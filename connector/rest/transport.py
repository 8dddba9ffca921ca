"""The only module that knows httpx: one exchange of bytes, with a deadline that holds.

httpx's own time-outs start again with every chunk, so a server that drips a byte a second would hold a run for ever.
Here every read, write, handshake and connect gets what is left until the deadline of the whole exchange, on the
socket itself; headers are covered like bodies.

Transports are used without httpx's client on top: nothing reads proxies, `.netrc` or certificates from the
environment, keeps cookies, follows redirects, adds credentials or logs addresses. Proxies are not supported on
purpose: a key goes to the platform directly or not at all. TLS is always verified, against the system's store.

Cassettes: vcrpy replaces `httpx2.HTTPTransport.handle_request`, which `_Transport` inherits, so calls record and
replay as with any httpx client. Match on `method`, `scheme`, `host`, `port`, `path`, `query` (and `raw_body`), and
filter the headers `authorization`, `x-api-key` and `x-request-id` (fresh every time). A failed connection is not
recorded; the deadline is not enforced on a replay, as there is no socket.
"""

from __future__ import annotations

import functools
import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore2
import httpx2 as httpx

from connector.rest.addresses import Forbidden, Permits, anywhere, resolve
from connector.rest.calls import Body, Tuning
from connector.rest.redaction import redact

# Their INFO and DEBUG lines hold whole URLs, and DEBUG the headers.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_Options = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]
_URL_LIMIT = 8000


class Unsent(Exception):
    """Surely not a byte of the request left."""


class Lost(Exception):
    """Bytes left, or may have; no answer came that could be read."""


class Unsendable(Exception):
    """The request cannot be put into HTTP, e.g. a line break in a header; not a byte left."""


@dataclass(frozen=True)
class Reply:
    """Status and headers that came in full, and as much of the body as came."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    #: why the body is not whole; None: it is
    fault: str | None = None
    #: True: there was more than the caller wanted, and the rest was not read
    too_large: bool = False


class _Exchange(threading.local):
    """The exchange that this thread is in; everything httpx does for it happens in the same thread."""

    deadline: float = math.inf
    #: bytes of the request that the operating system took
    sent: int = 0
    permits: Permits = staticmethod(anywhere)

    def left(self, timeout: float | None) -> float:
        """Return the seconds that the next step may take; 0 or less when the time is up."""
        left = self.deadline - time.monotonic()
        return left if timeout is None else min(timeout, left)


_exchange = _Exchange()


class _Stream(httpcore2.NetworkStream):
    """A socket whose time-outs shrink with the deadline, and which counts what left."""

    def __init__(self, inner: httpcore2.NetworkStream, connect_until: float) -> None:
        self._inner, self._connect_until = inner, connect_until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _exchange.left(timeout)
        if left <= 0:
            raise httpcore2.ReadTimeout("deadline")
        return self._inner.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        sock: socket.socket = self._inner.get_extra_info("socket")
        view = memoryview(buffer)
        while view:
            left = _exchange.left(timeout)
            if left <= 0:
                raise httpcore2.WriteTimeout("deadline")
            try:
                sock.settimeout(left)
                taken = sock.send(view)
            except TimeoutError as exc:
                # Part of a TLS record may be out: not countable, so it counts as sent.
                _exchange.sent += 1
                raise httpcore2.WriteTimeout(str(exc)) from exc
            except OSError as exc:
                raise httpcore2.WriteError(str(exc)) from exc
            _exchange.sent += taken
            view = view[taken:]

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = min(_exchange.left(timeout), self._connect_until - time.monotonic())
        if left <= 0:
            raise httpcore2.ConnectTimeout("deadline")
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._connect_until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Looks the name up, checks every address, and connects to a checked one; TLS still names the host."""

    def __init__(self) -> None:
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _Options | None = None,
    ) -> httpcore2.NetworkStream:
        until = time.monotonic() + _exchange.left(timeout)
        try:
            addresses = resolve(host, port, max(0.0, until - time.monotonic()))
        except TimeoutError as exc:
            raise httpcore2.ConnectTimeout(str(exc)) from exc
        except OSError as exc:
            raise httpcore2.ConnectError(f"no such name: {exc}") from exc
        if not all(_exchange.permits(address) for address in addresses):
            raise Forbidden("the host is at an address that is not allowed")
        problem: Exception = httpcore2.ConnectTimeout("no time left to connect")
        for address in addresses:
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                inner = self._plain.connect_tcp(str(address), port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                problem = exc
            else:
                return _Stream(inner, until)
        raise problem


class _Transport(httpx.HTTPTransport):
    """httpx's transport over our sockets. Inherits `handle_request`, which is where vcrpy records."""

    def __init__(self, context: ssl.SSLContext, tuning: Tuning) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=tuning.connections,
            max_keepalive_connections=tuning.connections,
            keepalive_expiry=tuning.keepalive_s,
            retries=0,
            network_backend=_Backend(),
        )


@functools.cache
def _system_context() -> ssl.SSLContext:
    """Return the one context that verifies by the system's authorities: reading them takes time and a megabyte."""
    return httpx.create_ssl_context(verify=True, trust_env=False)


class Transport:
    """Connections to one platform, or to wherever it redirects. For any number of threads."""

    def __init__(self, tuning: Tuning, context: ssl.SSLContext | None = None) -> None:
        """Open nothing yet. `context` is for tests that bring their own authority; it must verify."""
        context = context or _system_context()
        if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
            raise ValueError("TLS is always verified")
        self._tuning = tuning
        #: for other transports of the same client: reading the system's authorities takes a while
        self.context = context
        self._http = _Transport(context, tuning)
        self._timeout = httpx.Timeout(
            connect=min(tuning.connect_s, tuning.total_s),
            read=tuning.read_s,
            write=tuning.write_s,
            pool=min(tuning.pool_s, tuning.total_s),
        ).as_dict()

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._http.close()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        cap: int,
        params: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        permits: Permits = anywhere,
    ) -> Reply:
        """Send one request, once, and read the answer up to `cap` bytes.

        Raises Unsent, Lost, Unsendable, Forbidden. An answer whose headers came is returned even if its body is cut.
        """
        _exchange.deadline = time.monotonic() + self._tuning.total_s
        _exchange.sent = 0
        _exchange.permits = permits
        try:
            return self._send(self._request(method, url, headers, params, body), cap)
        finally:
            _exchange.deadline = math.inf

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], params: Sequence[tuple[str, str]], body: Body | None
    ) -> httpx.Request:
        content = body() if callable(body) else body
        try:
            return httpx.Request(
                method,
                url,
                params=list(params) or None,
                headers=dict(headers),
                content=content,
                extensions={"timeout": self._timeout},
            )
        except (httpx.InvalidURL, UnicodeError, TypeError) as exc:
            raise Unsendable(f"the request cannot be built: {type(exc).__name__}") from exc

    def _send(self, request: httpx.Request, cap: int) -> Reply:
        try:
            response = self._http.handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise Unsent(_words(exc)) from exc
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as exc:
            raise (Lost if _exchange.sent else Unsendable)(_words(exc)) from exc
        except httpx.TransportError as exc:
            # A pooled connection that was closed before our first byte: the system took nothing from us.
            raise (Lost if _exchange.sent else Unsent)(_words(exc)) from exc
        try:
            return _read(response, cap)
        finally:
            response.close()


def _read(response: httpx.Response, cap: int) -> Reply:
    parts: list[bytes] = []
    size = 0
    fault = None
    try:
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > cap:
                break
    except (httpx.TransportError, httpx.DecodingError) as exc:
        fault = f"the body is cut: {_words(exc)}"
    body = b"".join(parts)[: cap + 1]
    return Reply(response.status_code, response.headers, body, fault, size > cap)


def _words(exc: Exception) -> str:
    return redact(f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__)
