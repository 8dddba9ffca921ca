"""How alike titles are: what people mean by the same post comes first, and nothing is proposed by chance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.titles import LIKELY, likeness, proposals, ranked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Senior Backend Engineer", "Backend Engineer, Senior"),
        ("Sr. Back-end Eng", "Senior Backend Engineer (m/f/d)"),
        ("SRE", "Site Reliability Engineer"),
        ("Développeur Full Stack", "developpeur fullstack"),
        ("C++ Developer", "c++ dev"),
    ],
)
def test_the_same_post_in_other_words_is_the_same(one: str, other: str) -> None:
    assert likeness(one, other) == 1.0


@pytest.mark.parametrize(
    ("position", "best"),
    [
        ("Backend Engineer", "Senior Backend Engineer"),
        ("Data Scientist", "Data Scientist - Pricing"),
        ("Junior Java Developer", "Java Developer (Junior), Leeds"),
        ("Head of People", "People Lead"),
    ],
)
def test_the_likeliest_comes_first(position: str, best: str) -> None:
    jobs = {"1": "Office Manager", "2": best, "3": "Sales Development Representative", "4": "Chef"}
    assert ranked(position, jobs)[0][0] == "2"


def test_seniority_tells_two_posts_apart() -> None:
    assert likeness("Senior Designer", "Junior Designer") < LIKELY < likeness("Senior Designer", "Senior UX Designer")


def test_unlike_titles_are_not_proposed() -> None:
    assert proposals({"po_1": "Designer"}, {"1": "Chef", "2": "Data Engineer"}) == []


def test_two_equally_likely_jobs_are_left_to_a_human() -> None:
    assert proposals({"po_1": "Designer"}, {"1": "Designer", "2": "Designer"}) == []


def test_proposals_come_best_first() -> None:
    found = proposals({"po_1": "Data Engineer", "po_2": "Chef"}, {"1": "Lead Data Engineer", "2": "Chef"})
    assert [(p.position_id, p.job_id) for p in found] == [("po_2", "2"), ("po_1", "1")]


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share_and_goes_both_ways(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert abs(likeness(one, other) - likeness(other, one)) < 1e-9
