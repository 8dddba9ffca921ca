"""Authorization, order of checks, candidates, CVs and webhooks of the cord simulator."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2 as httpx
import pytest

from connector.sandbox.cord.events import signature
from connector.sandbox.world import World
from tests.sandbox.conftest import cord_client


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


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


# --- conversations and candidates ---


def test_conversation_shows_the_link_of_now(world: World, cord: httpx.Client, start: str) -> None:
    conversation = world.cord.conversation_of(start)
    world.cord.unlink("po_17")
    body = cord.get(f"/v1/conversations/{conversation}").json()
    assert ("started", start, None) == (
        body["state"],
        body["positions"][0]["conversation_start_id"],
        body["positions"][0]["ats_job_id"],
    )


def test_pending_conversation_answers(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    body = cord.get(f"/v1/conversations/{world.cord.pending_conversation(ana, position)}").json()
    assert (body["state"], body["accepted_by"], body["started_at"]) == ("pending", "unknown", None)


def test_candidate_before_the_start_is_403_and_after_the_close_still_open(
    world: World, cord: httpx.Client, ana: str, position: str
) -> None:
    conversation = world.cord.pending_conversation(ana, position)
    assert code(cord.get(f"/v1/candidates/{ana}")) == (403, "conversation_not_started")
    assert code(cord.get(f"/v1/candidates/{ana}/cv")) == (403, "conversation_not_started")
    world.cord.accept(conversation)
    world.cord.close_conversation(conversation)
    assert cord.get(f"/v1/candidates/{ana}").status_code == 200


def test_erased_candidate_is_410(world: World, cord: httpx.Client, ana: str, start: str) -> None:
    world.cord.erase(ana)
    for path in (f"/v1/candidates/{ana}", f"/v1/candidates/{ana}/cv"):
        assert code(cord.get(path)) == (410, "candidate_erased")
    assert cord.get(f"/v1/conversations/{world.cord.conversation_of(start)}").status_code == 200


def test_sparse_candidate(world: World, cord: httpx.Client, position: str) -> None:
    ben = world.cord.add_person(full_name="Ben Okoro")
    world.cord.start_conversation(ben, position)
    body = cord.get(f"/v1/candidates/{ben}").json()
    assert tuple(body[name] for name in ("first_name", "last_name", "full_name", "emails", "phones", "cv")) == (
        None,
        None,
        "Ben Okoro",
        [],
        [],
        None,
    )


def test_edited_candidate(world: World, cord: httpx.Client, ana: str, start: str) -> None:
    world.cord.edit_person(ana, emails=[{"address": "new@example.com", "primary": False}], headline="CTO")
    body = cord.get(f"/v1/candidates/{ana}").json()
    assert (body["headline"], body["emails"]) == ("CTO", [{"address": "new@example.com", "primary": False}])


def test_unknown_change_is_refused(world: World, ana: str) -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        world.cord.edit_person(ana, shoe_size=43)


# --- CVs ---


def cv_of(world: World, client: httpx.Client, **changes: object) -> httpx.Response:
    world.cord.edit_person("pe_552", **changes)
    return client.get("/v1/candidates/pe_552/cv")


@pytest.fixture
def files(world: World, start: str) -> httpx.Client:
    return httpx.Client(timeout=5)


def test_cv_bytes(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv=b"%PDF-1.4 other")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.4 other")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Ana_Petrov_CV.pdf"'


def test_etag_changes_with_the_bytes_only(world: World, cord: httpx.Client, start: str) -> None:
    tags = [
        cv_of(world, cord, cv=content, cv_filename=name).headers["ETag"]
        for content, name in ((b"a", "a.pdf"), (b"a", "b.pdf"), (b"b", "b.pdf"))
    ]
    assert tags[0] == tags[1]
    assert tags[1] != tags[2]


def test_foreign_file_name_is_encoded(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv_filename='Zoë "CV".pdf')
    assert "filename*=UTF-8''Zo%C3%AB%20%22CV%22.pdf" in answer.headers["Content-Disposition"]


def test_unsized_cv_has_no_length(world: World, cord: httpx.Client, start: str) -> None:
    answer = cv_of(world, cord, cv_mode="unsized")
    assert "Content-Length" not in answer.headers
    assert answer.content == b"%PDF-1.4 made up"


def test_no_cv_is_404_of_its_own(world: World, cord: httpx.Client, start: str) -> None:
    assert code(cv_of(world, cord, cv=None)) == (404, "cv_not_available")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"cv_mode": "too_large"}, (413, "file_too_large")),
        ({"cv": b"\0" * (20 * 1024 * 1024 + 1)}, (413, "file_too_large")),
        ({"cv_mode": "unsupported"}, (415, "file_type_unsupported")),
        ({"cv_content_type": "image/png"}, (415, "file_type_unsupported")),
    ],
)
def test_unfit_file_is_413_or_415(
    world: World, cord: httpx.Client, start: str, changes: dict, expected: tuple[int, str]
) -> None:
    assert expected == code(cv_of(world, cord, **changes))


def follow(client: httpx.Client, location: str, most: int = 10) -> tuple[httpx.Response, int]:
    hops = 0
    answer = client.get(location)
    while answer.status_code == 302 and hops < most:
        answer, hops = client.get(answer.headers["Location"]), hops + 1
    return answer, hops


@pytest.mark.parametrize(("mode", "hops"), [("redirect", 0), ("redirect_three_hops", 2), ("redirect_many_hops", 5)])
def test_redirect_leads_to_the_file(
    world: World, cord: httpx.Client, files: httpx.Client, mode: str, hops: int
) -> None:
    answer = cv_of(world, cord, cv_mode=mode)
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["Location"].startswith(world.files_url)
    file, taken = follow(files, answer.headers["Location"])
    assert (b"%PDF-1.4 made up", hops) == (file.content, taken)


def test_redirect_loop_never_ends(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect_loop").headers["Location"]
    assert follow(files, location)[0].status_code == 302


@pytest.mark.parametrize(
    ("mode", "beginning"),
    [("redirect_private", "http://10.0.0.1/"), ("redirect_scheme", "file:"), ("redirect_relative", "/short/")],
)
def test_redirect_to_a_place_not_to_follow(world: World, start: str, mode: str, beginning: str) -> None:
    # Not by the checked client: the relative one breaks the contract on purpose.
    with httpx.Client(base_url=world.cord_url, headers={"Authorization": f"Bearer {world.cord_token}"}) as client:
        assert cv_of(world, client, cv_mode=mode).headers["Location"].startswith(beginning)


def test_expired_link_is_403_and_the_next_one_works(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    statuses = []
    for _ in range(2):
        location = cv_of(world, cord, cv_mode="redirect_expired_once").headers["Location"]
        statuses.append(files.get(location).status_code)
    assert statuses == [403, 200]


def test_link_lives_for_a_minute(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    world.cord.clock_offset_s = 61
    assert files.get(location).status_code == 403


def test_forged_link_is_403(world: World, cord: httpx.Client, files: httpx.Client) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    assert files.get(location[:-4] + "0000").status_code == 403


@pytest.mark.parametrize("header", ["Authorization", "X-Request-Id", "Idempotency-Key"])
def test_file_host_refuses_our_headers(world: World, cord: httpx.Client, files: httpx.Client, header: str) -> None:
    location = cv_of(world, cord, cv_mode="redirect").headers["Location"]
    assert files.get(location, headers={header: "anything"}).status_code == 400


def test_unknown_cv_mode_is_refused(world: World, ana: str) -> None:
    with pytest.raises(ValueError, match="cv_mode"):
        world.cord.edit_person(ana, cv_mode="by_post")


# --- webhooks ---

SECRET = "example-secret-for-docs-only-0123456789"
HOOK = {"url": "https://connector.example.com/hooks", "event_types": ["conversation.started"], "secret": SECRET}


def subscribe(client: httpx.Client, **changes: object) -> httpx.Response:
    subscribe.count = getattr(subscribe, "count", 0) + 1  # type: ignore[attr-defined]
    key = f"hook-key-{subscribe.count}"  # type: ignore[attr-defined]
    return client.post("/v1/webhooks", json=HOOK | changes, headers={"Idempotency-Key": key})


def test_subscription_is_listed_without_its_secret(cord: httpx.Client) -> None:
    made = subscribe(cord)
    assert made.status_code == 201
    assert [made.json()] == cord.get("/v1/webhooks").json()["data"]
    assert "secret" not in made.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://connector.example.com/hooks"},
        {"url": "https://user:word@connector.example.com/"},
        {"secret": "short"},
        {"event_types": []},
        {"event_types": ["conversation.started", "conversation.started"]},
        {"event_types": ["conversation.ended"]},
    ],
)
def test_bad_subscription_is_422(cord: httpx.Client, changes: dict) -> None:
    assert code(subscribe(cord, **changes)) == (422, "invalid_request")


def test_ten_subscriptions_at_most(cord: httpx.Client) -> None:
    assert {201} == {subscribe(cord).status_code for _ in range(10)}
    answer = subscribe(cord)
    assert answer.json()["error"]["fields"] == [{"name": "url", "code": "limit_reached"}]


def test_event_type_needs_its_scope_after_422(world: World, cord: httpx.Client) -> None:
    world.cord.scopes.discard("candidates:read")
    kinds = ["candidate.erased"]
    assert subscribe(cord, event_types=kinds, secret="short").status_code == 422
    assert code(subscribe(cord, event_types=kinds)) == (403, "missing_scope")


def test_unsubscribing_twice_is_204(cord: httpx.Client) -> None:
    path = f"/v1/webhooks/{subscribe(cord).json()['id']}"
    keys = ({"Idempotency-Key": f"delete-key-{number}"} for number in range(2))
    assert [cord.delete(path, headers=key).status_code for key in keys] == [204, 204]


def test_signature_matches_the_test_vector() -> None:
    body = (
        b'{"subscription_id":"wh_01","events":[{"id":"ev_5001","type":"conversation.started",'
        b'"created_at":"2026-11-21T09:14:04Z","subject_id":"cs_01JD8Q7N"}]}'
    )
    expected = "t=1795252445,v1=ef5c317a369e495aea6f1b84c19ae40de39d12b88f5019c40e3085cae3f5d97d"
    assert expected == signature(SECRET, body, 1795252445)


def test_events_are_posted_to_subscribers(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    taken: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["Connector-Signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    subscribe(cord, url=f"http://127.0.0.1:{server.server_port}/hooks")
    start = world.cord.start_conversation(ana, position)
    statuses = world.cord.send_events()
    server.shutdown()
    server.server_close()
    ((sent_signature, body),) = taken
    assert statuses == [204]
    assert start.encode() in body
    assert sent_signature == signature(SECRET, body, int(sent_signature.split(",")[0][2:]))
