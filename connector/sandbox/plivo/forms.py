"""The forms of Plivo's callbacks."""

from datetime import UTC, datetime
from decimal import Decimal

from connector.sandbox.plivo.signing import Fields
from connector.sandbox.texting.handsets import START_WORDS, STOP_WORDS
from connector.sandbox.texting.records import Step, TextMessage


def intent(text: str) -> str:
    """`optout`, `optin`, `help`, or nothing."""
    word = text.strip().upper()
    if word in STOP_WORDS:
        return "optout"
    if word in START_WORDS:
        return "optin"
    return "help" if word in ("HELP", "INFO") else ""


def inbound_fields(message: TextMessage, rate: Decimal, *, plus: bool, tells_intent: bool) -> Fields:
    """The form of an inbound message. There is no time. A message with media has its text under `Body`."""
    mms = bool(message.media)
    fields = [
        ("From", spelled(message.sender, plus)), ("To", spelled(message.to, plus)),
        ("Body" if mms else "Text", message.text), ("Type", "mms" if mms else "sms"), ("MessageUUID", message.id),
        ("Units", str(message.segments)), ("TotalRate", f"{rate:.5f}"),
        ("TotalAmount", f"{rate * message.segments:.5f}"), ("PowerpackUUID", ""),
    ]  # fmt: skip
    if tells_intent:
        fields.append(("MessageIntent", intent(message.text)))
    if mms:
        fields.append(("MediaCount", str(len(message.media))))
        fields += [(f"Media{index}", each.url) for index, each in enumerate(message.media, 1)]
    return fields


def status_fields(message: TextMessage, step: Step, rate: Decimal, sequence: int, *, plus: bool) -> Fields:
    """The form of a status; `Sequence` tells their order."""
    times = dict(reversed(message.history))
    fields = [
        ("MessageUUID", message.id), ("From", spelled(message.sender, plus)), ("To", spelled(message.to, plus)),
        ("Type", "sms"), ("Status", step.status), ("Units", str(message.segments)), ("TotalRate", f"{rate:.5f}"),
        ("TotalAmount", f"{rate * message.segments:.5f}"), ("MCC", "234"), ("MNC", "10"),
        ("Sequence", str(sequence)), ("MessageTime", _time(message.created_at)),
        ("QueuedTime", _time(message.created_at)), ("SentTime", _time(times.get("sent"))),
        ("DeliveryReportTime", _time(message.updated_at if step.code is not None else None)),
        ("PowerpackUUID", str(message.extra.get("powerpack") or "")),
    ]  # fmt: skip
    if step.code is not None:
        fields.append(("ErrorCode", step.code))
    return fields


def spelled(number: str, plus: bool) -> str:
    """A number as the examples show it, without its plus, or with it."""
    return number if plus else number.removeprefix("+")


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")
