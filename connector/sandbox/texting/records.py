"""What a text-message simulator stores and sends: messages, own numbers, the steps of a course, calls to a receiver."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Directions of a message, seen from the account.
INBOUND, OUTBOUND = "in", "out"


@dataclass(frozen=True)
class Media:
    """A file that came with a message. Nothing is stored behind the link."""

    url: str
    content_type: str = "image/jpeg"


@dataclass(frozen=True)
class Step:
    """One status that a message reaches."""

    #: The vendor's own word.
    status: str
    #: The vendor's error code, as text.
    code: str | None = None
    words: str | None = None
    #: The message leaves the vendor with this step: `sent_at` is set.
    leaves: bool = False
    #: The handset has it with this step, and may answer.
    arrives: bool = False


@dataclass
class TextMessage:
    """One message, in or out."""

    id: str
    #: `in` or `out`.
    direction: str
    #: Numbers are E.164 here and get the vendor's spelling on the way out. Empty until the vendor has picked a sender.
    sender: str
    to: str
    text: str
    #: Aware UTC, as are all times here.
    created_at: datetime
    #: The vendor's own word.
    status: str
    updated_at: datetime
    sent_at: datetime | None = None
    #: Lists do not show it before this.
    listed_at: datetime | None = None
    code: str | None = None
    words: str | None = None
    segments: int = 1
    media: tuple[Media, ...] = ()
    #: `api`, `reply` (the answer to a callback was sent on), `auto` (the vendor's own reply to a keyword); `in`.
    kind: str = "api"
    #: Where statuses go; None: nobody wants them.
    callback_url: str | None = None
    callback_method: str = "POST"
    #: Statuses still to come.
    course: list[Step] = field(default_factory=list)
    #: Every status with its time, oldest first.
    history: list[tuple[str, datetime]] = field(default_factory=list)
    #: Id of the outbound message that it answers, if the vendor knows.
    answers: str | None = None
    #: What only one vendor has: a messaging service, a custom string, DLT fields.
    extra: dict[str, Any] = field(default_factory=dict)
    #: Members that replace those of the rendered record, so that a test can show a bad one: `{"date_created": "soon"}`.
    spoilt: dict[str, Any] = field(default_factory=dict)


@dataclass
class OwnNumber:
    """A number that the account holds."""

    #: E.164.
    number: str
    id: str
    #: Where inbound messages go; empty: nowhere.
    inbound_url: str = ""
    inbound_method: str = "POST"
    can_text: bool = True
    #: What only one vendor has.
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CallbackCall:
    """A call to a receiver, ready to go."""

    #: `inbound` or `status`.
    what: str
    message_id: str
    method: str
    #: As configured, without a fragment; this is what is signed.
    url: str
    headers: dict[str, str]
    body: bytes = b""
    #: What the fragment of the configured address said.
    fragment: str = ""


@dataclass(frozen=True)
class CallbackSent:
    """A call that was made, and what was answered."""

    call: CallbackCall
    #: None: nobody answered in time.
    status: int | None
    answer_type: str
    answer: bytes
    #: Real time, aware UTC.
    at: datetime
