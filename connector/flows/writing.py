"""Text messages by hand: to whom, what it will say and cost, and the message itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from connector.domain import errors, templates
from connector.domain.actions import Item, Kind, State
from connector.domain.model import Candidate, Priority
from connector.domain.texts import NewMessage, TextTally
from connector.flows.company import Company
from connector.flows.correspondence import applications_of
from connector.flows.messages import grant, standing, take_up, template_values
from connector.flows.replies import take_in
from connector.rules.messages import Ready, Refused, Wait, compose, judge
from connector.rules.phones import Number, to_e164


@dataclass(eq=False)
class NotSendable(errors.ConnectorError):
    """A message that does not leave, found out before anything was written."""

    #: a code of `domain.reasons`; empty: nobody goes by that name
    reason: str
    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to."""

    number: Number
    #: None: a bare number
    application: Item | None = None
    candidate: Candidate | None = None


@dataclass(frozen=True)
class Preview:
    """What a message will be, before anything leaves or is written."""

    #: E.164
    theirs: str
    #: empty: it cannot be sent
    provider: str
    ours: str
    text: str
    encoding: str
    segments: int
    #: characters that make it dear, each once
    dear: tuple[str, ...]
    #: what is worth knowing, e.g. a provider that was passed over
    notes: tuple[str, ...] = ()
    #: why it does not leave; None: it does
    refused: Refused | None = None
    #: it leaves no sooner; None: at once
    waits_until: datetime | None = None


def find_recipient(company: Company, who: str) -> Recipient:
    """Return whom a name stands for: a number, an address, a conversation, a start, or an application's id at the ATS.

    Asks the source for the number of a person. Raises NotSendable with what to do, and what the port raises.
    """
    sms, _ = company.texting()
    application = _application(company, who)
    if application is None:
        number = to_e164(who, sms.default_region)
        if number.e164 is None:
            raise NotSendable("", f"{who}: no such conversation, start, application, address or number here")
        return Recipient(number)
    candidate = company.source.candidate(application.candidate_id, Priority.MANUAL)
    number = to_e164(candidate.phone, company.forwarding.default_region)
    if number.e164 is None:
        raise NotSendable("no_number", f"{who}: the person has no number that a text can be sent to")
    return Recipient(number, application, candidate)


def preview(
    company: Company, who: Recipient, *, text: str | None = None, template: str | None = None, by: str | None = None
) -> Preview:
    """Return what a message would be. Writes nothing and sends nothing. Raises NotSendable for a missing value."""
    sms, _ = company.texting()
    written = _text(company, who, text, template, by)
    known = standing(company, who.number)
    composed, verdict = compose(who.number, written, sms, known), judge(who.number, written, sms, known)
    theirs = who.number.e164 or who.number.raw
    refused = verdict if isinstance(verdict, Refused) else None
    if isinstance(composed, Refused):
        return Preview(theirs, "", "", written, "", 0, (), refused=composed)
    until = verdict.until if isinstance(verdict, Wait) else None
    cost = composed.cost
    about = (theirs, composed.provider, composed.ours, composed.text, cost.encoding, cost.segments, cost.forcing)
    return Preview(*about, composed.notes, refused, until)


def send_text(
    company: Company,
    who: Recipient,
    *,
    text: str | None = None,
    template: str | None = None,
    at: datetime | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Item:
    """Send a message, now or at a time; returns where it stands.

    `key` makes the same call again change nothing. What cannot be sent is refused before anything is written: raises
    NotSendable, Busy.
    """
    how = template or "manual"
    return _send(company, who, _text(company, who, text, template, by), how, at=at, key=key, by=by, template=template)


def send_test(company: Company, text: str, by: str | None = None) -> Item:
    """Send a message to the internal number of the mapping; it is attributed to nobody. Raises NotSendable, Busy."""
    sms, _ = company.texting()
    if sms.test_number is None:
        raise NotSendable("no_number", "the mapping has no `test_number`: set it under `sms`, or name a number")
    return _send(company, Recipient(to_e164(sms.test_number, sms.default_region)), text, "test", by=by)


def _send(
    company: Company,
    who: Recipient,
    text: str,
    how: str,
    *,
    at: datetime | None = None,
    key: str | None = None,
    by: str | None = None,
    template: str | None = None,
) -> Item:
    sms, texts = company.texting()
    now = company.clock.now()
    take_in(company, TextTally())
    grant(company)
    verdict = judge(who.number, text, sms, standing(company, who.number), test=how == "test")
    if isinstance(verdict, Refused):
        raise NotSendable(verdict.reason, f"{verdict.reason}: {verdict.note}" if verdict.note else verdict.reason)
    ours = verdict if isinstance(verdict, Ready) else None
    new = NewMessage(
        company=company.name,
        key=f"{company.name}:{Kind.MESSAGE}:{key or secrets.token_hex(8)}",
        theirs=who.number.e164 or "",
        text=ours.text if ours else text,
        how=how,
        send_at=at or now,
        application=who.application.id if who.application else None,
        template=template,
        by=by,
        provider=ours.provider if ours else "",
        ours=ours.ours if ours else "",
    )
    item = texts.record(new, who.application, Priority.MANUAL, now)
    if at is None or at <= now:
        item = _now(company, item)
    return item


def _now(company: Company, item: Item) -> Item:
    """Take up one message at once, ahead of everybody else's."""
    with company.texts_lock():
        (item,) = company.actions.items([item.id])
        if item.state in (State.PLANNED, State.WAITING) and item.due_at and item.due_at <= company.clock.now():
            take_up(company, item, TextTally())
            (item,) = company.actions.items([item.id])
    return item


def _text(company: Company, who: Recipient, text: str | None, template: str | None, by: str | None) -> str:
    sms, _ = company.texting()
    if template is None:
        return text or ""
    known = sms.templates.get(template)
    if known is None:
        raise NotSendable(
            "template_gone", f"{template}: no such template; there are {', '.join(sms.templates) or 'none'}"
        )
    try:
        return templates.render(known.text, template_values(company, who.application, who.candidate, by))
    except errors.MissingValue as error:
        raise NotSendable("value_missing", str(error)) from error


def _application(company: Company, who: str) -> Item | None:
    """Return the newest application that a name stands for; one that is at the ATS goes first."""
    mine = [item for item in applications_of(company, who) if item.candidate_id]
    return max(mine, key=lambda item: (item.remote_id is not None, item.started_at, item.id), default=None)
