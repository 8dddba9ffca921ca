"""Rows and errors as Twilio writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from connector.domain.texts import Outgoing

ACCOUNT = "AC" + "a1" * 16
AT = datetime(2026, 11, 21, 9, 14, 40, tzinfo=UTC)
OURS, THEIRS = "+447700900100", "+447700900123"
MESSAGE = Outgoing("intent-1", OURS, THEIRS, "Can you do Thursday? 5+5 & more", "https://sms.example.com/s?i=intent-1")
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"


def sid(number: int, kind: str = "SM") -> str:
    return f"{kind}{number:032x}"


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    at = format_datetime(AT)
    return {
        "sid": sid(number), "account_sid": ACCOUNT, "status": "queued", "direction": "outbound-api", "from": OURS,
        "to": THEIRS, "body": MESSAGE.text, "num_segments": "1", "num_media": "0", "price": None, "price_unit": "USD",
        "error_code": None, "error_message": None, "date_created": at, "date_sent": None, "date_updated": at,
        "messaging_service_sid": None, "uri": f"{PATH}/Messages/{sid(number)}.json", "api_version": "2010-04-01",
        "subresource_uris": {},
    } | changes  # fmt: skip


def inbound(number: int = 1, **changes: Any) -> dict[str, Any]:
    at = format_datetime(AT)
    base: dict[str, Any] = {
        "status": "received",
        "direction": "inbound",
        "from": THEIRS,
        "to": OURS,
        "body": "Yes",
        "date_sent": at,
    }
    return row(number, **(base | changes))


def listed(*rows: Any, following: str | None = None, first: str | None = None) -> dict[str, Any]:
    first = first or f"{PATH}/Messages.json?To=x&DateSent%3E=2026-11-20T00%3A00%3A00Z&PageSize=1000&Page=0"
    return {"messages": list(rows), "next_page_uri": following, "first_page_uri": first, "page": 0, "page_size": 1000}


def error(code: int, status: int = 400, message: str = "refused") -> dict[str, Any]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}
