"""While the source announces what is new, it is polled every five minutes; lost calls cost time and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from connector.flows.hints import QUIET_S, RARELY_S, Hints
from tests.flows.scene import Scene

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
POLL_S = 30.0


def reads(scene: Scene) -> int:
    """Return how often the source was asked what is new."""
    return len(scene.calls("cord", "GET", "/v1/conversation-starts"))


def poll(scene: Scene, after_s: float = POLL_S) -> int:
    """Make one poll; returns how often the source was read for it."""
    scene.clock.advance(after_s)
    before = reads(scene)
    scene.sync()
    return reads(scene) - before


def announced(scene: Scene, position: str) -> str:
    """Let a conversation start, announced by a call that fires a poll."""
    start = scene.start(position)
    scene.company.hints.hear(scene.clock.now())
    poll(scene, 0.5)
    return start


@pytest.fixture
def relied(scene: Scene) -> Scene:
    """A company whose source has announced something, truly."""
    poll(scene)
    assert ("done", "sent") == scene.outcome(announced(scene, scene.position(scene.job())))
    return scene


def test_without_calls_every_poll_reads(scene: Scene) -> None:
    scene.start()
    assert [1, 1, 1, 1] == [min(poll(scene), 1) for _ in range(4)]


def test_once_a_call_has_worked_a_poll_in_ten_reads(relied: Scene) -> None:
    assert [0] * 9 + [1] == [poll(relied) for _ in range(10)]


def test_a_call_is_followed_by_a_reading_at_once(relied: Scene) -> None:
    position = relied.position(relied.job())
    for _ in range(3):
        poll(relied)
        assert ("done", "sent") == relied.outcome(announced(relied, position))


def test_a_lost_call_costs_five_minutes_and_ends_the_rare_polls(relied: Scene) -> None:
    lost = relied.start()
    with capture_logs() as logs:
        for _ in range(10):
            poll(relied)
    assert ("done", "sent") == relied.outcome(lost)
    assert [1, 1, 1] == [poll(relied) for _ in range(3)]
    assert ["pace"] == [line["action"] for line in logs if line["action"] == "pace"]


def test_they_are_rare_again_once_a_call_has_worked_again(relied: Scene) -> None:
    relied.start()
    for _ in range(10):
        poll(relied)
    announced(relied, relied.position(relied.job()))
    assert [0, 0] == [poll(relied) for _ in range(2)]


def test_a_call_that_nothing_comes_of_makes_nothing_rare(scene: Scene) -> None:
    poll(scene)
    scene.company.hints.hear(scene.clock.now())
    assert [1, 1, 1] == [poll(scene) for _ in range(3)]


def test_after_a_day_without_a_call_every_poll_reads(relied: Scene) -> None:
    relied.clock.advance(QUIET_S)
    assert [1, 1, 1] == [poll(relied) for _ in range(3)]


def test_who_waits_goes_on_between_rare_polls(relied: Scene) -> None:
    position = relied.position(relied.job())
    relied.world.faults.add("unavailable", platform="pinpoint", path="/applications", times=4)
    start = announced(relied, position)
    assert "waiting" == relied.outcome(start)[0]
    for _ in range(6):
        poll(relied)
    assert ("done", "sent") == relied.outcome(start)


def test_a_new_process_relies_on_nothing(relied: Scene) -> None:
    relied.restart()
    assert [1, 1] == [poll(relied) for _ in range(2)]


def test_a_reading_that_fails_is_made_again_at_the_next_poll(relied: Scene) -> None:
    relied.clock.advance(RARELY_S)
    relied.world.faults.add("html_ok", platform="cord", path="/v1/conversation-starts", times=None)
    relied.sync_through()
    relied.world.faults.clear()
    assert 1 == poll(relied)


def hints(every_s: float) -> Hints:
    known = Hints(every_s)
    known.hear(NOON)
    known.end(NOON, 1, 1)
    assert known.relied_on
    return known


@pytest.mark.parametrize(
    ("every_s", "due_s"), [(1.0, 300.0), (30.0, 300.0), (100.0, 300.0), (299.0, 299.0), (600.0, 600.0)]
)
def test_the_polls_nearest_to_five_minutes_read_or_all_if_they_are_rarer(every_s: float, due_s: float) -> None:
    known = hints(every_s)
    polls = (every_s * number for number in range(1, 400))
    assert due_s == next(at for at in polls if known.is_due(NOON + timedelta(seconds=at)))


def test_a_clock_that_was_set_back_lets_nobody_wait() -> None:
    assert hints(30.0).is_due(NOON - timedelta(hours=1))


def test_a_call_during_one_reading_may_be_about_what_the_next_one_finds() -> None:
    known = Hints(30.0)
    begun = known.begin()
    known.hear(NOON)
    known.end(NOON, begun, 0)
    known.end(NOON, known.begin(), 1)
    assert known.relied_on
