"""How Exotel writes times and numbers."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

#: Indian time: Exotel's naive times are meant in it.
INDIA = timezone(timedelta(hours=5, minutes=30))

#: `+918047112345`, or as inside India: our numbers with a leading 0, people's without.
NumberForm = Literal["e164", "national"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}\Z")
_INDIAN = re.compile(r"(?:0091|91|0)?([1-9][0-9]{9})\Z")


def naive(moment: datetime | None) -> str:
    """`YYYY-MM-DD HH:MM:SS` in Indian time without saying so; None is the epoch: `1970-01-01 05:30:00`."""
    return (moment or _EPOCH).astimezone(INDIA).strftime("%Y-%m-%d %H:%M:%S")


def offset_form(moment: datetime) -> str:
    """ISO 8601 with `+05:30`, whole seconds."""
    return moment.astimezone(INDIA).isoformat(timespec="seconds")


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC with `Z`, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def e164(text: str) -> str | None:
    """A number in any form that Exotel takes, as E.164; None when it is none. India is assumed without a plus."""
    plain = re.sub(r"[\s()-]", "", text)
    if _E164.match(plain):
        return plain
    indian = _INDIAN.match(plain)
    return f"+91{indian[1]}" if indian else None


def is_indian(number: str) -> bool:
    """Whether an E.164 number is Indian."""
    return number.startswith("+91")


def written(number: str, form: NumberForm, *, ours: bool) -> str:
    """An E.164 number as Exotel spells it; only Indian numbers have the national form."""
    if form == "e164" or not is_indian(number):
        return number
    return ("0" if ours else "") + number.removeprefix("+91")
