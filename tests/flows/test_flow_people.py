"""What a person's record lacks, what a job's form asks for, and who was erased."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.scene import Scene

HOUR = 3600.0


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


def test_an_erased_persons_row_that_comes_by_again_brings_nothing_back(scene: Scene) -> None:
    person = scene.person()
    start = scene.start(person=person)
    scene.cord.erase(person)
    scene.sync()
    scene.cord.expire_cursors()
    scene.sync()
    assert scene.outcome(start) == ("closed", "candidate_erased")


def test_an_erased_person_does_not_hold_the_others(scene: Scene) -> None:
    position, person = scene.position(scene.job()), scene.person()
    starts = [scene.start(position, who) for who in (scene.person(), person, scene.person())]
    scene.cord.erase(person)
    scene.sync()
    assert [scene.outcome(start)[1] for start in starts] == ["sent", "candidate_erased", "sent"]
