"""People's data: forgotten on request, exported on request, and purged when it is no longer needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connector.domain.actions import State
from connector.flows.company import Company, log, noted
from connector.flows.inquiry import Match, explain
from connector.rules.people import mask_address, normal_address


@dataclass(frozen=True)
class Holding:
    """All that is held about a person."""

    company: str
    #: as it was asked for, masked
    address: str
    #: the keyed hash that stands for the address here
    person: str
    #: True: erased on request; nothing but the hash is held
    forgotten: bool
    matches: tuple[Match, ...]


def export(company: Company, address: str) -> Holding | None:
    """Return all that is held about the person with this address; None: it is not a usable address."""
    normal = normal_address(address)
    if normal is None:
        return None
    person = company.person_of(normal)
    gone = person in company.privacy.forgotten(company.name, [person])
    return Holding(company.name, mask_address(normal), person, gone, tuple(explain(company, address)))


def forget(company: Company, address: str, *, completely: bool = False) -> int:
    """Erase the person with this address; returns how many actions were deleted. Twice is harmless.

    Waits for another process's batch, so that nobody is half-way through sending the person. A keyed hash stays and
    keeps them from being sent again; `completely` drops that too.
    """
    normal = normal_address(address)
    if normal is None:
        return 0
    explain(company, address)  # learns which parked starts are about this person
    with company.locks.hold(company.name, company.lock_wait_s):
        return company.privacy.forget(company.name, company.person_of(normal), completely=completely)


def sync_retention(company: Company) -> int:
    """Purge what has been kept long enough: applications that are settled, and old lines of history."""
    with noted(company, "retention"):
        now = company.clock.now()
        settled = now - timedelta(seconds=company.keep_settled_s)
        purged = company.privacy.purge(company.name, [State.DONE, State.CLOSED], settled)
        purged += company.privacy.purge_history(company.name, now - timedelta(seconds=company.keep_history_s))
        if purged:
            log.info("purge", action="purge", company=company.name, rows=purged)
    return purged
