"""Fixtures: the outside world on loopback, and a desk to run commands from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox.world import World
from tests.cli.desk import Desk
from tests.cli.text_desk import TextDesk


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None) as running:
        yield running


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


@pytest.fixture
def text_world() -> Iterator[World]:
    with World(limits=None, texting=("twilio", "clicksend")) as running:
        yield running


@pytest.fixture
def texting(text_world: World, tmp_path: Path) -> TextDesk:
    return TextDesk(text_world, tmp_path)
