"""Conversations that started earlier and were not forwarded then: asked for in bulk, behind everybody new."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.actions import Item, Kind, State
from connector.domain.model import ConversationStart, FeedPage, Priority
from connector.flows.applications import sync_applications
from connector.flows.company import Company, log
from connector.flows.facts import Lists, refresh_lists
from connector.flows.feed import read_feed
from connector.flows.inquiry import next_due_s
from connector.flows.overlay import Overlay
from connector.flows.plan import item_of
from connector.rules.applications import link_of, triage

#: what waits for somebody to ask, and for nothing else
REASONS = ("before_start", "waiting_for_manual_send", "first_batch_too_large")
#: somebody still on the way
OPEN = (State.PLANNED, State.ATTEMPTING, State.WAITING, State.UNKNOWN)
#: calls a person: to the source for contact details, CV and report; to the ATS for the application
SOURCE_CALLS, ATS_CALLS = 3, 1
#: the command waits for what falls due within this
SOON_S = 60.0
#: runs in a row that got nowhere, after which the rest is left to the daemon
_FRUITLESS = 3


@dataclass(frozen=True)
class Forecast:
    """What a backfill will do."""

    company: str
    #: who is asked for
    people: int
    #: of them, who can be sent as things stand
    ready: int
    #: the others: reason, how many
    waiting: tuple[tuple[str, int], ...]
    ats_calls: int
    source_calls: int
    #: why it may be incomplete
    problems: tuple[str, ...]


def forecast(company: Company, since: datetime) -> Forecast:
    """Say how many a backfill will ask for and what it costs at most. Spends reads of the lists only; writes nothing.

    Who is in the ATS already is not known beforehand: those cost less than is foreseen.
    """
    company = replace(company, memory=Overlay(company.memory)).pinned()
    parked = company.actions.in_states(company.name, [State.PARKED], 1_000_000)
    parked = [item for item in parked if item.kind is Kind.APPLICATION]
    found = {item.start_id: item for item in parked if item.reason in REASONS and item.started_at >= since}
    problems: list[str] = []
    pages = 0
    for page in _walk(company):
        pages += 1
        for number, start in enumerate(_unknown(company, page, since), 1 + len(found)):
            found.setdefault(start.id, item_of(company, start, -number))
        problems += [f"a row of the feed cannot be read ({row.id}): {row.what}" for row in page.bad]
    lists = refresh_lists(company)
    waiting: dict[str, int] = {}
    for item in found.values():
        reason = _waits_for(company, replace(item, asked="backfill"), lists)
        if reason:
            waiting[reason] = waiting.get(reason, 0) + 1
    ready = len(found) - sum(waiting.values())
    batches = math.ceil(ready / company.batch_size)
    return Forecast(
        company.name,
        len(found),
        ready,
        tuple(sorted(waiting.items())),
        # one look-up and one read-back a batch
        ready * ATS_CALLS + 2 * batches,
        ready * SOURCE_CALLS + pages,
        tuple(dict.fromkeys(problems)),
    )


def ask(company: Company, since: datetime) -> int:
    """Ask for everybody who started since then and waits for nothing but that; returns how many. Twice is harmless.

    What the source retains is walked through from its beginning: with `start: now`, what was there before the first
    reading is in no ledger. The daemon's own cursor stays where its readings leave it.
    """
    # whoever is new is recorded as such first
    read_feed(company)
    asked = company.feed.ask_parked(company.name, REASONS, since)
    for page in _walk(company):
        starts = _unknown(company, page, since)
        if starts:
            asked += company.feed.record(company.name, starts, asked="backfill")[0]
    log.info("backfill", action="ask", company=company.name, people=asked)
    return asked


def run(company: Company, since: datetime, wait: Callable[[float], bool]) -> int:
    """Ask, and forward until nobody is left who can go within a minute; returns how many were asked for.

    It takes the road of every run: the lock is held for a batch, whoever is new or sent by hand goes first, and a
    daemon beside it does its share. `wait` sleeps and returns whether to stop. Raises what a run raises.
    """
    asked, fruitless, before = ask(company, since), 0, company.feed.backfilled(company.name, since)
    while True:
        sync_applications(company)
        # what this run has parked for want of somebody to ask, and the brake has held back
        more = company.feed.ask_parked(company.name, REASONS, since)
        after = company.feed.backfilled(company.name, since)
        asked, fruitless, before = asked + more, fruitless + 1 if after == before else 0, after
        if company.stop.is_set() or fruitless >= _FRUITLESS or not any(after[state] for state in OPEN):
            return asked
        due_s = next_due_s(company)
        if due_s is None or due_s > SOON_S or wait(max(due_s, 0.1)):
            return asked


def _walk(company: Company) -> Iterator[FeedPage]:
    """Yield every page that the source retains. Raises what the port raises."""
    cursor: str | None = None
    while not company.stop.is_set():
        page = company.source.conversation_starts(cursor, Priority.BACKFILL)
        yield page
        if not page.has_more or page.next_cursor == cursor:
            return
        cursor = page.next_cursor


def _unknown(company: Company, page: FeedPage, since: datetime) -> list[ConversationStart]:
    """Return the starts of a page that count and that the ledger does not know."""
    wanted = [start for start in page.starts if start.started_at >= since]
    if not wanted:
        return []
    known = {item.start_id for item in company.actions.of_starts(company.name, {start.id for start in wanted})}
    return [start for start in wanted if start.id not in known]


def _waits_for(company: Company, item: Item, lists: Lists) -> str | None:
    """Return what keeps an item from being sent although it is asked for; None: nothing that is known beforehand."""
    link = link_of(item, lists.links)
    decision = triage(item, link, lists.jobs.get(link.job_id) if link else None, company.forwarding)
    return decision.reason if decision else None
