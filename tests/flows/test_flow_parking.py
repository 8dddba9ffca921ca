"""What waits for a link, a job, a switch or a hand, and what sends it then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flows.scene import Scene

HOUR = 3600.0


# --- links


def test_an_unlinked_position_is_parked_and_skipped(scene: Scene) -> None:
    start = scene.start(scene.position())
    scene.sync()
    assert scene.stands(start) == ("parked", "position_not_linked", "")
    assert scene.told(start) == ["skipped:unlinked"]


def test_what_is_parked_is_not_touched_by_a_further_run(scene: Scene) -> None:
    scene.start(scene.position())
    scene.sync()
    with scene.nothing_written():
        scene.sync()


def test_a_link_at_the_source_sends_what_waited_for_it(scene: Scene) -> None:
    position = scene.position()
    starts = [scene.start(position) for _ in range(3)]
    scene.sync()
    scene.cord.link(position, scene.job())
    scene.clock.advance(HOUR)
    scene.sync()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert scene.told(starts[0]) == ["skipped:unlinked", "sent"]


def test_a_link_in_the_file_sends_what_waited_for_it(scene: Scene) -> None:
    position = scene.position()
    start = scene.start(position)
    scene.sync()
    scene.remap(positions=[{"position": position, "job": scene.job()}])
    scene.clock.advance(HOUR)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_the_link_in_the_file_wins_over_the_one_at_the_source(scene: Scene) -> None:
    position, wanted = scene.position(scene.job()), scene.job()
    scene.remap(positions=[{"position": position, "job": wanted}])
    scene.start(position)
    scene.sync()
    assert scene.application().job_id == wanted


def test_links_at_the_source_can_be_left_out_of_account(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(follow_source_links=False)
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == ("parked", "position_not_linked")


def test_what_is_parked_is_sent_however_old_its_row_is(scene: Scene) -> None:
    position = scene.position()
    start = scene.start(position)
    scene.sync()
    scene.clock.advance(200 * 24 * HOUR)
    scene.cord.expire_cursors()
    scene.cord.link(position, scene.job())
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")
    assert len(scene.applications()) == 1


# --- jobs


@pytest.mark.parametrize("status", ["closed", "archived", "draft", "hold", "filled", "cancelled"])
def test_a_job_that_is_not_open_parks(scene: Scene, status: str) -> None:
    start = scene.start(scene.position(scene.job(status=status)))
    scene.sync()
    assert scene.stands(start) == ("parked", "job_not_open", f"status {status}")
    assert scene.told(start) == ["skipped:ats_job_closed"]


def test_a_job_that_opens_sends_what_waited_for_it(scene: Scene) -> None:
    job = scene.job(status="draft")
    start = scene.start(scene.position(job))
    scene.sync()
    scene.pinpoint.edit_job(job, status="open")
    scene.clock.advance(HOUR)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_job_that_is_gone_parks_until_the_link_changes(scene: Scene) -> None:
    position = scene.position("59999")
    start = scene.start(position)
    scene.sync()
    assert scene.outcome(start) == ("parked", "job_gone")
    scene.cord.link(position, scene.job())
    scene.clock.advance(HOUR)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


@pytest.mark.parametrize("answer", ["422", "404"])
def test_a_job_that_was_deleted_behind_our_back_parks(scene: Scene, answer: str) -> None:
    scene.pinpoint.switches["unknown_job"] = answer
    job = scene.job()
    scene.sync()
    start = scene.start(scene.position(job))
    scene.pinpoint.delete_job(job)
    scene.sync()
    assert scene.outcome(start) == ("parked", "job_gone")


def test_a_job_that_was_closed_behind_our_back_parks_and_is_sent_when_it_opens(scene: Scene) -> None:
    job = scene.job()
    scene.sync()
    start = scene.start(scene.position(job))
    scene.pinpoint.edit_job(job, status="closed")
    scene.sync()
    assert scene.stands(start) == ("parked", "job_not_open", "status closed")
    scene.pinpoint.edit_job(job, status="open")
    scene.clock.advance(HOUR)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_job_that_is_newer_than_our_list_is_asked_for(scene: Scene) -> None:
    scene.sync()
    start = scene.start(scene.position(scene.job()))
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


@pytest.mark.parametrize("visibility", ["internal", "external", "confidential", "private_job"])
def test_jobs_of_every_visibility_take_applications(scene: Scene, visibility: str) -> None:
    start = scene.start(scene.position(scene.job(visibility=visibility)))
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


# --- the two switches


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (True, True, ("done", "sent")),
        (True, False, ("parked", "waiting_for_manual_send")),
        (False, True, ("parked", "waiting_for_manual_send")),
        (False, False, ("parked", "waiting_for_manual_send")),
    ],
)
def test_automatic_forwarding_needs_both_switches(
    make_scene: Callable[..., Scene], ours: bool, theirs: bool, expected: tuple[str, str]
) -> None:
    scene = make_scene(forwarding={"start": "beginning", "automatic": ours})
    scene.cord.auto_forward = theirs
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == expected
    assert scene.told(start) == (["sent"] if expected[0] == "done" else [])


def test_a_position_can_be_by_hand_only(scene: Scene) -> None:
    position = scene.position()
    scene.remap(positions=[{"position": position, "job": scene.job(), "automatic": False}])
    start = scene.start(position)
    scene.sync()
    assert scene.outcome(start) == ("parked", "waiting_for_manual_send")


def test_the_switch_alone_does_not_send_who_waits_for_a_hand(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "beginning", "automatic": False})
    start = scene.start()
    scene.sync()
    scene.remap()
    scene.clock.advance(HOUR)
    scene.sync()
    assert scene.outcome(start) == ("parked", "waiting_for_manual_send")


def test_a_request_at_the_source_sends_whatever_the_switches_say(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "beginning", "automatic": False})
    scene.cord.auto_forward = False
    start = scene.start()
    scene.sync()
    scene.clock.advance(30 * 24 * HOUR)
    scene.cord.request_forward(start)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_asking_twice_at_the_source_sends_once(scene: Scene) -> None:
    start = scene.start()
    scene.cord.request_forward(start)
    scene.sync()
    scene.cord.request_forward(start)
    scene.sync()
    assert scene.posts() == 1


# --- the beginning


def test_with_start_now_nobody_is_sent_who_started_before(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "now"})
    scene.start()
    scene.sync()
    later = scene.start()
    scene.sync()
    assert scene.outcome(later) == ("done", "sent")
    assert len(scene.applications()) == 1


def test_with_a_start_date_who_started_before_waits_for_a_hand(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "2030-01-01"})
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == ("parked", "before_start")
    assert scene.told(start) == []
    scene.cord.request_forward(start)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


@pytest.mark.parametrize("skew_s", [-5400, 5400])
def test_a_source_whose_clock_is_wrong_loses_nobody(make_scene: Callable[..., Scene], skew_s: float) -> None:
    scene = make_scene(forwarding={"start": "now"})
    scene.cord.clock_offset_s = scene.pinpoint.clock_offset_s = skew_s
    scene.start()
    scene.sync()
    later = scene.start()
    scene.settle()
    assert scene.outcome(later) == ("done", "sent")
    assert len(scene.applications()) == 1
