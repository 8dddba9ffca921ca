"""A mapping that is changed in the middle of a run: the batch under way is finished, the rest is for the new one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connector.flows.applications import sync_applications
from tests.flows.scene import Scene


def test_a_superseded_run_ends_with_its_batch_and_the_next_goes_on(scene: Scene) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(6)]
    company = replace(scene.company, batch_size=2)
    create = company.ats.create_application

    def change_meanwhile(*given: Any, **more: Any) -> Any:
        company.superseded.set()
        return create(*given, **more)

    object.__setattr__(company.ats, "create_application", change_meanwhile)
    sync_applications(company)
    states = [scene.outcome(start)[0] for start in starts]
    assert (states.count("done"), states.count("planned")) == (2, 4)
    scene.remap()
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}
    assert len(scene.applications()) == 6


def test_a_superseded_run_does_not_confirm_a_first_batch_that_it_has_not_seen_through(scene: Scene) -> None:
    position = scene.position(scene.job())
    for _ in range(4):
        scene.start(position)
    scene.remap(forwarding={"max_new_per_run": 3})
    scene.company.superseded.set()
    sync_applications(scene.company)
    scene.remap(forwarding={"max_new_per_run": 3})
    tally = scene.sync()
    assert tally.held_back == 1
