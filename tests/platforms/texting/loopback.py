"""Scripted servers and adapters wired to them, for tests of one vendor's requests and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connector.rest.client import Tuning
from connector.rest.keyring import Keyring
from tests.rest.raw_server import Handler, Request, Server, reply

FAST = Tuning(
    connect_s=1.0,
    read_s=1.0,
    write_s=1.0,
    total_s=1.5,
    attempts=2,
    backoff_s=0.01,
    soonest_retry_s=0.01,
    retry_after_fallback_s=0.02,
    longest_sleep_s=0.2,
)


@dataclass(frozen=True)
class Asked:
    """A request, taken apart."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    authorization: str | None
    content_type: str
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def taken_apart(request: Request) -> Asked:
    method, target, _ = request.line.split(" ")
    parts = urlsplit(target)
    headers = request.headers
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Asked(method, parts.path, query, headers.get("authorization"), headers.get("content-type", ""), request.body)


def asked(server: Server) -> list[Asked]:
    return [taken_apart(request) for request in server.requests]


def data(body: Any, status: int = 200, **headers: str) -> Handler:
    return reply(status, json.dumps(body).encode(), **headers)


def ring(*keys: str) -> Keyring:
    return Keyring(lambda: keys)


def servers() -> Iterator[Any]:
    """The body of a fixture that starts servers and stops them in the end."""
    running: list[Server] = []

    def start(*handlers: Handler) -> Server:
        running.append(Server(handlers))
        return running[-1]

    yield start
    for server in running:
        server.close()
