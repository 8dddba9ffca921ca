"""People's data: forgotten on request, exported on request, and purged when it is no longer needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connector.domain.actions import State
from connector.domain.texts import Message
from connector.flows.company import Company, log, noted
from connector.flows.correspondence import explain_number, number_meant, thread_of
from connector.flows.inquiry import Match, explain
from connector.rules.people import mask_address, normal_address
from connector.rules.replies import sender_shown

#: of a person's messages none is left out
_ALL = 1_000_000
#: what vendors' calls hold has become messages by then; as they came, they are of no more use
_KEEP_CALLS = timedelta(days=7)


@dataclass(frozen=True)
class Holding:
    """All that is held about a person."""

    company: str
    #: the address or number, as it was asked for, masked
    address: str
    #: the keyed hash that stands for it here
    person: str
    #: True: erased on request; nothing but the hash is held
    forgotten: bool
    matches: tuple[Match, ...]
    #: text messages to and from the person, oldest first
    messages: tuple[Message, ...] = ()
    #: numbers of theirs that have opted out
    opted_out: tuple[str, ...] = ()


def export(company: Company, address: str) -> Holding | None:
    """Return all that is held about the person with this address or number; None: it is usable as neither."""
    normal = normal_address(address) if "@" in address else None
    number = number_meant(company, address)
    if normal is None and number is None:
        return None
    thread = thread_of(company, address, limit=_ALL) if company.texts else None
    messages = thread.messages if thread else ()
    numbers = thread.numbers if thread else ()
    out = tuple(n for n in numbers if company.texts and company.texts.suppression(company.name, n))
    if normal is None:
        assert number is not None
        hashed = company.number_of(number) if company.number_of else ""
        found = tuple(explain_number(company, number)) if company.texts else ()
        return Holding(company.name, sender_shown(number, "masked"), hashed, False, found, messages, out)
    person = company.person_of(normal)
    gone = person in company.privacy.forgotten(company.name, [person])
    return Holding(company.name, mask_address(normal), person, gone, tuple(explain(company, address)), messages, out)


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


def forget_number(company: Company, number: str) -> int:
    """Erase all messages to and from a number; returns how many. An opt-out stays: it keeps us from texting it.

    For numbers whose person nobody knows; a person's own are erased with them. Twice is harmless.
    """
    if company.texts is None:
        return 0
    with company.texts_lock():
        return company.texts.forget(company.name, (), [number])


def sync_retention(company: Company) -> int:
    """Purge what has been kept long enough: settled applications, text messages, old lines of history.

    Vendors' calls as they came are kept for a week at most, and the lines of the segment balance for ever: they are
    numbers, and the balance is their sum.
    """
    with noted(company, "retention"):
        now = company.clock.now()
        settled = now - timedelta(seconds=company.keep_settled_s)
        purged = company.privacy.purge(company.name, [State.DONE, State.CLOSED], settled)
        calls = max(settled, now - _KEEP_CALLS)
        purged += company.texts.purge(company.name, settled, calls) if company.texts else 0
        purged += company.privacy.purge_history(company.name, now - timedelta(seconds=company.keep_history_s))
        if purged:
            log.info("purge", action="purge", company=company.name, rows=purged)
    return purged
