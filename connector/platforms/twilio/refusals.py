"""Twilio's 4xx answers in our words.

An error is `{"code": 21211, "message": "…", "more_info": "…", "status": 400}`; the code decides
(https://www.twilio.com/docs/api/errors ), and stays as it is for whoever classifies failures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.errors import (
    ApiOff,
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Rejected,
    WireError,
)
from connector.platforms.forms import words_of_vendor
from connector.platforms.twilio import shapes, wire
from connector.platforms.twilio.wire import PLATFORM

SEND = "POST /Messages"

#: code -> what it is about, in our words
_FIELDS = {
    "21211": "phone",
    "21408": "phone",
    "21608": "phone",
    "21610": "phone",
    "21614": "phone",
    "21635": "phone",
    "21212": "sender",
    "21603": "sender",
    "21606": "sender",
    "21611": "sender",
    "21612": "sender",
    "21659": "sender",
    "21602": "text",
    "21617": "text",
}
#: the account is suspended or closed
_SWITCHED_OFF = "20005"
_BAD_KEY = "20003"


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of Twilio means to us."""
    try:
        error = wire.parsed(shapes.ErrorBody, body)
        code, what = error.code, words_of_vendor(error.message) or f"refused with {error.code}"
    except wire.NotTheContract:
        code, what = "", "refused without an explanation"
    if status == 401 or code == _BAD_KEY:
        return KeyRefused(PLATFORM, label, what, status)
    if code == _SWITCHED_OFF:
        return ApiOff(PLATFORM, label, what, status)
    if status in {404, 410} and not code:
        # a page of a proxy or of a wrong host: it must not make a message look gone
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    fields = (_FIELDS[code],) if code in _FIELDS else ()
    if status in {404, 410}:
        return NotThere(PLATFORM, label, what, status, code, fields)
    if status == 403 and not (label == SEND and fields):
        return PermissionMissing(PLATFORM, label, what, status, permission=label)
    return Rejected(PLATFORM, label, what, status, code, fields)
