"""Fixtures: a scripted Plivo, and the adapter wired to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connector.platforms.plivo import adapter as plivo
from connector.rest.budget import MemoryLedger
from connector.rest.calls import CallSeen
from tests.platforms.plivo.plivo_rows import ACCOUNT, SECRET, TOKEN
from tests.platforms.texting.loopback import FAST, ring, servers
from tests.rest.raw_server import Server

#: an adapter over a server, with options and keys
Connect = Callable[..., plivo.PlivoTexting]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    yield from servers()


@pytest.fixture
def seen() -> list[CallSeen]:
    return []


@pytest.fixture
def connect(seen: list[CallSeen]) -> Iterator[Connect]:
    adapters: list[plivo.PlivoTexting] = []

    def build(server: Server, *keys: str, account: str = ACCOUNT, **options: str) -> plivo.PlivoTexting:
        adapters.append(
            plivo.build(
                server.url,
                account,
                ring(*(keys or (TOKEN,))),
                signing=lambda: (TOKEN,),
                callback_secret=SECRET,
                options=options,
                rate_limits=(),
                budget_ledger=MemoryLedger(),
                tuning=FAST,
                on_call=seen.append,
            )
        )
        return adapters[-1]

    yield build
    for adapter in adapters:
        adapter.close()
