"""What each way of going wrong means to a READ and to a WRITE."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading

import pytest
from raw_server import raw, reply, reset, silent

from connector.domain.errors import (
    ConfigError,
    NeverArrived,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unwell,
    WireError,
)
from connector.rest.client import Client, Kind
from connector.rest.retry import AskedToWait

HTML = reply(200, b"<html>sign in</html>", "text/html")
CUT_JSON = reply(200, b'{"a": ')
HALF_BODY = raw(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"a": 1}')
HALF_CHUNKS = raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{}")
NO_ANSWER = raw(b"")
NOT_HTTP = raw(b"SSH-2.0-whatever\r\n\r\n")
EMPTY_200 = reply(200)
BAD_GZIP = reply(200, b"not gzip", Content_Encoding="gzip")


def test_json_of_an_accepted_type_is_an_answer(serve, connect):
    client = connect(serve(reply(200, b'{"a": [1]}', "application/json; charset=utf-8", X_Page="2")).url)

    answer = client.request(Kind.READ, "GET", "/v1/things")

    assert (answer.status, answer.json, answer.headers["x-PAGE"]) == (200, {"a": [1]}, "2")
    assert answer.at.utcoffset() is not None


def test_204_is_an_answer_without_data(serve, connect):
    answer = connect(serve(reply(204, content_type=None)).url).request(Kind.WRITE, "DELETE", "/v1/things/1")

    assert (answer.status, answer.json) == (204, None)


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (reset, Unwell),
        (NO_ANSWER, Unwell),
        (NOT_HTTP, Unwell),
        (silent, Unwell),
        (HALF_BODY, Unwell),
        (HALF_CHUNKS, Unwell),
        (BAD_GZIP, Unwell),
        (reply(500, b"oops", "text/plain"), Unwell),
        (reply(503, b"", Retry_After="90"), AskedToWait),
        (reply(408), Unwell),
        (HTML, WireError),
        (reply(200, b"{}", "text/html"), WireError),
        (reply(200, b"{}", None), WireError),
        (CUT_JSON, WireError),
        (EMPTY_200, WireError),
        (reply(200, b"[" * 100_000), WireError),
        (reply(200, b"\xff\xfe{"), WireError),
        (reply(302, Location="https://login.example.com/"), WireError),
        (reply(304, content_type=None), WireError),
    ],
)
def test_read_that_went_wrong(serve, connect, handler, error):
    client = connect(serve(handler).url, attempts=1, read_s=0.2 if handler is silent else 1.0)

    with pytest.raises(error) as caught:
        client.request(Kind.READ, "GET", "/v1/things")

    assert type(caught.value) is error


@pytest.mark.parametrize("kind", [Kind.WRITE, Kind.KEYED])
@pytest.mark.parametrize(
    "handler",
    [
        reset, NO_ANSWER, NOT_HTTP, silent, HALF_BODY, HALF_CHUNKS, BAD_GZIP, HTML, CUT_JSON, EMPTY_200,
        reply(500), reply(503, Retry_After="1"), reply(502, b"<html>", "text/html"), reply(408),
        reply(301, Location="/v2/things"), reply(307, Location="/v2/things"),
    ],
)  # fmt: skip
def test_write_without_a_trustworthy_answer_has_an_unknown_outcome(serve, connect, handler, kind):
    server = serve(handler)
    client = connect(server.url, attempts=1, read_s=0.2 if handler is silent else 1.0)

    with pytest.raises(OutcomeUnknown):
        client.request(kind, "POST", "/v1/things", body=b"{}", content_type="application/json")

    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", list(Kind))
def test_refused_connection_surely_never_arrived(connect, kind):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    with pytest.raises(NeverArrived):
        connect(f"http://127.0.0.1:{port}", attempts=1).request(kind, "POST", "/v1/things", body=b"{}")


def test_unknown_name_surely_never_arrived(connect):
    with pytest.raises(NeverArrived):
        connect("https://no-such-host.invalid", attempts=1).request(Kind.WRITE, "POST", "/v1/things", body=b"{}")


def test_full_pool_surely_never_arrived(serve, connect):
    server = serve(silent)
    client = connect(server.url, connections=1, pool_s=0.1, read_s=0.4)
    first = threading.Thread(target=post_quietly, args=(client,))
    first.start()
    while not server.requests:
        pass

    with pytest.raises(NeverArrived):
        post(client)

    first.join()
    assert len(server.requests) == 1


def test_tls_failure_surely_never_arrived(serve, connect):
    server = serve(raw(b"no TLS here"))

    with pytest.raises(NeverArrived):
        connect(f"https://127.0.0.1:{server.port}", connect_s=0.1).request(Kind.WRITE, "POST", "/v1/things", body=b"{}")


def test_4xx_is_what_the_vendor_says_it_is(serve, connect):
    client = connect(serve(reply(422, b'{"why": "no"}', "application/problem+json")).url)

    with pytest.raises(Rejected, match=r"refused with \{'why': 'no'\}"):
        post(client)


def test_4xx_without_json_is_refused_all_the_same(serve, connect):
    client = connect(serve(reply(413, b"<html>too large</html>", "text/html")).url)

    with pytest.raises(Rejected, match="refused with None"):
        post(client)


def test_4xx_with_half_a_body_is_refused_all_the_same(serve, connect):
    half = raw(b'HTTP/1.1 404 No\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a"')

    with pytest.raises(Rejected, match="refused with None"):
        post(connect(serve(half).url))


def test_early_413_while_the_body_is_still_going_out_is_refused(connect):
    """The server answers after the headers and closes; the rest of the body meets a closed socket."""

    def answer_early(listener):
        connection, _ = listener.accept()
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer_early, args=(listener,), daemon=True).start()
        client = connect(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(Rejected):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"x" * 5_000_000)


def test_large_write_that_nobody_reads_has_an_unknown_outcome(connect):
    with socket.create_server(("127.0.0.1", 0)) as never_reads:
        client = connect(f"http://127.0.0.1:{never_reads.getsockname()[1]}", write_s=0.2)
        with pytest.raises(OutcomeUnknown, match="WriteTimeout"):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"x" * 50_000_000)


@pytest.mark.parametrize(("kind", "error"), [(Kind.READ, WireError), (Kind.WRITE, OutcomeUnknown)])
def test_answer_beyond_the_cap_is_not_data(serve, connect, kind, error):
    client = connect(serve(reply(200, b'"' + b"x" * 5000 + b'"')).url, largest_json=1000)

    with pytest.raises(error, match="more than 1000 bytes"):
        client.request(kind, "POST", "/v1/things")


def test_gzip_bomb_is_cut_at_the_cap(serve, connect):

    client = connect(
        serve(reply(200, gzip.compress(b" " * 50_000_000), Content_Encoding="gzip")).url, largest_json=1000
    )

    with pytest.raises(WireError, match="more than 1000 bytes"):
        client.request(Kind.READ, "GET", "/v1/things")


def test_stale_pooled_connection_leaves_a_write_unknown_or_unsent_and_never_repeats_what_left(serve, connect):
    server = serve(reply(200, b"{}"), reset)
    client = connect(server.url)
    post(client)

    with pytest.raises(OutcomeUnknown):
        post(client)

    assert len(server.requests) == 2


def test_write_of_which_the_system_took_no_byte_surely_never_arrived(serve, connect, monkeypatch):
    """As when the end of a pooled connection arrives between the pool's check and our first byte."""
    server = serve(reply(200, b"{}"))

    def broken(*_: object) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(socket.socket, "send", broken)

    with pytest.raises(NeverArrived):
        post(connect(server.url, read_s=0.1))

    assert server.requests == []


def test_pooled_connection_that_the_server_closed_earlier_is_replaced(serve, connect):
    server = serve(raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"))
    client = connect(server.url)

    for _ in range(5):
        post(client)
        threading.Event().wait(0.02)  # let the end of the connection arrive, which the server did not announce

    assert 5 == len(server.requests) == server.connections


def test_idle_connection_is_not_used_again_after_its_short_life(serve, connect):
    server = serve(reply(200, b"{}"))
    client = connect(server.url, keepalive_s=0.05)
    post(client)
    threading.Event().wait(0.1)
    post(client)

    assert server.connections == 2


def test_line_break_in_a_header_is_never_sent(serve, connect):
    server = serve(reply(200, b"{}"))

    with pytest.raises(Rejected) as caught:
        connect(server.url).request(Kind.WRITE, "POST", "/v1/things", headers={"Idempotency-Key": "a\r\nX-Evil: 1"})

    assert (caught.value.code, server.requests) == ("unsendable", [])


@pytest.mark.parametrize(
    "path", ["//evil.example.com/", "/a?b=c", "/a/../b", "https://evil.example.com/", "/a b", "/a#"]
)
def test_path_that_leads_elsewhere_is_not_asked_for(serve, connect, path):
    server = serve(reply(200, b"{}"))

    with pytest.raises(WireError):
        connect(server.url).request(Kind.READ, "GET", path)

    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com", "ftp://api.example.com", "api.example.com", "https://", "http://localhost.example.com",
        "https://key:secret@api.example.com", "https://api.example.com?key=1", "http://0.0.0.0:1", "http://10.0.0.1",
    ],
)  # fmt: skip
def test_base_url_that_would_show_the_key_is_a_config_error(connect, url):
    with pytest.raises(ConfigError):
        connect(url)


def test_errors_do_not_show_what_was_asked_or_answered(serve, connect):
    client = connect(serve(reply(500, b"no such user ana.petrov@example.com, +44 7700 900123", "text/plain")).url)

    with pytest.raises(OutcomeUnknown) as caught:
        client.request(Kind.WRITE, "POST", "/v1/things", params=[("email", "ana.petrov@example.com")])

    assert "ana.petrov" not in str(caught.value)
    assert "900123" not in str(caught.value)
    assert "cord: POST /v1/things (500)" in str(caught.value)


def test_rate_limit_holds_for_the_whole_platform(serve, connect):
    server = serve(reply(429, Retry_After="20"), reply(200, b"{}"))
    client = connect(server.url, budget_wait_s=0.0)

    with pytest.raises(RateLimited) as first:
        post(client)
    with pytest.raises(RateLimited) as second:
        post(client)

    assert first.value.retry_after_s == 20
    assert 19 < second.value.retry_after_s <= 20
    assert (first.value.status, second.value.status) == (429, None)
    assert len(server.requests) == 1


def post(client: Client) -> object:
    return client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}", content_type="application/json")


def post_quietly(client: Client) -> None:
    with contextlib.suppress(OutcomeUnknown):
        post(client)
