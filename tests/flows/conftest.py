"""Fixtures: the outside world on loopback, and a company at work in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.app import open_stores
from connector.sandbox.world import World
from tests.contract.witness import every_request_keeps_the_contract as every_request_keeps_the_contract
from tests.flows.scene import Scene
from tests.flows.text_scene import TextScene


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None) as running:
        yield running


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is up to date and empty, to be copied: creating one takes longer than most tests."""
    file = tmp_path_factory.mktemp("database") / "connector.db"
    open_stores(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def make_scene(tmp_path: Path, world: World, new_database: Path) -> Iterator[Callable[..., Scene]]:
    """Makes a scene with changes to the mapping."""
    made: list[Scene] = []

    def make(**mapping: Any) -> Scene:
        if not (tmp_path / "connector.db").exists():
            shutil.copy(new_database, tmp_path / "connector.db")
        made.append(Scene(tmp_path, world, **mapping))
        return made[-1]

    yield make
    for scene in made:
        scene.close()


@pytest.fixture
def make_text_scene(tmp_path: Path, new_database: Path) -> Iterator[Callable[..., TextScene]]:
    """Makes a scene with accounts at SMS vendors: `make_text_scene("plivo", sms={…})`."""
    made: list[TextScene] = []
    worlds: list[World] = []

    def make(*vendors: str, **mapping: Any) -> TextScene:
        worlds.append(World(limits=None, texting=vendors or ("twilio",)))
        worlds[-1].start()
        shutil.copy(new_database, tmp_path / "connector.db")
        made.append(TextScene(tmp_path, worlds[-1], **mapping))
        return made[-1]

    yield make
    for scene in made:
        scene.close()
    for running in worlds:
        running.stop()


@pytest.fixture
def texts(make_text_scene: Callable[..., TextScene]) -> TextScene:
    """A company with an account at Twilio."""
    return make_text_scene()


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    return make_scene()
