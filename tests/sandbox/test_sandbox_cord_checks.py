"""Authorization, order of checks, common headers and the limiter of the cord simulator."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import code, cord_client

# --- authorization and common headers ---


def test_company_tells_scopes_and_switch(world: World, cord: httpx.Client) -> None:
    world.cord.auto_forward = False
    world.cord.scopes = {"positions:read"}
    body = cord.get("/v1/company").json()
    assert body["ats"] == {"provider": "pinpoint", "auto_forward": False}
    assert body["token"]["scopes"] == ["positions:read"]


def test_company_without_an_ats(world: World, cord: httpx.Client) -> None:
    world.cord.company.provider = None
    assert None is cord.get("/v1/company").json()["ats"]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nope"}, {"Authorization": "Basic cord_test_0001"}])
def test_missing_or_wrong_token_is_401(world: World, header: dict[str, str]) -> None:
    answer = httpx.get(world.cord_url + "/v1/company", headers=header)
    assert (code(answer), answer.headers["WWW-Authenticate"]) == ((401, "invalid_token"), "Bearer")


def test_revoked_and_restored_token(world: World, cord: httpx.Client) -> None:
    world.cord.revoke_token()
    assert code(cord.get("/v1/company")) == (401, "invalid_token")
    world.cord.restore_token("cord_test_new")
    assert cord.get("/v1/company").status_code == 401
    with cord_client(world) as fresh:
        assert fresh.get("/v1/company").status_code == 200


def test_expired_token(world: World, cord: httpx.Client) -> None:
    world.cord.token_expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert code(cord.get("/v1/company")) == (401, "token_expired")


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("positions:read", "/v1/positions"),
        ("positions:read", "/v1/positions/po_none"),
        ("ats_jobs:write", "/v1/ats-jobs"),
        ("conversations:read", "/v1/conversation-starts"),
        ("conversations:read", "/v1/conversations/cv_none"),
        ("candidates:read", "/v1/candidates/pe_none"),
        ("files:read", "/v1/candidates/pe_none/cv"),
    ],
)
def test_missing_scope_is_named_and_comes_before_404(world: World, cord: httpx.Client, scope: str, path: str) -> None:
    world.cord.scopes.discard(scope)
    answer = cord.get(path)
    assert code(answer) == (403, "missing_scope")
    assert [{"name": "scope", "code": scope}] == answer.json()["error"]["fields"]


def test_plan_stops_everything_but_the_company(world: World, cord: httpx.Client) -> None:
    world.cord.plan_includes_ats = False
    assert code(cord.get("/v1/positions")) == (403, "plan_required")
    assert cord.get("/v1/company").status_code == 200


def test_403_comes_before_400(world: World, cord: httpx.Client) -> None:
    world.cord.scopes.clear()
    assert cord.put("/v1/ats-jobs/5101", content=b"{").status_code == 403


def test_400_comes_before_404(cord: httpx.Client) -> None:
    headers = {"Idempotency-Key": "some-key", "Content-Type": "application/json"}
    assert cord.put("/v1/positions/po_none/ats-link", content=b"{", headers=headers).status_code == 400
    assert cord.get("/v1/conversations/cv_none/messages?limit=0").status_code == 400


def test_401_comes_before_429_and_404(world: World) -> None:
    assert httpx.get(world.cord_url + "/v1/nothing").status_code == 401


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/positions/po_none", "/v1/candidates/a%20b", "/v2/company"])
def test_what_is_not_there_is_404(cord: httpx.Client, path: str) -> None:
    assert code(cord.get(path)) == (404, "not_found")


def test_usable_request_id_is_repeated(cord: httpx.Client) -> None:
    answer = cord.get("/v1/positions/po_none", headers={"X-Request-Id": "my-id.1"})
    assert (answer.headers["X-Request-Id"], answer.json()["error"]["request_id"]) == ("my-id.1", "my-id.1")


@pytest.mark.parametrize("given", ["has space", "x" * 129, "a/b"])
def test_unusable_request_id_is_replaced_and_not_refused(cord: httpx.Client, given: str) -> None:
    answer = cord.get("/v1/company", headers={"X-Request-Id": given})
    assert answer.status_code == 200
    assert given != answer.headers["X-Request-Id"]


def test_clock_offset_shows_in_the_date_header(world: World, cord: httpx.Client) -> None:
    world.cord.clock_offset_s = 3600
    skew = parsedate_to_datetime(cord.get("/v1/company").headers["Date"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < skew < timedelta(minutes=61)


def test_limiter_allows_the_burst_and_then_429() -> None:
    # Slowed down, so that a slow machine does not refill the bucket meanwhile.
    with World(scale=0.02) as world, cord_client(world) as client:
        answers = [client.get("/v1/company") for _ in range(12)]
    assert [answer.status_code for answer in answers[:10]] == [200] * 10
    assert code(answers[-1]) == (429, "rate_limited")
    assert (answers[-1].headers["RateLimit-Limit"], answers[-1].headers["Retry-After"]) == ("10", "10")


def test_scaled_limiter_refills_faster() -> None:
    with World(scale=100) as world, cord_client(world) as client:
        for _ in range(11):
            client.get("/v1/company")
        time.sleep(0.05)
        assert client.get("/v1/company").status_code == 200
