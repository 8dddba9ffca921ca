"""`Idempotency-Key` and unreadable bodies in the cord simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import JOB, SENT, SMS, Writer, code, cord_client, field

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


def test_replay_works_for_a_second_client(world: World, start: str) -> None:
    path = f"/v1/conversation-starts/{start}/deliveries"
    answers = []
    for _ in range(2):
        with cord_client(world) as client:
            answers.append(client.post(path, json=SENT, headers={"Idempotency-Key": "delivery:1"}))
    assert answers[0].content == answers[1].content
