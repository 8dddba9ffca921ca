"""Twilio's JSON and forms <-> domain records.

The shapes of the JSON are in `shapes.py`. Error texts made here name fields and faults, never values, so that no
number and no text leaves this module in a message.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as Invalid

from connector.domain.texts import BadReply, Callback, Delivery, Media, Opt, Outgoing, Receipt, Reply
from connector.platforms.forms import fields_of, intent_of, whole_number
from connector.platforms.twilio import shapes

PLATFORM = "twilio"

#: Twilio's word -> place in its order, and ours. `sent` may be the last word ever
STATUSES: Mapping[str, tuple[int, Delivery]] = {
    "scheduled": (0, Delivery.QUEUED),
    "accepted": (1, Delivery.QUEUED),
    "queued": (2, Delivery.QUEUED),
    "sending": (3, Delivery.QUEUED),
    "sent": (4, Delivery.SENT),
    # in the enum without prose; assumed: nothing is known to have failed
    "partially_delivered": (4, Delivery.SENT),
    "delivered": (5, Delivery.DELIVERED),
    "undelivered": (5, Delivery.FAILED),
    "failed": (5, Delivery.FAILED),
    "canceled": (5, Delivery.FAILED),
    "read": (6, Delivery.DELIVERED),
}
_BILLED = {"sent": True, "delivered": True, "undelivered": True, "read": True, "failed": False, "canceled": False}
#: a word that is not in the list proves that there is such a message, and nothing else
_UNKNOWN = (0, Delivery.QUEUED)

_INBOUND = frozenset({"received", "receiving"})
_OPTS = {"STOP": Opt.OUT, "START": Opt.IN, "HELP": Opt.HELP}
#: the documented limit is ten
_MOST_MEDIA = 20
#: how far Twilio's clock may be behind ours
_SKEW = timedelta(seconds=5)

_Model = TypeVar("_Model", bound=BaseModel)


class NotTheContract(Exception):
    """A value that is not what Twilio documents; the text holds field names and faults only."""


@dataclass(frozen=True)
class Rows:
    """What one page of the list of messages holds of replies."""

    replies: tuple[Reply, ...]
    bad: tuple[BadReply, ...]
    unfinished_since: datetime | None
    #: ids of replies that have files, which the list does not show
    with_media: frozenset[str]


def parsed(model: type[_Model], body: Any) -> _Model:
    """Read a body as a shape. Raises NotTheContract."""
    try:
        return model.model_validate(body)
    except Invalid as exc:
        found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in exc.errors(include_input=False)]
        raise NotTheContract(", ".join(found[:5])) from None


def message_from_domain(message: Outgoing, service: str | None) -> list[tuple[str, str]]:
    """Return the form of a send. With a service the number stays ours: it is one of the service's senders."""
    fields = [("To", message.to)]
    if is_service(message.sender):
        fields.append(("MessagingServiceSid", message.sender))
    else:
        fields.append(("From", message.sender))
        fields += [("MessagingServiceSid", service)] if service else []
    fields.append(("Body", message.text))
    fields += [("StatusCallback", message.callback_url)] if message.callback_url else []
    fields += [("SmartEncoded", "true")] if message.smart else []
    return fields


def is_service(sender: str) -> bool:
    """Tell whether a sender is a messaging service."""
    return sender.startswith("MG")


def receipt_to_domain(body: Any, intent: str | None = None) -> Receipt:
    """Read a message of ours as the API shows it."""
    return receipt_of_row(parsed(shapes.MessageRow, body), intent)


def receipt_of_row(row: shapes.MessageRow, intent: str | None) -> Receipt:
    """Read a row of the list that is a message of ours."""
    word = row.status.lower()
    rank, status = STATUSES.get(word, _UNKNOWN)
    return Receipt(
        provider=PLATFORM,
        id=row.sid,
        intent=intent,
        status=status,
        raw_status=row.status,
        rank=rank,
        code=row.error_code or None,
        words=row.error_message or None,
        # "0" until a messaging service has picked a sender
        segments=row.num_segments or None,
        price=None if row.price is None else abs(row.price),
        currency=row.price_unit if row.price is not None else None,
        billed=_BILLED.get(word),
        sender=row.sender or None,
        at=row.date_updated or row.date_sent or row.date_created,
    )


def replies_to_domain(rows: list[Any], account: str, since: datetime) -> Rows:
    """Read the rows of a list of messages; what is ours is passed over."""
    replies: list[Reply] = []
    bad: list[BadReply] = []
    unfinished: list[datetime] = []
    with_media: set[str] = set()
    for raw in rows:
        if isinstance(raw, dict) and str(raw.get("direction", "")).startswith("outbound"):
            continue
        try:
            row = parsed(shapes.MessageRow, raw)
            if row.status.lower() == "receiving":
                unfinished.append(row.date_created or row.date_sent or since)
            else:
                replies.append(_reply(row, account))
                with_media.update([row.sid] if row.num_media else [])
        except NotTheContract as exc:
            bad.append(BadReply(_id_of(raw), str(exc)))
    return Rows(tuple(replies), tuple(bad), min(unfinished, default=None), frozenset(with_media))


def _reply(row: shapes.MessageRow, account: str) -> Reply:
    if row.direction != "inbound":
        raise NotTheContract("direction: unknown")
    if row.status.lower() != "received":
        raise NotTheContract("status: not one of a reply")
    if not row.sender or not row.to:
        raise NotTheContract("from, to: missing")
    return Reply(
        provider=PLATFORM,
        account=account,
        id=row.sid,
        sender=row.sender,
        to=row.to,
        text=row.body or "",
        at=row.date_created or row.date_sent,
        segments=row.num_segments or None,
    )


def _id_of(raw: Any) -> str:
    try:
        return parsed(_OnlySid, raw).sid
    except NotTheContract:
        digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode("utf-8", "replace"))
        return f"row-{digest.hexdigest()[:24]}"


class _OnlySid(shapes.Wire):
    sid: shapes.Sid


def lost_message(
    rows: list[Any], message: Outgoing, since: datetime, known: frozenset[str]
) -> shapes.MessageRow | None:
    """Return the oldest row that is this message, sent by nobody else of us; None: it is not among them."""
    found: list[tuple[datetime, shapes.MessageRow]] = []
    for raw in rows:
        try:
            row = parsed(shapes.MessageRow, raw)
        except NotTheContract:
            # somebody else's broken row hides nothing of ours
            continue
        ours = row.direction.startswith("outbound") and row.sid not in known
        if ours and row.date_created and row.date_created >= since - _SKEW and _same_text(row.body or "", message):
            found.append((row.date_created, row))
    return min(found, key=lambda pair: (pair[0], pair[1].sid))[1] if found else None


def _same_text(body: str, message: Outgoing) -> bool:
    if _plain(body) == _plain(message.text):
        return True
    # Twilio replaces characters then (assumed: the record shows the text after that), but no letter and no digit
    return message.smart and bool(_letters(body)) and _letters(body) == _letters(message.text)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalnum())


def callback_to_domain(call: Callback, account: str) -> Reply | Receipt | BadReply:
    """Read a callback: what its status says it is, whatever address it came to. Raises NotTheContract."""
    fields = fields_of(call)
    if not fields:
        raise NotTheContract("body: empty")
    if fields.get("AccountSid", account) != account:
        raise NotTheContract("AccountSid: another account's")
    word = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if word in _INBOUND or (not word and call.what == "inbound"):
        return _called_reply(fields, account, call.body)
    return _called_receipt(fields, word, intent_of(call.url))


def _called_reply(fields: Mapping[str, str], account: str, body: bytes) -> Reply | BadReply:
    sid = _sid(fields)
    missing = [name for name in ("From", "To") if not fields.get(name)]
    if not sid or missing:
        what = f"{', '.join(missing) or 'MessageSid'}: missing"
        return BadReply(sid or f"call-{hashlib.sha256(body).hexdigest()[:24]}", what)
    return Reply(
        provider=PLATFORM,
        account=account,
        id=sid,
        sender=fields["From"],
        to=fields["To"],
        text=fields.get("Body", ""),
        at=None,
        media=_media(fields),
        segments=whole_number(fields.get("NumSegments")) or None,
        opt=_OPTS.get(fields.get("OptOutType", "").upper()),
    )


def _called_receipt(fields: Mapping[str, str], word: str, intent: str | None) -> Receipt:
    sid = _sid(fields)
    if not word or not (sid or intent):
        raise NotTheContract("MessageSid, MessageStatus: missing")
    rank, status = STATUSES.get(word, _UNKNOWN)
    return Receipt(
        provider=PLATFORM,
        id=sid,
        intent=intent,
        status=status,
        raw_status=fields.get("MessageStatus") or fields.get("SmsStatus") or word,
        rank=rank,
        code=_code(fields.get("ErrorCode", "")),
        words=fields.get("ErrorMessage") or None,
        segments=whole_number(fields.get("NumSegments")) or None,
        billed=_BILLED.get(word),
        sender=fields.get("From") or None,
    )


def _code(text: str) -> str | None:
    """Return an error's number; none is written as nothing or as 0."""
    return text.strip() if text.strip(" 0") else None


def _sid(fields: Mapping[str, str]) -> str | None:
    """Return the message's id; the two older names hold the same value."""
    for name in ("MessageSid", "SmsMessageSid", "SmsSid"):
        value = fields.get(name, "")
        if value.isascii() and value.isalnum() and 2 <= len(value) <= 64:
            return value
    return None


def media_to_domain(body: Any, base_url: str) -> tuple[Media, ...]:
    """Read the files of a message; a link is the file's own address without `.json` (needs the account's login)."""
    rows = parsed(shapes.MediaList, body).media_list
    return tuple(Media(base_url + row.uri.removesuffix(".json"), row.content_type) for row in rows)


def _media(fields: Mapping[str, str]) -> tuple[Media, ...]:
    found: list[Media] = []
    for number in range(min(whole_number(fields.get("NumMedia")) or 0, _MOST_MEDIA)):
        url = fields.get(f"MediaUrl{number}", "")
        if url.startswith(("https://", "http://")) and url.isprintable() and " " not in url:
            found.append(Media(url, fields.get(f"MediaContentType{number}") or None))
    return tuple(found)


def moment_of(at: datetime) -> str:
    """Return a moment as filters take it: UTC, whole seconds (rounded down), `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(at: datetime) -> str:
    """Return the beginning of a moment's day, with room for a clock that is behind ours: days are what is promised."""
    return (at - _SKEW).astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")
