"""A company with accounts at all four SMS vendors, for proofs: everything can be broken, everything counted.

The listener that vendors call stays while the connector behind it dies and starts anew; that is what a proxy's patience
comes to, and a test that wants a lost call makes the switchboard deaf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.app import build_company, open_stores
from connector.config.loading import load_mappings
from connector.domain.actions import Item, Kind, State
from connector.domain.errors import ConnectorError, PlatformError, StoreError
from connector.domain.texts import Callback, Direction, Message
from connector.flows.applications import sync_applications
from connector.flows.inquiry import next_due_s, next_text_due_s, retry
from connector.flows.messages import sync_messages
from connector.flows.replies import sync_replies
from connector.flows.writing import NotSendable, find_recipient, send_text
from connector.sandbox.texting.records import TextMessage
from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.world import World
from connector.store.texts import TextStore
from connector.web.health import Listener, make_app
from connector.web.texting import TextCallbacks
from tests.proof.fate import Dead
from tests.proof.stage import BRISK, COMPANY, MovableClock, Stage, blank, keys, write_mapping

VENDORS = ("twilio", "plivo", "exotel", "clicksend")
#: our numbers at each vendor, out of the ranges for fiction
OURS = {
    "twilio": ("+442079460123",),
    "plivo": ("+442079460200",),
    "exotel": ("+442079460400",),
    "clicksend": ("+442079460300",),
}
#: at the end of the path of callbacks
SECRET = "9f31c0ffee0ddba11"
#: stands in every text, so that a log can be searched for all of them at once
CANARY = "qzjxw"
KINDS = (Kind.MESSAGE, Kind.COMMENT, Kind.REPLY)
COPIES = (Kind.COMMENT, Kind.REPLY)


def blank_texting(world: World, seed: int = 1) -> World:
    """Make a served world with vendors as good as new."""
    blank(world, seed)
    world.handsets.__init__()  # type: ignore[misc]
    for name, vendor in world.texting.items():
        vendor.__init__(seed, world.handsets)  # type: ignore[misc]
        world.bring_up(name)
    return world


def text_keys(world: World) -> dict[str, str]:
    """Return the environment that the `sms` section asks for."""
    found = {"CALLBACK_SECRET": SECRET}
    for name, vendor in world.texting.items():
        found |= {f"{name}_{field}".upper(): value for field, value in vendor.credentials.items()}
    return found


def sms_section(world: World, **changes: Any) -> dict[str, Any]:
    """Return the `sms` section of a mapping file, `changes` laid over it."""
    providers: dict[str, Any] = {}
    for name, vendor in world.texting.items():
        entered = {field: f"${{{name}_{field}}}".upper() for field in vendor.credentials}
        secret = {} if name == "twilio" else {"callback_secret": "${CALLBACK_SECRET}"}
        about = {"base_url": world.url_of(name), "numbers": list(OURS[name]), "rate_limits": []}
        providers[name] = {**entered, **secret, **about}
    plain = {"provider": next(iter(world.texting)), "providers": providers, "poll_every": "1s"}
    return {name: value for name, value in (plain | changes).items() if value is not None}


class Switchboard:
    """Where vendors call, whatever process is behind it."""

    def __init__(self) -> None:
        self.stage: TextStage | None = None
        #: nothing can be stored: a genuine call is answered with 503
        self.deaf = False
        app = make_app(list)
        self._listener = Listener(app, "127.0.0.1", 0)
        self.url = self._listener.url
        callbacks = TextCallbacks(self._desk, lambda *_: None, self.url, now=lambda: self._now())
        app.router.routes.extend(callbacks.routes())
        self._listener.start()

    def address(self, vendor: str, what: str) -> str:
        secret = "" if vendor == "twilio" else f"/{SECRET}"
        return f"{self.url}/callbacks/{COMPANY}/{vendor}/{what}{secret}"

    def close(self) -> None:
        self._listener.stop()

    def _now(self) -> datetime:
        return self.stage.clock.now() if self.stage else datetime.now(UTC)

    def _desk(self, company: str, vendor: str) -> Any:
        judge = self.stage.company.providers.get(vendor) if self.stage and company == COMPANY else None
        return (judge, self._keep) if judge else None

    def _keep(self, call: Callback) -> int | None:
        assert self.stage is not None
        if self.deaf:
            raise StoreError("the disk is full")
        # not through the watched store: it is another thread that would die
        return TextStore(self.stage.stores.database).keep_callback(call, self._now())


class WorldClock(MovableClock):
    """A clock that takes the vendors' along, as time does."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        for vendor in self._world.texting.values():
            vendor.clock.offset_s += seconds

    def skew(self, seconds: float) -> None:
        """Set our own clock wrong, and nobody else's."""
        super().advance(seconds)


class TextStage(Stage):
    """The connector with everything that it does about text messages, on one database."""

    clock: WorldClock

    def __init__(
        self, folder: Path, world: World, switchboard: Switchboard, url: str = "", *, hands: int = 1, **mapping: Any
    ) -> None:
        self.switchboard = switchboard
        switchboard.stage, switchboard.deaf = self, False
        for name, vendor in world.texting.items():
            for number in OURS[name]:
                if number not in vendor.own_numbers:
                    vendor.add_number(number, inbound_url=switchboard.address(name, "inbound"))
            if name == "clicksend" and not any(rule.action == "URL" for rule in vendor.receipt_rules):  # type: ignore[attr-defined]
                vendor.add_receipt_rule("URL", switchboard.address(name, "status"))  # type: ignore[attr-defined]
        self.mapped = mapping | {"sms": sms_section(world, **mapping.get("sms", {}))}
        super().__init__(folder, world, url, hands=hands, **self.mapped)

    def start(self) -> None:
        clock = self.__dict__.get("clock")
        # the base makes one that knows nothing of vendors
        if not isinstance(clock, WorldClock):
            self.clock = WorldClock(self.world)
        (mapping,) = load_mappings(self.folder / "mappings", COMPANY, environ=keys(self.world) | text_keys(self.world))
        self.stores = open_stores(self.url)
        self._opened.append(self.stores)
        company = build_company(mapping, self.stores, tuning=BRISK, public_url=self.switchboard.url)
        self.company = replace(company, clock=self.clock, hands=self._hands)
        for account in self.company.providers.values():
            # what says when an answer came, by our clock
            client: Any = account._client  # type: ignore[attr-defined]
            client._reader = replace(client._reader, clock=lambda: self.clock.now().timestamp())
        self.fate.watch(self.stores, self.company)

    def remap(self, **sms: Any) -> None:
        """Edit the `sms` section and start the connector anew on the same database."""
        self.mapped["sms"] = sms_section(self.world, **sms)
        write_mapping(self.folder / "mappings", self.world, **self.mapped)
        self.close()
        self.start()

    # --- what is done

    def run(self) -> None:
        for flow in (sync_applications, sync_replies, sync_messages):
            try:
                flow(self.company)
            except PlatformError:
                continue

    def die_in(self, act: Callable[[], Any], at: int, when: str) -> bool:
        """Do something that dies at a step, and start the connector anew. Returns whether death came in time."""
        self.fate.arm(at, when)
        try:
            act()
            return False
        except Dead:
            return True
        finally:
            self.fate.arm(0, when)
            self.close()
            self.start()

    def settle(self, within_s: float = 600.0, runs: int = 80) -> None:
        for _ in range(runs):
            self.wait_for_stalls()
            self.tick()
            self.run()
            waits = [w for w in (next_due_s(self.company), next_text_due_s(self.company, KINDS)) if w is not None]
            if not waits or min(waits) > within_s:
                return
            self.clock.advance(min(waits) + 0.01)
        raise AssertionError(f"not idle after {runs} runs: {self.standing()}")

    def come_to_rest(self) -> None:
        """End all trouble; let every call come and every status be heard; let whoever waits be looked at again."""
        self.world.faults.clear()
        self.switchboard.deaf = False
        for vendor in self.world.texting.values():
            vendor.tamper, vendor.posting.hold, vendor.posting.times = None, False, 1
            vendor.release()
        for _ in range(3):
            for vendor in self.world.texting.values():
                vendor.deliver_all()
            self.settle()
            # a human mends copies that were given up; a message is sent again by nobody
            given_up = [i.id for i in self.actions(*COPIES) if i.state is State.QUARANTINED]
            if given_up and retry(self.company, given_up):
                self.settle()
            if retry(self.company, reason="wire_error"):
                self.settle()
            self.clock.advance(25 * 3600)
        self.tick()
        self.settle()

    def tick(self) -> None:
        """Let the vendors do what has become due: late calls, repeats, answers."""
        for vendor in self.world.texting.values():
            vendor.tick()

    def text(self, who: str, text: str, **how: Any) -> Item | None:
        """Send a text by hand; None: it was refused, or somebody could not be reached."""
        try:
            return send_text(self.company, find_recipient(self.company, who), text=text, **how)
        except (NotSendable, PlatformError):
            return None

    # --- what can be seen

    def actions(self, *kinds: Kind) -> list[Item]:
        """Return the actions of these kinds, oldest first."""
        found = self.stores.actions.in_states(self.company.name, list(State), 100_000)
        return sorted((item for item in found if item.kind in kinds), key=lambda item: item.id)

    def standing(self) -> list[tuple[str, str, str, str]]:
        return [(i.kind.value, i.state.value, i.reason, i.note) for i in self.actions(*KINDS)]

    def row(self, vendor: str, remote_id: str) -> Message | None:
        """Return our row of a vendor's message."""
        return self.stores.texts.by_remote_id(self.company.name, vendor, remote_id)

    def rows(self, numbers: Iterable[str], direction: Direction) -> list[Message]:
        """Return our rows of messages to or from these numbers, oldest first."""
        return [m for m in self.stores.texts.thread(self.company.name, numbers, 10_000) if m.direction is direction]

    def application_of(self, start_id: str) -> Item:
        found = self.stores.actions.of_start(self.company.name, start_id)
        return next(item for item in found if item.kind is Kind.APPLICATION)

    def on_page(self, vendor: str, page: int, happens: Callable[[], None]) -> None:
        """Let something happen after the n-th page of the next reading of a vendor's list."""
        provider: Any = self.company.providers[vendor]
        replies, seen = provider.replies, [0]

        def watched(*args: Any, **kwargs: Any) -> Any:
            found = replies(*args, **kwargs)
            seen[0] += 1
            if seen[0] == page:
                provider.replies = replies
                happens()
            return found

        provider.replies = watched


# --- what the outside world knows


def handed_over(world: World) -> list[tuple[str, TextMessage]]:
    """Return every text that a vendor took from us, with the vendor, oldest first."""
    found = [(name, message) for name, vendor in world.texting.items() for message in vendor.sent_messages]
    return sorted(found, key=lambda pair: pair[1].created_at)


def came_in(world: World) -> list[tuple[str, TextMessage]]:
    """Return every text that a vendor took from a person, with the vendor, oldest first."""
    found = [(name, message) for name, vendor in world.texting.items() for message in vendor.received_messages]
    return sorted(found, key=lambda pair: pair[1].created_at)


def sent_twice(world: World) -> list[tuple[str, str]]:
    """Return each (number, text) that vendors took more than once, though none of the first failed for sure.

    What certainly failed for a reason that passes may be sent once more, and no further.
    """
    found: dict[tuple[str, str], list[TextMessage]] = {}
    for _, message in handed_over(world):
        found.setdefault((message.to, message.text), []).append(message)
    return [
        pair
        for pair, messages in found.items()
        if len(messages) > 2 or any(not failed(message) for message in messages[:-1])
    ]


def failed(message: TextMessage) -> bool:
    """Return whether the vendor's own last word is that it was not delivered."""
    return message.status.lower() in {"failed", "undelivered", "rejected", "canceled", "cancelled", "failed_dnd"}


def was_told(vendor: TextVendor, message_id: str) -> bool:
    """Return whether the connector has answered well to a call about an inbound message."""
    calls = [sent for sent in vendor.callbacks_sent if sent.call.message_id == message_id]
    return any(s.call.what == "inbound" and s.status is not None and 200 <= s.status < 300 for s in calls)


def marked(world: World, vendor: str, remote_id: str) -> list[tuple[str, str]]:
    """Return (application's id, text) of every comment that is the copy of a reply."""
    line = f"[sms:{vendor}:{remote_id}]"
    return [(c.commentable_id, c.body_text) for c in world.pinpoint.comments if c.body_text.rstrip().endswith(line)]


def in_conversations(world: World, external_id: str) -> list[tuple[str, Any]]:
    """Return (conversation's id, message) of every message at cord with an id."""
    return [
        (conversation.id, message)
        for conversation in world.cord.conversations.values()
        for message in conversation.messages
        if message.external_id == external_id
    ]


def copies_made(world: World) -> Counter[str]:
    """Return how often each marker stands at the end of a comment."""
    return Counter(c.body_text.rstrip().rpartition("\n")[2] for c in world.pinpoint.comments)


def leaks(said: str, numbers: Iterable[str]) -> list[str]:
    """Return what stands in a log although it must not: texts and numbers, however written."""
    marks = [CANARY, *numbers, *(number[3:] for number in numbers), SECRET]
    return [mark for mark in marks if mark in said]


def quiet_errors(stage: TextStage, act: Callable[[], Any]) -> bool:
    """Do something that the connector may refuse; returns whether it did it."""
    try:
        act()
    except ConnectorError:
        return False
    return True
