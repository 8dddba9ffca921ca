"""ClickSend's answers for tests, each of a shape that its own SDK reads."""

from __future__ import annotations

import json
from typing import Any

ID = "BF7AD270-0DE2-418B-B606-71D527D9C1AE"
REPLY_ID = "C557B56E-83C0-4070-A74C-9BF05474B418"
#: 2026-11-28 10:00:05 UTC
AT = 1795860005
CURRENCY = {"currency_name_short": "GBP", "currency_prefix_d": "£", "currency_prefix_c": "p"}


def envelope(data: Any, http_code: int = 200, code: str = "SUCCESS", message: str = "Here are your data.") -> bytes:
    return json.dumps({"http_code": http_code, "response_code": code, "response_msg": message, "data": data}).encode()


def sent(**fields: Any) -> dict[str, Any]:
    """A message in the answer to a send."""
    return {
        "direction": "out", "date": AT, "to": "+447700900123", "body": "…", "from": "+447700900100", "schedule": AT,
        "message_id": ID, "message_parts": 2, "message_price": "0.1584", "from_email": None, "list_id": None,
        "custom_string": "intent-17", "contact_id": None, "user_id": 1, "subaccount_id": 1,
        "is_shared_system_number": False, "country": "GB", "carrier": "Example Mobile", "status": "SUCCESS",
    } | fields  # fmt: skip


def sending(*messages: dict[str, Any], **fields: Any) -> bytes:
    data = {
        "total_price": 0.1584, "total_count": len(messages), "queued_count": len(messages),
        "messages": list(messages), "_currency": CURRENCY, "blocked_count": 0,
    } | fields  # fmt: skip
    return envelope(data, message="Messages queued for delivery.")


def page(rows: list[Any], number: int = 1, last: int = 1) -> bytes:
    return envelope({
        "total": len(rows), "per_page": 100, "current_page": number, "last_page": last,
        "next_page_url": None, "prev_page_url": None, "from": 1, "to": len(rows), "data": rows,
    })  # fmt: skip


def inbound(**fields: Any) -> dict[str, Any]:
    return {
        "timestamp": AT, "from": "+447700900123", "body": "Thursday works ☎ & thanks", "original_body": "Can we talk?",
        "original_message_id": ID, "to": "+447700900100", "custom_string": "intent-17", "message_id": REPLY_ID,
        "_keyword": "thursday",
    } | fields  # fmt: skip


def delivery(**fields: Any) -> dict[str, Any]:
    return {
        "timestamp_send": AT - 9, "timestamp": AT, "message_id": ID, "status_code": 201, "status_text": "Delivered",
        "error_code": None, "error_text": None, "custom_string": "intent-17", "subaccount_id": 1, "message_type": "sms",
    } | fields  # fmt: skip


def history(**fields: Any) -> dict[str, Any]:
    return {
        "direction": "out", "date": AT, "to": "+447700900123", "body": "…", "status": "Sent", "from": "+447700900100",
        "schedule": str(AT), "status_code": "200", "status_text": "Sent", "error_code": None, "error_text": None,
        "message_id": ID, "message_parts": 2, "message_price": "0.158400", "custom_string": "intent-17", "user_id": 1,
        "subaccount_id": 1, "country": "GB", "carrier": "", "_api_username": "acme@example.com",
    } | fields  # fmt: skip


def number(**fields: Any) -> dict[str, Any]:
    return {
        "dedicated_number": "+447700900100", "country": "GB", "price": "2.00", "type": "sms", "number_type": "longcode",
        "status": {"value": 0, "label": "REGISTRATION_NOT_REQUIRED", "description": "Ready.", "name": "Ready to use"},
    } | fields  # fmt: skip
