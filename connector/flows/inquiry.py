"""Answers from the ledger: where things stand, one person's history, what needs a human."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain import errors
from connector.domain.actions import Change, Item, Kind, Pause, State
from connector.domain.audits import AuditCounts
from connector.domain.keeping import Actions, Memory
from connector.domain.listings import Brake, LinkWarning
from connector.domain.ports import Account
from connector.flows.company import Company
from connector.flows.gathering import in_parallel
from connector.flows.pauses import may_call
from connector.rules.listings import still_open
from connector.rules.people import normal_address

#: what a human may have to do something about
STUCK = (State.QUARANTINED, State.PARKED, State.UNKNOWN, State.WAITING)


@dataclass(frozen=True)
class Event:
    """One line of a history."""

    at: datetime
    state: str
    reason: str
    note: str


@dataclass(frozen=True)
class Match:
    """One action with its history, oldest first."""

    item: Item
    events: tuple[Event, ...]


@dataclass(frozen=True)
class FlowStatus:
    """How a flow fares."""

    flow: str
    last_success_at: datetime | None
    last_run_at: datetime | None
    last_error: str | None
    #: seconds since the last success; None: never
    lag_s: float | None


@dataclass(frozen=True)
class Status:
    """Where a company stands."""

    company: str
    flows: tuple[FlowStatus, ...]
    #: starts by state
    counts: dict[str, int]
    pauses: tuple[Pause, ...]
    #: starts by state and reason, as far as they wait for something
    waiting_for: tuple[tuple[str, str, int], ...]
    #: what the next candidate of a linked job would run into
    warnings: tuple[LinkWarning, ...] = ()
    #: what the last audit came to; None: there was none
    audit: AuditCounts | None = None
    #: what needs a human about the source's list of jobs, oldest first
    faults: tuple[Item, ...] = ()


def status(company: Company) -> Status:
    """Return where a company stands. No call."""
    accounts: list[Account] = [company.source, company.ats, *company.providers.values()]
    pauses = [company.memory.pause(company.name, account.platform) for account in accounts]
    now = company.clock.now()
    known = standing(company.name, company.actions, company.memory, [p for p in pauses if p], now)
    faults = [item for item in company.listings.open_actions(company.name) if item.state is State.QUARANTINED]
    return replace(known, faults=tuple(faults))


def standing(name: str, actions: Actions, memory: Memory, pauses: Sequence[Pause], now: datetime) -> Status:
    """Return where a company stands whose mapping cannot be read: what is known of it without one."""
    runs = memory.runs(name)
    runs.setdefault("applications", (None, None, None))
    flows = tuple(
        FlowStatus(flow, success, run, error, (now - success).total_seconds() if success else None)
        for flow, (success, run, error) in sorted(runs.items())
    )
    groups: dict[tuple[str, str], int] = {}
    for group in actions.waiting_groups(name):
        key = (group.state.value, group.reason)
        groups[key] = groups.get(key, 0) + group.number
    waiting = tuple((state, reason, number) for (state, reason), number in sorted(groups.items()))
    warnings = tuple(memory.warnings(name))
    return Status(name, flows, actions.counts(name), tuple(pauses), waiting, warnings, memory.audit(name))


def explain(company: Company, who: str) -> list[Match]:
    """Return everything about a person (an address), a conversation, or a start, with each one's history.

    An address is compared by keyed hash. Starts that were parked before anybody asked who they are about are asked
    about first, newest first; a source in trouble leaves those out.
    """
    if "@" in who:
        address = normal_address(who)
        if address is None:
            return []
        person = company.person_of(address)
        found = company.actions.of_person(company.name, person)
        if identify(company, limit=500):
            found = company.actions.of_person(company.name, person)
    else:
        by_id = company.actions.of_start(company.name, who)
        found = by_id or company.actions.of_conversation(company.name, who)
    return with_history(company, found)


def with_history(company: Company, items: Sequence[Item]) -> list[Match]:
    """Return items with their histories."""
    histories = company.actions.history([item.id for item in items])
    return [Match(item, tuple(Event(*line) for line in histories[item.id])) for item in items]


def identify(company: Company, limit: int) -> int:
    """Learn whom parked starts are about, as a keyed hash, so that `explain` finds them; returns how many.

    One call to the source each, once. Raises nothing a platform does.
    """
    unknown = company.actions.unidentified(company.name, limit)
    if not unknown or not may_call(company, company.source):
        return 0

    def ask(item: Item) -> str | None:
        try:
            address = normal_address(company.source.candidate(item.candidate_id).email)
        except errors.PlatformError:
            return None
        return company.person_of(address) if address else None

    people = in_parallel(company.hands, ask, unknown)
    changes = [
        Change(item, item.state, item.reason, item.note, item.due_at, person=person)
        for item, person in zip(unknown, people, strict=True)
        if person
    ]
    company.actions.move(changes)
    return len(changes)


def stuck(company: Company, reason: str | None = None) -> list[Match]:
    """Return what is quarantined, parked, unknown or waiting, newest first."""
    items = company.actions.in_states(company.name, STUCK)
    return with_history(company, [item for item in items if reason in (None, item.reason)])


def retry(company: Company, ids: Sequence[int] = (), reason: str | None = None) -> list[Item]:
    """Take up again what is stuck or was dropped: these ids, or all of a reason. Returns what was taken up.

    An unknown outcome is looked up first, as ever; done is done. A row that could not be read is asked for again.
    Waits for another process's batch: what is being sent must not be taken up a second time. A text of which nobody
    knows whether it left is sent again only if it is named, by its id or this reason.
    """
    with company.locks.hold(company.name, company.lock_wait_s), _texts_held(company):
        return _retry(company, ids, reason)


@contextmanager
def _texts_held(company: Company) -> Iterator[None]:
    """Hold the lock of text messages too, where there are any: they are sent under that one alone."""
    with company.texts_lock() if company.sms is not None else nullcontext():
        yield


def _retry(company: Company, ids: Sequence[int], reason: str | None) -> list[Item]:
    states = (*STUCK, State.CLOSED)
    items = company.actions.items(ids) if ids else company.actions.in_states(company.name, STUCK, limit=100_000)
    chosen = [i for i in items if i.company == company.name and i.state in states and reason in (None, i.reason)]
    chosen = [i for i in chosen if i.reason != "candidate_erased" and i.kind is not Kind.PURCHASE]
    if not ids and reason is None:
        chosen = [i for i in chosen if i.reason != "message_unknown"]
    unread = [i for i in chosen if i.kind is Kind.APPLICATION and not i.candidate_id]
    now = company.clock.now()
    again = [
        # what is in doubt stays in doubt and is merely looked up now
        Change(i, i.state, i.reason, i.note, now)
        if i.state is State.UNKNOWN
        else Change(i, State.PLANNED, "retried", due_at=now, attempts=0)
        for i in chosen
        if i not in unread
    ]
    company.actions.move(again)
    return [change.item for change in again] + [item for item in unread if _read_again(company, item)]


def _read_again(company: Company, item: Item) -> bool:
    """Ask the source for a start whose row could not be read; what still cannot be read stays as it is."""
    if not item.conversation_id or not may_call(company, company.source):
        return False
    try:
        starts = [s for s in company.source.starts_of(item.conversation_id) if s.id == item.start_id]
    except errors.PlatformError:
        return False
    company.feed.record(company.name, starts, asked="send")
    return bool(starts)


def drop(company: Company, ids: Sequence[int]) -> list[Item]:
    """Give up on items for good: stuck ones, and those that are planned. Returns what was dropped.

    What is being attempted is left alone, done is done. A right to a person and job is given back.
    """
    with company.locks.hold(company.name, company.lock_wait_s), _texts_held(company):
        items = [i for i in company.actions.items(ids) if i.company == company.name]
        chosen = [i for i in items if i.state in (*STUCK, State.PLANNED)]
        company.actions.move([Change(i, State.CLOSED, "dropped", release=i.claim is not None) for i in chosen])
    return chosen


def next_due_s(company: Company) -> float | None:
    """Return in how many seconds something falls due by itself, pauses counted in; None: nothing does."""
    due = company.actions.next_due(company.name)
    if due is None:
        return None
    pauses = [company.memory.pause(company.name, account.platform) for account in (company.source, company.ats)]
    latest = max([due, *(pause.until for pause in pauses if pause)])
    return max(0.0, (latest - company.clock.now()).total_seconds())


def next_listing_due_s(company: Company) -> float | None:
    """Return in how many seconds a write to the source's list of jobs is to be made again; None: none is."""
    due = [i.due_at for i in company.listings.open_actions(company.name) if i.prepared and i.due_at]
    if not due:
        return None
    pause = company.memory.pause(company.name, company.source.platform)
    latest = max(min(due), pause.until) if pause else min(due)
    return max(0.0, (latest - company.clock.now()).total_seconds())


def next_text_due_s(company: Company, kinds: Sequence[Kind]) -> float | None:
    """Return in how many seconds something about text messages is to be done; None: nothing is."""
    due = company.texts.next_due(company.name, kinds) if company.texts else None
    return None if due is None else max(0.0, (due - company.clock.now()).total_seconds())


@dataclass(frozen=True)
class ListingStatus:
    """How the source's list of jobs compares with the open jobs, as far as is known. No call."""

    #: open jobs that are to be listed; None: they have not been read yet
    open: int | None
    listed: int
    #: writes under way, in doubt, or waiting
    waiting: int
    #: writes that the source refuses
    refused: int
    #: withdrawals that are held back; None: none are
    brake: Brake | None
    #: when both lists were last compared whole
    compared_at: datetime | None


def listing_status(company: Company) -> ListingStatus:
    """Return how the mirror stands."""
    reading = company.listings.reading(company.name)
    listed, compared_at = company.listings.listed(company.name)
    actions = [item for item in company.listings.open_actions(company.name) if item.prepared]
    refused = sum(item.state is State.QUARANTINED for item in actions)
    brake = company.listings.brake(company.name)
    held = brake if brake is not None and not brake.let_through else None
    wanted = len(still_open(reading.wanted, company.clock.now())) if reading else None
    return ListingStatus(wanted, len(listed), len(actions) - refused, refused, held, compared_at)


def link_warnings(company: Company) -> list[LinkWarning]:
    """Return what the next candidate of a linked job would run into, oldest first; `rules.health` has the words."""
    return company.memory.warnings(company.name)


def exit_state(companies: Sequence[Company]) -> tuple[bool, bool]:
    """Return whether anything waits or is unknown, and whether anything is quarantined."""
    counts = [company.actions.counts(company.name) for company in companies]
    waits = any(c[s] for c in counts for s in ("waiting", "unknown", "attempting", "planned"))
    return waits, any(c["quarantined"] for c in counts)


def starts_only(matches: Sequence[Match]) -> list[Match]:
    """Return the matches that are starts, without reports and the like."""
    return [match for match in matches if match.item.kind is Kind.APPLICATION]
