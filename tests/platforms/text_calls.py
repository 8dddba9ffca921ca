"""Callbacks of SMS vendors as the web layer hands them over, and servers that answer by a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

from connector.domain.texts import Callback
from connector.rest.client import Tuning
from tests.rest.raw_server import Handler, Request, Server, reply

#: at the end of every callback's path
SECRET = "invented-path-secret-0001"
FORM = "application/x-www-form-urlencoded"
PUBLIC = "https://sms.example.com/callbacks/acme"

TUNING = Tuning(
    connect_s=1.0, read_s=0.4, write_s=1.0, total_s=1.0, attempts=2, backoff_s=0.01, soonest_retry_s=0.01,
    retry_after_fallback_s=9.0, longest_sleep_s=0.2,
)  # fmt: skip


def callback(
    provider: str,
    what: str,
    fields: Any = None,
    *,
    method: str = "POST",
    query: Mapping[str, str] | str = "",
    body: bytes | None = None,
    kind: str = FORM,
    secret: str = SECRET,
) -> Callback:
    """A call with the fields in its body, or with any other body."""
    if body is None:
        body = urlencode(fields or {}).encode() if kind == FORM else json.dumps(fields).encode()
    text = query if isinstance(query, str) else urlencode(query)
    url = f"{PUBLIC}/{provider}/{what}/{SECRET}" + (f"?{text}" if text else "")
    headers = {"content-type": kind} if method == "POST" else {}
    return Callback("acme", provider, what, method, url, headers, body if method == "POST" else b"", secret)


@contextmanager
def serving(*handlers: Handler) -> Iterator[Server]:
    """A server that answers request n with handler n."""
    server = Server(handlers)
    try:
        yield server
    finally:
        server.close()


def path_of(request: Request) -> str:
    """Method and path, without the query."""
    return request.line.rsplit(" ", 1)[0].partition("?")[0]


def query_of(request: Request) -> dict[str, str]:
    """The query; each name once."""
    return {name: values[0] for name, values in parse_qs(request.line.split(" ")[1].partition("?")[2]).items()}


Serve = Callable[..., Server]


@contextmanager
def receiving() -> Iterator[Server]:
    """A receiver of callbacks that answers every call with an empty 200."""
    with serving(reply(200, b"", "text/plain")) as server:
        yield server


def heard(server: Server, provider: str) -> list[Callback]:
    """What a receiver heard, as the web layer would hand it over: the secret is the end of the path."""
    found = []
    for request in server.requests:
        method, target, _ = request.line.split(" ")
        what, secret = target.partition("?")[0].split("/")[-2:]
        url = f"https://sms.example.com{target}"
        found.append(Callback("acme", provider, what, method, url, request.headers, request.body, secret))
    return found


def address(server: Server, provider: str, what: str) -> str:
    """Where a vendor calls us."""
    return f"{server.url}/callbacks/acme/{provider}/{what}/{SECRET}"
