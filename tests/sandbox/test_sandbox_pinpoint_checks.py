"""Keys, order of checks and the limiter of the Pinpoint simulator."""

import re

import httpx2 as httpx
import pytest

from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.world import World
from tests.sandbox.conftest import pinpoint_client


def detail(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


# --- keys and order of checks ---


def test_missing_key(world: World) -> None:
    answer = httpx.get(world.pinpoint_url + "/api/v1/jobs")
    assert detail(answer) == (401, "X-API-KEY header not provided")


def test_wrong_revoked_and_restored_key(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.revoke_key()
    assert detail(pinpoint.get("/jobs")) == (401, "Invalid API key")
    world.pinpoint.restore_key("ppk_test_new")
    assert pinpoint.get("/jobs").status_code == 401
    with pinpoint_client(world) as fresh:
        assert fresh.get("/jobs").status_code == 200


def test_api_switched_off(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.api_enabled = False
    assert detail(pinpoint.get("/jobs")) == (403, "Integration not enabled")


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        ("jobs:read", "GET", "/jobs/1?bad=1"),
        ("applications:read", "GET", "/applications"),
        ("applications:write", "POST", "/applications"),
        ("applications:write", "PUT", "/applications/1"),
        ("candidates:read", "GET", "/candidates/1"),
        ("comments:read", "GET", "/comments"),
        ("comments:write", "POST", "/comments"),
    ],
)
def test_missing_permission_is_403_before_anything_else(
    world: World, pinpoint: httpx.Client, permission: str, method: str, path: str
) -> None:
    world.pinpoint.permissions.discard(permission)
    assert (403, f"Permission missing: {permission}") == detail(pinpoint.request(method, path))


def test_404_comes_before_400(pinpoint: httpx.Client) -> None:
    assert detail(pinpoint.get("/applications/1?nonsense=1")) == (404, "Record not found")
    assert pinpoint.put("/applications/1", content=b"{").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/applications/1"), ("POST", "/candidates"), ("DELETE", "/candidates/1"), ("GET", "/nothing")],
)
def test_what_does_not_exist_is_404(pinpoint: httpx.Client, method: str, path: str) -> None:
    assert pinpoint.request(method, path).status_code == 404


def test_accept_must_allow_json_api(world: World, pinpoint: httpx.Client) -> None:
    assert pinpoint.get("/jobs", headers={"Accept": "text/html"}).status_code == 400
    assert pinpoint.get("/jobs", headers={"Accept": "*/*"}).status_code == 200


# --- the limiter ---


def test_two_windows_and_a_true_retry_after() -> None:
    with World(limits=((3, 60.0), (4, 480.0))) as world, pinpoint_client(world) as client:
        statuses = [client.get("/jobs").status_code for _ in range(3)]
        answer = client.get("/jobs")
    assert statuses == [200, 200, 200]
    assert detail(answer) == (429, "Rate limit exceeded")
    assert 55 <= int(answer.headers["Retry-After"]) <= 60


def test_scale_shrinks_both_windows() -> None:
    with World(limits=((1, 60.0), (2, 480.0)), scale=600) as world, pinpoint_client(world) as client:
        statuses = []
        for _ in range(3):
            statuses.append(client.get("/jobs").status_code)
            world.pinpoint.limiter.take("nobody")  # another client does not count
            _wait(0.11)
        assert statuses == [200, 200, 429]


def _wait(seconds: float) -> None:
    import time

    time.sleep(seconds)


@pytest.mark.parametrize(
    ("form", "pattern"), [("seconds", r"[0-9]+"), ("http-date", r"[A-Z][a-z]{2}, .* GMT"), ("absent", "None")]
)
def test_retry_after_switch(form: str, pattern: str) -> None:
    with World(limits=((1, 60.0),), switches={"retry_after": form}) as world, pinpoint_client(world) as client:
        client.get("/jobs")
        answer = client.get("/jobs")
    assert answer.status_code == 429
    assert re.fullmatch(pattern, str(answer.headers.get("Retry-After")))


def test_refused_keys_do_not_use_up_the_limit() -> None:
    with World(limits=((1, 60.0),)) as world:
        with pinpoint_client(world, "wrong") as stranger:
            assert {401} == {stranger.get("/jobs").status_code for _ in range(3)}
        with pinpoint_client(world) as client:
            assert client.get("/jobs").status_code == 200


def test_refused_requests_do_not_use_up_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("connector.sandbox.pinpoint.limiter.time.monotonic", lambda: now)
    windows = SlidingWindows(((2, 60.0),))
    assert [windows.take("me") for _ in range(4)] == [0, 0, 60, 60]
    now = 160.0
    assert [windows.take("me") for _ in range(3)] == [0, 0, 60]


def test_429_comes_before_404() -> None:
    with World(limits=((1, 60.0),)) as world, pinpoint_client(world) as client:
        assert [client.get("/jobs/1").status_code for _ in range(2)] == [404, 429]
