"""Writers of one process take turns: first come, first served, and a turn that nobody takes stops nobody."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from connector.domain.errors import StoreError
from connector.store import engine
from connector.store.turns import OutOfTurn, Turns


def wait_for(turns: Turns, number: int) -> None:
    while len(turns._queue) < number:
        time.sleep(0.001)


def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), list[int]()

    def work(number: int) -> None:
        with turns.turn(10):
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    with turns.turn(1):
        for number, thread in enumerate(threads):
            thread.start()
            wait_for(turns, number + 1)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_whoever_waits_too_long_leaves_and_the_next_one_goes_on() -> None:
    turns, went = Turns(), list[str]()

    def patient() -> None:
        with turns.turn(10):
            went.append("patient")

    thread = threading.Thread(target=patient)
    with turns.turn(1):
        with pytest.raises(OutOfTurn), turns.turn(0.01):
            went.append("nobody")
        thread.start()
        wait_for(turns, 1)
    thread.join()
    with turns.turn(0.01):
        went.append("again")
    assert went == ["patient", "again"]


def test_many_who_give_up_at_the_very_moment_lose_no_turn() -> None:
    turns, held = Turns(), list[int]()

    def work(number: int) -> None:
        for _ in range(200):
            try:
                with turns.turn(0.0005):
                    held.append(number)
                    assert held.pop() == number
                    time.sleep(0.0005)
            except OutOfTurn:
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with turns.turn(1):
        assert held == []


def test_a_writer_that_never_ends_is_a_refusal_and_no_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    database = engine.Database(f"sqlite:///{tmp_path / 'connector.db'}")
    with database.write(), pytest.raises(StoreError, match="locked"), database.write():
        raise AssertionError
    with database.write() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()
