"""The lists that forwarding reads: jobs with their form switches, positions with the source's own links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connector.domain.errors import PlatformError, Rejected, WireError
from connector.domain.model import Job, Link
from connector.flows.company import Company, log
from connector.flows.pauses import end_pause, may_call, strike
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
    jobs, _ = company.memory.jobs(company.name)
    positions, read_at = company.memory.positions(company.name)
    links = all_links(company.file_links, positions.values() if company.follow_source_links else ())
    return Lists(jobs, links, read_at)


def refresh_lists(company: Company, *, force: bool = False) -> Lists:
    """Read again what is older than `lists_every_s`; what cannot be read stays as it was, and the failure is noted.

    `force` reads both whatever their age. Raises nothing a platform does; a pause is struck instead.
    """
    now = company.clock.now()
    oldest = now - timedelta(seconds=company.lists_every_s)
    _, positions_at = company.memory.positions(company.name)
    if (force or positions_at is None or positions_at < oldest) and company.follow_source_links:
        _read(company, "positions", now)
    before, jobs_at = company.memory.jobs(company.name)
    if force or jobs_at is None or jobs_at < oldest:
        _read(company, "jobs", now)
    lists = known_lists(company)
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


def _read(company: Company, what: str, at: datetime) -> None:
    account = company.ats if what == "jobs" else company.source
    if not may_call(company, account):
        return
    try:
        if what == "jobs":
            company.memory.keep_jobs(company.name, company.ats.jobs(), at)
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
