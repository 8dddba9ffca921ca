"""Clocks that are wrong, differ, or jump: everybody arrives, nobody twice."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.domain.errors import RateLimited
from connector.rest.calls import Tuning
from connector.sandbox import faults
from connector.sandbox.world import World
from connector.store import feeds, ledger
from tests.proof.stage import BRISK, Stage, blank, doubled, last_told, writes

SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "5"))
SKEW_S = 90 * 60.0
HOUR_S = 3600.0
PEOPLE = 8


class Machine:
    """The connector's machine, whose clock can be set wrong, for the database too."""

    def __init__(self) -> None:
        self.off = timedelta()
        self.stages: list[Stage] = []

    def set_off(self, seconds: float) -> None:
        """Let the clock be wrong by so many seconds."""
        self.off = timedelta(seconds=seconds)
        for stage in self.stages:
            stage.clock.ahead = self.off


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + found.off

    for module in (feeds, ledger):
        monkeypatch.setattr(module, "datetime", Shifted)
    return found


@pytest.fixture
def make_stage(served: World, tmp_path: Path, new_database: Path, machine: Machine) -> Iterator[Callable[..., Stage]]:
    shutil.copy(new_database, tmp_path / "connector.db")
    blank(served, SEED)
    served.pinpoint.add_job(id="5101", title="Job")
    served.cord.add_position(id="po_1", title="Position", linked_job="5101")

    def make(tuning: Tuning = BRISK, **mapping: Any) -> Stage:
        machine.stages.append(Stage(tmp_path, served, tuning=tuning, **mapping))
        return machine.stages[-1]

    yield make
    for stage in machine.stages:
        stage.close()


def _start(world: World, number: int = PEOPLE) -> None:
    for _ in range(number):
        world.cord.start_conversation(world.cord.add_person(**next(world.people).details()), "po_1")


def _assert_all_arrived(world: World, stage: Stage, number: int = PEOPLE) -> None:
    assert doubled(world) == []
    assert list(stage.ledger().values()) == [("done", "sent")] * number
    assert len(world.pinpoint.applications) == number
    assert list(last_told(world).values()) == ["sent"] * number
    before = writes(world)
    stage.run()
    assert writes(world)[len(before) :] == []


@pytest.mark.parametrize("start", ["now", "beginning"])
@pytest.mark.parametrize(("cord_s", "pinpoint_s"), [(SKEW_S, SKEW_S), (-SKEW_S, -SKEW_S), (SKEW_S, -SKEW_S)])
def test_clocks_ninety_minutes_apart_change_nothing(
    start: str, cord_s: float, pinpoint_s: float, served: World, make_stage: Callable[..., Stage]
) -> None:
    stage = make_stage(forwarding={"start": start})
    served.cord.clock_offset_s, served.pinpoint.clock_offset_s = cord_s, pinpoint_s
    stage.run()
    served.faults.add(faults.RESET_AFTER, method="POST", path="/applications", nth=2)
    served.faults.add(faults.RATE_LIMITED, path="/candidates", nth=3, retry_after="http-date")
    _start(served)
    stage.settle()
    _assert_all_arrived(served, stage)


@pytest.mark.parametrize("start", ["now", "beginning"])
def test_cursors_that_expire_while_clocks_differ_bring_nobody_back_and_lose_nobody(
    start: str, served: World, make_stage: Callable[..., Stage]
) -> None:
    served.cord.clock_offset_s = -SKEW_S
    _start(served, 2)
    # rows carry whole milliseconds
    time.sleep(1.1)
    stage = make_stage(forwarding={"start": start})
    stage.run()
    _start(served)
    served.cord.expire_cursors()
    stage.settle()
    stands = list(stage.ledger().values())
    early = {"now": [("parked", "before_start")] * 2, "beginning": [("done", "sent")] * 2}[start]
    assert sorted(stands) == sorted([*early, *[("done", "sent")] * PEOPLE])
    assert doubled(served) == []


@pytest.mark.parametrize("jumps", [(HOUR_S, 0.0), (-HOUR_S, 0.0), (HOUR_S, -HOUR_S), (-HOUR_S, HOUR_S)])
def test_our_clock_may_jump_between_runs(
    jumps: tuple[float, float], served: World, make_stage: Callable[..., Stage], machine: Machine
) -> None:
    stage = make_stage()
    kinds = (faults.RESET_AFTER, faults.BAD_GATEWAY_BEFORE, faults.GARBAGE_AFTER, faults.ERROR_AFTER)
    for nth, kind in enumerate(kinds, 1):
        served.faults.add(kind, method="POST", path="/applications", nth=nth)
    served.faults.add(faults.UNAVAILABLE, path="/deliveries", nth=1, times=3)
    for jump_s in (0.0, *jumps):
        machine.set_off(jump_s)
        _start(served, 4)
        stage.run()
    # whoever waits for a time that was written before a jump back waits an hour at most
    for minutes in range(0, 140, 10):
        machine.set_off(jumps[-1] + minutes * 60)
        stage.run()
    _assert_all_arrived(served, stage, 12)


@pytest.mark.parametrize("server_s", [-SKEW_S, SKEW_S])
def test_a_moment_to_wait_for_is_read_against_the_answer_s_own_date(
    server_s: float, served: World, make_stage: Callable[..., Stage]
) -> None:
    stage = make_stage(replace(BRISK, longest_retry_after_s=HOUR_S))
    served.cord.clock_offset_s = server_s
    served.faults.add(faults.RATE_LIMITED, path="/positions", times=None, retry_after="http-date", seconds=2)
    with pytest.raises(RateLimited) as caught:
        stage.company.source.positions()
    assert 1.0 <= caught.value.retry_after_s <= 2.0
