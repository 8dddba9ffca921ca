"""What is tried again, how often, and with what."""

from __future__ import annotations

import socket
import threading
import time
from email.utils import formatdate

import pytest
from raw_server import Server, reply, reset

from connector.domain.errors import NeverArrived, OutcomeUnknown, RateLimited, Rejected, Unwell, WireError
from connector.domain.model import Priority
from connector.rest.client import Client, Kind

FINE = reply(200, b"{}")


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return f"http://127.0.0.1:{gone.getsockname()[1]}"


def post(client: Client, kind: Kind = Kind.WRITE) -> object:
    return client.request(kind, "POST", "/v1/things", body=b"{}", content_type="application/json")


def get(client: Client) -> object:
    return client.request(Kind.READ, "GET", "/v1/things")


def test_read_is_repeated_until_it_works(serve, connect):
    server = serve(reply(500), reset, reply(502), FINE)

    get(connect(server.url))

    assert len(server.requests) == 4


def test_read_is_given_up_after_four_attempts(serve, connect):
    server = serve(reply(500))

    with pytest.raises(Unwell):
        get(connect(server.url))

    assert len(server.requests) == 4


def test_read_is_given_up_when_patience_ends(serve, connect):
    server = serve(reply(500))

    with pytest.raises(Unwell):
        get(connect(server.url, patience_s=0.0))

    assert len(server.requests) == 1


@pytest.mark.parametrize(("handler", "error"), [(reply(200, b"<", "text/html"), WireError), (reply(404), Rejected)])
def test_read_that_will_not_get_better_is_not_repeated(serve, connect, handler, error):
    server = serve(handler)

    with pytest.raises(error):
        get(connect(server.url))

    assert len(server.requests) == 1


def test_write_that_may_have_arrived_is_not_repeated(serve, connect):
    server = serve(reset, FINE)

    with pytest.raises(OutcomeUnknown):
        post(connect(server.url))

    assert len(server.requests) == 1


def test_write_that_never_arrived_is_tried_three_times_at_once(connect, seen):
    began = time.monotonic()

    with pytest.raises(NeverArrived):
        post(connect(closed_port(), backoff_s=5.0))

    assert [call.attempt for call in seen] == [1, 2, 3]
    assert time.monotonic() - began < 0.5


def test_keyed_write_is_repeated_with_the_same_bytes_and_key(serve, connect):
    server = serve(reset, reply(500), reply(200, b"<", "text/html"), FINE)

    connect(server.url).request(
        Kind.KEYED,
        "POST",
        "/v1/outcomes",
        body=lambda: iter([b'{"a":', b"1}"]),
        length=7,
        headers={"Idempotency-Key": "k1"},
    )

    assert [(r.body, r.headers["idempotency-key"]) for r in server.requests] == [(b'{"a":1}', "k1")] * 4


def test_keyed_write_that_left_once_stays_unknown_when_the_repeat_never_arrives(connect):
    def reset_once(listener):
        connection, _ = listener.accept()
        listener.close()
        connection.recv(1000)
        reset(connection)
        connection.close()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=reset_once, args=(listener,), daemon=True).start()

    with pytest.raises(OutcomeUnknown):
        post(connect(f"http://127.0.0.1:{listener.getsockname()[1]}"), Kind.KEYED)


def test_keyed_write_that_left_once_stays_unknown_when_the_repeat_is_limited(serve, connect):
    with pytest.raises(OutcomeUnknown):
        post(connect(serve(reset, reply(429, Retry_After="900")).url), Kind.KEYED)


@pytest.mark.parametrize("kind", list(Kind))
def test_short_wait_after_429_is_waited_for_in_place(serve, connect, kind):
    server = serve(reply(429, Retry_After="0"), FINE)

    post(connect(server.url), kind)

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry_After": "900"}, 900),
        ({"Retry_After": "315360000"}, 3600),
        ({"Retry_After": formatdate(5_000_000 + 120, usegmt=True), "Date": formatdate(5_000_000, usegmt=True)}, 120),
        ({"Retry_After": "soon"}, 30),
        ({"Retry_After": "-5"}, 30),
        ({}, 30),
    ],
)
def test_long_wait_after_429_goes_to_the_caller_at_once(serve, connect, headers, wait_s):
    server = serve(reply(429, **headers), FINE)

    with pytest.raises(RateLimited) as caught:
        get(connect(server.url, retry_after_fallback_s=30))

    assert (wait_s, 1) == (caught.value.retry_after_s, len(server.requests))


def test_read_waits_as_long_as_an_unwell_server_asks_if_that_is_short(serve, connect):
    server = serve(reply(503, Retry_After="0.2"), FINE)
    began = time.monotonic()

    get(connect(server.url))

    assert time.monotonic() - began > 0.2


def test_stop_ends_a_pause_and_gives_the_last_error(serve, connect):
    stop = threading.Event()
    server = serve(reply(429, Retry_After="4"), FINE)
    client = connect(server.url, stop=stop, longest_sleep_s=5.0)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()

    with pytest.raises(RateLimited):
        get(client)

    assert time.monotonic() - began < 2.5
    assert len(server.requests) == 1


def test_nothing_is_repeated_once_stopped(serve, connect):
    stop = threading.Event()
    stop.set()
    server = serve(reply(500))

    with pytest.raises(Unwell):
        get(connect(server.url, stop=stop))

    assert len(server.requests) == 1


def test_every_attempt_has_its_own_request_id_and_the_newest_key(serve, connect, seen):
    server = serve(reply(500), FINE)
    keys = {"X-API-KEY": "first-key"}
    client = connect(server.url, headers=keys)
    server.handlers = (lambda c: keys.update({"X-API-KEY": "second-key"}) or reply(500)(c), FINE)

    get(client)

    ids = [request.headers["x-request-id"] for request in server.requests]
    assert [request.headers["x-api-key"] for request in server.requests] == ["first-key", "second-key"]
    assert ids == [call.request_id for call in seen]
    assert len(set(ids)) == 2
    assert {"cord-pinpoint-connector"} == {request.headers["user-agent"] for request in server.requests}


def test_every_attempt_is_seen(serve, connect, seen):
    server = serve(reply(500), FINE)

    connect(server.url).request(Kind.READ, "GET", "/v1/things/7", label="GET /v1/things/:id", priority=Priority.AUDIT)

    assert [(call.attempt, call.status, call.error) for call in seen] == [(1, 500, "Unwell"), (2, 200, None)]
    assert {("cord", "GET /v1/things/:id", Priority.AUDIT)} == {(c.platform, c.label, c.priority) for c in seen}


def test_parameters_are_sent_in_order_and_encoded(serve, connect):
    server = serve(FINE)

    connect(server.url + "/base/").request(
        Kind.READ,
        "GET",
        "/v1/things",
        params=[("page[size]", "100"), ("filter", "a+b@example.com,c d"), ("filter", "é")],
    )

    line = "GET /base/v1/things?page%5Bsize%5D=100&filter=a%2Bb%40example.com%2Cc+d&filter=%C3%A9 HTTP/1.1"
    assert line == server.requests[0].line


def test_body_without_a_length_goes_in_chunks(serve, connect):
    server: Server = serve(FINE)

    connect(server.url).request(Kind.WRITE, "POST", "/v1/things", body=lambda: [b"ab", b"c"])

    assert server.requests[0].body == b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


def test_environment_and_cookies_change_nothing(serve, connect, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    monkeypatch.setenv("ALL_PROXY", closed_port())
    server = serve(reply(200, b"{}", Set_Cookie="session=1"), FINE)
    client = connect(server.url)

    get(client)
    get(client)

    assert set() == {"authorization", "cookie"} & set(server.requests[1].headers)
