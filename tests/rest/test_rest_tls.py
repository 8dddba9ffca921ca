"""TLS: always verified, against the name in the URL, wherever the checked address is."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from raw_server import drip, raw, read_request

from connector.domain.errors import NeverArrived, Unwell
from connector.rest import addresses
from connector.rest.budget import Budget, MemoryLedger
from connector.rest.client import Client, Kind, Tuning
from connector.rest.transport import Transport

HOST = "files.example.com"
FINE = raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command for a certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST that signs itself, with its key in the same file."""
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", "-", "-out", "-"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(made.stdout)
    return path


@pytest.fixture
def tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[int, list[str | None]]]]:
    """Start a TLS server that every `.com` name leads to; give its port and the names it was asked for."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        addresses.socket,
        "getaddrinfo",
        lambda host, *rest, **kw: real("127.0.0.1" if host.endswith(".com") else host, *rest, **kw),
    )
    listeners: list[socket.socket] = []

    def start(handler: Callable[[socket.socket], bool]) -> tuple[int, list[str | None]]:
        names: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                    with context.wrap_socket(connection, server_side=True) as secure:
                        read_request(secure)
                        handler(secure)
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1], names

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def open_client(port: int, context: ssl.SSLContext | None, host: str = HOST) -> Client:
    return Client(
        platform="cord",
        base_url=f"https://{host}:{port}",
        headers=dict,
        accept=("application/json",),
        refuse=lambda *_: NeverArrived("cord", "", ""),
        budget=Budget(MemoryLedger(), "cord", ()),
        tuning=Tuning(attempts=1, connect_s=1.0, read_s=0.3, total_s=0.4),
        context=context,
    )


def test_the_name_in_the_url_is_what_tls_asks_for_and_verifies(tls, certificate):
    port, names = tls(FINE)
    context = ssl.create_default_context(cafile=str(certificate))

    assert open_client(port, context).request(Kind.READ, "GET", "/v1/things").json == {}
    assert names == [HOST]


def test_unknown_authority_is_never_talked_to(tls):
    port, _ = tls(FINE)

    with pytest.raises(NeverArrived, match=r"(?i)certificate"):
        open_client(port, None).request(Kind.WRITE, "POST", "/v1/things", body=b"{}")


def test_certificate_of_another_host_is_never_talked_to(tls, certificate):
    port, _ = tls(FINE)
    context = ssl.create_default_context(cafile=str(certificate))

    with pytest.raises(NeverArrived, match=r"(?i)certificate"):
        open_client(port, context, "other.example.com").request(Kind.WRITE, "POST", "/v1/things", body=b"{}")


def test_dripping_over_tls_is_given_up_at_the_deadline(tls, certificate):
    port, _ = tls(drip(b"HTTP/1.1 200 OK\r\n" * 10))
    client = open_client(port, ssl.create_default_context(cafile=str(certificate)))
    began = time.monotonic()

    with pytest.raises(Unwell):
        client.request(Kind.READ, "GET", "/v1/things")

    assert time.monotonic() - began < 2


def test_context_that_does_not_verify_is_refused():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    with pytest.raises(ValueError, match="always verified"):
        Transport(Tuning(), context)
