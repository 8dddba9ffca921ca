"""POST /v3/sms/send: a 200 that says nothing about the messages in it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from connector.sandbox.clicksend import gateway
from connector.sandbox.clicksend.payloads import Fields, accepted, unix
from connector.sandbox.clicksend.places import WITHOUT_SHARED, country_of, dialling_code
from connector.sandbox.clicksend.refusals import bad_request, success
from connector.sandbox.clicksend.simulator import CURRENCY, ClickSend
from connector.sandbox.exchange import Answer
from connector.sandbox.texting.segments import segments

_MOST = 1000
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}\Z")
_ALPHA_TAG = re.compile(r"[A-Za-z0-9]{1,11}\Z")
_LINK = re.compile(r"https?://", re.IGNORECASE)


class _Rejected(Exception):
    """One message is not taken; the others go on."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def send(clicksend: ClickSend, body: Any) -> Answer:
    """Takes or rejects each message by itself."""
    items = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise bad_request("Invalid input.", messages="Messages field is required.")
    if len(items) > _MOST:
        raise bad_request("Invalid input.", messages=f"At most {_MOST} messages.")
    shown = [_one(clicksend, item) for item in items]
    taken = [each for each in shown if each["status"] == "SUCCESS"]
    data = {
        "total_price": float(sum((Decimal(each["message_price"]) for each in taken), Decimal(0))),
        "total_count": len(shown),
        "queued_count": len(taken),
        "messages": shown,
        "_currency": CURRENCY,
        "blocked_count": sum(each["status"] == "COUNTRY_NOT_ENABLED" for each in shown),
    }
    return success("Messages queued for delivery.", data)


def _one(clicksend: ClickSend, item: dict[str, Any]) -> Fields:
    try:
        return _taken(clicksend, item)
    except _Rejected as exc:
        return _rejection(clicksend, item, exc.status)


def _taken(clicksend: ClickSend, item: dict[str, Any]) -> Fields:
    to, text, now = str(item.get("to") or ""), str(item.get("body") or ""), clicksend.clock.now()
    _check(clicksend, to, text)
    sender, shared = _sender(clicksend, str(item.get("from") or ""), to)
    price = clicksend.price * segments(text)
    earlier = clicksend.texts_sent.get((to, text))
    if earlier is not None and now - earlier < timedelta(seconds=clicksend.identical_within_s):
        raise _Rejected("THROTTLED")
    if price > clicksend.balance:
        raise _Rejected("INSUFFICIENT_CREDIT")
    clicksend.texts_sent[(to, text)] = now
    clicksend.balance -= price
    due = _due(item, now)
    message = clicksend.accept(
        sender,
        to,
        text,
        gateway.QUEUED,
        # The rules say where receipts go; this only says that there may be one.
        callback_url="",
        custom_string=str(item.get("custom_string") or ""),
        schedule=unix(due),
        price=f"{price:.4f}",
    )
    if due > now:
        clicksend.park(message, gateway.SCHEDULED, (due - now).total_seconds())
    elif clicksend.hold_links and _LINK.search(text):
        clicksend.park(message, gateway.WAITING, None)
    return accepted(message, shared)


def _check(clicksend: ClickSend, to: str, text: str) -> None:
    told = clicksend.rejections.get(to) or clicksend.rejections.get("*")
    if told:
        raise _Rejected(told)
    if not text:
        raise _Rejected("EMPTY_MESSAGE")
    if not _NUMBER.match(to):
        raise _Rejected("INVALID_RECIPIENT")
    if dialling_code(to) in clicksend.barred_codes:
        raise _Rejected("COUNTRY_NOT_ENABLED")


def _sender(clicksend: ClickSend, wanted: str, to: str) -> tuple[str, bool]:
    """Who it comes from, and whether that is a shared number. A name stays; a foreign or blocked number does not."""
    own = [each.number for each in clicksend.dedicated()]
    if not wanted:
        # Without a sender a shared number is drawn, unless the account has numbers of its own.
        local_first = sorted(own, key=lambda number: dialling_code(number) != dialling_code(to))
        wanted = local_first[0] if own else ""
    if wanted and not wanted.startswith("+"):
        if not _ALPHA_TAG.match(wanted):
            raise _Rejected("INVALID_SENDER_ID")
        return wanted, False
    usable = wanted in own and wanted not in clicksend.blocked_senders
    local = dialling_code(wanted) == dialling_code(to) if wanted else False
    if usable and (local or not clicksend.replaces_senders):
        return wanted, False
    if country_of(to) in WITHOUT_SHARED:
        raise _Rejected("INVALID_SENDER_ID")
    return clicksend.shared_number(dialling_code(to)), True


def _due(item: dict[str, Any], now: datetime) -> datetime:
    schedule = item.get("schedule")
    if isinstance(schedule, bool) or not isinstance(schedule, int) or schedule <= unix(now):
        return now
    return datetime.fromtimestamp(schedule, UTC)


def _rejection(clicksend: ClickSend, item: dict[str, Any], status: str) -> Fields:
    """A rejected message: an id all the same, no price, and it is nowhere else."""
    fields: Fields = {
        "to": str(item.get("to") or ""),
        "body": str(item.get("body") or ""),
        "from": str(item.get("from") or ""),
        "schedule": "" if clicksend.odd_rejections else None,
        "message_id": clicksend.new_message_id(),
        "custom_string": str(item.get("custom_string") or ""),
        "is_shared_system_number": False,
        "status": status,
    }
    if status == "COUNTRY_NOT_ENABLED":
        fields |= {"message_parts": 0, "message_price": "0.0000", "country": country_of(fields["to"])}
    return fields
