"""When a text may leave: inside a window of the day, by the clock of the person who gets it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.rules.quiet import Window, next_allowed, window_of, zones_of

DAYTIME = Window(time(8), time(21))
NIGHT = Window(time(22), time(6))
UK, NEW_YORK, AUSTRALIA = "+447911123456", "+12125550100", "+61412345678"


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


# --- one zone


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-11-02T12:00", "2026-11-02T12:00"),
        ("2026-11-02T08:00", "2026-11-02T08:00"),
        ("2026-11-02T07:59:59", "2026-11-02T08:00"),
        ("2026-11-02T20:59:59", "2026-11-02T20:59:59"),
        ("2026-11-02T21:00", "2026-11-03T08:00"),
        ("2026-11-02T00:00", "2026-11-02T08:00"),
        ("2026-12-31T23:30", "2027-01-01T08:00"),
    ],
)
def test_inside_it_leaves_now_and_outside_at_the_opening(now: str, allowed: str) -> None:
    assert next_allowed(at(now), DAYTIME, "Europe/London", UK) == at(allowed)


def test_a_set_zone_goes_before_the_number() -> None:
    assert next_allowed(at("2026-11-02T12:00"), DAYTIME, "America/Los_Angeles", UK) == at("2026-11-02T16:00")


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        ("2026-11-02T23:00", "2026-11-02T23:00"),
        ("2026-11-02T05:59", "2026-11-02T05:59"),
        ("2026-11-02T06:00", "2026-11-02T22:00"),
        ("2026-11-02T12:00", "2026-11-02T22:00"),
    ],
)
def test_a_window_over_midnight(now: str, allowed: str) -> None:
    assert next_allowed(at(now), NIGHT, "Europe/London", UK) == at(allowed)


def test_a_window_of_the_whole_day_is_always_open() -> None:
    always = Window(time(0), time(0))
    assert next_allowed(at("2026-11-02T03:00"), always, "Europe/London", UK) == at("2026-11-02T03:00")


def test_the_answer_is_utc_whatever_was_asked() -> None:
    now = datetime(2026, 11, 2, 5, tzinfo=ZoneInfo("America/New_York"))
    allowed = next_allowed(now, DAYTIME, "America/New_York", NEW_YORK)
    assert allowed == at("2026-11-02T13:00")
    assert allowed is not None
    assert allowed.tzinfo is UTC


# --- clocks that change


@pytest.mark.parametrize(
    ("now", "allowed"),
    [
        # New York: summer time ends on 1 November 2026, begins on 14 March 2027
        ("2026-10-31T06:00", "2026-10-31T12:00"),
        ("2026-11-01T03:00", "2026-11-01T13:00"),
        ("2027-03-13T06:00", "2027-03-13T13:00"),
        ("2027-03-14T06:00", "2027-03-14T12:00"),
    ],
)
def test_the_opening_follows_the_clock(now: str, allowed: str) -> None:
    assert next_allowed(at(now), DAYTIME, "America/New_York", NEW_YORK) == at(allowed)


def test_an_opening_in_an_hour_that_is_skipped_comes_as_much_later() -> None:
    early = Window(time(2, 30), time(12))
    assert next_allowed(at("2027-03-14T06:00"), early, "America/New_York", NEW_YORK) == at("2027-03-14T07:30")


def test_an_opening_in_an_hour_that_is_repeated_is_never_in_the_past() -> None:
    early = Window(time(1, 30), time(12))
    # 01:10 for the second time: the first 01:30 is over
    assert next_allowed(at("2026-11-01T06:10"), early, "America/New_York", NEW_YORK) == at("2026-11-01T06:30")
    assert next_allowed(at("2026-11-01T05:10"), early, "America/New_York", NEW_YORK) == at("2026-11-01T05:30")


# --- the zones of a number


def test_a_number_of_one_zone_has_that() -> None:
    assert list(zones_of(NEW_YORK)) == ["America/New_York"]


def test_a_number_of_several_zones_must_be_inside_in_all() -> None:
    # 08:00 in Cocos is 01:30 UTC, and Lord Howe closes at 21:00, 10:00 UTC
    assert len(zones_of(AUSTRALIA)) == 8
    assert next_allowed(at("2026-11-01T23:00"), DAYTIME, None, AUSTRALIA) == at("2026-11-02T01:30")
    assert next_allowed(at("2026-11-02T10:00"), DAYTIME, None, AUSTRALIA) == at("2026-11-03T01:30")


def test_a_number_in_no_known_range_is_taken_by_its_area_or_its_country() -> None:
    assert list(zones_of("+15141234567")) == ["America/Toronto"]
    assert "Europe/London" in zones_of("+447700900123")
    assert len(zones_of("+61999999999")) == 8


@pytest.mark.parametrize("number", ["+80012345678", "12345", ""])
def test_what_belongs_to_no_country_is_taken_by_utc(number: str) -> None:
    assert list(zones_of(number)) == ["UTC"]


def test_zones_that_share_no_hour_allow_nothing() -> None:
    assert next_allowed(at("2026-11-02T12:00"), Window(time(9), time(11)), None, AUSTRALIA) is None


@settings(max_examples=60)
@given(
    st.integers(0, 2 * 365 * 24 * 60),
    st.sampled_from(["Europe/London", "America/New_York", "Asia/Calcutta", "Australia/Lord_Howe", "Asia/Beirut", None]),
    st.integers(4, 12),
    st.integers(14, 24),
    st.sampled_from([UK, NEW_YORK, AUSTRALIA]),
)
def test_the_answer_is_the_first_moment_inside(
    minutes: int, zone: str | None, opens: int, closes: int, number: str
) -> None:
    now, window = at("2026-01-01T00:00") + timedelta(minutes=minutes), Window(time(opens), time(closes % 24))
    zones = [ZoneInfo(name) for name in ([zone] if zone else zones_of(number))]

    def inside(moment: datetime) -> bool:
        clocks = [moment.astimezone(place).hour for place in zones]
        return all(opens <= hour < closes for hour in clocks)

    quarters = (now + timedelta(minutes=15 * n - now.minute % 15) for n in range(4 * 24 * 4))
    first = next((moment for moment in (max(now, quarter) for quarter in quarters) if inside(moment)), None)
    assert next_allowed(now, window, zone, number) == first


# --- settings


def test_a_window_is_read_from_two_times() -> None:
    assert window_of(("08:00", "21:00")) == DAYTIME
    assert window_of(("00:00", "24:00")) == Window(time(0), time(0))


@pytest.mark.parametrize("written", [("8", "21"), ("08:00", "25:00"), ("", "21:00")])
def test_what_is_no_time_is_refused(written: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        window_of(written)
