"""Reading the feed: everything once, nothing missed, one bad row never in the way of the others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connector.flows.feed import read_feed
from connector.flows.inquiry import stuck
from tests.flows.scene import Scene


def test_a_restart_reads_nothing_again_and_misses_nothing(scene: Scene) -> None:
    position = scene.position(scene.job())
    first = scene.start(position)
    assert scene.sync().read == 1
    second = scene.start(position)
    scene.restart()
    assert scene.sync().read == 1
    assert [scene.outcome(start) for start in (first, second)] == [("done", "sent")] * 2


def test_a_feed_of_many_pages_is_read_to_the_end(scene: Scene) -> None:
    position = scene.position()
    for _ in range(250):
        scene.start(position, scene.cord.starts[0]["candidate_id"] if scene.cord.starts else None)
    assert read_feed(scene.company) == 250
    assert read_feed(scene.company) == 0


def test_rows_that_come_twice_and_out_of_order_are_harmless(scene: Scene) -> None:
    scene.cord.duplicate_feed = scene.cord.shuffle_feed = True
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(6)]
    scene.sync()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert scene.posts() == 6


def test_short_and_empty_pages_do_not_end_the_reading(scene: Scene) -> None:
    scene.cord.short_pages = True
    position, person = scene.position(), scene.person()
    for _ in range(30):
        scene.start(position, person)
    assert read_feed(scene.company) == 30


def test_a_cursor_that_stands_still_ends_the_walk_until_the_next_run(scene: Scene) -> None:
    scene.cord.stuck_cursor = True
    scene.start()
    scene.sync()
    before = len(scene.calls("cord", path="conversation-starts"))
    scene.cord.stuck_cursor = False
    scene.sync()
    assert before < 5


def test_an_expired_cursor_starts_again_and_doubles_nobody(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(4)]
    scene.sync()
    scene.cord.expire_cursors()
    starts.append(scene.start(position))
    tally = scene.sync()
    assert tally.read == 1
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert scene.posts() == 5


def test_an_expired_cursor_sends_nobody_who_started_before_the_first_reading(
    make_scene: Callable[..., Scene],
) -> None:
    scene = make_scene(forwarding={"start": "now"})
    before = scene.start(started_at=scene.clock.now() - timedelta(minutes=2))
    scene.sync()
    after = scene.start()
    scene.sync()
    scene.cord.expire_cursors()
    scene.settle()
    assert (scene.outcome(before), scene.outcome(after)) == (("parked", "before_start"), ("done", "sent"))


def test_an_old_request_that_comes_by_again_asks_nobody_twice(scene: Scene) -> None:
    start = scene.start()
    scene.cord.request_forward(start)
    scene.sync()
    scene.pinpoint.delete_application(scene.application().id)
    scene.cord.expire_cursors()
    scene.sync()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_one_bad_row_never_blocks_others_and_is_named(scene: Scene) -> None:
    position = scene.position(scene.job())
    first = scene.start(position)
    bad = scene.cord.bad_rows.missing_field("candidate_id")
    second = scene.start(position)
    scene.sync()
    assert [scene.outcome(start) for start in (first, second)] == [("done", "sent")] * 2
    assert scene.outcome(bad["id"]) == ("quarantined", "wire_error")
    assert "candidate_id" in scene.stands(bad["id"])[2]


def test_a_bad_row_is_among_what_needs_a_human_once(scene: Scene) -> None:
    scene.cord.bad_rows.wrong_type("position", 17)
    scene.sync()
    scene.cord.expire_cursors()
    scene.sync()
    assert [match.item.reason for match in stuck(scene.company)] == ["wire_error"]


@pytest.mark.parametrize("field", ["id", "conversation_id", "started_at", "position.id", "type", "sequence"])
def test_whatever_is_missing_in_a_row_the_next_one_is_sent(scene: Scene, field: str) -> None:
    position = scene.position(scene.job())
    scene.cord.bad_rows.missing_field(field)
    start = scene.start(position)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_row_of_an_unknown_type_is_passed_over(scene: Scene) -> None:
    scene.cord.bad_rows.unknown_type()
    scene.sync()
    assert stuck(scene.company) == []


def test_a_row_that_could_not_be_read_is_sent_when_it_comes_by_readable(scene: Scene) -> None:
    scene.world.faults.add("missing_field", platform="cord", path="conversation-starts$", field="data.0.candidate_id")
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == ("quarantined", "wire_error")
    scene.cord.request_forward(start)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_row_that_could_not_be_read_is_sent_by_hand(scene: Scene) -> None:
    scene.world.faults.add("missing_field", platform="cord", path="conversation-starts$", field="data.0.candidate_id")
    start = scene.start()
    scene.sync()
    scene.send(scene.cord.conversation_of(start))
    assert scene.outcome(start) == ("done", "sent")


def test_a_feed_that_cannot_be_read_does_not_keep_the_rest_from_its_work(scene: Scene) -> None:
    position = scene.position()
    start = scene.start(position)
    scene.sync()
    scene.remap(positions=[{"position": position, "job": scene.job()}])
    scene.world.faults.add("html_ok", platform="cord", path="conversation-starts$", times=None)
    scene.clock.advance(400)
    assert not scene.sync_through()
    scene.clock.advance(30)
    scene.sync_through()
    assert scene.outcome(start) == ("done", "sent")
