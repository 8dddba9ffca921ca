"""How far a message got: which report counts, and what a failure's code means.

Reports come twice, out of order and in contradiction. A message only ever moves forward, by the provider's own sequence
where it has one and by rank where it has none; two last words that differ are settled by asking the provider.

Codes become one of our classes through a table a provider. A code that no table has is `unknown` and is never retried
by the machine; its raw code and words are kept by the caller.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.texts import Delivery, Message, Receipt
from connector.rules.duties import missing_registration

#: from this rank on nothing follows but `read`; ranks are those of Twilio's statuses, and each adapter gives its own on
#: that scale: scheduled 0, accepted 1, queued 2, sending 3, sent 4, delivered and failed 5, read 6
FINAL = 5


class Verdict(enum.StrEnum):
    """What to do with a report."""

    APPLY = "apply"
    IGNORE = "ignore"
    #: two last words differ: ask the provider and believe its answer
    CONFLICT = "conflict"


def advance(current: Message, new: Receipt, looked_up: bool = False) -> Verdict:
    """Return what to do with what a provider says of a message of ours. Twice is safe: the second is ignored.

    `looked_up`: it is the answer to a question of ours. It settles a conflict, and still moves nothing backwards,
    because a callback may have overtaken it.
    """
    if current.delivery is Delivery.PENDING:
        # nothing was heard yet
        return Verdict.APPLY
    if new.rank == current.rank and new.status is current.delivery:
        return Verdict.IGNORE
    if looked_up:
        return Verdict.APPLY if new.rank >= current.rank else Verdict.IGNORE
    if new.rank > max(current.rank, FINAL):
        # who has read a message has got it, whatever a carrier said
        return Verdict.APPLY
    counted = current.sequence is not None and new.sequence is not None
    later = counted and (new.sequence or 0) > (current.sequence or 0)
    if current.rank >= FINAL:
        # two last words; one that the provider itself counts as the earlier is no contradiction
        contradicts = new.rank == current.rank and new.status is not current.delivery and (later or not counted)
        return Verdict.CONFLICT if contradicts else Verdict.IGNORE
    if counted and new.rank < FINAL:
        return Verdict.APPLY if later else Verdict.IGNORE
    return Verdict.APPLY if new.rank > current.rank else Verdict.IGNORE


class Retry(enum.StrEnum):
    """Whether the machine may send again after a failure that is certain."""

    NEVER = "never"
    #: the same message, when the cause has passed; quiet hours and the sender's pause say when
    LATER = "later"
    #: one more time, an hour later at the soonest
    ONCE = "once"


@dataclass(frozen=True)
class Class:
    """What a code means to us."""

    #: `opted_out`, `bad_number`, …; `failures` and `report` count by it
    word: str
    retry: Retry
    #: what to do, in an administrator's words
    advice: str

    @property
    def suppresses(self) -> bool:
        """The person wants no texts: none from any number, through any provider, until START."""
        return self.word == "opted_out"

    @property
    def stops_account(self) -> bool:
        """Nothing more leaves through the account until somebody has seen to it."""
        return self.word in {"auth_failed", "account_suspended", "no_funds"}


def _never(word: str, advice: str) -> Class:
    return Class(word, Retry.NEVER, advice)


UNKNOWN = _never("unknown", "look the code up at the provider; the message may be sent again by hand")

_OPTED_OUT = _never("opted_out", "the person has opted out; only their START brings texts back")
_BAD_NUMBER = _never("bad_number", "the number is wrong or not in use; ask the candidate for another")
_LANDLINE = _never("landline", "the number can't get texts; ask the candidate for a mobile number")
_UNREACHABLE = Class(
    "unreachable", Retry.ONCE, "the phone is off or out of reach; if it happens again, ask for another number"
)
_BLOCKED = _never("blocked", "the recipient or the carrier blocks texts from this number; use another way")
_FILTERED = _never(
    "carrier_filtered", "the carrier took it for spam; change the text and see to the number's registration"
)
_GEO = _never("geo_blocked", "switch the country on in the provider's console")
_SENDER = _never(
    "sender_invalid", "the sending number is not yours, not active or can't send texts; correct the settings"
)
_FUNDS = _never("no_funds", "top the provider's account up")
_AUTH = _never("auth_failed", "the provider refuses the key; enter the new one")
_ACCOUNT = _never("account_suspended", "the provider has suspended the account; write to its support")
_QUEUE = Class(
    "queue_overflow", Retry.LATER, "too much is queued for the sending number; it pauses and goes on by itself"
)
_EXPIRED = _never("expired", "it was not delivered in time; see whether it is still worth sending")
_TEMPORARY = Class("temporary", Retry.LATER, "nothing to do; it is sent again by itself")
# nobody knows what the carrier did with it: it may have arrived
_CARRIER = _never("unknown", "the carrier gave no reason; ask the candidate before sending it again")
_DUPLICATE = _never("duplicate", "the same text went to the same number seconds ago; nothing to do")
_DLT = _never("not_registered", missing_registration(91))
_REQUEST = _never("bad_request", "the provider could not read the request; report it as a fault of the connector")
_DOUBTFUL = _never("outcome_unknown", "nobody knows whether it was sent; it is looked up, and a human may resend it")

TWILIO: Mapping[str, Class] = {
    "20001": _REQUEST,
    "20003": _AUTH,
    "20429": Class("temporary", Retry.LATER, "nothing to do; too many requests at once, none of which was processed"),
    "20500": _DOUBTFUL,
    "21211": _BAD_NUMBER,
    "21212": _SENDER,
    "21408": _GEO,
    "21481": _REQUEST,
    "21606": _SENDER,
    "21608": _never(
        "trial_account", "a trial account writes to verified numbers only; upgrade it or verify the number"
    ),
    "21610": _OPTED_OUT,
    "21611": _QUEUE,
    "21612": _never("unroutable", "this pair of numbers can't be connected; send from another number"),
    "21614": _LANDLINE,
    "21617": _never("too_long", "shorten the text to 1600 characters"),
    "21635": _LANDLINE,
    "21659": _SENDER,
    "30001": _QUEUE,
    "30002": _ACCOUNT,
    "30003": _UNREACHABLE,
    "30004": _BLOCKED,
    "30005": _BAD_NUMBER,
    "30006": _LANDLINE,
    "30007": _FILTERED,
    "30008": _CARRIER,
    "30024": Class(
        "sender_not_ready", Retry.LATER, "the carrier does not know the sending number yet; it is sent later"
    ),
    "30034": _never("not_registered", missing_registration(1, "US")),
    "30036": _EXPIRED,
    "30450": _never("blocked", "the provider's fraud guard stopped it; see the number and the guard in its console"),
    "30610": Class("quiet_hours", Retry.LATER, "the provider keeps quiet hours; it is sent when they end"),
    "30640": _never("blocked", "the provider's list of litigators has the number; use another way"),
    "63017": _QUEUE,
}

PLIVO: Mapping[str, Class] = {
    "10": _never("bad_request", "the provider calls the message invalid; look at its text and sender"),
    "20": _TEMPORARY,
    "30": _FILTERED,
    "40": _SENDER,
    "50": _BAD_NUMBER,
    "200": _OPTED_OUT,
    "420": _EXPIRED,
    "450": _GEO,
}

#: by number and by `DetailedStatus`: two of its pages number the same names differently, so the name is asked first
EXOTEL: Mapping[str, Class] = {
    "23005": _never("do_not_disturb", "the number is on the national do-not-disturb list; use another way"),
    "23010": _BAD_NUMBER,
    "23015": _FILTERED,
    "23020": _OPTED_OUT,
    "23035": Class("unreachable", Retry.LATER, "the phone is off or out of reach; it is sent again by itself"),
    "23072": _SENDER,
    "23080": _DLT,
    "23081": _DLT,
    "23082": _DLT,
    "23083": _DLT,
    # answers to the request
    "40001": _FUNDS,
    "40402": Class("temporary", Retry.LATER, "nothing to do; too many requests in a minute"),
    "40405": Class("temporary", Retry.LATER, "nothing to do; the provider is throttling"),
    "FAILED_DND": _never("do_not_disturb", "the number is on the national do-not-disturb list; use another way"),
    "FAILED_INVALID_NUMBER": _BAD_NUMBER,
    "FAILED_SPAM": _FILTERED,
    "FAILED_BLACKLISTED": _OPTED_OUT,
    "FAILED_INVALID_SENDER": _SENDER,
    "FAILED_DLT_SCRUBBING": _DLT,
    "FAILED_DLT_ENTITY": _DLT,
    "FAILED_DLT_TEMPLATE": _DLT,
    "FAILED_DLT_CONSENT": _DLT,
}

CLICKSEND: Mapping[str, Class] = {
    "7": UNKNOWN,
    "8": _BAD_NUMBER,
    "9": _BAD_NUMBER,
    "10": _FILTERED,
    "11": _LANDLINE,
    # ClickSend has tried for half a day before it says so
    "12": _UNREACHABLE,
    "13": Class("unreachable", Retry.ONCE, "the phone's memory is full; it is sent once more"),
    "14": Class("temporary", Retry.ONCE, "the carrier is congested; it is sent once more"),
    "15": _BLOCKED,
    # its own repeat would meet ours
    "16": _never("temporary", "nothing to do; the provider tries again by itself"),
    # it may have arrived
    "17": _never("temporary", "the carrier did not answer in time; ask the candidate before sending it again"),
    "18": _never("unroutable", "the carrier can't be reached from this number; send from another number"),
    "19": _FILTERED,
    "20": _EXPIRED,
    "2016": _DUPLICATE,
    "5": _never("cancelled", "it was called off in the provider's console"),
    # the status of a message that was refused under a 200
    "INVALID_RECIPIENT": _BAD_NUMBER,
    "INSUFFICIENT_CREDIT": _FUNDS,
    "COUNTRY_NOT_ENABLED": _GEO,
    "INVALID_SENDER_ID": _SENDER,
    "EMPTY_MESSAGE": _REQUEST,
    "THROTTLED": _DUPLICATE,
}

TABLES: Mapping[str, Mapping[str, Class]] = {
    "twilio": TWILIO,
    "plivo": PLIVO,
    "exotel": EXOTEL,
    "clicksend": CLICKSEND,
}


def classify(provider: str, code: str | int | None) -> Class:
    """Return what a provider's code means; `UNKNOWN` for a code, a provider or an absence that no table has.

    For Exotel the name of the detailed status goes in if there is one, else its number. Names are read in any case.
    """
    written = "" if code is None else str(code).strip().upper().replace("-", "_")
    return TABLES.get(provider, {}).get(written, UNKNOWN)
