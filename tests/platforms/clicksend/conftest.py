"""Fixtures: servers with a script, and ClickSend's adapter wired to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from text_calls import SECRET, TUNING, Serve, serving

from connector.platforms.clicksend.adapter import ClickSendTexting, build
from connector.rest.budget import MemoryLedger
from connector.rest.keyring import Keyring
from tests.rest.raw_server import Handler, Server


@pytest.fixture
def every_request_keeps_the_contract() -> None:
    """ClickSend's own SDK judges its requests."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*handlers: Handler) -> Server:
            return stack.enter_context(serving(*handlers))

        yield start


Connect = Callable[..., ClickSendTexting]


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:

        def open_account(
            url: str = "http://127.0.0.1:1",
            *,
            account: str = "acme@example.com",
            keys: tuple[str, ...] = ("INVENTED-KEY-0001",),
            secret: str | None = SECRET,
        ) -> ClickSendTexting:
            texting = build(
                url,
                account,
                Keyring(lambda: keys),
                signing=lambda: (),
                callback_secret=secret,
                options={},
                rate_limits=(),
                budget_ledger=MemoryLedger(),
                tuning=TUNING,
            )
            stack.callback(texting.close)
            return texting

        yield open_account


@pytest.fixture
def clicksend(connect: Connect) -> ClickSendTexting:
    """An account that is never called."""
    return connect()
