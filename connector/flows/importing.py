"""One job put into the source's list now, by hand, without waiting for the mirror."""

from __future__ import annotations

from connector.domain.actions import Change, State
from connector.domain.errors import ConnectorError
from connector.domain.listings import Entry, NewListing
from connector.domain.model import Advert, Job
from connector.flows.company import Company, log
from connector.flows.links import NoSuchEnd, unreadable
from connector.flows.perform import write_listings

#: every visibility that a job can have
_ALL = ("external", "internal", "confidential", "private_job")


def find_advert(company: Company, job_id: str) -> tuple[Job, Advert]:
    """Return a job and its text as they are now. Raises NoSuchEnd where it cannot be listed, and what the port does."""
    read = company.ats.job_list(_ALL)
    job = read.jobs.get(job_id)
    if job is None and job_id in read.unread:
        raise NoSuchEnd(unreadable(company, job_id, read.unread[job_id]))
    if job is None:
        raise NoSuchEnd(f"{job_id}: no such job at {company.ats.platform}; `connector jobs` lists them")
    if not job.is_open:
        raise NoSuchEnd(f"{job_id}: the job is not open (status {job.status}); only open jobs are listed")
    advert = read.adverts.get(job_id)
    if advert is None:
        raise NoSuchEnd(f"{job_id}: the job's text cannot be read; `connector check` says what is wrong")
    return job, advert


def put_in_list(company: Company, advert: Advert) -> Change:
    """Write the job's entry. Twice is safe. Raises nothing a platform does: what became of it is in the change.

    An entry that stands there in a later version is left as it is.
    """
    listing, now = company.source.fitted(advert.listing), company.clock.now()
    entry = Entry(listing.version, listing.updated_at)
    new = NewListing(listing.job_id, listing.title, entry, company.source.prepare_listing(listing, now))
    with company.locks.hold(f"{company.name}.listings", company.lock_wait_s):
        changes, _ = write_listings(company, company.listings.begin(company.name, [new], now))
    change = changes[0]
    log.info("listing", action="import", company=company.name, job=listing.job_id, state=change.state)
    return change


def warnings_of(company: Company, job: Job) -> list[str]:
    """Return why the mirror would take the entry away again."""
    if company.mirrored and job.visibility not in company.mirrored:
        kinds = ", ".join(company.mirrored)
        return [
            f"the job is {job.visibility} and jobs.visibility names only {kinds}: the mirror takes the entry away again"
        ]
    return []


def failure_of(change: Change, platform: str) -> ConnectorError | None:
    """Return what kept the entry from being written; None: it stands there."""
    if change.state is State.DONE or change.reason == "overtaken":
        return None
    from connector.domain.reasons import advice, words

    return NoSuchEnd(f"{platform} was not told: {words(change.reason)} ({change.reason}); {advice(change.reason)}")
