"""Text messages, in and out: the records that rules, flows, stores and providers speak of. Frozen.

A *reply* is what came in, a *receipt* what a provider says of something that we sent, a *message* our own row of
either. Numbers are E.164 wherever we could read them; texts and numbers never go into a log.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


class Delivery(enum.StrEnum):
    """Where a message of ours stands, in our words; each provider's own words are mapped to these."""

    #: not with the provider yet
    PENDING = "pending"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    #: called off before it left
    CANCELLED = "cancelled"


class Direction(enum.StrEnum):
    """Who wrote."""

    IN = "in"
    OUT = "out"


class Opt(enum.StrEnum):
    """What a provider says that a reply means."""

    OUT = "out"
    IN = "in"
    HELP = "help"


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do. The flows ask these, and never which provider it is."""

    #: a poll returns replies with their text
    lists_replies: bool
    #: a poll shows that replies exist, without their text: a gap can be told, not filled
    shows_gaps: bool
    #: a reply names the message that it answers
    names_answered: bool
    #: callbacks carry a signature over the body; otherwise the path holds a secret
    signs_callbacks: bool
    #: replies that were listed must be acknowledged, or they come again
    acknowledges: bool
    #: a message can be found again whose id was lost with the answer
    finds_sent: bool
    #: the status of a message can be asked for
    shows_status: bool
    #: the account's money can be asked for
    shows_balance: bool
    #: replaces characters that make a message dear, if asked to
    smart_encoding: bool
    #: can create sub-accounts and buy numbers
    provisions: bool
    #: characters of one message; None: not known
    longest_text: int | None


@dataclass(frozen=True)
class Media:
    """A file that came with a reply. Never fetched by us: the link is mirrored."""

    url: str
    content_type: str | None


@dataclass(frozen=True)
class Reply:
    """An inbound message as the provider gives it."""

    provider: str
    #: the vendor's id of the account
    account: str
    #: the vendor's id of the message: counts once
    id: str
    #: as written: E.164, national, a short code or a name
    sender: str
    #: our number, as written
    to: str
    text: str
    #: the vendor's own time, aware UTC; None: it told none, and the time of receipt stands in
    at: datetime | None
    media: tuple[Media, ...] = ()
    segments: int | None = None
    opt: Opt | None = None
    #: the vendor's id of the message that it answers
    answers: str | None = None
    #: what we gave the vendor with that message: our intent
    echo: str | None = None
    #: the vendor shows that it exists, and its text is only at the vendor's console
    text_lost: bool = False


@dataclass(frozen=True)
class BadReply:
    """A row or callback that cannot be read: named, and the others go on."""

    #: the vendor's id if one could be read, otherwise a digest
    id: str
    #: what is wrong, redacted
    what: str


@dataclass(frozen=True)
class ReplyPage:
    """One page of a poll, in the vendor's order."""

    replies: tuple[Reply, ...]
    bad: tuple[BadReply, ...]
    #: opaque; None: this was the last page
    next_page: str | None
    #: rows that are there but not finished yet: the cursor must not pass the earliest of them
    unfinished_since: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What a provider says about a message of ours: the answer to a send, a callback, or a look-up."""

    provider: str
    #: the vendor's id; None: the callback named only our intent
    id: str | None
    #: our intent, where the vendor gave it back
    intent: str | None
    status: Delivery
    #: the vendor's own word
    raw_status: str
    #: place in the vendor's order of statuses: only a higher one is applied. 5 and more: nothing follows
    rank: int
    #: the vendor's own count of callbacks, where it has one: goes before the rank
    sequence: int | None = None
    #: the vendor's error code and words, as given
    code: str | None = None
    words: str | None = None
    segments: int | None = None
    #: what it cost, if told; positive
    price: Decimal | None = None
    currency: str | None = None
    #: False: the vendor does not bill it, so its segments go back
    billed: bool | None = None
    #: the sender that the vendor picked
    sender: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Outgoing:
    """A message as a provider is given it. Built late; holds personal data, so it is never logged."""

    #: our id of this intent: in the status callback's address, so that a lost answer can be settled
    intent: str
    #: E.164, or the vendor's id of a messaging service
    sender: str
    to: str
    text: str
    #: where the vendor reports to; None: no public address is set
    callback_url: str | None = None
    smart: bool = False


@dataclass(frozen=True)
class Callback:
    """A call of a vendor's, exactly as it came."""

    company: str
    provider: str
    #: `inbound` or `status`
    what: str
    method: str
    #: the address as the vendor called it: our public address, the raw path and the raw query
    url: str
    #: lower-case names
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    #: the secret at the end of the path; empty: there was none
    secret: str = field(default="", repr=False)
    received_at: datetime | None = None


@dataclass(frozen=True)
class CallbackAnswer:
    """What a vendor expects to be answered. Never text that it would send on to the candidate."""

    status: int
    content_type: str
    body: bytes = b""


@dataclass(frozen=True)
class Balance:
    """The account's money at the vendor."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class OwnNumber:
    """A number of ours at the vendor, for the set-up check."""

    #: E.164
    number: str
    can_text: bool
    #: what is wrong with how it is set up there, and what to do; empty: nothing
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """Our row of a message, in or out."""

    id: int
    company: str
    direction: Direction
    provider: str
    account: str
    #: the vendor's id; None: not known yet
    remote_id: str | None
    #: of what we send; None on what came in
    intent: str | None
    #: E.164, or what the vendor wrote
    ours: str
    theirs: str
    text: str = field(repr=False)
    media: tuple[Media, ...]
    #: the vendor's time, or ours where `at_exact` is False; aware UTC
    at: datetime
    at_exact: bool
    delivery: Delivery
    #: how it came to be: `manual`, `test`, a template's name, or for what came in how it was attributed:
    #: `answered`, `last_messaged`, `newest_application`, `by_hand`, `unmatched`, `two_people`, `too_old`, `chatbot`,
    #: `our_own`, `loop`, `new` (not looked at yet), `forgotten` (of an erased person: nothing but its id is left)
    how: str
    #: the application's action in the ledger; None: nobody's
    application: int | None = None
    template: str | None = None
    opt: Opt | None = None
    #: the vendor's id of the message that it answers; our intent where the vendor gave back only that
    answers: str | None = None
    segments: int = 0
    rank: int = 0
    sequence: int | None = None
    code: str | None = None
    words: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    #: who of the team sent it; replies take it over from the message they answer
    by: str | None = None
    read_at: datetime | None = None
    created_at: datetime | None = None
    text_lost: bool = False


@dataclass(frozen=True)
class NewMessage:
    """An outbound message to be recorded, before anything leaves."""

    company: str
    #: unique: recording the same again changes nothing
    key: str
    theirs: str
    text: str = field(repr=False)
    how: str
    #: not before this
    send_at: datetime
    #: None: nobody's, e.g. a test
    application: int | None = None
    template: str | None = None
    by: str | None = None
    provider: str = ""
    ours: str = ""


@dataclass(frozen=True)
class Suppression:
    """A number that has opted out: nothing is sent to it by any provider."""

    company: str
    number: str
    since: datetime
    #: `keyword`, `vendor`, `refused`, `by_hand`
    why: str
    provider: str
    #: when it opted in again
    lifted_at: datetime | None = None


@dataclass(frozen=True)
class SegmentLine:
    """One line of the segment balance."""

    id: int
    company: str
    message: int | None
    at: datetime
    #: `sent`, `received`, `refund`, `correction`, `granted`
    what: str
    #: negative for what was used
    segments: int
    #: the balance after it
    left: int


class MayLeave(enum.StrEnum):
    """The answer of the last look before a message leaves, in the transaction that writes the intent."""

    YES = "yes"
    OPTED_OUT = "opted_out"
    NO_BALANCE = "no_balance"
    #: somebody else has taken it up, or it was cancelled meanwhile
    TAKEN = "taken"


@dataclass(frozen=True)
class Inbound:
    """A reply with its numbers read, ready for the inbox."""

    reply: Reply
    #: E.164, or as the vendor wrote it
    ours: str
    theirs: str
    #: keyed hash of the sender's number; None: not a number that a person has
    number: str | None


@dataclass(frozen=True)
class Count:
    """One line of a report."""

    provider: str
    #: dialling code with its plus; empty: none could be read
    country: str
    direction: Direction
    #: template, `manual`, `test`; how it was attributed for what came in
    how: str
    delivery: Delivery
    messages: int
    segments: int


@dataclass(frozen=True)
class OpenCallback:
    """A callback that is stored and not worked on yet."""

    id: int
    callback: Callback
    attempts: int


@dataclass
class TextTally:
    """What one run about text messages did, for the log and the tests; where everything stands is in the store."""

    #: replies that were new
    received: int = 0
    #: copies that were made
    copied: int = 0
    #: messages that a provider took
    sent: int = 0
    #: messages called off because texts are switched off
    cancelled: int = 0
    #: later statuses that were written
    statuses: int = 0
    #: failures of whole platforms, and records that could not be read, in words
    problems: list[str] = field(default_factory=list)
