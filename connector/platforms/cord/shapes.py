"""The JSON that cord answers with, as pydantic shapes; `wire.py` turns them into domain records.

Names, types and what is required are those of `docs/contracts/cord.openapi.yaml`, which is assumed as a whole: cord
publishes no API. Required properties stand here without a default, also where nobody reads them. Properties that are
not listed are ignored, and enums are plain texts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StrictBool, StringConstraints

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _time(value: object) -> object:
    """Take RFC 3339 texts only: left alone, pydantic reads numbers as Unix time."""
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not an RFC 3339 time")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:  # a moment that is in no year in UTC
        raise ValueError("not a time") from None


def _no_dots(value: str) -> str:
    """Refuse `.` and `..`: in a path they would climb to another resource."""
    if not value.strip("."):
        raise ValueError("not an id")
    return value


Time = Annotated[datetime, BeforeValidator(_time)]
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$"),
    AfterValidator(_no_dots),
]
Text = Annotated[str, StringConstraints(min_length=1)]
Size = Annotated[int, BeforeValidator(lambda value: value if type(value) is int and value >= 0 else "not a size")]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class PageInfo(Wire):
    next_cursor: Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9_-]+$")]
    has_more: StrictBool


class Collection(Wire):
    data: list[Any]
    page: PageInfo


class StartPosition(Wire):
    id: Id
    title: str
    ats_job_id: Id | None


class Forward(Wire):
    requested: StrictBool
    mode: str | None
    requested_by: str | None
    requested_at: Time | None


class StartRow(Wire):
    id: Id
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
    type: str
    conversation_id: Id
    candidate_id: Id
    position: StartPosition
    started_at: Time
    initiated_by: str
    accepted_by: str
    forward: Forward


class ConversationPosition(StartPosition):
    conversation_start_id: Id | None


class ConversationBody(Wire):
    id: Id
    candidate_id: Id
    state: str
    initiated_by: str
    accepted_by: str
    started_at: Time | None
    closed_at: Time | None
    positions: list[ConversationPosition]
    updated_at: Time


class AtsLink(Wire):
    ats_job_id: Id
    origin: str
    linked_at: Time
    ats_job_closed: StrictBool


class MessageReceipt(Wire):
    id: Id
    external_id: str


class PositionRow(Wire):
    id: Id
    title: str
    status: str
    url: str | None
    location: str | None
    description_html: str | None
    updated_at: Time
    ats_link: AtsLink | None


class AtsJobRow(Wire):
    ats_job_id: Id
    title: str
    status: str
    description_html: str | None
    location: str | None
    department: str | None
    employment_type: str | None
    url: str | None
    updated_at: Time


class SubscriptionRow(Wire):
    id: Id
    url: str
    event_types: list[str]
    status: str
    created_at: Time


class Email(Wire):
    address: str
    primary: StrictBool


class Phone(Wire):
    number: str
    primary: StrictBool


class WebLink(Wire):
    kind: str
    url: str


class StoredFile(Wire):
    id: Id
    filename: Text
    content_type: str | None
    size: Size | None
    updated_at: Time


class CandidateRow(Wire):
    id: Id
    first_name: str | None
    last_name: str | None
    full_name: Text
    emails: list[Email]
    phones: list[Phone]
    links: list[WebLink]
    headline: str | None
    location: str | None
    cv: StoredFile | None
    updated_at: Time
    #: always null by the contract: an erased candidate answers 410. A marked copy must not be forwarded
    erased_at: Any


class Token(Wire):
    scopes: list[str]
    expires_at: Time | None


class AtsAccount(Wire):
    provider: str
    auto_forward: StrictBool


class CompanyBody(Wire):
    id: Id
    name: str
    ats: AtsAccount | None
    token: Token


class ReceiptBody(Wire):
    id: Id
    conversation_start_id: Id
    outcome: str
    recorded_at: Time


class ErrorField(Wire):
    name: str
    code: str


class ErrorInfo(Wire):
    code: str
    message: str = ""
    fields: list[ErrorField] = []


class ErrorBody(Wire):
    error: ErrorInfo


class OneId(Wire):
    """An id by itself, to see whether one can be read off a broken row."""

    id: Id
