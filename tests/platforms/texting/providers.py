"""One SMS provider at a time: the vendor's simulator, our adapter, and a receiver for the vendor's callbacks.

A further vendor joins the contract suite with one line in `WIRING`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connector.domain.texting import Texting
from connector.domain.texts import Callback, Outgoing, Receipt, Reply, ReplyPage
from connector.platforms.clicksend import adapter as clicksend
from connector.platforms.exotel import adapter as exotel
from connector.platforms.plivo import adapter as plivo
from connector.platforms.twilio import adapter as twilio
from connector.rest.budget import MemoryLedger
from connector.rest.calls import CallSeen, Tuning
from connector.rest.keyring import Keyring
from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.world import World

OURS, THEIRS = "+447700900100", "+447700900123"
TEXT = "Can you do Thursday? It’s 5+5 & more 👍\nBye"
PUBLIC = "https://sms.example.com"
SECRET = "long-secret-of-the-path"

FAST = Tuning(
    read_s=0.5,
    write_s=1.0,
    total_s=0.8,
    attempts=2,
    backoff_s=0.01,
    soonest_retry_s=0.01,
    retry_after_fallback_s=9.0,
    longest_sleep_s=0.2,
)


@dataclass(frozen=True)
class Wiring:
    """How the credentials that an administrator enters become an adapter."""

    build: Callable[..., Texting]
    #: names in the vendor's `credentials`
    account: str
    secret: str
    #: names of options -> where they are: a credential, or `url`
    options: Mapping[str, str] = field(default_factory=dict)
    #: done to the simulator first
    prepare: Callable[[Any, str], object] = lambda vendor, status_url: None


WIRING: dict[str, Wiring] = {
    "twilio": Wiring(twilio.build, "account_sid", "auth_token", {"messaging_url": "url", "pricing_url": "url"}),
    "plivo": Wiring(plivo.build, "auth_id", "auth_token"),
    "exotel": Wiring(exotel.build, "account_sid", "api_token", {"api_key": "api_key"}),
    "clicksend": Wiring(clicksend.build, "username", "api_key", {}, lambda v, url: v.add_receipt_rule("URL", url)),
}


class Provider:
    """Everything that a test of the suite needs of one vendor."""

    def __init__(self, name: str, world: World) -> None:
        self.name, self.world = name, world
        self.vendor: TextVendor = world.texting[name]
        #: what the vendor called, as it came
        self.calls: list[Callback] = []
        #: attempts of ours, as logs and counters hear of them
        self.seen: list[CallSeen] = []
        self._adapters: list[Texting] = []
        self._receiver = _receiver(self)
        self.vendor.routes = {PUBLIC: f"http://127.0.0.1:{self._receiver.server_port}"}
        WIRING[name].prepare(self.vendor, self.address("status"))
        self.vendor.add_number(OURS, inbound_url=self.address("inbound"))
        self.texting = self.connect()

    def connect(self, **changes: Any) -> Texting:
        """An adapter; `secret`, `signing` and `callback_secret` go before the right ones."""
        wiring, given = WIRING[self.name], self.vendor.credentials
        url = self.world.url_of(self.name)
        right = given[wiring.secret]
        secret, signing = changes.get("secret", right), changes.get("signing", (right,))
        adapter = wiring.build(
            url,
            given[wiring.account],
            Keyring(lambda: (secret,)),
            signing=lambda: signing,
            callback_secret=changes.get("callback_secret", SECRET),
            options={name: url if where == "url" else given[where] for name, where in wiring.options.items()},
            rate_limits=(),
            budget_ledger=MemoryLedger(),
            tuning=FAST,
            on_call=self.seen.append,
        )
        self._adapters.append(adapter)
        return adapter

    def close(self) -> None:
        for adapter in self._adapters:
            adapter.close()  # type: ignore[attr-defined]
        self._receiver.shutdown()
        self._receiver.server_close()

    def address(self, what: str) -> str:
        return f"{PUBLIC}/callbacks/acme/{self.name}/{what}/{SECRET}"

    def message(self, text: str = TEXT, to: str = THEIRS, intent: str = "intent-1") -> Outgoing:
        return Outgoing(intent, OURS, to, text, f"{self.address('status')}?i={intent}")

    def texts(self, number: str = THEIRS) -> list[str]:
        """What has reached a phone."""
        return self.world.handsets.get(number).texts

    def fault(self, kind: str, method: str | None = None, times: int | None = None, **params: Any) -> None:
        """From now on calls fail; `none`: no more."""
        self.world.faults.clear()
        if kind != "none":
            self.world.faults.add(kind, platform=self.name, method=method, times=times, **params)

    def called(self, what: str) -> list[Callback]:
        return [call for call in self.calls if call.what == what]

    def replies_called(self) -> list[Reply]:
        found = [item for call in self.called("inbound") for item in self.texting.read(call)]
        return [item for item in found if isinstance(item, Reply)]

    def receipts_called(self) -> list[Receipt]:
        found = [item for call in self.called("status") for item in self.texting.read(call)]
        return [item for item in found if isinstance(item, Receipt)]

    def walk(self, since: datetime | None = None) -> list[ReplyPage]:
        """Poll a number to the end."""
        since = since or datetime.now(UTC) - timedelta(days=1)
        pages = [self.texting.replies(OURS, since)]
        while (following := pages[-1].next_page) is not None:
            assert len(pages) < 100, "the list has no end"
            pages.append(self.texting.replies(OURS, since, following))
        return pages

    def polled(self, since: datetime | None = None) -> list[Reply]:
        return [reply for page in self.walk(since) for reply in page.replies]

    def writes(self) -> int:
        return sum(call.method == "POST" for call in self.world.calls_to(self.name))


def forged(call: Callback, **changes: Any) -> Callback:
    """A call with something else in it."""
    return replace(call, **changes)


def _receiver(provider: Provider) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._take()

        def do_GET(self) -> None:
            self._take()

        def do_HEAD(self) -> None:
            self._take()

        def _take(self) -> None:
            path, _, _ = self.path.partition("?")
            _, _, company, platform, what, *rest = path.split("/")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            secret = rest[0] if rest else ""
            call = Callback(company, platform, what, self.command, PUBLIC + self.path, headers, body, secret)
            provider.calls.append(call)
            answer = provider.texting.answer(call)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, *_args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
