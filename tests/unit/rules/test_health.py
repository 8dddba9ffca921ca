"""What the next candidate of a linked job would run into."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.model import Job, Link
from connector.rules.health import link_warnings, warning_advice, warning_words

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SOUND = Job("5101", "Engineer", "open", "external", False, False, False, False)
LINKS = {"po_1": Link("po_1", "5101", "file")}


def codes(*jobs: Job) -> list[str]:
    return [warning.code for warning in link_warnings(LINKS, {job.id: job for job in jobs}, NOON)]


def test_a_sound_job_has_no_warning() -> None:
    assert [] == codes(SOUND)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "closed"}, "job_not_open"),
        ({"status": "archived"}, "job_not_open"),
        ({"requires_phone": True}, "phone_required"),
        ({"requires_cv": True}, "cv_required"),
        ({"requires_summary": True}, "summary_required"),
        ({"asks_address": True}, "address_asked"),
        ({"conceals": True}, "anonymised"),
    ],
)
def test_whatever_a_candidate_would_run_into_is_named(changes: dict[str, Any], code: str) -> None:
    assert [code] == codes(replace(SOUND, **changes))


def test_a_job_that_is_gone_is_named_once() -> None:
    assert ["job_gone"] == codes()


def test_jobs_without_a_link_concern_nobody() -> None:
    assert [] == codes(SOUND, replace(SOUND, id="5102", status="closed"))


def test_every_warning_says_what_and_what_to_do() -> None:
    worst = replace(SOUND, status="closed", requires_phone=True, requires_cv=True, requires_summary=True)
    worst = replace(worst, asks_address=True, conceals=True)
    found = [*link_warnings(LINKS, {"5101": worst}, NOON), *link_warnings(LINKS, {}, NOON)]
    assert 7 == len({warning.code for warning in found})
    assert all("5101" in warning_words(one) and "po_1" in warning_words(one) and warning_advice(one) for one in found)
