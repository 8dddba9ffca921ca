"""Fixtures: each SMS provider in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.sandbox.world import World
from tests.platforms.texting.providers import WIRING, Provider


@pytest.fixture(params=list(WIRING))
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with World(limits=None, texting=[request.param]) as world:
        running = Provider(request.param, world)
        yield running
        running.close()
