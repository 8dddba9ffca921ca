"""Calls are the currency: what one person and what five hundred cost."""

from __future__ import annotations

import pytest

from tests.flows.scene import Scene


@pytest.fixture
def warm(scene: Scene) -> Scene:
    """The lists of jobs and positions have been read."""
    scene.job()
    scene.sync()
    return scene


def spent(scene: Scene) -> int:
    return len(scene.calls("pinpoint"))


def test_a_run_without_news_costs_the_ats_nothing(warm: Scene) -> None:
    warm.world.clear_calls()
    warm.sync()
    assert spent(warm) == 0
    assert len(warm.calls("cord")) == 1


def test_one_person_alone_costs_three_calls(warm: Scene) -> None:
    (job,) = warm.pinpoint.jobs
    warm.world.clear_calls()
    warm.start(warm.position(job))
    warm.sync()
    assert spent(warm) == 3


def test_one_person_on_a_job_that_is_newer_than_the_list_costs_one_more(warm: Scene) -> None:
    warm.world.clear_calls()
    warm.start()
    warm.sync()
    assert spent(warm) == 4


def test_a_batch_of_people_is_looked_up_in_one_call_and_verified_in_one_call(warm: Scene) -> None:
    position = warm.position(*warm.pinpoint.jobs)
    for _ in range(20):
        warm.start(position)
    warm.world.clear_calls()
    warm.sync()
    assert len(warm.calls("pinpoint", "GET", "/applications")) == 2
    assert warm.posts() == 20


def test_five_hundred_people_cost_at_most_one_call_and_a_twentieth_each(warm: Scene) -> None:
    object.__setattr__(warm.company, "max_new_per_run", 1000)
    position = warm.position(*warm.pinpoint.jobs)
    for _ in range(500):
        warm.start(position, warm.person(cv=None))
    warm.world.clear_calls()
    warm.sync()
    assert len(warm.applications()) == 500
    assert spent(warm) <= 500 * 1.05


def test_what_is_parked_costs_the_ats_nothing(warm: Scene) -> None:
    position = warm.position()
    for _ in range(30):
        warm.start(position)
    warm.world.clear_calls()
    warm.sync()
    warm.sync()
    assert spent(warm) == 0


def test_many_who_wait_for_a_hand_on_unknown_jobs_cost_the_ats_nothing(warm: Scene) -> None:
    warm.cord.auto_forward = False
    for number in range(10):
        warm.start(warm.position(f"5999{number}"))
    warm.world.clear_calls()
    warm.sync()
    assert spent(warm) == 0


def test_a_job_that_is_gone_is_asked_for_once_a_batch(warm: Scene) -> None:
    position = warm.position("59999")
    for _ in range(10):
        warm.start(position)
    warm.world.clear_calls()
    warm.sync()
    assert spent(warm) == 1


def test_a_doubtful_batch_is_looked_up_in_one_call(warm: Scene) -> None:
    position = warm.position(*warm.pinpoint.jobs)
    for _ in range(10):
        warm.start(position)
    warm.world.faults.add("reset_after", platform="pinpoint", method="POST", times=None)
    warm.sync()
    warm.clock.advance(10)
    warm.world.clear_calls()
    warm.sync()
    assert spent(warm) == 1
