"""Files behind redirects: fetched without credentials, and never from a private network."""

from __future__ import annotations

import socket

import pytest
from raw_server import reply

from connector.domain.errors import Rejected, Unwell, WireError
from connector.rest import addresses
from connector.rest.addresses import is_public
from connector.rest.calls import Tuning
from connector.rest.client import Kind
from connector.rest.redirects import Follower, Gone
from connector.rest.transport import Forbidden, Reply, Transport

PDF = reply(200, b"%PDF-1.7 invented", "application/pdf", Content_Disposition='attachment; filename="cv.pdf"')


def to(url: str, status: int = 302):
    return reply(status, b"", None, Location=url)


def test_file_without_a_redirect(serve, connect):
    file = connect(serve(PDF).url).download("/v1/cv", max_bytes=1000)

    assert (
        file.content,
        file.content_type,
        file.filename,
        file.status,
    ) == (b"%PDF-1.7 invented", "application/pdf", "cv.pdf", 200)


def test_redirected_file_gets_no_credentials_and_no_request_id(serve, connect):
    storage = serve(PDF)
    server = serve(to(storage.url + "/bucket/cv?signature=abc"))

    file = connect(server.url).download("/v1/cv", max_bytes=1000, headers={"X-Extra": "1"})

    assert file.content == b"%PDF-1.7 invented"
    assert storage.requests[0].line == "GET /bucket/cv?signature=abc HTTP/1.1"
    assert {"host", "user-agent"} == set(storage.requests[0].headers)
    assert server.requests[0].headers["x-api-key"] == "invented-key-123"


def test_relative_redirect_gets_no_credentials_either(serve, connect):
    server = serve(to("/files/1"), PDF)

    connect(server.url).download("/v1/cv", max_bytes=1000)

    assert "x-api-key" not in server.requests[1].headers


def test_three_hops_are_followed_and_a_fourth_is_not(serve, connect):
    third = serve(PDF)
    second = serve(to(third.url, 307))
    first = serve(to(second.url, 303))
    client = connect(serve(to(first.url)).url)

    assert client.download("/v1/cv", max_bytes=1000).status == 200
    with pytest.raises(WireError, match="more than 2 redirects"):
        client.download("/v1/cv", max_bytes=1000, max_hops=2)


def test_redirect_to_itself_ends(serve, connect):
    server = serve(to("/v1/cv"))

    with pytest.raises(WireError, match="more than 3 redirects"):
        connect(server.url).download("/v1/cv", max_bytes=1000)

    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_link_that_is_over_is_asked_for_anew_once(serve, connect, status):
    storage = serve(reply(status), PDF)
    server = serve(to(storage.url))

    assert connect(server.url).download("/v1/cv", max_bytes=1000).status == 200
    assert len(server.requests) == 2


def test_link_that_is_over_twice_is_for_later(serve, connect):
    storage = serve(reply(403))
    server = serve(to(storage.url))

    with pytest.raises(Unwell):
        connect(server.url).download("/v1/cv", max_bytes=1000)

    assert len(server.requests) == 2


def test_unwell_storage_is_tried_again_from_the_start(serve, connect):
    server = serve(to(serve(reply(500), PDF).url))

    assert connect(server.url).download("/v1/cv", max_bytes=1000).status == 200


def test_too_large_file_shows_by_one_byte(serve, connect):
    file = connect(serve(reply(200, b"x" * 5000, "application/pdf")).url).download("/v1/cv", max_bytes=1000)

    assert len(file.content) == 1001


def test_platforms_own_refusal_is_the_vendors(serve, connect):
    with pytest.raises(Rejected):
        connect(serve(reply(410, b"{}")).url).download("/v1/cv", max_bytes=1000)


@pytest.mark.parametrize(
    "location",
    [
        "", "file:///etc/passwd", "ftp://files.example.com/cv", "gopher://127.0.0.1/", "http://files.example.com/cv",
        "https://user:pass@files.example.com/cv", "http://user@127.0.0.1/", "https://", "https://[::1", "javascript:1",
        "http://127.0.0.1:99999999/", "https://files.example.com:x/",
        "http://10.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/latest", "http://169.254.169.254/latest",
        "https://[fd00::1]/", "https://[fe80::1]/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://[::]/",
        "https://167772161/", "https://0x0a000001/", "https://012.0.0.1/", "https://10.1/", "https://224.0.0.1/",
        "https://240.0.0.1/", "https://100.64.0.1/", "https://192.168.1.1/", "https://[64:ff9b::10.0.0.1]/",
        "https://[2002:0a00:0001::1]/", "//10.0.0.1/", "https://10.0.0.1\\@files.example.com/",
    ],
)  # fmt: skip
def test_redirect_elsewhere_is_not_followed(serve, connect, location):
    with pytest.raises((WireError, Unwell)) as caught:
        connect(serve(to(location)).url, attempts=1, connect_s=0.2).download("/v1/cv", max_bytes=1000)

    assert isinstance(caught.value, WireError)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0"],
)
def test_platform_on_the_internet_never_leads_to_this_machine(serve, host):
    local = serve(PDF)
    follower = Follower("cord", "https://api.example.com", Tuning(connect_s=0.5, total_s=1))
    first = Reply(302, {"location": f"https://{host}:{local.port}/"}, b"")

    with pytest.raises(WireError, match=r"private network|unreadable"):
        follower.follow("https://api.example.com/v1/cv", first, "GET /v1/cv", 1000, 3)

    assert local.connections == 0


@pytest.mark.parametrize("location", ["http://files.example.com/", "http://127.0.0.1:9/", "http://localhost:9/"])
def test_platform_on_the_internet_never_leads_to_plain_http(location):
    follower = Follower("cord", "https://api.example.com", Tuning())
    first = Reply(302, {"location": location}, b"")

    with pytest.raises(WireError, match="not plain https"):
        follower.follow("https://api.example.com/v1/cv", first, "GET /v1/cv", 1000, 3)


def answers(monkeypatch, *addresses_in_turn: str) -> list[str]:
    """Make every name look-up give the next of the addresses (several at once with commas), the last for ever."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        if not host.endswith((".com", "localhost")):  # an address that is being connected to
            return real(host, port, *args, **kwargs)
        turn = addresses_in_turn[min(len(asked), len(addresses_in_turn) - 1)]
        asked.append(host)
        return [entry for address in turn.split(",") for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("found", ["127.0.0.1", "93.184.216.34,10.0.0.1", "::ffff:192.168.0.1"])
def test_name_with_any_private_address_is_not_connected_to(monkeypatch, found):
    answers(monkeypatch, found)
    transport = Transport(Tuning(connect_s=0.2, total_s=0.5))

    with pytest.raises(Forbidden):
        transport.exchange("GET", "https://files.example.com/", headers={}, cap=10, permits=is_public)


def test_name_that_changes_its_answer_is_connected_to_where_it_was_checked(serve, monkeypatch):
    """Rebinding: the name is looked up once, and the socket goes to that very answer."""
    checked = serve(PDF)
    asked = answers(monkeypatch, "127.0.0.1", "127.0.0.2")
    transport = Transport(Tuning())

    reply_of_checked = transport.exchange("GET", f"http://files.example.com:{checked.port}/", headers={}, cap=100)

    assert (reply_of_checked.status, asked) == (200, ["files.example.com"])
    assert f"files.example.com:{checked.port}" == checked.requests[0].headers["host"]


def test_localhost_that_is_somebody_else_gets_no_key(connect, monkeypatch):
    answers(monkeypatch, "10.0.0.1")

    with pytest.raises(Exception, match="this machine only"):
        connect("http://localhost:9").request(Kind.READ, "GET", "/v1/things")


def test_gone_is_an_answer_that_is_not_what_was_promised():
    assert issubclass(Gone, WireError)
