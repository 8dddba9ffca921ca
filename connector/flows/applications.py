"""A started conversation becomes an application: read the feed, decide, perform, read back, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, Kind, State, Tally
from connector.domain.model import Priority
from connector.flows.changes import failed, paused, settled
from connector.flows.company import Company, log, noted
from connector.flows.creating import claim_key
from connector.flows.doubts import settle_doubts, verify
from connector.flows.facts import Lists, refresh_lists, release_waiting
from connector.flows.feed import read_feed
from connector.flows.gathering import Prospect, gather
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import Batch
from connector.flows.reports import catch_up
from connector.rules.failures import DOUBT_S

#: asked for by hand or by a backfill: exempt from the brake on automatic forwarding
ASKED = (Priority.MANUAL, Priority.BACKFILL)
#: between batches; a waiter tries for the lock more often than that
LOCK_GAP_S = 0.03
AUTOMATIC = tuple(p for p in Priority if p not in ASKED)


def sync_applications(company: Company, *, yes: bool = False) -> Tally:
    """Make one run: everything that has started and is due. Twice changes nothing. Raises StoreError and the like.

    `yes` lets through more than `max_new_per_run`, and what the first batch held back. What a platform does is in
    the tally and the ledger, not raised.
    """
    tally = Tally()
    with noted(company, "applications"):
        trouble = _read(company, tally)
        if yes or not _is_idle(company):
            _run_whole(company, tally, yes)
        if trouble is not None:
            raise trouble
    return tally


def _run_whole(company: Company, tally: Tally, yes: bool) -> None:
    company = company.pinned()
    lists = refresh_lists(company)
    release_waiting(company, lists)
    if yes:
        _let_through(company)
    company.seen.readings = company.memory.readings(company.name)
    if _has_work(company):
        # it may read single jobs again: what waits for those is looked at in the next run
        company.seen.readings = None
        _forward_all(company, lists, tally, room=None if yes else company.max_new_per_run)
        catch_up(company, tally)


def _is_idle(company: Company) -> bool:
    """Return whether a whole run would find nothing: nothing due, and lists that are young and have been gone by."""
    if company.seen.readings is None:
        return False
    readings = company.memory.readings(company.name)
    needed = ("jobs", "positions") if company.follow_source_links else ("jobs",)
    oldest = company.clock.now() - timedelta(seconds=company.lists_every_s)
    young = all(what in readings and readings[what] >= oldest for what in needed)
    return young and readings == company.seen.readings and not _has_work(company)


def forward(company: Company, items: Sequence[Item], lists: Lists, room: int | None) -> tuple[int, bool]:
    """Take one batch from where each item stands to where it can go. The caller holds the company's lock.

    `room` is how many that nobody asked for may be sent yet; None: all. Returns how many of those were sent, and
    whether the batch made any progress.
    """
    items = settle_doubts(company, items)
    if not items:
        return 0, True
    if not may_call(company, company.source) or not may_call(company, company.ats):
        company.actions.move([paused(company, item) for item in items])
        return 0, True
    found = gather(company, items, lists)
    changes = [failed(company, item, error) for item, error in found.failed]
    changes += [_decided(company, p) for p in found.prospects if p.decision.state is not State.PLANNED]
    if found.trouble:
        strike(company, *found.trouble)
    company.actions.move(changes)
    to_check = [c.item for c in changes if c.state is State.ATTEMPTING]
    ready, held = _within(room, [p for p in found.prospects if p.decision.state is State.PLANNED])
    sent = _send(company, ready, to_check)
    if not found.trouble:
        end_pause(company, company.source)
    return sum(p.item.asked is None for p in ready), bool(changes or ready) or sent or not held


def _read(company: Company, tally: Tally) -> errors.PlatformError | None:
    """Read the feed; a source in trouble does not keep the rest of the run from its work."""
    if not may_call(company, company.source):
        pause = company.memory.pause(company.name, company.source.platform)
        return errors.NeverArrived(company.source.platform, "feed", pause.what) if pause else None
    hints, began = company.hints, company.clock.now()
    if not hints.is_due(began):
        # it announces what is new, and all that it has announced has been read
        return None
    heard = hints.begin()
    try:
        found = read_feed(company)
    except errors.PlatformError as error:
        if not isinstance(error, errors.WireError | errors.Rejected):
            # a feed that cannot be read is no reason to leave those waiting who are known already
            strike(company, company.source, error)
        tally.problems.append(str(error))
        return error
    end_pause(company, company.source)
    tally.read += found
    if hints.end(began, heard, found):
        pace = "rare: it announces what is new" if hints.relied_on else "as configured: its calls do not come any more"
        log.info("polls of the source", action="pace", company=company.name, what=pace)
    return None


def _forward_all(company: Company, lists: Lists, tally: Tally, room: int | None) -> None:
    """Forward batch after batch, each under the lock, until nothing is due or the brake holds."""
    _, _, confirmed = company.feed.cursor(company.name)
    progress = True
    while progress and company.goes_on():
        priorities = Priority if room is None or room > 0 else ASKED
        try:
            with company.locks.hold(company.name, company.lock_wait_s):
                due = company.actions.due(
                    company.name, Kind.APPLICATION, company.clock.now(), company.batch_size, priorities
                )
                if not due:
                    break
                used, progress = forward(company, due, lists, room)
                room = None if room is None else room - used
            if due[0].priority is Priority.BACKFILL:
                # nobody more urgent was left, and a backfill is long: whoever has started meanwhile goes first
                _read(company, tally)
                catch_up(company, tally)
                lists = refresh_lists(company)
            # long enough for a manual send that waits for the lock to get it
            company.stop.wait(LOCK_GAP_S)
        except errors.Busy:
            # somebody else is at it: what is due is being done
            return
    _brake(company, tally, room, confirmed)


def _brake(company: Company, tally: Tally, room: int | None, confirmed: bool) -> None:
    """Hold back what is left of a first batch that is too large; let the next run go on with a later one."""
    now = company.clock.now()
    left = [i for i in company.actions.due(company.name, Kind.APPLICATION, now, 1, AUTOMATIC) if i.asked is None]
    if left and room is not None and room <= 0:
        if not confirmed:
            tally.held_back = company.actions.hold_back(company.name, "first_batch_too_large")
        log.warning("brake", action="hold_back", company=company.name, people=tally.held_back or "some")
    elif not confirmed and company.goes_on():
        company.feed.confirm(company.name)


def _has_work(company: Company) -> bool:
    """Return whether anything is due, or the first batch is still to be judged; most polls find nothing."""
    _, _, confirmed = company.feed.cursor(company.name)
    return not confirmed or company.actions.any_due(company.name, company.clock.now())


def _let_through(company: Company) -> None:
    for group in company.actions.waiting_groups(company.name):
        if group.reason == "first_batch_too_large":
            company.actions.release(company.name, group, "asked")
    company.feed.confirm(company.name)


def _within(room: int | None, ready: Sequence[Prospect]) -> tuple[list[Prospect], list[Prospect]]:
    """Split what may be sent from what the brake holds; who was asked for always may."""
    if room is None:
        return list(ready), []
    asked = [p for p in ready if p.item.asked is not None]
    automatic = [p for p in ready if p.item.asked is None]
    return asked + automatic[: max(0, room)], automatic[max(0, room) :]


def _decided(company: Company, prospect: Prospect) -> Change:
    """Turn a decision that needs no write to the ATS into its transition."""
    decision, item = prospect.decision, prospect.item
    remote_id = decision.existing.id if decision.existing else None
    if decision.state is State.ATTEMPTING:
        due, notes = company.clock.now(), ",".join(decision.notes)
        return Change(
            item,
            State.ATTEMPTING,
            decision.reason,
            notes,
            due,
            job_id=decision.job_id,
            person=prospect.person,
            remote_id=remote_id,
            phone=prospect.phone,
        )
    return settled(
        company,
        item,
        decision.state,
        decision.reason,
        note=decision.note or ",".join(decision.notes),
        job_id=decision.job_id,
        person=prospect.person,
        remote_id=remote_id,
        phone=prospect.phone,
        details=decision.details is not None,
    )


def _send(company: Company, ready: Sequence[Prospect], to_check: Sequence[Item]) -> bool:
    """Create, read back, and settle those whose person and job another start holds. Returns whether any was sent."""
    keys = {p.item.id: claim_key(company.name, p.person or "", p.decision.job_id or "") for p in ready}
    lost = _create(company, ready, keys)
    made = company.actions.items([p.item.id for p in ready] + [item.id for item in to_check])
    check = [item for item in made if item.state is State.ATTEMPTING and item.remote_id]
    if check:
        verify(company, check)
    people = {p.item.id: p for p in ready}
    company.actions.move([_second(company, item, keys[item.id], people[item.id]) for item in lost])
    return bool(check)


def _create(company: Company, ready: Sequence[Prospect], keys: Mapping[int, str]) -> list[Item]:
    """Create for each; whoever lost the right to a start that then gave it up has a turn of its own."""
    batch = Batch(company)
    lost: list[Item] = []
    turn = list(ready)
    while turn:
        without = {item.id for item in batch.create_applications(turn)}
        behind = [p for p in turn if p.item.id in without]
        free = [p for p in behind if company.actions.holder(keys[p.item.id]) is None]
        lost += [p.item for p in behind if p not in free]
        turn = free
    return lost


def _second(company: Company, item: Item, key: str, prospect: Prospect) -> Change:
    """Settle a second start of the same person for the same job by what became of the first."""
    holder = company.actions.holder(key)
    job_id, person, phone = prospect.decision.job_id, prospect.person, prospect.phone
    if holder is not None and holder.state is State.DONE:
        remote_id = holder.remote_id
        return settled(
            company,
            item,
            State.DONE,
            "same_application",
            job_id=job_id,
            person=person,
            remote_id=remote_id,
            phone=phone,
        )
    # the first is still under way, or gave up the right: look again when it is looked at
    due = company.clock.now() + timedelta(seconds=DOUBT_S if holder else 0)
    if holder is not None and holder.due_at is not None:
        due = max(due, holder.due_at + timedelta(seconds=0.1))
    return Change(item, State.WAITING, "another_goes_first", due_at=due, job_id=job_id, person=person)
