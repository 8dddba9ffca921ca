"""The lists that forwarding reads: jobs with their form switches, positions with the source's own links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connector.domain.errors import PlatformError, Rejected, WireError
from connector.domain.model import Job, JobList, Link, Position, may_be_among
from connector.flows.company import Company, log
from connector.flows.pauses import end_pause, may_call, strike
from connector.rules.health import link_warnings, warning_advice, warning_words
from connector.rules.links import all_links, is_released, what_eased


@dataclass(frozen=True)
class Lists:
    """What is known of both sides."""

    jobs: Mapping[str, Job]
    #: position id -> where it goes
    links: Mapping[str, Link]
    #: when the positions were read; None: never
    positions_at: datetime | None
    #: job id -> the reasons lifted because its form was relaxed between the last two readings
    eased: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: jobs that are not on the list and were asked for in this run; None: gone
    asked: dict[str, Job | None] = field(default_factory=dict)


def known_lists(company: Company) -> Lists:
    """Return the lists as they were read last; no call."""
    return _lists(company, company.memory.jobs(company.name)[0], *company.memory.positions(company.name))


def _lists(
    company: Company, jobs: Mapping[str, Job], positions: Mapping[str, Position], read_at: datetime | None
) -> Lists:
    links = all_links(company.file_links, positions.values() if company.follow_source_links else ())
    return Lists(jobs, links, read_at)


def refresh_lists(company: Company, *, force: bool = False, jobs_since: datetime | None = None) -> Lists:
    """Read again what is older than `lists_every_s`; what cannot be read stays as it was, and the failure is noted.

    `force` reads both whatever their age, `jobs_since` the jobs if they were read before that. Raises nothing a
    platform does; a pause is struck instead.
    """
    now = company.clock.now()
    oldest = now - timedelta(seconds=company.lists_every_s)
    jobs_since = jobs_since or oldest
    positions, positions_at = company.memory.positions(company.name)
    if (force or positions_at is None or positions_at < oldest) and company.follow_source_links:
        _read(company, "positions", now)
        positions, positions_at = company.memory.positions(company.name)
    before, jobs_at = company.memory.jobs(company.name)
    if not force and jobs_at is not None and jobs_at >= jobs_since:
        return _lists(company, before, positions, positions_at)
    _read(company, "jobs", now)
    lists = _lists(company, company.memory.jobs(company.name)[0], positions, positions_at)
    _note_warnings(company, lists)
    return replace(lists, eased=what_eased(before, lists.jobs))


def refresh_job(company: Company, job_id: str) -> Job | None:
    """Read one job again, because the ATS contradicts what we know of it. Raises what the port raises."""
    job = company.ats.jobs([job_id]).get(job_id)
    company.memory.keep_job(company.name, job_id, job)
    return job


def release_waiting(company: Company, lists: Lists) -> int:
    """Take up again what waited for a link or a job and need wait no longer, however old it is."""
    released = 0
    for group in company.actions.waiting_groups(company.name):
        if is_released(group, lists.links, lists.jobs, lists.eased):
            released += company.actions.release(company.name, group, "released")
            log.info("release", action="release", company=company.name, reason=group.reason, people=group.number)
    return released


def _job_list(company: Company) -> JobList:
    """Read all jobs, with the adverts of those that are listed at the source as the source can hold them."""
    read = company.ats.job_list(company.mirrored)
    adverts = {
        job_id: replace(advert, listing=company.source.fitted(advert.listing)) if advert else None
        for job_id, advert in read.adverts.items()
    }
    unread = [job_id for job_id, advert in adverts.items() if advert is None]
    if unread:
        log.warning("advert not read", action="read", company=company.name, jobs=unread[:20], number=len(unread))
    return replace(read, adverts=adverts)


def _keep_jobs(company: Company, read: JobList, at: datetime) -> None:
    """Keep what was read; a row that cannot be read is named once when that begins and once when it is over."""
    begun, over = company.memory.keep_job_list(company.name, read, at)
    about = {"action": "read", "company": company.name}
    for job_id in begun:
        log.error("bad row", **about, job=job_id, what=read.unread[job_id])
    for job_id in over:
        log.info("row well again", **about, job=job_id)


def _note_warnings(company: Company, lists: Lists) -> None:
    """Tell what the next candidate of a linked job would run into: once when it begins, once when it is over."""
    _, jobs_at = company.memory.jobs(company.name)
    if jobs_at is None:
        return
    unread = company.listings.unread(company.name)
    warnings = [
        one
        for one in link_warnings(lists.links, lists.jobs, company.clock.now())
        # what cannot be read is there all the same, and has a fault of its own
        if one.code != "job_gone" or not may_be_among(one.job_id, unread)
    ]
    begun, ended = company.memory.keep_warnings(company.name, warnings)
    about = {"action": "link", "company": company.name}
    for one in begun:
        log.warning("linked job", **about, code=one.code, what=warning_words(one), advice=warning_advice(one))
    for one in ended:
        log.info("linked job well again", **about, code=one.code, job=one.job_id, position=one.position_id)


def _read(company: Company, what: str, at: datetime) -> None:
    account = company.ats if what == "jobs" else company.source
    if not may_call(company, account):
        return
    try:
        if what == "jobs":
            _keep_jobs(company, _job_list(company), at)
        else:
            company.memory.keep_positions(company.name, company.source.positions(), at)
    except PlatformError as error:
        if not isinstance(error, WireError | Rejected):
            # a list that cannot be read is no reason to leave the platform alone: what forwarding needs of it is
            # known from before, or is asked for singly
            strike(company, account, error)
        log.warning("list not read", action="read", company=company.name, what=str(error))
        company.memory.note_run(company.name, what, company.clock.now(), str(error))
        return
    end_pause(company, account)
    company.memory.note_run(company.name, what, company.clock.now(), None)
