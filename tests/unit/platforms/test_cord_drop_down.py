"""cord's drop-down: listings to JSON and back, and what its fields can hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from contract_schema import faults

from connector.domain.model import Listing
from connector.platforms.cord import drop_down, wire

AT = datetime(2026, 11, 27, 12, 0, 0, 250_000, tzinfo=UTC)
LISTING = Listing(
    job_id="5101",
    title="Backend Engineer",
    status="open",
    description_html="<p>Naïve – “quoted”</p>",
    location="Leeds",
    department="Engineering",
    employment_type="permanent_full_time",
    url="https://harbourline.example.com/postings/5101",
    updated_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
)
BARE = Listing("5102", "Designer", "open", None, None, None, None, None, LISTING.updated_at)


def body(listing: Listing) -> Any:
    return json.loads(drop_down.listing_from_domain(listing, AT).body)


@pytest.mark.parametrize("listing", [LISTING, BARE])
def test_what_is_written_is_what_the_contract_says_and_reads_back_the_same(listing: Listing) -> None:
    written = body(listing)
    assert [] == faults("cord", "AtsJobWrite", written)
    assert listing == drop_down.listing_to_domain({"ats_job_id": listing.job_id, **written})


def test_the_write_replaces_the_entry_under_a_key_of_its_own() -> None:
    prepared = drop_down.listing_from_domain(LISTING, AT)
    assert ("PUT", "/v1/ats-jobs/5101") == (prepared.method, prepared.path)
    assert prepared.key.startswith("listing:5101:")
    assert prepared == drop_down.listing_from_domain(LISTING, AT)


def test_the_same_entry_decided_again_has_another_key() -> None:
    keys = {drop_down.listing_from_domain(LISTING, AT + timedelta(seconds=n)).key for n in range(2)}
    keys |= {drop_down.withdrawal_from_domain("5101", AT + timedelta(seconds=n)).key for n in range(2)}
    assert 4 == len(keys)


def test_a_withdrawal_has_no_body() -> None:
    prepared = drop_down.withdrawal_from_domain("5101", AT)
    assert ("DELETE", "/v1/ats-jobs/5101", b"") == (prepared.method, prepared.path, prepared.body)


def test_times_are_written_in_utc() -> None:
    elsewhere = replace(LISTING, updated_at=LISTING.updated_at.astimezone(timezone(timedelta(hours=5))))
    assert "2026-11-20T12:00:00Z" == body(elsewhere)["updated_at"]


def test_what_fits_stays_as_it_is() -> None:
    assert (LISTING, BARE) == (drop_down.fitted(LISTING), drop_down.fitted(BARE))


def test_what_is_too_long_is_cut_visibly_and_a_long_address_left_out() -> None:
    long = replace(LISTING, title="t" * 301, location="l" * 301, department="d" * 301, employment_type="e" * 101)
    found = drop_down.fitted(replace(long, url="https://x.example/" + "u" * 2000))
    cut = (found.title, found.location or "", found.department or "", found.employment_type or "")
    assert [300, 300, 300, 100] == [len(text) for text in cut]
    assert all(text.endswith("…") for text in cut)
    assert found.url is None


@pytest.mark.parametrize(
    "text",
    [
        "<p>" + "x" * 120_000 + "</p>",
        "<ul>" + "<li><b>item</b></li>" * 8000 + "</ul>",
        "<p>" + "&amp;" * 30_000 + "</p>",
        "<p>" + "<a href='https://x.example/" + "y" * 99_990 + "'>z</a></p>",
        "<b>" * 40_000,
    ],
)
def test_a_long_text_is_cut_between_tags_and_closed(text: str) -> None:
    found = drop_down.fitted(replace(LISTING, description_html=text)).description_html
    assert found is not None
    assert len(found) <= 100_000
    assert "…" in found
    assert found == drop_down.fitted(replace(LISTING, description_html=found)).description_html
    assert [] == faults("cord", "AtsJobWrite", body(replace(LISTING, description_html=found)))


def test_an_answer_about_another_entry_is_not_the_contracts() -> None:
    prepared = drop_down.listing_from_domain(LISTING, AT)
    with pytest.raises(wire.NotTheContract):
        drop_down.confirm(prepared, {"ats_job_id": "5102", **body(LISTING)})


def test_the_version_is_of_what_a_reader_sees() -> None:
    same = replace(LISTING, updated_at=AT)
    others = [replace(LISTING, **{name: "x"}) for name in ("title", "status", "description_html", "location", "url")]
    assert LISTING.version == same.version
    assert 6 == len({LISTING.version, *(other.version for other in others)})
