"""The plan says what the next run will do, and changes nothing anywhere."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.flows.feed import read_feed
from connector.sandbox.cv_samples import html_as_cv
from connector.sandbox.world import World
from tests.flows.scene import Scene

ANA = "ana@example.com"
Line = tuple[str, str, str]


def foreseen(scene: Scene, *, yes: bool = False) -> list[Line]:
    return sorted((a.key, a.state.value, a.reason) for a in scene.plan(yes=yes).actions)


def happened(scene: Scene, keys: set[str] | None = None) -> list[Line]:
    """Return where every start stands, as the plan would spell it; `keys` leaves out those it does not name."""
    starts = {row["id"] for row in scene.cord.starts}
    items = [scene.item(start) for start in starts if scene.stores.actions.of_start(scene.company.name, start)]
    lines = [(i.shown_key, i.state.value, i.reason) for i in items]
    return sorted(line for line in lines if keys is None or line[0] in keys)


def remembered(scene: Scene) -> list[str]:
    """Return all that the database holds; the rate budget counts every call, also a plan's."""
    with closing(sqlite3.connect(scene.file)) as database:
        return [line for line in database.iterdump() if 'INTO "budget"' not in line]


def ready(scene: Scene) -> None:
    scene.start()


def nobody(scene: Scene) -> None:
    scene.sync()


def unlinked(scene: Scene) -> None:
    scene.start(scene.position())


def closed_job(scene: Scene) -> None:
    scene.start(scene.position(scene.job(status="closed")))


def gone_job(scene: Scene) -> None:
    scene.start(scene.position("59999"))


def by_hand_only(scene: Scene) -> None:
    scene.cord.auto_forward = False
    scene.start()


def asked(scene: Scene) -> None:
    scene.cord.auto_forward = False
    scene.cord.request_forward(scene.start())


def no_email(scene: Scene) -> None:
    scene.start(person=scene.person(emails=[]))


def no_phone(scene: Scene) -> None:
    scene.start(scene.position(scene.job(require_phone=True)), scene.person(phones=[]))


def no_summary(scene: Scene) -> None:
    scene.start(scene.position(scene.job(personal_summary_requirement="required")), scene.person(headline=None))


def no_cv(scene: Scene) -> None:
    scene.start(scene.position(scene.job(resume_requirement="required")), scene.person(cv=None))


def unfit_cv(scene: Scene) -> None:
    scene.start(scene.position(scene.job(resume_requirement="required")), scene.person(cv=html_as_cv(["Ana"])))


def there_already(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email="ANA@example.com")
    scene.start(scene.position(job), scene.person(emails=[ANA]))


def there_elsewhere(scene: Scene) -> None:
    scene.pinpoint.add_application(scene.job(), email=ANA)
    scene.start(person=scene.person(emails=[ANA]))


def twice(scene: Scene) -> None:
    job, person = scene.job(), scene.person()
    for _ in range(2):
        scene.start(scene.position(job), person)


def two_profiles(scene: Scene) -> None:
    position = scene.position(scene.job())
    for address in (ANA, "ANA@example.com"):
        scene.start(position, scene.person(emails=[address]))


def unfit_then_fit(scene: Scene) -> None:
    position = scene.position(scene.job(resume_requirement="required"))
    scene.start(position, scene.person(emails=[ANA], cv=html_as_cv(["Ana"])))
    scene.start(position, scene.person(emails=[ANA]))


def erased(scene: Scene) -> None:
    person = scene.person()
    scene.start(person=person)
    scene.cord.erase(person)


def read_already(scene: Scene) -> None:
    scene.start()
    read_feed(scene.company)


def linked_since(scene: Scene) -> None:
    position = scene.position()
    scene.start(position)
    scene.sync()
    scene.cord.link(position, scene.job())
    scene.clock.advance(400)


def opened_since(scene: Scene) -> None:
    job = scene.job(status="draft")
    scene.start(scene.position(job))
    scene.sync()
    scene.pinpoint.edit_job(job, status="open")
    scene.clock.advance(400)


def asked_since(scene: Scene) -> None:
    scene.cord.auto_forward = False
    start = scene.start()
    scene.sync()
    scene.cord.request_forward(start)


def done_already(scene: Scene) -> None:
    scene.start()
    scene.sync()
    scene.clock.advance(400)


def looked_at_again(scene: Scene) -> None:
    scene.start(person=scene.person(emails=[]))
    scene.sync()
    scene.clock.advance(3700)


def confidential(scene: Scene) -> None:
    job = scene.job(visibility="confidential", blind_screening=True)
    scene.pinpoint.add_application(job, email=ANA)
    scene.start(scene.position(job), scene.person(emails=[ANA]))


SITUATIONS = [
    ready, nobody, unlinked, closed_job, gone_job, by_hand_only, asked, no_email, no_phone, no_summary, no_cv,
    unfit_cv, there_already, there_elsewhere, twice, two_profiles, unfit_then_fit, erased, read_already, linked_since,
    opened_since, asked_since, done_already, looked_at_again, confidential,
]  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS)
def test_sync_does_what_the_plan_says(scene: Scene, situation: Callable[[Scene], None]) -> None:
    situation(scene)
    before = happened(scene)
    plan = foreseen(scene)
    scene.sync()
    after = happened(scene)
    untouched = [line for line in before if line in after and line not in plan]
    assert sorted(plan + untouched) == after


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_plan_writes_nothing_anywhere(scene: Scene, situation: Callable[[Scene], None]) -> None:
    situation(scene)
    before = remembered(scene)
    with scene.nothing_written():
        scene.plan()
    assert remembered(scene) == before


def test_after_the_run_the_next_plan_is_empty(scene: Scene) -> None:
    ready(scene)
    unlinked(scene)
    scene.sync()
    assert scene.plan().actions == []


def test_the_plan_stops_at_the_brake_like_the_run(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "beginning", "max_new_per_run": 2})
    position = scene.position(scene.job())
    for _ in range(5):
        scene.start(position)
    plan = foreseen(scene)
    scene.sync()
    assert plan == happened(scene)


def test_the_plan_with_a_yes_is_the_run_with_a_yes(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "beginning", "max_new_per_run": 2})
    position = scene.position(scene.job())
    for _ in range(5):
        scene.start(position)
    plan = foreseen(scene, yes=True)
    scene.sync(yes=True)
    assert plan == happened(scene)


@pytest.mark.parametrize("situation", [ready, twice, there_already, no_email, closed_job, confidential])
def test_the_plan_says_what_the_run_costs_at_the_ats(scene: Scene, situation: Callable[[Scene], None]) -> None:
    situation(scene)
    calls = scene.plan().ats_calls
    scene.world.clear_calls()
    scene.sync()
    # a second start of a person costs another look-up when it is settled; the plan may be that much too low
    assert calls <= len(scene.calls("pinpoint")) <= calls + 1


def test_the_plan_shows_people_masked(scene: Scene) -> None:
    scene.start(person=scene.person(emails=["anastasia@example.com"]))
    (line,) = scene.plan().actions
    assert line.person == "an…a@e….com"


def test_a_plan_tells_what_it_could_not_read(scene: Scene) -> None:
    ready(scene)
    scene.world.take_down("pinpoint")
    plan = scene.plan()
    assert plan.problems
    assert {action.state.value for action in plan.actions} <= {"waiting"}


person = st.fixed_dictionaries(
    {
        "emails": st.sampled_from([[], [ANA], ["ANA@example.com"], ["bo@example.com"], ["cy@example.com"]]),
        "phones": st.sampled_from([[], ["07700 900123"], ["12"]]),
        "headline": st.sampled_from([None, "Engineer"]),
        "cv": st.sampled_from([None, b"%PDF-1.4\n%%EOF\n", b"<html></html>"]),
    }
)
job = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["open", "open", "closed"]),
        "visibility": st.sampled_from(["external", "confidential"]),
        "blind_screening": st.booleans(),
        "require_phone": st.booleans(),
        "resume_requirement": st.sampled_from(["optional", "required"]),
        "personal_summary_requirement": st.sampled_from(["optional", "required"]),
    }
)
small_worlds = st.fixed_dictionaries(
    {
        "jobs": st.lists(job, min_size=1, max_size=3),
        "people": st.lists(person, min_size=1, max_size=4),
        #: position number -> job number; the last position is not linked
        "links": st.lists(st.integers(0, 3), min_size=1, max_size=4),
        "there": st.lists(st.tuples(st.integers(0, 2), st.sampled_from([ANA, "bo@example.com"])), max_size=2),
        "starts": st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.booleans()), max_size=6),
        "room": st.sampled_from([1, 2, 200]),
    }
)


def play(scene: Scene, plot: dict[str, Any]) -> None:
    jobs = [scene.job(**details) for details in plot["jobs"]]
    people = [scene.person(**details) for details in plot["people"]]
    positions = [scene.position(jobs[number] if number < len(jobs) else None) for number in plot["links"]]
    for number, address in plot["there"]:
        scene.pinpoint.add_application(jobs[number % len(jobs)], email=address)
    for who, where, automatic, pressed in plot["starts"]:
        position = positions[where % len(positions)]
        start = scene.start(position, people[who % len(people)], requested=automatic)
        if pressed and scene.cord.positions[position].link is not None:
            scene.cord.request_forward(start)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plot=small_worlds)
def test_in_any_small_world_sync_does_what_the_plan_says(plot: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, World(limits=None) as world:
        scene = Scene(Path(folder), world, forwarding={"start": "beginning", "max_new_per_run": plot["room"]})
        play(scene, plot)
        plan = foreseen(scene)
        scene.sync()
        assert plan == happened(scene)
        scene.settle()
        mine = [(a.job_id, (a.email or "").casefold()) for a in scene.applications() if a.reference]
        assert len(mine) == len(set(mine))
        scene.close()
