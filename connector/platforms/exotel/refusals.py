"""Exotel's error answers in our words (https://developer.exotel.com/docs/sms-support/sms-api-errors , status-codes)."""

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
from connector.platforms.exotel import wire
from connector.platforms.forms import words_of_vendor

PLATFORM = wire.PROVIDER

#: the account has no money left; comes with 403
NO_FUNDS = "40001"
#: asked too fast, and nothing was done; comes with 503
THROTTLED = "40405"


def throttled(status: int, body: Any | None) -> bool:
    """Tell the 503 that means what a 429 does."""
    found = wire.fault(body)
    return status == 503 and found is not None and found[1] == THROTTLED


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of Exotel means to us."""
    found = wire.fault(body)
    _, code, message = found or (None, "", "")
    what = words_of_vendor(message) or code or "refused"
    if status == 401:
        return KeyRefused(PLATFORM, label, what, status)
    # 402 is in Exotel's general dictionary only
    if status == 402 or (status == 403 and code == NO_FUNDS):
        return Rejected(PLATFORM, label, what, status, code or NO_FUNDS)
    if status == 403:
        return PermissionMissing(PLATFORM, label, what, status)
    if status in {404, 410} and found is None:
        # a page of a proxy or of a wrong host
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    if status in {404, 410}:
        return NotThere(PLATFORM, label, what, status, code)
    return Rejected(PLATFORM, label, what, status, code)


def refused_with_success(label: str, body: Any) -> PlatformError | None:
    """Return what a `RestException` under a 2xx means; None: there is none. Assumed: Exotel shows no example of it."""
    found = wire.fault(body)
    if found is None:
        return None
    status = found[0]
    if status is None or not 400 <= status < 500:
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"a success that holds an error: {words_of_vendor(found[2])}", status)
    return refuse(label, status, body, {})
