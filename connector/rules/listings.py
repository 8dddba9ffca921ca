"""What is to change in the source's list of jobs so that it shows the open ones, and when a change is not believed.

The list is ours: an entry that no open job stands behind goes, whoever put it there. Publishing never waits; taking
away does when more would go than is believable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain.actions import Item
from connector.domain.errors import SuspiciousChange
from connector.domain.listings import Brake, Entry, Reading, Wanted

#: fewer withdrawals than that never trip the brake (outcomes.md, "Listings")
FEW = 5
#: so many further readings, each so long after the one before, confirm what no human has confirmed
AGREEMENTS, APART = 2, timedelta(hours=1)
#: the whole list is compared once a night, at the first run after this hour, UTC
NIGHT_HOUR = 2


@dataclass(frozen=True)
class ListingPlan:
    """What is to be written, and what is held back."""

    #: not listed yet
    publish: tuple[str, ...] = ()
    #: listed otherwise than they are now
    update: tuple[str, ...] = ()
    #: listed, and no open job stands behind them
    withdraw: tuple[str, ...] = ()
    #: the source's entry is later than what was read of the job: left alone until the job has been read again
    newer: tuple[str, ...] = ()
    #: what is held back from now on; None: nothing is
    brake: Brake | None = None
    #: why, with the numbers; None: nothing is held back
    refused: SuspiciousChange | None = None


def still_open(wanted: Mapping[str, Wanted], now: datetime) -> dict[str, Wanted]:
    """Return the jobs whose deadline is not over."""
    return {id_: one for id_, one in wanted.items() if one.closes_at is None or one.closes_at > now}


def plan_listings(
    reading: Reading,
    listed: Mapping[str, Entry],
    max_share: float,
    brake: Brake | None,
    now: datetime,
    *,
    confirmed: bool = False,
) -> ListingPlan:
    """Compare both lists. `brake` is what was held back until now, `confirmed`: a human says yes to what is planned."""
    wanted = still_open(reading.wanted, now)
    common = [id_ for id_ in wanted if id_ in listed and listed[id_].version != wanted[id_].version]
    newer = [id_ for id_ in common if listed[id_].updated_at > wanted[id_].updated_at]
    plan = ListingPlan(
        publish=tuple(sorted(id_ for id_ in wanted if id_ not in listed)),
        update=tuple(sorted(set(common) - set(newer))),
        newer=tuple(sorted(newer)),
    )
    gone = frozenset(listed) - frozenset(wanted)
    if not reading.finished:
        # what is missing may merely not have been read
        held = _begin("unfinished", gone, len(listed), reading.at, brake)
        numbers = {"jobs read": len(reading.wanted), "listed": len(listed)}
        return replace(plan, brake=held, refused=SuspiciousChange(_WORDS["unfinished"], numbers))
    if brake is not None and brake.let_through and gone & brake.jobs:
        # the rest, if there is any, is judged when these are gone
        return replace(plan, withdraw=tuple(sorted(gone & brake.jobs)), brake=brake)
    before = brake if brake is not None and brake.why != "unfinished" and not brake.let_through else None
    why = _suspicion(gone, len(wanted), before.listed if before else len(listed), max_share)
    if why is None:
        return replace(plan, withdraw=tuple(sorted(gone)))
    held = _agree(_begin(why, gone, len(listed), reading.at, before), reading.at)
    if confirmed or held.agreed >= AGREEMENTS:
        return replace(plan, withdraw=tuple(sorted(gone)), brake=replace(held, let_through=True))
    numbers = {"to be withdrawn": len(gone), "listed": held.listed, "open": len(wanted)}
    return replace(plan, brake=held, refused=SuspiciousChange(_WORDS[why], numbers))


def without(plan: ListingPlan, job_ids: Iterable[str]) -> ListingPlan:
    """Return the plan without jobs that nothing can be done about just now."""
    out = frozenset(job_ids)

    def kept(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(id_ for id_ in ids if id_ not in out)

    return replace(plan, publish=kept(plan.publish), update=kept(plan.update), withdraw=kept(plan.withdraw))


def is_comparison_due(compared_at: datetime | None, now: datetime) -> bool:
    """Return whether the whole list is to be compared: at first, and once a night."""
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    latest = night if night <= now else night - timedelta(days=1)
    return compared_at is None or compared_at < latest


def written_by(item: Item) -> Entry | None:
    """Return what stands at the source once an action is done; None: nothing."""
    return Entry(item.remote_id, item.started_at) if item.remote_id else None


_WORDS = {
    "share": "more jobs would vanish from the source's list at once than `max_withdrawn_share` allows",
    "empty": "the ATS suddenly shows no open job at all",
    "unfinished": "the ATS's list of jobs was not read to its end",
}


def _suspicion(gone: frozenset[str], wanted: int, listed: int, max_share: float) -> str | None:
    if len(gone) < FEW:
        return None
    if not wanted:
        return "empty"
    return "share" if len(gone) > max_share * listed else None


def _begin(why: str, gone: frozenset[str], listed: int, at: datetime, before: Brake | None) -> Brake:
    """Go on with a brake that holds the same back; anything else begins anew, and is agreed with by nobody yet."""
    if before is not None and before.why == why and before.jobs == gone and not before.let_through:
        return before
    return Brake(why, at, gone, before.listed if before else listed, 0, at)


def _agree(brake: Brake, read_at: datetime) -> Brake:
    """Count a reading that says the same again, if it was made long enough after the last one that counted."""
    if read_at < brake.agreed_at + APART:
        return brake
    return replace(brake, agreed=brake.agreed + 1, agreed_at=read_at)
