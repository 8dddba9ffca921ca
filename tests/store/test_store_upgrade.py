"""A database is created, upgraded after a copy, and refused if a newer version wrote it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from starts import in_processes, in_threads

from connector.app import Stores, open_stores
from connector.domain.errors import NewerSchema, StoreError
from connector.store import upgrade as steps
from connector.store.engine import Database
from connector.store.tables import Table


def opened(url: str) -> None:
    open_stores(url).close()


def set_revision(url: str, revision: str) -> None:
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    database.close()


def test_a_missing_database_is_created(empty_url: str) -> None:
    stores = open_stores(empty_url)
    assert steps.revision(stores.database) == steps.HEAD
    assert stores.copied_to is None
    stores.close()


def test_opening_twice_changes_nothing(url: str) -> None:
    first = open_stores(url)
    second = open_stores(url)
    assert (first.secret, second.copied_to) == (second.secret, None)
    first.close()
    second.close()


def test_the_tables_are_what_the_migrations_make(empty_url: str) -> None:
    stores = open_stores(empty_url)
    with stores.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    stores.close()


def test_head_is_the_newest_step_in_the_folder() -> None:
    assert ScriptDirectory.from_config(steps._config()).get_current_head() == steps.HEAD


def test_a_newer_schema_is_refused_and_left_untouched(url: str) -> None:
    set_revision(url, "9999")
    with pytest.raises(NewerSchema, match="9999"):
        open_stores(url)
    database = Database(url)
    assert steps.revision(database) == "9999"
    database.close()


def test_a_file_is_copied_before_it_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/connector.db"
    opened(url)
    monkeypatch.setattr(steps, "HEAD", "0002")
    monkeypatch.setattr("alembic.command.upgrade", lambda _config, _to: None)
    copy = steps.upgrade(Database(url))
    assert copy is not None
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_many_that_start_together_create_one_database(empty_url: str) -> None:
    in_threads(opened, [(empty_url,)] * 6)
    opened(empty_url)


def test_processes_that_start_together_create_one_database(empty_url: str) -> None:
    in_processes(opened, [(empty_url,)] * 3)
    opened(empty_url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "connector.db").write_text("this is a letter, and no database at all " * 40)
    with pytest.raises(StoreError):
        open_stores(f"sqlite:///{tmp_path}/connector.db")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        open_stores(f"sqlite:///{tmp_path}/nowhere/connector.db")


@pytest.mark.parametrize("url", ["connector.db", "not a url", ""])
def test_a_url_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        open_stores(url)


def test_a_server_that_is_not_there_is_refused() -> None:
    with pytest.raises(StoreError):
        open_stores("postgresql://connector@127.0.0.1:1/none?connect_timeout=1")


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/connector.db")
    asked: dict[str, Any] = {}
    with database.read() as connection:
        for name in ("journal_mode", "synchronous", "busy_timeout"):
            asked[name] = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
    assert (asked["journal_mode"], asked["synchronous"]) == ("wal", 2)
    assert asked["busy_timeout"] >= 10_000
    database.close()


def test_a_file_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path}/connector.db")
    stores = open_stores(f"sqlite:///file:{tmp_path}/connector.db?mode=ro&uri=true")
    with pytest.raises(StoreError, match="readonly"):
        stores.feed.confirm("harbourline")
    stores.close()


def fill_the_disk(stores: Stores) -> None:
    with stores.database.write() as connection:
        connection.execute(text("UPDATE setting SET value = 'half'"))
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        connection.execute(text("INSERT INTO setting VALUES ('big', zeroblob(1000000))"))


def test_a_full_disk_is_a_store_error_and_leaves_no_half(tmp_path: Path) -> None:
    stores = open_stores(f"sqlite:///{tmp_path}/connector.db")
    with pytest.raises(StoreError, match="full"):
        fill_the_disk(stores)
    assert stores.memory.setting("person_secret", "") == stores.secret
    stores.close()
