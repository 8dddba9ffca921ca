"""ClickSend's 4xx answers in our words: an envelope whose `response_code` says what is wrong (SDK, `Model400Error`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.errors import (
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Rejected,
    WireError,
)
from connector.platforms.clicksend import wire
from connector.platforms.forms import words_of_vendor

PLATFORM = wire.PROVIDER


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of ClickSend means to us."""
    found = wire.fault(body)
    code, message = found or ("", "")
    what = words_of_vendor(message) or words_of_vendor(code) or "refused"
    if status == 401:
        return KeyRefused(PLATFORM, label, what, status)
    if status == 403:
        return PermissionMissing(PLATFORM, label, what, status)
    if status in {404, 410} and found is None:
        # a page of a proxy or of a wrong host
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    if status in {404, 410}:
        return NotThere(PLATFORM, label, what, status, code)
    return Rejected(PLATFORM, label, what, status, code)
