"""Answers from the ledger: status, explain, what is stuck, retry and drop."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from connector.domain.actions import Kind
from connector.domain.reasons import NOTES, REASONS
from connector.flows.inquiry import drop, exit_state, explain, retry, starts_only, status, stuck
from tests.flows.scene import Scene

ANA = "ana@example.com"


def test_explain_by_address_tells_every_step_with_its_reason(scene: Scene) -> None:
    scene.start(person=scene.person(emails=[ANA]))
    scene.sync()
    (match,) = starts_only(explain(scene.company, "Ana@Example.com"))
    assert [event.reason for event in match.events] == ["recorded", "send", "created_unchecked", "sent"]


def test_explain_by_start_and_by_conversation_finds_the_same(scene: Scene) -> None:
    start = scene.start()
    scene.sync()
    by_start = explain(scene.company, start)
    by_conversation = explain(scene.company, scene.cord.conversation_of(start))
    assert [match.item.id for match in by_start] == [match.item.id for match in by_conversation]
    assert {match.item.kind for match in by_start} == {Kind.APPLICATION, Kind.REPORT}


def test_explain_finds_who_was_parked_before_anybody_asked_who_it_is(scene: Scene) -> None:
    start = scene.start(scene.position(), scene.person(emails=[ANA]))
    scene.sync()
    (match,) = starts_only(explain(scene.company, ANA))
    assert (match.item.start_id, match.item.reason) == (start, "position_not_linked")


def test_explain_knows_nobody_by_a_wrong_address(scene: Scene) -> None:
    scene.start()
    scene.sync()
    assert explain(scene.company, "nobody@example.com") == []
    assert explain(scene.company, "not an address@") == []


def test_every_reason_and_note_that_is_written_has_words(scene: Scene) -> None:
    scene.start(person=scene.person(cv=None))
    scene.start(scene.position())
    scene.start(person=scene.person(emails=[]))
    scene.sync()
    for match in explain(scene.company, "cs") + stuck(scene.company):
        assert {event.reason for event in match.events} <= set(REASONS)
        assert set(filter(None, match.item.note.split(","))) <= set(NOTES)


def test_the_status_counts_starts_by_state(scene: Scene) -> None:
    scene.start()
    scene.start(scene.position())
    scene.sync()
    counts = status(scene.company).counts
    assert (counts["done"], counts["parked"], counts["quarantined"]) == (1, 1, 0)


def test_the_status_shows_the_last_success(scene: Scene) -> None:
    scene.sync()
    scene.clock.advance(60)
    (flow,) = [flow for flow in status(scene.company).flows if flow.flow == "applications"]
    assert flow.lag_s is not None
    assert 60 <= flow.lag_s < 70


def quarantined(scene: Scene) -> tuple[str, str]:
    job = scene.job(ask_for_address=True, address_required=True)
    start = scene.start(scene.position(job))
    scene.sync()
    return job, start


def test_retry_takes_a_quarantined_start_up_again(scene: Scene) -> None:
    job, start = quarantined(scene)
    scene.pinpoint.edit_job(job, address_required=False)
    (taken,) = retry(scene.company, [scene.item(start).id])
    scene.sync()
    assert (taken.start_id, scene.outcome(start)) == (start, ("done", "sent"))


def test_retry_by_reason_leaves_the_others(scene: Scene) -> None:
    _, start = quarantined(scene)
    other = scene.start(scene.position())
    scene.sync()
    retry(scene.company, reason="address_required")
    assert scene.item(start).reason == "retried"
    assert scene.outcome(other) == ("parked", "position_not_linked")


def test_retry_leaves_done_and_erased_alone(scene: Scene) -> None:
    person = scene.person()
    done, erased = scene.start(), scene.start(person=person)
    scene.cord.erase(person)
    scene.sync()
    ids = [scene.item(start).id for start in (done, erased)]
    assert retry(scene.company, ids) == []


def test_retry_of_a_doubt_looks_it_up_and_does_not_repeat(scene: Scene) -> None:
    scene.world.faults.add("reset_after", platform="pinpoint", method="POST")
    start = scene.start()
    scene.sync()
    retry(scene.company, [scene.item(start).id])
    scene.clock.advance(3)
    scene.sync()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_a_retry_that_fails_again_says_so_again(scene: Scene) -> None:
    _, start = quarantined(scene)
    retry(scene.company, [scene.item(start).id])
    scene.sync()
    assert scene.outcome(start) == ("quarantined", "address_required")


def test_a_dropped_start_is_closed_until_it_is_retried(scene: Scene) -> None:
    _, start = quarantined(scene)
    drop(scene.company, [scene.item(start).id])
    scene.sync()
    assert scene.outcome(start) == ("closed", "dropped")
    retry(scene.company, [scene.item(start).id])
    assert scene.item(start).reason == "retried"


def test_what_is_sent_cannot_be_dropped(scene: Scene) -> None:
    start = scene.start()
    scene.sync()
    assert drop(scene.company, [scene.item(start).id]) == []
    assert scene.outcome(start) == ("done", "sent")


def test_the_exit_codes_facts(scene: Scene) -> None:
    assert exit_state([scene.company]) == (False, False)
    quarantined(scene)
    assert exit_state([scene.company]) == (False, True)
    scene.world.take_down("pinpoint")
    scene.start()
    scene.sync_through()
    assert exit_state([scene.company]) == (True, True)


def test_the_database_holds_no_contact_details(scene: Scene) -> None:
    person = scene.person(first_name="Anastasia", emails=[ANA], phones=["+447700900123"])
    scene.start(person=person)
    scene.start(scene.position(), person)
    scene.sync()
    with closing(sqlite3.connect(scene.file)) as database:
        everything = "\n".join(database.iterdump())
    assert not [word for word in (ANA, "Anastasia", "7700900123") if word in everything]


def test_an_erased_person_who_is_retried_is_closed(scene: Scene) -> None:
    person, position = scene.person(), scene.position()
    start = scene.start(position, person)
    scene.sync()
    scene.cord.erase(person)
    scene.remap(positions=[{"position": position, "job": scene.job()}])
    retry(scene.company, [scene.item(start).id])
    scene.sync()
    assert scene.outcome(start) == ("closed", "candidate_erased")


def test_retry_asks_the_source_for_a_row_that_could_not_be_read(scene: Scene) -> None:
    scene.world.faults.add("missing_field", platform="cord", path="conversation-starts$", field="data.0.candidate_id")
    start = scene.start()
    scene.sync()
    retry(scene.company, [scene.item(start).id])
    scene.sync()
    assert scene.outcome(start) == ("done", "sent")


def test_a_row_that_still_cannot_be_read_stays_a_fault(scene: Scene) -> None:
    bad = scene.cord.bad_rows.missing_field("candidate_id")
    scene.sync()
    assert retry(scene.company, [scene.item(bad["id"]).id]) == []
    scene.sync()
    assert scene.outcome(bad["id"]) == ("quarantined", "wire_error")
