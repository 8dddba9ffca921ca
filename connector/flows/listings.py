"""The source's list of jobs as a mirror of the open ones: read, compare, write what differs, take away what is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.listings import Brake, Entry, ListingTally, NewListing, Reading
from connector.domain.model import Job, may_be_among
from connector.flows.company import Company, log, noted
from connector.flows.facts import refresh_job, refresh_lists, release_waiting
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import write_listings
from connector.rules.listings import ListingPlan, is_comparison_due, plan_listings, still_open, without

#: writes at a time; the mirror's lock is held for so many
BATCH = 20


def sync_listings(company: Company, *, yes: bool = False, since: datetime | None = None) -> ListingTally:
    """Make one run of the mirror. Twice changes nothing. A company without a mirror is left alone.

    The jobs are read again if they were read before `since`; without it, if that is half an interval ago: forwarding
    reads the same list, and whoever comes first reads it for both. `yes` lets through what the brake holds back.

    Raises StoreError, and what kept the run from coming to its end; what was written until then stays.
    """
    tally = ListingTally()
    if not company.mirrored:
        return tally
    with noted(company, "listings"):
        since = since or company.clock.now() - timedelta(seconds=company.lists_every_s / 2)
        release_waiting(company, refresh_lists(company, jobs_since=since))
        trouble = Mirror(company, tally, yes).work() or _unread(company, since)
        if trouble is not None:
            raise trouble
    return tally


class Mirror:
    """One run at work."""

    def __init__(self, company: Company, tally: ListingTally, yes: bool) -> None:
        self._company, self._tally, self._yes = company, tally, yes
        self._trouble: errors.PlatformError | None = None
        #: both lists have been read again because an entry was later than what we knew
        self._read_again = False

    def work(self) -> errors.PlatformError | None:
        """Make steps, each under the mirror's own lock, until nothing is left to do or something is in the way.

        The lock is not the one of forwarding: people never wait for the list.
        """
        company = self._company
        goes_on = True
        while goes_on and self._trouble is None and not company.stop.is_set():
            if not may_call(company, company.source):
                return _paused(company)
            try:
                with company.locks.hold(f"{company.name}.listings", company.lock_wait_s):
                    goes_on = self._step()
            except errors.Busy:
                # somebody else is at it
                break
        return self._trouble

    def _step(self) -> bool:
        """Do the next few writes; returns whether there may be more."""
        company = self._company
        actions = company.listings.open_actions(company.name)
        now = company.clock.now()
        due = [item for item in actions if item.prepared and item.due_at and item.due_at <= now]
        if due:
            # what may have arrived comes to its end before anything newer goes out about the same job
            self._repeat(due[:BATCH])
            return True
        reading = company.listings.reading(company.name)
        if reading is None or not self._compare(now):
            return False
        jobs, _ = company.memory.jobs(company.name)
        entries, _ = company.listings.listed(company.name)
        wanted, unread = still_open(reading.wanted, now), company.listings.unread(company.name)
        listed = {
            id_: entry
            for id_, entry in entries.items()
            if id_ in wanted or not (self._is_unsure(jobs.get(id_), reading) or _is_unread(id_, jobs, unread))
        }
        before = company.listings.brake(company.name)
        plan = plan_listings(reading, listed, company.max_withdrawn_share, before, now, confirmed=self._yes)
        self._hold(plan, before, actions, now)
        plan = without(plan, self._blocked(actions, plan, reading))
        new = self._intents(plan, listed, jobs, now)
        if new:
            self._write(company.listings.begin(company.name, new, now))
        return bool(new)

    def _repeat(self, items: Sequence[Item]) -> None:
        """Send again what was under way; what somebody has asked to retry is planned anew instead."""
        retried = [item for item in items if item.state is State.PLANNED]
        self._company.actions.move([Change(item, State.CLOSED, "overtaken", item.note) for item in retried])
        again = [item for item in items if item.state is not State.PLANNED]
        if again:
            self._write(again)

    def _write(self, items: Sequence[Item]) -> None:
        company = self._company
        changes, self._trouble = write_listings(company, items)
        done = [change.item for change in changes if change.state is State.DONE]
        self._tally.published += sum(bool(item.remote_id) for item in done)
        self._tally.withdrawn += sum(not item.remote_id for item in done)
        for change in changes:
            about = {"job": change.item.job_id, "state": change.state, "reason": change.reason}
            action = "publish" if change.item.remote_id else "withdraw"
            log.info("listing", action=action, company=company.name, **about)
        if self._trouble is None:
            end_pause(company, company.source)
        if any(change.reason == "overtaken" for change in changes):
            company.listings.compare_again(company.name)
            if not self._read_again:
                self._read_again = True
                refresh_lists(company, jobs_since=company.clock.now())

    def _compare(self, now: datetime) -> bool:
        """Read the source's list whole where that is due; returns whether it is known."""
        company = self._company
        _, compared_at = company.listings.listed(company.name)
        if not is_comparison_due(compared_at, now):
            return True
        try:
            found = company.source.listings()
        except errors.PlatformError as error:
            self._trouble = error
            if not isinstance(error, errors.WireError | errors.Rejected | errors.PermissionMissing):
                strike(company, company.source, error)
            return False
        company.listings.keep_listed(company.name, found, now)
        return True

    def _hold(self, plan: ListingPlan, before: Brake | None, actions: Sequence[Item], now: datetime) -> None:
        """Remember what is held back, and tell it once when it begins and once when it is over."""
        company, refused = self._company, plan.refused
        self._tally.refused = refused
        faults = [item for item in actions if item.prepared is None and item.job_id is None]
        if refused is not None:
            told = [fault for fault in faults if (fault.state, fault.note) == (State.QUARANTINED, str(refused))]
            if before is None or before.let_through or len(told) < len(faults):
                # told first: who dies in between tells it again, in the same place
                company.listings.fault(company.name, "suspicious_change", str(refused), now)
                log.warning("brake", action="hold_back", company=company.name, what=str(refused))
        elif faults:
            company.actions.move([Change(fault, State.CLOSED, "brake_released", fault.note) for fault in faults])
            log.info("brake released", action="let_through", company=company.name)
        if plan.brake != before:
            company.listings.keep_brake(company.name, plan.brake)

    def _blocked(self, actions: Sequence[Item], plan: ListingPlan, reading: Reading) -> list[str]:
        """Return jobs with a write under way, and those whose very entry the source refuses; others start afresh."""
        planned = {*plan.publish, *plan.update, *plan.withdraw}
        blocked, outdated = [], []
        for item in actions:
            if item.prepared is None or item.job_id is None:
                continue
            wanted = reading.wanted.get(item.job_id) if item.job_id not in plan.withdraw else None
            still = item.job_id in planned and item.remote_id == (wanted.version if wanted else "")
            if item.state is not State.QUARANTINED or still:
                blocked.append(item.job_id)
            else:
                outdated.append(Change(item, State.CLOSED, "overtaken", item.note))
        self._company.actions.move(outdated)
        return blocked

    def _is_unsure(self, job: Job | None, reading: Reading) -> bool:
        """Return whether a job is open although the last reading has no advert of it: its entry stays as it is."""
        visible = job is not None and job.is_open and job.visibility in self._company.mirrored
        return visible and job is not None and job.id not in reading.wanted

    def _intents(
        self, plan: ListingPlan, listed: Mapping[str, Entry], jobs: Mapping[str, Job], now: datetime
    ) -> list[NewListing]:
        """Return the next few writes: what is missing or has changed first, then what is to go."""
        company = self._company
        first = (*plan.publish, *plan.update)[:BATCH]
        if first:
            adverts = company.listings.adverts(company.name, first)
            return [
                NewListing(
                    job_id,
                    advert.listing.title,
                    Entry(advert.listing.version, advert.listing.updated_at),
                    company.source.prepare_listing(advert.listing, now),
                )
                for job_id, advert in adverts.items()
            ]
        return [
            NewListing(job_id, title, None, company.source.prepare_withdrawal(job_id, now))
            for job_id, title in self._surely_over(plan, listed, jobs)
        ]

    def _surely_over(
        self, plan: ListingPlan, listed: Mapping[str, Entry], jobs: Mapping[str, Job]
    ) -> list[tuple[str, str]]:
        """Return jobs to be withdrawn, with their titles.

        One that we have listed and that the ATS's list no longer shows at all is asked for by itself first: while
        pages are turned, a row can slip past the reader.
        """
        over: list[tuple[str, str]] = []
        for job_id in plan.withdraw:
            if len(over) >= BATCH:
                break
            doubtful = job_id not in jobs and listed[job_id].ours and plan.brake is None
            if not doubtful or self._is_gone(job_id):
                over.append((job_id, jobs[job_id].title if job_id in jobs else ""))
        return over

    def _is_gone(self, job_id: str) -> bool:
        company = self._company
        if self._trouble is not None or not may_call(company, company.ats):
            return False
        try:
            job = refresh_job(company, job_id)
        except errors.PlatformError as error:
            self._trouble = error
            if not isinstance(error, errors.WireError | errors.Rejected):
                strike(company, company.ats, error)
            return False
        # one that is there after all is known as such from now on, and the next reading shows it
        return job is None


def _is_unread(job_id: str, jobs: Mapping[str, Job], unread: set[str]) -> bool:
    """Return whether a job's row is there and cannot be read: its entry stays as it is."""
    return job_id in unread or (job_id not in jobs and may_be_among(job_id, unread))


def _unread(company: Company, since: datetime) -> errors.PlatformError | None:
    """Return why the jobs could not be read; None: they were."""
    reading = company.listings.reading(company.name)
    if reading is not None and reading.at >= since:
        return None
    _, _, why = company.memory.runs(company.name).get("jobs", (None, None, None))
    pause = company.memory.pause(company.name, company.ats.platform)
    return errors.Unwell(company.ats.platform, "jobs", why or (pause.what if pause else "the list was not read"))


def _paused(company: Company) -> errors.PlatformError:
    pause = company.memory.pause(company.name, company.source.platform)
    return errors.NeverArrived(company.source.platform, "listings", pause.what if pause else "paused")
