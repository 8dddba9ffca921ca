"""Plivo's 4xx answers in our words. An error is `{"error": "…"}`, without a code; the status decides."""

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
from connector.platforms.forms import words_of_vendor
from connector.platforms.plivo import shapes, wire
from connector.platforms.plivo.wire import PLATFORM

SEND = "POST /Message/"

#: the code of a country that is barred, in Plivo's own list of codes
BARRED = "450"


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of Plivo means to us."""
    try:
        error, explained = wire.parsed(shapes.ErrorBody, body).error, True
    except wire.NotTheContract:
        error, explained = "", False
    what = words_of_vendor(error if isinstance(error, str) else "") or "refused without an explanation"
    if status == 401:
        return KeyRefused(PLATFORM, label, what, status)
    if status == 403 and label == SEND and explained:
        # Plivo's SDK calls a 403 to this very request a matter of geographic permissions
        return Rejected(PLATFORM, label, what, status, BARRED, ("phone",))
    if status == 403:
        return PermissionMissing(PLATFORM, label, what, status, permission=label)
    if status in {404, 410} and not explained:
        # a page of a proxy or of a wrong host: it must not make a message look gone
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    if status in {404, 410}:
        return NotThere(PLATFORM, label, what, status)
    return Rejected(PLATFORM, label, what, status)
