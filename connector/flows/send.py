"""Sending one person by hand: the same road with one item, ahead of everybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from connector.domain import errors
from connector.domain.actions import Item, Kind
from connector.domain.model import ConversationStart, Priority
from connector.flows.applications import forward
from connector.flows.company import Company
from connector.flows.facts import refresh_lists, release_waiting
from connector.flows.feed import read_feed
from connector.flows.reports import report_now

#: how long a manual send waits for another process's batch
PATIENCE_S = 600.0


@dataclass(eq=False)
class NotFound(errors.ConnectorError):
    """Nothing here or at the source goes by that name; says what to do."""

    what: str

    def __str__(self) -> str:
        return self.what


def find_starts(company: Company, who: str, position: str | None = None) -> list[ConversationStart]:
    """Return the starts of a conversation, or one start, by id; asks the source if the ledger does not know it.

    Raises NotFound with what to do, and what the port raises.
    """
    starts = _known(company, who) or _asked(company, who)
    if not starts:
        raise NotFound(f"{who} has not started: a conversation is sent once the other side has accepted")
    chosen = [s for s in starts if position in (None, s.position_id)]
    if not chosen:
        positions = ", ".join(s.position_id for s in starts)
        raise NotFound(f"{who} is not about position {position}; it is about {positions}")
    return chosen


def send(
    company: Company,
    starts: Sequence[ConversationStart],
    job: str | None = None,
    *,
    on_wait: Callable[[], None] | None = None,
) -> list[Item]:
    """Send these starts now and return where they stand. Twice is safe: who was sent is not sent again.

    `job` overrides the link. Waits for another process's batch; `on_wait` is called once if it has to.
    """
    company.feed.record(company.name, starts, asked="send", job_override=job)
    company = company.pinned()
    lists = refresh_lists(company)
    # who reads the lists anew releases whom that concerns: nobody else sees what has changed
    release_waiting(company, lists)
    ids = [i.id for s in starts for i in company.actions.of_start(company.name, s.id) if i.kind is Kind.APPLICATION]
    with _patiently(company, on_wait):
        # what another process has settled meanwhile is not touched
        items = [i for i in company.actions.items(ids) if i.due_at is not None]
        for item in items:
            forward(company, [replace(item, priority=Priority.MANUAL)], lists, room=None)
        report_now(company, [s.id for s in starts])
    return company.actions.items(ids)


@contextmanager
def _patiently(company: Company, on_wait: Callable[[], None] | None) -> Iterator[None]:
    """Hold the company's lock, after somebody else's batch if need be."""
    try:
        held = company.locks.hold(company.name, 0)
        held.__enter__()
    except errors.Busy:
        if on_wait is not None:
            on_wait()
        held = company.locks.hold(company.name, PATIENCE_S)
        held.__enter__()
    try:
        yield
    finally:
        held.__exit__(None, None, None)


def _known(company: Company, who: str) -> list[ConversationStart]:
    items = company.actions.of_start(company.name, who) or company.actions.of_conversation(company.name, who)
    readable = [i for i in items if i.kind is Kind.APPLICATION and i.candidate_id]
    return [_as_start(item) for item in readable]


def _asked(company: Company, who: str) -> list[ConversationStart]:
    try:
        return list(company.source.starts_of(who))
    except errors.NotThere:
        # it may be the id of a start that the feed has not told us about yet
        read_feed(company)
        known = _known(company, who)
        if known:
            return known
        raise NotFound(
            f"{who}: no conversation or conversation start of that id at {company.source.platform}"
        ) from None


def _as_start(item: Item) -> ConversationStart:
    return ConversationStart(
        id=item.start_id,
        sequence="",
        conversation_id=item.conversation_id,
        candidate_id=item.candidate_id,
        position_id=item.position_id,
        position_title=item.position_title,
        linked_job=item.linked_job,
        started_at=item.started_at,
        automatic=item.automatic,
        manual=False,
    )
