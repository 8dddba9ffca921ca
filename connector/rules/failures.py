"""What a failure means for the item that it struck."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Item, State

#: the pace of `outcomes.md`: again within 5 s, doubling, at most 5 min apart
FIRST_DELAY_S = 4.0
LONGEST_DELAY_S = 300.0
#: the first look-up comes this long after the doubt arose, at the soonest
DOUBT_S = 2.0
#: a look-up proves absence only this long after it: a server may go on with a request whose sender is gone, and a
#: proxy may give up on a server that does not
ABSENT_S = 12.0
WIRE_TRIES = 3

#: what a refusal that names a field means, where the ATS asks for what we do not hold
_FIELD_REASONS = {
    "phone": (State.PARKED, "phone_required"),
    "cv": (State.PARKED, "cv_required"),
    "summary": (State.PARKED, "summary_required"),
    "address": (State.QUARANTINED, "address_required"),
}


@dataclass(frozen=True)
class Verdict:
    """Where an item goes after a failure."""

    state: State
    reason: str
    note: str
    due_at: datetime | None


def delay_s(attempts: int, chance: float) -> float:
    """Return how long to wait after the n-th failure in a row (n from 1); `chance` in [0, 1) spreads the herd."""
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempts - 1, 10))
    return longest * (0.6 + 0.4 * chance)


def after_error(error: Exception, item: Item, now: datetime, chance: float | None = None) -> Verdict:
    """Return where `item` goes after `error`; `attempts` on the item counts the failures before this one."""
    spread = random.Random(f"{item.key}{item.attempts}").random() if chance is None else chance  # noqa: S311
    later = now + timedelta(seconds=delay_s(item.attempts + 1, spread))
    match error:
        case errors.RateLimited():
            due = now + timedelta(seconds=max(1.0, error.retry_after_s))
            return Verdict(State.WAITING, "rate_limited", str(error), due)
        case errors.TransientError():
            return Verdict(State.WAITING, "platform_unwell", str(error), later)
        case errors.OutcomeUnknown():
            soonest = now + timedelta(seconds=DOUBT_S)
            return Verdict(State.UNKNOWN, "outcome_unknown", str(error), max(soonest, later))
        case errors.AuthError():
            return Verdict(State.WAITING, error.reason, str(error), later)
        case errors.CandidateErased():
            return Verdict(State.CLOSED, "candidate_erased", "", None)
        case errors.WireError() if wire_tries(item) < WIRE_TRIES:
            return Verdict(State.WAITING, "wire_error", str(error), later)
        case errors.WireError():
            return Verdict(State.QUARANTINED, "wire_error", str(error), None)
        case errors.Rejected():
            return _after_rejection(error)
    return Verdict(State.QUARANTINED, "internal", type(error).__name__, None)


def wire_tries(item: Item) -> int:
    """Return how many unreadable answers in a row this one makes; other failures in between begin the count anew."""
    return (item.attempts if item.reason == "wire_error" else 0) + 1


def _after_rejection(error: errors.Rejected) -> Verdict:
    named = set(error.fields)
    if "job" in named:
        reason = "job_gone" if isinstance(error, errors.NotThere) else "job_not_open"
        return Verdict(State.PARKED, reason, error.what, None)
    # every field we hold was sent, so a field that is asked for is one that we do not hold; all must be such
    reasons = [_FIELD_REASONS.get(name) for name in error.fields]
    if reasons and all(reasons):
        state, reason = sorted(filter(None, reasons), key=lambda r: r[0] != State.QUARANTINED)[0]
        return Verdict(state, reason, error.what, None)
    if error.code == "conversation_not_started":
        return Verdict(State.QUARANTINED, "not_started", error.what, None)
    if isinstance(error, errors.NotThere):
        return Verdict(State.QUARANTINED, "conversation_gone", error.what, None)
    return Verdict(State.QUARANTINED, "refused_by_ats", error.what, None)
