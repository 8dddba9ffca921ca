"""cord's 4xx answers in our words (`docs/contracts/cord.openapi.yaml`, "ErrorBody" and "Order of checks")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.domain.errors import (
    ApiOff,
    CandidateErased,
    CursorExpired,
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Rejected,
    WireError,
)
from connector.platforms.cord import wire
from connector.rest.redaction import redact

PLATFORM = "cord"

#: cord's names of fields in our words, as far as anybody asks
_OURS = {"ats_job_id": "job"}


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of cord means to us; the status decides, then `error.code` (contract, "ErrorBody")."""
    fault = wire.fault(body)
    what = redact(fault.message) or fault.code or "refused"
    code, names = fault.code, tuple(_OURS.get(name, name) for name, _ in fault.fields)
    if code == "ats_job_closed" and "job" not in names:
        names = (*names, "job")
    if status == 401:
        return KeyRefused(PLATFORM, label, what, status)
    if status == 403 and code == "plan_required":
        return ApiOff(PLATFORM, label, what, status)
    if status == 403 and code != "conversation_not_started":
        # `missing_scope` names the scope as the code of the field `scope`
        scope = next((kind for name, kind in fault.fields if name == "scope"), "")
        return PermissionMissing(PLATFORM, label, what, status, permission=scope)
    if status == 410 and code == "candidate_erased":
        return CandidateErased(PLATFORM, label, what, status, code, names)
    if status == 410 and code == "cursor_expired":
        return CursorExpired(PLATFORM, label, what, status, code, names)
    if status in {404, 410} and not code:
        # A page of a proxy or of a wrong host: it must not make a person look gone.
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    if status in {404, 410}:
        return NotThere(PLATFORM, label, what, status, code, names)
    return Rejected(PLATFORM, label, what, status, code, names)
