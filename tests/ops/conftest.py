"""Fixtures: the outside world on loopback, a place to run the daemon from, and an address that hears alerts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from connector.sandbox.world import World
from tests.ops.post import Daemon, Ear


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None) as running:
        yield running


@pytest.fixture
def daemon(world: World, tmp_path: Path) -> Iterator[Daemon]:
    place = Daemon(world, tmp_path)
    yield place
    place.end()


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Hears what is sent to it; its `status` may be changed."""
    heard = Ear()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.take(self.command, self.path, body)
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = _take  # noqa: N815

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
