"""What becomes of a started conversation: facts in, a decision with its reason out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.actions import Item, State
from connector.domain.model import CV, Application, Candidate, Job, Link
from connector.domain.reasons import NOTES, REASONS
from connector.rules.applications import Decision, Forwarding, decide, link_of, outcome_told, triage, with_cv
from connector.rules.cvs import Judged

THERE = Application("812", "5101", "450", None, "ana@example.com", "+447700900999", "https://x.example.com", False, "1")


# --- before anybody is asked about the person


def test_a_linked_start_with_an_open_job_goes_on(item: Item, link: Link, job: Job, forwarding: Forwarding) -> None:
    assert triage(item, link, job, forwarding) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"automatic": False}, "waiting_for_manual_send"),
        ({}, None),
        ({"automatic": False, "asked": "send"}, None),
        ({"automatic": False, "asked": "source"}, None),
    ],
)
def test_the_sources_switch_counts_unless_somebody_asked(
    item: Item, link: Link, job: Job, forwarding: Forwarding, changes: dict[str, Any], reason: str | None
) -> None:
    decision = triage(replace(item, **changes), link, job, forwarding)
    assert (decision.reason if decision else None) == reason


def test_the_mappings_switch_and_the_positions_count_too(
    item: Item, link: Link, job: Job, forwarding: Forwarding
) -> None:
    off = [
        triage(item, link, job, replace(forwarding, automatic=False)),
        triage(item, replace(link, automatic=False), job, forwarding),
    ]
    assert [decision and decision.reason for decision in off] == ["waiting_for_manual_send"] * 2


def test_an_early_start_waits_for_a_hand_before_anything_else(item: Item, forwarding: Forwarding) -> None:
    late = replace(forwarding, since=item.started_at + timedelta(seconds=1))
    early = triage(item, None, None, late)
    asked = triage(replace(item, asked="send"), None, None, late)
    assert [decision and decision.reason for decision in (early, asked)] == ["before_start", "position_not_linked"]


def test_a_start_at_the_very_moment_counts(item: Item, link: Link, job: Job, forwarding: Forwarding) -> None:
    assert triage(item, link, job, replace(forwarding, since=item.started_at)) is None


def test_a_job_that_is_gone_or_not_open_parks_with_its_status(
    item: Item, link: Link, job: Job, forwarding: Forwarding
) -> None:
    gone = triage(item, link, None, forwarding)
    closed = triage(item, link, replace(job, status="on hold"), forwarding)
    assert gone == Decision(State.PARKED, "job_gone", job_id="5101")
    assert closed == Decision(State.PARKED, "job_not_open", note="status on hold", job_id="5101")


def test_a_job_named_by_hand_counts_more_than_the_link(item: Item, link: Link) -> None:
    found = link_of(replace(item, job_override="5999"), {"po_1": link})
    assert found is not None
    assert found.job_id == "5999"


# --- with the person's details


def test_a_new_person_is_sent_with_everything(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    decision = decide(item, candidate, job, [], forwarding)
    new = decision.new
    assert (decision.state, decision.reason, decision.notes) == (State.PLANNED, "send", ("phone_unverified",))
    assert new is not None
    assert (new.reference, new.first_name, new.last_name) == ("cord:cs_1", "Ana", "Petrov")
    assert (new.phone, new.phone_region, new.candidate_id) == ("+447700900123", "GB", None)


def test_the_address_is_sent_as_it_was_written(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    decision = decide(item, replace(candidate, email=" Ana@Example.com "), job, [], forwarding)
    assert decision.new is not None
    assert decision.new.email == "Ana@Example.com"


@pytest.mark.parametrize(
    ("form", "lacks", "reason"),
    [
        ({"requires_phone": True}, {"phone": None}, "phone_required"),
        ({"requires_phone": True}, {"phone": "12"}, "phone_required"),
        ({"requires_summary": True}, {"headline": " "}, "summary_required"),
        ({"requires_cv": True}, {"cv": None}, "cv_required"),
    ],
)
def test_what_the_form_requires_and_the_person_lacks_parks(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding, form: Any, lacks: Any, reason: str
) -> None:
    decision = decide(item, replace(candidate, **lacks), replace(job, **form), [], forwarding)
    assert (decision.state, decision.reason) == (State.PARKED, reason)


def test_who_is_there_already_is_a_duplicate_even_where_the_form_would_park(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    decision = decide(item, replace(candidate, cv=None), replace(job, requires_cv=True), [THERE], forwarding)
    assert (decision.state, decision.reason, decision.existing) == (State.DONE, "already_there", THERE)


def test_an_application_under_our_reference_is_an_earlier_attempt(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    ours = replace(THERE, reference="cord:cs_1")
    decision = decide(item, candidate, job, [THERE, ours], forwarding)
    assert (decision.state, decision.reason, decision.existing) == (State.ATTEMPTING, "created_unchecked", ours)


def test_an_application_under_a_neighbours_reference_is_the_same_persons(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    sibling = replace(THERE, id="813", reference="cord:cs_0")
    decision = decide(item, candidate, job, [THERE, sibling], forwarding)
    assert (decision.reason, decision.existing) == ("same_application", sibling)


def test_an_application_on_another_job_ties_the_new_one(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    decision = decide(item, candidate, job, [replace(THERE, job_id="5000")], forwarding)
    assert decision.new is not None
    assert decision.new.candidate_id == "450"
    assert "tied" in decision.notes


def test_two_records_are_left_untied_and_want_merging(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding
) -> None:
    others = [replace(THERE, job_id="5000"), replace(THERE, id="813", job_id="5001", candidate_id="451")]
    decision = decide(item, candidate, job, others, forwarding)
    assert decision.new is not None
    assert decision.new.candidate_id is None
    assert "needs_merging" in decision.notes


@pytest.mark.parametrize(
    ("lacks", "expected"),
    [
        ({}, None),
        ({"phone": None}, ("+447700900123", "GB", None)),
        ({"linkedin_url": None}, (None, None, "https://linkedin.example.com/in/ana")),
        ({"phone": None, "linkedin_url": None, "concealed": True}, None),
    ],
)
def test_only_what_is_missing_is_added_and_never_to_a_concealed_row(
    item: Item, candidate: Candidate, job: Job, forwarding: Forwarding, lacks: Any, expected: Any
) -> None:
    assert decide(item, candidate, job, [replace(THERE, **lacks)], forwarding).details == expected


# --- with the file


def test_an_unfit_cv_parks_only_where_one_is_required(job: Job) -> None:
    planned = Decision(State.PLANNED, "send", job_id="5101", notes=("tied",))
    unfit = Judged(None, "cv_unfit")
    required = with_cv(planned, unfit, replace(job, requires_cv=True))
    assert (required.state, required.reason, required.note) == (State.PARKED, "cv_required", "cv_unfit")
    assert with_cv(planned, unfit, job).notes == ("tied", "cv_unfit")


def test_a_fit_cv_adds_no_note(job: Job) -> None:
    planned = Decision(State.PLANNED, "send", job_id="5101")
    assert with_cv(planned, Judged(CV("Ana.pdf", "application/pdf", b"%PDF-")), job) == planned


# --- what the source is told


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (State.DONE, "sent", ("sent", None)),
        (State.DONE, "already_there", ("duplicate", None)),
        (State.DONE, "same_application", ("duplicate", None)),
        (State.PARKED, "position_not_linked", ("skipped", "unlinked")),
        (State.PARKED, "job_not_open", ("skipped", "ats_job_closed")),
        (State.PARKED, "job_gone", ("skipped", "ats_job_closed")),
        (State.PARKED, "no_email", ("skipped", "missing_email")),
        (State.PARKED, "phone_required", ("skipped", "ats_validation")),
        (State.QUARANTINED, "refused_by_ats", ("failed", "ats_validation")),
        (State.PARKED, "waiting_for_manual_send", None),
        (State.PARKED, "before_start", None),
        (State.WAITING, "key_refused", None),
        (State.WAITING, "wire_error", None),
        (State.UNKNOWN, "outcome_unknown", None),
        (State.CLOSED, "candidate_erased", None),
        (State.CLOSED, "dropped", None),
    ],
)
def test_the_source_is_told_the_words_of_the_table(
    state: State, reason: str, told: tuple[str, str | None] | None
) -> None:
    outcome = outcome_told(state, reason, "5101", "812")
    assert (outcome and (outcome.outcome, outcome.code)) == told


def test_every_reason_has_words_and_advice_in_plain_sentences() -> None:
    assert all(reason.words and reason.advice and reason.words[-1] != "." for reason in REASONS.values())
    assert all(NOTES.values())
