"""What the next candidate of a linked job would run into: told before somebody does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from connector.domain.listings import LinkWarning
from connector.domain.model import Job, Link

#: code -> what is the matter, what to do
_WORDS = {
    "job_gone": ("is not there any more", "link the position to another job"),
    "job_not_open": ("is not open", "open the job, or link the position to another one"),
    "phone_required": (
        "requires a phone number",
        "whoever has none at the source is parked: make it optional on the job's form, or complete their records",
    ),
    "cv_required": (
        "requires a CV",
        "whoever has no fit one at the source is parked: make it optional on the job's form, or complete their records",
    ),
    "summary_required": (
        "requires a summary",
        "whoever has no headline at the source is parked: make it optional on the job's form",
    ),
    "address_asked": (
        "asks for a postal address, which the source does not give",
        "if Pinpoint insists on it, everybody is refused: take it off the job's form",
    ),
    "anonymised": (
        "is screened anonymously",
        "people are sent all the same; Pinpoint conceals their details, so nothing can be added to them later",
    ),
}


def link_warnings(links: Mapping[str, Link], jobs: Mapping[str, Job], now: datetime) -> list[LinkWarning]:
    """Return what is the matter with each linked job as it stands now; positions without a link have nothing."""
    return [
        LinkWarning(link.position_id, link.job_id, code, now)
        for link in sorted(links.values(), key=lambda link: link.position_id)
        for code in _codes(jobs.get(link.job_id))
    ]


def warning_words(warning: LinkWarning) -> str:
    """Return a warning in an administrator's words."""
    return f"job {warning.job_id}, linked to position {warning.position_id}, {_WORDS[warning.code][0]}"


def warning_advice(warning: LinkWarning) -> str:
    """Return what to do about a warning."""
    return _WORDS[warning.code][1]


def _codes(job: Job | None) -> Iterator[str]:
    if job is None:
        yield "job_gone"
        return
    if not job.is_open:
        yield "job_not_open"
    if job.requires_phone:
        yield "phone_required"
    if job.requires_cv:
        yield "cv_required"
    if job.requires_summary:
        yield "summary_required"
    if job.asks_address:
        yield "address_asked"
    if job.conceals:
        yield "anonymised"
