"""From a decision or a failure to the transition that is written, with what the source is told about it."""

from __future__ import annotations

from datetime import timedelta

from connector.domain.actions import Change, Item, Kind, NewAction, State
from connector.domain.errors import PlatformError, Rejected
from connector.flows.company import Company
from connector.rules.applications import outcome_told
from connector.rules.failures import after_error

#: a person whose record lacks something is looked at hourly for a day, later daily (outcomes.md)
_LOOKED_AT = ("no_email", "phone_required", "cv_required", "summary_required")
_HOURLY_LOOKS, _HOUR_S, _DAY_S = 24, 3600, 86_400


def settled(
    company: Company,
    item: Item,
    state: State,
    reason: str,
    *,
    note: str = "",
    job_id: str | None = None,
    person: str | None = None,
    remote_id: str | None = None,
    phone: str | None = None,
    details: bool = False,
) -> Change:
    """Build a transition to a state where an item rests; the source is told if it changes what it was told last."""
    looks = item.attempts + 1 if (state, reason) == (item.state, item.reason) else 1
    due_s = None
    if state is State.PARKED and reason in _LOOKED_AT:
        due_s = _HOUR_S if looks < _HOURLY_LOOKS else _DAY_S
    then: tuple[NewAction, ...] = ()
    if item.kind is Kind.APPLICATION and (state, reason) != (item.state, item.reason):
        then = _report(company, item, state, reason, job_id, remote_id)
        if (state, reason) == (State.DONE, "sent"):
            then += texts_on(company, item, "application_sent")
    if details and remote_id:
        then += (NewAction(f"{item.key}:details", Kind.DETAILS, remote_id=remote_id),)
    return Change(
        item,
        state,
        reason,
        note=note,
        due_at=company.clock.now() + timedelta(seconds=due_s) if due_s else None,
        job_id=job_id,
        person=person,
        remote_id=remote_id,
        phone=phone,
        attempts=looks,
        # only who stands behind an application, or may yet, keeps the exclusive right
        release=item.claim is not None and state is not State.DONE,
        then=then,
    )


def failed(company: Company, item: Item, error: Exception, *, job_id: str | None = None) -> Change:
    """Build the transition that a failure asks for."""
    now = company.clock.now()
    verdict = after_error(error, item, now)
    if verdict.due_at is None:
        state, reason = _refused(item, verdict.state, verdict.reason, error)
        return settled(company, item, state, reason, note=verdict.note, job_id=job_id)
    return Change(
        item,
        verdict.state,
        verdict.reason,
        note=verdict.note,
        due_at=verdict.due_at,
        job_id=job_id,
        attempts=item.attempts + 1 if verdict.reason in (item.reason, "platform_unwell") else 1,
        doubt_at=now if verdict.state is State.UNKNOWN else None,
        release=item.claim is not None and verdict.state is State.WAITING,
    )


def _refused(item: Item, state: State, reason: str, error: Exception) -> tuple[State, str]:
    """Return what a refusal means where it is not about an application."""
    if item.kind is Kind.REPORT and reason == "refused_by_ats":
        return state, "refused_by_source"
    if item.kind is Kind.REPLY and isinstance(error, Rejected) and error.code == "conversation_closed":
        # nothing more can be written there, and the application has its copy
        return State.CLOSED, "conversation_closed"
    if item.kind in (Kind.COMMENT, Kind.REPLY) and isinstance(error, Rejected) and state is not State.CLOSED:
        return State.QUARANTINED, "copy_refused"
    return state, reason


def untried(company: Company, item: Item, error: PlatformError) -> Change:
    """Build the transition of an item that was not tried because its platform is in trouble: it merely waits."""
    verdict = after_error(error, item, company.clock.now())
    waits = verdict.state is State.WAITING
    return Change(
        item,
        State.WAITING,
        verdict.reason if waits else "platform_unwell",
        note=str(error),
        due_at=verdict.due_at or company.clock.now(),
        release=item.claim is not None,
    )


def paused(company: Company, item: Item, *, keep: bool = False) -> Change:
    """Let an item wait for the end of a pause; `keep` what is in doubt or made as it is."""
    pauses = [company.memory.pause(company.name, a.platform) for a in (company.ats, company.source)]
    pause = max((p for p in pauses if p), key=lambda p: p.until, default=None)
    due = pause.until if pause else company.clock.now() + timedelta(seconds=1)
    if keep or pause is None:
        return Change(item, item.state, item.reason, item.note, due)
    return Change(item, State.WAITING, pause.reason, pause.what, due, release=item.claim is not None)


def texts_on(company: Company, item: Item, event: str) -> tuple[NewAction, ...]:
    """Return the messages that an event sends, one a template. While texts are off, none is put off until later.

    Whoever a backfill forwards gets none: they wrote weeks ago, and there may be hundreds of them.
    """
    sms = company.sms
    if sms is None or not sms.enabled or item.asked == "backfill":
        return ()
    now = company.clock.now()
    return tuple(
        NewAction(
            f"{company.name}:{Kind.MESSAGE}:{item.start_id}:{template.name}",
            Kind.MESSAGE,
            note=template.name,
            due_at=now + timedelta(seconds=template.after_s),
        )
        for template in sms.templates.values()
        if template.on == event
    )


def _report(
    company: Company, item: Item, state: State, reason: str, job_id: str | None, remote_id: str | None
) -> tuple[NewAction, ...]:
    outcome = outcome_told(state, reason, job_id, remote_id)
    if outcome is None or not item.candidate_id:
        # a row that could not be read names nobody to report about
        return ()
    prepared = company.source.prepare_outcome(item.start_id, outcome, company.clock.now())
    return (NewAction(f"{company.name}:{Kind.REPORT}:{prepared.key}", Kind.REPORT, prepared, note=outcome.outcome),)
