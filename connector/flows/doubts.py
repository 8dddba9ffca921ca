"""Doubts: what became of attempts whose answer was lost, or whose process ended in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.model import Application
from connector.flows.changes import paused, settled
from connector.flows.company import Company, log
from connector.flows.pauses import end_pause, may_call, strike
from connector.rules.applications import reference_of
from connector.rules.failures import DOUBT_S, delay_s


def settle_doubts(company: Company, items: Sequence[Item]) -> list[Item]:
    """Look up what became of earlier attempts, in one call; return those that are to be planned (again)."""
    now = company.clock.now()
    orphans = [i for i in items if i.state is State.ATTEMPTING and not i.remote_id]
    # the process that wrote the intent is gone, or it would hold the lock: killed in between
    soon = now + timedelta(seconds=DOUBT_S)
    company.actions.move(
        [
            Change(i, State.UNKNOWN, "outcome_unknown", "the process ended in between", soon, doubt_at=now)
            for i in orphans
        ]
    )
    doubtful = [i for i in items if i.state is State.UNKNOWN or (i.state is State.ATTEMPTING and i.remote_id)]
    again = verify(company, doubtful) if doubtful else []
    settled_ids = {i.id for i in orphans} | {i.id for i in doubtful}
    return [i for i in items if i.id not in settled_ids] + again


def verify(company: Company, items: Sequence[Item]) -> list[Item]:
    """Read applications back by reference, in one call: found → done; surely absent → returned, to be done again."""
    if not may_call(company, company.ats):
        company.actions.move([paused(company, item, keep=True) for item in items])
        return []
    references = {item.id: reference_of(company.forwarding.source, item.start_id) for item in items}
    asked_at = company.clock.now()
    try:
        rows = company.ats.applications_by_reference(list(references.values()), min(i.priority for i in items))
    except errors.PlatformError as error:
        strike(company, company.ats, error)
        company.actions.move([_still(company, item, error) for item in items])
        return []
    end_pause(company, company.ats)
    changes, again = [], []
    for item in items:
        found = rows.get(references[item.id], ())
        if found:
            changes.append(_confirmed(company, item, found))
        elif item.state is State.UNKNOWN and _is_old(item, asked_at, company.absent_after_s):
            again.append(replace(item, attempts=0))
        else:
            changes.append(_doubted(company, item))
    company.actions.move(changes)
    return again


def _is_old(item: Item, asked_at: datetime, seconds: float) -> bool:
    return item.doubt_at is not None and asked_at >= item.doubt_at + timedelta(seconds=seconds)


def _confirmed(company: Company, item: Item, found: Sequence[Application]) -> Change:
    """Judge an application that was found: in Applied, CV there; what is amiss is noted, never done again."""
    row = next((a for a in found if a.id == item.remote_id), found[0])
    made = item.state is State.ATTEMPTING
    noted_before = item.note.split(",") if made and item.note else []
    notes = [note for note in noted_before if note != "cv_sent"]
    if row.stage_kind not in (None, "applied"):
        notes.append("not_in_applied")
    if row.has_cv is False and "cv_sent" not in noted_before and "cv_unfit" not in notes:
        # its answer was lost, and with it what we knew of the file
        notes += [] if "cv_missing" in notes else ["cv_not_seen"]
    elif row.has_cv is False and "cv_sent" in noted_before:
        notes.append("cv_not_stored")
        log.warning("cv not stored", action="verify", company=company.name, key=item.key, application=row.id)
    return settled(company, item, State.DONE, "sent", note=",".join(notes), job_id=row.job_id, remote_id=row.id)


def _doubted(company: Company, item: Item) -> Change:
    """Doubt an application that is not there: asked too early, or a 201 that nothing stands behind."""
    now = company.clock.now()
    if item.state is State.UNKNOWN and item.doubt_at:
        # asked too early to prove absence
        due = max(now + timedelta(seconds=0.5), item.doubt_at + timedelta(seconds=company.absent_after_s))
        return Change(item, State.UNKNOWN, "outcome_unknown", item.note, due)
    note = "the server said created, and does not list it"
    return Change(item, State.UNKNOWN, "outcome_unknown", note, now + timedelta(seconds=DOUBT_S), doubt_at=now)


def _still(company: Company, item: Item, error: errors.PlatformError) -> Change:
    """Keep the state of an item whose look-up failed, and look again later."""
    wait_s = error.retry_after_s if isinstance(error, errors.RateLimited) else delay_s(item.attempts + 1, 0.5)
    due = company.clock.now() + timedelta(seconds=max(DOUBT_S, wait_s))
    return Change(item, item.state, item.reason, item.note, due, attempts=item.attempts + 1)
