"""Backfill: whoever started earlier is asked for in bulk, once, behind everybody new; the switch alone sends nobody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.model import Priority
from connector.flows.applications import sync_applications
from connector.flows.backfill import ask, forecast, run
from connector.flows.company import Company
from tests.flows.scene import Scene

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
NOW = {"forwarding": {"start": "now"}}


def backfill(scene: Scene, since: datetime = EARLY) -> int:
    return run(scene.company, since, lambda seconds: bool(scene.clock.advance(seconds)))


def days_ago(number: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=number)


def test_who_started_before_the_first_reading_is_read_from_what_the_source_retains(
    make_scene: Callable[..., Scene],
) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    early = [scene.start(position) for _ in range(3)]
    scene.sync()
    assert scene.applications() == []
    assert backfill(scene) == 3
    assert [scene.outcome(start) for start in early] == [("done", "sent")] * 3
    new = scene.start(position)
    assert (scene.sync().read, scene.item(new).asked) == (1, None)


def test_only_who_started_since_the_date_is_asked_for(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    scene.start(position, started_at=days_ago(40))
    late = scene.start(position, started_at=days_ago(20))
    scene.sync()
    assert backfill(scene, days_ago(30)) == 1
    assert scene.outcome(late) == ("done", "sent")
    assert len(scene.applications()) == 1


def test_who_is_parked_for_want_of_somebody_to_ask_is_asked_for(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "2026-06-01", "automatic": False})
    position = scene.position(scene.job())
    starts = [scene.start(position, started_at=EARLY + timedelta(days=3)), scene.start(position)]
    scene.sync()
    assert [scene.outcome(start)[1] for start in starts] == ["before_start", "waiting_for_manual_send"]
    assert backfill(scene) == 2
    assert [scene.outcome(start) for start in starts] == [("done", "sent")] * 2


def test_on_a_new_database_it_parks_and_asks_in_one_go(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "2026-06-01"})
    scene.start(scene.position(scene.job()), started_at=EARLY + timedelta(days=3))
    assert backfill(scene) == 1
    assert len(scene.applications()) == 1


def test_a_first_batch_that_is_too_large_goes_by_backfill(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"max_new_per_run": 2})
    position = scene.position(scene.job())
    for _ in range(5):
        scene.start(position)
    scene.sync()
    assert len(scene.applications()) == 2
    backfill(scene)
    assert len(scene.applications()) == 5


def test_twice_changes_nothing(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    scene.start(scene.position(scene.job()))
    scene.sync()
    assert [backfill(scene), backfill(scene)] == [1, 0]
    assert scene.posts() == 1


def test_somebody_who_waits_for_a_link_is_sent_once_it_is_there(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position, job = scene.position(), scene.job()
    start = scene.start(position)
    scene.sync()
    backfill(scene)
    assert scene.outcome(start) == ("parked", "position_not_linked")
    scene.cord.link(position, job)
    scene.clock.advance(600)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_whoever_is_new_goes_first(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    for _ in range(6):
        scene.start(position)
    scene.sync()
    ask(scene.company, EARLY)
    new = scene.start(position)
    scene.company = replace(scene.company, batch_size=3)
    scene.sync()
    created = [application.attributes["external_system_reference"] for application in scene.applications()]
    assert created[:3].count(f"cord:{new}") == 1
    assert len(created) == 7


def test_whoever_starts_in_the_middle_of_a_backfill_does_not_wait_for_its_end(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    for _ in range(6):
        scene.start(position)
    scene.sync()
    late: list[str] = []

    class Feed:
        """The feed, with somebody who starts as soon as the first batch is through."""

        def __getattr__(self, name: str) -> object:
            if name == "cursor" and len(scene.applications()) == 2 and not late:
                late.append(scene.start(position))
            return getattr(scene.stores.feed, name)

    company: Company = replace(scene.company, batch_size=2, feed=Feed())  # type: ignore[arg-type]
    ask(company, EARLY)
    sync_applications(company)
    references = [application.attributes["external_system_reference"] for application in scene.applications()]
    assert references.index(f"cord:{late[0]}") in (2, 3)


def test_a_daemon_and_a_backfill_together_double_nobody(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    for _ in range(12):
        scene.start(position)
    scene.sync()
    new = [scene.start(position) for _ in range(4)]
    patient = replace(scene.company, batch_size=2, lock_wait_s=30.0)
    with ThreadPoolExecutor(2) as pool:
        daemon = pool.submit(lambda: [sync_applications(patient) for _ in range(6)])
        command = pool.submit(run, patient, EARLY, lambda seconds: False)
        daemon.result()
        command.result()
    scene.settle()
    assert len({a.attributes["email"] for a in scene.applications()}) == scene.posts() == 16
    assert {scene.outcome(start) for start in new} == {("done", "sent")}


def test_a_forecast_counts_people_and_calls_and_writes_nothing(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    linked, loose = scene.position(scene.job()), scene.position()
    for _ in range(3):
        scene.start(linked)
    scene.start(loose)
    scene.sync()
    before = scene.stores.actions.counts(scene.company.name)
    with scene.nothing_written():
        foreseen = forecast(scene.company, EARLY)
    assert (foreseen.people, foreseen.ready, foreseen.waiting) == (4, 3, (("position_not_linked", 1),))
    assert (foreseen.ats_calls, foreseen.source_calls) == (3 + 2, 3 * 3 + 1)
    assert scene.stores.actions.counts(scene.company.name) == before


def test_a_forecast_is_what_the_backfill_then_costs(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    position = scene.position(scene.job())
    for _ in range(4):
        scene.start(position)
    scene.sync()
    foreseen = forecast(scene.company, EARLY)
    before = len(scene.calls("pinpoint"))
    backfill(scene)
    assert len(scene.calls("pinpoint")) - before <= foreseen.ats_calls


def test_the_switch_alone_sends_nobody(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene()
    position = scene.position(scene.job())
    scene.remap(forwarding={"automatic": False})
    waiting = scene.start(position)
    scene.sync()
    assert scene.outcome(waiting) == ("parked", "waiting_for_manual_send")
    scene.remap(forwarding={"automatic": True})
    scene.clock.advance(3600)
    scene.sync()
    new = scene.start(position)
    scene.sync()
    assert (scene.outcome(waiting)[1], scene.outcome(new)[1]) == ("waiting_for_manual_send", "sent")


@pytest.mark.parametrize("by", ["send", "backfill"])
def test_send_or_backfill_moves_who_waited_for_the_switch(make_scene: Callable[..., Scene], by: str) -> None:
    scene = make_scene(forwarding={"automatic": False})
    waiting = scene.start()
    scene.sync()
    if by == "send":
        scene.send(scene.cord.conversation_of(waiting))
    else:
        backfill(scene)
    assert scene.outcome(waiting) == ("done", "sent")


def test_the_switch_of_one_position_leaves_the_others_alone(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene()
    job = scene.job()
    by_hand, other = scene.position(), scene.position(job)
    scene.remap(positions=[{"position": by_hand, "job": job, "automatic": False}])
    waiting, sent = scene.start(by_hand), scene.start(other)
    scene.sync()
    assert (scene.outcome(waiting)[1], scene.outcome(sent)[1]) == ("waiting_for_manual_send", "sent")
    scene.remap(positions=[{"position": by_hand, "job": job}])
    scene.clock.advance(3600)
    scene.sync()
    assert scene.outcome(waiting)[1] == "waiting_for_manual_send"


def test_what_is_asked_for_goes_behind_everybody_else(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(**NOW)
    start = scene.start(scene.position(scene.job()))
    scene.sync()
    ask(scene.company, EARLY)
    assert (scene.item(start).asked, scene.item(start).priority) == ("backfill", Priority.BACKFILL)
