"""Text messages: how many callbacks a second are verified and committed, and what a poll of many messages costs.

Callbacks are Twilio's, signed, each another message. The same server has a bare endpoint beside ours, which reads the
body and answers the same bytes; both are called by the same clients over the same kept connections, in turns, and what
counts is the ratio. The server is a process of its own.

The poll reads a number's messages from the simulator, records them, says whose they are and asks for nothing more.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.apart import Meter, measured
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import SPAWN, Address, Outside
from benchmarks.workplace import COMPANY, at_work, furnish
from connector.domain.texts import Callback
from connector.flows.replies import sync_replies
from connector.platforms.forms import signature
from connector.rest.calls import CallSeen
from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World

OURS, PUBLIC = "+442079460123", "https://connector.example.com"
SID, TOKEN = "AC" + "0" * 32, "a-token-for-benchmarks-only"
PATH, BARE = f"/callbacks/{COMPANY}/twilio/inbound", "/bare"
CLIENTS = 8

_SMS = """\
sms:
  provider: twilio
  replies_since: 2020-01-01
  providers:
    twilio: {{account_sid: {sid}, auth_token: "${{TWILIO_TOKEN}}", base_url: "{url}", numbers: ["{ours}"]}}
"""


def measure(sizes: Sizes) -> list[Figure]:
    """Callbacks first, then the poll."""
    return [*_callbacks(sizes), *_poll(sizes)]


def _callbacks(sizes: Sizes) -> list[Figure]:
    ours: list[float] = []
    bare: list[float] = []
    with _server() as (host, port):
        number = 0
        for round_ in range(sizes.texts_rounds + 1):
            for rates, path in ((bare, BARE), (ours, PATH)):
                calls = [_call(number + each) for each in range(sizes.texts_calls)]
                number += len(calls)
                rate = len(calls) / _fire(host, port, path, calls)
                if round_:
                    rates.append(rate)
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    size = f"{sizes.texts_calls} calls, {CLIENTS} connections, median of {sizes.texts_rounds}"
    return [
        Figure("callbacks, verified and committed", statistics.median(ours), "a second", size),
        Figure("callbacks, bare endpoint", statistics.median(bare), "a second", size),
        Figure("callbacks, ratio", ratio, "times", "the bare endpoint of the same server, same run"),
    ]


def _call(number: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one genuine call."""
    fields = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": SID,
        "From": "+447700900123",
        "To": OURS,
        "Body": f"Thursday at {number} works for me",
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCity": "",
    }
    signed = f"{PUBLIC}{PATH}".encode() + b"".join(f"{name}{fields[name]}".encode() for name in sorted(fields))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(TOKEN, signed, "sha1"),
    }
    return urlencode(fields).encode(), headers


def _fire(host: str, port: int, path: str, calls: Sequence[tuple[bytes, dict[str, str]]]) -> float:
    """Make all calls over a few kept connections; returns how long it took, in seconds."""
    refused: list[int] = []

    def client(mine: Sequence[tuple[bytes, dict[str, str]]]) -> None:
        connection = HTTPConnection(host, port, timeout=30)
        for body, headers in mine:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client, args=(calls[each::CLIENTS],)) for each in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    if refused:
        raise RuntimeError(f"{len(refused)} calls were refused: {set(refused)}")
    return took


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    mine, theirs = SPAWN.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = SPAWN.Process(target=_serve, args=(theirs, folder), daemon=True)
        process.start()
        theirs.close()
        parts = urlsplit(mine.recv())
        try:
            yield str(parts.hostname), parts.port or 0
        finally:
            mine.send(None)
            process.join(10)
            process.kill()


def _serve(pipe: Connection, folder: str) -> None:
    """Serve the callbacks of one company on a fresh database, and the bare endpoint beside them."""
    from connector.web.health import Listener, make_app
    from connector.web.texting import TextCallbacks

    nowhere = "http://127.0.0.1:9"
    address = Address(nowhere, nowhere, "none", "none")
    _furnish(Path(folder), address, nowhere)
    with at_work(Path(folder), address, secrets={"TWILIO_TOKEN": TOKEN}) as (company, stores):
        judge = company.providers["twilio"]

        def keep(call: Callback) -> int | None:
            return stores.texts.keep_callback(call, company.clock.now())

        async def bare(request: Request) -> Response:
            await request.body()
            return Response(b'<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")

        # what it fires is another process's matter in this benchmark
        callbacks = TextCallbacks(lambda _company, _provider: (judge, keep), lambda *_: None, PUBLIC)
        app = make_app(list, None, [Route(BARE, bare, methods=["POST"]), *callbacks.routes()])
        listener = Listener(app, "127.0.0.1", 0)
        listener.start()
        pipe.send(listener.url)
        pipe.recv()
        listener.stop()


def _poll(sizes: Sizes) -> list[Figure]:
    figures = []
    for number in sizes.texts_messages:
        with Outside(seed=sizes.seed, limits=None, texting=("twilio",)) as outside, tempfile.TemporaryDirectory() as at:
            url, sid, token = outside.ask(fill, number)
            _furnish(Path(at), outside.address, url, sid)
            (received, calls), usage = measured(poll, at, outside.address, token)
        if received != number:
            raise RuntimeError(f"{received} of {number} messages were read")
        size = f"{number:,} messages"
        figures += [
            Figure("poll of replies, CPU", usage.cpu_s / number * 1000, "ms a message", size),
            Figure("poll of replies, calls", calls, "calls", size),
            Figure("poll of replies, memory", usage.growth_mb, "MB", size),
        ]
    return figures


def fill(world: World, number: int) -> tuple[str, str, str]:
    """Let so many messages come in to our number; returns address, account and token."""
    twilio = world.vendor(Twilio)
    twilio.add_number(OURS)
    for each in range(number):
        twilio.receive(f"+4477009{each % 100_000:05}", OURS, f"message {each}", callback=False)
    return world.url_of("twilio"), twilio.account, twilio.auth_token


def poll(meter: Meter, folder: str, address: Address, token: str) -> tuple[int, int]:
    """Make one run; returns how many replies were new, and how many calls it took."""
    calls: list[CallSeen] = []
    with at_work(Path(folder), address, secrets={"TWILIO_TOKEN": token}, on_call=calls.append) as (company, _):
        with meter:
            tally = sync_replies(company)
        return tally.received, len(calls)


def _furnish(folder: Path, address: Address, url: str, sid: str = SID) -> None:
    furnish(folder, address)
    mapping = folder / "mappings" / f"{COMPANY}.yaml"
    mapping.write_text(mapping.read_text() + _SMS.format(sid=sid, url=url, ours=OURS), encoding="utf-8")
