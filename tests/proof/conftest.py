"""Fixtures: one served world for the whole module, and an empty database to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.app import open_stores
from connector.sandbox.world import World
from tests.proof.nursery import Nursery
from tests.proof.texting_stage import VENDORS, Switchboard


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with World(limits=None) as world:
        yield world


@pytest.fixture(scope="module")
def nursery(served: World) -> Iterator[Nursery]:
    bearing = Nursery(served)
    yield bearing
    bearing.close()


@pytest.fixture(scope="module")
def texted() -> Iterator[World]:
    """A served world with all four vendors of text messages."""
    with World(limits=None, texting=VENDORS) as world:
        yield world


@pytest.fixture(scope="module")
def switchboard() -> Iterator[Switchboard]:
    """Where those vendors call."""
    made = Switchboard()
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is up to date and empty: creating one takes longer than most runs."""
    file = tmp_path_factory.mktemp("database") / "connector.db"
    open_stores(f"sqlite:///{file}").close()
    return file
