"""A company with SMS accounts: real adapters over sockets, the real store, and the listener that vendors call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from connector.app import build_company
from connector.domain.actions import Change, Item, Kind, State
from connector.domain.errors import PlatformError
from connector.domain.texts import Callback, Direction, Message, TextTally
from connector.flows.messages import sync_messages
from connector.flows.replies import sync_replies
from connector.flows.writing import find_recipient, send_text
from connector.sandbox.texting.handsets import Handset
from connector.sandbox.world import World
from connector.web.health import Listener, make_app
from connector.web.texting import TextCallbacks
from tests.flows.scene import BRISK, Killed, Scene

#: numbers reserved for fiction
OURS, OURS_US, ANA, BO = "+442079460123", "+16465550123", "+447700900123", "+447700900456"
SECRET = "9f31c0ffee"


#: our numbers at each vendor
NUMBERS = {
    "twilio": [OURS, OURS_US],
    "plivo": ["+442079460200"],
    "exotel": ["+912248797979", "+442079460400"],
    "clicksend": ["+442079460300"],
}


def accounts(world: World) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the accounts of a mapping file for the vendors of a world, and the secrets that they name."""
    written: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for name, vendor in world.texting.items():
        known = {**vendor.credentials, **({} if name == "twilio" else {"callback_secret": SECRET})}
        names = {field: f"{name}_{field}".upper() for field in known}
        secrets |= {names[field]: value for field, value in known.items()}
        entered = {field: f"${{{variable}}}" for field, variable in names.items()}
        if name == "exotel":
            # Indian numbers are refused without
            entered["dlt_entity_id"] = "1101000000000000001"
        written[name] = {**entered, "base_url": world.url_of(name), "numbers": NUMBERS[name], "rate_limits": []}
        if name == "twilio":
            # its other hosts, so that nothing leaves the machine
            written[name] |= {"messaging_url": world.url_of(name), "pricing_url": world.url_of(name)}
    return written, secrets


class DyingTexts:
    """The store of messages of a process that dies at a certain call."""

    def __init__(self, texts: Any, method: str, *, after: bool, at: int = 1) -> None:
        self._texts, self._method, self._after, self._left = texts, method, after, at

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._texts, name)
        return self._dying(inner) if name == self._method else inner

    def _dying(self, inner: Any) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left:
                return inner(*args, **kwargs)
            if self._after:
                inner(*args, **kwargs)
            raise Killed

        return call


class TextScene(Scene):
    """A scene whose company sends and receives texts."""

    def __init__(self, folder: Path, world: World, **mapping: Any) -> None:
        app = make_app(list)
        self.listener = Listener(app, "127.0.0.1", 0)
        app.router.routes.extend(TextCallbacks(self._desk, lambda *_: None, self.listener.url).routes())
        self.listener.start()
        for name, vendor in world.texting.items():
            for number in NUMBERS[name]:
                vendor.add_number(number, inbound_url=self.address(name, "inbound"))
        super().__init__(folder, world, **mapping)

    def remap(self, **mapping: Any) -> None:
        written, secrets = accounts(self.world)
        self.secrets |= secrets
        #: the accounts as a mapping file has them
        self.accounts = written
        plain = {"providers": written, "provider": next(iter(self.world.texting))}
        super().remap(sms=plain | mapping.pop("sms", {}), **mapping)

    def restart(self) -> None:
        super().restart()
        company = build_company(self.mapping, self.stores, tuning=BRISK, public_url=self.listener.url)
        self.company = replace(company, clock=self.clock)

    def close(self) -> None:
        self.listener.stop()
        super().close()

    def address(self, provider: str, what: str) -> str:
        secret = "" if provider == "twilio" else f"/{SECRET}"
        return f"{self.listener.url}/callbacks/harbourline/{provider}/{what}{secret}"

    def _desk(self, company: str, provider: str) -> Any:
        judge = self.company.providers.get(provider)
        return (judge, self._keep) if judge and company == self.company.name else None

    def _keep(self, call: Callback) -> int | None:
        return self.stores.texts.keep_callback(call, self.clock.now())

    # --- the outside world

    @property
    def vendor(self) -> Any:
        """The first vendor; each has switches of its own."""
        return next(iter(self.world.texting.values()))

    @property
    def twilio(self) -> Any:
        return self.world.texting["twilio"]

    def phone(self, number: str = ANA, *answers: str, **how: Any) -> Handset:
        return self.world.handsets.add(number, answers, **how)

    def applied(self, phone: str | None = ANA, **details: Any) -> Item:
        """Return the application of somebody new who has been forwarded."""
        start = self.start(person=self.person(phones=[phone] if phone else [], **details))
        self.sync()
        item = self.item(start)
        assert item.remote_id is not None
        return item

    def text(self, who: Item | str, text: str = "Are you free on Tuesday?", **how: Any) -> Item:
        """Send a text by hand."""
        name = who if isinstance(who, str) else who.start_id
        return send_text(self.company, find_recipient(self.company, name), text=text, **how)

    def reply(self, text: str = "Tuesday works", sender: str = ANA, to: str = OURS, **how: Any) -> Any:
        return self.vendor.receive(sender, to, text, **how)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for us and for the vendors."""
        self.wait(seconds)
        for vendor in self.world.texting.values():
            vendor.clock.offset_s += seconds
            vendor.tick()

    # --- what is done

    def replies(self) -> TextTally:
        return sync_replies(self.company)

    def messages(self) -> TextTally:
        return sync_messages(self.company)

    def both(self, runs: int = 1, after_s: float = 0.0) -> None:
        """Make runs of both flows, whatever the platforms do about it."""
        for _ in range(runs):
            for flow in (sync_replies, sync_messages):
                try:
                    flow(self.company)
                except PlatformError:
                    continue
            if after_s:
                self.pass_time(after_s)

    def dying_at(self, method: str, *, after: bool = False, at: int = 1) -> None:
        """From now on the process dies at a call of the store of messages, before or after it commits."""
        self.company = replace(self.company, texts=DyingTexts(self.stores.texts, method, after=after, at=at))

    def dying_before(self, dies_at: Callable[[Change], bool]) -> None:
        self.company = self.dying(dies_at)

    # --- what can be seen

    def actions(self, kind: Kind) -> list[Item]:
        """Return the actions of a kind, oldest first."""
        found = self.stores.actions.in_states(self.company.name, list(State))
        return sorted((i for i in found if i.kind is kind), key=lambda i: i.id)

    def stand(self, kind: Kind) -> list[tuple[str, str]]:
        return [(item.state.value, item.reason) for item in self.actions(kind)]

    def inbox(self) -> list[Message]:
        """Return what came in, oldest first."""
        found = self.stores.texts.inbox(self.company.name, limit=1000)
        return sorted(found, key=lambda m: (m.at, m.id))

    def how(self) -> list[str]:
        return [message.how for message in self.inbox()]

    def outbox(self) -> list[Message]:
        numbers = {phone.number for phone in self.world.handsets.all()} | {ANA, BO}
        thread = self.stores.texts.thread(self.company.name, numbers)
        return sorted((m for m in thread if m.direction is Direction.OUT), key=lambda m: m.id)

    def comments(self, application: Item) -> list[str]:
        """Return what was said in the comments on an application, oldest first, without the frame."""
        return [c.body_text for c in self.pinpoint.comments if c.commentable_id == application.remote_id]

    def said(self, application: Item) -> list[str]:
        """Return the texts of the copied replies on an application."""
        return [text.splitlines()[1] for text in self.comments(application)]

    def in_conversation(self, application: Item) -> list[str]:
        """Return the texts of the copied replies in a conversation."""
        return [m.body for m in self.cord.conversations[application.conversation_id].messages]

    def balance(self) -> int:
        return self.stores.texts.segments_left(self.company.name)

    def later(self, **how: float) -> Any:
        return self.clock.now() + timedelta(**how)
