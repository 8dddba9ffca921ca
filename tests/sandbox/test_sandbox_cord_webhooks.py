"""Webhook subscriptions and events of the cord simulator."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx2 as httpx
import pytest

from connector.sandbox.cord.events import signature
from connector.sandbox.world import World
from tests.sandbox.conftest import code

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
