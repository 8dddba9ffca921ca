"""What is amiss, in words: what the next candidate of a linked job would run into, and what goes wrong with texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connector.domain.listings import LinkWarning
from connector.domain.model import Job, Link
from connector.domain.textwatch import TextFault, Trouble

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


@dataclass(frozen=True)
class _Kind:
    """How a trouble with text messages is told. Words may name `{number}`, `{reasons}`, `{company}`."""

    what: str
    one: str
    several: str
    advice: str
    stops: bool = False


_TROUBLES = {
    "quarantined": _Kind(
        "text_quarantined",
        "a text message waits for a decision ({reasons})",
        "{number} text messages wait for a decision ({reasons})",
        "`connector failures --company {company}` says which, why and what to do",
    ),
    "stopped": _Kind(
        "text_account",
        "an SMS provider sends nothing for the whole account, and a message waits",
        "an SMS provider sends nothing for the whole account, and {number} messages wait",
        "see to the account's money and state at the provider; it goes on by itself",
        stops=True,
    ),
    "callbacks": _Kind(
        "text_callbacks",
        "something that an SMS provider told within the last day cannot be read",
        "{number} things that SMS providers told within the last day cannot be read",
        "`connector sms failures --company {company}` names them; a reply among them can be read at the provider",
    ),
    "balance": _Kind(
        "text_balance",
        "the segments of `segment_balance` are used up ({number} left), and nothing is sent",
        "the segments of `segment_balance` are used up ({number} left), and nothing is sent",
        "raise `segment_balance`; what was given up is not sent later, new messages are",
        stops=True,
    ),
    "held": _Kind(
        "text_held",
        "a reply that is nobody's has been unread for more than a day",
        "{number} replies that are nobody's have been unread for more than a day",
        "`connector sms inbox --unmatched --company {company}` shows them; `sms assign` one, or mark it as read",
    ),
    "loop": _Kind(
        "text_loop",
        "a number sends the same text again and again: it is not copied any more",
        "a number sends the same text again and again: {number} of them within the last hour were not copied",
        "`connector sms inbox --company {company}` shows it; it ends when the other side stops",
    ),
}


def text_faults(troubles: Iterable[Trouble]) -> list[TextFault]:
    """Return what is amiss with text messages in an administrator's words, what stops everything first."""
    found = [_fault(trouble, _TROUBLES[trouble.what]) for trouble in troubles]
    return sorted(found, key=lambda fault: (fault.company, not fault.stops, fault.what))


def _fault(trouble: Trouble, kind: _Kind) -> TextFault:
    most_first = sorted(trouble.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    reasons = ", ".join(f"{code} {number}" if number > 1 else code for code, number in most_first)
    known = {"number": trouble.number, "reasons": reasons, "company": trouble.company}
    words = (kind.one if trouble.number == 1 else kind.several).format(**known)
    return TextFault(trouble.company, kind.what, words, kind.advice.format(**known), trouble.since, kind.stops)


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
