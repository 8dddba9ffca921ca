"""The JSON that Plivo answers with, as pydantic shapes; `wire.py` turns them into domain records.

Names are those of Plivo's documentation and Python SDK 4.63. What stands here without a default is what nothing can be
done without; properties that are not listed are ignored, and enums are plain texts.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from connector.platforms.forms import storable, whole_number

#: `2024-03-06 21:13:16.276000+05:30`; assumed: without a zone it is UTC
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def moment(value: object) -> datetime:
    """Read a time as Plivo writes it. Raises ValueError."""
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise ValueError("not a time")
    try:
        read = datetime.fromisoformat(value.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None


def money(value: object) -> Decimal | None:
    """Read an amount; what is none counts as not told, so that a price never hides a status."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return None
    return abs(amount) if amount.is_finite() and abs(amount) < 1_000_000 else None


def _number(value: object) -> object:
    """Take a number as text or integer."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


#: becomes part of paths
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Text = Annotated[str, AfterValidator(storable)]
Number = Annotated[Text, BeforeValidator(_number)]
Count = Annotated[int | None, BeforeValidator(lambda value: whole_number(str(value)))]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Accepted(Wire):
    """The answer to a send: a list of ids, one for each recipient."""

    message_uuid: list[Id]


class MessageRow(Wire):
    """A message. No text: it is not in the API (docs.plivo.com/docs/messaging/api/messages)."""

    message_uuid: Id
    #: `inbound`, `outbound`
    message_direction: Text
    message_state: Text
    message_time: Annotated[datetime, BeforeValidator(moment)]
    from_number: Number | None = None
    to_number: Number | None = None
    units: Count = None
    total_amount: Annotated[Decimal | None, BeforeValidator(money)] = None
    error_code: Number | None = None


class Meta(Wire):
    next: str | None = None


class ListBody(Wire):
    objects: list[Any]
    meta: Meta = Meta()


class NumberRow(Wire):
    number: Number
    sms_enabled: bool = False
    #: `/v1/Account/{auth_id}/Application/{app_id}/`; null: nobody hears of what comes in
    application: Text | None = None


class ApplicationRow(Wire):
    message_url: Text | None = None


class AccountBody(Wire):
    cash_credits: Decimal | None = None


class ErrorBody(Wire):
    error: Any
