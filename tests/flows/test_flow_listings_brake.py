"""What the mirror does not believe, and what becomes of writes that fail."""

from __future__ import annotations

import contextlib

import pytest

from connector.domain import errors
from connector.flows.inquiry import listing_status, next_listing_due_s, retry, stuck
from connector.flows.listings import sync_listings
from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.cord.refusals import invalid
from tests.flows.mirroring import LATER_S, mirror, put, shown
from tests.flows.scene import Scene


def held(scene: Scene, jobs: int = 12) -> list[str]:
    made = [scene.job() for _ in range(jobs)]
    mirror(scene)
    for job in made:
        scene.pinpoint.edit_job(job, status="archived")
    return made


def test_an_empty_list_withdraws_nothing_and_raises_one_fault_with_the_numbers(scene: Scene) -> None:
    jobs = held(scene)
    for _ in range(3):
        refused = mirror(scene).refused
    assert sorted(jobs) == sorted(shown(scene.world))
    assert refused is not None
    assert 12 == refused.numbers["to be withdrawn"]
    (fault,) = stuck(scene.company)
    assert ("quarantined", "suspicious_change") == (fault.item.state.value, fault.item.reason)
    assert "12" in fault.item.note


def test_a_confirmation_lets_it_through_and_ends_the_fault(scene: Scene) -> None:
    held(scene)
    mirror(scene)
    assert 12 == mirror(scene, yes=True).withdrawn
    assert ({}, []) == (shown(scene.world), stuck(scene.company))


def test_two_more_readings_an_hour_apart_let_it_through(scene: Scene) -> None:
    held(scene)
    withdrawn = [mirror(scene, after_s=seconds).withdrawn for seconds in (301, 3601, 1800, 1801)]
    assert [0, 0, 0, 12] == withdrawn


def test_a_list_that_comes_back_ends_the_fault(scene: Scene) -> None:
    for job in held(scene):
        scene.pinpoint.edit_job(job, status="open") if job != "5101" else None
    mirror(scene)
    assert [] == stuck(scene.company)
    assert 11 == len(shown(scene.world))


def test_publishing_goes_on_while_the_brake_holds(scene: Scene) -> None:
    held(scene)
    mirror(scene)
    job = scene.job(title="New")
    assert 1 == mirror(scene).published
    assert "New" == shown(scene.world)[job]


def test_a_retried_fault_confirms_nothing(scene: Scene) -> None:
    held(scene)
    mirror(scene)
    retry(scene.company)
    mirror(scene)
    assert 12 == len(shown(scene.world))
    assert ["suspicious_change"] == [fault.item.reason for fault in stuck(scene.company)]


def test_many_foreign_entries_are_held_back_on_the_first_run(scene: Scene) -> None:
    job = scene.job()
    for number in range(9001, 9011):
        put(scene.world, str(number))
    assert mirror(scene).refused is not None
    assert 11 == len(shown(scene.world))
    assert 10 == mirror(scene, yes=True).withdrawn
    assert [job] == list(shown(scene.world))


@pytest.mark.parametrize("kind", ["error_before", "html_ok", "truncated_json", "half_body"])
def test_a_list_that_cannot_be_read_changes_nothing(scene: Scene, kind: str) -> None:
    job = scene.job()
    mirror(scene)
    scene.pinpoint.edit_job(job, status="closed")
    scene.world.faults.add(kind, platform="pinpoint", path="/jobs", times=None)
    with pytest.raises(errors.PlatformError):
        mirror(scene)
    assert [job] == list(shown(scene.world))
    scene.world.faults.clear()
    mirror(scene)
    assert {} == shown(scene.world)


# --- writes that fail


@pytest.mark.parametrize("kind", ["reset_after", "bad_gateway_after", "garbage_after", "reset_before", "unavailable"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_without_an_answer_is_sent_again_as_it_was(scene: Scene, kind: str, method: str) -> None:
    job = scene.job()
    if method == "DELETE":
        mirror(scene)
        scene.pinpoint.edit_job(job, status="closed")
    scene.world.faults.add(kind, platform="cord", method=method, path="/ats-jobs/", times=None)
    scene.clock.advance(LATER_S)
    with contextlib.suppress(errors.PlatformError):
        sync_listings(scene.company)
    scene.world.faults.clear()
    wait_s = next_listing_due_s(scene.company)
    assert wait_s is not None
    scene.clock.advance(wait_s + 0.01)
    sync_listings(scene.company)
    keys = {call.request_headers["idempotency-key"] for call in scene.calls("cord", method, "/ats-jobs/")}
    assert ([job] if method == "PUT" else []) == list(shown(scene.world))
    assert 1 == len(keys)
    assert [] == stuck(scene.company)


def refuse_once(scene: Scene, job: str) -> None:
    """Let the source find fault with the next entry of this job."""
    take = scene.cord.ats_jobs.put

    def put_or_refuse(entry: AtsJob) -> bool:
        if entry.ats_job_id != job:
            return take(entry)
        scene.cord.ats_jobs.put = take  # type: ignore[method-assign]
        raise invalid("The title is offensive", ("title", "invalid"))

    scene.cord.ats_jobs.put = put_or_refuse  # type: ignore[method-assign]


def test_an_entry_that_the_source_refuses_is_named_and_tried_again_only_when_it_changes(scene: Scene) -> None:
    job, other = scene.job(), scene.job(title="Fine")
    refuse_once(scene, job)
    mirror(scene)
    mirror(scene)
    assert ["listing_refused"] == [match.item.reason for match in stuck(scene.company)]
    assert ([other], 1) == (list(shown(scene.world)), listing_status(scene.company).refused)
    scene.pinpoint.edit_job(job, title="Mended")
    mirror(scene)
    assert ("Mended", []) == (shown(scene.world)[job], stuck(scene.company))


def test_a_retried_entry_is_written_anew(scene: Scene) -> None:
    job = scene.job()
    refuse_once(scene, job)
    mirror(scene)
    retry(scene.company)
    mirror(scene, after_s=1)
    assert ([job], []) == (list(shown(scene.world)), stuck(scene.company))


def test_a_missing_permission_stops_the_mirror_and_nothing_else(scene: Scene) -> None:
    start = scene.start()
    scene.cord.scopes.discard("ats_jobs:write")
    with pytest.raises(errors.PermissionMissing):
        mirror(scene)
    scene.sync()
    assert ("done", "sent") == scene.outcome(start)
    scene.cord.scopes.add("ats_jobs:write")
    mirror(scene)
    assert 1 == len(shown(scene.world))


def test_a_run_twice_writes_nothing_new(scene: Scene) -> None:
    for _ in range(3):
        scene.job()
    mirror(scene)
    with scene.nothing_written():
        mirror(scene, after_s=0)
        mirror(scene)


def test_texts_too_long_for_the_source_are_cut_and_written_once(scene: Scene) -> None:
    job = scene.job(title="T" * 400, description=f"<p>{'long ' * 30_000}</p>")
    mirror(scene)
    entry = scene.cord.ats_jobs[job]
    assert entry.title.endswith("…")
    assert (entry.description_html or "").endswith("…</p>")
    with scene.nothing_written():
        mirror(scene, after_s=86_400)
