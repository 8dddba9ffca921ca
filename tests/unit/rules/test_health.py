"""What the next candidate of a linked job would run into, and what goes wrong with texts, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.model import Job, Link
from connector.domain.textwatch import Trouble
from connector.rules.health import link_warnings, text_faults, warning_advice, warning_words

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


TROUBLES = ("quarantined", "stopped", "callbacks", "balance", "held", "loop")


def trouble(what: str, number: int = 2) -> Trouble:
    return Trouble("harbourline", what, number, NOON, {"message_unknown": 1, "copy_refused": 2})


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("what", TROUBLES)
def test_every_trouble_has_words_advice_and_the_moment_it_began(what: str, number: int) -> None:
    (fault,) = text_faults([trouble(what, number)])
    assert (fault.company, fault.since) == ("harbourline", NOON)
    assert fault.what.startswith("text_")
    assert "{" not in fault.words + fault.advice
    assert fault.words
    assert fault.advice


def test_a_decision_names_its_reasons_the_most_frequent_first() -> None:
    (fault,) = text_faults([trouble("quarantined", 3)])
    assert fault.words == "3 text messages wait for a decision (copy_refused 2, message_unknown)"
    assert "--company harbourline" in fault.advice


def test_what_stops_everything_comes_first_and_the_rest_only_waits() -> None:
    found = text_faults([trouble(what) for what in TROUBLES])
    assert [fault.what for fault in found if fault.stops] == ["text_account", "text_balance"]
    assert [fault.stops for fault in found] == [True, True, False, False, False, False]
    assert len({fault.what for fault in found}) == len(TROUBLES)
