"""The source's list of jobs is a mirror of the open ones: what is written, what is not, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest

from connector.app import polls_of
from connector.flows.inquiry import next_due_s, next_listing_due_s, stuck
from connector.flows.listings import sync_listings
from tests.flows.mirroring import LATER_S, mirror, put, shown, writes
from tests.flows.scene import Scene


def test_open_external_jobs_appear_with_all_that_a_reader_needs(scene: Scene) -> None:
    job = scene.job(title="Backend Engineer")
    assert 1 == mirror(scene).published
    entry = scene.cord.ats_jobs[job]
    assert ("Backend Engineer", "open", "Leeds", "Engineering") == (
        entry.title,
        entry.status,
        entry.location,
        entry.department,
    )
    assert "permanent_full_time" == entry.employment_type
    assert entry.url is not None
    assert entry.url.startswith("http")
    assert entry.updated_at == scene.pinpoint.jobs[job].updated_at.replace(microsecond=0)
    text = entry.description_html or ""
    places = [text.index(part) for part in ("booking engine", "What you will do", "Own two", "What you bring", "leave")]
    assert places == sorted(places)


@pytest.mark.parametrize("visibility", ["internal", "confidential", "private_job"])
def test_other_visibilities_appear_only_if_the_mapping_names_them(
    make_scene: Callable[..., Scene], visibility: str
) -> None:
    scene = make_scene()
    job = scene.job(visibility=visibility)
    mirror(scene)
    assert {} == shown(scene.world)
    scene.remap(jobs={"visibility": ["external", visibility]})
    mirror(scene)
    assert [job] == list(shown(scene.world))
    scene.remap()
    mirror(scene)
    assert {} == shown(scene.world)


@pytest.mark.parametrize("status", ["closed", "archived", "draft", "hold", "filled", "cancelled", "pending_approval"])
def test_a_job_that_is_no_longer_open_goes_and_comes_back_when_it_opens(scene: Scene, status: str) -> None:
    job = scene.job()
    mirror(scene)
    scene.pinpoint.edit_job(job, status=status)
    mirror(scene)
    assert {} == shown(scene.world)
    scene.pinpoint.edit_job(job, status="open")
    mirror(scene)
    assert [job] == list(shown(scene.world))


def test_a_job_that_is_gone_is_withdrawn(scene: Scene) -> None:
    job = scene.job()
    mirror(scene)
    scene.pinpoint.delete_job(job)
    assert 1 == mirror(scene).withdrawn


def test_a_deadline_takes_a_job_away_without_any_change_of_it(scene: Scene) -> None:
    closes = (scene.clock.now() + timedelta(hours=1)).astimezone(UTC).isoformat()
    scene.job(deadline_at=closes)
    assert 1 == mirror(scene).published
    assert 1 == mirror(scene, after_s=3600).withdrawn


def test_a_job_back_after_its_deadline_was_moved_is_written_again(scene: Scene) -> None:
    job = scene.job(deadline_at="2026-01-01T00:00:00+00:00")
    mirror(scene)
    scene.pinpoint.edit_job(job, deadline_at=None)
    mirror(scene)
    scene.pinpoint.edit_job(job, deadline_at="2026-01-01T00:00:00+00:00")
    mirror(scene)
    scene.pinpoint.edit_job(job, deadline_at=None)
    mirror(scene)
    # the same entry for the second time: another key, or it would be a mere replay
    assert [job] == list(shown(scene.world))


def test_only_what_has_changed_is_written(scene: Scene) -> None:
    jobs = [scene.job() for _ in range(5)]
    mirror(scene)
    scene.pinpoint.edit_job(jobs[2], title="Staff Engineer")
    scene.world.clear_calls()
    mirror(scene)
    assert [f"PUT {jobs[2]}"] == writes(scene)
    assert "Staff Engineer" == shown(scene.world)[jobs[2]]


def test_a_change_that_no_reader_sees_is_not_written(scene: Scene) -> None:
    job = scene.job()
    mirror(scene)
    scene.world.clear_calls()
    scene.pinpoint.edit_job(job, requisition_id="REQ-9")
    mirror(scene)
    assert [] == writes(scene)


def test_an_unchanged_list_costs_one_call_and_no_write(scene: Scene) -> None:
    for _ in range(30):
        scene.job()
    mirror(scene)
    scene.world.clear_calls()
    mirror(scene)
    assert (["/api/v1/jobs"], []) == ([call.path for call in scene.calls("pinpoint")], writes(scene))


def test_forwarding_and_the_mirror_share_one_reading(scene: Scene) -> None:
    scene.start()
    for _ in range(3):
        scene.clock.advance(LATER_S)
        scene.sync_through()
        sync_listings(scene.company)
        scene.sync_through()
    assert 3 == len(scene.calls("pinpoint", "GET", "/jobs"))


def test_a_reading_that_the_mirror_made_releases_who_waited_for_it(scene: Scene) -> None:
    job = scene.job(require_phone=True)
    start = scene.start(scene.position(job), scene.person(phones=[]))
    scene.sync()
    assert ("parked", "phone_required") == scene.outcome(start)
    scene.pinpoint.edit_job(job, require_phone=False)
    mirror(scene)
    scene.sync()
    assert ("done", "sent") == scene.outcome(start)


def test_a_reading_that_a_manual_send_made_releases_who_waited_for_it(scene: Scene) -> None:
    job = scene.job(require_phone=True)
    waiting = scene.start(scene.position(job), scene.person(phones=[]))
    scene.sync()
    scene.pinpoint.edit_job(job, require_phone=False)
    scene.clock.advance(LATER_S)
    scene.send(scene.start())
    scene.sync()
    assert ("done", "sent") == scene.outcome(waiting)


def test_the_mirror_has_a_poll_of_its_own_unless_it_is_off(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(jobs={"poll_every": "7m"})
    polls = {poll.flow: poll.every_s for poll in polls_of(scene.mapping, scene.company)}
    assert 420.0 == polls["listings"]
    scene.remap(jobs={"mirror": False})
    assert "listings" not in {poll.flow for poll in polls_of(scene.mapping, scene.company)}


def test_what_waits_in_the_mirror_does_not_hurry_forwarding(scene: Scene) -> None:
    scene.job()
    scene.world.faults.add("unavailable", platform="cord", path="/ats-jobs/", times=None)
    mirror(scene)
    assert next_listing_due_s(scene.company) is not None
    assert next_due_s(scene.company) is None


def test_a_company_without_a_mirror_is_left_alone(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(jobs={"mirror": False})
    scene.job()
    put(scene.world, "9001")
    mirror(scene)
    assert ["9001"] == list(shown(scene.world))


# --- the whole list is ours


def test_the_first_run_publishes_what_is_missing_then_withdraws_what_is_foreign(scene: Scene) -> None:
    job = scene.job()
    put(scene.world, "9001")
    put(scene.world, "9002", status="closed")
    mirror(scene)
    assert [job] == list(scene.cord.ats_jobs)
    assert [f"PUT {job}", "DELETE 9001", "DELETE 9002"] == sorted(writes(scene), reverse=True)[:1] + sorted(
        writes(scene)
    )[:2]
    assert writes(scene)[0] == f"PUT {job}"


def test_an_entry_that_is_right_already_is_not_written_again(scene: Scene) -> None:
    scene.job()
    mirror(scene)
    scene.file.unlink()
    scene.world.clear_calls()
    scene.restart()
    mirror(scene)
    assert [] == writes(scene)


def test_a_nightly_comparison_repairs_what_others_did_to_the_list(scene: Scene) -> None:
    kept, lost = scene.job(), scene.job()
    mirror(scene)
    scene.cord.ats_jobs.delete(lost)
    put(scene.world, kept, "Spoilt", updated_at=scene.cord.ats_jobs[kept].updated_at)
    put(scene.world, "9001")
    mirror(scene, after_s=86_400)
    assert {kept: "Backend Engineer", lost: "Backend Engineer"} == shown(scene.world)


def test_a_later_entry_is_never_written_over(scene: Scene) -> None:
    job = scene.job()
    mirror(scene)
    later = scene.clock.now() + timedelta(days=1)
    put(scene.world, job, "Written by somebody who knows more", updated_at=later)
    scene.pinpoint.edit_job(job, title="Ours")
    scene.world.clear_calls()
    mirror(scene)
    mirror(scene)
    # refused once; then the list is read again, and nothing is tried any more
    assert [f"PUT {job}"] == writes(scene)
    assert "Written by somebody who knows more" == shown(scene.world)[job]
    assert [] == stuck(scene.company)
