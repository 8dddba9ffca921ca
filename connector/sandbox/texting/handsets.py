"""Invented people with phones: what reaches them, and what they answer. One set for all vendors of a world."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

#: It arrives and a receipt says so.
DELIVERED = "delivered"
#: It arrives, but no receipt ever comes: the vendor's last word stays "sent".
NO_RECEIPT = "no_receipt"
#: Switched off.
OFF = "off"
#: Nobody has this number.
UNKNOWN = "unknown"
LANDLINE = "landline"
#: The carrier takes it for spam.
FILTERED = "filtered"
#: The sender lacks a registration that the country asks for.
UNREGISTERED = "unregistered"
#: The carrier or the person blocks the sender.
BLOCKED = "blocked"
#: It waited too long.
EXPIRED = "expired"
#: The vendor itself never sends it, and does not bill it.
NEVER_LEFT = "never_left"
#: The vendor accepts it and then finds an opt-out.
OPTED_OUT = "opted_out"

FATES = (
    DELIVERED,
    NO_RECEIPT,
    OFF,
    UNKNOWN,
    LANDLINE,
    FILTERED,
    UNREGISTERED,
    BLOCKED,
    EXPIRED,
    NEVER_LEFT,
    OPTED_OUT,
)

#: Single words that ask for silence, and those that end it.
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


@dataclass(frozen=True)
class Arrived:
    """A text that reached a handset."""

    vendor: str
    message_id: str
    sender: str
    text: str
    at: datetime
    #: Whether it is a vendor's own reply to a keyword.
    auto: bool
    #: Whether the person had asked for silence by then, whichever number or vendor heard it.
    after_stop: bool


@dataclass
class Handset:
    """A phone. `answers` are used up one for each text that arrives; the vendor's own replies are not answered."""

    #: E.164.
    number: str
    answers: list[str] = field(default_factory=list)
    #: Answered to every text once `answers` is used up, without an end; None: nothing more.
    always: str | None = None
    #: What becomes of texts to it: one of `FATES`.
    fate: str = DELIVERED
    #: Seconds from arrival to the answer; only a vendor that is live waits.
    answers_after_s: float = 0.0
    arrived: list[Arrived] = field(default_factory=list)
    #: The last keyword sent asked for silence.
    stopped: bool = False

    @property
    def texts(self) -> list[str]:
        """What arrived, oldest first, without the vendors' own replies."""
        return [each.text for each in self.arrived if not each.auto]

    @property
    def texts_after_stop(self) -> list[str]:
        """What arrived although the person had asked for silence; a product must keep this empty."""
        return [each.text for each in self.arrived if each.after_stop and not each.auto]


class Handsets:
    """All phones. A number that nobody added has one too, which receives and never answers. Any thread may call."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._phones: dict[str, Handset] = {}

    def add(
        self,
        number: str,
        answers: Iterable[str] = (),
        *,
        fate: str = DELIVERED,
        always: str | None = None,
        answers_after_s: float = 0.0,
    ) -> Handset:
        """Adds or replaces a phone. `answers=["STOP"]` is a person who opts out. ValueError for an unknown fate."""
        if fate not in FATES:
            raise ValueError(f"a fate is one of {', '.join(FATES)}")
        phone = Handset(_plain(number), list(answers), always, fate, answers_after_s)
        with self._lock:
            self._phones[phone.number] = phone
        return phone

    def get(self, number: str) -> Handset:
        """The phone with a number, however it is spelled; it is made when nobody added it."""
        with self._lock:
            return self._phones.setdefault(_plain(number), Handset(_plain(number)))

    def all(self) -> list[Handset]:
        """Every phone, in the order of their coming."""
        with self._lock:
            return list(self._phones.values())

    def arrive(
        self, vendor: str, message_id: str, sender: str, to: str, text: str, at: datetime, *, auto: bool = False
    ) -> str | None:
        """A text reaches a phone; returns what the person answers, or None."""
        with self._lock:
            phone = self.get(to)
            phone.arrived.append(Arrived(vendor, message_id, sender, text, at, auto, phone.stopped))
            if auto:
                return None
            return phone.answers.pop(0) if phone.answers else phone.always

    def said(self, number: str, text: str) -> None:
        """The person sends a text: a single keyword sets or ends the silence they ask for."""
        word = text.strip().upper()
        with self._lock:
            if word in STOP_WORDS:
                self.get(number).stopped = True
            elif word in START_WORDS:
                self.get(number).stopped = False


def _plain(number: str) -> str:
    """Digits behind a plus; names and short codes stay as they are."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return f"+{digits}" if len(digits) > 8 else number
