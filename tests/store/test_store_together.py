"""Locks, budgets, and several processes on one database without a lock error."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from starts import COMPANY, EVER, NOON, a_start, in_processes, in_threads, recorded

from connector.app import StoredBudgets, Stores, open_stores
from connector.domain.actions import Change, Kind, State
from connector.domain.errors import Busy
from connector.domain.listings import Brake
from connector.domain.model import Job, JobList, Position
from connector.rest.budget import Budget
from connector.store.budgets import Budgets

AT_ONCE = [in_threads, in_processes]

# --- the company's lock


def test_a_lock_that_is_held_is_busy(url: str, stores: Stores) -> None:
    other = open_stores(url)
    with stores.locks.hold(COMPANY, 0), pytest.raises(Busy), other.locks.hold(COMPANY, 0):
        pass
    other.close()


def test_a_lock_is_free_again_after_use_and_after_an_error(url: str, stores: Stores) -> None:
    other = open_stores(url)
    with pytest.raises(KeyError), stores.locks.hold(COMPANY, 0):
        raise KeyError
    with other.locks.hold(COMPANY, 0), pytest.raises(Busy), stores.locks.hold(COMPANY, 0):
        pass
    other.close()


def test_each_company_has_its_own_lock(url: str, stores: Stores) -> None:
    other = open_stores(url)
    with stores.locks.hold(COMPANY, 0), other.locks.hold("northgate", 0):
        pass
    other.close()


def test_a_waiter_gets_the_lock_when_it_is_let_go(url: str, stores: Stores) -> None:
    other, held, free = open_stores(url), threading.Event(), threading.Event()

    def hold() -> None:
        with stores.locks.hold(COMPANY, 0):
            held.set()
            free.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.1, free.set).start()
    with other.locks.hold(COMPANY, 10):
        assert free.is_set()
    holder.join()
    other.close()


HOLDER = """
import sys, time
from connector.app import open_stores
stores = open_stores(sys.argv[1])
with stores.locks.hold("harbourline", 0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_frees_its_lock_at_once(url: str, stores: Stores) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Busy), stores.locks.hold(COMPANY, 0):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    before = time.monotonic()
    with stores.locks.hold(COMPANY, 5):
        assert time.monotonic() - before < 2
    holder.stdout.close()


def count_in_lock(url: str) -> int:
    """Add to a number in two steps that only a lock keeps together."""
    stores, done = open_stores(url), 0
    while done < 10:
        try:
            with stores.locks.hold(COMPANY, 20):
                number = int(stores.memory.setting("number", "0"))
                with stores.database.write() as connection:
                    wanted = {"v": str(number + 1)}
                    connection.execute(text("UPDATE setting SET value = :v WHERE name = 'number'"), wanted)
            done += 1
        except Busy:
            continue
    stores.close()
    return done


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_only_one_at_a_time_is_inside_the_lock(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    at_once(count_in_lock, [(url,)] * 3)
    assert stores.memory.setting("number", "0") == "30"


# --- budgets


def count_calls(url: str) -> None:
    stores = open_stores(url)
    budgets = Budgets(stores.database)
    for _ in range(40):
        budgets.update("scope", lambda before: str(int(before or 0) + 1))
    stores.close()


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_budgets_are_changed_without_losing_a_call(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    at_once(count_calls, [(url,)] * 3)
    assert Budgets(stores.database).update("scope", lambda before: str(before)) == "120"


def spend(url: str) -> int:
    stores, spent = open_stores(url), 0
    budget = Budget(StoredBudgets(stores.database), "pinpoint:x", ((10, 60.0),))
    for _ in range(10):
        try:
            budget.acquire()
            spent += 1
        except Exception:  # noqa: BLE001 - whatever it is, the call may not go
            break
    stores.close()
    return spent


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_one_budget_holds_for_all_processes_together(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    assert 0 < sum(at_once(spend, [(url,)] * 3)) <= 10


# --- readers and writers


def test_readers_do_not_wait_for_an_open_writer(url: str, stores: Stores) -> None:
    recorded(stores, 3)
    reader = open_stores(url)
    with stores.database.write() as connection:
        connection.execute(text("UPDATE action SET note = 'under way'"))
        before = time.monotonic()
        notes = {item.note for item in reader.actions.in_states(COMPANY, [State.PLANNED])}
        assert time.monotonic() - before < 1
    assert notes == {""}
    reader.close()


def work_hard(url: str, name: str) -> int:
    """Do what a daemon and commands do, all at once: read, record, move, remember."""
    stores = open_stores(url)
    for number in range(25):
        stores.feed.record(COMPANY, [a_start(number, id=f"{name}-{number}")])
        (item,) = stores.actions.of_start(COMPANY, f"{name}-{number}")
        stores.actions.move([Change(item, State.PARKED, "no_email")])
        stores.memory.note_run(COMPANY, name, item.started_at, None)
        stores.actions.counts(COMPANY)
    stores.close()
    return 25


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_a_daemon_and_commands_share_one_database(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    assert sum(at_once(work_hard, [(url, "daemon"), (url, "send"), (url, "retry")])) == 75
    assert stores.actions.counts(COMPANY)["parked"] == 75


def keep_lists(url: str, begin: int) -> None:
    stores = open_stores(url)
    for turn in range(begin, begin + 25):
        # each reading finds every job changed
        needs = (False, False, False, False)
        jobs = {str(n): Job(str(n), f"Job {n} of {turn}", "open", "external", *needs) for n in range(20)}
        stores.memory.keep_job_list(COMPANY, JobList(jobs, {}, finished=True), NOON)
        stores.memory.keep_positions(COMPANY, [Position(str(n), str(turn), "open", None) for n in range(20)], NOON)
        stores.listings.keep_brake(COMPANY, Brake("shrunk", NOON, frozenset({"1"}), 9, 0, NOON))
    stores.close()


@pytest.mark.parametrize("at_once", AT_ONCE)
def test_lists_are_replaced_by_several_at_once(url: str, stores: Stores, at_once: Callable[..., Any]) -> None:
    at_once(keep_lists, [(url, 0), (url, 100), (url, 200)])
    jobs, _ = stores.memory.jobs(COMPANY)
    assert (len(jobs), len({job.title.rpartition(" ")[2] for job in jobs.values()})) == (20, 1)


def test_a_long_backlog_does_not_slow_down_what_is_due(stores: Stores) -> None:
    for page in range(10):
        stores.feed.record(COMPANY, [a_start(page * 1000 + n) for n in range(1000)])
    stores.actions.hold_back(COMPANY, "first_batch_too_large")
    before = time.monotonic()
    for _ in range(50):
        assert stores.actions.due(COMPANY, Kind.APPLICATION, EVER, 50) == []
    assert time.monotonic() - before < 1
