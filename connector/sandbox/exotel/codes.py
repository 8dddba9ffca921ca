"""Exotel's detailed statuses: one list of names, and the two published tables of numbers that disagree about them.

Sources: the API reference's page of status codes (`api`), the support page of the same title (`support`), and the
glossary of the SMS statistics, all read 2026-11-21.
"""

from typing import Literal

from connector.sandbox.texting import handsets
from connector.sandbox.texting.records import Step

#: Which of the two pages an account goes by.
CodeTable = Literal["api", "support"]
#: The two spellings of the status of a message to somebody on the do-not-disturb register.
DndWord = Literal["failed_dnd", "failed-dnd"]

QUEUED, SENDING, SUBMITTED = "PENDING_TO_OPERATOR", "SENDING_TO_OPERATOR", "PENDING_ON_OPERATOR"
TO_OPERATOR, TO_HANDSET = "DELIVERED_TO_OPERATOR", "DELIVERED_TO_HANDSET"
DND, BLACKLISTED, UNAVAILABLE = "FAILED_DND", "FAILED_BLACKLISTED", "FAILED_SUBSCRIBER_UNAVAILABLE"
INVALID_NUMBER, SPAM, SENDER, SYSTEM = (
    "FAILED_INVALID_NUMBER",
    "FAILED_SPAM",
    "FAILED_INVALID_SENDER",
    "FAILED_SYSTEM_ERROR",
)
DLT_ENTITY, DLT_TEMPLATE = "FAILED_DLT_ENTITY", "FAILED_DLT_TEMPLATE"

_API = {
    QUEUED: 21010,
    SENDING: 21015,
    SUBMITTED: 21020,
    TO_HANDSET: 20005,
    TO_OPERATOR: 20006,
    DND: 23005,
    INVALID_NUMBER: 23010,
    SPAM: 23015,
    BLACKLISTED: 23020,
    UNAVAILABLE: 23035,
    SENDER: 23072,
    DLT_ENTITY: 23081,
    DLT_TEMPLATE: 23082,
    SYSTEM: 24010,
}
#: Only where it differs. Known: 20000, 20001 and 30004. The two DLT numbers are assumed out of its range for them.
_SUPPORT = _API | {TO_HANDSET: 20000, TO_OPERATOR: 20001, DND: 30004, DLT_ENTITY: 30001, DLT_TEMPLATE: 30002}

#: Statuses after which nothing follows; `sent` is one only with the name `DELIVERED_TO_HANDSET`.
LAST = frozenset({"delivered", "failed", "failed_dnd", "failed-dnd", "expired", "undelivered"})

#: Fates that end badly: status and name.
_BAD_ENDS = {
    handsets.OFF: ("failed", UNAVAILABLE),
    handsets.UNKNOWN: ("failed", INVALID_NUMBER),
    handsets.LANDLINE: ("failed", INVALID_NUMBER),
    handsets.FILTERED: ("failed", SPAM),
    handsets.UNREGISTERED: ("failed", SENDER),
    handsets.BLOCKED: ("failed", BLACKLISTED),
    handsets.EXPIRED: ("expired", UNAVAILABLE),
}


def code_of(name: str, table: CodeTable) -> str:
    """The number of a detailed status in one of the tables, as text. Raises KeyError for an unknown name."""
    return str((_API if table == "api" else _SUPPORT)[name])


def last_step(status: str, name: str, table: CodeTable) -> Step:
    """A failure."""
    return Step(status, code_of(name, table), name)


def course(fate: str, table: CodeTable, dnd_word: DndWord) -> list[Step]:
    """What a message goes through after `queued`. `api` says `sent` of a delivered one, `support` says `delivered`."""
    if fate == handsets.NEVER_LEFT:
        return [last_step("failed", SYSTEM, table)]
    if fate == handsets.OPTED_OUT:
        return [last_step(dnd_word, DND, table)]
    steps = [
        Step("sending", code_of(SENDING, table), SENDING),
        Step("submitted", code_of(SUBMITTED, table), SUBMITTED, leaves=True),
    ]
    if fate in _BAD_ENDS:
        status, name = _BAD_ENDS[fate]
        return [*steps, last_step(status, name, table)]
    silent = fate == handsets.NO_RECEIPT
    steps.append(Step("sent", code_of(TO_OPERATOR, table), TO_OPERATOR, arrives=silent))
    if not silent:
        word = "sent" if table == "api" else "delivered"
        steps.append(Step(word, code_of(TO_HANDSET, table), TO_HANDSET, arrives=True))
    return steps
