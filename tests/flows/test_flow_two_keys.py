"""Two keys while one is being replaced, at either platform: nobody waits as long as one of them works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.flows.inquiry import status
from tests.flows.scene import Scene

NEXT = "an-invented-key-of-next-month"


def at_cord(scene: Scene, key: str | None) -> None:
    if key is None:
        scene.cord.revoke_token()
    else:
        scene.cord.restore_token(key)


def at_pinpoint(scene: Scene, key: str | None) -> None:
    if key is None:
        scene.pinpoint.revoke_key()
    else:
        scene.pinpoint.restore_key(key)


#: platform, and what makes a key the only one that it takes; None: it takes none
PLATFORMS = [("cord", at_cord), ("pinpoint", at_pinpoint)]
Takes = Callable[[Scene, str | None], None]


@pytest.fixture
def rotating(scene: Scene) -> Scene:
    """Both platforms take the older key still, and do not know the newest yet."""
    scene.secrets = {"NEXT": NEXT, "NOW_CORD": scene.world.cord_token, "NOW_PINPOINT": scene.world.pinpoint_key}
    scene.remap(
        source={"token": ["${NEXT}", "${NOW_CORD}"], "rate_limits": []},
        ats={"api_key": ["${NEXT}", "${NOW_PINPOINT}"], "rate_limits": []},
    )
    return scene


def refusals(scene: Scene, platform: str) -> int:
    return sum(call.status == 401 for call in scene.calls(platform))


def test_a_newest_key_that_is_not_active_yet_keeps_nobody_waiting(rotating: Scene) -> None:
    starts = [rotating.start() for _ in range(3)]
    rotating.sync()
    assert [rotating.outcome(start) for start in starts] == [("done", "sent")] * 3
    assert len(rotating.applications()) == 3
    assert status(rotating.company).pauses == ()
    for platform, _ in PLATFORMS:
        assert 1 <= refusals(rotating, platform) <= rotating.company.hands


@pytest.mark.parametrize(("platform", "takes"), PLATFORMS)
def test_the_older_key_is_revoked_when_the_newest_is_active(rotating: Scene, platform: str, takes: Takes) -> None:
    rotating.sync()
    takes(rotating, NEXT)
    start = rotating.start()
    rotating.sync()
    assert rotating.outcome(start) == ("done", "sent")
    assert status(rotating.company).pauses == ()


@pytest.mark.parametrize(("platform", "takes"), PLATFORMS)
def test_two_refused_keys_pause_like_one_and_are_probed_once_a_minute(
    rotating: Scene, platform: str, takes: Takes
) -> None:
    rotating.sync()
    rotating.start()
    takes(rotating, None)
    rotating.sync_through()
    assert [(p.platform, p.reason) for p in status(rotating.company).pauses] == [(platform, "key_refused")]
    rotating.world.clear_calls()
    for _ in range(10 * 6):
        rotating.clock.advance(10)
        rotating.sync_through()
    assert 9 <= len(rotating.calls(platform)) <= 11


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize(("platform", "takes"), PLATFORMS)
def test_either_key_ends_the_pause_by_itself(rotating: Scene, platform: str, takes: Takes, newest: bool) -> None:
    older = rotating.world.cord_token if platform == "cord" else rotating.world.pinpoint_key
    rotating.sync()
    start = rotating.start()
    takes(rotating, None)
    rotating.sync_through()
    takes(rotating, NEXT if newest else older)
    for _ in range(2):
        rotating.clock.advance(61)
        rotating.sync_through()
    rotating.settle()
    assert rotating.outcome(start) == ("done", "sent")
    assert len(rotating.applications()) == 1


@pytest.mark.parametrize(("platform", "takes"), PLATFORMS)
def test_an_added_second_key_ends_the_pause_at_once(scene: Scene, platform: str, takes: Takes) -> None:
    scene.sync()
    start = scene.start()
    scene.secrets = {"NEXT": NEXT, "NOW_CORD": scene.world.cord_token, "NOW_PINPOINT": scene.world.pinpoint_key}
    takes(scene, NEXT)
    scene.sync_through()
    assert [p.platform for p in status(scene.company).pauses] == [platform]
    section, name, now = {
        "cord": ("source", "token", "${NOW_CORD}"),
        "pinpoint": ("ats", "api_key", "${NOW_PINPOINT}"),
    }[platform]
    scene.remap(**{section: {name: ["${NEXT}", now]}})
    scene.clock.advance(1)
    scene.settle(2)
    assert scene.outcome(start) == ("done", "sent")
