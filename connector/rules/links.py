"""Which job a position leads to, and when what waited for that may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.domain.keeping import Group
from connector.domain.model import Job, Link, Position


def all_links(file_links: Iterable[Link], positions: Iterable[Position]) -> dict[str, Link]:
    """Return the link of each position; the mapping file's wins over the source's."""
    links = {p.id: Link(p.id, p.linked_job, "source") for p in positions if p.linked_job}
    return links | {link.position_id: link for link in file_links}


def is_released(
    group: Group, links: Mapping[str, Link], jobs: Mapping[str, Job], eased: Mapping[str, frozenset[str]]
) -> bool:
    """Return whether starts that wait need wait no longer.

    `eased` names, for each job whose form has just been relaxed, the reasons that this lifts.
    """
    link = links.get(group.position_id)
    job_id = group.job_override or (link.job_id if link else None)
    job = jobs.get(job_id) if job_id else None
    # another job than the one they were last planned for: everything about them is open again
    moved = job_id is not None and group.job_id is not None and job_id != group.job_id
    match group.reason:
        case "position_not_linked":
            return job_id is not None
        case "job_not_open" | "job_gone":
            return job is not None and job.is_open
        case "phone_required" | "cv_required" | "summary_required":
            return moved or group.reason in eased.get(job_id or "", ())
        case "refused_by_ats" | "address_required":
            return moved
    return False


def what_eased(before: Mapping[str, Job], after: Mapping[str, Job]) -> dict[str, frozenset[str]]:
    """Return the reasons that are lifted because a job's form asks for less than it did."""
    lifted = {}
    for job_id, job in after.items():
        was = before.get(job_id)
        if was is not None:
            reasons = frozenset(f"{name}_required" for name in _ASKED if _asks(was, name) and not _asks(job, name))
            if reasons:
                lifted[job_id] = reasons
    return lifted


_ASKED = ("phone", "cv", "summary")


def _asks(job: Job, name: str) -> bool:
    return bool(getattr(job, f"requires_{name}"))
