"""Fixtures: servers with a script, and clients with short time-outs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from raw_server import Handler, Server, refuse

from connector.rest.budget import Budget, MemoryLedger
from connector.rest.client import CallSeen, Client, Tuning

FAST = {
    "connect_s": 1.0, "read_s": 1.0, "write_s": 1.0, "pool_s": 0.3, "total_s": 1.5, "backoff_s": 0.01,
    "soonest_retry_s": 0.01, "retry_after_fallback_s": 0.02,
}  # fmt: skip


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*handlers: Handler) -> Server:
        servers.append(Server(handlers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def seen() -> list[CallSeen]:
    return []


@pytest.fixture
def budget() -> Budget:
    return Budget(MemoryLedger(), "cord", ())


@pytest.fixture
def connect(seen: list[CallSeen], budget: Budget) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def open_client(base_url: str, headers: dict[str, str] | None = None, **tuning: Any) -> Client:
        client = Client(
            platform="cord",
            base_url=base_url,
            headers=lambda: headers or {"X-API-KEY": "invented-key-123"},
            accept=("application/json",),
            refuse=refuse,
            budget=budget,
            tuning=Tuning(**{**FAST, **tuning}),
            on_call=seen.append,
        )
        clients.append(client)
        return client

    yield open_client
    for client in clients:
        client.close()
