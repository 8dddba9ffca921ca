"""What is needed to decide about a batch of starts: links, jobs, people's details, and what stands in the ATS.

Reads only. `plan` and `sync` share it, so that one says what the other does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TypeVar

from connector.domain import errors
from connector.domain.actions import Item, State
from connector.domain.model import Candidate, Job, Link, Priority
from connector.domain.ports import Account
from connector.flows.company import Company
from connector.flows.facts import Lists, refresh_job
from connector.rules.applications import Decision, decide, link_of, triage
from connector.rules.people import normal_address, read_phone

#: a start with its job, the person, and the address in normal form
Known = tuple[Item, Job, Candidate, str]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Prospect:
    """A start, and what is to become of it."""

    item: Item
    decision: Decision
    job: Job | None = None
    candidate: Candidate | None = None
    #: keyed hash, once the address is known
    person: str | None = None
    #: keyed hash of the number, if it is a possible one
    phone: str | None = None


@dataclass
class Gathered:
    """A batch, decided as far as it could be."""

    prospects: list[Prospect] = field(default_factory=list)
    #: starts that could not be decided about, each with what went wrong
    failed: list[tuple[Item, errors.PlatformError]] = field(default_factory=list)
    #: a failure that concerns a whole platform, with its account
    trouble: tuple[Account, errors.PlatformError] | None = None


def gather(company: Company, items: Sequence[Item], lists: Lists) -> Gathered:
    """Decide about each start. Raises nothing a platform does: it is in the answer."""
    found = Gathered()
    asked: list[tuple[Item, Job]] = []
    for item in items:
        link = effective_link(company, item, lists)
        try:
            # most of what waits, waits whatever its job is like
            needed = triage(item, link, None, company.forwarding)
            job = _job(company, link, lists) if needed and needed.reason == "job_gone" else None
        except (errors.Rejected, errors.WireError) as error:
            # this job cannot be read; others can
            found.failed.append((item, error))
            continue
        except errors.PlatformError as error:
            found.trouble = (company.ats, error)
            found.failed += [(rest, error) for rest in items if not _is_decided(found, rest)]
            return found
        decision = triage(item, link, job, company.forwarding)
        if decision is not None:
            found.prospects.append(Prospect(item, decision, job))
        elif job is not None:
            asked.append((item, job))
    known = _people(company, asked, found)
    if known:
        _look_up(company, known, found)
    _blame(company, found)
    return found


def _blame(company: Company, found: Gathered) -> None:
    """Where nobody got through, tell unreadable answers about items from a platform that answers nobody readably."""
    unread = [error for _, error in found.failed if isinstance(error, errors.WireError)]
    if not unread or found.trouble or any(prospect.candidate for prospect in found.prospects):
        return
    account: Account = company.ats if unread[0].platform == company.ats.platform else company.source
    try:
        account.probe()
    except errors.PlatformError as error:
        unwell = errors.Unwell(error.platform, error.request, error.what, error.status)
        found.trouble = (account, error if isinstance(error, errors.AuthError | errors.TransientError) else unwell)
        found.failed = [(item, unwell if isinstance(was, errors.WireError) else was) for item, was in found.failed]


def effective_link(company: Company, item: Item, lists: Lists) -> Link | None:
    """Return where a start goes.

    The link that came with the row counts where it is newer than our list of positions, or the position is not on it.
    """
    link = link_of(item, lists.links)
    if item.job_override or (link and link.origin == "file") or not company.follow_source_links:
        return link
    if link is None and item.linked_job:
        listed, read_at = company.memory.positions(company.name)
        if read_at is None or item.position_id not in listed or item.started_at > read_at:
            return Link(item.position_id, item.linked_job, "source")
    return link


def _job(company: Company, link: Link | None, lists: Lists) -> Job | None:
    """Return the linked job; None: it is gone. Raises what the port raises.

    A job that is not on the list may be newer than the list: it is asked for, once a run.
    """
    if link is None or link.job_id in lists.jobs:
        return lists.jobs[link.job_id] if link else None
    if link.job_id not in lists.asked:
        lists.asked[link.job_id] = refresh_job(company, link.job_id)
    return lists.asked[link.job_id]


def _people(company: Company, asked: Sequence[tuple[Item, Job]], found: Gathered) -> list[Known]:
    """Fetch contact details, a few at once; what fails is noted and never holds the others."""

    def fetch(pair: tuple[Item, Job]) -> Candidate | errors.PlatformError:
        if found.trouble or company.stop.is_set():
            # never asked: it is as it was
            return errors.NeverArrived(company.source.platform, "candidate", "not asked, the platform is unwell")
        try:
            return company.source.candidate(pair[0].candidate_id, pair[0].priority)
        except errors.PlatformError as error:
            if isinstance(error, errors.RateLimited | errors.AuthError | errors.NeverArrived):
                found.trouble = (company.source, error)
            return error

    known = []
    for (item, job), answer in zip(asked, in_parallel(company.hands, fetch, asked), strict=True):
        if isinstance(answer, errors.PlatformError):
            found.failed.append((item, answer))
            continue
        address = normal_address(answer.email)
        if address is None:
            found.prospects.append(Prospect(item, Decision(State.PARKED, "no_email", job_id=job.id), job, answer))
            continue
        known.append((item, job, answer, address))
    return known


def _look_up(company: Company, known: Sequence[Known], found: Gathered) -> None:
    """Ask once for the whole batch who stands in the ATS already, and decide.

    A batch that the ATS cannot read is asked about person by person from the first one on: if that one alone is read
    well, the halves are asked, until the one that spoils it is found; otherwise the ATS itself is unwell.
    """
    written = {address: (candidate.email or "").strip() for _, _, candidate, address in known}
    priority = min((item.priority for item, _, _, _ in known), default=Priority.NEW)
    try:
        standing = company.ats.applications_of(list(written.values()), priority)
    except (errors.Rejected, errors.WireError) as error:
        if len(known) > 1:
            _split(company, known, found)
        else:
            found.failed += [(item, error) for item, _, _, _ in known]
        return
    except errors.PlatformError as error:
        found.trouble = (company.ats, error)
        found.failed += [(item, error) for item, _, _, _ in known]
        return
    people = {address: company.person_of(address) for address in written}
    forgotten = company.privacy.forgotten(company.name, people.values())
    for item, job, candidate, address in known:
        if people[address] in forgotten:
            found.prospects.append(Prospect(item, Decision(State.CLOSED, "forgotten", job_id=job.id), job))
            continue
        decision = decide(item, candidate, job, standing[written[address]], company.forwarding)
        phone = phone_of(company, candidate)
        found.prospects.append(Prospect(item, decision, job, candidate, people[address], phone))


def phone_of(company: Company, candidate: Candidate) -> str | None:
    """Return the keyed hash of a person's number, by which a reply finds them; None: no possible number."""
    phone = read_phone(candidate.phone, company.forwarding.default_region)
    return company.number_of(phone.number) if phone and company.number_of else None


def _split(company: Company, known: Sequence[Known], found: Gathered) -> None:
    """Find out whether one person spoils a look-up or the ATS answers nobody."""
    first, rest = known[:1], known[1:]
    failures = len(found.failed)
    _look_up(company, first, found)
    if found.trouble or len(found.failed) == failures:
        # the first one alone is read well: look for the culprit among the others, half by half
        middle = (len(rest) + 1) // 2
        for half in (rest[:middle], rest[middle:]):
            if half and not found.trouble:
                _look_up(company, half, found)
            elif half:
                found.failed += [(item, found.trouble[1]) for item, _, _, _ in half if found.trouble]
        return
    # the first one fails too; if the others do not, it was the culprit, and if they do, it is the ATS
    _, error = found.failed[-1]
    try:
        company.ats.applications_of([(rest[0][2].email or "").strip()], Priority.NEW)
    except errors.PlatformError:
        unwell = errors.Unwell(error.platform, error.request, error.what, error.status)
        found.failed[-1] = (first[0][0], unwell)
        found.failed += [(item, unwell) for item, _, _, _ in rest]
        found.trouble = (company.ats, unwell)
    else:
        _look_up(company, rest, found)


def _is_decided(found: Gathered, item: Item) -> bool:
    decided = [prospect.item.id for prospect in found.prospects] + [failed.id for failed, _ in found.failed]
    return item.id in decided


def in_parallel(hands: int, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Do the same with each thing, `hands` at once; answers in the order of the things."""
    if len(things) < 2 or hands < 2:
        return [work(thing) for thing in things]
    with ThreadPoolExecutor(max_workers=hands, thread_name_prefix="hand") as pool:
        # each thread says in its log lines which run it works for
        contexts = [copy_context() for _ in things]
        return list(pool.map(lambda context, thing: context.run(work, thing), contexts, things))
