"""The list moves while its pages are turned, and the process dies between a write and its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connector.domain.actions import State
from connector.flows.inquiry import stuck
from connector.flows.listings import sync_listings
from connector.platforms.pinpoint import adapter
from tests.flows.scene import DyingLedger, Killed, Scene


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PAGE_ROWS", 3)


def between_pages(scene: Scene, happens: Callable[[], None], times: int = 1) -> None:
    """Let something happen after the first page of each of the next few readings."""
    ats: Any = scene.company.ats
    exchange, left = ats._client._transport.exchange, [times]

    def watched(method: str, url: str, **options: Any) -> Any:
        answer = exchange(method, url, **options)
        first = ("page[number]", "1") in options["params"] and ("page[size]", "3") in options["params"]
        if first and left[0]:
            left[0] -= 1
            happens()
        return answer

    ats._client._transport.exchange = watched


def read(scene: Scene) -> None:
    scene.clock.advance(301)
    sync_listings(scene.company)


@pytest.mark.usefixtures("small_pages")
def test_a_list_that_moves_once_is_read_again(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(7)]
    read(scene)
    between_pages(scene, lambda: scene.pinpoint.delete_job(jobs[0]))
    read(scene)
    assert jobs[1:] == sorted(scene.cord.ats_jobs)


@pytest.mark.usefixtures("small_pages")
def test_a_list_that_keeps_moving_withdraws_nothing_and_says_so(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(9)]
    read(scene)
    gone = iter(jobs)
    between_pages(scene, lambda: scene.pinpoint.delete_job(next(gone)), times=2)
    read(scene)
    assert jobs == sorted(scene.cord.ats_jobs)
    assert ["suspicious_change"] == [fault.item.reason for fault in stuck(scene.company)]
    read(scene)
    assert (jobs[2:], []) == (sorted(scene.cord.ats_jobs), stuck(scene.company))


@pytest.mark.usefixtures("small_pages")
def test_a_row_that_slips_past_the_reader_unnoticed_is_asked_for_by_itself(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(7)]
    read(scene)

    def swap() -> None:
        # one goes and another comes: the total stays what it was
        scene.pinpoint.delete_job(jobs[0])
        scene.job()

    between_pages(scene, swap)
    scene.world.clear_calls()
    read(scene)
    assert set(jobs[1:]) <= set(scene.cord.ats_jobs)
    read(scene)
    assert 7 == len(scene.cord.ats_jobs)


@pytest.mark.usefixtures("small_pages")
def test_a_moving_list_makes_no_job_gone_for_forwarding(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(9)]
    start = scene.start(scene.position(jobs[4]))
    read(scene)
    gone = iter(jobs)
    between_pages(scene, lambda: scene.pinpoint.delete_job(next(gone)), times=2)
    read(scene)
    scene.sync()
    assert ("done", "sent") == scene.outcome(start)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_killed_between_the_write_and_its_record_the_same_bytes_are_sent_again(scene: Scene, method: str) -> None:
    job = scene.job()
    if method == "DELETE":
        read(scene)
        scene.pinpoint.edit_job(job, status="closed")
    ledger = DyingLedger(scene.stores.actions, lambda change: change.state is State.DONE)
    scene.clock.advance(301)
    with pytest.raises(Killed):
        sync_listings(replace(scene.company, actions=ledger))
    scene.restart()
    read(scene)
    calls = scene.calls("cord", method, "/ats-jobs/")
    assert 2 == len(calls)
    assert 1 == len({call.request_headers["idempotency-key"] for call in calls})
    assert ([job] if method == "PUT" else []) == list(scene.cord.ats_jobs)
    with scene.nothing_written():
        read(scene)


def test_killed_before_the_brake_was_told_it_is_told_by_the_next_run(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(6)]
    read(scene)
    for job in jobs:
        scene.pinpoint.edit_job(job, status="closed")
    listings = scene.stores.listings

    class Dying:
        def __getattr__(self, name: str) -> Any:
            return getattr(listings, name)

        def fault(self, *about: Any) -> None:
            raise Killed

    scene.clock.advance(301)
    with pytest.raises(Killed):
        sync_listings(replace(scene.company, listings=Dying()))
    read(scene)
    assert ["suspicious_change"] == [fault.item.reason for fault in stuck(scene.company)]
