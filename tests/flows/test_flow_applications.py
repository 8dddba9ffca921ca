"""A started conversation becomes exactly one application, and what stands in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.sandbox.pinpoint.switches import CHOICES
from tests.flows.scene import Scene


def test_a_started_conversation_becomes_an_application_in_applied(scene: Scene) -> None:
    job = scene.job()
    start = scene.start(scene.position(job))
    scene.sync()
    made, applied = scene.application(), scene.pinpoint.jobs[job].applied_stage
    assert applied is not None
    assert scene.stands(start) == ("done", "sent", "phone_unverified")
    assert (made.job_id, made.stage_id) == (job, applied.id)


def test_a_further_run_writes_nothing(scene: Scene) -> None:
    scene.start()
    scene.sync()
    with scene.nothing_written():
        scene.sync()


def test_the_application_carries_everything_the_source_knows(scene: Scene) -> None:
    person = scene.person(
        first_name="Ana",
        last_name="Petrov",
        emails=["Ana.Petrov@example.com"],
        phones=["+447700900123"],
        linkedin="https://linkedin.example.com/in/ana",
        headline="Backend engineer",
        cv_filename="Ana.pdf",
    )
    start = scene.start(person=person)
    scene.sync()
    made, sent = scene.application(), scene.application().attributes
    assert (sent["first_name"], sent["last_name"], sent["email"]) == ("Ana", "Petrov", "Ana.Petrov@example.com")
    assert (sent["phone"], sent["phone_iso2"]) == ("+447700900123", "GB")
    assert (sent["linkedin_url"], sent["summary"]) == ("https://linkedin.example.com/in/ana", "Backend engineer")
    assert (made.reference, made.cv_filename) == (f"cord:{start}", "Ana.pdf")
    assert made.cv == scene.cord.people[person].cv.content  # type: ignore[union-attr]


def test_the_application_shows_where_it_came_from(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"source_label": "Sourced", "tag": "from cord"})
    scene.start()
    scene.sync()
    made = scene.application()
    assert made.attributes["channel_source"] == "Sourced"
    assert [tag["name"] for tag in made.tags] == ["from cord"]


def test_one_conversation_about_two_positions_makes_an_application_on_each_job(scene: Scene) -> None:
    first = scene.start(scene.position(scene.job()))
    second = scene.cord.add_position_to_conversation(scene.cord.conversation_of(first), scene.position(scene.job()))
    scene.sync()
    scene.sync()
    assert [scene.outcome(start) for start in (first, second)] == [("done", "sent")] * 2
    assert len({made.job_id for made in scene.applications()}) == 2
    assert len({made.candidate_id for made in scene.applications()}) == 1


def test_two_positions_of_one_job_make_one_application(scene: Scene) -> None:
    job, person = scene.job(), scene.person()
    starts = [scene.start(scene.position(job), person) for _ in range(2)]
    scene.settle()
    assert sorted(scene.outcome(start) for start in starts) == [("done", "same_application"), ("done", "sent")]
    assert len(scene.applications()) == 1


def test_two_profiles_with_one_address_are_one_person(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position, scene.person(emails=[a])) for a in ("ana@example.com", "Ana@Example.com")]
    scene.settle()
    assert sorted(scene.outcome(start) for start in starts) == [("done", "same_application"), ("done", "sent")]
    assert len(scene.applications()) == 1


def test_two_profiles_with_one_address_are_one_person_also_days_apart(scene: Scene) -> None:
    position = scene.position(scene.job())
    scene.start(position, scene.person(emails=["ana@example.com"]))
    scene.sync()
    second = scene.start(position, scene.person(emails=["ANA@example.com"]))
    scene.settle()
    assert scene.item(second).state == "done"
    assert scene.told(second) == ["duplicate"]
    assert len(scene.applications()) == 1


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_a_hundred_conversations_of_one_person_make_one_application(scene: Scene, batch: int) -> None:
    object.__setattr__(scene.company, "batch_size", batch)
    position, person = scene.position(scene.job()), scene.person()
    for _ in range(10):
        scene.start(position, person)
    scene.settle()
    assert len(scene.applications()) == 1
    assert scene.posts() == 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"first_name": "Teller", "last_name": None, "full_name": "Teller"}, ("Teller", "-")),
        ({"first_name": None, "last_name": None, "full_name": "Ana María de Souza"}, ("Ana María de", "Souza")),
        ({"first_name": "Siobhán", "last_name": "O'Hare", "full_name": "Siobhán O'Hare"}, ("Siobhán", "O'Hare")),
        ({"first_name": "נועה", "last_name": "לוי", "full_name": "נועה לוי"}, ("נועה", "לוי")),
        ({"first_name": "Zoë 🦊", "last_name": "Li", "full_name": "Zoë 🦊 Li"}, ("Zoë 🦊", "Li")),
    ],
)
def test_names_arrive_whole_in_both_required_fields(
    scene: Scene, names: dict[str, str | None], expected: tuple[str, str]
) -> None:
    scene.start(person=scene.person(**names))
    scene.sync()
    sent = scene.application().attributes
    assert (sent["first_name"], sent["last_name"]) == expected


def test_a_national_phone_number_is_read_in_the_default_region(scene: Scene) -> None:
    scene.start(person=scene.person(phones=["07700 900123"]))
    scene.sync()
    assert scene.application().attributes["phone"] == "+447700900123"


def test_an_impossible_phone_number_is_left_out_with_a_note(scene: Scene) -> None:
    start = scene.start(person=scene.person(phones=["12"]))
    scene.sync()
    assert scene.stands(start) == ("done", "sent", "phone_left_out")
    assert not scene.application().attributes.get("phone")


def test_a_conversation_that_is_closed_before_it_was_sent_is_sent_all_the_same(scene: Scene) -> None:
    start = scene.start()
    scene.cord.close_conversation(scene.cord.conversation_of(start))
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_pending_conversation_is_not_sent(scene: Scene) -> None:
    scene.cord.pending_conversation(scene.person(), scene.position(scene.job()))
    scene.sync()
    assert scene.applications() == []


def test_an_application_that_was_deleted_is_not_made_again(scene: Scene) -> None:
    scene.start()
    scene.sync()
    scene.pinpoint.delete_application(scene.application().id)
    scene.sync()
    assert scene.posts() == 1


def test_an_application_that_was_moved_before_it_was_read_back_says_so(scene: Scene) -> None:
    start = scene.start(scene.position(scene.job(stages=(("Screening", "review"), ("Hired", "hired")))))
    scene.sync()
    assert scene.stands(start)[:2] == ("done", "sent")


UNPROVEN = [(name, value) for name, values in CHOICES.items() for value in values[1:]]


@pytest.mark.parametrize(("switch", "value"), UNPROVEN)
def test_each_unproven_behaviour_of_the_ats_still_gives_exactly_one(scene: Scene, switch: str, value: str) -> None:
    scene.pinpoint.switches[switch] = value
    start = scene.start()
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")
    assert len(scene.applications()) == 1
