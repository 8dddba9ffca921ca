"""Fixtures: a scripted Twilio, and the adapter wired to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from connector.platforms.twilio import adapter as twilio
from connector.rest.budget import MemoryLedger
from connector.rest.calls import CallSeen
from tests.platforms.texting.loopback import FAST, ring, servers
from tests.rest.raw_server import Server

ACCOUNT, TOKEN = "AC" + "a1" * 16, "0123456789abcdef0123456789abcdef"

#: an adapter over a server, with options and keys
Connect = Callable[..., twilio.TwilioTexting]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    yield from servers()


@pytest.fixture
def seen() -> list[CallSeen]:
    return []


@pytest.fixture
def connect(seen: list[CallSeen]) -> Iterator[Connect]:
    adapters: list[twilio.TwilioTexting] = []

    def build(server: Server, *keys: str, messaging: Server | None = None, **options: str) -> twilio.TwilioTexting:
        everything: Mapping[str, Any] = {
            "messaging_url": (messaging or server).url, "pricing_url": (messaging or server).url, **options,
        }  # fmt: skip
        adapters.append(
            twilio.build(
                server.url,
                ACCOUNT,
                ring(*(keys or (TOKEN,))),
                signing=lambda: (TOKEN,),
                callback_secret=None,
                options=everything,
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
