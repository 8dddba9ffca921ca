"""A company between the two simulated platforms, for proofs: everything can be broken, everything counted."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connector.app import Stores, build_company, open_stores
from connector.config.loading import load_mappings
from connector.domain.actions import Item, Kind, State
from connector.domain.errors import PlatformError
from connector.flows.applications import sync_applications
from connector.flows.company import Company
from connector.flows.inquiry import next_due_s, retry
from connector.rest.calls import Tuning
from connector.sandbox.world import World
from tests.proof.fate import Dead, Fate

COMPANY = "harbourline"

#: time-outs and pauses for platforms on the same machine; nothing else differs from the real ones
BRISK = Tuning(
    connect_s=5.0,
    read_s=1.5,
    write_s=2.0,
    total_s=2.5,
    attempts=2,
    backoff_s=0.001,
    soonest_retry_s=0.01,
    longest_sleep_s=0.02,
    longest_retry_after_s=0.02,
    retry_after_fallback_s=0.02,
)
#: longer than a client waits, shorter than the doubt lasts
STALL_S = 1.8
#: between the bytes of an answer that drips: longer answers run into the deadline
DRIP_S = 0.001


class MovableClock:
    """The machine's time, and as much more as it was moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def write_mapping(folder: Path, world: World, **changes: Any) -> None:
    """Write the company's mapping file into `folder`; `changes` are laid over it, section by section."""
    plain: dict[str, Any] = {
        "version": 1,
        "company": COMPANY,
        "default_region": "GB",
        "source": {"platform": "cord", "base_url": world.cord_url, "token": "${CORD_TOKEN}", "rate_limits": []},
        "ats": {
            "platform": "pinpoint",
            "url": world.pinpoint_url,
            "api_key": "${PINPOINT_KEY}",
            "rate_limits": [],
        },
        "forwarding": {"start": "beginning", "poll_every": "1s"},
    }
    for name, value in changes.items():
        plain[name] = {**plain.get(name, {}), **value} if isinstance(value, dict) else value
    folder.mkdir(exist_ok=True)
    # JSON is YAML too
    (folder / f"{COMPANY}.yaml").write_text(json.dumps(plain))


def keys(world: World) -> dict[str, str]:
    """Return the environment that a mapping file of `write_mapping` asks for."""
    return {"CORD_TOKEN": world.cord_token, "PINPOINT_KEY": world.pinpoint_key}


def blank(world: World, seed: int = 1) -> World:
    """Make a served world as good as new: a thousandth of the time that serving another one takes."""
    world.faults.clear()
    world.cord.__init__(seed)  # type: ignore[misc]
    world.pinpoint.__init__(seed)  # type: ignore[misc]
    world.people.__init__(seed)  # type: ignore[misc]
    for platform in ("cord", "pinpoint", "files"):
        world.bring_up(platform)
    world.clear_calls()
    return world


def _die() -> None:
    raise Dead


class Stage:
    """The connector on one database, with a clock that moves, that can be killed at any step and started anew."""

    def __init__(
        self, folder: Path, world: World, url: str = "", *, hands: int = 1, tuning: Tuning = BRISK, **mapping: Any
    ) -> None:
        self.world = world
        self.folder = folder
        self.url = url or f"sqlite:///{folder / 'connector.db'}"
        self.clock = MovableClock()
        self.fate = Fate(_die, reads=True)
        self._hands, self._tuning = hands, tuning
        self._opened: list[Stores] = []
        write_mapping(folder / "mappings", world, **mapping)
        self.start()

    def start(self) -> None:
        """Start the connector, on the database as it is."""
        (mapping,) = load_mappings(self.folder / "mappings", COMPANY, environ=keys(self.world))
        self.stores = open_stores(self.url)
        self._opened.append(self.stores)
        company = build_company(mapping, self.stores, tuning=self._tuning)
        # one hand: the n-th call is the same one each time
        self.company: Company = replace(company, clock=self.clock, hands=self._hands)
        self.fate.watch(self.stores, self.company)

    def remap(self, **mapping: Any) -> None:
        """Change the mapping file, and start the connector anew."""
        write_mapping(self.folder / "mappings", self.world, **mapping)
        self.close()
        self.start()

    def close(self) -> None:
        for stores in self._opened:
            stores.close()
        self._opened.clear()

    def run(self) -> None:
        """Make one run, whatever the platforms do about it."""
        try:
            sync_applications(self.company)
        except PlatformError:
            return

    def run_to_death(self, at: int, when: str, run: Callable[[], object] | None = None) -> bool:
        """Make one run that dies at a step, and start the connector anew. Returns whether death came in time."""
        self.fate.arm(at, when)
        try:
            (run or self.run)()
            return False
        except Dead:
            return True
        finally:
            self.fate.arm(0, when)
            self.close()
            self.start()

    def settle(self, within_s: float = 600.0, runs: int = 60) -> None:
        """Make runs, moving the clock on in between, until nothing falls due within that time."""
        for _ in range(runs):
            self.wait_for_stalls()
            self.run()
            wait_s = next_due_s(self.company)
            if wait_s is None or wait_s > within_s:
                return
            self.clock.advance(wait_s + 0.01)
        raise AssertionError(f"not idle after {runs} runs: {self.ledger()}")

    def come_to_rest(self) -> None:
        """End all trouble, and let so much time pass that everybody who waits has been looked at again."""
        self.world.faults.clear()
        self.settle()
        for _ in range(2):
            if retry(self.company, reason="wire_error"):
                self.settle()
            self.clock.advance(25 * 3600)
            self.settle()

    def wait_for_stalls(self) -> None:
        """Wait until calls that outlive their client have had their effect: the doubt is shorter in a moved time."""
        latest = max((c.at for c in self.world.calls if c.fault and c.fault.startswith("stall")), default=None)
        if latest is not None:
            over = latest + timedelta(seconds=STALL_S + 0.05)
            time.sleep(max(0.0, (over - datetime.now(UTC)).total_seconds()))

    def items(self) -> dict[str, Item]:
        """Return each start's row of the ledger."""
        found = self.stores.actions.in_states(self.company.name, list(State), 100_000)
        return {item.start_id: item for item in found if item.kind is Kind.APPLICATION}

    def ledger(self) -> dict[str, tuple[str, str]]:
        """Return each start's state and reason."""
        return {start: (item.state.value, item.reason) for start, item in sorted(self.items().items())}


def writes(world: World) -> list[tuple[str, str, str]]:
    """Return every call so far that was to change something."""
    calls = world.calls
    return [(call.platform, call.method, call.path) for call in calls if call.method not in ("GET", "HEAD")]


def starts_of(world: World) -> dict[str, dict[str, Any]]:
    """Return the newest sound row of each start at cord."""
    return {row["id"]: row for row in world.cord.starts if row.get("candidate_id") in world.cord.people}


def ours(world: World) -> list[Any]:
    """Return the applications that the connector made."""
    return [a for a in world.pinpoint.applications if (a.reference or "").startswith("cord:")]


def doubled(world: World) -> list[tuple[str, str]]:
    """Return every (person, job) for which the connector has made more than one application."""
    counted = Counter(((a.email or "").casefold(), a.job_id) for a in ours(world))
    return [pair for pair, number in counted.items() if number > 1]


def last_told(world: World) -> dict[str, str]:
    """Return what a recruiter sees at cord: the outcome that arrived last, for each start."""
    return {report["start_id"]: report["outcome"] for report in world.cord.deliveries}


def missing(world: World, start_ids: Iterable[str]) -> list[str]:
    """Return the starts whose person does not stand on the linked job."""
    standing = {((a.email or "").casefold(), a.job_id) for a in world.pinpoint.applications}
    absent = []
    for start_id in start_ids:
        row = starts_of(world)[start_id]
        address = world.cord.people[row["candidate_id"]].emails[0]["address"].casefold()
        link = world.cord.positions[row["position"]["id"]].link
        if link is None or (address, link.ats_job_id) not in standing:
            absent.append(start_id)
    return absent
