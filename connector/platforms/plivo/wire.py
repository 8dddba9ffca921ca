"""Plivo's JSON and forms <-> domain records.

The shapes of the JSON are in `shapes.py`. Error texts made here name fields and faults, never values, so that no
number and no text leaves this module in a message.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as Invalid

from connector.domain.texts import BadReply, Callback, Delivery, Media, Opt, Outgoing, Receipt, Reply
from connector.platforms.forms import fields_of, intent_of, whole_number
from connector.platforms.plivo import shapes

PLATFORM = "plivo"

#: assumed: Plivo bills in dollars, and names no currency anywhere
CURRENCY = "USD"

#: Plivo's word -> place in its order (on the scale that all adapters share), and ours
STATUSES: Mapping[str, tuple[int, Delivery]] = {
    "queued": (2, Delivery.QUEUED),
    "sent": (4, Delivery.SENT),
    "delivered": (5, Delivery.DELIVERED),
    "undelivered": (5, Delivery.FAILED),
    "failed": (5, Delivery.FAILED),
    "rejected": (5, Delivery.FAILED),
    "read": (6, Delivery.DELIVERED),
}
#: a word that is not in the list proves that there is such a message, and nothing else
_UNKNOWN = (0, Delivery.QUEUED)

#: nothing but `read` follows
_FINAL = 5

_OPTS = {"optout": Opt.OUT, "optin": Opt.IN, "help": Opt.HELP}
_MOST_MEDIA = 20
_UUID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
#: shorter ones are short codes
_NUMBER = re.compile(r"[1-9]\d{7,14}", re.ASCII)

_Model = TypeVar("_Model", bound=BaseModel)


class NotTheContract(Exception):
    """A value that is not what Plivo documents; the text holds field names and faults only."""


@dataclass(frozen=True)
class Rows:
    """What one page of the list of messages holds of replies."""

    replies: tuple[Reply, ...]
    bad: tuple[BadReply, ...]
    unfinished_since: datetime | None


def parsed(model: type[_Model], body: Any) -> _Model:
    """Read a body as a shape. Raises NotTheContract."""
    try:
        return model.model_validate(body)
    except Invalid as exc:
        found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in exc.errors(include_input=False)]
        raise NotTheContract(", ".join(found[:5])) from None


def message_from_domain(message: Outgoing, powerpack: str | None) -> bytes:
    """Return the JSON of a send. A powerpack takes the place of the sender: both together are refused."""
    sender = {"powerpack_uuid": powerpack} if powerpack else {"src": message.sender}
    if not powerpack and not message.sender.startswith("+") and len(message.sender) == 36:
        sender = {"powerpack_uuid": message.sender}
    callback = {"url": message.callback_url, "method": "POST"} if message.callback_url else {}
    # `<` between numbers means several recipients; an E.164 number holds none
    return json.dumps({**sender, "dst": message.to, "text": message.text, "type": "sms", **callback}).encode()


def accepted_to_domain(body: Any, intent: str) -> Receipt:
    """Read the answer to a send, which names the message and nothing else."""
    ids = parsed(shapes.Accepted, body).message_uuid
    if len(ids) != 1:
        raise NotTheContract("message_uuid: not one")
    rank, status = STATUSES["queued"]
    return Receipt(PLATFORM, ids[0], intent, status, "queued", rank)


def receipt_to_domain(body: Any) -> Receipt:
    """Read a message of ours as the API shows it."""
    row = parsed(shapes.MessageRow, body)
    rank, status = STATUSES.get(row.message_state.lower(), _UNKNOWN)
    return Receipt(
        provider=PLATFORM,
        id=row.message_uuid,
        intent=None,
        status=status,
        raw_status=row.message_state,
        rank=rank,
        code=_code(row.error_code or ""),
        segments=row.units or None,
        price=row.total_amount,
        currency=CURRENCY if row.total_amount is not None else None,
        billed=None if row.total_amount is None or rank < _FINAL else row.total_amount > 0,
        sender=international(row.from_number or "") or None,
        at=row.message_time,
    )


def replies_to_domain(rows: list[Any], account: str, young_since: datetime) -> Rows:
    """Read the rows of a list of inbound messages: that they are there, not what they say.

    Rows since `young_since` may still be on their way to us by callback, with their text: they are unfinished.
    """
    replies: list[Reply] = []
    bad: list[BadReply] = []
    unfinished: list[datetime] = []
    for raw in rows:
        if isinstance(raw, dict) and raw.get("message_direction") == "outbound":
            continue
        try:
            row = parsed(shapes.MessageRow, raw)
            if row.message_direction != "inbound" or not row.from_number or not row.to_number:
                raise NotTheContract("message_direction, from_number, to_number: missing or unknown")
        except NotTheContract as exc:
            bad.append(BadReply(_id_of(raw), str(exc)))
            continue
        if row.message_time >= young_since:
            unfinished.append(row.message_time)
        else:
            replies.append(_gap(row, account))
    return Rows(tuple(replies), tuple(bad), min(unfinished, default=None))


def _gap(row: shapes.MessageRow, account: str) -> Reply:
    return Reply(
        provider=PLATFORM,
        account=account,
        id=row.message_uuid,
        sender=international(row.from_number or ""),
        to=international(row.to_number or ""),
        text="",
        at=row.message_time,
        segments=row.units or None,
        text_lost=True,
    )


def _id_of(raw: Any) -> str:
    value = raw.get("message_uuid") if isinstance(raw, dict) else None
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode("utf-8", "replace"))
    return f"row-{digest.hexdigest()[:24]}"


def callback_to_domain(call: Callback, account: str) -> Reply | Receipt | BadReply:
    """Read a callback: what it holds says what it is, whatever address it came to. Raises NotTheContract."""
    fields = fields_of(call)
    if not fields:
        raise NotTheContract("body: empty")
    uuid = fields.get("MessageUUID", "")
    uuid = uuid if _UUID.fullmatch(uuid) else ""
    told = "Text" in fields or "Body" in fields
    if "Status" in fields and not (told and call.what == "inbound"):
        return _called_receipt(fields, uuid, intent_of(call.url))
    if call.what != "inbound" and not told:
        raise NotTheContract("Status: missing")
    missing = [name for name in ("From", "To") if not fields.get(name)]
    if not uuid or missing:
        digest = hashlib.sha256(call.body or call.url.encode("utf-8", "replace")).hexdigest()[:24]
        return BadReply(uuid or f"call-{digest}", f"{', '.join(missing) or 'MessageUUID'}: missing")
    return Reply(
        provider=PLATFORM,
        account=account,
        id=uuid,
        sender=international(fields["From"]),
        to=international(fields["To"]),
        # `Body` on messages with files
        text=fields.get("Text") or fields.get("Body") or "",
        at=None,
        media=_media(fields),
        segments=whole_number(fields.get("Units")) or None,
        opt=_OPTS.get(fields.get("MessageIntent", "").lower()),
    )


def _called_receipt(fields: Mapping[str, str], uuid: str, intent: str | None) -> Receipt:
    word = fields["Status"]
    if not word or not (uuid or intent):
        raise NotTheContract("MessageUUID, Status: missing")
    rank, status = STATUSES.get(word.lower(), _UNKNOWN)
    price = shapes.money(fields.get("TotalAmount"))
    return Receipt(
        provider=PLATFORM,
        id=uuid or None,
        intent=intent,
        status=status,
        raw_status=word,
        rank=rank,
        sequence=whole_number(fields.get("Sequence")),
        code=_code(fields.get("ErrorCode", "")),
        segments=whole_number(fields.get("Units")) or None,
        price=price,
        currency=CURRENCY if price is not None else None,
        billed=None if price is None or rank < _FINAL else price > 0,
        sender=international(fields.get("From", "")) or None,
        at=_time(fields.get("DeliveryReportTime") or fields.get("SentTime") or fields.get("MessageTime")),
    )


def _time(text: str | None) -> datetime | None:
    try:
        return shapes.moment(text)
    except ValueError:
        return None


def _code(text: str) -> str | None:
    """Return an error's number without leading zeros, as the table of codes has it; `000` means that there is none."""
    return text.strip().lstrip("0") or None


def _media(fields: Mapping[str, str]) -> tuple[Media, ...]:
    found: list[Media] = []
    for number in range(_MOST_MEDIA):
        url = fields.get(f"Media{number}", "")
        if url.startswith(("https://", "http://")) and url.isprintable() and " " not in url:
            found.append(Media(url, None))
    return tuple(found)


def international(number: str) -> str:
    """Return a number with its plus, which Plivo leaves out; short codes and names as they are."""
    return f"+{number}" if _NUMBER.fullmatch(number) else number


def digits(number: str) -> str:
    """Return a number as Plivo's own records show it."""
    return number.removeprefix("+")


def moment_of(at: datetime) -> str:
    """Return a moment as filters take it; assumed: UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
