"""A started conversation becomes an application: what becomes of each one, and why.

Three steps, each with the facts that it needs and no more: `triage` before anybody is asked about the person,
`decide` with the person's details and what stands in the ATS, `with_cv` when the file is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain.actions import Item, State
from connector.domain.model import Application, Candidate, Job, Link, NewApplication, Outcome
from connector.domain.reasons import REASONS
from connector.rules.cvs import Judged
from connector.rules.people import read_phone, split_name


@dataclass(frozen=True)
class Forwarding:
    """What the mapping says about forwarding, as far as the rules need it."""

    company: str
    automatic: bool
    #: aware, UTC: what started earlier waits for a hand; None: everything counts
    since: datetime | None
    default_region: str | None
    notify: bool
    source_label: str
    tag: str
    #: the source's name, the first half of every reference
    source: str = "cord"
    #: a second automatic switch at the source is read from each start, not from here


@dataclass(frozen=True)
class Decision:
    """What becomes of a start, or the next thing to do about it."""

    state: State
    reason: str
    note: str = ""
    job_id: str | None = None
    #: to be created; the state is then PLANNED
    new: NewApplication | None = None
    #: stands in the ATS already
    existing: Application | None = None
    #: details that the existing application lacks: phone, region, profile address
    details: tuple[str | None, str | None, str | None] | None = None
    #: words that stand beside the outcome, codes of `reasons.NOTES`
    notes: tuple[str, ...] = field(default=())


def reference_of(source: str, start_id: str) -> str:
    """Return the reference that marks an application as made from this start."""
    return f"{source}:{start_id}"


def link_of(item: Item, links: Mapping[str, Link]) -> Link | None:
    """Return where an item goes: the job named by hand, or its position's link."""
    if item.job_override:
        return Link(item.position_id, item.job_override, "send")
    return links.get(item.position_id)


def triage(item: Item, link: Link | None, job: Job | None, forwarding: Forwarding) -> Decision | None:
    """Decide what can be decided without the person; None: go on.

    `job` is the linked job as the ATS shows it now, None if it is not there.
    """
    job_id = link.job_id if link else None
    if item.asked is None and forwarding.since and item.started_at < forwarding.since:
        return Decision(State.PARKED, "before_start", job_id=job_id)
    if link is None:
        return Decision(State.PARKED, "position_not_linked")
    if item.asked is None and not (item.automatic and link.automatic and forwarding.automatic):
        return Decision(State.PARKED, "waiting_for_manual_send", job_id=job_id)
    if job is None:
        return Decision(State.PARKED, "job_gone", job_id=job_id)
    if not job.is_open:
        return Decision(State.PARKED, "job_not_open", note=f"status {job.status}", job_id=job_id)
    return None


def decide(
    item: Item, candidate: Candidate, job: Job, standing: Sequence[Application], forwarding: Forwarding
) -> Decision:
    """Decide with the person's details; `standing` is all that the ATS holds for the address.

    The caller has made sure that the address is usable.
    """
    reference = reference_of(forwarding.source, item.start_id)
    phone = read_phone(candidate.phone, forwarding.default_region)
    notes = _phone_notes(candidate, phone is not None, phone is not None and phone.unverified)
    here = [a for a in standing if a.job_id == job.id]
    ours = [a for a in here if a.reference == reference]
    if ours:
        # an earlier attempt of this very action arrived after all
        return Decision(State.ATTEMPTING, "created_unchecked", job_id=job.id, existing=ours[0])
    siblings = [a for a in here if (a.reference or "").startswith(f"{forwarding.source}:")]
    if siblings:
        # another conversation of the same person led here; also after the ledger was lost
        return Decision(State.DONE, "same_application", job_id=job.id, existing=siblings[0])
    if here:
        details = _missing_details(here[0], phone.number if phone else None, phone.region if phone else None, candidate)
        return Decision(State.DONE, "already_there", job_id=job.id, existing=here[0], details=details)
    if job.requires_phone and phone is None:
        return Decision(State.PARKED, "phone_required", job_id=job.id, notes=notes)
    if job.requires_summary and not (candidate.headline or "").strip():
        return Decision(State.PARKED, "summary_required", job_id=job.id)
    if job.requires_cv and candidate.cv is None:
        return Decision(State.PARKED, "cv_required", job_id=job.id)
    tie, tie_notes = _tie(standing)
    first, last = split_name(candidate.first_name, candidate.last_name, candidate.full_name)
    new = NewApplication(
        job_id=job.id,
        reference=reference,
        first_name=first,
        last_name=last,
        email=(candidate.email or "").strip(),
        phone=phone.number if phone else None,
        phone_region=phone.region if phone else None,
        linkedin_url=candidate.linkedin_url,
        summary=(candidate.headline or "").strip() or None,
        source_label=forwarding.source_label,
        tag=forwarding.tag,
        notify=forwarding.notify,
        candidate_id=tie,
    )
    return Decision(State.PLANNED, "send", job_id=job.id, new=new, notes=notes + tie_notes)


def with_cv(decision: Decision, judged: Judged, job: Job) -> Decision:
    """Add the verdict on the CV: park where the job requires one that is not fit, note it elsewhere."""
    if judged.cv is None and job.requires_cv:
        return Decision(State.PARKED, "cv_required", note=judged.note, job_id=job.id)
    return replace(decision, notes=decision.notes + ((judged.note,) if judged.note else ()))


def outcome_told(state: State, reason: str, job_id: str | None, application_id: str | None) -> Outcome | None:
    """Return what the source is told about a transition; None: nothing."""
    if state is State.DONE:
        outcome = "sent" if reason == "sent" else "duplicate"
        return Outcome(outcome, job_id, application_id, None, None)
    known = REASONS.get(reason)
    if known is None or known.told is None or state not in (State.PARKED, State.QUARANTINED):
        return None
    outcome = "skipped" if state is State.PARKED else "failed"
    return Outcome(outcome, job_id, None, known.told, f"{known.words[:1].upper()}{known.words[1:]}.")


def _tie(standing: Sequence[Application]) -> tuple[str | None, tuple[str, ...]]:
    """Tie a new application to the one record of the person; two records want merging by a human first."""
    records = {a.candidate_id for a in standing if a.candidate_id}
    if len(records) == 1:
        return records.pop(), ("tied",)
    return None, (("needs_merging",) if records else ())


def _missing_details(
    there: Application, phone: str | None, region: str | None, candidate: Candidate
) -> tuple[str | None, str | None, str | None] | None:
    """Return what we know and the application lacks. What a concealed row hides is not compared."""
    if there.concealed:
        return None
    new_phone = phone if phone and not there.phone else None
    new_profile = candidate.linkedin_url if candidate.linkedin_url and not there.linkedin_url else None
    return (new_phone, region if new_phone else None, new_profile) if new_phone or new_profile else None


def _phone_notes(candidate: Candidate, readable: bool, unverified: bool) -> tuple[str, ...]:
    if candidate.phone and not readable:
        return ("phone_left_out",)
    return ("phone_unverified",) if unverified else ()
