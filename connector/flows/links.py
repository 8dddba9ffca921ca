"""Links between positions and jobs: both ends looked at, who will be sent because of one, and the source told."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from connector.domain.actions import Change, Item, Kind, State
from connector.domain.errors import ConnectorError
from connector.domain.links import NewLink
from connector.domain.model import Job, Link, Position
from connector.flows.company import Company, log
from connector.flows.facts import Lists
from connector.flows.overlay import Overlay
from connector.flows.pauses import end_pause, may_call
from connector.flows.perform import LINK_AGAIN_S, send_link
from connector.flows.plan import Plan, foresee
from connector.rules.applications import link_of, triage
from connector.rules.links import all_links, is_released

#: people whose details are asked for to say what will become of them; more are counted
LOOKED_UP = 20
_BATCH = 20


@dataclass(eq=False)
class NoSuchEnd(ConnectorError):
    """One end of a link is not there; says what to do."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Ends:
    """Both sides as they are now."""

    positions: dict[str, Position]
    jobs: dict[str, Job]
    #: jobs that are there and whose rows cannot be read: what is wrong with each
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """Who moves because of a change of links."""

    #: what becomes of them: state, reason, how many
    groups: tuple[tuple[str, str, int], ...]
    #: the first of them, one by one, as a plan
    people: Plan

    @property
    def number(self) -> int:
        """How many move."""
        return sum(number for _, _, number in self.groups)

    @property
    def sent(self) -> int:
        """How many of them will be sent, as far as can be said without asking about each."""
        return sum(number for state, _, number in self.groups if state == State.PLANNED)


def look_at_both(company: Company) -> Ends:
    """Read both lists now. Raises what the ports raise."""
    positions, read = company.source.positions(), company.ats.job_list()
    return Ends({p.id: p for p in positions}, dict(read.jobs), read.unread)


def check_ends(company: Company, ends: Ends, position_id: str, job_id: str) -> list[str]:
    """Return what is worth knowing before they are linked. Raises NoSuchEnd where one is not there."""
    position, job = ends.positions.get(position_id), ends.jobs.get(job_id)
    if position is None:
        raise NoSuchEnd(
            f"{position_id}: no such position at {company.source.platform}; `connector positions` lists them"
        )
    if job is None and job_id in ends.unread:
        raise NoSuchEnd(unreadable(company, job_id, ends.unread[job_id]))
    if job is None:
        raise NoSuchEnd(f"{job_id}: no such job at {company.ats.platform}; `connector jobs` lists them")
    notes = []
    if not job.is_open:
        notes.append(f"job {job_id} is not open (status {job.status}): people wait until it is")
    if position.status != "open":
        notes.append(f"position {position_id} is not open (status {position.status})")
    asks = (("a phone number", job.requires_phone), ("a CV", job.requires_cv), ("a summary", job.requires_summary))
    required = [name for name, asked in asks if asked]
    if required:
        notes.append(f"job {job_id} requires {' and '.join(required)}: people without wait")
    return notes


def unreadable(company: Company, job_id: str, what: str) -> str:
    """Say that a job is there and cannot be read."""
    return f"{job_id}: the job's row at {company.ats.platform} cannot be read ({what}); mend the job there"


def with_file_links(company: Company, links: Iterable[Link], without: Iterable[str] = ()) -> Company:
    """Return the company as it will be once the file says so."""
    changed = {link.position_id: link for link in company.file_links if link.position_id not in set(without)}
    changed |= {link.position_id: link for link in links}
    return replace(company, file_links=tuple(changed.values()))


def who_moves(company: Company, ends: Ends, positions: Sequence[str]) -> Release:
    """Return what the next run will do with those who wait on these positions. `company` has the links to be.

    The first few are looked up one by one, as a plan does. Spends reads only.
    """
    company = replace(company, memory=Overlay(company.memory)).pinned()
    followed = ends.positions.values() if company.follow_source_links else ()
    lists = Lists(ends.jobs, all_links(company.file_links, followed), company.clock.now())
    moving = _released(company, lists, positions)
    groups: dict[tuple[str, str], int] = {}
    ready = []
    for item in moving:
        link = link_of(item, lists.links)
        decision = triage(item, link, lists.jobs.get(link.job_id) if link else None, company.forwarding)
        if decision is None:
            ready.append(replace(item, state=State.PLANNED, reason="released", attempts=0))
        key = (decision.state.value, decision.reason) if decision else (State.PLANNED.value, "send")
        groups[key] = groups.get(key, 0) + 1
    plan = Plan(company.name)
    if ready:
        foresee(company, ready[:LOOKED_UP], lists, None, {}, plan)
    return Release(tuple((state, reason, number) for (state, reason), number in groups.items()), plan)


def _released(company: Company, lists: Lists, positions: Sequence[str]) -> list[Item]:
    """Return who waits on these positions and need wait no longer, newest first."""
    names = ("state", "reason", "position_id", "job_id", "job_override")
    freed = {
        tuple(getattr(group, name) for name in names)
        for group in company.actions.waiting_groups(company.name)
        if group.position_id in positions and is_released(group, lists.links, lists.jobs, {})
    }
    states = sorted({key[0] for key in freed})
    waiting = company.actions.in_states(company.name, states, 1_000_000) if states else []
    return [i for i in waiting if i.kind is Kind.APPLICATION and tuple(getattr(i, name) for name in names) in freed]


def tell_source(company: Company, position: Position, job_id: str | None, origin: str) -> Change:
    """Tell the source about a link (`linked`, `imported`) or that there is none (`unlinked`, with no job).

    Raises nothing a platform does: what became of it is in the change, and what failed is told again later.
    """
    with company.locks.hold(f"{company.name}.links", company.lock_wait_s):
        item = _begin(company, position, job_id, origin)
        change = send_link(company, item)
    if change.state is State.DONE:
        _remember(company, position, job_id)
    log.info("link", action=origin, company=company.name, position=position.id, job=job_id, state=change.state)
    return change


def _remember(company: Company, position: Position, job_id: str | None) -> None:
    """Keep what the source shows from now on, so that no run goes by an older reading."""
    known, at = company.memory.positions(company.name)
    if at is not None and position.id in known:
        known[position.id] = replace(known[position.id], linked_job=job_id)
        company.memory.keep_positions(company.name, known.values(), at)


def tell_again(company: Company) -> None:
    """Tell the source what it has not been told yet, as far as it is due. Twice is safe."""
    while not company.stop.is_set() and may_call(company, company.source):
        with company.locks.hold(f"{company.name}.links", company.lock_wait_s):
            due = company.actions.due(company.name, Kind.LINK, company.clock.now(), _BATCH)
            if not due:
                return
            listed, _ = company.listings.listed(company.name)
            changes = [_send_again(company, item, listed) for item in due]
        if all(change.state is State.DONE for change in changes):
            end_pause(company, company.source)


def _send_again(company: Company, item: Item, listed: Container[str]) -> Change:
    """Make a refused write anew, under a new key; one whose outcome is not known is sent again as it was."""
    if item.state not in (State.PARKED, State.PLANNED):
        return send_link(company, item)
    if item.state is State.PARKED and company.mirrored and item.job_id not in listed:
        change = Change(item, item.state, item.reason, item.note, company.clock.now() + timedelta(seconds=LINK_AGAIN_S))
        company.actions.move([change])
        return change
    position = Position(item.position_id, item.position_title, "", None)
    return send_link(company, _begin(company, position, item.job_id, item.note or "linked"))


def _begin(company: Company, position: Position, job_id: str | None, origin: str) -> Item:
    now, source = company.clock.now(), company.source
    if job_id is None:
        prepared = source.prepare_unlink(position.id, now)
    else:
        prepared = source.prepare_link(position.id, job_id, origin, now)
    return company.links.begin(company.name, NewLink(position.id, position.title, job_id, origin, prepared), now)
