"""Twilio's DateSent filters."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_WHOLE_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def date_filter(query: dict[str, str], whole_days: bool, ignore_bad: bool) -> Callable[[datetime | None], bool]:
    """What `DateSent`, `DateSent<` and `DateSent>` let through, both ends included. Raises ValueError for a bad date.

    The inequality is part of the name: `DateSent>=2026-11-20` is name `DateSent>` and value `2026-11-20`. A day means
    its beginning in UTC for an inequality, and all of it for an equality. A message that was never sent passes only
    when nothing is asked for.
    """
    asked = {sign: query[f"DateSent{sign}"] for sign in ("", "<", ">") if f"DateSent{sign}" in query}
    bounds: list[tuple[str, datetime, bool]] = []
    for sign, text in asked.items():
        try:
            bounds.append((sign, *_parsed(text)))
        except ValueError:
            if not ignore_bad:
                raise
    if whole_days:
        bounds = [(sign, moment.replace(hour=0, minute=0, second=0, microsecond=0), True) for sign, moment, _ in bounds]
    return lambda moment: all(moment is not None and _holds(moment, *bound) for bound in bounds)


def _holds(moment: datetime, sign: str, bound: datetime, whole_day: bool) -> bool:
    if sign == ">":
        return moment >= bound
    # Records show whole seconds, and so do filters: a second ends only where the next one begins.
    end = bound + (_WHOLE_DAY if whole_day and not sign else _SECOND)
    return moment < end and (sign == "<" or moment >= bound)


def _parsed(text: str) -> tuple[datetime, bool]:
    """The moment, and whether only a day was given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = parsedate_to_datetime(text)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return zoned.astimezone(UTC).replace(microsecond=0), bool(_DAY.match(text))
