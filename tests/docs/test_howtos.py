"""What the how-tos promise beyond single commands."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connector.cli.sandbox import another_starts
from connector.cli.stage import KEY_NAME
from connector.sandbox.world import World
from tests.docs.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with World(limits=None) as world:
        yield Stage(world, tmp_path)


def copy(source: Path, target: Path) -> None:
    """Do what `sqlite3 FILE ".backup COPY"` does."""
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


def reason_of(stage: Stage, start: str) -> str:
    """Return the reason of a start's application."""
    matches = stage.json("explain", start)["matches"]
    return next(str(match["reason"]) for match in matches if match["kind"] == "application")


def test_a_restored_backup_doubles_nobody(stage: Stage) -> None:
    database, backup = stage.folder / "connector.db", stage.folder / "backup.db"
    copy(database, backup)
    since = another_starts(stage.world, "po_17")
    assert stage.run("sync").returncode == 0
    sent = stage.addresses()
    for left in stage.folder.glob("connector.db*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    shutil.copy(backup, database)
    assert stage.run("sync", "--until-idle").returncode == 0
    assert stage.addresses() == sent
    assert reason_of(stage, since) == "sent"


def test_an_empty_database_doubles_nobody(stage: Stage) -> None:
    before = another_starts(stage.world, "po_17")
    assert stage.run("sync").returncode == 0
    sent = stage.addresses()
    for left in stage.folder.glob("connector.db*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    assert stage.run("sync", "--until-idle").returncode == 0
    assert stage.addresses() == sent
    assert reason_of(stage, before) == "sent"


def test_a_database_moved_to_another_folder_goes_on(stage: Stage) -> None:
    copy(stage.folder / "connector.db", stage.folder / "moved.db")
    before = stage.json("status")["companies"][0]["counts"]
    moved = ("--database", "sqlite:///moved.db")
    assert stage.json("status", *moved)["companies"][0]["counts"] == before
    assert stage.run("sync", *moved).returncode == 0
    assert stage.json("status", *moved)["companies"][0]["counts"] == before


def test_both_keys_are_named_while_one_is_rotated(stage: Stage) -> None:
    file = stage.folder / "mappings" / "harbourline.yaml"
    old, new = f"${{{KEY_NAME}}}", f"${{{KEY_NAME}_2}}"
    text = file.read_text("utf-8")
    file.write_text(text.replace(f"api_key: {old}", f'api_key: ["{new}", "{old}"]'), "utf-8")
    ended = stage.run("check", **{f"{KEY_NAME}_2": "ppk_not_active_yet"})
    assert ended.returncode == 0
    assert f"{KEY_NAME}_2 is refused, and the older {KEY_NAME} works" in ended.stdout
