"""Links: both ends are looked at, the source is told exactly what stands, and nothing waits for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from connector.domain.actions import Item, Kind, State
from connector.domain.model import Link, Position
from connector.flows.links import (
    NoSuchEnd,
    check_ends,
    look_at_both,
    tell_again,
    tell_source,
    who_moves,
    with_file_links,
)
from tests.flows.scene import Killed, Scene


def told(scene: Scene) -> list[Item]:
    """Return what the ledger holds of links, oldest first."""
    listed = scene.stores.actions.in_states(scene.company.name, list(State))
    return [item for item in reversed(listed) if item.kind is Kind.LINK]


def standing(scene: Scene) -> list[tuple[str, str]]:
    return [(item.state.value, item.reason) for item in told(scene)]


def link_at_cord(scene: Scene, position: str) -> tuple[str, str] | None:
    link = scene.cord.positions[position].link
    return (link.ats_job_id, link.origin) if link else None


def tell(scene: Scene, position: str, job: str | None, origin: str = "linked") -> tuple[str, str]:
    change = tell_source(scene.company, Position(position, "Engineer", "open", None), job, origin)
    return change.state.value, change.reason


def listed_job(scene: Scene) -> str:
    job = scene.job()
    scene.cord.add_ats_job(job, "Engineer")
    return job


def test_the_source_is_told_about_a_link_and_its_end(scene: Scene) -> None:
    position, job = scene.position(), listed_job(scene)
    assert tell(scene, position, job, "imported") == ("done", "told")
    assert link_at_cord(scene, position) == (job, "imported")
    assert tell(scene, position, None, "unlinked") == ("done", "told")
    assert link_at_cord(scene, position) is None


def test_the_same_link_made_again_after_its_end_is_made(scene: Scene) -> None:
    position, job = scene.position(), listed_job(scene)
    for wanted in (job, None, job):
        tell(scene, position, wanted)
    assert link_at_cord(scene, position) == (job, "linked")


@pytest.mark.parametrize("closed", [True, False])
def test_a_job_that_is_not_listed_yet_is_told_once_it_is(make_scene: Callable[..., Scene], closed: bool) -> None:
    scene = make_scene(jobs={"mirror": False})
    position, job = scene.position(), scene.job()
    if closed:
        scene.cord.add_ats_job(job, "Engineer", "closed")
    assert tell(scene, position, job) == ("parked", "job_not_listed")
    scene.cord.add_ats_job(job, "Engineer")
    scene.clock.advance(301)
    tell_again(scene.company)
    assert link_at_cord(scene, position) == (job, "linked")
    assert standing(scene) == [("closed", "overtaken"), ("done", "told")]


def test_while_the_mirror_has_not_listed_the_job_the_source_is_not_asked_again(scene: Scene) -> None:
    position, job = scene.position(), scene.job()
    tell(scene, position, job)
    scene.clock.advance(301)
    tell_again(scene.company)
    assert len(scene.calls("cord", "PUT", "/ats-link")) == 1
    assert standing(scene) == [("parked", "job_not_listed")]


def test_a_lost_answer_is_sent_again_under_the_same_key(scene: Scene) -> None:
    position, job = scene.position(), listed_job(scene)
    scene.world.faults.add("reset_after", platform="cord", method="PUT", times=9)
    assert tell(scene, position, job) == ("unknown", "outcome_unknown")
    scene.world.faults.clear()
    scene.clock.advance(600)
    scene.sync()
    assert standing(scene) == [("done", "told")]
    assert len({item.prepared.key for item in told(scene) if item.prepared}) == 1


def test_killed_between_the_write_and_its_record_the_same_bytes_go_again(scene: Scene) -> None:
    position, job = scene.position(), listed_job(scene)
    dying = scene.dying(lambda change: change.item.kind is Kind.LINK)
    with pytest.raises(Killed):
        tell_source(dying, Position(position, "Engineer", "open", None), job, "linked")
    assert link_at_cord(scene, position) == (job, "linked")
    scene.restart()
    scene.sync()
    assert standing(scene) == [("done", "told")]
    assert len({item.prepared.key for item in told(scene) if item.prepared}) == 1


def test_a_newer_link_overtakes_one_that_did_not_arrive(scene: Scene) -> None:
    position, first, second = scene.position(), listed_job(scene), listed_job(scene)
    scene.world.faults.add("unavailable", platform="cord", method="PUT", times=9)
    tell(scene, position, first)
    scene.world.faults.clear()
    scene.clock.advance(600)
    tell(scene, position, second)
    scene.sync()
    assert link_at_cord(scene, position) == (second, "linked")
    assert standing(scene) == [("closed", "overtaken"), ("done", "told")]


def test_an_unlinked_position_sends_nobody_from_then_on(scene: Scene) -> None:
    position = scene.position(listed_job(scene))
    scene.sync()
    tell(scene, position, None, "unlinked")
    start = scene.start(position)
    scene.sync()
    assert scene.outcome(start) == ("parked", "position_not_linked")


def test_a_token_that_may_not_link_pauses_nothing(scene: Scene) -> None:
    position, job = scene.position(), listed_job(scene)
    scene.cord.scopes.discard("links:write")
    assert tell(scene, position, job) == ("parked", "permission_missing")
    assert scene.company.memory.pause(scene.company.name, "cord") is None


def test_a_position_that_is_gone_is_named(scene: Scene) -> None:
    assert tell(scene, "po_gone", listed_job(scene)) == ("parked", "link_refused")


def test_both_ends_must_be_there(scene: Scene) -> None:
    position, job = scene.position(), scene.job(resume_requirement="required")
    ends = look_at_both(scene.company)
    assert check_ends(scene.company, ends, position, job) == [f"job {job} requires a CV: people without wait"]
    with pytest.raises(NoSuchEnd, match="po_none: no such position"):
        check_ends(scene.company, ends, "po_none", job)
    with pytest.raises(NoSuchEnd, match="99: no such job"):
        check_ends(scene.company, ends, position, "99")


def test_who_waits_for_a_link_is_foreseen_and_nothing_is_written(scene: Scene) -> None:
    position, job = scene.position(), scene.job()
    start = scene.start(position)
    scene.sync()
    company = with_file_links(scene.company, [Link(position, job, "file")])
    with scene.nothing_written():
        release = who_moves(company, look_at_both(company), [position])
    assert (release.number, release.sent) == (1, 1)
    assert [(a.job, a.state.value, a.reason) for a in release.people.actions] == [(job, "done", "sent")]
    assert scene.outcome(start) == ("parked", "position_not_linked")


def test_a_link_by_hand_only_sends_nobody(scene: Scene) -> None:
    position, job = scene.position(), scene.job()
    scene.start(position)
    scene.sync()
    company = with_file_links(scene.company, [Link(position, job, "file", automatic=False)])
    release = who_moves(company, look_at_both(company), [position])
    assert release.groups == (("parked", "waiting_for_manual_send", 1),)


def test_automatic_off_for_the_company_is_foreseen_too(scene: Scene) -> None:
    position, job = scene.position(), scene.job()
    scene.start(position)
    scene.sync()
    company = with_file_links(scene.company, [Link(position, job, "file")])
    company = replace(company, forwarding=replace(company.forwarding, automatic=False))
    assert who_moves(company, look_at_both(company), [position]).sent == 0
