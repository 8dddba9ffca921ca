"""What the source is told of each start: the words of the outcomes table, each once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.scene import Scene


def report(scene: Scene, start: str) -> dict[str, Any]:
    (body,) = [d["body"] for d in scene.cord.deliveries if d["start_id"] == start]
    return dict(body)


def test_a_sent_report_names_the_job_and_the_application(scene: Scene) -> None:
    job = scene.job()
    start = scene.start(scene.position(job))
    scene.sync()
    body = report(scene, start)
    assert (body["outcome"], body["ats_job_id"], body["ats_application_id"]) == ("sent", job, scene.application().id)


def test_a_duplicate_report_names_the_existing_application(scene: Scene) -> None:
    job, person = scene.job(), scene.person()
    starts = [scene.start(scene.position(job), person) for _ in range(2)]
    scene.settle()
    told = [report(scene, start) for start in starts]
    assert sorted(body["outcome"] for body in told) == ["duplicate", "sent"]
    assert {body["ats_application_id"] for body in told} == {scene.application().id}


def test_a_report_holds_no_contact_details(scene: Scene) -> None:
    start = scene.start(scene.position(), scene.person(emails=["ana@example.com"], phones=["+447700900123"]))
    scene.sync()
    text = str(report(scene, start))
    assert "example.com" not in text
    assert "7700900123" not in text


def test_a_skip_is_told_in_a_recruiters_words(scene: Scene) -> None:
    start = scene.start(scene.position())
    scene.sync()
    assert report(scene, start)["message"] == "The position is not linked to a job."


def test_who_waits_for_a_hand_is_not_reported(scene: Scene) -> None:
    scene.cord.auto_forward = False
    start = scene.start()
    scene.sync()
    assert scene.told(start) == []


def test_a_further_run_tells_nothing_again(scene: Scene) -> None:
    scene.start(scene.position())
    scene.sync()
    scene.clock.advance(4000)
    with scene.nothing_written():
        scene.sync()


def test_a_change_of_reason_is_told(scene: Scene) -> None:
    job, position = scene.job(status="closed"), scene.position()
    start = scene.start(position)
    scene.sync()
    scene.cord.link(position, job)
    scene.clock.advance(400)
    scene.sync()
    assert scene.told(start) == ["skipped:unlinked", "skipped:ats_job_closed"]


def test_reports_reach_the_source_in_the_order_of_what_happened(scene: Scene) -> None:
    position = scene.position()
    start = scene.start(position)
    scene.world.faults.add("unavailable", platform="cord", method="POST", times=None)
    scene.sync()
    scene.cord.link(position, scene.job())
    scene.clock.advance(400)
    scene.sync()
    scene.world.faults.clear()
    scene.clock.advance(400)
    scene.settle()
    assert scene.told(start)[-1] == "sent"


@pytest.mark.parametrize("number", [1, 5, 60])
def test_every_start_is_told_once(scene: Scene, number: int) -> None:
    position = scene.position()
    starts = [scene.start(position) for _ in range(number)]
    scene.sync()
    assert [scene.told(start) for start in starts] == [["skipped:unlinked"]] * number


def test_the_source_being_down_delays_reports_and_loses_none(scene: Scene) -> None:
    start = scene.start()
    scene.world.faults.add("reset_before", platform="cord", method="POST", times=20)
    scene.sync()
    assert (scene.outcome(start), scene.told(start)) == (("done", "sent"), [])
    for _ in range(4):
        scene.settle()
        scene.clock.advance(400)
    assert scene.told(start) == ["sent"]
