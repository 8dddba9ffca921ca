"""Fixtures: servers with a script, and Exotel's adapter wired to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from text_calls import SECRET, TUNING, Serve, serving

from connector.platforms.exotel.adapter import ExotelTexting, build
from connector.rest.budget import MemoryLedger
from connector.rest.keyring import Keyring
from tests.rest.raw_server import Handler, Server

ACCOUNT = "acme1"
OPTIONS = {
    "api_key": "invented-user-0001",
    "dlt_entity_id": "1101234567890123456",
    "dlt_template_id": "1107234567890123456",
    "sms_type": "transactional",
}


@pytest.fixture
def every_request_keeps_the_contract() -> None:
    """Exotel has no contract of ours: its requests are looked at one by one."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*handlers: Handler) -> Server:
            return stack.enter_context(serving(*handlers))

        yield start


Connect = Callable[..., ExotelTexting]


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:

        def open_account(
            url: str = "http://127.0.0.1:1",
            *,
            account: str = ACCOUNT,
            keys: tuple[str, ...] = ("invented-token-0001",),
            secret: str | None = SECRET,
            options: dict[str, str] = OPTIONS,
        ) -> ExotelTexting:
            texting = build(
                url,
                account,
                Keyring(lambda: keys),
                signing=lambda: (),
                callback_secret=secret,
                options=options,
                rate_limits=(),
                budget_ledger=MemoryLedger(),
                tuning=TUNING,
            )
            stack.callback(texting.close)
            return texting

        yield open_account


@pytest.fixture
def exotel(connect: Connect) -> ExotelTexting:
    """An account that is never called."""
    return connect()
