"""One company between the two simulated platforms, on a SQLite file of its own, with a clock that can be moved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from connector.app import Stores, build_company, open_stores
from connector.config.loading import load_mappings
from connector.domain.actions import Change, Item, Kind, Tally
from connector.domain.errors import PlatformError
from connector.flows.applications import sync_applications
from connector.flows.company import Company
from connector.flows.inquiry import next_due_s
from connector.flows.plan import Plan, make_plan
from connector.flows.send import find_starts, send
from connector.rest.calls import Tuning
from connector.sandbox.calls import Call
from connector.sandbox.pinpoint.records import Application
from connector.sandbox.world import World
from connector.store.budgets import BUDGET

#: time-outs and pauses for a platform on the same machine; nothing else differs from the real ones
BRISK = Tuning(
    connect_s=2.0,
    read_s=1.0,
    write_s=1.0,
    total_s=2.0,
    attempts=2,
    backoff_s=0.001,
    soonest_retry_s=0.01,
    longest_sleep_s=0.05,
)

#: state, reason, note
Standing = tuple[str, str, str]


class Killed(BaseException):
    """The process dies here: nothing that follows is done."""


class MovableClock:
    """The machine's time, and as much more as it was moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


class DyingLedger:
    """The ledger of a process that dies just before it commits a certain transition."""

    def __init__(self, ledger: Any, dies_at: Callable[[Change], bool]) -> None:
        self._ledger, self._dies_at = ledger, dies_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def move(self, changes: Sequence[Change]) -> None:
        if any(self._dies_at(change) for change in changes):
            raise Killed
        self._ledger.move(changes)

    def claim(self, wanted: Sequence[tuple[Change, str]]) -> tuple[list[int], list[int]]:
        if any(self._dies_at(change) for change, _ in wanted):
            raise Killed
        found: tuple[list[int], list[int]] = self._ledger.claim(wanted)
        return found


class Scene:
    """A company at work. `mapping` is laid over a plain mapping file, section by section."""

    def __init__(self, folder: Path, world: World, **mapping: Any) -> None:
        self.world, self.cord, self.pinpoint = world, world.cord, world.pinpoint
        self.clock = MovableClock()
        self.file = folder / "connector.db"
        self._folder = folder
        self._opened: list[Stores] = []
        #: further secrets that a mapping file may name
        self.secrets: dict[str, str] = {}
        self.remap(**mapping)

    # --- the connector

    def remap(self, **mapping: Any) -> None:
        """Edit the mapping file and start the connector anew on the same database."""
        company = mapping.get("company", "harbourline")
        plain: dict[str, Any] = {
            "version": 1,
            "company": company,
            "default_region": "GB",
            "source": {
                "platform": "cord",
                "base_url": self.world.cord_url,
                "token": "${CORD_TOKEN}",
                "rate_limits": [],
            },
            "ats": {
                "platform": "pinpoint",
                "url": self.world.pinpoint_url,
                "api_key": "${PINPOINT_KEY}",
                "rate_limits": [],
            },
            "forwarding": {"start": "beginning"},
        }
        for name, value in mapping.items():
            plain[name] = {**plain.get(name, {}), **value} if isinstance(value, dict) else value
        folder = self._folder / "mappings"
        folder.mkdir(exist_ok=True)
        # JSON is YAML too
        (folder / f"{company}.yaml").write_text(json.dumps(plain))
        environ = {"CORD_TOKEN": self.world.cord_token, "PINPOINT_KEY": self.world.pinpoint_key, **self.secrets}
        (self.mapping,) = load_mappings(folder, company, environ=environ)
        self.restart()

    def restart(self) -> None:
        """Start the connector anew on the same database, as after a kill."""
        self.stores = open_stores(f"sqlite:///{self.file}")
        self._opened.append(self.stores)
        company = build_company(self.mapping, self.stores, tuning=BRISK)
        self.company: Company = replace(company, clock=self.clock)

    def dying(self, dies_at: Callable[[Change], bool]) -> Company:
        """Return the company in a process that dies just before it commits such a transition."""
        return replace(self.company, actions=DyingLedger(self.stores.actions, dies_at))

    def close(self) -> None:
        for stores in self._opened:
            stores.close()

    # --- the outside world

    def job(self, **details: Any) -> str:
        return self.pinpoint.add_job(**details)

    def position(self, job: str | None = None) -> str:
        """Return a position of cord, linked there to `job`."""
        return self.cord.add_position(linked_job=job)

    def person(self, **details: Any) -> str:
        """Return somebody at cord with everything there, `details` laid over it."""
        return self.cord.add_person(**{**next(self.world.people).details(), **details})

    def start(self, position: str | None = None, person: str | None = None, **how: Any) -> str:
        """Return the start of a conversation that has been accepted; without more, about a new linked position."""
        position = position or self.position(self.job())
        return self.cord.start_conversation(person or self.person(), position, **how)

    # --- what is done

    def sync(self, *, yes: bool = False) -> Tally:
        return sync_applications(self.company, yes=yes)

    def sync_through(self) -> bool:
        """Make one run, whatever the platforms do about it; returns whether the source was read."""
        try:
            self.sync()
        except PlatformError:
            return False
        return True

    def settle(self, runs: int = 12) -> None:
        """Poll until all is read and nothing falls due within ten minutes, moving the clock on in between."""
        for _ in range(runs):
            read = self.sync_through()
            wait_s = next_due_s(self.company)
            idle = wait_s is None or wait_s > 600
            if read and idle:
                return
            self.clock.advance(30.0 if wait_s is None or idle else wait_s + 0.1)

    def wait(self, seconds: float) -> None:
        """Let time pass for everybody: the rate budget goes by the machine's clock and forgets its penalties."""
        self.clock.advance(seconds)
        with self.stores.database.write() as connection:
            connection.execute(delete(BUDGET))

    def send(self, who: str, **how: Any) -> list[Item]:
        """Send a conversation, or a start, by hand."""
        return send(self.company, find_starts(self.company, who), **how)

    def plan(self, *, yes: bool = False) -> Plan:
        return make_plan(self.company, yes=yes)

    # --- what can be seen

    def item(self, start_id: str) -> Item:
        items = self.stores.actions.of_start(self.company.name, start_id)
        return next(item for item in items if item.kind is Kind.APPLICATION)

    def stands(self, start_id: str) -> Standing:
        """Return the state, the reason and the note of a start."""
        item = self.item(start_id)
        return item.state.value, item.reason, item.note

    def outcome(self, start_id: str) -> tuple[str, str]:
        """Return the state and the reason of a start."""
        return self.stands(start_id)[:2]

    def applications(self) -> list[Application]:
        return self.pinpoint.applications

    def application(self) -> Application:
        """Return the only application that there is."""
        (application,) = self.pinpoint.applications
        return application

    def told(self, start_id: str) -> list[str]:
        """Return what cord was told about a start, oldest first: the outcome, with the code where there is one."""
        reports = [d["body"] for d in self.cord.deliveries if d["start_id"] == start_id]
        return [":".join(filter(None, (body["outcome"], body.get("code")))) for body in reports]

    def calls(self, platform: str, method: str = "", path: str = "") -> list[Call]:
        found = self.world.calls_to(platform)
        return [call for call in found if method in ("", call.method) and path in call.path]

    def posts(self) -> int:
        """Return how often an application was posted."""
        return len(self.calls("pinpoint", "POST", "/applications"))

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        """Make sure that neither platform sees anything but reads meanwhile."""
        before = len(self._writes())
        yield
        assert [(call.platform, call.method, call.path) for call in self._writes()[before:]] == []

    def _writes(self) -> list[Call]:
        return [call for call in self.world.calls if call.method not in ("GET", "HEAD")]
