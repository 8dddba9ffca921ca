"""cord's JSON <-> domain records.

The shapes are in `shapes.py`. A property that the contract calls required must be there, also where it is not read: an
answer without it is not the contract's, and nothing is guessed from it. Unknown properties and unknown enum values are
let through.

Error texts made here name fields and faults, never values, so that no personal data leaves this module in a message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as Invalid

from connector.domain.model import (
    BadRow,
    Candidate,
    ConversationStart,
    FileRef,
    Outcome,
    Position,
    Prepared,
)
from connector.platforms.cord import shapes

#: the row types of the feed; any other is passed over ("A row of an unknown type is logged and passed over")
START_TYPES = frozenset({"conversation.started", "conversation.position_added", "conversation.forward_requested"})

#: what the token must be allowed to do for forwarding, as spelled in the contract's "Authorization and scopes"
SCOPES = ("conversations:read", "candidates:read", "files:read", "positions:read", "deliveries:write")
#: and for the mirror of the list of jobs, and for telling cord of links; forwarding does without
MIRROR_SCOPES = ("ats_jobs:write", "links:write")
#: and for copying text messages to conversations
SMS_SCOPES = ("messages:write",)

#: longest text of a report, `DeliveryText` in the contract
MESSAGE_LIMIT = 500


class NotTheContract(Exception):
    """A value that is not what the contract says; the text holds field names and faults only."""


@dataclass(frozen=True)
class Page:
    """One page of any collection, its rows unread."""

    rows: tuple[Any, ...]
    next_cursor: str
    has_more: bool


@dataclass(frozen=True)
class Fault:
    """What an error answer says; empty where it could not be read."""

    code: str = ""
    message: str = ""
    #: (field, code) pairs
    fields: tuple[tuple[str, str], ...] = ()


_Model = TypeVar("_Model", bound=BaseModel)


def parsed(model: type[_Model], body: Any) -> _Model:
    """Read a body as a shape. Raises NotTheContract."""
    try:
        return model.model_validate(body)
    except Invalid as exc:
        raise NotTheContract(_faults(exc)) from None


def _faults(exc: Invalid) -> str:
    """Name the places and kinds of the faults; never the values."""
    found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in exc.errors(include_input=False)]
    return ", ".join(found[:5])


def page(body: Any) -> Page:
    """Read the envelope of a collection; the rows are left as they are."""
    read = parsed(shapes.Collection, body)
    return Page(tuple(read.data), read.page.next_cursor, read.page.has_more)


def unknown_type(row: Any) -> bool:
    """Tell whether a feed row is of a type that the contract does not list."""
    kind = row.get("type") if isinstance(row, dict) else None
    return isinstance(kind, str) and bool(kind) and kind not in START_TYPES


def start_to_domain(row: Any) -> ConversationStart:
    """Read one feed row.

    `forward.mode` other than `auto` and `manual` counts as neither: an unlisted value asks for nothing.
    """
    read = parsed(shapes.StartRow, row)
    forward = read.forward
    return ConversationStart(
        id=read.id,
        sequence=read.sequence,
        conversation_id=read.conversation_id,
        candidate_id=read.candidate_id,
        position_id=read.position.id,
        position_title=read.position.title,
        linked_job=read.position.ats_job_id,
        started_at=read.started_at,
        automatic=forward.requested and forward.mode == "auto",
        manual=forward.requested and forward.mode == "manual",
    )


def bad_row(row: Any, what: str) -> BadRow:
    """Keep what can be known of a row that cannot be read."""
    raw = row if isinstance(row, dict) else {}
    digest = hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]
    return BadRow(_id_or_none(raw.get("id")) or f"row-{digest}", _id_or_none(raw.get("conversation_id")), what)


def _id_or_none(value: Any) -> str | None:
    try:
        return shapes.OneId.model_validate({"id": value}).id
    except Invalid:
        return None


def conversation_to_domain(body: Any, conversation_id: str) -> tuple[ConversationStart, ...]:
    """Read a conversation as the starts that it holds; pending: none.

    Nothing is known of how forwarding was asked for, so `automatic` and `manual` are false and `sequence` is empty.
    """
    read = parsed(shapes.ConversationBody, body)
    same(read.id, conversation_id)
    if read.state == "pending":
        return ()
    started_at = read.started_at
    if started_at is None:
        raise NotTheContract("started_at: null in a conversation that is not pending")
    return tuple(
        ConversationStart(
            id=position.conversation_start_id,
            sequence="",
            conversation_id=read.id,
            candidate_id=read.candidate_id,
            position_id=position.id,
            position_title=position.title,
            linked_job=position.ats_job_id,
            started_at=started_at,
            automatic=False,
            manual=False,
        )
        for position in read.positions
        if position.conversation_start_id
    )


def position_to_domain(row: Any) -> Position:
    """Read one position."""
    read = parsed(shapes.PositionRow, row)
    return Position(read.id, read.title, read.status, read.ats_link.ats_job_id if read.ats_link else None)


def candidate_to_domain(body: Any, candidate_id: str) -> Candidate | None:
    """Read a person; None: the copy is marked as erased.

    "At most one is primary; if none is, the first counts."
    """
    read = parsed(shapes.CandidateRow, body)
    same(read.id, candidate_id)
    if read.erased_at is not None:
        return None
    email = _main((e.address, e.primary) for e in read.emails)
    return Candidate(
        id=read.id,
        first_name=read.first_name,
        last_name=read.last_name,
        full_name=read.full_name,
        email=email if email and "@" in email else None,
        phone=_main((p.number, p.primary) for p in read.phones),
        linkedin_url=next((link.url for link in read.links if link.kind == "linkedin" and link.url.strip()), None),
        headline=read.headline,
        cv=FileRef(read.cv.filename, read.cv.content_type, read.cv.size) if read.cv else None,
        updated_at=read.updated_at,
    )


def _main(values: Iterable[tuple[str, bool]]) -> str | None:
    """Return the primary value, else the first; None when that is blank."""
    listed = list(values)
    chosen = next((value for value, primary in listed if primary), listed[0][0] if listed else "")
    return chosen.strip() or None


def same(given: str, asked: str) -> None:
    """Refuse an answer about somebody else: a mixed-up cache must not send one person's data as another's."""
    if given != asked:
        raise NotTheContract("id: not the one asked for")


def scopes(body: Any) -> tuple[str, ...]:
    """Return what the token may do, from `GET /v1/company`."""
    return tuple(parsed(shapes.CompanyBody, body).token.scopes)


def receipt(body: Any, start_id: str) -> None:
    """Check that a report was recorded for this start."""
    same(parsed(shapes.ReceiptBody, body).conversation_start_id, start_id)


def fault(body: Any) -> Fault:
    """Read an error answer as far as it goes; a proxy's page gives an empty one."""
    try:
        error = shapes.ErrorBody.model_validate(body).error
    except Invalid:
        return Fault()
    return Fault(error.code, error.message, tuple((f.name, f.code) for f in error.fields))


def outcome_from_domain(start_id: str, outcome: Outcome, at: datetime) -> Prepared:
    """Build the report of a start, `DeliveryWrite` in the contract.

    The key holds a digest of the body: the contract answers 409 to a key that was used with other bytes.
    """
    sent = outcome.outcome in {"sent", "duplicate"}
    if sent and not (outcome.job_id and outcome.application_id):
        raise ValueError(f"a report of `{outcome.outcome}` needs the job and the application")
    message = (outcome.message or "").strip()[:MESSAGE_LIMIT].strip()
    code = outcome.code
    if outcome.outcome == "failed":
        # both are required there; `internal` is the contract's word for a fault with no better name
        code, message = code or "internal", message or "The application could not be created."
    fields = {
        "outcome": outcome.outcome,
        "ats": "pinpoint",
        "ats_job_id": outcome.job_id,
        "ats_application_id": outcome.application_id if sent else None,
        "code": None if sent else code,
        "message": None if sent else message or None,
        "at": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    body = json.dumps({name: value for name, value in fields.items() if value is not None}).encode()
    digest = hashlib.sha256(body).hexdigest()[:24]
    path = f"/v1/conversation-starts/{start_id}/deliveries"
    return Prepared(f"delivery:{start_id}:{digest}", "POST", path, body)
