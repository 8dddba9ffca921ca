"""The audit: what has started against what stands in Pinpoint, and the ordinary road for what does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from connector.app import polls_of
from connector.domain.errors import ApiOff
from connector.flows.audit import Audit, audit, repair, sync_audit
from connector.flows.inquiry import drop, status
from connector.flows.privacy import forget
from connector.store.ledger import ACTION
from connector.store.rows import EventRow, FeedRow
from tests.flows.scene import Scene

LOST = (ACTION, EventRow.__table__, FeedRow.__table__)  # type: ignore[attr-defined]


def figures(found: Audit) -> tuple[int, int, int, int, int]:
    """Return expected, present, missing, doubled, drifted."""
    counts = found.counts
    return counts.expected, counts.present, counts.missing, counts.doubled, counts.drifted


def mend(scene: Scene) -> int:
    return repair(scene.company, audit(scene.company), lambda seconds: bool(scene.clock.advance(seconds)))


def lose_ledger(scene: Scene) -> None:
    """Play a lost disk: nothing is left of the ledger, nor of how far the feed was read."""
    with scene.stores.database.write() as connection:
        for table in LOST:
            connection.execute(delete(table))


def reasons(scene: Scene) -> list[str]:
    compared = audit(scene.company).compared
    return [entry.reason for entry in (*compared.missing, *compared.doubled, *compared.drifted)]


@pytest.fixture
def three(scene: Scene) -> Scene:
    """Three people who are where they should be, on two jobs."""
    one, other = (scene.position(scene.job()) for _ in range(2))
    for position in (one, one, other):
        scene.start(position)
    scene.sync()
    return scene


def test_everyone_is_present_at_one_call_a_job(three: Scene) -> None:
    three.world.clear_calls()
    with three.nothing_written():
        assert figures(audit(three.company)) == (3, 3, 0, 0, 0)
    assert len(three.calls("pinpoint", "GET", "/applications")) == 2


def test_a_company_without_conversations_is_sound(scene: Scene) -> None:
    assert figures(audit(scene.company)) == (0, 0, 0, 0, 0)


def test_who_cannot_be_sent_is_missing_with_the_reason(three: Scene) -> None:
    three.start(three.position(three.job()), three.person(emails=[]))
    three.sync()
    assert reasons(three) == ["no_email"]
    assert figures(audit(three.company)) == (4, 3, 1, 0, 0)


def test_who_is_owed_nothing_is_not_expected(three: Scene) -> None:
    three.start(three.position())
    three.start(three.position(three.job()), requested=False)
    dropped = three.start(three.position(three.job(status="closed")))
    three.sync()
    drop(three.company, [three.item(dropped).id])
    assert figures(audit(three.company)) == (3, 3, 0, 0, 0)


def test_two_conversations_of_one_person_for_one_job_are_one_application(scene: Scene) -> None:
    job, person = scene.job(), scene.person()
    for _ in range(2):
        scene.start(scene.position(job), person)
    scene.sync()
    assert figures(audit(scene.company)) == (1, 1, 0, 0, 0)


def test_who_was_there_already_is_present(scene: Scene) -> None:
    job = scene.job()
    scene.pinpoint.add_application(job, email="Ana@Example.com")
    scene.start(scene.position(job), scene.person(emails=["ana@example.com"]))
    scene.sync()
    assert figures(audit(scene.company)) == (1, 1, 0, 0, 0)


def test_a_stage_that_a_recruiter_chose_is_no_drift(three: Scene) -> None:
    three.pinpoint.move(three.applications()[0].id, "review")
    assert figures(audit(three.company)) == (3, 3, 0, 0, 0)


def test_what_a_recruiter_has_deleted_is_neither_missing_nor_sent_again(three: Scene) -> None:
    three.pinpoint.delete_application(three.applications()[0].id)
    found = audit(three.company)
    assert (figures(found), found.counts.deleted) == ((2, 2, 0, 0, 0), 1)
    with three.nothing_written():
        assert mend(three) == 0


def test_an_application_on_another_job_has_drifted(three: Scene) -> None:
    other = three.job()
    three.applications()[0].job_id = other
    found = audit(three.company)
    assert figures(found) == (3, 3, 0, 0, 1)
    assert [entry.reason for entry in found.compared.drifted] == ["wrong_job"]


def test_a_cv_that_is_gone_has_drifted(three: Scene) -> None:
    three.applications()[1].cv_file = None
    assert reasons(three) == ["cv_gone"]


def test_who_went_without_a_cv_has_not_drifted(scene: Scene) -> None:
    scene.start(person=scene.person(cv=None))
    scene.sync()
    assert figures(audit(scene.company)) == (1, 1, 0, 0, 0)


def test_a_person_whom_a_recruiter_adds_once_more_is_doubled(three: Scene) -> None:
    there = three.applications()[0]
    three.pinpoint.add_application(there.job_id, email=str(there.email).upper())
    found = audit(three.company)
    assert figures(found) == (3, 3, 0, 1, 0)
    (entry,) = found.compared.doubled
    assert entry.reason == "doubled_by_hand"
    assert "*" in entry.person or "…" in entry.person


def test_our_own_reference_twice_is_told_apart(three: Scene) -> None:
    there = three.applications()[0]
    three.pinpoint.add_application(there.job_id, email=str(there.email), reference=there.reference)
    assert reasons(three) == ["doubled_by_us"]


def test_concealed_applications_are_present_by_their_reference(scene: Scene) -> None:
    position = scene.position(scene.job(blind_screening=True, visibility="confidential"))
    for _ in range(3):
        scene.start(position)
    scene.sync()
    assert figures(audit(scene.company)) == (3, 3, 0, 0, 0)


def test_what_is_missing_is_sent_on_the_ordinary_road(scene: Scene) -> None:
    strict = scene.job(resume_requirement="required")
    start = scene.start(scene.position(strict), scene.person(cv=None))
    scene.sync()
    assert reasons(scene) == ["cv_required"]
    scene.pinpoint.edit_job(strict, resume_requirement="optional")
    scene.clock.advance(scene.company.lists_every_s + 1)
    assert mend(scene) == 1
    assert scene.outcome(start) == ("done", "sent")
    assert figures(audit(scene.company)) == (1, 1, 0, 0, 0)


def test_a_lost_ledger_is_rebuilt_and_nobody_is_doubled(three: Scene) -> None:
    starts = [str(a.reference).removeprefix("cord:") for a in three.applications()]
    lose_ledger(three)
    found = audit(three.company)
    assert (figures(found), found.counts.unrecorded) == ((3, 3, 0, 0, 0), 3)
    assert mend(three) == 0
    assert three.posts() == 3
    assert [three.outcome(start) for start in starts] == [("done", "sent")] * 3
    assert audit(three.company).counts.unrecorded == 0


def test_a_restored_copy_is_filled_up(three: Scene) -> None:
    lost = three.start()
    three.sync()
    with three.stores.database.write() as connection:
        connection.execute(delete(ACTION).where(ACTION.c.start_id == lost))
    assert audit(three.company).counts.unrecorded == 1
    mend(three)
    assert (three.outcome(lost), three.posts()) == (("done", "sent"), 4)


def test_a_start_that_nobody_knows_is_found_and_sent(three: Scene) -> None:
    lost = three.start()
    three.sync()
    three.pinpoint.delete_application(three.applications()[-1].id)
    with three.stores.database.write() as connection:
        connection.execute(delete(ACTION).where(ACTION.c.start_id == lost))
    assert reasons(three) == ["not_in_ledger"]
    assert mend(three) == 1
    assert three.outcome(lost) == ("done", "sent")


def test_with_start_now_a_lost_ledger_is_rebuilt_without_those_from_before(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "now"})
    position = scene.position(scene.job())
    scene.start(position, started_at=datetime.now(UTC) - timedelta(hours=1))
    scene.sync()
    sent = scene.start(position)
    scene.sync()
    lose_ledger(scene)
    meanwhile = scene.start(position)
    assert reasons(scene) == ["not_in_ledger"]
    mend(scene)
    assert [scene.outcome(start) for start in (sent, meanwhile)] == [("done", "sent")] * 2
    assert scene.posts() == 2
    assert figures(audit(scene.company)) == (2, 2, 0, 0, 0)


def test_with_start_now_nobody_from_before_is_expected(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(forwarding={"start": "now"})
    scene.start(started_at=datetime.now(UTC) - timedelta(hours=1))
    scene.sync()
    assert figures(audit(scene.company)) == (0, 0, 0, 0, 0)


def test_who_was_erased_here_is_not_looked_for(scene: Scene) -> None:
    scene.start(person=scene.person(emails=["ana@example.com"]))
    scene.sync()
    forget(scene.company, "ana@example.com", completely=False)
    assert figures(audit(scene.company)) == (0, 0, 0, 0, 0)
    scene.pinpoint.delete_application(scene.application().id)
    assert figures(audit(scene.company)) == (0, 0, 0, 0, 0)


def test_twice_changes_nothing(three: Scene) -> None:
    three.start(three.position(three.job()))
    three.sync()
    lose_ledger(three)
    mend(three)
    with three.nothing_written():
        assert mend(three) == 0
    assert three.posts() == 4


def test_an_audit_that_fails_is_noted_and_keeps_the_figures_before(three: Scene) -> None:
    before = audit(three.company).counts
    three.pinpoint.api_enabled = False
    with pytest.raises(ApiOff):
        audit(three.company)
    assert three.company.memory.audit("harbourline") == before
    assert three.company.memory.runs("harbourline")["audit"][2]


def test_an_audit_does_not_move_the_cursor(three: Scene) -> None:
    three.start()
    cursor = three.company.feed.cursor("harbourline")
    assert reasons(three) == ["not_in_ledger"]
    assert three.company.feed.cursor("harbourline") == cursor


def test_the_daemon_audits_once_a_day_and_not_in_its_first_minutes(three: Scene) -> None:
    began = three.clock.now()
    assert sync_audit(three.company, began) is None
    three.clock.advance(3600)
    assert sync_audit(three.company, began) is not None
    three.clock.advance(3600)
    assert sync_audit(three.company, began) is None
    three.clock.advance(86_400)
    assert sync_audit(three.company, began) is not None


def test_nothing_is_audited_before_the_first_run(scene: Scene) -> None:
    assert sync_audit(scene.company, datetime.now(UTC) - timedelta(days=1)) is None
    assert "audit" in {poll.flow for poll in polls_of(scene.mapping, scene.company)}


def test_the_status_shows_the_last_audit(three: Scene) -> None:
    assert status(three.company).audit is None
    found = audit(three.company)
    assert status(three.company).audit == found.counts
    assert [flow.flow for flow in status(three.company).flows][:2] == ["applications", "audit"]
