"""What each kind of value reads as."""

from datetime import UTC, datetime

import pytest
from pydantic_core import PydanticCustomError

from connector.config import values
from connector.config.values import Start


@pytest.mark.parametrize(("written", "seconds"), [("30s", 30.0), ("5m", 300.0), ("1h", 3600.0), ("1.5s", 1.5)])
def test_duration_reads_as_seconds(written: str, seconds: float) -> None:
    assert values.poll_s(written) == seconds


@pytest.mark.parametrize("seconds", [1.0, 30.0, 60.0, 90.0, 3600.0, 5400.0, 0.5])
def test_duration_is_spelled_so_that_it_reads_the_same(seconds: float) -> None:
    assert values.duration_s(values.spell_duration(seconds)) == seconds


@pytest.mark.parametrize(
    "written", ["", "s", "30", "-1s", "1d", "0s", "1e3s", "30 s", "٣s", "9999999h", 30, True, None]
)
def test_other_duration_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.duration_s(written)


@pytest.mark.parametrize(
    ("written", "limit"), [("120/60s", (120, 60.0)), ("5/1s", (5, 1.0)), ("99999/0.5s", (99999, 0.5))]
)
def test_rate_limit_reads_as_calls_and_seconds(written: str, limit: tuple[int, float]) -> None:
    assert values.rate_limit(written) == limit


@pytest.mark.parametrize("written", ["0/1s", "5", "5/", "/1s", "5/s", "1.5/1s", "5/0s", 5, None])
def test_other_rate_limit_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.rate_limit(written)


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("now", Start("now")),
        ("beginning", Start("beginning")),
        ("2026-11-01", Start("at", datetime(2026, 11, 1, tzinfo=UTC))),
        ("2026-11-01T09:30:00", Start("at", datetime(2026, 11, 1, 9, 30, tzinfo=UTC))),
        ("2026-11-01 09:30", Start("at", datetime(2026, 11, 1, 9, 30, tzinfo=UTC))),
        ("2026-11-01T09:30:00Z", Start("at", datetime(2026, 11, 1, 9, 30, tzinfo=UTC))),
        ("2026-11-01T01:30:00+02:00", Start("at", datetime(2026, 10, 31, 23, 30, tzinfo=UTC))),
    ],
)
def test_start_reads_as_a_moment_in_utc(written: str, start: Start) -> None:
    assert values.start(written) == start


@pytest.mark.parametrize(
    "written", ["Now", "", "20261101", "2026-W01-1", "0001-01-01T00:00:00+14:00", 2026, None, True]
)
def test_other_start_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.start(written)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://cord.example/", "https://cord.example"),
        ("https://cord.example/api//", "https://cord.example/api"),
        ("https://cord.example:8443", "https://cord.example:8443"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.9.9.9", "http://127.9.9.9"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:1", "http://localhost:1"),
    ],
)
def test_url_is_kept_without_its_last_slash(written: str, url: str) -> None:
    assert values.url(written) == url


@pytest.mark.parametrize(
    "written",
    [
        "http://cord.example",
        "http://127.0.0.1.cord.example",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://localhost.cord.example",
        "https://user@cord.example",
        "https://user:word@cord.example",
        "https://@cord.example",
        "http://127.0.0.1\\@cord.example",
        "https://cord.example?x=1",
        "https://cord.example#x",
        "https://cord.example:99999",
        "https://cord.example:0",
        "https://[::1",
        "https://",
        "https:cord.example",
        "ftp://cord.example",
        "file:///etc/hosts",
        "cord.example",
        "https://a b",
        "",
        None,
        5,
    ],
)
def test_other_url_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.url(written)


@pytest.mark.parametrize("written", ["harbourline", "a", "0", "a-b_c9"])
def test_company_name_is_kept(written: str) -> None:
    assert values.company(written) == written


@pytest.mark.parametrize("written", ["Harbour", "-a", "_a", "a b", "a\n", "é", "a/b", "..", ""])
def test_other_company_name_is_refused(written: str) -> None:
    with pytest.raises(PydanticCustomError):
        values.company(written)


def test_phone_number_is_kept_as_e164() -> None:
    assert values.phone("+44 20 7946 0123") == "+442079460123"


@pytest.mark.parametrize("written", ["020 7946 0123", "+44", "+999 1234567", "EXOTEL", "+", 442079460123])
def test_other_phone_number_is_refused(written: object) -> None:
    with pytest.raises(PydanticCustomError):
        values.phone(written)
