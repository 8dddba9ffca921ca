"""The process dies between a write and its record: the next one finds out and neither repeats nor forgets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.domain.actions import Change, Kind, State
from connector.flows.applications import sync_applications
from connector.flows.company import Company
from connector.flows.feed import read_feed
from tests.flows.scene import Killed, Scene


def reaches(reason: str) -> Callable[[Change], bool]:
    return lambda change: change.reason == reason


def dies(company: Company) -> None:
    with pytest.raises(Killed):
        sync_applications(company)


def test_killed_after_the_create_is_settled_by_a_look_up_without_a_second_post(scene: Scene) -> None:
    start = scene.start()
    dies(scene.dying(reaches("created_unchecked")))
    assert (scene.outcome(start), len(scene.applications())) == (("attempting", "send"), 1)
    scene.restart()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_what_the_killed_process_left_is_called_unknown_first(scene: Scene) -> None:
    start = scene.start()
    dies(scene.dying(reaches("created_unchecked")))
    scene.restart()
    scene.sync()
    assert scene.outcome(start) == ("unknown", "outcome_unknown")


def test_killed_before_the_create_is_sent_by_the_next_process(scene: Scene) -> None:
    start = scene.start()
    person = scene.cord.starts[0]["candidate_id"]
    scene.world.faults.add("reset_before", platform="cord", path=f"{person}/cv", times=None)
    dies(scene.dying(lambda change: change.item.claim is not None))
    scene.world.faults.clear()
    assert (scene.outcome(start), scene.posts()) == (("attempting", "send"), 0)
    scene.restart()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_killed_between_the_create_and_its_reading_back_is_read_back(scene: Scene) -> None:
    start = scene.start()
    dies(scene.dying(lambda change: change.state is State.DONE and change.item.kind is Kind.APPLICATION))
    assert scene.outcome(start) == ("attempting", "created_unchecked")
    scene.restart()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_killed_before_the_intent_leaves_no_trace(scene: Scene) -> None:
    start = scene.start()
    dies(scene.dying(lambda change: change.state is State.ATTEMPTING))
    assert (scene.outcome(start), scene.posts()) == (("planned", "recorded"), 0)
    scene.restart()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_killed_in_the_middle_of_a_batch_loses_and_doubles_nobody(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(8)]
    third = scene.start(position)
    dies(scene.dying(lambda c: c.reason == "created_unchecked" and c.item.start_id in (starts[2], third)))
    scene.restart()
    scene.settle()
    assert {scene.outcome(start) for start in [*starts, third]} == {("done", "sent")}
    assert (len(scene.applications()), scene.posts()) == (9, 9)


def test_killed_after_the_report_sends_it_again_under_the_same_key(scene: Scene) -> None:
    start = scene.start()
    dies(scene.dying(reaches("told")))
    assert scene.told(start) == ["sent"]
    scene.restart()
    scene.settle()
    keys = [call.request_headers["idempotency-key"] for call in scene.calls("cord", "POST")]
    assert (len(keys), len(set(keys)), scene.told(start)) == (2, 1, ["sent"])


def test_killed_after_details_were_added_sets_the_same_again(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email="ana@example.com")
    scene.start(scene.position(job), scene.person(emails=["ana@example.com"], phones=["+447700900123"]))
    dies(scene.dying(reaches("added")))
    scene.restart()
    scene.settle()
    assert scene.application().attributes["phone"] == "+447700900123"
    assert scene.posts() == 0


def test_killed_with_a_person_on_two_positions_of_one_job_makes_one(scene: Scene) -> None:
    job, person = scene.job(), scene.person()
    starts = [scene.start(scene.position(job), person) for _ in range(2)]
    dies(scene.dying(reaches("created_unchecked")))
    scene.restart()
    scene.settle()
    assert sorted(scene.outcome(start) for start in starts) == [("done", "same_application"), ("done", "sent")]
    assert scene.posts() == 1


def test_killed_while_reading_the_feed_reads_on_where_it_was(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(5)]
    read_feed(scene.company)
    scene.restart()
    later = scene.start(position)
    tally = scene.sync()
    assert tally.read == 1
    assert {scene.outcome(start) for start in [*starts, later]} == {("done", "sent")}


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_at_any_transition_the_next_process_comes_to_the_same_end(scene: Scene, step: int) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position), scene.start(position), scene.start(scene.position())]
    left = [step]

    def countdown(_change: Change) -> bool:
        left[0] -= 1
        return left[0] == 0

    try:
        sync_applications(scene.dying(countdown))
    except Killed:
        scene.restart()
    scene.settle()
    assert [scene.outcome(start)[1] for start in starts] == ["sent", "sent", "position_not_linked"]
    assert (scene.posts(), len(scene.cord.deliveries)) == (2, 3)
    with scene.nothing_written():
        scene.sync()
