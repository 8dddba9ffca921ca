"""Which job a position leads to, and when what waited for that may go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.domain.actions import State
from connector.domain.keeping import Group
from connector.domain.model import Job, Link, Position
from connector.rules.links import all_links, is_released, what_eased

WAITS = Group(State.PARKED, "position_not_linked", "po_1", None, None, 3)


def test_the_links_of_the_file_win() -> None:
    positions = [Position("po_1", "Engineer", "open", "5101"), Position("po_2", "Designer", "open", "5102")]
    links = all_links([Link("po_1", "5999", "file")], positions)
    assert {position: (link.job_id, link.origin) for position, link in links.items()} == {
        "po_1": ("5999", "file"),
        "po_2": ("5102", "source"),
    }


def test_a_position_without_a_link_has_none() -> None:
    assert all_links([], [Position("po_1", "Engineer", "open", None)]) == {}


def test_a_link_releases_what_waited_for_one(link: Link, job: Job) -> None:
    assert not is_released(WAITS, {}, {}, {})
    assert is_released(WAITS, {"po_1": link}, {job.id: job}, {})


def test_a_link_of_another_position_releases_nobody(link: Link, job: Job) -> None:
    assert not is_released(WAITS, {"po_2": replace(link, position_id="po_2")}, {job.id: job}, {})


@pytest.mark.parametrize("reason", ["job_not_open", "job_gone"])
@pytest.mark.parametrize(("status", "expected"), [("open", True), ("closed", False)])
def test_an_open_job_releases_what_waited_for_it(
    link: Link, job: Job, reason: str, status: str, expected: bool
) -> None:
    group = replace(WAITS, reason=reason, job_id=job.id)
    assert is_released(group, {"po_1": link}, {job.id: replace(job, status=status)}, {}) is expected


def test_a_job_that_is_gone_releases_nobody(link: Link) -> None:
    assert not is_released(replace(WAITS, reason="job_gone", job_id="5101"), {"po_1": link}, {}, {})


@pytest.mark.parametrize("reason", ["phone_required", "cv_required", "summary_required"])
def test_a_relaxed_form_or_another_job_releases_what_a_form_held(link: Link, job: Job, reason: str) -> None:
    group, links, jobs = replace(WAITS, reason=reason, job_id="5101"), {"po_1": link}, {job.id: job}
    assert not is_released(group, links, jobs, {})
    assert is_released(group, links, jobs, {"5101": frozenset({reason})})
    assert is_released(replace(group, job_id="5000"), links, jobs, {})


@pytest.mark.parametrize("reason", ["waiting_for_manual_send", "before_start", "first_batch_too_large", "no_email"])
def test_what_waits_for_a_hand_is_released_by_no_link(link: Link, job: Job, reason: str) -> None:
    assert not is_released(replace(WAITS, reason=reason), {"po_1": link}, {job.id: job}, {})


def test_the_job_named_by_hand_counts_more_than_the_link(link: Link, job: Job) -> None:
    group = replace(WAITS, reason="job_not_open", job_id="5777", job_override="5777")
    assert not is_released(group, {"po_1": link}, {job.id: job}, {})
    assert is_released(group, {"po_1": link}, {"5777": replace(job, id="5777")}, {})


def test_only_what_a_form_asked_for_and_asks_for_no_more_is_eased(job: Job) -> None:
    before = {"5101": replace(job, requires_phone=True, requires_cv=True)}
    after = {"5101": replace(job, requires_cv=True, requires_summary=True), "5102": replace(job, id="5102")}
    assert what_eased(before, after) == {"5101": frozenset({"phone_required"})}
