"""What ClickSend says of replies, receipts and messages: as JSON in lists, and in calls to an address."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from connector.sandbox.clicksend import gateway
from connector.sandbox.clicksend.places import country_of
from connector.sandbox.texting.records import OUTBOUND, CallbackCall, Step, TextMessage

Fields = dict[str, Any]

#: The schema's name of a reply's time, and that of the documents' example.
TimeField = Literal["timestamp", "timestamp_send"]


@dataclass
class Receipt:
    """What is said once about one message."""

    message_id: str
    fields: Fields
    at: datetime
    read: bool = False


def unix(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def reply(message: TextMessage, answered: TextMessage | None, time_field: TimeField) -> Fields:
    """A reply, with the message that it answers and the note that went with that. Empty for none, which is assumed."""
    words = message.text.split()
    return {
        time_field: unix(message.created_at),
        "from": message.sender,
        "body": message.text,
        "original_body": answered.text if answered else "",
        "original_message_id": answered.id if answered else "",
        "to": message.to,
        "custom_string": answered.extra["custom_string"] if answered else "",
        "message_id": message.id,
        "_keyword": words[0].lower() if words else "",
    } | message.spoilt


def receipt(message: TextMessage, step: Step, now: datetime, codes_as_text: bool) -> Fields:
    """A delivery receipt. The schema has the codes as whole numbers, the documents' examples as text."""
    code = gateway.status_code(step.status, step.code)
    error = int(step.code) if step.code else None
    return {
        "timestamp_send": unix(message.created_at),
        "timestamp": unix(now),
        "message_id": message.id,
        "status_code": str(code) if codes_as_text else code,
        "status_text": gateway.status_text(step.status, step.code),
        "error_code": str(error) if codes_as_text and error is not None else error,
        "error_text": step.words,
        "custom_string": message.extra["custom_string"] or None,
        "subaccount_id": 1,
        "message_type": "sms",
    }


def history_row(message: TextMessage, username: str, delivered_word: str) -> Fields:
    """A row of the history, of either direction. Codes are text here."""
    outbound = message.direction == OUTBOUND
    word = delivered_word if message.status == gateway.COMPLETED else message.status
    return {
        "direction": "out" if outbound else "in",
        "date": unix(message.created_at),
        "to": message.to,
        "body": message.text,
        "status": word,
        "from": message.sender,
        "schedule": str(message.extra.get("schedule", "")),
        "status_code": str(gateway.status_code(message.status, message.code)) if outbound else None,
        "status_text": gateway.status_text(message.status, message.code) if outbound else None,
        "error_code": message.code,
        "error_text": message.words,
        "message_id": message.id,
        "message_parts": message.segments,
        "message_price": str(message.extra.get("price", "0.000000")),
        "from_email": None,
        "list_id": None,
        "custom_string": message.extra.get("custom_string") or None,
        "contact_id": None,
        "user_id": 1,
        "subaccount_id": 1,
        "country": country_of(message.to),
        "carrier": "",
        "first_name": None,
        "last_name": None,
        "_api_username": username,
    }


def accepted(message: TextMessage, shared: bool) -> Fields:
    """A message in the answer to a send that was taken. An immediate one is scheduled for now."""
    return {
        "direction": "out",
        "date": unix(message.created_at),
        "to": message.to,
        "body": message.text,
        "from": message.sender,
        "schedule": message.extra["schedule"],
        "message_id": message.id,
        "message_parts": message.segments,
        "message_price": message.extra["price"],
        "from_email": None,
        "list_id": None,
        "custom_string": message.extra["custom_string"],
        "contact_id": None,
        "user_id": 1,
        "subaccount_id": 1,
        "is_shared_system_number": shared,
        "country": country_of(message.to),
        "carrier": "Example Mobile",
        "status": "SUCCESS",
    }


def call(what: str, message_id: str, fields: Fields, url: str, webhook_type: str) -> CallbackCall:
    """A call to an address with a form (`post`), a query (`get`) or JSON; nothing for null in the first two."""
    if webhook_type == "json":
        body = json.dumps(fields, ensure_ascii=False).encode()
        return CallbackCall(what, message_id, "POST", url, {"Content-Type": "application/json"}, body)
    form = urlencode({name: "" if value is None else value for name, value in fields.items()})
    if webhook_type == "get":
        return CallbackCall(what, message_id, "GET", url + ("&" if "?" in url else "?") + form, {})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return CallbackCall(what, message_id, "POST", url, kind, form.encode())
