"""Every fault kind, seen by a client over a socket."""

import contextlib
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox import faults
from connector.sandbox.faults import KINDS, RETRY_AFTER_FORMS, Faults
from connector.sandbox.world import World
from tests.sandbox.conftest import JSON_API


@pytest.fixture
def plain(world: World) -> httpx.Client:
    """A client of Pinpoint that does not check answers against the contract."""
    world.pinpoint.add_job(id="5101")
    headers = {"X-API-KEY": world.pinpoint_key, "Content-Type": JSON_API}
    return httpx.Client(base_url=world.pinpoint_url + "/api/v1", headers=headers, timeout=5)


def create(client: httpx.Client, **options: Any) -> httpx.Response:
    names = {"first_name": "Ana", "last_name": "Petrov", "email": "ana@example.com"}
    job = {"job": {"data": {"type": "jobs", "id": "5101"}}}
    document = {"data": {"type": "applications", "attributes": names, "relationships": job}}
    return client.post("/applications", json=document, **options)


def stored(world: World) -> int:
    return len(world.pinpoint.applications)


@pytest.mark.parametrize(
    ("kind", "status", "effect", "media_type"),
    [
        (faults.ERROR_BEFORE, 500, 0, JSON_API),
        (faults.ERROR_AFTER, 500, 1, JSON_API),
        (faults.BAD_GATEWAY_BEFORE, 502, 0, "text/html; charset=utf-8"),
        (faults.BAD_GATEWAY_AFTER, 502, 1, "text/html; charset=utf-8"),
        (faults.UNAVAILABLE, 503, 0, "text/html; charset=utf-8"),
        (faults.HTML_OK, 200, 0, "text/html; charset=utf-8"),
        (faults.WRONG_TYPE, 201, 1, "text/plain"),
        (faults.RATE_LIMITED, 429, 0, JSON_API),
    ],
)
def test_answer_and_effect(
    world: World, plain: httpx.Client, kind: str, status: int, effect: int, media_type: str
) -> None:
    world.faults.add(kind)
    answer = create(plain)
    assert (status, media_type, effect) == (answer.status_code, answer.headers["Content-Type"], stored(world))
    assert (kind, status) == (world.calls[0].fault, world.calls[0].status)


def test_fault_is_over_after_its_times(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.ERROR_BEFORE, times=2)
    assert [create(plain).status_code for _ in range(3)] == [500, 500, 201]


@pytest.mark.parametrize(("kind", "effect"), [(faults.RESET_BEFORE, 0), (faults.RESET_AFTER, 1)])
def test_reset_reaches_the_client_as_a_reset(world: World, plain: httpx.Client, kind: str, effect: int) -> None:
    world.faults.add(kind)
    with pytest.raises(httpx.ReadError, match="reset"):
        create(plain)
    assert (effect, None) == (stored(world), world.calls[0].status)


def test_stall_before_does_the_effect_late(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.STALL_BEFORE, seconds=0.3)
    with pytest.raises(httpx.ReadTimeout):
        create(plain, timeout=0.1)
    assert stored(world) == 0
    until = time.monotonic() + 3
    while stored(world) == 0 and time.monotonic() < until:
        time.sleep(0.01)
    assert stored(world) == 1


def test_stall_after_does_the_effect_at_once(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.STALL_AFTER, seconds=2)
    with pytest.raises(httpx.ReadTimeout):
        create(plain, timeout=0.2)
    assert stored(world) == 1


def test_stall_answers_in_the_end(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.STALL_AFTER, seconds=0.1)
    assert create(plain).status_code == 201


def test_stall_does_not_hold_up_other_calls(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.STALL_BEFORE, path="/applications", seconds=3)

    def stalled_call() -> None:
        with contextlib.suppress(httpx.TransportError):  # the world ends before its answer
            httpx.get(f"{world.pinpoint_url}/api/v1/applications")

    threading.Thread(target=stalled_call, daemon=True).start()
    while not world.calls:
        time.sleep(0.005)
    begin = time.monotonic()
    assert plain.get("/jobs").status_code == 200
    assert time.monotonic() - begin < 1


def test_drip_brings_the_whole_body_slowly(world: World, plain: httpx.Client) -> None:
    whole = plain.get("/jobs?fields[jobs]=title")
    world.faults.add(faults.DRIP, interval=0.001)
    begin = time.monotonic()
    dripped = plain.get("/jobs?fields[jobs]=title")
    assert whole.content == dripped.content
    assert time.monotonic() - begin > 0.001 * len(whole.content)


def test_drip_comes_in_many_pieces(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.DRIP, interval=0.002)
    with plain.stream("GET", "/jobs?fields[jobs]=title") as answer:
        assert len(list(answer.iter_raw())) > 20


def test_half_body_ends_too_early(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.HALF_BODY)
    with pytest.raises(httpx.RemoteProtocolError):
        create(plain)
    assert stored(world) == 1


def test_truncated_json_is_sound_http(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.TRUNCATED_JSON)
    answer = create(plain)
    assert (answer.status_code, answer.headers["Content-Type"]) == (201, JSON_API)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_garbage_after_the_effect(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.GARBAGE_AFTER)
    answer = create(plain)
    assert (answer.status_code, answer.headers["Content-Type"], stored(world)) == (201, JSON_API, 1)
    with pytest.raises(ValueError, match=r".*"):
        answer.json()


def test_garbage_in_place_of_no_content(world: World) -> None:
    world.faults.add(faults.GARBAGE_AFTER, platform="cord")
    world.cord.add_ats_job("5101", "Engineer")
    headers = {"Authorization": f"Bearer {world.cord_token}", "Idempotency-Key": "delete-key-1"}
    answer = httpx.delete(world.cord_url + "/v1/ats-jobs/5101", headers=headers)
    assert (answer.status_code, len(world.cord.ats_jobs), answer.content != b"") == (200, 0, True)


def test_missing_field_by_default_and_by_name(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.MISSING_FIELD)
    assert "id" not in create(plain).json()["data"]
    world.faults.add(faults.MISSING_FIELD, field="data.0.attributes.status")
    attributes = plain.get("/jobs").json()["data"][0]["attributes"]
    assert ("status" in attributes, "title" in attributes) == (False, True)


def test_unavailable_with_retry_after(world: World, plain: httpx.Client) -> None:
    world.faults.add(faults.UNAVAILABLE, retry_after="7")
    assert create(plain).headers["Retry-After"] == "7"


@pytest.mark.parametrize("platform", ["cord", "pinpoint"])
@pytest.mark.parametrize("form", RETRY_AFTER_FORMS)
def test_every_form_of_retry_after(world: World, platform: str, form: str) -> None:
    world.faults.add(faults.RATE_LIMITED, platform=platform, retry_after=form, seconds=20)
    url = world.cord_url + "/v1/company" if platform == "cord" else world.pinpoint_url + "/api/v1/jobs"
    answer = httpx.get(url)
    given = answer.headers.get("Retry-After")
    assert answer.status_code == 429
    fixed = {"seconds": "20", "absent": None, "absurd": "31536000", "negative": "-5", "garbage": "soon"}
    if form in fixed:
        assert fixed[form] == given
    else:
        ahead = (parsedate_to_datetime(str(given)) - datetime.now(UTC)).total_seconds()
        assert (15 < ahead < 21) if form == "http-date" else ahead < -3000


def test_cord_faults_have_cord_bodies(world: World) -> None:
    codes = []
    for kind in (faults.ERROR_BEFORE, faults.UNAVAILABLE, faults.RATE_LIMITED):
        world.faults.add(kind, platform="cord")
        answer = httpx.get(world.cord_url + "/v1/company", headers={"X-Request-Id": "r-1"})
        codes.append((answer.json()["error"]["code"], answer.json()["error"]["request_id"]))
    assert codes == [("internal", "r-1"), ("unavailable", "r-1"), ("rate_limited", "r-1")]


def test_file_host_can_fail_too(world: World) -> None:
    world.faults.add(faults.RESET_BEFORE, platform="files")
    with pytest.raises(httpx.ReadError):
        httpx.get(world.files_url + "/short/x/0")


# --- plans and lotteries ---


def kinds(plan: Faults, *calls: tuple[str, str, str]) -> list[str | None]:
    picked = [plan.pick(*call) for call in calls]
    return [fault.kind if fault else None for fault in picked]


def test_plan_matches_platform_method_and_path() -> None:
    plan = Faults()
    plan.add(faults.ERROR_BEFORE, platform="cord", method="post", path=r"/deliveries$", times=None)
    assert kinds(
        plan,
        ("pinpoint", "POST", "/x/deliveries"),
        ("cord", "GET", "/x/deliveries"),
        ("cord", "POST", "/deliveries/x"),
        ("cord", "POST", "/x/deliveries"),
    ) == [None, None, None, "error_before"]


def test_nth_counts_matching_calls_only() -> None:
    plan = Faults()
    plan.add(faults.RESET_AFTER, platform="cord", nth=2, times=2)
    call, other = ("cord", "GET", "/"), ("pinpoint", "GET", "/")
    assert kinds(plan, call, other, call, call, call) == [None, None, "reset_after", "reset_after", None]


def test_clear_takes_everything_back() -> None:
    plan = Faults()
    plan.add(faults.ERROR_BEFORE, times=None)
    plan.random(1.0, seed=1)
    plan.clear()
    assert kinds(plan, ("cord", "GET", "/")) == [None]


@pytest.mark.parametrize(
    ("kind", "params"),
    [("typo", {}), (faults.DRIP, {"seconds": 1}), (faults.RATE_LIMITED, {"retry_after": "maybe"})],
)
def test_wrong_plan_is_refused(kind: str, params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Faults().add(kind, **params)


def test_same_seed_draws_the_same_faults() -> None:
    def draw(seed: int) -> list[str | None]:
        plan = Faults()
        plan.random(0.3, seed=seed)
        return kinds(plan, *[("cord", "GET", "/")] * 200)

    drawn = draw(7)
    assert drawn == draw(7)
    assert drawn != draw(8)
    assert 30 < sum(kind is not None for kind in drawn) < 90


def test_lottery_keeps_to_its_kinds_and_platform() -> None:
    plan = Faults()
    plan.random(1.0, seed=1, kinds=[faults.RESET_BEFORE], platform="cord")
    assert kinds(plan, ("cord", "GET", "/"), ("pinpoint", "GET", "/")) == ["reset_before", None]


def test_every_kind_leaves_the_server_usable(world: World, plain: httpx.Client) -> None:
    for kind in KINDS:
        params = {"seconds": 0.01} if kind.startswith("stall") else {}
        world.faults.add(kind, **params)
        with contextlib.suppress(httpx.TransportError):
            create(plain)
        world.faults.clear()
        assert plain.get("/jobs").status_code == 200
