"""Sending by hand: any conversation that has started, at any time, once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from connector.flows.send import NotFound, find_starts
from tests.flows.scene import Scene


@pytest.fixture
def by_hand(make_scene: Callable[..., Scene]) -> Scene:
    return make_scene(forwarding={"start": "beginning", "automatic": False})


def test_a_conversation_is_sent_by_its_id(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.sync()
    by_hand.send(by_hand.cord.conversation_of(start))
    assert by_hand.outcome(start) == ("done", "sent")
    assert by_hand.told(start) == ["sent"]


def test_a_start_is_sent_by_its_id(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.sync()
    by_hand.send(start)
    assert by_hand.outcome(start) == ("done", "sent")


@pytest.mark.parametrize("name", ["start", "conversation"])
def test_what_the_feed_has_not_told_yet_is_sent_too(by_hand: Scene, name: str) -> None:
    start = by_hand.start()
    by_hand.send(start if name == "start" else by_hand.cord.conversation_of(start))
    by_hand.sync()
    assert (by_hand.outcome(start), by_hand.posts()) == (("done", "sent"), 1)


def test_who_started_before_the_first_reading_is_sent_by_hand(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "now"})
    start = scene.start()
    scene.sync()
    scene.send(scene.cord.conversation_of(start))
    assert scene.outcome(start) == ("done", "sent")


def test_sending_twice_sends_once(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.send(start)
    with by_hand.nothing_written():
        by_hand.send(start)
        by_hand.sync()
    assert by_hand.posts() == 1


def test_a_job_can_be_named_that_no_link_leads_to(by_hand: Scene) -> None:
    start, job = by_hand.start(by_hand.position()), by_hand.job()
    by_hand.send(start, job=job)
    assert by_hand.outcome(start) == ("done", "sent")
    assert by_hand.application().job_id == job


def test_an_unlinked_position_stays_parked_when_no_job_is_named(by_hand: Scene) -> None:
    start = by_hand.start(by_hand.position())
    by_hand.send(start)
    assert by_hand.outcome(start) == ("parked", "position_not_linked")


def test_what_was_asked_for_by_hand_is_sent_when_its_link_comes(by_hand: Scene) -> None:
    position = by_hand.position()
    start = by_hand.start(position)
    by_hand.send(start)
    by_hand.cord.link(position, by_hand.job())
    by_hand.clock.advance(400)
    by_hand.sync()
    assert by_hand.outcome(start) == ("done", "sent")


def test_one_position_of_a_conversation_can_be_chosen(by_hand: Scene) -> None:
    first = by_hand.start()
    conversation, position = by_hand.cord.conversation_of(first), by_hand.position(by_hand.job())
    second = by_hand.cord.add_position_to_conversation(conversation, position)
    by_hand.sync()
    starts = find_starts(by_hand.company, conversation, position)
    assert [start.id for start in starts] == [second]


def test_a_pending_conversation_is_refused_with_the_reason(by_hand: Scene) -> None:
    conversation = by_hand.cord.pending_conversation(by_hand.person(), by_hand.position(by_hand.job()))
    with pytest.raises(NotFound, match="has not started"):
        by_hand.send(conversation)


def test_an_unknown_id_is_refused_with_the_reason(by_hand: Scene) -> None:
    with pytest.raises(NotFound, match="no conversation"):
        by_hand.send("cv_NOSUCH")


def test_a_position_it_is_not_about_is_refused_with_those_it_is(by_hand: Scene) -> None:
    start = by_hand.start()
    with pytest.raises(NotFound, match=by_hand.cord.starts[0]["position"]["id"]):
        find_starts(by_hand.company, by_hand.cord.conversation_of(start), "po_other")


def test_a_closed_conversation_can_still_be_sent(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.cord.close_conversation(by_hand.cord.conversation_of(start))
    by_hand.send(by_hand.cord.conversation_of(start))
    assert by_hand.outcome(start) == ("done", "sent")


def test_a_doubtful_send_is_looked_up_by_the_next_one(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.world.faults.add("reset_after", platform="pinpoint", method="POST")
    by_hand.send(start)
    assert by_hand.outcome(start) == ("unknown", "outcome_unknown")
    by_hand.clock.advance(5)
    by_hand.send(start)
    assert (by_hand.outcome(start), by_hand.posts()) == (("done", "sent"), 1)


def test_a_manual_send_waits_for_another_batch_and_says_so(by_hand: Scene) -> None:
    start, waited = by_hand.start(), threading.Event()
    release = threading.Event()

    def batch() -> None:
        with by_hand.company.locks.hold(by_hand.company.name, 1):
            held.set()
            release.wait(10)

    def told() -> None:
        waited.set()
        release.set()

    held = threading.Event()
    other = threading.Thread(target=batch)
    other.start()
    held.wait(10)
    by_hand.send(start, on_wait=told)
    other.join()
    assert waited.is_set()
    assert by_hand.outcome(start) == ("done", "sent")


def test_two_that_send_the_same_at_once_send_it_once(by_hand: Scene) -> None:
    start = by_hand.start()
    by_hand.sync()
    threads = [threading.Thread(target=by_hand.send, args=[start]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (by_hand.outcome(start), by_hand.posts()) == (("done", "sent"), 1)


def test_a_send_that_dropped_people_ask_for_is_taken_up(by_hand: Scene) -> None:
    from connector.flows.inquiry import drop

    start = by_hand.start()
    by_hand.sync()
    drop(by_hand.company, [by_hand.item(start).id])
    assert by_hand.outcome(start) == ("closed", "dropped")
    by_hand.send(start)
    assert by_hand.outcome(start) == ("done", "sent")
