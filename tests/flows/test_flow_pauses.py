"""A platform that refuses the key, asks to wait or is down is left alone, and only for the company concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.domain.errors import PlatformError
from connector.flows.inquiry import status
from connector.sandbox.world import World
from tests.flows.scene import Scene


def break_key(scene: Scene) -> None:
    scene.pinpoint.revoke_key()


def break_switch(scene: Scene) -> None:
    scene.pinpoint.api_enabled = False


def break_read_permission(scene: Scene) -> None:
    scene.pinpoint.permissions.discard("applications:read")


def break_write_permission(scene: Scene) -> None:
    scene.pinpoint.permissions.discard("applications:write")


def mend(scene: Scene) -> None:
    scene.pinpoint.restore_key()
    scene.pinpoint.api_enabled = True
    scene.pinpoint.permissions |= {"applications:read", "applications:write"}


REFUSALS = [
    (break_key, "key_refused"),
    (break_switch, "api_off"),
    (break_read_permission, "permission_missing"),
    (break_write_permission, "permission_missing"),
]


@pytest.mark.parametrize(("breaks", "reason"), REFUSALS)
def test_a_refusal_of_the_ats_pauses_and_goes_on_by_itself(
    scene: Scene, breaks: Callable[[Scene], None], reason: str
) -> None:
    scene.sync()
    start = scene.start()
    breaks(scene)
    scene.sync_through()
    assert scene.outcome(start) == ("waiting", reason)
    assert [pause.reason for pause in status(scene.company).pauses] == [reason]
    mend(scene)
    scene.clock.advance(70)
    scene.settle()
    assert (scene.outcome(start), len(scene.applications())) == (("done", "sent"), 1)
    assert status(scene.company).pauses == ()


def test_a_refused_key_is_probed_once_a_minute_and_later_each_five(scene: Scene) -> None:
    scene.sync()
    scene.start()
    scene.pinpoint.revoke_key()
    scene.sync_through()
    scene.world.clear_calls()
    for _ in range(20 * 6):
        scene.clock.advance(10)
        scene.sync_through()
    # ten in the first ten minutes, two in the ten minutes after
    assert 10 <= len(scene.calls("pinpoint")) <= 14


def test_a_refused_token_is_probed_rarely_and_recovers(scene: Scene) -> None:
    scene.cord.revoke_token()
    start = scene.start()
    for _ in range(10):
        scene.sync_through()
    assert len(scene.calls("cord")) <= 2
    scene.cord.restore_token()
    scene.clock.advance(61)
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")


def test_another_key_ends_the_pause_at_once(scene: Scene) -> None:
    scene.sync()
    start = scene.start()
    scene.pinpoint.revoke_key()
    scene.sync_through()
    scene.pinpoint.restore_key("another-key")
    scene.remap()
    scene.clock.advance(1)
    scene.settle(2)
    assert scene.outcome(start) == ("done", "sent")


def test_a_missing_permission_to_report_does_not_keep_anybody_from_being_sent(scene: Scene) -> None:
    scene.cord.scopes.discard("deliveries:write")
    start = scene.start()
    scene.sync()
    assert (scene.outcome(start), scene.told(start)) == (("done", "sent"), [])
    scene.cord.scopes.add("deliveries:write")
    scene.clock.advance(600)
    scene.settle()
    assert scene.told(start) == ["sent"]


@pytest.fixture
def other_world() -> Iterator[World]:
    with World(seed=2, limits=None) as running:
        yield running


def test_a_refused_key_pauses_its_own_company_alone(tmp_path: Path, world: World, other_world: World) -> None:
    ours = Scene(tmp_path, world)
    theirs = Scene(tmp_path, other_world, company="northgate")
    ours.pinpoint.revoke_key()
    waits, goes = ours.start(), theirs.start()
    ours.sync_through()
    theirs.sync()
    assert (ours.item(waits).state, theirs.outcome(goes)) == ("waiting", ("done", "sent"))
    ours.close()
    theirs.close()


FORMS = ["seconds", "http-date", "absent", "absurd", "negative", "garbage", "past-date"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("method", "path"), [("GET", r"/applications$"), ("POST", r"/applications$")])
def test_each_form_of_429_is_waited_out_and_doubles_nobody(scene: Scene, method: str, path: str, form: str) -> None:
    faults = scene.world.faults
    faults.add("rate_limited", platform="pinpoint", method=method, path=path, times=1, retry_after=form, seconds=2)
    start = scene.start()
    scene.sync()
    assert scene.outcome(start) in {("waiting", "rate_limited"), ("done", "sent")}
    scene.wait(3700)
    scene.settle()
    assert (scene.outcome(start), len(scene.applications())) == (("done", "sent"), 1)


def test_a_429_stops_the_batch_instead_of_drumming_on_the_door(scene: Scene) -> None:
    position = scene.position(scene.job())
    for _ in range(20):
        scene.start(position)
    scene.world.faults.add(
        "rate_limited", platform="pinpoint", method="POST", times=None, retry_after="seconds", seconds=30
    )
    scene.sync()
    assert scene.posts() <= scene.company.hands


def test_a_429_of_the_source_holds_nobody_for_ever(scene: Scene) -> None:
    scene.world.faults.add("rate_limited", platform="cord", path="candidates", retry_after="seconds", seconds=1)
    start = scene.start()
    scene.settle()
    assert scene.outcome(start) == ("done", "sent")


def test_an_outage_is_in_the_status_with_its_words(scene: Scene) -> None:
    scene.world.take_down("cord")
    with pytest.raises(PlatformError):
        scene.sync()
    shown = status(scene.company)
    assert [(pause.platform, pause.reason) for pause in shown.pauses] == [("cord", "platform_unwell")]
    (flow,) = [flow for flow in shown.flows if flow.flow == "applications"]
    assert flow.last_error
    assert flow.last_success_at is None
