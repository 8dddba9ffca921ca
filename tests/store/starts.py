"""Starts to be recorded, and work for several threads or processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connector.app import Stores
from connector.domain.actions import Item, Kind
from connector.domain.model import ConversationStart

COMPANY = "harbourline"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
#: processes that share nothing with this one, and start fast
FRESH = multiprocessing.get_context("forkserver")
FRESH.set_forkserver_preload(["connector.app", "connector.store.upgrade", "alembic.command", "psycopg", "pytest"])
#: later than anything that a store stamps with the machine's time
EVER = datetime.now(UTC) + timedelta(days=3650)


def a_start(number: int, **changes: Any) -> ConversationStart:
    plain = ConversationStart(
        id=f"cs_{number}",
        sequence=f"{number:012d}",
        conversation_id=f"cv_{number}",
        candidate_id=f"pe_{number}",
        position_id="po_1",
        position_title="Engineer",
        linked_job="5101",
        started_at=NOON,
        automatic=True,
        manual=False,
    )
    return replace(plain, **changes)


def recorded(stores: Stores, number: int, company: str = COMPANY) -> list[Item]:
    """Record so many starts and return them as they are due."""
    stores.feed.record(company, [a_start(n) for n in range(1, number + 1)])
    return stores.actions.due(company, Kind.APPLICATION, EVER, number)


def in_threads(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    with ThreadPoolExecutor(len(arguments)) as pool:
        return [future.result() for future in [pool.submit(work, *each) for each in arguments]]


def in_processes(work: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    with ProcessPoolExecutor(len(arguments), mp_context=FRESH) as pool:
        return [future.result() for future in [pool.submit(work, *each) for each in arguments]]
