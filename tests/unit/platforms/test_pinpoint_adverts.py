"""A job's advert out of Pinpoint's JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.model import Advert
from connector.platforms.pinpoint.adverts import advert_to_domain, names_of

PLACES = [
    {"id": "31", "type": "locations", "attributes": {"name": "Leeds", "city": "Leeds"}},
    {"id": "32", "type": "locations", "attributes": {"name": None, "city": "York", "country_code": "GB"}},
    {"id": "9", "type": "departments", "attributes": {"name": "Engineering"}},
    {"id": "31", "type": "stages", "attributes": {"name": "Applied"}},
]


def row(location: str | None = "31", **attributes: Any) -> dict[str, Any]:
    place = {"data": {"id": location, "type": "locations"} if location else None}
    return {
        "id": "5101",
        "type": "jobs",
        "attributes": {"title": "Engineer", "updated_at": "2026-11-18T18:40:10+02:00", **attributes},
        "relationships": {"location": place, "department": {"data": {"id": "9", "type": "departments"}}},
    }


def read(location: str | None = "31", **attributes: Any) -> Advert:
    advert = advert_to_domain(row(location, **attributes), names_of(PLACES))
    assert advert is not None
    return advert


def text(**attributes: Any) -> str | None:
    return read(**attributes).listing.description_html


def test_times_are_utc() -> None:
    assert datetime(2026, 11, 18, 16, 40, 10, tzinfo=UTC) == read().listing.updated_at


def test_places_are_called_by_their_names() -> None:
    assert ("Leeds", "Engineering") == (read().listing.location, read().listing.department)
    assert ("York, GB", None) == (read("32").listing.location, read(None).listing.location)


def test_sections_come_in_order_each_under_its_heading() -> None:
    assert text(
        benefits="<p>Leave</p>",
        benefits_header="Why & what",
        description="<p>About</p>",
        key_responsibilities="<ul><li>Own</li></ul>",
        key_responsibilities_header="Tasks",
        skills_knowledge_expertise="<p>Python</p>",
        skills_knowledge_expertise_header=None,
        about_company_theme_section="<p>We</p>",
        about_company_theme_section_header="Us",
    ) == "\n".join(
        [
            "<p>About</p>",
            "<h3>Tasks</h3>\n<ul><li>Own</li></ul>",
            "<p>Python</p>",
            "<h3>Why &amp; what</h3>\n<p>Leave</p>",
            "<h3>Us</h3>\n<p>We</p>",
        ]
    )


def test_a_heading_over_nothing_is_left_out() -> None:
    assert text(benefits_header="What we offer", benefits=" ") is None


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<p onclick='x()'>a</p><script>alert(1)</script>", "<p>a</p>"),
        ("<a href='javascript:x()'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            "<a href='https://x.example/' target=_blank>a</a>",
            '<a href="https://x.example/" rel="noopener noreferrer nofollow">a</a>',
        ),
        ("<style>p{}</style><p style='color:red'>a<img src=x onerror=y><!-- z --></p>", "<p>a</p>"),
        ("<p>open", "<p>open</p>"),
        ("<form><input name=a>b</form><iframe src='https://x.example'></iframe>", "b"),
    ],
)
def test_what_could_do_harm_is_taken_out(dirty: str, clean: str) -> None:
    assert clean == text(description=dirty)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"compensation_visible": True}, "60,000–75,000 GBP per year"),
        ({"compensation_visible": True, "is_compensation_visible": True}, "60,000–75,000 GBP per year"),
        ({"compensation_visible": True, "compensation": "Up to <75k>"}, "Up to &lt;75k&gt;"),
        ({"compensation_visible": False}, None),
        ({"compensation_visible": False, "is_compensation_visible": True}, None),
        ({"compensation_visible": True, "is_compensation_visible": False}, None),
        ({}, None),
        ({"compensation_visible": None}, None),
    ],
)
def test_pay_is_published_only_where_it_is_shown(shown: dict[str, Any], expected: str | None) -> None:
    pay = {"compensation_minimum": 60000.0, "compensation_maximum": "75000", "compensation_currency": "GBP"}
    found = text(compensation_frequency="year", **pay, **shown)
    assert (f"<h3>Compensation</h3>\n<p>{expected}</p>" if expected else None) == found


@pytest.mark.parametrize(
    ("deadline", "closes"),
    [
        ({"deadline_at": "2026-12-01T18:00:00+01:00"}, datetime(2026, 12, 1, 17, tzinfo=UTC)),
        ({"deadline_on": "2026-12-01"}, datetime(2026, 12, 2, tzinfo=UTC)),
        ({"deadline_on": "2026-12-01", "deadline_at": "2026-12-01T12:00:00Z"}, datetime(2026, 12, 1, 12, tzinfo=UTC)),
        ({}, None),
    ],
)
def test_deadlines_are_utc_and_a_day_lasts_to_its_end(deadline: dict[str, str], closes: datetime | None) -> None:
    assert closes == read(**deadline).closes_at


@pytest.mark.parametrize(
    "broken", [{"updated_at": None}, {"updated_at": "yesterday"}, {"updated_at": "2026-11-18T16:40:10"}, {"title": 7}]
)
def test_an_advert_that_cannot_be_read_is_none(broken: dict[str, Any]) -> None:
    assert advert_to_domain(row(**broken), {}) is None


@pytest.mark.parametrize("url", ["javascript:x()", "postings/1", "", "http://[", "https://a b.example/"])
def test_only_web_addresses_are_passed_on(url: str) -> None:
    assert read(url=url).listing.url is None


def test_a_job_without_a_title_gets_one() -> None:
    assert "Job 5101" == read(title=" ").listing.title
