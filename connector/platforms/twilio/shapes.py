"""The JSON that Twilio answers with, as pydantic shapes; `wire.py` turns them into domain records.

Names and types are those of Twilio's OpenAPI documents (twilio/twilio-oai, `twilio_api_v2010`, `twilio_messaging_v1`
and `twilio_pricing_v1`). What stands here without a default is what nothing can be done without; properties that are
not listed are ignored, and enums are plain texts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from connector.platforms.forms import storable, whole_number


def _rfc2822(value: object) -> object:
    """Read `Fri, 24 May 2019 17:44:50 +0000`; without a zone it is UTC."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a time")
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError("not an RFC 2822 time") from None


def _count(value: object) -> object:
    """Read a count, which is a text in the v2010 API; what is none counts as not told."""
    return whole_number(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _money(value: object) -> object:
    """Read an amount; what is none counts as not told, so that a price never hides a status."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and abs(amount) < 1_000_000 else None


def _code(value: object) -> object:
    """Take an error's number as a text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Time = Annotated[datetime | None, BeforeValidator(_rfc2822)]
#: becomes part of paths
Sid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{2,64}$")]
Text = Annotated[str, AfterValidator(storable)]
Count = Annotated[int | None, BeforeValidator(_count)]
Money = Annotated[Decimal | None, BeforeValidator(_money)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MessageRow(Wire):
    sid: Sid
    status: Text
    #: `inbound`, `outbound-api`, `outbound-call`, `outbound-reply`
    direction: Text
    #: null until a messaging service has picked one
    sender: Text | None = Field(None, alias="from")
    to: Text | None = None
    body: Text | None = None
    num_segments: Count = None
    num_media: Count = None
    price: Money = None
    price_unit: Text | None = None
    error_code: Annotated[Text | None, BeforeValidator(_code)] = None
    error_message: Text | None = None
    date_created: Time = None
    date_sent: Time = None
    date_updated: Time = None
    messaging_service_sid: Text | None = None


class MessageList(Wire):
    messages: list[Any]
    next_page_uri: str | None = None
    first_page_uri: str | None = None


class MediaRow(Wire):
    #: relative
    uri: Annotated[str, StringConstraints(pattern=r"^/[!-~]+$", max_length=500)]
    content_type: Text | None = None


class MediaList(Wire):
    media_list: list[MediaRow]


class Capability(Wire):
    sms: bool = False


def _lower(value: object) -> object:
    """Available numbers have `SMS`, own ones `sms`."""
    return {str(name).lower(): able for name, able in value.items()} if isinstance(value, dict) else value


class NumberRow(Wire):
    sid: Sid
    phone_number: Text
    capabilities: Annotated[Capability, BeforeValidator(_lower)] = Capability()
    sms_url: Text | None = None
    sms_application_sid: Text | None = None


class NumberList(Wire):
    incoming_phone_numbers: list[NumberRow]
    next_page_uri: str | None = None


class ApplicationRow(Wire):
    sms_url: Text | None = None


class ServiceRow(Wire):
    sid: Sid
    friendly_name: Text | None = None
    inbound_request_url: Text | None = None
    use_inbound_webhook_on_number: bool | None = None


class Meta(Wire):
    next_page_url: str | None = None


class ServiceList(Wire):
    services: list[ServiceRow]
    meta: Meta = Meta()


class ServiceNumber(Wire):
    phone_number: Text


class ServiceNumberList(Wire):
    phone_numbers: list[ServiceNumber]
    meta: Meta = Meta()


class BalanceBody(Wire):
    balance: Decimal
    currency: Text


class AccountRow(Wire):
    sid: Sid
    friendly_name: Text | None = None
    auth_token: Annotated[str, Field(repr=False)]
    status: Text | None = None


class AccountList(Wire):
    accounts: list[AccountRow]
    next_page_uri: str | None = None


class AvailableRow(Wire):
    phone_number: Text
    locality: Text | None = None
    #: `none`, `any`, `local`, `foreign`
    address_requirements: Text | None = None
    capabilities: Annotated[Capability, BeforeValidator(_lower)] = Capability()


class AvailableList(Wire):
    available_phone_numbers: list[AvailableRow]


class NumberPrice(Wire):
    number_type: Text
    current_price: Money = None


class PriceBody(Wire):
    phone_number_prices: list[NumberPrice]
    price_unit: Text


class ErrorBody(Wire):
    code: Annotated[str, BeforeValidator(_code)]
    message: str = ""
