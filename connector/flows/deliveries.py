"""What becomes of a message of ours: the answer to a send, callbacks in any order, a look at what stays silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.texting import Texting
from connector.domain.texts import Delivery, Direction, Message, NewMessage, Outgoing, Receipt, Suppression, TextTally
from connector.flows.company import Company, log
from connector.flows.pauses import end_pause, may_call, strike
from connector.rules.delivery import FINAL, Class, Retry, Verdict, advance, classify
from connector.rules.failures import DOUBT_S, after_error, delay_s
from connector.rules.messages import callback_address

#: a message without a last word is asked about after an hour, then ever more rarely, and no more after three days
FIRST_LOOK_S, LONGEST_LOOK_S, LAST_LOOK_S = 3600.0, 86_400.0, 72 * 3600.0
#: a refusal that passes by itself (a full queue) is tried again that much later, so often
LATER_S, LATER_TRIES = 900.0, 8
#: the end of the key of a message that is sent once more
AGAIN = ":again"
_BATCH = 50


@dataclass(frozen=True)
class Outcome:
    """What a send came to, to be written in one transaction."""

    change: Change
    delivery: Delivery
    receipt: Receipt | None = None
    #: the segments that were reserved go back: nothing was sent
    refund: bool = False
    #: the number wants no texts
    opted_out: bool = False


def accepted(item: Item, receipt: Receipt, note: str = "") -> Outcome:
    """Say what it means that a provider has taken a message."""
    failed = receipt.status is Delivery.FAILED
    change = Change(item, State.DONE, "handed_over", note, attempts=0)
    return Outcome(change, receipt.status, receipt, refund=failed and receipt.billed is False)


def not_accepted(company: Company, item: Item, message: Message, error: errors.PlatformError, note: str) -> Outcome:
    """Say what a failed send means: in doubt, later, or never. Segments stay reserved only while it may have left."""
    now = company.clock.now()
    if isinstance(error, errors.Rejected):
        return _refused(company, item, message, error)
    verdict = after_error(error, item, now)
    if not isinstance(error, errors.OutcomeUnknown | errors.TransientError | errors.AuthError):
        # an answer that cannot be read: it may have been taken
        verdict = after_error(errors.OutcomeUnknown(error.platform, error.request, error.what), item, now)
    unknown = verdict.state is State.UNKNOWN
    change = Change(
        item,
        verdict.state,
        verdict.reason,
        "; ".join(filter(None, (note, verdict.note))),
        verdict.due_at,
        attempts=item.attempts + 1,
        doubt_at=now if unknown else None,
    )
    return Outcome(change, Delivery.PENDING, refund=not unknown)


def _refused(company: Company, item: Item, message: Message, error: errors.Rejected) -> Outcome:
    """Say what a refusal means. Nothing was sent, and nothing is billed."""
    meaning = classify(message.provider, error.code)
    receipt = Receipt(
        message.provider,
        None,
        message.intent,
        Delivery.FAILED,
        "refused",
        FINAL,
        code=error.code or None,
        words=error.what,
        billed=False,
    )
    note = refusal_note(error.code, error.what, meaning)
    later = company.clock.now() + timedelta(seconds=LATER_S)
    if meaning.stops_account:
        change = Change(item, State.WAITING, "account_stopped", note, later, attempts=item.attempts + 1)
        return Outcome(change, Delivery.PENDING, refund=True)
    if meaning.retry is not Retry.NEVER and item.attempts < LATER_TRIES:
        change = Change(item, State.WAITING, "refused_for_now", note, later, attempts=item.attempts + 1)
        return Outcome(change, Delivery.PENDING, refund=True)
    if meaning.suppresses:
        change = Change(item, State.CLOSED, "opted_out", note)
    else:
        change = Change(item, State.QUARANTINED, "message_refused", note)
    return Outcome(change, Delivery.FAILED, receipt, refund=True, opted_out=meaning.suppresses)


def refusal_note(code: str | None, words: str | None, meaning: Class) -> str:
    """Return the vendor's code and words, our class, and what to do."""
    told = " ".join(filter(None, (code, words)))
    return f"{told} ({meaning.word}: {meaning.advice})".strip()


def write_outcome(company: Company, message: Message, outcome: Outcome) -> None:
    """Write what a send came to. The opt-out goes first: whoever dies in between writes it again."""
    _, texts = company.texting()
    if outcome.opted_out:
        suppress(company, message)
    first_look = company.clock.now() + timedelta(seconds=FIRST_LOOK_S)
    alone = texts.settle(
        outcome.change,
        message,
        outcome.receipt,
        delivery=outcome.delivery,
        refund=outcome.refund,
        next_look=first_look,
    )
    if not alone:
        log.error("an id twice", action="text", company=company.name, message=message.id, provider=message.provider)


def suppress(company: Company, message: Message) -> None:
    """Note that a provider says that a number wants no texts: nothing is sent to it by anybody."""
    _, texts = company.texting()
    why, now = "refused", company.clock.now()
    texts.suppress(Suppression(company.name, message.theirs, now, why, message.provider))


def apply_receipt(company: Company, receipt: Receipt, *, looked_up: bool = False) -> bool:
    """Write what a provider says of a message of ours; returns whether anything changed. Twice is once.

    The caller holds the lock of text messages. What names no message of ours is no news. Raises what the port raises
    where the provider has to be asked.
    """
    message = _message_of(company, receipt)
    if message is None:
        return False
    if _settles_doubt(company, message, receipt):
        return True
    verdict = advance(message, receipt, looked_up)
    if verdict is Verdict.CONFLICT:
        about = {"before": message.delivery, "now": receipt.status, "message": message.id}
        log.warning("contradiction", action="status", company=company.name, provider=message.provider, **about)
        receipt, verdict = _asked(company, message, receipt)
    if verdict is not Verdict.APPLY:
        return False
    return _write(company, message, receipt)


def reconcile(company: Company, tally: TextTally) -> None:
    """Ask about messages that stay silent. Raises nothing a platform does."""
    _, texts = company.texting()
    stopped: set[str] = set()
    while company.goes_on():
        with company.texts_lock():
            silent = texts.silent(company.name, company.clock.now(), _BATCH)
            asked = [message for message in silent if message.provider not in stopped]
            for message in asked:
                if message.provider not in stopped:
                    _look(company, message, tally, stopped)
        if not asked or len(silent) < _BATCH:
            return


def _look(company: Company, message: Message, tally: TextTally, stopped: set[str]) -> None:
    _, texts = company.texting()
    provider = company.providers.get(message.provider)
    age_s = (company.clock.now() - message.at).total_seconds()
    if provider is None or not provider.can.shows_status or message.remote_id is None or age_s > LAST_LOOK_S:
        texts.look_later(message, None)
        return
    if not may_call(company, provider):
        stopped.add(message.provider)
        return
    try:
        receipt = provider.receipt(message.remote_id)
    except (errors.Rejected, errors.WireError) as error:
        gone = isinstance(error, errors.NotThere)
        log.info("status not read", action="status", company=company.name, message=message.id, what=str(error))
        texts.look_later(message, None if gone else next_look(company, message))
        return
    except errors.PlatformError as error:
        stopped.add(message.provider)
        strike(company, provider, error)
        tally.problems.append(str(error))
        return
    end_pause(company, provider)
    # before the status, so that one that is no news does not ask at once again
    texts.look_later(message, next_look(company, message))
    tally.statuses += apply_receipt(company, receipt, looked_up=True)


def next_look(company: Company, message: Message) -> datetime:
    """Return when to ask about a message: an hour after it left, then as long again as it is old, at most a day."""
    now = company.clock.now()
    age_s = max(0.0, (now - message.at).total_seconds())
    return now + timedelta(seconds=min(max(FIRST_LOOK_S, age_s), LONGEST_LOOK_S))


def find_again(company: Company, item: Item, message: Message, provider: Texting, since: datetime) -> Outcome | None:
    """Look for a message whose answer was lost; None: not seen, which proves nothing. Raises what the port raises."""
    _, texts = company.texting()
    known = texts.known_ids(company.name, message.provider, since)
    receipt = provider.find(outgoing_of(company, message), since, known)
    return accepted(item, receipt, item.note) if receipt else None


def outgoing_of(company: Company, message: Message) -> Outgoing:
    """Return a message as its provider is given it."""
    sms, _ = company.texting()
    intent = message.intent or ""
    address = callback_address(sms, company.name, message.provider, intent)
    return Outgoing(intent, message.ours, message.theirs, message.text, address)


def still_unknown(company: Company, item: Item, note: str = "") -> Change:
    """Keep a message in doubt and look again later."""
    wait_s = max(DOUBT_S, delay_s(item.attempts + 1, 0.5))
    due = company.clock.now() + timedelta(seconds=wait_s)
    return Change(item, State.UNKNOWN, "outcome_unknown", note or item.note, due, attempts=item.attempts + 1)


def _message_of(company: Company, receipt: Receipt) -> Message | None:
    """Return our message that a receipt is about: by the vendor's id, else by our intent."""
    _, texts = company.texting()
    known = texts.by_remote_id(company.name, receipt.provider, receipt.id) if receipt.id else None
    if known is None and receipt.intent:
        known = texts.by_intent(company.name, receipt.intent)
        if known is not None and None not in (known.remote_id, receipt.id):
            # a later attempt carries another id: this one is about an attempt that was given up
            log.warning("late answer", action="status", company=company.name, message=known.id, status=receipt.status)
            return None
    return known if known is not None and known.direction is Direction.OUT else None


def _settles_doubt(company: Company, message: Message, receipt: Receipt) -> bool:
    """Settle a message of which nobody knew whether it had left: whoever reports on it has taken it."""
    _, texts = company.texting()
    item = texts.action_of(message)
    in_doubt = item is not None and (
        item.state in (State.ATTEMPTING, State.UNKNOWN) or item.reason == "message_unknown"
    )
    if item is None or not in_doubt:
        return False
    outcome = accepted(item, receipt, item.note)
    meaning = classify(message.provider, receipt.code)
    wants_none = receipt.status is Delivery.FAILED and meaning.suppresses
    write_outcome(company, message, replace(outcome, opted_out=wants_none))
    return True


def _once_more(company: Company, message: Message, receipt: Receipt) -> None:
    """Plan a message once more that certainly failed for a reason that passes (a phone that is off), an hour later.

    A message of its own, judged anew when it leaves (`not_once_more`); the second one is not repeated. Before the
    failure is written: whoever dies in between plans it again, under the same key.
    """
    sms, texts = company.texting()
    meaning = classify(message.provider, receipt.code)
    item = texts.action_of(message)
    passes = receipt.status is Delivery.FAILED and meaning.retry is not Retry.NEVER and not meaning.suppresses
    # of two last words that differ, one says that the person has got it
    passes = passes and message.rank < FINAL
    if not passes or item is None or not sms.enabled or message.how == "test" or item.key.endswith(AGAIN):
        return
    now = company.clock.now()
    new = NewMessage(
        company.name,
        f"{item.key}{AGAIN}",
        message.theirs,
        message.text,
        message.how,
        now + timedelta(seconds=FIRST_LOOK_S),
        message.application,
        message.template,
        message.by,
    )
    texts.record(new, item if item.start_id else None, item.priority, now)


def not_once_more(company: Company, item: Item) -> Change | None:
    """Say why a message that is to leave once more does not: only a first one that has still failed is repeated.

    A provider may take a failure back within the hour, by a call or without one, so it is asked; while it cannot be,
    the repeat waits. What a human has taken up is theirs to send. None: it may leave, or is no repeat.
    """
    _, texts = company.texting()
    first = texts.by_key(company.name, item.key.removesuffix(AGAIN)) if item.key.endswith(AGAIN) else None
    if first is None or any(reason == "retried" for _, _, reason, _ in company.actions.history([item.id])[item.id]):
        return None
    provider = company.providers.get(first.provider)
    told: Delivery | None = first.delivery
    if told is Delivery.FAILED and first.remote_id and provider is not None and provider.can.shows_status:
        if not may_call(company, provider):
            return _asks_later(company, item, provider)
        try:
            receipt = provider.receipt(first.remote_id)
        except (errors.TransientError, errors.AuthError) as error:
            strike(company, provider, error)
            return _asks_later(company, item, provider)
        except errors.PlatformError as error:
            log.info("status not read", action="status", company=company.name, message=first.id, what=str(error))
            told = None
        else:
            end_pause(company, provider)
            apply_receipt(company, receipt, looked_up=True)
            told = receipt.status
    return None if told is Delivery.FAILED else Change(item, State.CLOSED, "not_repeated", item.note)


def _asks_later(company: Company, item: Item, provider: Texting) -> Change:
    pause = company.memory.pause(company.name, provider.platform)
    due = max(pause.until if pause else company.clock.now(), company.clock.now() + timedelta(seconds=DOUBT_S))
    return Change(item, State.WAITING, pause.reason if pause else "platform_unwell", pause.what if pause else "", due)


def _asked(company: Company, message: Message, receipt: Receipt) -> tuple[Receipt, Verdict]:
    """Ask the provider which of two last words holds, and believe it; one that cannot be asked stays with the first."""
    provider = company.providers.get(message.provider)
    if provider is None or message.remote_id is None or not provider.can.shows_status:
        return receipt, Verdict.IGNORE
    truth = provider.receipt(message.remote_id)
    return truth, advance(message, truth, looked_up=True)


def _write(company: Company, message: Message, receipt: Receipt) -> bool:
    _, texts = company.texting()
    failed = receipt.status is Delivery.FAILED
    if failed and classify(message.provider, receipt.code).suppresses:
        suppress(company, message)
    look = None if receipt.rank >= FINAL else next_look(company, message)
    _once_more(company, message, receipt)
    written = texts.apply(message, receipt, look, refund=failed and receipt.billed is False)
    if written:
        about = {"message": message.id, "status": receipt.status, "code": receipt.code}
        log.info("status", action="status", company=company.name, provider=message.provider, **about)
    return written
