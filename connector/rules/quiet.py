"""When a text may leave: inside a window of the day, by the clock of the person who gets it.

A number says little about where its owner is: a UK mobile has four zones by the book, an Australian one eight. So
without a zone that somebody has set, it must be inside the window in all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as number_zones

from connector.rules.phones import parse

#: zones drift apart and together over a year, but a window that they don't share for this long is not shared
_HORIZON = timedelta(days=8)
_UNKNOWN = "Etc/Unknown"


@dataclass(frozen=True)
class Window:
    """The part of a day in which texts may leave."""

    #: first moment, local
    opens: time
    #: first moment after it, local; earlier than `opens` for a window over midnight, the same for the whole day
    closes: time


def window_of(written: tuple[str, str]) -> Window:
    """Return the window between two local times such as `08:00` and `21:00`; `24:00` is midnight. Raises ValueError."""
    opens, closes = (time.fromisoformat("00:00" if clock == "24:00" else clock) for clock in written)
    return Window(opens, closes)


def next_allowed(now: datetime, window: Window, zone: str | None, number: str) -> datetime | None:
    """Return `now` if a text may leave, otherwise the next moment when it may; aware, UTC.

    `zone` is the person's if it is known (`Europe/London`); otherwise the zones that `number` (E.164) can be in all
    count. None: no moment lies inside the window in all those zones, and somebody must set one. An opening inside an
    hour that a clock skips comes as much later; inside one that it repeats, at the first pass.
    """
    moment = now.astimezone(UTC)
    zones = [ZoneInfo(name) for name in ([zone] if zone else zones_of(number))]
    while moment <= now + _HORIZON:
        latest = max(_open_from(moment, window, place) for place in zones)
        if latest == moment:
            return moment
        moment = latest
    return None


def zones_of(number: str) -> Collection[str]:
    """Return the names of all zones that a number (E.164) can be in; UTC for one that belongs to no country.

    A number that is possible but in no known range is taken by its area code in North America, where mobiles have one,
    and by its whole country elsewhere.
    """
    parsed = parse(number, None)
    if parsed is None:
        return ["UTC"]
    known = number_zones.time_zones_for_number(parsed)
    if set(known) == {_UNKNOWN}:
        country = phonenumbers.PhoneNumber(country_code=parsed.country_code, national_number=0)
        known = number_zones.time_zones_for_geographical_number(parsed if parsed.country_code == 1 else country)
    return [name for name in known if name != _UNKNOWN] or ["UTC"]


def _open_from(moment: datetime, window: Window, zone: ZoneInfo) -> datetime:
    """Return the first moment from `moment` on that is inside the window in one zone."""
    local = moment.astimezone(zone)
    if _inside(local.time(), window):
        return moment
    for days in (0, 1, 2):
        day = local.date() + timedelta(days=days)
        for fold in (0, 1):
            opening = datetime.combine(day, window.opens, zone).replace(fold=fold).astimezone(UTC)
            if opening > moment and _inside(opening.astimezone(zone).time(), window):
                return opening
    raise AssertionError("a day has an opening")


def _inside(clock: time, window: Window) -> bool:
    if window.opens < window.closes:
        return window.opens <= clock < window.closes
    return clock >= window.opens or clock < window.closes
