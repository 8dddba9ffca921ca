"""What waits for a link, a job, a switch or a person's record, and what sends it then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


# --- the person's record


def test_a_person_without_an_address_is_parked_and_looked_at_hourly(scene: Scene) -> None:
    person = scene.person(emails=[])
    start = scene.start(person=person)
    scene.sync()
    assert scene.outcome(start) == ("parked", "no_email")
    assert scene.told(start) == ["skipped:missing_email"]
    scene.cord.edit_person(person, emails=["ana@example.com"])
    scene.clock.advance(HOUR + 1)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


@pytest.mark.parametrize("address", ["", "not an address", "ana@", "@example.com"])
def test_an_unusable_address_counts_as_none(scene: Scene, address: str) -> None:
    start = scene.start(person=scene.person(emails=[address]))
    scene.sync()
    assert scene.outcome(start) == ("parked", "no_email")


def test_looking_again_without_news_tells_the_source_nothing(scene: Scene) -> None:
    start = scene.start(person=scene.person(emails=[]))
    scene.sync()
    scene.clock.advance(HOUR + 1)
    with scene.nothing_written():
        scene.sync()
    assert scene.told(start) == ["skipped:missing_email"]


def test_a_day_of_looking_in_vain_slows_down_to_once_a_day(scene: Scene) -> None:
    start = scene.start(person=scene.person(emails=[]))
    for _ in range(25):
        scene.sync()
        scene.clock.advance(HOUR + 1)
    due = scene.item(start).due_at
    assert due is not None
    assert (due - scene.clock.now()).total_seconds() > 10 * HOUR


LACKING = [
    ("phone_required", {"require_phone": True}, {"phones": []}, {"phones": ["+447700900111"]}),
    ("cv_required", {"resume_requirement": "required"}, {"cv": None}, {"cv": b"%PDF-1.4\n%%EOF\n"}),
    ("summary_required", {"personal_summary_requirement": "required"}, {"headline": None}, {"headline": "Engineer"}),
]
NAMES = [case[0] for case in LACKING]


@pytest.mark.parametrize(("reason", "form", "lacks", "gets"), LACKING, ids=NAMES)
def test_what_a_form_requires_and_a_record_lacks_parks_until_the_record_has_it(
    scene: Scene, reason: str, form: dict[str, Any], lacks: dict[str, Any], gets: dict[str, Any]
) -> None:
    person = scene.person(**lacks)
    start = scene.start(scene.position(scene.job(**form)), person)
    scene.sync()
    assert scene.outcome(start) == ("parked", reason)
    assert scene.told(start) == ["skipped:ats_validation"]
    scene.cord.edit_person(person, **gets)
    scene.clock.advance(HOUR + 1)
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


@pytest.mark.parametrize(("reason", "form", "lacks", "gets"), LACKING, ids=NAMES)
def test_a_form_that_is_relaxed_sends_what_waited_for_it(
    scene: Scene, reason: str, form: dict[str, Any], lacks: dict[str, Any], gets: dict[str, Any]
) -> None:
    job = scene.job(**form)
    start = scene.start(scene.position(job), scene.person(**lacks))
    scene.sync()
    scene.pinpoint.edit_job(job, **{name: "optional" if value == "required" else False for name, value in form.items()})
    # before the hour is over in which the record is looked at again
    scene.clock.advance(400)
    scene.sync()
    assert (scene.outcome(start), reason in NAMES, bool(gets)) == (("done", "sent"), True, True)


@pytest.mark.parametrize(("reason", "form", "lacks", "gets"), LACKING, ids=NAMES)
def test_a_form_that_was_tightened_behind_our_back_parks_with_the_same_reason(
    scene: Scene, reason: str, form: dict[str, Any], lacks: dict[str, Any], gets: dict[str, Any]
) -> None:
    job = scene.job()
    scene.sync()
    scene.pinpoint.edit_job(job, **form)
    person = scene.person(**lacks)
    start = scene.start(scene.position(job), person)
    scene.settle()
    assert scene.outcome(start) == ("parked", reason)
    scene.cord.edit_person(person, **gets)
    scene.clock.advance(HOUR + 1)
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")


def test_asking_for_an_address_alone_parks_nobody(scene: Scene) -> None:
    start = scene.start(scene.position(scene.job(ask_for_address=True)))
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_required_address_is_quarantined_under_its_own_reason(scene: Scene) -> None:
    start = scene.start(scene.position(scene.job(ask_for_address=True, address_required=True)))
    scene.sync()
    assert scene.outcome(start) == ("quarantined", "address_required")
    assert scene.told(start) == ["failed:ats_validation"]


def test_a_refusal_that_nothing_mends_is_quarantined_with_the_servers_words(scene: Scene) -> None:
    scene.pinpoint.switches["blocked"] = "422"
    person = scene.person(emails=["ana@example.com"])
    scene.pinpoint.block(scene.pinpoint.add_candidate(email="ana@example.com", first_name="Ana", last_name="P"))
    start = scene.start(person=person)
    scene.sync()
    state, reason, note = scene.stands(start)
    assert (state, reason) == ("quarantined", "refused_by_ats")
    assert note
    with scene.nothing_written():
        scene.sync()


# --- erased


def test_an_erased_person_is_closed_and_nothing_is_sent(scene: Scene) -> None:
    person = scene.person()
    start = scene.start(person=person)
    scene.cord.erase(person)
    scene.sync()
    assert scene.outcome(start) == ("closed", "candidate_erased")
    assert scene.applications() == []


def test_an_erased_person_who_was_parked_is_closed_when_looked_at_again(scene: Scene) -> None:
    person = scene.person(emails=[])
    start = scene.start(person=person)
    scene.sync()
    scene.cord.erase(person)
    scene.clock.advance(HOUR + 1)
    scene.sync()
    assert scene.outcome(start) == ("closed", "candidate_erased")


def test_an_erased_person_does_not_hold_the_others(scene: Scene) -> None:
    position, person = scene.position(scene.job()), scene.person()
    starts = [scene.start(position, who) for who in (scene.person(), person, scene.person())]
    scene.cord.erase(person)
    scene.sync()
    assert [scene.outcome(start)[1] for start in starts] == ["sent", "candidate_erased", "sent"]


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
