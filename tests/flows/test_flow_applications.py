"""A started conversation becomes exactly one application."""

from __future__ import annotations

from tests.flows.scene import Scene


def test_a_started_conversation_becomes_an_application_in_applied(scene: Scene) -> None:
    job = scene.job()
    start = scene.start(scene.position(job))
    scene.sync()
    made = scene.application()
    assert scene.outcome(start) == ("done", "sent")
    assert (made.job_id, made.stage_id) == (job, scene.pinpoint.jobs[job].applied_stage.id)
    assert scene.told(start) == ["sent"]


def test_a_further_run_writes_nothing(scene: Scene) -> None:
    scene.start()
    scene.sync()
    with scene.nothing_written():
        scene.sync()
