"""A server that keeps a connection busy does not hold a run beyond the deadline, whatever it drips."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from raw_server import drip, reply, silent

from connector.domain.errors import NeverArrived, OutcomeUnknown, Unwell
from connector.rest import addresses
from connector.rest.client import Kind

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"


def handler_of_dripping_body(connection: socket.socket) -> bool:
    connection.sendall(HEADERS)
    return drip(b" " * 4000)(connection)


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(drip(HEADERS), id="status and headers"),
        pytest.param(drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), id="informational answers"),
        pytest.param(handler_of_dripping_body, id="body"),
    ],
)
@pytest.mark.parametrize(("kind", "error"), [(Kind.READ, Unwell), (Kind.WRITE, OutcomeUnknown)])
def test_dripping_server_is_given_up_at_the_deadline(serve, connect, handler, kind, error):
    client = connect(serve(handler).url, attempts=1, read_s=0.3, total_s=0.4)
    began = time.monotonic()

    with pytest.raises(error):
        client.request(kind, "POST", "/v1/things", body=b"{}")

    assert 0.35 < time.monotonic() - began < 2


def test_dripping_download_is_given_up_at_the_deadline(serve, connect):
    client = connect(serve(handler_of_dripping_body).url, attempts=1, read_s=0.3, total_s=0.4)
    began = time.monotonic()

    with pytest.raises(Unwell):
        client.download("/v1/cv", max_bytes=10_000)

    assert time.monotonic() - began < 2


def test_server_that_reads_in_drips_is_given_up_at_the_deadline(connect):
    def read_slowly(listener):
        connection, _ = listener.accept()
        while connection.recv(20_000):
            threading.Event().wait(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=read_slowly, args=(listener,), daemon=True).start()
        client = connect(f"http://127.0.0.1:{listener.getsockname()[1]}", write_s=5.0, total_s=0.5)
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"x" * 50_000_000)

    assert time.monotonic() - began < 2


def test_slow_accept_counts_as_never_arrived(connect):
    """A full backlog: the connection is not even made."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        client = connect(f"http://127.0.0.1:{port}", connect_s=0.1)
        with pytest.raises(NeverArrived):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}")
        for filler in fillers:
            filler.close()


def test_hanging_name_look_up_counts_as_never_arrived(connect, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: over.wait(5) and [])
    client = connect("https://api.example.com", connect_s=0.1)
    began = time.monotonic()

    with pytest.raises(NeverArrived, match="look-up"):
        client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}")

    over.set()
    assert time.monotonic() - began < 2


def test_silent_tls_handshake_counts_as_never_arrived(connect):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect(f"https://127.0.0.1:{listener.getsockname()[1]}", connect_s=0.1)
        began = time.monotonic()
        with pytest.raises(NeverArrived):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"{}")

    assert time.monotonic() - began < 2


def test_silent_server_is_given_up_at_the_deadline_if_that_comes_first(serve, connect):
    client = connect(serve(silent).url, attempts=1, read_s=5.0, total_s=0.3)
    began = time.monotonic()

    with pytest.raises(Unwell):
        client.request(Kind.READ, "GET", "/v1/things")

    assert time.monotonic() - began < 2


def test_server_that_stops_reading_is_given_up_at_the_deadline_if_that_comes_first(connect):
    with socket.create_server(("127.0.0.1", 0)) as never_reads:
        client = connect(f"http://127.0.0.1:{never_reads.getsockname()[1]}", write_s=5.0, total_s=0.3)
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            client.request(Kind.WRITE, "POST", "/v1/things", body=b"x" * 50_000_000)

    assert time.monotonic() - began < 2


def test_name_look_up_and_handshake_share_one_time_out(connect, monkeypatch):
    real = socket.getaddrinfo

    def look_up_slowly(*args, **kwargs):
        threading.Event().wait(0.4)
        return real(*args, **kwargs)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(addresses.socket, "getaddrinfo", look_up_slowly)
        client = connect(f"https://127.0.0.1:{listener.getsockname()[1]}", attempts=1, connect_s=0.8, total_s=5)
        began = time.monotonic()
        with pytest.raises(NeverArrived):
            client.request(Kind.READ, "GET", "/v1/things")

    assert time.monotonic() - began < 1.1


def test_endless_file_is_left_as_soon_as_it_is_too_large(serve, connect):
    def endless(connection: socket.socket) -> bool:
        while True:
            connection.sendall(b"x" * 65536)

    def start(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n")
        return endless(connection)

    began = time.monotonic()
    file = connect(serve(start).url, total_s=5.0).download("/v1/cv", max_bytes=1000)

    assert len(file.content) == 1001
    assert time.monotonic() - began < 2


def test_next_call_has_its_own_deadline(serve, connect):
    client = connect(serve(silent, reply(200, b"{}")).url, attempts=2, read_s=0.2, total_s=0.3)

    assert client.request(Kind.READ, "GET", "/v1/things").json == {}
