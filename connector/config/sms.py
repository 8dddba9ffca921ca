"""The `sms` section of a mapping file: accounts, routing, templates, hours.

Keys of the file are the aliases; where a value has a unit the attribute names it.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from connector.config.section import Section
from connector.config.values import (
    AtLeastOne,
    Clock,
    Delay,
    Moment,
    Name,
    Phone,
    Poll,
    RateLimit,
    SecretValue,
    Share,
    TemplateText,
    Text,
    Url,
    Zone,
)

Provider = Literal["twilio", "plivo", "exotel", "clicksend"]
Phones = Annotated[tuple[Phone, ...], AtLeastOne]
Limits = tuple[RateLimit, ...] | None

_LIMITS = "Calls allowed in a time; the provider's own when left out."
_CALLBACK = "Ends the address of callbacks, so that nobody else calls it; needed for callbacks."


class Account(Section):
    """What all accounts have in common."""

    numbers: Phones = Field(description="Our senders, the preferred one first.", examples=['["+442079460123"]'])
    rate_limits: Limits = Field(None, description=_LIMITS, examples=["[10/1s]"])


class Twilio(Account):
    """A Twilio account."""

    numbers: tuple[Phone, ...] = Field(
        (),
        description="Our senders, the preferred one first; left out only until `sms provision` has bought one.",
        examples=['["+442079460123"]'],
    )
    account_sid: Text = Field(description="The account's id.", examples=["${HARBOURLINE_TWILIO_SID}"])
    auth_token: SecretValue = Field(
        description="The account's token, which signs callbacks; a list [new, old] while it is being rotated.",
        examples=["${HARBOURLINE_TWILIO_TOKEN}"],
    )
    api_key_sid: Text | None = Field(
        None, description="An API key to call with instead of the token.", examples=["${HARBOURLINE_TWILIO_KEY_SID}"]
    )
    api_key_secret: SecretValue | None = Field(
        None, description="That key's secret.", examples=["${HARBOURLINE_TWILIO_KEY_SECRET}"]
    )
    base_url: Url = Field(
        "https://api.twilio.com",
        description="API address; outside the US the region's own, such as https://api.dublin.ie1.twilio.com.",
        examples=["https://api.twilio.com"],
    )
    messaging_url: Url = Field(
        "https://messaging.twilio.com",
        description="Address of the API of messaging services.",
        examples=["https://messaging.twilio.com"],
    )
    pricing_url: Url = Field(
        "https://pricing.twilio.com",
        description="Address of the API of prices.",
        examples=["https://pricing.twilio.com"],
    )
    messaging_service_sid: Text | None = Field(
        None, description="Send through this messaging service.", examples=["${HARBOURLINE_TWILIO_SERVICE}"]
    )
    master_account_sid: Text | None = Field(
        None, description="For `sms provision`: the account that owns sub-accounts.", examples=["${TWILIO_MASTER_SID}"]
    )
    master_auth_token: SecretValue | None = Field(
        None, description="That account's token.", examples=["${TWILIO_MASTER_TOKEN}"]
    )


class Plivo(Account):
    """A Plivo account."""

    auth_id: Text = Field(description="The account's id.", examples=["${HARBOURLINE_PLIVO_ID}"])
    auth_token: SecretValue = Field(
        description="The account's token, which signs callbacks; a list [new, old] while it is being rotated.",
        examples=["${HARBOURLINE_PLIVO_TOKEN}"],
    )
    base_url: Url = Field("https://api.plivo.com", description="API address.", examples=["https://api.plivo.com"])
    main_auth_token: SecretValue | None = Field(
        None, description="The main account's token, for a sub-account.", examples=["${HARBOURLINE_PLIVO_MAIN_TOKEN}"]
    )
    powerpack_uuid: Text | None = Field(
        None, description="Send through this powerpack.", examples=["${HARBOURLINE_PLIVO_POWERPACK}"]
    )
    callback_secret: SecretValue | None = Field(
        None, description=_CALLBACK, examples=["${HARBOURLINE_PLIVO_CALLBACK_SECRET}"]
    )


class Exotel(Account):
    """An Exotel account."""

    account_sid: Text = Field(description="The account's id.", examples=["${HARBOURLINE_EXOTEL_SID}"])
    api_key: SecretValue = Field(description="The API key.", examples=["${HARBOURLINE_EXOTEL_KEY}"])
    api_token: SecretValue = Field(description="The API token.", examples=["${HARBOURLINE_EXOTEL_TOKEN}"])
    base_url: Url = Field("https://api.exotel.com", description="API address.", examples=["https://api.in.exotel.com"])
    callback_secret: SecretValue | None = Field(
        None, description=_CALLBACK, examples=["${HARBOURLINE_EXOTEL_CALLBACK_SECRET}"]
    )
    dlt_entity_id: Text | None = Field(
        None, description="The registered sender in India; without it carriers there refuse.", examples=["1101…"]
    )
    dlt_template_id: Text | None = Field(None, description="The registered text in India.", examples=["1107…"])
    sms_type: Literal["transactional", "transactional_opt_in", "promotional"] | None = Field(
        None, description="Kind of the messages in India.", examples=["transactional"]
    )


class ClickSend(Account):
    """A ClickSend account."""

    username: Text = Field(description="The account's user name.", examples=["${HARBOURLINE_CLICKSEND_USER}"])
    api_key: SecretValue = Field(description="The API key.", examples=["${HARBOURLINE_CLICKSEND_KEY}"])
    base_url: Url = Field(
        "https://rest.clicksend.com", description="API address.", examples=["https://rest.clicksend.com"]
    )
    callback_secret: SecretValue | None = Field(
        None, description=_CALLBACK, examples=["${HARBOURLINE_CLICKSEND_CALLBACK_SECRET}"]
    )


AnyAccount = Twilio | Plivo | Exotel | ClickSend


class SmsProviders(Section):
    """The accounts messages may be sent with; a new provider is one more field."""

    twilio: Twilio | None = Field(None, description="A Twilio account.")
    plivo: Plivo | None = Field(None, description="A Plivo account.")
    exotel: Exotel | None = Field(None, description="An Exotel account.")
    clicksend: ClickSend | None = Field(None, description="A ClickSend account.")

    def written(self) -> dict[str, AnyAccount]:
        """Return the accounts that are there, by provider."""
        return {name: account for name in type(self).model_fields if (account := getattr(self, name)) is not None}


class SmsTemplate(Section):
    """A text with names to fill in."""

    name: Name = Field(description="What it is called in commands and reports.", examples=["first_contact"])
    text: TemplateText = Field(
        description="The text; {{application.candidate.first_name}} and the like are filled in.",
        examples=["Hi {{application.candidate.first_name}}, thanks for talking to us on cord!"],
    )
    on: Literal["application_sent"] | None = Field(
        None,
        description="Sent by itself on this event, except to people of a backfill; left out: by hand only.",
        examples=["application_sent"],
    )
    after_s: Delay = Field(
        0.0,
        alias="after",
        description="That long after the event.",
        examples=["10m"],
        json_schema_extra={"default": "0s"},
    )


class QuietHours(Section):
    """When nothing is sent: outside `from` to `to`, in the person's zone."""

    from_: Clock = Field("08:00", alias="from", description="Messages leave from then on.", examples=['"08:00"'])
    to: Clock = Field("21:00", description="And until then.", examples=['"21:00"'])
    zone: Zone | None = Field(
        None,
        description="Everybody's time zone; left out: inside the hours in every zone of the person's number.",
        examples=["Europe/London"],
    )


class Sms(Section):
    """Text messages to and from candidates."""

    enabled: bool = Field(
        True,
        description="Off: nothing is sent, what waits is cancelled; replies are still recorded.",
        examples=["true"],
    )
    provider: Provider | None = Field(
        None, description="The one active provider, unless routing is given.", examples=["twilio"]
    )
    providers: SmsProviders = Field(SmsProviders(), description="Accounts.")
    routing: dict[Text, Provider | Annotated[tuple[Provider, ...], AtLeastOne]] = Field(
        {},
        description="Provider by the candidate's dialling code, or default; a list is an order of preference.",
        examples=['{"+91": [exotel, twilio]}'],
    )
    replies_since: Moment | None = Field(None, description="Older replies are never mirrored.", examples=["2026-11-01"])
    mirror_replies_to: tuple[Literal["ats", "source"], ...] = Field(
        ("ats", "source"), description="Where replies are copied to.", examples=["[ats, source]"]
    )
    show_sender: Literal["masked", "full", "hidden"] = Field(
        "masked", description="How the candidate's number is shown in a comment.", examples=["masked"]
    )
    templates: tuple[SmsTemplate, ...] = Field((), description="Texts to send.")
    quiet_hours: QuietHours | None = Field(None, description="Hours to send in; left out: at any hour.")
    smart_encoding: bool = Field(
        False, description="Replace curly quotes and the like, which make a message dear.", examples=["true"]
    )
    chatbot_numbers: tuple[Phone, ...] = Field(
        (), description="Our numbers whose messages are no replies to recruiters.", examples=['["+442079460999"]']
    )
    test_number: Phone | None = Field(
        None, description="An internal number for `sms test`.", examples=['"+447700900001"']
    )
    loop_after: int = Field(
        5, ge=2, description="So many equal texts from one number in an hour are a loop.", examples=["5"]
    )
    failure_threshold: Share = Field(
        0.5, description="A provider whose share of failures passes this is passed over.", examples=["0.5"]
    )
    poll_every_s: Poll = Field(
        60.0,
        alias="poll_every",
        description="How often to look.",
        examples=["60s"],
        json_schema_extra={"default": "60s"},
    )
    segment_balance: int | None = Field(
        None, ge=0, description="Segments granted in all: stop sending when they are used up.", examples=["500"]
    )

    @field_validator("providers", "templates", mode="before")
    @classmethod
    def _nothing_yet(cls, data: Any, info: Any) -> Any:
        """A heading whose entries are all commented out reads as null."""
        return ({} if info.field_name == "providers" else ()) if data is None else data
