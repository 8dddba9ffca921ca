"""Sending text messages: what is due is looked at anew, let out through one door, and settled.

A message is judged when it leaves and not when it was planned: number, text, opt-out, balance, hours and provider may
all have changed. What may have left is never sent again by the machine.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from connector.domain import errors, templates
from connector.domain.actions import Change, Item, Kind, State
from connector.domain.model import Candidate, Priority
from connector.domain.sms import Template
from connector.domain.texting import Texting
from connector.domain.texts import Capabilities, Delivery, MayLeave, Message, NewMessage, TextTally
from connector.flows.changes import failed
from connector.flows.company import Company, log, noted
from connector.flows.deliveries import Outcome, find_again, not_once_more, reconcile, still_unknown, write_outcome
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import PLATFORM_WIDE, send_text
from connector.flows.replies import take_in
from connector.rules.failures import DOUBT_S
from connector.rules.messages import UNKNOWN_AFTER_S, Ready, Refused, Standing, Wait, judge, values_of
from connector.rules.people import read_phone
from connector.rules.phones import Number, to_e164

#: a look for a message whose answer was lost goes back that far: clocks differ
LOOK_BACK_S = 7200.0
#: a message that somebody else has in hand, or whose person has just written, is looked at again that soon
TAKEN_AGAIN_S = 5.0
#: refusals that end a message; the others wait for a human, who can mend what is wrong and retry
_CONCLUDED = ("sms_off", "opted_out", "no_balance", "no_number")


@dataclass(frozen=True)
class Draft:
    """A message as it stands before it is judged."""

    number: Number
    text: str
    #: None: made by an event, and no row of it is there yet
    message: Message | None
    template: Template | None = None


def sync_messages(company: Company) -> TextTally:
    """Make one run: settle what is in doubt, send what is due, ask about what stays silent. Twice changes nothing.

    A company without text messages is left alone. Raises StoreError; what a provider does is in the tally and the
    ledger.
    """
    tally = TextTally()
    if company.sms is None or company.texts is None:
        return tally
    with noted(company, "messages"):
        try:
            # a STOP that has arrived counts before anything leaves
            take_in(company, tally)
            call_off(company, tally)
            send_due(company, tally)
            reconcile(company, tally)
        except errors.Busy:
            # somebody else is at it: what is due is being done
            pass
    return tally


def call_off(company: Company, tally: TextTally | None = None) -> int:
    """Close every message that has not left, if texts are switched off; returns how many. Twice is once."""
    sms, texts = company.texting()
    if sms.enabled:
        return 0
    number = texts.cancel(company.name, "sms_off", company.clock.now())
    if number:
        log.warning("called off", action="text", company=company.name, messages=number)
    if tally is not None:
        tally.cancelled += number
    return number


def send_due(company: Company, tally: TextTally) -> None:
    """Take up what is due, one message under each holding of the lock."""
    grant(company)
    while company.goes_on():
        with company.texts_lock():
            due = company.actions.due(company.name, Kind.MESSAGE, company.clock.now(), 1)
            if not due:
                return
            take_up(company, due[0], tally)
        # a STOP that has come meanwhile counts for what is behind in the queue
        take_in(company, tally)


def grant(company: Company) -> None:
    """Bring what is granted in all to what the mapping says. Twice is once."""
    sms, texts = company.texting()
    if sms.segment_balance is not None:
        texts.grant(company.name, sms.segment_balance, company.clock.now())


def take_up(company: Company, item: Item, tally: TextTally) -> None:
    """Take one message from where it stands to where it can go. The caller holds the lock of text messages."""
    now = company.clock.now()
    if item.state is State.ATTEMPTING:
        # the process that wrote the intent is gone, or it would hold the lock: it may have left
        note, due = "the process ended in between", now + timedelta(seconds=DOUBT_S)
        change = Change(item, State.UNKNOWN, "outcome_unknown", note, due, doubt_at=now)
        company.actions.move([change])
    elif item.state is State.UNKNOWN:
        change = _settle(company, item)
    else:
        change = _send(company, item)
    tally.sent += change.state is State.DONE
    about = {"key": item.key, "state": change.state, "reason": change.reason}
    log.info("text", action="text", company=company.name, **about)


def _settle(company: Company, item: Item) -> Change:
    """Find out what became of a message whose answer was lost. It is never sent again."""
    _, texts = company.texting()
    now, message = company.clock.now(), texts.message(item.message) if item.message else None
    if message is None:
        return _moved(company, Change(item, State.CLOSED, "forgotten"))
    provider = company.providers.get(message.provider)
    change = still_unknown(company, item)
    try:
        outcome = _found(company, item, message, provider)
    except errors.PlatformError as error:
        if provider is not None and isinstance(error, errors.TransientError | errors.AuthError):
            strike(company, provider, error)
        outcome, change = None, still_unknown(company, item, str(error))
    if outcome is not None:
        write_outcome(company, message, outcome)
        return outcome.change
    if item.doubt_at is not None and now >= item.doubt_at + timedelta(seconds=UNKNOWN_AFTER_S):
        change = Change(item, State.QUARANTINED, "message_unknown", item.note)
    return _moved(company, change)


def _found(company: Company, item: Item, message: Message, provider: Texting | None) -> Outcome | None:
    if message.remote_id is not None:
        # a callback has told meanwhile
        return Outcome(Change(item, State.DONE, "handed_over", item.note), message.delivery)
    if provider is None or not provider.can.finds_sent or not may_call(company, provider):
        return None
    since = (item.doubt_at or message.at) - timedelta(seconds=LOOK_BACK_S)
    found = find_again(company, item, message, provider, since)
    end_pause(company, provider)
    return found


def _send(company: Company, item: Item) -> Change:
    sms, texts = company.texting()
    draft = _draft(company, item)
    if isinstance(draft, Change):
        return _moved(company, draft)
    held = not_once_more(company, item)
    if held is not None:
        return _close(company, draft.message, held)
    test = draft.message is not None and draft.message.how == "test"
    verdict = judge(draft.number, draft.text, sms, standing(company, draft.number), test=test)
    match verdict:
        case Refused():
            return refuse(company, item, draft.message, verdict)
        case Wait():
            return _moved(company, Change(item, State.WAITING, verdict.reason, item.note, verdict.until))
    provider = company.providers[verdict.provider]
    if not may_call(company, provider):
        pause = company.memory.pause(company.name, provider.platform)
        due = pause.until if pause else company.clock.now() + timedelta(seconds=TAKEN_AGAIN_S)
        reason, what = (pause.reason, pause.what) if pause else ("platform_unwell", "")
        return _moved(company, Change(item, State.WAITING, reason, what, due))
    message = draft.message or texts.prepare(item, _new(company, item, draft, verdict), company.clock.now())
    return _let_out(company, item, message, verdict, provider)


def _let_out(company: Company, item: Item, message: Message, ready: Ready, provider: Texting) -> Change:
    """Send a message with an intent of its own: what an earlier attempt's callback says is not mistaken for this."""
    leaving = replace(
        message,
        provider=ready.provider,
        account=provider.account,
        ours=ready.ours,
        theirs=ready.theirs,
        text=ready.text,
        intent=secrets.token_hex(12),
    )
    came = send_text(company, item, leaving, ready.cost.segments, "; ".join(ready.notes))
    match came:
        case Change():
            return came
        case MayLeave.OPTED_OUT | MayLeave.NO_BALANCE:
            return refuse(company, item, message, Refused(came.value))
    # its person has written and nobody has looked, or somebody else has it in hand: as it stands there
    (there,) = company.actions.items([item.id]) or (item,)
    if there.state not in (State.PLANNED, State.WAITING):
        return Change(there, there.state, there.reason, there.note, there.due_at)
    due = company.clock.now() + timedelta(seconds=TAKEN_AGAIN_S)
    return _moved(company, Change(there, State.WAITING, "reply_goes_first", there.note, due))


def refuse(company: Company, item: Item, message: Message | None, refused: Refused) -> Change:
    """Write that a message does not leave: for good, or until a human has mended what is wrong."""
    _, texts = company.texting()
    concluded = refused.reason in _CONCLUDED
    state = State.CLOSED if concluded else State.QUARANTINED
    change = Change(item, state, refused.reason, refused.note)
    if message is None:
        return _moved(company, change)
    texts.settle(change, message, None, delivery=Delivery.CANCELLED if concluded else Delivery.PENDING)
    return change


def _close(company: Company, message: Message | None, change: Change) -> Change:
    """Write a change that keeps a message from leaving; one that is closed is called off."""
    _, texts = company.texting()
    if change.state is State.CLOSED and message is not None:
        texts.settle(change, message, None, delivery=Delivery.CANCELLED)
        return change
    return _moved(company, change)


def _draft(company: Company, item: Item) -> Draft | Change:
    """Return what is to be sent. What an event has planned is filled in now, with the person as they are now."""
    sms, texts = company.texting()
    message = texts.message(item.message) if item.message else None
    if message is not None:
        return Draft(to_e164(message.theirs, sms.default_region), message.text, message)
    template = sms.templates.get(item.key.rpartition(":")[2])
    if template is None:
        return Change(item, State.CLOSED, "template_gone", item.note)
    if not sms.enabled:
        return Change(item, State.CLOSED, "sms_off", item.note)
    if not may_call(company, company.source):
        pause = company.memory.pause(company.name, company.source.platform)
        due = pause.until if pause else company.clock.now()
        return Change(item, State.WAITING, pause.reason if pause else "platform_unwell", item.note, due)
    try:
        candidate = company.source.candidate(item.candidate_id, Priority.SMS)
    except errors.PlatformError as error:
        if isinstance(error, PLATFORM_WIDE):
            strike(company, company.source, error)
        return failed(company, item, error)
    phone = read_phone(candidate.phone, company.forwarding.default_region)
    if phone is None:
        return Change(item, State.CLOSED, "no_number", item.note)
    try:
        text = templates.render(template.text, template_values(company, item, candidate))
    except errors.MissingValue as error:
        return Change(item, State.QUARANTINED, "value_missing", error.name)
    return Draft(to_e164(phone.number, None), text, None, template)


def template_values(
    company: Company, item: Item | None, candidate: Candidate | None, by: str | None = None
) -> Mapping[str, str | None]:
    """Return what a template's names stand for, for an application as far as it is known here."""
    jobs, _ = company.memory.jobs(company.name)
    job = jobs.get(item.job_id) if item and item.job_id else None
    return values_of(
        candidate,
        job_title=job.title if job else None,
        position_title=item.position_title if item else None,
        company=company.name,
        recruiter=by,
    )


def standing(company: Company, number: Number) -> Standing:
    """Return what is known when a text is to leave to this number. No call."""
    sms, texts = company.texting()
    e164 = number.e164 or ""
    sent = texts.last_sent(company.name, e164) if e164 else []
    accounts: dict[str, Capabilities] = {name: provider.can for name, provider in company.providers.items()}
    left = None
    if sms.segment_balance is not None:
        # counted, not granted: a preview writes nothing
        left = texts.segments_left(company.name, sms.segment_balance)
    return Standing(
        now=company.clock.now(),
        accounts=accounts,
        opted_out=bool(e164) and texts.suppression(company.name, e164) is not None,
        last_used=sent[0].ours if sent else None,
        recent=texts.outcomes(company.name),
        left=left,
    )


def application_of(company: Company, item: Item) -> Item | None:
    """Return the application that an action is about."""
    beside = company.actions.of_start(company.name, item.start_id) if item.start_id else []
    return next((one for one in beside if one.kind is Kind.APPLICATION), None)


def _new(company: Company, item: Item, draft: Draft, ready: Ready) -> NewMessage:
    application = application_of(company, item)
    name = draft.template.name if draft.template else ""
    return NewMessage(
        company=company.name,
        key=item.key,
        theirs=ready.theirs,
        text=ready.text,
        how=name,
        send_at=company.clock.now(),
        application=application.id if application else None,
        template=name,
        provider=ready.provider,
        ours=ready.ours,
    )


def _moved(company: Company, change: Change) -> Change:
    company.actions.move([change])
    return change
