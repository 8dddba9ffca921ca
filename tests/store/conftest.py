"""Fixtures: every test of the store runs on a SQLite file, and on PostgreSQL where a server is at hand.

`CONNECTOR_TEST_POSTGRESQL=postgresql://connector@127.0.0.1:5432/postgres` names a server on which databases may be
made; each test gets one of its own.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from connector.app import Stores, open_stores

SERVER = os.environ.get("CONNECTOR_TEST_POSTGRESQL", "")


def administer(*statements: str) -> None:
    """Run statements on the server that no transaction may hold."""
    engine = create_engine(make_url(SERVER).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def url_of(database: str) -> str:
    return make_url(SERVER).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql" and not SERVER:
        pytest.skip("CONNECTOR_TEST_POSTGRESQL names no server")
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database in which nothing has been made yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/connector.db"
        return
    name = f"connector_{uuid.uuid4().hex}"
    administer(f"CREATE DATABASE {name}")
    yield url_of(name)
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """An up-to-date database of each kind, to be copied."""
    file = tmp_path_factory.mktemp("model") / "connector.db"
    open_stores(f"sqlite:///{file}").close()
    name = f"model_{uuid.uuid4().hex}" if SERVER else ""
    if SERVER:
        administer(f"CREATE DATABASE {name}")
        open_stores(url_of(name)).close()
    yield file, name
    if SERVER:
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def url(kind: str, tmp_path: Path, model: tuple[Path, str]) -> Iterator[str]:
    """The URL of a database that is up to date and empty."""
    file, template = model
    if kind == "sqlite":
        shutil.copy(file, tmp_path / "connector.db")
        yield f"sqlite:///{tmp_path}/connector.db"
        return
    name = f"connector_{uuid.uuid4().hex}"
    administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield url_of(name)
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def stores(url: str) -> Iterator[Stores]:
    opened = open_stores(url)
    yield opened
    opened.close()
