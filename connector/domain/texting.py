"""What the flows need for text messages: the port of a provider, and what our own database keeps.

The port is implemented by one folder of `platforms/` each. Every method of the store is one transaction, and raises
StoreError when the database refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from connector.domain.actions import Change, Item, Kind, NewAction
from connector.domain.model import Priority
from connector.domain.ports import Account
from connector.domain.texts import (
    BadReply,
    Balance,
    Callback,
    CallbackAnswer,
    Capabilities,
    Count,
    Delivery,
    Inbound,
    MayLeave,
    Message,
    NewMessage,
    OpenCallback,
    Opt,
    Outgoing,
    OwnNumber,
    Receipt,
    Reply,
    ReplyPage,
    SegmentLine,
    Suppression,
)


class Texting(Account, Protocol):
    """An account at an SMS provider."""

    #: the vendor's id of the account
    account: str
    can: Capabilities

    def submit(self, message: Outgoing, priority: Priority = Priority.SMS) -> Receipt:
        """Send. NOT safe to repeat: no provider knows an idempotency key.

        Raises OutcomeUnknown (settle it, never repeat), NeverArrived, RateLimited, Rejected (`code` is the vendor's;
        a 200 that hides a refusal is one too), AuthError.
        """
        ...

    def find(self, message: Outgoing, since: datetime, known: Iterable[str]) -> Receipt | None:
        """Look for a message whose answer was lost: same number, same text, made since, its id not among `known`.

        None: not seen, which is no proof that it was not sent. Without `can.finds_sent` always None.
        """
        ...

    def receipt(self, remote_id: str) -> Receipt:
        """Return what the provider says of a message now. Raises NotThere. Needs `can.shows_status`."""
        ...

    def replies(self, number: str, since: datetime, page: str | None = None) -> ReplyPage:
        """Return one page of what came in to a number of ours since a moment (inclusive); no page is the first.

        Needs `can.lists_replies` or `can.shows_gaps`.
        """
        ...

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Tell the provider that replies are stored here. Only after our commit. Twice is safe."""
        ...

    def is_genuine(self, call: Callback) -> bool:
        """Return whether a call is the provider's own: by its signature, or by the secret in its path. Pure.

        Compares in constant time. Whatever is wrong with the call, it says False and raises nothing.
        """
        ...

    def read(self, call: Callback) -> tuple[Reply | Receipt | BadReply, ...]:
        """Read a genuine call. Raises WireError when nothing in it can be read."""
        ...

    def answer(self, call: Callback) -> CallbackAnswer:
        """Return what the vendor expects to hear. Pure; empty of any text."""
        ...

    def balance(self) -> Balance | None:
        """Return the account's money; None: the vendor does not show it."""
        ...

    def own_numbers(self) -> tuple[OwnNumber, ...]:
        """Return the numbers that we have at the vendor, with what is wrong with each; for the set-up check."""
        ...


class Texts(Protocol):
    """Messages in and out, opt-outs, the segment balance, cursors and raw callbacks."""

    # --- what comes in

    def keep_callback(self, callback: Callback, at: datetime) -> int | None:
        """Store a genuine call as it came, without the secret in its path; None: the very same one is stored already.

        Two are the same when address and body are: a vendor signs each of its attempts anew.
        """
        ...

    def open_callbacks(self, company: str, limit: int) -> list[OpenCallback]:
        """Return calls that are not worked on yet, oldest first; `attempts` counts how often they were handed out."""
        ...

    def close_callback(self, number: int, at: datetime, error: str | None) -> None:
        """Note that a call has been worked on; with an error it stays visible as a fault."""
        ...

    def bad_callbacks(self, company: str, limit: int = 100) -> list[tuple[int, str, str, datetime, str]]:
        """Return (id, provider, what, received, error) of calls that could not be read, newest first."""
        ...

    def record_replies(self, company: str, replies: Sequence[Inbound], at: datetime) -> int:
        """Store replies that are not there yet, by (provider, account, the vendor's id); returns how many were new.

        One that is there gets what it lacks: the vendor's time, and a text that was lost. Such a text may be a STOP,
        so that it is looked at again.
        """
        ...

    def reply_cursor(self, company: str, provider: str, account: str, number: str) -> datetime | None:
        """Return up to when a number's replies have been read completely; None: never."""
        ...

    def keep_reply_cursor(self, company: str, provider: str, account: str, number: str, at: datetime) -> None:
        """Move a cursor; it never moves back."""
        ...

    def new_replies(self, company: str, limit: int) -> list[Message]:
        """Return replies that nobody has looked at (`how` is `new`), in the order of their times."""
        ...

    def repeats(self, company: str, theirs: str, text: str, since: datetime) -> int:
        """Return how many equal texts came from a number since a moment."""
        ...

    def attribute(
        self,
        message: Message,
        how: str,
        at: datetime,
        *,
        application: Item | None = None,
        by: str | None = None,
        opt: Opt | None = None,
        suppress: Suppression | None = None,
        lift: bool = False,
        then: Sequence[NewAction] = (),
    ) -> None:
        """Say whose a reply is, with everything that follows, at once.

        Sets or lifts the opt-out of the sender's number, writes the line of the segment balance once (by the segments
        of `message` where the vendor told none), and records the actions (each with this message). Twice changes
        nothing. Nothing is written either if the reply was looked at by somebody else since `message` was read, or if
        the application is gone: the next look decides anew. Opt-out, opt-in and segments belong to the first look
        alone, so that assigning a reply by hand later does not undo a START. A STOP that a later START has overtaken
        sets nothing, and a START lifts nothing that was set after it.
        """
        ...

    # --- what goes out

    def record(self, new: NewMessage, parent: Item | None, priority: Priority, at: datetime) -> Item:
        """Record a message and the action that will send it; the same key again returns the one that is there."""
        ...

    def prepare(self, item: Item, new: NewMessage, at: datetime) -> Message:
        """Make the row of a message whose action was recorded by an event. Twice returns the same row."""
        ...

    def may_leave(self, change: Change, message: Message, segments: int, balance: int | None, at: datetime) -> MayLeave:
        """Write the intent to send, unless its number has opted out, segments are used up, or it was taken meanwhile.

        `message` carries provider, account, ours, text and intent as they will be sent. One transaction: the look and
        the intent cannot be told apart, by whatever process. YES reserves the segments. TAKEN too while a reply from
        that number has not been looked at, or a call about anybody's has not been read, which may be a STOP: then it is
        due again some seconds later. Whatever else is answered but YES, nothing was written. `balance` is what is
        granted in all; None: not limited.
        """
        ...

    def settle(
        self,
        change: Change,
        message: Message,
        receipt: Receipt | None,
        *,
        delivery: Delivery,
        refund: bool = False,
        next_look: datetime | None = None,
    ) -> bool:
        """Write what became of a send: the action, the message and, with `refund`, its segments, at once.

        What is done stays done and what is closed stays closed, unless it is done after all; a higher status that a
        callback has brought meanwhile stays. `next_look` is when to ask for the status of what was accepted; None: an
        hour after it left. Returns False where the vendor's id is another message's already:
        then the action is of unknown outcome, with a note that says so, and the message is as it was.
        """
        ...

    def apply(self, message: Message, receipt: Receipt, next_look: datetime | None, *, refund: bool = False) -> bool:
        """Write a later status, unless a higher one is there already; returns whether it was written.

        Of two last words the second is written only if `message` is as the row still stands: whoever settles a
        contradiction has seen it. A receipt whose id is another message's is about that one, and nothing is written.
        """
        ...

    def cancel(self, company: str, reason: str, at: datetime) -> int:
        """Close every message that has not left; returns how many. An unknown one stays: it may have left."""
        ...

    def next_due(self, company: str, kinds: Iterable[Kind] | None = None) -> datetime | None:
        """Return when a message or a copy of a reply falls due next, or a status is to be asked for; None: never.

        With `kinds` those actions alone.
        """
        ...

    def silent(self, company: str, now: datetime, limit: int) -> list[Message]:
        """Return sent messages without a last word whose next look is due."""
        ...

    def look_later(self, message: Message, next_look: datetime | None) -> None:
        """Note when to ask for a message's status next; None: not any more. After a last word nothing is asked."""
        ...

    # --- looking at them

    def message(self, number: int) -> Message | None:
        """Return one message."""
        ...

    def by_remote_id(self, company: str, provider: str, remote_id: str) -> Message | None:
        """Return the message with a vendor's id."""
        ...

    def by_intent(self, company: str, intent: str) -> Message | None:
        """Return the message of an intent."""
        ...

    def by_key(self, company: str, key: str) -> Message | None:
        """Return the message of ours that was recorded under a key."""
        ...

    def action_of(self, message: Message) -> Item | None:
        """Return the action that sends a message."""
        ...

    def last_sent(self, company: str, theirs: str) -> list[Message]:
        """Return what was sent to a number and accepted, newest first; no tests, nothing that failed later."""
        ...

    def applications_with(self, company: str, number: str) -> list[Item]:
        """Return the applications of people with a number (by keyed hash), newest first."""
        ...

    def applications_at(self, company: str, remote_id: str) -> list[Item]:
        """Return the applications with an id at the ATS, newest first; several starts may have led to one."""
        ...

    def known_ids(self, company: str, provider: str, since: datetime) -> set[str]:
        """Return the vendor's ids of what was sent since a moment."""
        ...

    def thread(self, company: str, numbers: Iterable[str], limit: int = 500) -> list[Message]:
        """Return everything to and from these numbers, oldest first; of more than `limit` the newest."""
        ...

    def of_application(self, company: str, application: int) -> list[Message]:
        """Return the messages of an application, oldest first."""
        ...

    def numbers_of(self, company: str, applications: Iterable[int]) -> set[str]:
        """Return the numbers of messages from the phones of these applications' people, whoever they were given to."""
        ...

    def inbox(
        self,
        company: str,
        *,
        by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        unmatched: bool = False,
        limit: int = 100,
    ) -> list[Message]:
        """Return what came in, unread first and then newest first; `unmatched`: only what waits for a human.

        From `since` on, before `until`. What is no reply to a recruiter is left out: our own texts, a chatbot's.
        """
        ...

    def mark_read(self, company: str, ids: Iterable[int], at: datetime) -> int:
        """Note that somebody has read messages; returns how many were unread."""
        ...

    def failed(self, company: str, since: datetime | None = None, limit: int = 100) -> list[Message]:
        """Return messages of ours that failed, newest first."""
        ...

    def outcomes(self, company: str, last: int = 20) -> dict[str, tuple[int, int]]:
        """Return (failed, all) of each provider's last so many settled messages."""
        ...

    def counts(self, company: str, since: datetime, until: datetime) -> list[Count]:
        """Return messages and segments by provider, country, event and status; from `since` on, before `until`."""
        ...

    # --- opt-outs and the balance

    def suppression(self, company: str, theirs: str) -> Suppression | None:
        """Return the opt-out of a number; one that was lifted is none."""
        ...

    def suppressions(self, company: str) -> list[Suppression]:
        """Return every opt-out in force, newest first."""
        ...

    def suppress(self, suppression: Suppression) -> None:
        """Set an opt-out; one in force stays as it is."""
        ...

    def lift(self, company: str, theirs: str, at: datetime) -> bool:
        """Lift an opt-out; returns whether there was one."""
        ...

    def grant(self, company: str, total: int, at: datetime) -> int:
        """Bring what is granted in all to `total` by one line of the difference; returns the balance.

        What was used before anything was granted counts too.
        """
        ...

    def segments_left(self, company: str, total: int | None = None) -> int:
        """Return the balance after the last line; with `total` what it would be if that were granted in all."""
        ...

    def segment_lines(self, company: str, limit: int = 100) -> list[SegmentLine]:
        """Return lines of the balance, newest first."""
        ...

    # --- privacy

    def forget(self, company: str, applications: Iterable[int], numbers: Iterable[str]) -> int:
        """Delete messages of these applications and with these numbers; opt-outs stay, as a number alone.

        What waits to be sent or copied is closed. Of what came in, the vendor's id stays. Raw calls are blanked.
        """
        ...

    def purge(self, company: str, before: datetime, calls_before: datetime | None = None) -> int:
        """Delete messages from before a moment, and worked-on callbacks from before another one; returns how many.

        What is not settled yet stays; the actions of a message go with it. Of a reply that a poll may list once more,
        the vendor's id stays. Without `calls_before`, callbacks go with the messages.
        """
        ...
