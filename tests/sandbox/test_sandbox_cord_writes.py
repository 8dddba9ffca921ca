"""Idempotency, links, the drop-down, deliveries and messages of the cord simulator."""

from collections.abc import Callable

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import cord_client

JOB = {"title": "Senior Backend Engineer", "status": "open", "updated_at": "2026-11-20T12:00:00Z"}
SENT = {
    "outcome": "sent",
    "ats": "pinpoint",
    "ats_job_id": "5101",
    "ats_application_id": "812345",
    "at": "2026-11-21T09:14:40Z",
}
SMS = {
    "direction": "from_candidate",
    "channel": "sms",
    "external_id": "SM0001",
    "body": "Tuesday works",
    "from": "+447700900123",
    "to": "+447700900321",
    "received_at": "2026-11-21T10:02:11Z",
    "deliver": False,
}

Writer = Callable[..., httpx.Response]


@pytest.fixture
def write(cord: httpx.Client) -> Writer:
    """Sends a write under a fresh key unless `key` is given."""
    count = iter(range(10_000_000, 99_999_999))

    def send(method: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key or f"key-{next(count)}"}
        return cord.request(method, path, json=body, headers=headers)

    return send


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def field(answer: httpx.Response) -> tuple[int, str, str]:
    first = answer.json()["error"]["fields"][0]
    return answer.status_code, first["name"], first["code"]


# --- Idempotency-Key ---


@pytest.mark.parametrize("key", [None, "short", "a" * 201, "has space!", "k/k/k/k/k"])
def test_missing_or_malformed_key_is_400(cord: httpx.Client, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = cord.put("/v1/ats-jobs/5101", json=JOB, headers=headers)
    assert (400, "Idempotency-Key", "required" if key is None else "invalid") == field(answer)


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/ats-jobs/1"), ("POST", "/v1/webhooks")])
def test_every_write_needs_a_key(cord: httpx.Client, method: str, path: str) -> None:
    assert cord.request(method, path, json={} if method == "POST" else None).status_code == 400


def test_same_request_gets_the_first_answer_again(write: Writer, world: World, start: str) -> None:
    path = f"/v1/conversation-starts/{start}/deliveries"
    first, second = (write("POST", path, SENT, "delivery:1") for _ in range(2))
    assert (first.status_code, first.headers.get("Idempotency-Replayed")) == (201, None)
    assert (second.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
    assert first.content == second.content
    assert len(world.cord.deliveries) == 1


def test_same_key_and_other_bytes_is_409(cord: httpx.Client, start: str) -> None:
    path, headers = f"/v1/conversation-starts/{start}/deliveries", {"Idempotency-Key": "delivery:1"}
    cord.post(path, json=SENT, headers=headers)
    same_meaning = {"outcome": SENT["outcome"], **dict(reversed(SENT.items()))}
    assert code(cord.post(path, json=same_meaning, headers=headers)) == (409, "idempotency_mismatch")


def test_key_is_scoped_to_the_company_not_the_path(write: Writer) -> None:
    write("PUT", "/v1/ats-jobs/5101", JOB, "job-key-1")
    assert code(write("PUT", "/v1/ats-jobs/5102", JOB, "job-key-1")) == (409, "idempotency_mismatch")
    assert code(write("DELETE", "/v1/ats-jobs/5101", None, "job-key-1")) == (409, "idempotency_mismatch")


def test_404_and_422_are_kept(write: Writer, world: World) -> None:
    first = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101"}, "link-key-1")
    world.cord.add_ats_job("5101", "Engineer")
    world.cord.add_position(id="po_17")
    second = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101"}, "link-key-1")
    assert (first.status_code, second.status_code, second.headers["Idempotency-Replayed"]) == (404, 404, "true")


def test_403_is_not_kept(write: Writer, world: World) -> None:
    world.cord.scopes.discard("ats_jobs:write")
    assert code(write("PUT", "/v1/ats-jobs/5101", JOB, "job-key-1")) == (403, "missing_scope")
    world.cord.scopes.add("ats_jobs:write")
    assert write("PUT", "/v1/ats-jobs/5101", JOB, "job-key-1").status_code == 201


def test_not_started_403_is_not_kept(write: Writer, world: World, ana: str, position: str) -> None:
    conversation = world.cord.pending_conversation(ana, position)
    path = f"/v1/conversations/{conversation}/messages"
    assert code(write("POST", path, SMS, "sms-key-1")) == (403, "conversation_not_started")
    world.cord.accept(conversation)
    assert write("POST", path, SMS, "sms-key-1").status_code == 201


def test_400_is_not_kept(cord: httpx.Client, write: Writer) -> None:
    headers = {"Idempotency-Key": "job-key-1", "Content-Type": "application/json"}
    assert cord.put("/v1/ats-jobs/5101", content=b"{", headers=headers).status_code == 400
    assert write("PUT", "/v1/ats-jobs/5101", JOB, "job-key-1").status_code == 201


def test_own_500_after_the_effect_is_not_kept(write: Writer, world: World, start: str) -> None:
    world.faults.add("error_after", platform="cord", method="POST")
    path = f"/v1/conversation-starts/{start}/deliveries"
    assert [write("POST", path, SENT, "delivery:1").status_code for _ in range(2)] == [500, 201]
    assert len(world.cord.deliveries) == 2


def test_proxy_502_after_the_effect_replays(write: Writer, world: World, start: str) -> None:
    world.faults.add("bad_gateway_after", platform="cord", method="POST")
    path = f"/v1/conversation-starts/{start}/deliveries"
    assert [write("POST", path, SENT, "delivery:1").status_code for _ in range(2)] == [502, 201]
    assert len(world.cord.deliveries) == 1


def test_key_is_forgotten_after_a_day(write: Writer, world: World, start: str) -> None:
    path = f"/v1/conversation-starts/{start}/deliveries"
    write("POST", path, SENT, "delivery:1")
    world.cord.clock_offset_s = 25 * 3600
    assert "Idempotency-Replayed" not in write("POST", path, SENT, "delivery:1").headers


# --- bodies ---


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"{", "application/json"),
        (b'{"title": NaN}', "application/json"),
        (b"\xff", "application/json"),
        (b"{}", "text/plain"),
        (b"{}", "application/json; charset=latin-1"),
        (b"", "application/json"),
        (b'"' + b"x" * 1024 * 1024 + b'"', "application/json"),
    ],
)
def test_unreadable_body_is_400(cord: httpx.Client, content: bytes, media_type: str) -> None:
    headers = {"Idempotency-Key": "some-key", "Content-Type": media_type}
    assert cord.put("/v1/ats-jobs/5101", content=content, headers=headers).status_code == 400


def test_body_that_is_no_object_is_422(write: Writer) -> None:
    assert write("PUT", "/v1/ats-jobs/5101", []).status_code == 422


# --- the drop-down ---


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": ""}, ("title", "blank")),
        ({"title": "x" * 301}, ("title", "too_long")),
        ({"title": None}, ("title", "invalid")),
        ({"status": "draft"}, ("status", "unsupported")),
        ({"updated_at": "2026-11-20T12:00:00+00:00"}, ("updated_at", "invalid")),
        ({"updated_at": "2026-13-20T12:00:00Z"}, ("updated_at", "invalid")),
        ({"url": "not a url"}, ("url", "invalid")),
        ({"location": 5}, ("location", "invalid")),
    ],
)
def test_bad_ats_job_is_422(write: Writer, change: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("PUT", "/v1/ats-jobs/5101", JOB | change))


def test_ats_job_without_a_required_field_is_422(write: Writer) -> None:
    body = {name: value for name, value in JOB.items() if name != "status"}
    assert field(write("PUT", "/v1/ats-jobs/5101", body)) == (422, "status", "required")


def test_malformed_ats_job_id_is_400(write: Writer) -> None:
    assert field(write("PUT", "/v1/ats-jobs/a%20b", JOB)) == (400, "ats_job_id", "invalid")


def test_put_replaces_fully(write: Writer, cord: httpx.Client) -> None:
    statuses = [
        write("PUT", "/v1/ats-jobs/5101", JOB | {"location": "Leeds"}).status_code,
        write("PUT", "/v1/ats-jobs/5101", JOB).status_code,
    ]
    (row,) = cord.get("/v1/ats-jobs").json()["data"]
    assert (statuses, row["location"]) == ([201, 200], None)


def test_older_version_is_stale_and_an_equal_one_replaces(write: Writer, world: World) -> None:
    write("PUT", "/v1/ats-jobs/5101", JOB)
    older = JOB | {"updated_at": "2026-11-20T11:59:59.999Z", "title": "Old"}
    assert code(write("PUT", "/v1/ats-jobs/5101", older)) == (409, "stale_update")
    assert write("PUT", "/v1/ats-jobs/5101", JOB | {"title": "Same time"}).status_code == 200
    assert world.cord.ats_jobs["5101"].title == "Same time"


def test_removed_entry_is_remembered_for_thirty_days(write: Writer, world: World) -> None:
    older = JOB | {"updated_at": "2026-11-01T00:00:00Z"}
    write("PUT", "/v1/ats-jobs/5101", JOB)
    assert write("DELETE", "/v1/ats-jobs/5101").status_code == 204
    assert code(write("PUT", "/v1/ats-jobs/5101", older)) == (409, "stale_update")
    world.cord.clock_offset_s = 31 * 86400
    assert write("PUT", "/v1/ats-jobs/5101", older).status_code == 201


def test_removed_entry_comes_back_as_201(write: Writer) -> None:
    write("PUT", "/v1/ats-jobs/5101", JOB)
    write("DELETE", "/v1/ats-jobs/5101")
    assert write("PUT", "/v1/ats-jobs/5101", JOB).status_code == 201


def test_deleting_nothing_is_204(write: Writer) -> None:
    assert write("DELETE", "/v1/ats-jobs/5101").status_code == 204


def test_closing_and_removing_mark_the_links(write: Writer, cord: httpx.Client, position: str) -> None:
    def mark() -> bool:
        return cord.get("/v1/positions/po_17").json()["ats_link"]["ats_job_closed"]

    future = JOB | {"updated_at": "2099-01-01T00:00:00Z"}
    marks = [mark()]
    for status in ("closed", "open"):
        write("PUT", "/v1/ats-jobs/5101", future | {"status": status})
        marks.append(mark())
    write("DELETE", "/v1/ats-jobs/5101")
    assert [*marks, mark()] == [False, True, False, True]


# --- links ---


def test_link_is_made_kept_and_taken_away(write: Writer, cord: httpx.Client, world: World) -> None:
    world.cord.add_ats_job("5101", "Engineer")
    world.cord.add_position(id="po_17")
    first = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101"})
    again = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101", "origin": "imported"})
    assert (200, first.json()) == (again.status_code, again.json())
    assert [write("DELETE", "/v1/positions/po_17/ats-link").status_code for _ in range(2)] == [204, 204]
    assert None is cord.get("/v1/positions/po_17").json()["ats_link"]


def test_link_to_an_unknown_job_is_422_unknown(write: Writer, world: World) -> None:
    world.cord.add_position(id="po_17")
    answer = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "77"})
    assert field(answer) == (422, "ats_job_id", "unknown")


@pytest.mark.parametrize("removed", [True, False])
def test_link_to_a_closed_or_removed_job_is_422_closed(write: Writer, world: World, removed: bool) -> None:
    world.cord.add_position(id="po_17")
    world.cord.add_ats_job("77", "Engineer", status="open" if removed else "closed")
    if removed:
        world.cord.ats_jobs.delete("77")
    answer = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "77"})
    assert code(answer) == (422, "ats_job_closed")
    assert field(answer) == (422, "ats_job_id", "closed")


# --- deliveries ---


@pytest.mark.parametrize(
    "body",
    [
        SENT,
        SENT | {"outcome": "duplicate", "ats_application_url": "https://harbourline.example.com/applications/1"},
        {"outcome": "failed", "ats": "pinpoint", "code": "ats_validation", "message": "No phone", "at": SENT["at"]},
        {"outcome": "skipped", "ats": "pinpoint", "at": SENT["at"]},
    ],
)
def test_delivery_is_recorded(write: Writer, world: World, start: str, body: dict) -> None:
    answer = write("POST", f"/v1/conversation-starts/{start}/deliveries", body)
    (report,) = world.cord.deliveries
    assert answer.status_code == 201
    assert (start, body["outcome"], body) == (report["start_id"], report["outcome"], report["body"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({**SENT, "outcome": "lost"}, ("outcome", "unsupported")),
        (
            {key: value for key, value in SENT.items() if key != "ats_application_id"},
            ("ats_application_id", "required"),
        ),
        ({**SENT, "ats_application_id": 812345}, ("ats_application_id", "invalid")),
        ({"outcome": "failed", "ats": "pinpoint", "code": "x", "at": SENT["at"]}, ("message", "required")),
        ({"outcome": "skipped", "ats": "pinpoint", "code": "Not A Code", "at": SENT["at"]}, ("code", "invalid")),
        ({"outcome": "skipped", "ats": "pinpoint", "message": "x" * 501, "at": SENT["at"]}, ("message", "too_long")),
        ({"outcome": "skipped", "ats": "pinpoint"}, ("at", "required")),
    ],
)
def test_bad_delivery_is_422(write: Writer, start: str, body: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("POST", f"/v1/conversation-starts/{start}/deliveries", body))


def test_delivery_is_allowed_for_closed_and_erased(write: Writer, world: World, ana: str, start: str) -> None:
    world.cord.close_conversation(world.cord.conversation_of(start))
    world.cord.erase(ana)
    assert write("POST", f"/v1/conversation-starts/{start}/deliveries", SENT).status_code == 201


def test_delivery_for_an_unknown_start_is_404(write: Writer) -> None:
    assert code(write("POST", "/v1/conversation-starts/cs_none/deliveries", SENT)) == (404, "not_found")


# --- messages ---


@pytest.fixture
def talk(world: World, start: str) -> str:
    return f"/v1/conversations/{world.cord.conversation_of(start)}/messages"


def test_sms_is_recorded_once(write: Writer, cord: httpx.Client, talk: str) -> None:
    first, again = write("POST", talk, SMS), write("POST", talk, SMS | {"body": "", "deliver": True})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [row["body"] for row in cord.get(talk).json()["data"]] == ["Tuesday works"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"deliver": True}, ("deliver", "unsupported")),
        ({"deliver": 0}, ("deliver", "unsupported")),
        ({"body": ""}, ("body", "blank")),
        ({"from": "07700900123"}, ("from", "invalid")),
        ({"to": "12"}, ("to", "invalid")),
        ({"direction": "to_candidate"}, ("direction", "unsupported")),
        ({"external_id": "has space"}, ("external_id", "invalid")),
    ],
)
def test_bad_sms_is_422(write: Writer, talk: str, change: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("POST", talk, SMS | change))


def test_long_sms_has_its_own_code_and_counts_code_points(write: Writer, talk: str) -> None:
    assert write("POST", talk, SMS | {"body": "\N{GRINNING FACE}" * 4000}).status_code == 201
    answer = write("POST", talk, SMS | {"external_id": "SM2", "body": "x" * 4001})
    assert code(answer) == (422, "body_too_long")


def test_closed_conversation_takes_no_new_sms_but_knows_the_old(write: Writer, world: World, talk: str) -> None:
    write("POST", talk, SMS)
    world.cord.close_conversation(talk.split("/")[3])
    assert write("POST", talk, SMS).status_code == 200
    assert code(write("POST", talk, SMS | {"external_id": "SM2"})) == (409, "conversation_closed")


def test_422_comes_before_409(write: Writer, world: World, talk: str) -> None:
    world.cord.close_conversation(talk.split("/")[3])
    assert write("POST", talk, SMS | {"deliver": True}).status_code == 422


def test_erased_candidate_is_410_for_messages(write: Writer, cord: httpx.Client, world: World, talk: str) -> None:
    world.cord.erase("pe_552")
    assert code(write("POST", talk, SMS)) == (410, "candidate_erased")
    assert code(cord.get(talk)) == (410, "candidate_erased")


def test_messages_of_a_pending_conversation_are_403(cord: httpx.Client, world: World, ana: str, position: str) -> None:
    conversation = world.cord.pending_conversation(ana, position)
    assert code(cord.get(f"/v1/conversations/{conversation}/messages")) == (403, "conversation_not_started")


def test_replay_works_for_a_second_client(world: World, start: str) -> None:
    path = f"/v1/conversation-starts/{start}/deliveries"
    answers = []
    for _ in range(2):
        with cord_client(world) as client:
            answers.append(client.post(path, json=SENT, headers={"Idempotency-Key": "delivery:1"}))
    assert answers[0].content == answers[1].content
