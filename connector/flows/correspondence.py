"""Answers about text messages, from the store: who is meant, what was written to and fro, where things stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.actions import ABOUT_TEXTS, Item, Kind, State
from connector.domain.errors import ConfigError
from connector.domain.texting import Texts
from connector.domain.texts import Message
from connector.flows.company import Company
from connector.flows.inquiry import STUCK, Match, with_history
from connector.rules.people import normal_address
from connector.rules.phones import to_e164
from connector.rules.replies import HELD

#: unread replies are counted up to so many
_COUNTED = 1000
#: parked people may be many, and must not hide a message behind them
_ALL = 100_000


@dataclass(frozen=True)
class Thread:
    """Everything between us and one person, over all their applications and numbers."""

    #: newest first
    applications: tuple[Item, ...]
    #: E.164, or as the vendor wrote it
    numbers: tuple[str, ...]
    #: oldest first
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class TextStatus:
    """Where a company's text messages stand."""

    enabled: bool
    #: providers that messages leave through, the preferred one first
    providers: tuple[str, ...]
    unread: int
    #: replies that wait for a human to say whose they are
    unmatched: int
    #: messages that have not left yet
    queued: int
    #: messages whose outcome nobody knows
    unknown: int
    #: actions about messages that wait for a human
    quarantined: int
    #: calls of vendors that could not be read
    bad_callbacks: int
    opted_out: int
    #: segments left; None: not counted against anything
    left: int | None


def texts_of(company: Company) -> Texts:
    """Return the store of messages, also of a company whose mapping has no `sms` section any more: they are kept."""
    if company.texts is None:
        raise ConfigError(f"{company.name} has no store of text messages")
    return company.texts


def applications_of(company: Company, who: str) -> list[Item]:
    """Return the applications that an address, an application's id, a conversation or a start stands for.

    Newest first; those that are not at the ATS are among them. Empty: nothing here goes by that name.
    """
    who = who.strip()
    if "@" in who:
        address = normal_address(who)
        found = company.actions.of_person(company.name, company.person_of(address)) if address else []
    else:
        found = company.actions.of_start(company.name, who) or company.actions.of_conversation(company.name, who)
        found = found or texts_of(company).applications_at(company.name, who)
    applications = [item for item in found if item.kind is Kind.APPLICATION]
    return sorted(applications, key=lambda item: (item.started_at, item.id), reverse=True)


def number_meant(company: Company, who: str) -> str | None:
    """Return the number that somebody has typed, in E.164; None: it is no number. One of digits alone may be an id."""
    return None if "@" in who else to_e164(who, company.forwarding.default_region).e164


def looks_like_number(who: str) -> bool:
    """Return whether what was typed can only be a number: ids begin with neither a plus nor a zero."""
    return who.strip().startswith(("+", "0", "("))


def thread_of(company: Company, who: str, limit: int = 500) -> Thread:
    """Return what was written to and fro; an empty one for somebody who is not known or was never written to."""
    texts = texts_of(company)
    applications = [] if looks_like_number(who) else applications_of(company, who)
    written = number_meant(company, who) if not applications else None
    numbers = {written} if written else set()
    for item in applications:
        numbers |= {message.theirs for message in texts.of_application(company.name, item.id)}
    # also what nobody could say whose it is
    numbers |= texts.numbers_of(company.name, [item.id for item in applications]) if applications else set()
    messages = texts.thread(company.name, numbers, limit) if numbers else []
    if written:
        ids = {message.application for message in messages if message.application is not None}
        hashed = company.number_of(written) if company.number_of else None
        known = texts.applications_with(company.name, hashed) if hashed else []
        also = [item for item in company.actions.items(ids) if item.kind is Kind.APPLICATION] if ids else []
        found = {item.id: item for item in (*known, *also)}
        applications = sorted(found.values(), key=lambda item: (item.started_at, item.id), reverse=True)
    else:
        mine = {item.id for item in applications}
        # a number may be shared: what belongs to somebody else's application is not theirs
        messages = [message for message in messages if message.application is None or message.application in mine]
    return Thread(tuple(applications), tuple(sorted(numbers)), tuple(messages))


def explain_number(company: Company, who: str) -> list[Match]:
    """Return everything about the people with a number, and the messages to and from it, with each one's history."""
    thread = thread_of(company, who)
    found = [item for one in thread.applications for item in company.actions.of_start(company.name, one.start_id)]
    sent = [texts_of(company).action_of(message) for message in thread.messages]
    items = {item.id: item for item in (*found, *sent) if item is not None}
    return with_history(company, list(items.values()))


def applications_by_id(company: Company, messages: Sequence[Message]) -> dict[int, Item]:
    """Return the applications that messages belong to, by the id of their action."""
    ids = {message.application for message in messages if message.application is not None}
    return {item.id: item for item in company.actions.items(ids)} if ids else {}


def stuck_texts(company: Company) -> list[Item]:
    """Return actions about messages that wait for something or for a human, newest first."""
    return [item for item in company.actions.in_states(company.name, STUCK, _ALL) if item.kind in ABOUT_TEXTS]


def sending_providers(company: Company) -> tuple[str, ...]:
    """Return the providers that messages leave through now; empty while texts are switched off."""
    sms, _ = company.texting()
    if not sms.enabled:
        return ()
    routed = [name for names in sms.routing.values() for name in names]
    return tuple(dict.fromkeys(routed or ([sms.provider] if sms.provider else [])))


def text_status(company: Company) -> TextStatus | None:
    """Return where a company's text messages stand; None: it has none."""
    if company.sms is None or company.texts is None:
        return None
    sms, texts = company.sms, company.texts
    inbox = texts.inbox(company.name, limit=_COUNTED)
    states = (State.PLANNED, State.ATTEMPTING, *STUCK)
    open_ones = [item for item in company.actions.in_states(company.name, states, _ALL) if item.kind in ABOUT_TEXTS]
    messages = [item for item in open_ones if item.kind is Kind.MESSAGE]
    left = None
    if sms.segment_balance is not None:
        left = texts.grant(company.name, sms.segment_balance, company.clock.now())
    return TextStatus(
        enabled=sms.enabled,
        providers=sending_providers(company),
        unread=sum(message.read_at is None for message in inbox),
        unmatched=sum(message.how in HELD for message in inbox),
        queued=sum(item.state in (State.PLANNED, State.WAITING, State.PARKED) for item in messages),
        unknown=sum(item.state is State.UNKNOWN for item in open_ones),
        quarantined=sum(item.state is State.QUARANTINED for item in open_ones),
        bad_callbacks=len(texts.bad_callbacks(company.name)),
        opted_out=len(texts.suppressions(company.name)),
        left=left,
    )
