"""People's data: forgotten, exported, purged, and never sent again by accident."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from connector.domain.actions import State
from connector.flows.privacy import export, forget, sync_retention
from tests.flows.scene import Scene

ADDRESS = "ana.petrov@example.com"


def everything_stored(scene: Scene) -> str:
    with scene.stores.database.read() as connection:
        tables = ("action", "event", "forgotten")
        return "\n".join(str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")))


def test_forgetting_leaves_nothing_but_a_keyed_hash(scene: Scene):
    person = scene.person(emails=[ADDRESS])
    scene.start(person=person)
    scene.sync()
    assert forget(scene.company, ADDRESS) > 0
    kept = everything_stored(scene)
    assert person not in kept
    assert scene.company.person_of(ADDRESS) in kept


def test_forgotten_person_is_not_sent_again(scene: Scene):
    scene.start(person=scene.person(emails=[ADDRESS]))
    scene.sync()
    forget(scene.company, ADDRESS)
    again = scene.start(person=scene.person(emails=[ADDRESS.upper()]))
    scene.sync()
    assert scene.outcome(again) == (State.CLOSED, "forgotten")
    assert len(scene.pinpoint.applications) == 1


def test_completely_forgotten_person_is_new(scene: Scene):
    scene.start(person=scene.person(emails=[ADDRESS]))
    scene.sync()
    forget(scene.company, ADDRESS)
    forget(scene.company, ADDRESS, completely=True)
    assert scene.company.person_of(ADDRESS) not in everything_stored(scene)


def test_forgetting_twice_is_harmless(scene: Scene):
    scene.start(person=scene.person(emails=[ADDRESS]))
    scene.sync()
    forget(scene.company, ADDRESS)
    assert forget(scene.company, ADDRESS) == 0


def test_forgetting_finds_starts_whose_person_was_not_known(scene: Scene):
    unlinked = scene.start(scene.cord.add_position(title="Nobody linked this"), scene.person(emails=[ADDRESS]))
    scene.sync()
    forget(scene.company, ADDRESS)
    assert scene.stores.actions.of_start("harbourline", unlinked) == []


def test_export_holds_the_history_and_no_other_person(scene: Scene):
    start = scene.start(person=scene.person(emails=[ADDRESS]))
    scene.start(person=scene.person(emails=["ben.okoro@example.com"]))
    scene.sync()
    held = export(scene.company, ADDRESS)
    assert held is not None
    assert {match.item.start_id for match in held.matches} == {start}
    assert [event.reason for event in held.matches[0].events][-1] == "sent"


def test_erased_person_is_scrubbed_here(scene: Scene):
    person = scene.person(emails=[ADDRESS])
    start = scene.start(person=person)
    scene.cord.erase(person)
    scene.sync()
    assert scene.outcome(start) == (State.CLOSED, "candidate_erased")
    assert person not in everything_stored(scene)


def test_retention_purges_what_is_settled_and_keeps_what_waits(scene: Scene):
    sent = scene.start(person=scene.person(emails=[ADDRESS]))
    waits = scene.start(scene.cord.add_position(title="Nobody linked this"), scene.person())
    scene.sync()
    scene.clock.advance(timedelta(days=401).total_seconds())
    sync_retention(scene.company)
    assert scene.stores.actions.of_start("harbourline", sent) == []
    assert scene.outcome(waits) == (State.PARKED, "position_not_linked")


def test_purged_person_is_not_doubled_when_the_feed_comes_by_again(scene: Scene):
    scene.start(person=scene.person(emails=[ADDRESS]))
    scene.sync()
    scene.clock.advance(timedelta(days=401).total_seconds())
    sync_retention(scene.company)
    scene.cord.expire_cursors()
    scene.sync()
    assert len(scene.pinpoint.applications) == 1
