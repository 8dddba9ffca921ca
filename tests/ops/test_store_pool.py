"""Many workers on one database: none of them fails for want of a connection."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import text

from connector.scheduler import WORKERS
from connector.store.engine import Database


def test_every_worker_may_hold_one_connection_and_use_another(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'connector.db'}")
    everybody = threading.Barrier(sum(WORKERS.values()))
    read: list[int] = []

    def work() -> None:
        with database.read() as held:
            held.execute(text("SELECT 1"))
            everybody.wait(20)
            read.append(1)

    threads = [threading.Thread(target=work) for _ in range(sum(WORKERS.values()))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    database.close()
    assert len(read) == sum(WORKERS.values())
