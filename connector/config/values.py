"""The value types of a mapping file: durations, limits, dates, addresses, numbers, names.

Each is read from what an administrator writes, and spelled back the same way for `config show` and the JSON Schema.
"""

import difflib
import math
import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import phonenumbers
from pydantic import AfterValidator, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from connector.config.credentials import Filled, Secret, read_secret
from connector.config.problems import quoted
from connector.domain import templates

DURATION = r"[0-9]+(\.[0-9]+)?[smh]"
SECONDS = {"s": 1, "m": 60, "h": 3600}
DAY_S = 86_400
#: A year: longer ones are slips, and timers cannot hold them.
LONGEST_S = 366 * 24 * 3600
#: The source retains its feed for a month: what is dropped earlier could come by again.
SHORTEST_KEEP_S, LONGEST_KEEP_S = 31 * DAY_S, 3660 * DAY_S
HOST = re.compile(r"[\w.-]+")
REFERENCE_SCHEMA = {"type": "string", "pattern": r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$"}


@dataclass(frozen=True)
class Start:
    """Which conversations count on the first run."""

    kind: Literal["now", "beginning", "at"]
    #: Aware UTC; given with `at` only.
    at: datetime | None = None

    def spelled(self) -> str:
        """Returns it as a mapping file holds it."""
        return self.at.isoformat() if self.at else self.kind


def mistake(what: str, instead: str) -> PydanticCustomError:
    """Builds the error of a validator; the field's name and place are added by whoever reports it."""
    return PydanticCustomError("mapping", "{what}", {"what": what, "instead": instead, "at": ()})


def text(value: Any) -> str:
    """Returns a non-empty text; anything else is left to the words for a wrong type."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not a text")
    if not value.strip():
        raise PydanticCustomError("blank", "empty")
    if not value.isprintable():
        raise mistake("holds a line break or another character that cannot be seen", "write it on one line")
    return value.strip()


def duration_s(value: Any) -> float:
    """Reads `30s`, `5m`, `1h` into seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise mistake("has no unit", "write the unit after the number: 30s, 5m or 1h")
    text(value)
    if not re.fullmatch(DURATION, value):
        raise mistake(f"{quoted(value)} is not a duration", "write a number and its unit: 30s, 5m or 1h")
    seconds = float(value[:-1]) * SECONDS[value[-1]]
    if not 0 < seconds <= LONGEST_S:
        raise mistake(f"{quoted(value)} is out of range", "write more than 0s and at most a year, such as 30s")
    return seconds


def poll_s(value: Any) -> float:
    """Reads how often to ask; faster than once a second would only burn the vendor's limit."""
    seconds = duration_s(value)
    if seconds < 1:
        raise mistake(f"{quoted(value)} is too often", "write 1s or more")
    return seconds


def keep_s(value: Any) -> float:
    """Reads how long something is kept, in days."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise mistake("has no unit", "write days with their unit, such as 400d")
    text(value)
    if not re.fullmatch(r"[0-9]{1,5}d", value):
        raise mistake(f"{quoted(value)} is not a number of days", "write days with their unit, such as 400d")
    seconds = float(value[:-1]) * DAY_S
    if not SHORTEST_KEEP_S <= seconds <= LONGEST_KEEP_S:
        raise mistake(f"{quoted(value)} is out of range", "write 31d or more, at most 3660d")
    return seconds


def spell_days(seconds: float) -> str:
    """Writes seconds as whole days."""
    return f"{seconds / DAY_S:g}d"


def spell_duration(seconds: float) -> str:
    """Writes seconds with the largest unit that divides them."""
    unit = next((unit for unit in ("h", "m") if seconds % SECONDS[unit] == 0), "s")
    return f"{seconds / SECONDS[unit]:g}{unit}"


def rate_limit(value: Any) -> tuple[int, float]:
    """Reads `120/60s` into (calls, window in seconds)."""
    if not isinstance(value, str):
        raise mistake("is not a rate limit", "write calls/duration such as 120/60s")
    count, _, window = value.partition("/")
    if not re.fullmatch(r"[0-9]{1,9}", count) or not re.fullmatch(DURATION, window):
        raise mistake(f"{quoted(value)} is not a rate limit", "write calls/duration such as 120/60s")
    if int(count) == 0:
        raise mistake(f"{quoted(value)} allows no call at all", "write at least one call, such as 1/60s")
    return int(count), duration_s(window)


def moment(value: Any) -> datetime:
    """Reads a date or a timestamp into aware UTC; without an offset it is UTC, a date is its first second."""
    hint = "write a date such as 2026-11-01 or a timestamp such as 2026-11-01T09:00:00+01:00"
    if not isinstance(value, str):
        raise mistake("is not a date", hint)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        if not re.match(r"\d{4}-\d{2}-\d{2}[Tt ]\d", value):
            raise mistake(f"{quoted(value)} is not a date", hint)
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise mistake(f"{quoted(value)} is not a date of the calendar", hint) from None


def start(value: Any) -> Start:
    """Reads `now`, `beginning`, a date or a timestamp."""
    if value in ("now", "beginning"):
        return Start("now" if value == "now" else "beginning")
    try:
        return Start("at", moment(value))
    except PydanticCustomError as exc:
        what = str((exc.context or {})["what"]).replace("is not a date", "is neither now, beginning nor a date", 1)
        raise mistake(what, "write now, beginning, or a date such as 2026-11-01") from None


def is_loopback(url: str) -> bool:
    """Says whether a URL stays on this machine: 127.0.0.0/8, ::1 or localhost."""
    host = urlsplit(url).hostname or ""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def url(value: Any) -> str:
    """Reads an address without a slash at its end. Messages never repeat it: it may hold a password."""
    text(value)
    address = str.__str__(value)
    try:
        parts = urlsplit(address)
        known_port = parts.port is None or parts.port > 0
    except ValueError:
        raise mistake("is not a URL", "write https://host") from None
    if "://" not in address or parts.scheme not in ("http", "https"):
        raise mistake("is not a URL", "begin it with https://")
    if parts.username is not None or "@" in parts.netloc:
        raise mistake("holds a user or password", "write https://host and keep the key in its own field as ${NAME}")
    if not _host_is_whole(parts) or not known_port or re.search(r"[\s\\]", address):
        raise mistake("is not a URL", "write https://host")
    if parts.query or parts.fragment or address.endswith(("?", "#")):
        raise mistake("holds a query or a fragment", "end it before the ? or #")
    if parts.scheme == "http" and not is_loopback(address):
        raise mistake("is http, which anyone on the way can read", "write https:// (http is for this machine only)")
    return parts._replace(path=parts.path.rstrip("/")).geturl()


def _host_is_whole(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return bool(HOST.fullmatch(host)) or (parts.netloc.startswith("[") and ":" in host)


def company(value: Any) -> str:
    """Reads the short name that stands in commands, logs and keys."""
    text(value)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value):
        suggestion = re.sub(r"[^a-z0-9_-]+", "-", value.lower()).strip("-_")
        example = suggestion if suggestion and not isinstance(value, Filled) else "harbourline"
        raise mistake(
            f"{quoted(value)} is not a short name", f"use lower-case letters, digits, - and _ only, such as {example}"
        )
    return str.__str__(value)


def delay_s(value: Any) -> float:
    """Reads a duration that may be nothing."""
    return 0.0 if isinstance(value, str) and re.fullmatch(r"0+(\.0+)?[smh]", value) else duration_s(value)


def name(value: Any) -> str:
    """Reads a name of the administrator's own: small letters, digits, underscores."""
    text(value)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        raise mistake("is not a name", "write small letters, digits and _ only, such as first_contact")
    return str.__str__(value)


def clock(value: Any) -> str:
    """Reads a time of day."""
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise mistake("is not a time of day", 'write hours and minutes in quotes, such as "08:00"')
    return str.__str__(value)


def zone(value: Any) -> str:
    """Reads an IANA time zone."""
    text(value)
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        near = difflib.get_close_matches(value, zoneinfo.available_timezones(), 1)
        raise mistake(
            f"{quoted(value)} is not a time zone", f"write a name such as {near[0] if near else 'Europe/London'}"
        ) from None
    return str.__str__(value)


def template_text(value: Any) -> str:
    """Reads a text with names to fill in; line breaks are allowed."""
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "not a text")
    if not value.strip():
        raise PydanticCustomError("blank", "empty")
    for what, instead in templates.problems(value):
        raise mistake(what, instead)
    return str.__str__(value.strip())


def region(value: Any) -> str:
    """Reads a two-letter country code."""
    text(value)
    if value not in phonenumbers.SUPPORTED_REGIONS:
        known = {"UK": "GB", "EN": "GB"}.get(value.upper(), value.upper())
        example = known if known in phonenumbers.SUPPORTED_REGIONS else "GB"
        raise mistake(
            f"{quoted(value)} is not a country code", f"write two capital letters of ISO 3166 such as {example}"
        )
    return str.__str__(value)


def phone(value: Any) -> str:
    """Reads a sender's number, blanks allowed, into E.164."""
    text(value)
    hint = 'write it with + and the country\'s code, in quotes: "+442079460123"'
    if not value.strip().startswith("+"):
        raise mistake("has no country code", hint)
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise mistake("is not a phone number", hint) from None
    if not phonenumbers.is_possible_number(number):
        raise mistake("is too short or too long for a phone number", hint)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def share(value: Any) -> float:
    """Reads a share between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise mistake("is not a share", "write a number from 0 to 1, such as 0.5")
    if not 0 <= value <= 1:
        raise mistake("is not between 0 and 1", "write a share such as 0.5 for half of them")
    return float(value)


def at_least_one(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuses an empty list. Run after the entries, since a length check would count only those that are right."""
    if not values:
        raise mistake("is an empty list", "write at least one entry")
    return values


_DURATION_SCHEMA = {"type": "string", "pattern": f"^{DURATION}$"}
_SPELL_SECRET = PlainSerializer(Secret.spelled, return_type=str | list[str])

AtLeastOne = AfterValidator(at_least_one)
Text = Annotated[str, PlainValidator(text), WithJsonSchema({"type": "string", "minLength": 1})]
Poll = Annotated[float, PlainValidator(poll_s), PlainSerializer(spell_duration), WithJsonSchema(_DURATION_SCHEMA)]
Keep = Annotated[
    float,
    PlainValidator(keep_s),
    PlainSerializer(spell_days),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+d$"}),
]
RateLimit = Annotated[
    tuple[int, float],
    PlainValidator(rate_limit),
    PlainSerializer(lambda limit: f"{limit[0]}/{spell_duration(limit[1])}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^[0-9]{{1,9}}/{DURATION}$"}),
]
Moment = Annotated[
    datetime, PlainValidator(moment), PlainSerializer(datetime.isoformat), WithJsonSchema({"type": "string"})
]
StartAt = Annotated[
    Start, PlainValidator(start), PlainSerializer(Start.spelled, return_type=str), WithJsonSchema({"type": "string"})
]
Url = Annotated[str, PlainValidator(url), WithJsonSchema({"type": "string", "pattern": r"^(https?://|\$\{)"})]
Company = Annotated[
    str, PlainValidator(company), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"})
]
Region = Annotated[str, PlainValidator(region), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Delay = Annotated[float, PlainValidator(delay_s), PlainSerializer(spell_duration), WithJsonSchema(_DURATION_SCHEMA)]
Name = Annotated[str, PlainValidator(name), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"})]
Clock = Annotated[str, PlainValidator(clock), WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})]
Zone = Annotated[str, PlainValidator(zone), WithJsonSchema({"type": "string"})]
TemplateText = Annotated[str, PlainValidator(template_text), WithJsonSchema({"type": "string", "minLength": 1})]
Phone = Annotated[str, PlainValidator(phone), WithJsonSchema({"type": "string"})]
Share = Annotated[float, PlainValidator(share), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
SecretValue = Annotated[
    Secret,
    PlainValidator(read_secret),
    _SPELL_SECRET,
    WithJsonSchema({"anyOf": [REFERENCE_SCHEMA, {"type": "array", "items": REFERENCE_SCHEMA, "maxItems": 2}]}),
]
