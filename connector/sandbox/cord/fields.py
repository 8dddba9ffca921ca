"""Checks of JSON bodies, field by field, gathering every offence."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.cord.refusals import Offence, invalid

ATS_JOB_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")


class Fields:
    """The members of one JSON object. Each check returns the value, or None when it is absent, null or wrong."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise invalid("The body must be a JSON object")
        self._document: dict[str, Any] = document
        self.offences: list[Offence] = []

    def offend(self, name: str, code: str) -> None:
        """Notes an offence."""
        self.offences.append((name, code))

    def refuse_offences(self) -> None:
        """Raises the 422 with all offences, if there are any."""
        if self.offences:
            names = ", ".join(name for name, _ in self.offences)
            raise invalid(f"A value is not allowed: {names}", *self.offences)

    def given(self, name: str, required: bool, nullable: bool) -> Any:
        """The raw value; notes `required` when it must be there and is not."""
        if name not in self._document:
            if required:
                self.offend(name, "required")
            return None
        value = self._document[name]
        if value is None and not nullable:
            self.offend(name, "invalid")
        return value

    def text(
        self,
        name: str,
        *,
        required: bool = False,
        nullable: bool = False,
        least: int = 0,
        most: int | None = None,
        pattern: re.Pattern[str] | None = None,
        allowed: tuple[str, ...] | None = None,
    ) -> str | None:
        """A string, its length counted in code points."""
        value = self.given(name, required, nullable)
        if value is None:
            return None
        code = _text_offence(value, least, most, pattern, allowed)
        if code is not None:
            self.offend(name, code)
            return None
        return str(value)

    def time(self, name: str) -> datetime | None:
        """A required RFC 3339 time in UTC with `Z`."""
        value = self.given(name, required=True, nullable=False)
        if value is None:
            return None
        moment = parsed_time(value)
        if moment is None:
            self.offend(name, "invalid")
        return moment

    def url(self, name: str, *, most: int | None = None) -> str | None:
        """An optional, nullable absolute URI."""
        value = self.text(name, nullable=True, most=most)
        if value is not None and not is_uri(value):
            self.offend(name, "invalid")
            return None
        return value


def _text_offence(
    value: Any, least: int, most: int | None, pattern: re.Pattern[str] | None, allowed: tuple[str, ...] | None
) -> str | None:
    if not isinstance(value, str):
        return "invalid"
    if len(value) < least:
        return "blank" if not value else "invalid"
    if most is not None and len(value) > most:
        return "too_long"
    if allowed is not None and value not in allowed:
        return "unsupported"
    return "invalid" if pattern is not None and not pattern.match(value) else None


def parsed_time(value: Any) -> datetime | None:
    """`value` as an aware time, or None when it is not RFC 3339 in UTC with `Z`."""
    if not isinstance(value, str) or not _TIME.match(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def is_uri(value: str) -> bool:
    """Whether `value` is an absolute URI with a scheme and something behind it."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(r"\s", value)
