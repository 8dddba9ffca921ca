"""`max_new_per_run`: a first batch that is too large waits for a yes, a later one goes on run by run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.flows.scene import Scene

CAUTIOUS = {"start": "beginning", "max_new_per_run": 3}


@pytest.fixture
def cautious(make_scene: Callable[..., Scene]) -> Scene:
    return make_scene(forwarding=CAUTIOUS)


def crowd(scene: Scene, number: int, position: str | None = None) -> list[str]:
    position = position or scene.position(scene.job())
    return [scene.start(position) for _ in range(number)]


def outcomes(scene: Scene, starts: list[str]) -> Counter[str]:
    return Counter(scene.outcome(start)[1] for start in starts)


def test_a_first_batch_that_is_too_large_is_held_back_behind_the_brake(cautious: Scene) -> None:
    starts = crowd(cautious, 8)
    tally = cautious.sync()
    assert outcomes(cautious, starts) == {"sent": 3, "first_batch_too_large": 5}
    assert tally.held_back == 5


def test_what_is_held_back_stays_so_on_further_runs(cautious: Scene) -> None:
    crowd(cautious, 8)
    cautious.sync()
    with cautious.nothing_written():
        cautious.sync()


def test_a_yes_lets_everybody_through(cautious: Scene) -> None:
    starts = crowd(cautious, 8)
    cautious.sync()
    cautious.sync(yes=True)
    assert outcomes(cautious, starts) == {"sent": 8}
    assert len(cautious.applications()) == 8


def test_a_yes_on_the_first_run_lets_everybody_through(cautious: Scene) -> None:
    starts = crowd(cautious, 8)
    cautious.sync(yes=True)
    assert outcomes(cautious, starts) == {"sent": 8}


def test_a_later_crowd_goes_on_run_by_run(cautious: Scene) -> None:
    cautious.sync()
    starts = crowd(cautious, 8)
    cautious.sync()
    assert outcomes(cautious, starts) == {"sent": 3, "recorded": 5}
    cautious.sync()
    cautious.sync()
    assert outcomes(cautious, starts) == {"sent": 8}


def test_a_batch_of_just_the_allowed_size_is_not_held_back(cautious: Scene) -> None:
    starts = crowd(cautious, 3)
    cautious.sync()
    assert outcomes(cautious, starts) == {"sent": 3}
    later = crowd(cautious, 4)
    cautious.sync()
    assert outcomes(cautious, later) == {"sent": 3, "recorded": 1}


def test_who_is_asked_for_goes_past_the_brake(cautious: Scene) -> None:
    position = cautious.position(cautious.job())
    starts = crowd(cautious, 8, position)
    for start in starts[4:]:
        cautious.cord.request_forward(start)
    cautious.sync()
    assert {cautious.outcome(start) for start in starts[4:]} == {("done", "sent")}


def test_a_manual_send_goes_past_a_closed_brake(cautious: Scene) -> None:
    starts = crowd(cautious, 8)
    cautious.sync()
    held = next(start for start in starts if cautious.outcome(start)[1] == "first_batch_too_large")
    cautious.send(held)
    assert cautious.outcome(held) == ("done", "sent")


def test_people_who_are_parked_do_not_use_up_the_brake(cautious: Scene) -> None:
    parked = crowd(cautious, 6, cautious.position())
    starts = crowd(cautious, 3)
    cautious.sync()
    assert outcomes(cautious, parked) == {"position_not_linked": 6}
    assert outcomes(cautious, starts) == {"sent": 3}


def test_a_crowd_that_a_link_releases_stays_under_the_brake(cautious: Scene) -> None:
    position = cautious.position()
    starts = crowd(cautious, 8, position)
    cautious.sync()
    cautious.cord.link(position, cautious.job())
    cautious.clock.advance(400)
    cautious.sync()
    assert outcomes(cautious, starts)["sent"] == 3
    for _ in range(3):
        cautious.sync()
    assert outcomes(cautious, starts) == {"sent": 8}
