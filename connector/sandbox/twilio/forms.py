"""The forms of Twilio's callbacks, and the keywords it knows."""

from datetime import UTC, datetime

from connector.sandbox.texting.handsets import START_WORDS, STOP_WORDS
from connector.sandbox.texting.records import Step, TextMessage
from connector.sandbox.twilio.records import Service
from connector.sandbox.twilio.signing import Fields

_HELP_WORDS = frozenset({"HELP", "INFO"})
_COUNTRIES = (("+44", "GB"), ("+1", "US"), ("+61", "AU"))


def keyword(text: str) -> str | None:
    """`STOP`, `START` or `HELP` when the whole text is such a word."""
    word = text.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in _HELP_WORDS else None


def inbound_fields(message: TextMessage, service: Service | None) -> Fields:
    """The form of an inbound message. Place names are empty, as they often are; there is no time."""
    ids = [(name, message.id) for name in ("MessageSid", "SmsSid", "SmsMessageSid")]
    place = [(f"{end}{part}", "") for end in ("From", "To") for part in ("City", "State", "Zip")]
    media = [
        pair
        for index, each in enumerate(message.media)
        for pair in ((f"MediaUrl{index}", each.url), (f"MediaContentType{index}", each.content_type))
    ]
    fields = [
        ("ToCountry", _country(message.to)), ("FromCountry", _country(message.sender)), *place, *ids,
        ("AccountSid", message.extra["account_sid"]), ("From", message.sender), ("To", message.to),
        ("Body", message.text), ("NumMedia", str(len(message.media))), ("NumSegments", str(message.segments)),
        ("SmsStatus", "received"), ("ApiVersion", "2010-04-01"), *media,
    ]  # fmt: skip
    if service is not None:
        fields.append(("MessagingServiceSid", service.sid))
        kind = keyword(message.text)
        if service.advanced_opt_out and kind:
            fields.append(("OptOutType", kind))
    return fields + list(message.extra.get("fields", ()))


def status_fields(message: TextMessage, step: Step, now: datetime) -> Fields:
    """The form of a status. The carrier's time is in a zone that nobody names."""
    fields = [
        ("MessageSid", message.id), ("SmsSid", message.id), ("AccountSid", message.extra["account_sid"]),
        ("From", message.sender), ("To", message.to), ("MessageStatus", step.status), ("SmsStatus", step.status),
        ("ApiVersion", "2010-04-01"),
    ]  # fmt: skip
    if step.code is not None:
        fields.append(("ErrorCode", step.code))
    if step.words is not None and message.extra.get("tells_words"):
        fields.append(("ErrorMessage", step.words))
    if message.extra.get("service"):
        fields.append(("MessagingServiceSid", message.extra["service"]))
    if step.status in ("delivered", "undelivered"):
        fields.append(("RawDlrDoneDate", now.astimezone(UTC).strftime("%y%m%d%H%M")))
    return fields


def _country(number: str) -> str:
    return next((iso for code, iso in _COUNTRIES if number.startswith(code)), "")
