"""A linked job that closes or asks for more is told before its first candidate runs into it."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from connector.flows.facts import refresh_lists
from connector.flows.inquiry import link_warnings
from connector.flows.listings import sync_listings
from tests.flows.scene import Scene


def read(scene: Scene) -> list[str]:
    scene.clock.advance(301)
    sync_listings(scene.company)
    return [warning.code for warning in link_warnings(scene.company)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "closed"}, "job_not_open"),
        ({"status": "archived"}, "job_not_open"),
        ({"require_phone": True}, "phone_required"),
        ({"resume_requirement": "required"}, "cv_required"),
        ({"personal_summary_requirement": "required"}, "summary_required"),
        ({"ask_for_address": True}, "address_asked"),
        ({"blind_screening": True}, "anonymised"),
    ],
)
def test_a_linked_job_that_asks_for_more_is_told_at_once_and_until_it_is_mended(
    scene: Scene, change: dict[str, Any], code: str
) -> None:
    job = scene.job()
    scene.position(job)
    before = {name: scene.pinpoint.jobs[job].attributes[name] for name in change}
    assert [] == read(scene)
    scene.pinpoint.edit_job(job, **change)
    assert [code] == read(scene)
    scene.pinpoint.edit_job(job, **before)
    assert [] == read(scene)


def test_a_linked_job_that_is_gone_is_told(scene: Scene) -> None:
    job = scene.job()
    scene.position(job)
    scene.pinpoint.delete_job(job)
    assert ["job_gone"] == read(scene)


def test_a_job_that_nobody_is_linked_to_is_not_told(scene: Scene) -> None:
    scene.job(status="closed", require_phone=True)
    assert [] == read(scene)


def test_a_warning_is_logged_once_when_it_begins_and_once_when_it_ends(scene: Scene) -> None:
    job = scene.job(status="closed")
    scene.position(job)
    with capture_logs() as logs:
        read(scene)
        read(scene)
        scene.pinpoint.edit_job(job, status="open")
        read(scene)
        read(scene)
    told = [(line["event"], line["code"]) for line in logs if line.get("action") == "link"]
    assert [("linked job", "job_not_open"), ("linked job well again", "job_not_open")] == told


def test_a_warning_says_what_to_do(scene: Scene) -> None:
    scene.position(scene.job(status="closed"))
    with capture_logs() as logs:
        read(scene)
    (line,) = [line for line in logs if line.get("action") == "link"]
    assert "open the job" in line["advice"]


def test_a_warning_keeps_its_beginning(scene: Scene) -> None:
    job = scene.job(status="closed")
    scene.position(job)
    read(scene)
    began = link_warnings(scene.company)[0].since
    scene.pinpoint.edit_job(job, require_phone=True)
    read(scene)
    assert [began] == [one.since for one in link_warnings(scene.company) if one.code == "job_not_open"]


def test_forwarding_alone_tells_it_too(scene: Scene) -> None:
    scene.position(scene.job(status="closed"))
    refresh_lists(scene.company)
    assert ["job_not_open"] == [warning.code for warning in link_warnings(scene.company)]


def test_a_plan_notes_nothing(scene: Scene) -> None:
    scene.position(scene.job(status="closed"))
    scene.plan()
    assert [] == link_warnings(scene.company)


def test_people_who_arrive_meanwhile_go_by_themselves_when_the_job_opens_again(scene: Scene) -> None:
    job = scene.job(status="closed")
    start = scene.start(scene.position(job))
    scene.sync()
    assert ("parked", "job_not_open") == scene.outcome(start)
    scene.pinpoint.edit_job(job, status="open")
    read(scene)
    scene.sync()
    assert ("done", "sent") == scene.outcome(start)
