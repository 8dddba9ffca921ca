"""A disk that is full, a database that is locked or read-only: nothing lost, a stated fault, recovery by itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from connector.domain.errors import StoreError
from connector.sandbox.world import World
from tests.flows.scene import Scene
from tests.ops.post import Daemon, wait_until


@contextmanager
def no_room(scene: Scene) -> Iterator[None]:
    """Let the database grow no further: SQLite itself refuses with SQLITE_FULL."""

    def limit(connection: Any, *_more: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    engine = scene.stores.database.engine
    event.listen(engine, "connect", limit)
    engine.dispose()
    yield
    event.remove(engine, "connect", limit)
    engine.dispose()


@pytest.fixture
def scene(tmp_path: Path, world: World) -> Iterator[Scene]:
    made = Scene(tmp_path, world)
    yield made
    made.close()


def fill(scene: Scene) -> None:
    """Use up the free pages that the database still has."""
    with closing(sqlite3.connect(scene.file)) as connection:
        connection.execute("VACUUM")


def test_full_disk_is_a_stated_fault_and_loses_and_doubles_nobody(scene: Scene) -> None:
    position = scene.position(scene.job())
    scene.sync()
    starts = [scene.start(position) for _ in range(40)]
    fill(scene)
    with no_room(scene):
        for _ in range(3):
            with pytest.raises(StoreError, match="full"):
                scene.sync()
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert len(scene.applications()) == len(starts)


def test_full_disk_in_the_middle_of_a_batch_loses_and_doubles_nobody(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(12)]
    create = scene.company.ats.create_application
    sent = []

    def fills_up(*given: Any, **more: Any) -> Any:
        answer = create(*given, **more)
        sent.append(answer)
        if len(sent) == 3:
            fill_up.__enter__()
        return answer

    fill_up = no_room(scene)
    object.__setattr__(scene.company.ats, "create_application", fills_up)
    with pytest.raises(StoreError, match="full"):
        scene.sync()
    fill_up.__exit__(None, None, None)
    scene.settle()
    assert {scene.outcome(start)[0] for start in starts} == {"done"}
    assert len(scene.applications()) == len(starts)


def _may_mount() -> bool:
    return os.geteuid() == 0 and shutil.which("mount") is not None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    if not _may_mount():
        pytest.skip("mounting a small file system needs root; the tests above fill SQLite itself")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here; the tests above fill SQLite itself")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def make_daemon(world: World, small_disk: Path, tmp_path: Path) -> Iterator[Callable[[], Daemon]]:
    made: list[Daemon] = []

    def make() -> Daemon:
        made.append(Daemon(world, tmp_path))
        made[-1].environ["CONNECTOR_DATABASE_URL"] = f"sqlite:///{small_disk}/connector.db"
        return made[-1]

    yield make
    for daemon in made:
        daemon.end()


def test_daemon_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    make_daemon: Callable[[], Daemon], small_disk: Path
) -> None:
    daemon = make_daemon()
    daemon.map()
    daemon.begin()
    wait_until(daemon.ready)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    daemon.starts(30)
    wait_until(lambda: not daemon.ready())
    assert "full" in daemon.reasons() or "disk" in daemon.reasons()
    ballast.unlink()
    wait_until(lambda: daemon.applications() == 30)
    wait_until(daemon.ready)
    assert len([row for row in daemon.log("run") if row["event"] == "run failed"]) <= 2
    assert [row for row in daemon.log("run") if row["event"] == "run broke"] == []


def test_daemon_waits_for_a_locked_database_and_goes_on(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    wait_until(daemon.ready)
    with closing(sqlite3.connect(daemon.folder / "connector.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        daemon.starts(3)
        wait_until(lambda: not daemon.ready())
        assert "applications has not succeeded" in daemon.reasons()
        assert daemon.get("/metrics")[0] == 200
        other.execute("ROLLBACK")
    wait_until(lambda: daemon.applications() == 3)
    wait_until(daemon.ready)
    assert [row for row in daemon.log("run") if row["event"] == "run broke"] == []


def test_a_lock_beyond_patience_is_a_store_error(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.store.engine.BUSY_TIMEOUT_MS", 100)
    start = scene.start()
    scene.restart()
    with closing(sqlite3.connect(scene.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            scene.sync()
        other.execute("ROLLBACK")
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")


def test_read_only_database_is_a_stated_fault_and_recovers(scene: Scene) -> None:
    def read_only(connection: Any, *_more: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    engine = scene.stores.database.engine
    start = scene.start()
    event.listen(engine, "connect", read_only)
    engine.dispose()
    with pytest.raises(StoreError, match="readonly"):
        scene.sync()
    event.remove(engine, "connect", read_only)
    engine.dispose()
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")
    assert len(scene.applications()) == 1


def test_daemon_whose_database_goes_says_so(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    wait_until(daemon.ready)
    for file in daemon.folder.glob("connector.db*"):
        if file.is_file():
            file.unlink()
    assert daemon.get("/readyz")[0] == 503
    assert "the database is gone" in daemon.reasons()
    assert daemon.figures()["connector_database_up"] == 0
    assert daemon.get("/healthz")[0] == 200


def test_folder_of_locks_that_cannot_be_written_is_a_store_error(scene: Scene) -> None:
    scene.start()
    folder = scene.file.with_name("connector.db.locks")
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("not a folder")
    with pytest.raises(StoreError, match="lock"):
        scene.sync()
    folder.unlink()
    scene.settle()
    assert len(scene.applications()) == 1
