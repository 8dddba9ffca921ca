"""Copies of replies: a comment on the application at the ATS, a message in the conversation at the source.

Each copy is an action of its own; one that fails does not hold the other. Within one application, or one conversation,
they are made in the order of the replies: an earlier one that is still to be made goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, Kind, State
from connector.domain.ports import Account
from connector.domain.texts import Message, TextTally
from connector.flows.changes import failed
from connector.flows.company import Company, log
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import add_comment, send_reply
from connector.rules.failures import DOUBT_S
from connector.rules.replies import comment_text, conversation_text, external_id, is_marked, marker

#: an application that is not at the ATS yet is looked for that often, seconds
THERE_AGAIN_S = 600.0
#: copies made under one holding of the lock
_BATCH = 10
_PUT_OFF = 10_000
_UNDER_WAY = (State.PLANNED, State.WAITING, State.ATTEMPTING, State.UNKNOWN)


def copy_replies(company: Company, tally: TextTally) -> None:
    """Make the copies that are due. What fails waits in the ledger; raises nothing a platform does."""
    for kind, account in ((Kind.COMMENT, company.ats), (Kind.REPLY, company.source)):
        while company.goes_on():
            if not may_call(company, account):
                _put_off(company, kind, account)
                break
            with company.texts_lock():
                due = company.actions.due(company.name, kind, company.clock.now(), _BATCH)
                if not due:
                    break
                trouble = _Batch(company, kind, tally).make(due)
            if trouble:
                tally.problems.append(str(trouble))
                _put_off(company, kind, account)
                break


def _put_off(company: Company, kind: Kind, account: Account) -> None:
    """Let what is due wait for the end of a pause; what is in doubt stays so."""
    pause, now = company.memory.pause(company.name, account.platform), company.clock.now()
    until = max(pause.until, now) if pause else now + timedelta(seconds=DOUBT_S)
    with company.texts_lock():
        waiting = company.actions.due(company.name, kind, now, _PUT_OFF)
        company.actions.move(
            [
                Change(i, i.state, i.reason, i.note, until)
                if pause is None or i.state in (State.UNKNOWN, State.ATTEMPTING)
                else Change(i, State.WAITING, pause.reason, pause.what, until)
                for i in waiting
            ]
        )


class _Batch:
    """A few copies of one kind."""

    def __init__(self, company: Company, kind: Kind, tally: TextTally) -> None:
        self._company, self._kind, self._tally = company, kind, tally
        self._account: Account = company.ats if kind is Kind.COMMENT else company.source

    def make(self, due: Sequence[Item]) -> errors.PlatformError | None:
        """Make these, oldest reply first; returns the failure that concerns the whole platform."""
        _, texts = self._company.texting()
        read = {item.id: texts.message(item.message) if item.message else None for item in due}
        gone = [item for item in due if read[item.id] is None]
        # what was forgotten or purged meanwhile is copied nowhere
        self._company.actions.move([Change(item, State.CLOSED, "forgotten") for item in gone])
        pairs = [(item, message) for item in due if (message := read[item.id])]
        for item, message in sorted(pairs, key=lambda pair: (pair[1].at, pair[1].id)):
            if self._company.stop.is_set():
                return None
            trouble = self._one(item, message)
            if trouble:
                return trouble
        return None

    def _one(self, item: Item, message: Message) -> errors.PlatformError | None:
        earlier = self._earlier(item, message)
        if earlier is not None:
            self._company.actions.move([self._behind(item, earlier)])
            return None
        if self._kind is Kind.COMMENT:
            change, trouble = self._comment(item, message)
        else:
            told = with_its_own_time(self._company, item, message)
            change, trouble = send_reply(self._company, again_under_another_key(told, self._company.clock.now()))
        if change.state is State.DONE:
            self._tally.copied += 1
            end_pause(self._company, self._account)
        about = {"key": item.key, "state": change.state, "reason": change.reason}
        log.info("copy", action="copy", company=self._company.name, **about)
        return trouble

    def _earlier(self, item: Item, message: Message) -> Item | None:
        """Return the copy of an earlier reply to the same place that is still to be made."""
        _, texts = self._company.texting()
        actions, name = self._company.actions, self._company.name
        if self._kind is Kind.COMMENT:
            beside = actions.of_start(name, item.start_id)
        else:
            beside = actions.of_conversation(name, item.conversation_id)
        for other in beside:
            if other.kind is self._kind and other.id != item.id and other.state in _UNDER_WAY and other.message:
                copied = texts.message(other.message)
                if copied is not None and (copied.at, copied.id) < (message.at, message.id):
                    return other
        return None

    def _behind(self, item: Item, earlier: Item) -> Change:
        soon = self._company.clock.now() + timedelta(seconds=DOUBT_S)
        due = max(soon, earlier.due_at + timedelta(seconds=0.1)) if earlier.due_at else soon
        state = item.state if item.state is State.UNKNOWN else State.WAITING
        return Change(item, state, "earlier_reply_first", item.note, due)

    def _comment(self, item: Item, message: Message) -> tuple[Change, errors.PlatformError | None]:
        company, now = self._company, self._company.clock.now()
        sms, _ = company.texting()
        application_id = self._application_of(item)
        if application_id is None:
            due = now + timedelta(seconds=THERE_AGAIN_S)
            return self._moved(Change(item, State.PARKED, "application_not_there", item.note, due))
        if item.state is State.ATTEMPTING:
            # the process that wrote the intent is gone, or it would hold the lock
            due = now + timedelta(seconds=DOUBT_S)
            note = "the process ended in between"
            return self._moved(Change(item, State.UNKNOWN, "outcome_unknown", note, due, doubt_at=now))
        if item.state is State.UNKNOWN:
            settled = self._look(item, message, application_id)
            if settled is not None:
                return settled
        return add_comment(company, item, application_id, comment_text(message, sms.show_sender))

    def _look(
        self, item: Item, message: Message, application_id: str
    ) -> tuple[Change, errors.PlatformError | None] | None:
        """Look whether a comment was made after all; None: it surely was not."""
        company, asked_at = self._company, self._company.clock.now()
        try:
            comments = company.ats.comments_on(application_id, item.priority)
        except errors.PlatformError as error:
            wide = error if isinstance(error, errors.TransientError | errors.AuthError) else None
            if wide and not isinstance(wide, errors.PermissionMissing):
                strike(company, company.ats, wide)
            verdict = failed(company, item, error)
            due = verdict.due_at or asked_at + timedelta(seconds=THERE_AGAIN_S)
            # what is in doubt stays so, whatever the look came to
            change = Change(item, State.UNKNOWN, "outcome_unknown", str(error), due, attempts=item.attempts + 1)
            return self._moved(change)[0], wide
        found = [id_ for id_, text in comments.items() if is_marked(text, marker(message))]
        if found:
            return self._moved(Change(item, State.DONE, "copied", item.note, remote_id=found[0], attempts=0))
        proven_at = _proven_at(item, company.absent_after_s)
        if proven_at is not None and asked_at >= proven_at:
            return None
        due = max(asked_at + timedelta(seconds=0.5), proven_at or asked_at)
        doubt_at = None if item.doubt_at else asked_at
        return self._moved(Change(item, State.UNKNOWN, "outcome_unknown", item.note, due, doubt_at=doubt_at))

    def _application_of(self, item: Item) -> str | None:
        beside = self._company.actions.of_start(self._company.name, item.start_id)
        return next((one.remote_id for one in beside if one.kind is Kind.APPLICATION and one.remote_id), None)

    def _moved(self, change: Change) -> tuple[Change, None]:
        self._company.actions.move([change])
        return change, None


def _proven_at(item: Item, absent_after_s: float) -> datetime | None:
    """Return from when on a look that finds nothing proves that nothing is there."""
    return item.doubt_at + timedelta(seconds=absent_after_s) if item.doubt_at else None


def copy_key(company: Company, kind: Kind, reply: Message, start_id: str) -> str:
    """Return the key of a copy. A reply whose text turns up later is copied again, under another one."""
    return f"{company.name}:{kind}:{reply.provider}:{external_id(reply)}:{start_id}"


def with_its_own_time(company: Company, item: Item, message: Message) -> Item:
    """Return a copy with the reply's time as it is known by now.

    A callback may name none, so that the copy was made ready with the time of receipt, and the poll has told since.
    What may have been sent is sent as it was.
    """
    first = item.state in (State.PLANNED, State.WAITING) and message.at_exact and item.prepared is not None
    if not first or item.key != copy_key(company, item.kind, message, item.start_id):
        return item
    about = (item.conversation_id, external_id(message), conversation_text(message), message.theirs, message.ours)
    return replace(item, prepared=company.source.prepare_reply(*about, message.at))


def again_under_another_key(item: Item, now: datetime) -> Item:
    """Return a copy to be sent anew after a refusal, which is all that the first key will ever be answered with.

    The source counts the vendor's id once in a conversation, so that this makes no second copy.
    """
    if item.prepared is None or item.reason != "retried":
        return item
    return replace(item, prepared=replace(item.prepared, key=f"{item.prepared.key}:{now:%Y%m%dT%H%M%S}"))
