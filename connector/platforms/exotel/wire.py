"""Exotel's forms and JSON <-> domain records.

Exotel documents three shapes of an inbound message and two of a status callback, and two tables that give the same
outcome different numbers. All of them are read by one tolerant reader, and an outcome by its *name*, `DetailedStatus`.

Times without an offset are Indian: a message that has not been sent shows `1970-01-01 05:30:00`, the beginning of Unix
time there. Error texts made here name fields and faults, never values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import phonenumbers
from pydantic import AliasChoices, BeforeValidator, Field

from connector.domain.texts import Delivery, Outgoing, Receipt, Reply
from connector.platforms.forms import encoded
from connector.platforms.rows import Count, Id, Maybe, Money, NotTheContract, Phone, Text, Wire, maybe, parsed

PROVIDER = "exotel"

#: fields of a send that an administrator may set -> their names at Exotel (send-sms page)
OPTIONS = {"dlt_entity_id": "DltEntityId", "dlt_template_id": "DltTemplateId", "sms_type": "SmsType"}

#: the ids by which a row that cannot be read is named
IDS = ("SmsSid", "Sid", "CustomField")

#: how Exotel answers about a message that it does not know, with status 200 (status-codes page)
_NOT_THERE = "no matching results"
#: characters of a bare text among which it is looked for
_SHORT = 1000

_INDIA = timezone(timedelta(hours=5, minutes=30))
_LOST_PLUS = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?) (\d\d:?\d\d)", re.ASCII)

#: `DetailedStatus`, and `Status` where no detail is given -> our word, and how far it got
_STANDS = {
    "QUEUED": (Delivery.QUEUED, 2),
    "PENDING_TO_OPERATOR": (Delivery.QUEUED, 2),
    "SENDING": (Delivery.QUEUED, 3),
    "SENDING_TO_OPERATOR": (Delivery.QUEUED, 3),
    "SUBMITTED": (Delivery.SENT, 4),
    "PENDING_ON_OPERATOR": (Delivery.SENT, 4),
    "SUBMITTED_TO_CARRIER": (Delivery.SENT, 4),
    # one page says "delivered to the handset", another "awaiting the handset": only the detail tells
    "SENT": (Delivery.SENT, 4),
    "DELIVERED_TO_OPERATOR": (Delivery.SENT, 4),
    "DELIVERED": (Delivery.DELIVERED, 5),
    "DELIVERED_TO_HANDSET": (Delivery.DELIVERED, 5),
    "FAILED": (Delivery.FAILED, 5),
    "FAILED_DND": (Delivery.FAILED, 5),
    "EXPIRED": (Delivery.FAILED, 5),
    "UNDELIVERED": (Delivery.FAILED, 5),
    "REJECTED": (Delivery.FAILED, 5),
}
#: names of failures whose number differs between the tables: the name is their code
_NAMED = frozenset(
    {
        "FAILED_DND",
        "FAILED_INVALID_NUMBER",
        "FAILED_SPAM",
        "FAILED_BLACKLISTED",
        "FAILED_INVALID_SENDER",
        "FAILED_DLT_SCRUBBING",
        "FAILED_DLT_ENTITY",
        "FAILED_DLT_TEMPLATE",
        "FAILED_DLT_CONSENT",
    }
)


def _moment(value: object) -> datetime | None:
    """Return a time in UTC; None for epoch 0 (has not happened) and for what cannot be read."""
    text = _LOST_PLUS.sub(r"\1+\2", maybe(value) or "")
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=_INDIA)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.timestamp() > 0 else None


Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _Fault(Wire):
    Status: Count = None
    Message: Maybe = None
    Code: Maybe = None


class _Faulty(Wire):
    fault: _Fault = Field(alias="RestException")


class _Report(Wire):
    """What Exotel says of a message of ours; the answer to a send, a look-up, or either of the callbacks."""

    sid: Annotated[Id | None, Field(validation_alias=AliasChoices("SmsSid", "Sid"))] = None
    status: Maybe = Field(None, alias="Status")
    name: Maybe = Field(None, alias="DetailedStatus")
    number: Maybe = Field(None, alias="DetailedStatusCode")
    units: Count = Field(None, alias="SmsUnits")
    price: Money = Field(None, alias="Price")
    sender: Maybe = Field(None, alias="From")
    sent_at: Annotated[Moment, Field(validation_alias=AliasChoices("DateSent", "SentAt"))] = None
    updated_at: Annotated[Moment, Field(validation_alias=AliasChoices("DateUpdated", "UpdatedAt"))] = None
    #: given back; else as it stands in the address that we gave
    intent: Annotated[Maybe, Field(validation_alias=AliasChoices("CustomField", "i"))] = None


class _Message(_Report):
    sid: Id = Field(alias="Sid")


class _Enveloped(Wire):
    message: _Message = Field(alias="SMSMessage")


class _Inbound(Wire):
    """Any of the three shapes: the form, the JSON of the support article, and the query of the old applet."""

    sid: Annotated[Id, Field(validation_alias=AliasChoices("SmsSid", "Sid"))]
    account: Maybe = Field(None, alias="AccountSid")
    direction: Maybe = Field(None, alias="Direction")
    sender: Annotated[Phone, Field(validation_alias=AliasChoices("From", "Sender"))]
    to: Annotated[Phone, Field(validation_alias=AliasChoices("To", "ReceivedOn"))] = ""
    text: Annotated[Text, Field(validation_alias=AliasChoices("Body", "MessageBody"))]
    at: Annotated[Moment, Field(validation_alias=AliasChoices("DateCreated", "ReceivedTime", "Date"))] = None


def form_from_domain(message: Outgoing, options: Mapping[str, str]) -> bytes:
    """Build the form of a send. Our intent goes into `CustomField`, which callbacks give back."""
    fields = {"From": message.sender, "To": message.to, "Body": message.text, "CustomField": message.intent}
    if message.callback_url:
        fields["StatusCallback"] = message.callback_url
    fields.update({theirs: options[ours] for ours, theirs in OPTIONS.items() if options.get(ours)})
    return encoded(list(fields.items()))


def fault(body: Any) -> tuple[int | None, str, str] | None:
    """Return (status, code, message) of a `RestException`; None: the body is something else."""
    try:
        read = parsed(_Faulty, body).fault
    except NotTheContract:
        return None
    return read.Status, read.Code or "", read.Message or ""


def look_up(content: bytes, content_type: str) -> Any:
    """Read the answer to a look-up, JSON or not; whatever else is no message."""
    text = content.decode("utf-8", "replace")
    if "json" not in content_type.lower():
        if _NOT_THERE in text[:_SHORT].lower():
            return text[:_SHORT]
        raise NotTheContract("the answer is not JSON")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NotTheContract("the answer is not JSON") from None


def is_not_there(body: Any) -> bool:
    """Tell Exotel's 200 for a message that it does not know; where in it the words stand is not documented."""
    if isinstance(body, dict) and isinstance(body.get("SMSMessage"), dict):
        return False
    return _NOT_THERE in str(body).lower()


def message_to_domain(body: Any, sid: str | None = None) -> Receipt:
    """Read the answer to a send or a look-up; `sid` is the message that was asked for."""
    read = parsed(_Enveloped, body).message
    if sid is not None and read.sid != sid:
        raise NotTheContract("Sid: not the one asked for")
    return _receipt(read)


def report_to_domain(row: Any) -> Receipt:
    """Read a status callback. It must name the message or our intent."""
    read = parsed(_Report, row)
    if not read.sid and not read.intent:
        raise NotTheContract("SmsSid: missing")
    if not read.status and not read.name:
        raise NotTheContract("Status: missing")
    return _receipt(read)


def _receipt(read: _Report) -> Receipt:
    raw = read.name or read.status or ""
    delivery, rank = _stands(_plain(read.name), _plain(read.status))
    failed = delivery is Delivery.FAILED
    return Receipt(
        provider=PROVIDER,
        id=read.sid,
        intent=read.intent,
        status=delivery,
        raw_status=raw,
        rank=rank,
        code=_code(read) if failed else None,
        words=raw if failed else None,
        segments=read.units or None,
        price=read.price,
        sender=read.sender,
        at=read.sent_at or read.updated_at,
    )


def _plain(word: str | None) -> str:
    return (word or "").upper().replace("-", "_").replace(" ", "_")


def _stands(name: str, status: str) -> tuple[Delivery, int]:
    """Return our word and how far a message got. The name goes first; words that nobody knows move nothing."""
    if name in _STANDS:
        return _STANDS[name]
    if name.startswith("FAILED") or "DLT" in name.split("_"):
        return Delivery.FAILED, 5
    return _STANDS.get(status, (Delivery.QUEUED, 0))


def _code(read: _Report) -> str | None:
    """Return the code of a failure: the name where the tables give it several numbers, else the number."""
    name, status = _plain(read.name), _plain(read.status)
    if name in _NAMED or not read.number:
        return name or (status if status in _NAMED else None)
    return read.number


def reply_to_domain(row: Any, account: str, region: str) -> Reply | None:
    """Read an inbound message in whichever shape it comes; None: it is one that was sent."""
    read = parsed(_Inbound, row)
    if not read.sender:
        raise NotTheContract("From: missing")
    if (read.direction or "").lower().startswith("out"):
        return None
    return Reply(
        provider=PROVIDER,
        account=read.account or account,
        id=read.sid,
        sender=e164(read.sender, region),
        to="" if _moment(read.to) else e164(read.to, region),
        text=read.text,
        at=read.at,
    )


def e164(written: str, region: str) -> str:
    """Return a number in E.164. Without a plus it must be in use in the region; else it stays as it is written.

    Done here because Exotel writes Indian numbers as Indians do, whatever region the company's other numbers are of.
    """
    if any(char.isalpha() for char in written):
        return written
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return written
    known = phonenumbers.is_possible_number if written.startswith("+") else phonenumbers.is_valid_number
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if known(number) else written
