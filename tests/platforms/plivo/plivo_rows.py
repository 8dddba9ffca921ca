"""Rows as Plivo writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.domain.texts import Outgoing

ACCOUNT, TOKEN, SECRET = "MAXXXXXXXXXXXXXXXXXX", "own-token-0123456789", "long-path-secret"
PATH = f"/v1/Account/{ACCOUNT}/"
#: long ago: what is young is still expected by callback
AT = datetime(2026, 3, 21, 9, 14, 40, tzinfo=UTC)
OURS, THEIRS = "+447700900100", "+447700900123"
MESSAGE = Outgoing("intent-1", OURS, THEIRS, "Can you do Thursday? 5+5 & more", "https://sms.example.com/s?i=intent-1")


def uuid(number: int) -> str:
    return f"5b40a428-bfc7-4daf-9d06-{number:012x}"


def row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "message_uuid": uuid(number), "message_direction": "outbound", "message_state": "delivered",
        "message_type": "sms", "message_time": "2026-03-21 14:44:40.000000+05:30", "from_number": OURS[1:],
        "to_number": THEIRS[1:], "units": 1, "total_rate": "0.00350", "total_amount": "0.00350", "error_code": "000",
        "resource_uri": f"{PATH}Message/{uuid(number)}/",
    } | changes  # fmt: skip


def inbound(number: int = 1, **changes: Any) -> dict[str, Any]:
    base = {"message_direction": "inbound", "from_number": THEIRS[1:], "to_number": OURS[1:]}
    return row(number, **(base | changes))


def listed(*rows: Any, more: bool = False) -> dict[str, Any]:
    following = f"{PATH}Message/?limit=20&offset=20" if more else None
    meta = {"limit": 20, "offset": 0, "next": following, "previous": None, "total_count": len(rows)}
    return {"api_id": "x", "meta": meta, "objects": list(rows)}


def accepted(*numbers: int) -> dict[str, Any]:
    ids = [uuid(number) for number in numbers or (1,)]
    return {"api_id": "x", "message": "message(s) queued", "message_uuid": ids}
