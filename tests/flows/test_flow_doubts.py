"""Answers that are lost, late, doubled or false: never a second application, never none."""

from __future__ import annotations

from typing import Any

import pytest

from connector.flows.feed import read_feed
from connector.flows.inquiry import retry
from connector.sandbox import faults
from connector.sandbox.pinpoint.simulator import Pinpoint
from tests.flows.scene import Scene

CREATE: dict[str, Any] = {"platform": "pinpoint", "method": "POST", "path": r"/applications$"}
#: the answer is lost or cannot be trusted after the effect
AFTER = (faults.ERROR_AFTER, faults.BAD_GATEWAY_AFTER, faults.RESET_AFTER, faults.GARBAGE_AFTER, faults.HALF_BODY)
BROKEN = (faults.TRUNCATED_JSON, faults.MISSING_FIELD, faults.WRONG_TYPE)
#: no effect, but nobody can tell
BEFORE = (faults.ERROR_BEFORE, faults.BAD_GATEWAY_BEFORE, faults.RESET_BEFORE, faults.HTML_OK, faults.UNAVAILABLE)
#: what can happen to a read, one of a sort
READS = (faults.ERROR_BEFORE, faults.RESET_AFTER, faults.HALF_BODY, faults.MISSING_FIELD, faults.HTML_OK)


@pytest.mark.parametrize("kind", AFTER + BROKEN)
def test_a_create_whose_answer_is_lost_is_looked_up_and_not_repeated(scene: Scene, kind: str) -> None:
    scene.world.faults.add(kind, **CREATE)
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == ("unknown", "outcome_unknown")
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")
    assert scene.posts() == 1


@pytest.mark.parametrize("kind", BEFORE)
def test_a_create_that_had_no_effect_is_looked_up_and_repeated_once(scene: Scene, kind: str) -> None:
    scene.world.faults.add(kind, **CREATE)
    start = scene.start()
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")
    assert (len(scene.applications()), scene.posts()) == (1, 2)


def test_a_doubt_is_never_settled_by_a_look_up_that_comes_too_early(scene: Scene) -> None:
    scene.world.faults.add(faults.RESET_BEFORE, **CREATE)
    start = scene.start()
    scene.sync()
    retry(scene.company, [scene.item(start).id])
    scene.sync()
    assert len(scene.calls("pinpoint", "GET", "/applications")) == 2
    assert (scene.outcome(start), scene.posts()) == (("unknown", "outcome_unknown"), 1)


def test_a_create_that_takes_effect_after_we_gave_up_is_found(scene: Scene) -> None:
    scene.world.faults.add(faults.STALL_AFTER, seconds=1.5, **CREATE)
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) == ("unknown", "outcome_unknown")
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_what_a_doubtful_create_told_is_told_once_it_is_settled(scene: Scene) -> None:
    scene.world.faults.add(faults.RESET_AFTER, **CREATE)
    start = scene.start()
    scene.sync()
    assert scene.told(start) == []
    scene.settle()
    assert scene.told(start) == ["sent"]


def test_a_failing_look_up_keeps_the_doubt(scene: Scene) -> None:
    scene.world.faults.add(faults.RESET_AFTER, **CREATE)
    start = scene.start()
    scene.sync()
    scene.world.faults.add(faults.ERROR_BEFORE, platform="pinpoint", method="GET", path=r"/applications$", times=6)
    scene.clock.advance(10)
    scene.sync()
    assert scene.outcome(start) == ("unknown", "outcome_unknown")
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


def test_a_201_with_nothing_behind_it_is_noticed_and_made_good(scene: Scene) -> None:
    start = scene.start()
    real = Pinpoint.store_application
    liar: list[str] = []

    def forgets_once(pinpoint: Pinpoint, *args: Any) -> Any:
        made = real(pinpoint, *args)
        if not liar:
            liar.append(made.id)
            pinpoint.delete_application(made.id)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pinpoint, "store_application", forgets_once)
        scene.settle()
    assert liar
    assert (scene.outcome(start), len(scene.applications())) == (("done", "sent"), 1)
    assert scene.application().id != liar[0]


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("path", [r"/jobs$", r"/applications$"])
def test_reads_of_the_ats_survive_every_fault(scene: Scene, path: str, kind: str) -> None:
    scene.world.faults.add(kind, platform="pinpoint", method="GET", path=path, times=2)
    start = scene.start()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


#: a feed row that misses a field becomes a named fault at once: see test_flow_feed.py
SOURCE_READS = [
    (path, kind)
    for path in ("conversation-starts$", "positions", r"candidates/\w+$", "/cv$")
    for kind in READS
    if (path, kind) != ("conversation-starts$", faults.MISSING_FIELD)
]


@pytest.mark.parametrize(("path", "kind"), SOURCE_READS)
def test_reads_of_the_source_survive_every_fault(scene: Scene, path: str, kind: str) -> None:
    scene.world.faults.add(kind, platform="cord", method="GET", path=path, times=2)
    start = scene.start()
    scene.settle()
    assert (scene.outcome(start), scene.posts()) == (("done", "sent"), 1)


@pytest.mark.parametrize("kind", [kind for kind in AFTER + BROKEN + BEFORE if kind != faults.ERROR_AFTER])
def test_reports_survive_every_fault_and_are_told_once(scene: Scene, kind: str) -> None:
    scene.world.faults.add(kind, platform="cord", method="POST", times=3)
    start = scene.start()
    scene.settle()
    assert scene.told(start) == ["sent"]


def test_reports_are_repeated_byte_for_byte_where_the_source_forgot_its_answer(scene: Scene) -> None:
    scene.world.faults.add(faults.ERROR_AFTER, platform="cord", method="POST", times=2)
    scene.start()
    scene.settle()
    bodies = [str(report["body"]) for report in scene.cord.deliveries]
    assert (len(bodies), len(set(bodies))) == (3, 1)


@pytest.mark.parametrize("platform", ["cord", "pinpoint"])
def test_a_platform_that_is_down_is_waited_for(scene: Scene, platform: str) -> None:
    start = scene.start()
    scene.world.take_down(platform)
    scene.sync_through()
    scene.sync_through()
    scene.world.bring_up(platform)
    scene.settle()
    scene.settle()
    assert (scene.outcome(start), len(scene.applications())) == (("done", "sent"), 1)


def test_the_ats_being_down_leaves_the_reason(scene: Scene) -> None:
    scene.sync()
    start = scene.start()
    scene.world.take_down("pinpoint")
    scene.sync_through()
    assert scene.outcome(start) == ("waiting", "platform_unwell")


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_faults_loses_and_doubles_nobody(scene: Scene, seed: int) -> None:
    position = scene.position(scene.job())
    starts = [scene.start(position) for _ in range(12)]
    quick = [kind for kind in faults.KINDS if not kind.startswith("stall") and kind != faults.DRIP]
    scene.world.faults.random(0.12, seed, kinds=quick)
    for _ in range(6):
        scene.settle(4)
        scene.clock.advance(300)
    scene.world.faults.clear()
    for _ in range(3):
        scene.settle()
        scene.clock.advance(300)
    assert {scene.item(start).state.value for start in starts} <= {"done", "quarantined"}
    done = [start for start in starts if scene.item(start).state == "done"]
    assert sorted(a.reference or "" for a in scene.applications()) == sorted(f"cord:{start}" for start in done)


@pytest.mark.parametrize("platform", ["cord", "pinpoint"])
@pytest.mark.parametrize("people", [1, 5])
def test_a_platform_that_shows_everybody_a_web_page_is_unwell_and_nobodys_fault(
    scene: Scene, platform: str, people: int
) -> None:
    position = scene.position(scene.job())
    scene.sync()
    starts = [scene.start(position) for _ in range(people)]
    read_feed(scene.company)
    scene.world.faults.add(faults.HTML_OK, platform=platform, times=None)
    scene.settle(8)
    assert not [start for start in starts if scene.item(start).state == "quarantined"]
    scene.world.faults.clear()
    scene.clock.advance(400)
    scene.settle()
    assert {scene.outcome(start) for start in starts} == {("done", "sent")}


def test_one_unreadable_person_holds_nobody_else(scene: Scene) -> None:
    position, person = scene.position(scene.job()), scene.person()
    scene.world.faults.add(faults.HTML_OK, platform="cord", path=f"/candidates/{person}$", times=None)
    bad, good = scene.start(position, person), scene.start(position)
    scene.settle()
    assert scene.outcome(bad) == ("quarantined", "wire_error")
    assert scene.outcome(good) == ("done", "sent")
