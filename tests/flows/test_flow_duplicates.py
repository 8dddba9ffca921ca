"""Who is there already: found whatever the spelling, tied where it is one record, never doubled."""

from __future__ import annotations

import pytest

from tests.flows.scene import Scene

ANA = "ana@example.com"


def test_a_person_on_that_job_already_is_a_duplicate(scene: Scene) -> None:
    job = scene.job()
    there = scene.pinpoint.add_application(job, email=ANA)
    start = scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")
    assert scene.item(start).remote_id == there
    assert scene.told(start) == ["duplicate"]
    assert scene.posts() == 0


def test_a_duplicate_is_found_once_and_for_all(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email=ANA, phone="+447700900111", linkedin_url="https://example.com/in/ana")
    scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    with scene.nothing_written():
        scene.sync()


@pytest.mark.parametrize("there", ["ANA@EXAMPLE.COM", "Ana@Example.com", ANA])
@pytest.mark.parametrize("here", ["ana@example.com", "aNA@exAMple.com"])
def test_letter_case_never_doubles_anyone(scene: Scene, there: str, here: str) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email=there)
    start = scene.start(scene.position(job), scene.person(emails=[here]))
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")


@pytest.mark.parametrize("there", [ANA, "Ana@Example.com"])
def test_letter_case_does_not_double_where_the_server_matches_exactly(scene: Scene, there: str) -> None:
    scene.pinpoint.switches["email_match"] = "exact"
    job = scene.job()
    scene.pinpoint.add_application(job, email=there)
    start = scene.start(scene.position(job), scene.person(emails=["Ana@Example.com"]))
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")


@pytest.mark.parametrize("visibility", ["internal", "confidential", "private_job"])
def test_a_hidden_jobs_application_counts_as_a_match(scene: Scene, visibility: str) -> None:
    job = scene.job(visibility=visibility)
    scene.pinpoint.add_application(job, email=ANA)
    start = scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")


def test_a_concealed_application_counts_as_a_match(scene: Scene) -> None:
    job = scene.job(blind_screening=True)
    scene.pinpoint.add_application(job, email=ANA)
    position = scene.position(job)
    start = scene.start(position, scene.person(emails=[ANA]))
    others = [scene.start(position) for _ in range(4)]
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")
    assert {scene.outcome(other) for other in others} == {("done", "sent")}


def test_our_own_application_on_a_concealed_job_is_read_back(scene: Scene) -> None:
    start = scene.start(scene.position(scene.job(blind_screening=True)))
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")
    with scene.nothing_written():
        scene.sync()


def test_nothing_is_added_to_a_concealed_application(scene: Scene) -> None:
    job = scene.job(blind_screening=True)
    scene.pinpoint.add_application(job, email=ANA)
    scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    assert scene.calls("pinpoint", "PUT") == []


def test_the_same_person_on_another_job_is_tied_to_the_existing_record(scene: Scene) -> None:
    scene.pinpoint.add_application(scene.job(), email=ANA)
    (record,) = scene.pinpoint.candidates
    start = scene.start(person=scene.person(emails=[ANA], phones=[]))
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "tied")
    assert scene.applications()[-1].candidate_id == record.id
    assert len(scene.pinpoint.candidates) == 1


def test_two_records_of_one_address_are_left_untied_with_a_warning(scene: Scene) -> None:
    for _ in range(2):
        record = scene.pinpoint.add_candidate(email=ANA, first_name="Ana", last_name="P")
        scene.pinpoint.add_application(scene.job(), email=ANA, candidate_id=record)
    start = scene.start(person=scene.person(emails=[ANA], phones=[]))
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "needs_merging")


def test_a_rejected_application_on_that_job_counts_as_there(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.move(scene.pinpoint.add_application(job, email=ANA), "rejected")
    start = scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    assert scene.outcome(start) == ("done", "already_there")


def test_a_lost_database_doubles_nobody(scene: Scene) -> None:
    start = scene.start()
    scene.sync()
    scene.file.rename(scene.file.with_name("lost.db"))
    scene.restart()
    scene.settle()
    assert (scene.item(start).state, scene.posts(), len(scene.applications())) == ("done", 1, 1)


def test_a_server_that_hands_out_an_existing_application_under_201_is_not_believed_to_have_made_one(
    scene: Scene,
) -> None:
    scene.pinpoint.switches["duplicates"] = "silent_201_existing"
    job, person = scene.job(), scene.person(emails=[ANA])
    scene.pinpoint.add_application(job, email="ana+jobs@example.com")
    start = scene.start(scene.position(job), person)
    scene.settle()
    assert scene.item(start).state == "done"
    assert len([a for a in scene.applications() if a.email == ANA]) == 1


# --- what is new about somebody who is there


def test_what_is_new_about_a_known_person_is_added(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email=ANA)
    person = scene.person(emails=[ANA], phones=["+447700900123"], linkedin="https://linkedin.example.com/in/ana")
    scene.start(scene.position(job), person)
    scene.sync()
    there = scene.application().attributes
    assert (there["phone"], there["phone_iso2"]) == ("+447700900123", "GB")
    assert there["linkedin_url"] == "https://linkedin.example.com/in/ana"


def test_adding_is_done_once(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email=ANA)
    scene.start(scene.position(job), scene.person(emails=[ANA]))
    scene.sync()
    with scene.nothing_written():
        scene.sync()
    assert len(scene.calls("pinpoint", "PUT")) == 1


def test_name_source_and_what_is_there_are_never_overwritten(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(
        job, email=ANA, first_name="Anastasia", phone="+447700900999", channel_source="Careers site"
    )
    scene.start(scene.position(job), scene.person(emails=[ANA], first_name="Ana", phones=["+447700900123"]))
    scene.sync()
    there = scene.application().attributes
    assert (there["first_name"], there["phone"], there["channel_source"]) == (
        "Anastasia",
        "+447700900999",
        "Careers site",
    )


@pytest.mark.parametrize("kind", ["reset_after", "error_after", "bad_gateway_after", "reset_before", "unavailable"])
def test_adding_survives_a_fault(scene: Scene, kind: str) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email=ANA)
    scene.world.faults.add(kind, platform="pinpoint", method="PUT", times=3)
    start = scene.start(scene.position(job), scene.person(emails=[ANA], phones=["+447700900123"]))
    scene.settle()
    assert scene.outcome(start) == ("done", "already_there")
    assert scene.application().attributes["phone"] == "+447700900123"
