"""The JSON that ClickSend answers with, and the fields of its callbacks, as pydantic shapes.

Names are those of the models in ClickSend's own SDK (clicksend-client 6.0.2), where everything may be missing: without
a default stands here what nothing can be done without. Properties that are not listed are ignored.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from connector.platforms.rows import Count, Id, Maybe, Money, Phone, Text, UnixTime, Wire


class Fault(Wire):
    response_code: Maybe = None
    response_msg: Maybe = None
    http_code: Count = None


class Envelope(Fault):
    data: Any = None


class Page(Wire):
    """A page of any list."""

    current_page: Count = None
    last_page: Count = None
    next_page_url: Maybe = None
    #: null where there is nothing
    data: Annotated[list[Any], BeforeValidator(lambda value: [] if value is None else value)] = Field(
        default_factory=list
    )


class Sent(Wire):
    """A message in the answer to a send."""

    status: Maybe = None
    message_id: Maybe = None
    parts: Count = Field(None, alias="message_parts")
    price: Money = Field(None, alias="message_price")
    sender: Maybe = Field(None, alias="from")
    custom_string: Maybe = None
    date: UnixTime = None


class Sending(Wire):
    messages: list[Sent]
    queued_count: Count = None
    blocked_count: Count = None
    currency: Any = Field(None, alias="_currency")


class Currency(Wire):
    name: Text = Field(alias="currency_name_short")


class Report(Wire):
    """A row of the history, or a receipt; a receipt has no `status`."""

    message_id: Maybe = None
    direction: Maybe = None
    status: Maybe = None
    status_code: Count = None
    status_text: Maybe = None
    error_code: Maybe = None
    error_text: Maybe = None
    custom_string: Annotated[Maybe, Field(validation_alias=AliasChoices("custom_string", "customstring"))] = None
    parts: Count = Field(None, alias="message_parts")
    price: Money = Field(None, alias="message_price")
    sender: Maybe = Field(None, alias="from")
    at: Annotated[UnixTime, Field(validation_alias=AliasChoices("timestamp", "date"))] = None


class Inbound(Wire):
    """A reply. The second names are those of older callbacks, as public code reads them."""

    message_id: Id
    sender: Phone = Field(alias="from")
    to: Phone = ""
    body: Annotated[Text, Field(validation_alias=AliasChoices("body", "message"))]
    #: the second name is that of an example in the documents
    at: Annotated[UnixTime, Field(validation_alias=AliasChoices("timestamp", "timestamp_send"))] = None
    answers: Annotated[Maybe, Field(validation_alias=AliasChoices("original_message_id", "originalmessageid"))] = None
    echo: Annotated[Maybe, Field(validation_alias=AliasChoices("custom_string", "customstring"))] = None


class Account(Wire):
    balance: Money
    currency: Any = Field(None, alias="_currency")


class Registration(Wire):
    value: Count = None


class Number(Wire):
    number: Phone = Field(alias="dedicated_number")
    kind: Maybe = Field(None, alias="type")
    status: Registration | None = None
