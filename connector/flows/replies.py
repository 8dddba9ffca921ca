"""Replies: taken in by callback and by poll, each once; said whose they are; copied to both sides.

A callback is fast and a poll is complete. Both go into one inbox, where the vendor's id counts once, whichever comes
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Item, Kind, NewAction
from connector.domain.texting import Texting
from connector.domain.texts import (
    BadReply,
    Callback,
    Delivery,
    Direction,
    Inbound,
    Message,
    OpenCallback,
    Receipt,
    Reply,
    Suppression,
    TextTally,
)
from connector.flows.company import Company, log, noted
from connector.flows.deliveries import apply_receipt
from connector.flows.mirrors import copy_key, copy_replies
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import acknowledge
from connector.rules.messages import read_number
from connector.rules.replies import (
    LOOP_WINDOW_S,
    MIRRORED,
    Attribution,
    Known,
    attribute,
    conversation_text,
    external_id,
    mirrors_of,
)
from connector.rules.segments import count

#: a poll looks back so far behind its cursor: vendors list late, and some by the day
OVERLAP_S = 86_400.0
#: calls and replies worked on under one holding of the lock
_BATCH = 20
#: a call that was taken up so often and never came to an end is set aside
_TRIES = 5
#: replies looked through for equal texts that came later
_LOOKED_AT = 500


@dataclass(eq=False)
class NotAssignable(errors.ConnectorError):
    """A reply that cannot be assigned by hand; says why."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass
class _Walk:
    """One reading of a number's replies, page by page."""

    #: the newest time that was seen, by the vendor's clock
    newest: datetime | None = None
    #: rows that are not finished: the cursor stays in front of them
    held_at: datetime | None = None
    ids: list[str] = field(default_factory=list)


def sync_replies(company: Company) -> TextTally:
    """Make one run: work on calls, poll, say whose each reply is, copy. Twice changes nothing.

    A company without text messages is left alone; one whose texts are switched off still gets its replies. Raises
    StoreError, and what kept a poll from coming to its end; what was read until then stays.
    """
    tally = TextTally()
    if company.sms is None or company.texts is None:
        return tally
    with noted(company, "replies"):
        try:
            _work_on_calls(company, tally)
            # before anybody looks at them: calls of some vendors tell no time, and the list does
            trouble = _poll(company, tally)
            _attribute_new(company)
            copy_replies(company, tally)
        except errors.Busy:
            # somebody else is at it: what has come is being looked at
            return tally
        if trouble is not None:
            raise trouble
    return tally


def take_in(company: Company, tally: TextTally) -> None:
    """Work on the calls that have been stored, oldest first, and say whose their replies are."""
    _work_on_calls(company, tally)
    _attribute_new(company)


def _work_on_calls(company: Company, tally: TextTally) -> None:
    _, texts = company.texting()
    while not company.stop.is_set():
        with company.texts_lock():
            waiting = texts.open_callbacks(company.name, _BATCH)
            for one in waiting:
                _work_on(company, one, tally)
        if not waiting:
            return


def _work_on(company: Company, one: OpenCallback, tally: TextTally) -> None:
    """Read one call; one that cannot be read is closed with its fault, and the others go on."""
    _, texts = company.texting()
    call, now = one.callback, company.clock.now()
    provider = company.providers.get(call.provider)
    faults: list[str] = []
    if provider is None:
        faults.append(f"{call.provider} is not set up")
    elif one.attempts > _TRIES:
        faults.append("taken up again and again, and never done with: a fault of the connector's own")
    else:
        try:
            found = provider.read(call)
        except errors.PlatformError as error:
            found = ()
            faults.append(error.what)
        received_at = call.received_at or now
        tally.received += _record(company, provider, [f for f in found if isinstance(f, Reply)], received_at)
        for receipt in found:
            if isinstance(receipt, Receipt):
                tally.statuses += _note_status(company, receipt)
        faults += [f"{bad.id}: {bad.what}" for bad in found if isinstance(bad, BadReply)]
    for what in faults:
        log.error("bad callback", action="read", company=company.name, provider=call.provider, what=what)
        tally.problems.append(f"{call.provider}: {what}")
    texts.close_callback(one.id, now, "; ".join(faults) or None)


def _note_status(company: Company, receipt: Receipt) -> bool:
    try:
        return apply_receipt(company, receipt)
    except errors.PlatformError as error:
        # two last words, and nobody to ask: the first one stands
        log.warning("contradiction not settled", action="status", company=company.name, what=str(error))
        return False


def _record(company: Company, provider: Texting, replies: Sequence[Reply], at: datetime) -> int:
    """Store replies; whoever answers a message proves that it has left."""
    _, texts = company.texting()
    new = texts.record_replies(company.name, [_inbound(company, reply) for reply in replies], at) if replies else 0
    for reply in replies:
        if reply.echo or reply.answers:
            proof = Receipt(reply.provider, reply.answers, reply.echo, Delivery.SENT, "answered", rank=4)
            _note_status(company, proof)
    return new


def _inbound(company: Company, reply: Reply) -> Inbound:
    sms, _ = company.texting()
    own = sms.numbers.get(reply.provider, ())
    theirs = read_number(reply.sender, own, sms.default_region)
    ours = read_number(reply.to, own, sms.default_region)
    number = company.number_of(theirs) if theirs and company.number_of else None
    return Inbound(reply, ours or reply.to, theirs or reply.sender, number)


def _poll(company: Company, tally: TextTally) -> errors.PlatformError | None:
    """Read what came in to every number of ours, where the vendor lists it; returns the first failure."""
    sms, _ = company.texting()
    first: errors.PlatformError | None = None
    for name, provider in company.providers.items():
        if not (provider.can.lists_replies or provider.can.shows_gaps) or not may_call(company, provider):
            continue
        try:
            for number in sms.numbers.get(name, ()):
                if company.stop.is_set():
                    return first
                _poll_number(company, provider, number, tally)
        except errors.PlatformError as error:
            # the others go on; nothing is lost, because the cursor moves only behind a whole reading
            first = first or error
            tally.problems.append(str(error))
            if isinstance(error, errors.TransientError | errors.AuthError):
                strike(company, provider, error)
            continue
        end_pause(company, provider)
    return first


def _poll_number(company: Company, provider: Texting, number: str, tally: TextTally) -> None:
    _, texts = company.texting()
    about = (company.name, provider.platform, provider.account, number)
    cursor = texts.reply_cursor(*about)
    since = _since(company, cursor)
    walk, page = _Walk(), None
    while True:
        found = provider.replies(number, since, page)
        tally.received += _record(company, provider, _oldest_first(found.replies), company.clock.now())
        _name_bad(company, provider, found.bad)
        walk.ids += [reply.id for reply in found.replies]
        times = [walk.newest, *(reply.at for reply in found.replies)]
        walk.newest = max((at for at in times if at is not None), default=None)
        held = [at for at in (walk.held_at, found.unfinished_since) if at is not None]
        walk.held_at = min(held, default=None)
        page = found.next_page
        if page is None:
            break
        if company.stop.is_set():
            return
    # never by our clock, except for the very first time: what is not listed yet would be passed over
    reached = walk.newest or (since if cursor is None else cursor)
    texts.keep_reply_cursor(*about, min(reached, walk.held_at) if walk.held_at else reached)
    if provider.can.acknowledges and walk.ids:
        acknowledge(company, provider, walk.ids)


def _oldest_first(replies: Sequence[Reply]) -> Sequence[Reply]:
    """Turn a page that comes newest first: of two replies in one second the order of their rows decides."""
    times = [reply.at for reply in replies if reply.at is not None]
    return replies[::-1] if times and times[0] > times[-1] else replies


def _since(company: Company, cursor: datetime | None) -> datetime:
    sms, _ = company.texting()
    if cursor is None:
        return sms.replies_since or company.clock.now() - timedelta(seconds=OVERLAP_S)
    behind = cursor - timedelta(seconds=OVERLAP_S)
    return max(behind, sms.replies_since) if sms.replies_since else behind


def _name_bad(company: Company, provider: Texting, bad: Sequence[BadReply]) -> None:
    """Name rows that cannot be read, once, however often they are listed."""
    _, texts = company.texting()
    now = company.clock.now()
    for row in bad:
        address = f"replies/{provider.account}/{row.id}"
        call = Callback(company.name, provider.platform, "inbound", "LIST", address, {}, row.what.encode(), "", now)
        number = texts.keep_callback(call, now)
        if number is not None:
            texts.close_callback(number, now, f"{row.id}: {row.what}")
            about = {"provider": provider.platform, "reply": row.id, "what": row.what}
            log.error("bad row", action="read", company=company.name, **about)


def _attribute_new(company: Company) -> None:
    """Say whose each new reply is, in the order of their times."""
    _, texts = company.texting()
    while not company.stop.is_set():
        with company.texts_lock():
            waiting = texts.new_replies(company.name, _LOOKED_AT)
            for place, reply in enumerate(waiting[:_BATCH]):
                later = [other for other in waiting[place + 1 :] if _same(other, reply)]
                _attribute(company, reply, len(later))
        if len(waiting) <= _BATCH:
            return


def _same(one: Message, other: Message) -> bool:
    return one.id != other.id and (one.theirs, one.text) == (other.theirs, other.text)


def _attribute(company: Company, reply: Message, later: int) -> None:
    sms, texts = company.texting()
    found = attribute(reply, _known(company, reply, later), sms)
    now = company.clock.now()
    why = "vendor" if reply.opt else "keyword"
    out = Suppression(company.name, reply.theirs, reply.at, why, reply.provider) if found.suppress else None
    texts.attribute(
        # what came in counts too, by our own estimate where the vendor tells none
        replace(reply, segments=reply.segments or max(1, count(reply.text).segments)),
        found.how,
        now,
        application=found.application,
        by=found.by,
        opt=found.opt,
        suppress=out,
        lift=found.lift,
        then=copies_of(company, reply, found) if found.application else (),
    )
    about = {"reply": reply.id, "how": found.how, "provider": reply.provider}
    log.info("reply", action="attribute", company=company.name, opt=found.opt, **about)


def _known(company: Company, reply: Message, later: int) -> Known:
    """Gather what is known about a reply. No call."""
    _, texts = company.texting()
    name, sent = company.name, texts.last_sent(company.name, reply.theirs)
    answered = texts.by_remote_id(name, reply.provider, reply.answers) if reply.answers else None
    if answered is None and reply.answers:
        # the vendor gave back our intent, and we never learned its own id
        answered = texts.by_intent(name, reply.answers)
    if answered is not None and answered.direction is not Direction.OUT:
        answered = None
    ids = {m.application for m in (*sent, answered) if m is not None and m.application is not None}
    found = [item for item in company.actions.items(ids) if item.kind is Kind.APPLICATION] if ids else []
    hashed = company.number_of(reply.theirs) if company.number_of and reply.theirs.startswith("+") else None
    same = texts.by_remote_id(name, reply.provider, reply.remote_id) if reply.remote_id else None
    window = reply.at - timedelta(seconds=LOOP_WINDOW_S)
    return Known(
        answered=answered,
        sent=sent,
        with_number=texts.applications_with(name, hashed) if hashed else (),
        applications={item.id: item for item in found},
        opted_out=texts.suppression(name, reply.theirs) is not None,
        is_ours=same is not None and same.direction is Direction.OUT,
        repeats=texts.repeats(name, reply.theirs, reply.text, window) - later,
    )


def copies_of(company: Company, reply: Message, found: Attribution) -> tuple[NewAction, ...]:
    """Return the actions that copy a reply. A reply whose text turns up later is copied again, under other keys."""
    application = found.application
    if application is None:
        return ()
    shown = replace(reply, how=found.how, opt=found.opt)
    return tuple(_copy(company, shown, application, kind) for kind in found.mirrors)


def _copy(company: Company, reply: Message, application: Item, kind: Kind) -> NewAction:
    key = copy_key(company, kind, reply, application.start_id)
    if kind is Kind.COMMENT:
        return NewAction(key, kind)
    text = conversation_text(reply)
    prepared = company.source.prepare_reply(
        application.conversation_id, external_id(reply), text, reply.theirs, reply.ours, reply.at
    )
    return NewAction(key, kind, prepared)


def assign(company: Company, number: int, application: Item, by: str | None = None) -> Message:
    """Say by hand whose a reply is; it is copied like any other. Twice is once. Raises NotAssignable, Busy."""
    sms, texts = company.texting()
    with company.texts_lock():
        reply = texts.message(number)
        if reply is None or reply.company != company.name or reply.direction is not Direction.IN:
            raise NotAssignable(f"{number}: no such reply; `connector sms inbox` lists them")
        if reply.how in MIRRORED:
            raise NotAssignable(f"{number}: it belongs to an application already, and is copied there")
        found = Attribution("by_hand", application, by, reply.opt, mirrors=mirrors_of(sms))
        then = copies_of(company, reply, found)
        now = company.clock.now()
        texts.attribute(reply, "by_hand", now, application=application, by=by, opt=reply.opt, then=then)
        assigned = texts.message(number)
        assert assigned is not None
        return assigned
