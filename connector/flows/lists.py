"""Positions and jobs side by side: what leads where, who made the link, and how many people wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.domain.model import Job, Link
from connector.flows.company import Company
from connector.flows.links import Ends
from connector.rules.links import all_links


@dataclass(frozen=True)
class PositionLine:
    """A position, where it leads, and who waits there."""

    company: str
    id: str
    title: str
    #: the source's own word; None: it is in the file only, the source does not know it
    status: str | None
    link: Link | None
    #: the job that it leads to; None: not linked, or there is no such job
    job: Job | None
    #: another job that the source's own link names, and that the file's overrules
    overruled: str | None
    #: people who wait, by reason
    waiting: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class JobLine:
    """A job, what leads to it, and who waits for it."""

    company: str
    job: Job
    #: positions that lead to it, with where each link was made
    links: tuple[Link, ...]
    #: it stands in the source's list of jobs; None: not known
    listed: bool | None
    waiting: int


def position_lines(company: Company, ends: Ends) -> list[PositionLine]:
    """Return a line for each position of the source, and for each of the file that the source does not know."""
    positions = ends.positions
    links = all_links(company.file_links, positions.values() if company.follow_source_links else ())
    waiting = _waiting(company)
    lines = []
    for id_ in {**positions, **links}:
        position, link = positions.get(id_), links.get(id_)
        own = position.linked_job if position else None
        lines.append(
            PositionLine(
                company.name,
                id_,
                position.title if position else "",
                position.status if position else None,
                link,
                ends.jobs.get(link.job_id) if link else None,
                own if own and (link is None or own != link.job_id) else None,
                waiting.get(id_, {}),
            )
        )
    return sorted(lines, key=lambda line: (line.status != "open", line.title.casefold(), line.id))


def job_lines(company: Company, ends: Ends) -> list[JobLine]:
    """Return a line for each job of the ATS, open ones first."""
    by_job: dict[str, list[PositionLine]] = {}
    for line in position_lines(company, ends):
        if line.link:
            by_job.setdefault(line.link.job_id, []).append(line)
    entries, compared_at = company.listings.listed(company.name)
    lines = []
    for job in ends.jobs.values():
        leading = by_job.get(job.id, [])
        links = tuple(line.link for line in leading if line.link)
        listed = None if compared_at is None and job.id not in entries else job.id in entries
        lines.append(JobLine(company.name, job, links, listed, sum(sum(p.waiting.values()) for p in leading)))
    return sorted(lines, key=lambda line: (not line.job.is_open, line.job.title.casefold(), line.job.id))


def _waiting(company: Company) -> dict[str, dict[str, int]]:
    """Return how many wait on each position, by reason."""
    found: dict[str, dict[str, int]] = {}
    for group in company.actions.waiting_groups(company.name):
        reasons = found.setdefault(group.position_id, {})
        reasons[group.reason] = reasons.get(group.reason, 0) + group.number
    return found
