"""Pinpoint's 4xx answers in our words.

"A client keys on `status` and `code`, then `source.pointer`, then `meta.attribute`, then the text, and must work with
`detail` alone" (contract, "UnprocessableApplication").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError as Invalid

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
from connector.platforms.pinpoint.shapes import ErrorDocument, ErrorItem
from connector.rest.redaction import redact

PLATFORM = "pinpoint"
CREATE = "POST /applications"

#: the documented text of the 403 for a company that has the interface switched off
_SWITCHED_OFF = "integration not enabled"

#: Pinpoint's attribute or relationship -> our word for it
_WORDS = {
    "phone": "phone",
    "phone_iso2": "phone",
    "cv": "cv",
    "resume": "cv",
    "cv_base64_data": "cv",
    "cv_base64_filename": "cv",
    "cv_signed_id": "cv",
    "summary": "summary",
    "personal_summary": "summary",
    "email": "email",
    "address": "address",
    "address1": "address",
    "address2": "address",
    "town": "address",
    "city": "address",
    "state_province": "address",
    "postcode": "address",
    "country": "address",
    "job": "job",
    "job_id": "job",
    "candidate": "candidate",
    "candidate_id": "candidate",
    "person": "candidate",
    "first_name": "first_name",
    "last_name": "last_name",
    "linkedin_url": "linkedin_url",
    "external_system_reference": "reference",
}
#: the same as they begin a sentence: "Personal summary can't be blank"; the longest first, so that none hides another
_SPOKEN = sorted(((name.replace("_", " "), word) for name, word in _WORDS.items()), key=lambda pair: -len(pair[0]))

#: categories of a key's permissions, as the settings screen spells them
_CATEGORIES = {"jobs": "Job", "applications": "Application", "comments": "Comment", "candidates": "Candidate"}


def refuse(label: str, status: int, body: Any | None, headers: Mapping[str, str]) -> PlatformError:
    """Say what a 4xx of Pinpoint means to us."""
    errors = _errors(body)
    details = list(dict.fromkeys(error.detail for error in errors if error.detail))
    what = redact("; ".join(details)) or "refused"
    code = next((error.code for error in errors if error.code), "")
    if status == 401:
        return KeyRefused(PLATFORM, label, what, status)
    if status == 403:
        if any(_SWITCHED_OFF in detail.lower() for detail in details):
            return ApiOff(PLATFORM, label, what, status)
        # UNPROVEN: the text for a missing permission is unpublished; no other documented case answers 403
        return PermissionMissing(PLATFORM, label, what, status, permission=permission_of(label))
    if status in {404, 410} and not errors:
        # A page of a proxy or of a wrong host: it must not make a job look gone.
        unread = WireError if label.startswith("GET ") else OutcomeUnknown
        return unread(PLATFORM, label, f"answered {status} without saying what is not there", status)
    if status in {404, 410}:
        # UNPROVEN: 404 on a create; the job is the one thing in it that can be unknown and answers so
        return NotThere(PLATFORM, label, what, status, code, ("job",) if label == CREATE else ())
    if status == 413 and label == CREATE:
        # from a proxy, not JSON; the file is what makes a body large
        return Rejected(PLATFORM, label, what if details else "the request is too large", status, code, ("cv",))
    return Rejected(PLATFORM, label, what, status, code, _fields(errors))


def permission_of(label: str) -> str:
    """Guess the key permission that an operation needs, from `GET /jobs/{id}` and the like.

    UNPROVEN: whether comments and candidates are categories of their own.
    """
    method, _, path = label.partition(" ")
    category = _CATEGORIES.get(path.strip("/").partition("/")[0], path)
    return f"{category}: {'Read' if method == 'GET' else 'Write'}"


def _errors(body: Any) -> Sequence[ErrorItem]:
    """Read the errors that can be read; a proxy's page gives none."""
    try:
        listed = ErrorDocument.model_validate(body).errors
    except Invalid:
        return ()
    return [ErrorItem.model_validate(item) for item in listed if _readable(item)]


def _readable(item: Any) -> bool:
    try:
        ErrorItem.model_validate(item)
    except Invalid:
        return False
    return True


def _fields(errors: Sequence[ErrorItem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for error in errors if (word := _field(error))))


def _field(error: ErrorItem) -> str | None:
    """Return our word for what an error is about; None: it cannot be told."""
    pointer = error.source.pointer if error.source and error.source.pointer else ""
    for name in (_pointed(pointer), error.meta.attribute if error.meta else None):
        if name and (word := _WORDS.get(name.lower())):
            return word
    return _spoken(error.detail) or _pointed(pointer)


def _pointed(pointer: str) -> str | None:
    """Return the name in `/data/attributes/phone` or `/data/relationships/job/data`."""
    found = re.match(r"/data/(?:attributes|relationships)/([a-z0-9_]{1,60})(?:/|$)", pointer)
    return found[1] if found else None


def _spoken(detail: str) -> str | None:
    """Return our word for what a sentence is about: what it begins with, else the first field that it names."""
    text = detail.lower()
    for name, word in _SPOKEN:
        if re.match(rf"{name}\b", text):
            return word
    named = [(found.start(), word) for name, word in _SPOKEN if (found := re.search(rf"\b{name}\b", text))]
    return min(named)[1] if named else None
