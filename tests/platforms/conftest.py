"""Fixtures: the outside world on loopback, and the adapters wired to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.platforms.cord import adapter as cord
from connector.platforms.pinpoint import adapter as pinpoint
from connector.rest.budget import MemoryLedger
from connector.rest.client import Tuning
from connector.sandbox.world import World
from tests.contract.witness import every_request_keeps_the_contract as every_request_keeps_the_contract

FAST = Tuning(
    read_s=2.0, write_s=2.0, total_s=3.0, attempts=2, backoff_s=0.01, soonest_retry_s=0.01, longest_sleep_s=0.2
)


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None) as running:
        yield running


@pytest.fixture
def source(world: World) -> Iterator[cord.CordSource]:
    adapter = cord.build(
        world.cord_url, lambda: world.cord_token, rate_limits=(), budget_ledger=MemoryLedger(), tuning=FAST
    )
    yield adapter
    adapter.close()


@pytest.fixture
def ats(world: World) -> Iterator[pinpoint.PinpointAts]:
    adapter = pinpoint.build(
        f"{world.pinpoint_url}/api/v1",
        lambda: world.pinpoint_key,
        rate_limits=(),
        budget_ledger=MemoryLedger(),
        tuning=FAST,
    )
    yield adapter
    adapter.close()
