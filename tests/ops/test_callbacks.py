"""Webhooks: genuine ones fire the company's poll at once; everything else is refused and fires nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from connector.scheduler import Poll, Scheduler
from connector.web.callbacks import LARGEST_BYTES, Callbacks, is_from_cord, is_from_pinpoint
from connector.web.health import Listener, make_app
from tests.ops.post import Daemon, wait_until

#: the test vector of docs/contracts/cord.openapi.yaml
SECRET, T = "example-secret-for-docs-only-0123456789", 1795252445
BODY = (
    b'{"subscription_id":"wh_01","events":[{"id":"ev_5001","type":"conversation.started",'
    b'"created_at":"2026-11-21T09:14:04Z","subject_id":"cs_01JD8Q7N"}]}'
)
V1 = "ef5c317a369e495aea6f1b84c19ae40de39d12b88f5019c40e3085cae3f5d97d"
PINPOINT_BODY = b'{"event":"application_hired","data":{}}'
OTHER = "another-secret-for-docs-only-9876543210"


def signed(body: bytes, secret: str = SECRET, t: int = T) -> dict[str, str]:
    digest = hmac.new(secret.encode(), f"{t}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Connector-Signature": f"t={t},v1={digest}"}


def by_pinpoint(body: bytes, secret: str = "whsec_example") -> dict[str, str]:
    return {"PINPOINT-HMAC-SHA256": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()}


def events(*ids: str) -> bytes:
    return json.dumps({"subscription_id": "wh_01", "events": [{"id": each} for each in ids]}).encode()


class Place:
    """The listener with callbacks for one company, and what they have fired."""

    def __init__(self) -> None:
        self.fired: list[tuple[str, str]] = []
        self.secrets = {("harbourline", "cord"): (OTHER, SECRET), ("harbourline", "pinpoint"): ("whsec_example",)}
        callbacks = Callbacks(
            lambda company, platform: self.secrets.get((company, platform), ()),
            lambda company, flow: self.fired.append((company, flow)),
            lambda: float(T),
        )
        self.listener = Listener(make_app(list, None, [callbacks.route()]), "127.0.0.1", 0)
        self.listener.start()

    def post(self, body: bytes, headers: dict[str, str], to: str = "harbourline/cord", method: str = "POST") -> int:
        return post(self.listener.url, body, headers, to, method)


def post(url: str, body: bytes, headers: dict[str, str], to: str = "harbourline/cord", method: str = "POST") -> int:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=20)
    connection.request(method, f"/callbacks/{to}", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.listener.stop()


def test_the_vectors_of_the_contracts() -> None:
    assert is_from_cord([SECRET], {"connector-signature": f"t={T},v1={V1}"}, BODY, T)
    header = {"pinpoint-hmac-sha256": "KN932BwAFgd8ykY5e2hrSh7GHXPcwhK/7ELYr8ggMXA="}
    assert is_from_pinpoint(["whsec_example"], header, PINPOINT_BODY, 0.0)


@pytest.mark.parametrize(
    ("header", "genuine"),
    [
        (f"t={T},v1={V1}", True),
        (f"t={T}, v0=x, v1={'0' * 64}, v1={V1}", True),
        (f"v1={V1},t={T}", True),
        (f"t={T},v1={V1.upper()}", False),
        (f"t={T},v1={V1[:-1]}0", False),
        (f"t={T + 1},v1={V1}", False),
        (f"t={T},t={T},v1={V1}", False),
        (f"t=+{T},v1={V1}", False),
        (f"v1={V1}", False),
        (f"t={T},v1=", False),
        ("t=é,v1=é", False),
        ("", False),
    ],
)
def test_what_counts_as_signed_by_cord(header: str, genuine: bool) -> None:
    assert is_from_cord([OTHER, SECRET], {"connector-signature": header}, BODY, T) is genuine


@pytest.mark.parametrize(("off_s", "genuine"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_a_call_is_taken_within_300_seconds_either_way(off_s: int, genuine: bool) -> None:
    assert is_from_cord([SECRET], {"connector-signature": f"t={T},v1={V1}"}, BODY, T + off_s) is genuine


def test_a_genuine_call_fires_the_poll_once(place: Place) -> None:
    assert [place.post(BODY, signed(BODY)) for _ in range(3)] == [204] * 3
    wait_until(lambda: place.fired)
    assert place.fired == [("harbourline", "applications")]


def test_a_call_with_one_event_that_is_new_fires(place: Place) -> None:
    for body in (events("ev_1", "ev_2"), events("ev_2", "ev_3")):
        assert place.post(body, signed(body, OTHER)) == 204
    wait_until(lambda: len(place.fired) == 2)


def test_pinpoint_fires_the_polls_that_read_jobs(place: Place) -> None:
    for _ in range(2):
        assert place.post(PINPOINT_BODY, by_pinpoint(PINPOINT_BODY), "harbourline/pinpoint") == 204
    wait_until(lambda: len(place.fired) == 2)
    assert place.fired == [("harbourline", "listings"), ("harbourline", "applications")]


@pytest.mark.parametrize(
    ("body", "headers", "to", "status"),
    [
        (BODY, {}, "harbourline/cord", 401),
        (BODY, signed(BODY, "a secret of somebody else"), "harbourline/cord", 401),
        (BODY + b" ", signed(BODY), "harbourline/cord", 401),
        (BODY, signed(BODY, t=T - 301), "harbourline/cord", 401),
        (BODY, signed(BODY), "quayside/cord", 401),
        (BODY, signed(BODY), "harbourline/elsewhere", 401),
        (BODY, signed(BODY), "harbourline/pinpoint", 401),
        (PINPOINT_BODY, by_pinpoint(PINPOINT_BODY, "forged"), "harbourline/pinpoint", 401),
        (b"[]", by_pinpoint(b"[]"), "harbourline/pinpoint", 400),
        (b"{", signed(b"{"), "harbourline/cord", 400),
        (b"\xff", signed(b"\xff"), "harbourline/cord", 400),
        (b"[" * 60_000, signed(b"[" * 60_000), "harbourline/cord", 400),
        (b'{"events":[{}]}', signed(b'{"events":[{}]}'), "harbourline/cord", 400),
        (b" " * (LARGEST_BYTES + 1), signed(b" " * (LARGEST_BYTES + 1)), "harbourline/cord", 400),
    ],
)
def test_what_is_not_genuine_or_not_readable_is_refused(
    place: Place, body: bytes, headers: dict[str, str], to: str, status: int
) -> None:
    assert place.post(body, headers, to) == status
    assert place.fired == []


def test_an_oversized_body_without_a_length_is_not_read_to_its_end(place: Place) -> None:
    address = urlsplit(place.listener.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port or 0, timeout=20)
    pieces = (b"x" * 1024 for _ in range(65))
    connection.request("POST", "/callbacks/harbourline/cord", pieces, signed(b""), encode_chunked=True)
    assert connection.getresponse().status == 400
    connection.close()


def test_only_a_post_is_taken(place: Place) -> None:
    assert place.post(b"", {}, method="GET") == 405


def test_a_poll_that_is_asked_for_runs_at_once_and_again_after_one_under_way() -> None:
    import threading

    stop, hold, runs = threading.Event(), threading.Event(), []

    def run() -> None:
        runs.append(time.monotonic())
        if len(runs) == 2:
            assert hold.wait(20)

    scheduler = Scheduler([Poll("harbourline", "applications", 3600.0, run)], stop)
    scheduler.start()
    wait_until(lambda: len(runs) == 1)
    assert scheduler.nudge("harbourline", "applications")
    wait_until(lambda: len(runs) == 2)
    for _ in range(5):
        assert scheduler.nudge("harbourline", "applications")
    hold.set()
    wait_until(lambda: len(runs) == 3)
    assert not scheduler.nudge("quayside", "applications")
    assert scheduler.shutdown(5.0)
    assert not scheduler.nudge("harbourline", "applications")
    assert len(runs) == 3


def test_with_a_hint_a_start_is_in_applied_in_about_a_second_however_rare_the_polls(daemon: Daemon) -> None:
    daemon.map()
    file = daemon.folder / "mappings" / "harbourline.yaml"
    text = file.read_text().replace("poll_every: 1s", "poll_every: 1h")
    file.write_text(text.replace("source: {", 'source: {webhook_secret: ["${NEW_HOOK}", "${OLD_HOOK}"], '))
    daemon.begin(NEW_HOOK=OTHER, OLD_HOOK=SECRET)
    well = 'connector_runs_total{company="harbourline",flow="applications",outcome="well"}'
    wait_until(lambda: daemon.figures().get(well))
    daemon.starts()
    body, url = events("ev_1"), str(daemon.log("start")[-1]["listening"])
    assert post(url, body, signed(body, t=int(time.time()) - 400)) == 401
    began = time.monotonic()
    assert post(url, body, signed(body, t=int(time.time()))) == 204
    wait_until(lambda: daemon.applications() == 1)
    # about one; the rest is for a machine that is busy with other tests
    assert time.monotonic() - began < 5
    assert SECRET not in (daemon.folder / "err.log").read_text()
