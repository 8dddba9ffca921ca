"""What every ATS must do. A platform's test subclasses `AtsContract` and gives it a `Stage`.

The stage speaks of jobs, people and applications; how the platform does it is the stage's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import pytest

from connector.domain.errors import (
    ApiOff,
    KeyRefused,
    NeverArrived,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Rejected,
    TransientError,
    WireError,
)
from connector.domain.model import CV, NewApplication
from connector.domain.ports import Ats

PDF = CV("Ana_Petrov_CV.pdf", "application/pdf", b"%PDF-1.4\n" + bytes(200_000) + b"\n%%EOF\n")
VISIBILITIES = ("internal", "external", "confidential", "private_job")


class Stage(Protocol):
    """The outside world of an ATS, as the suite plays it."""

    def job(self, **details: Any) -> str: ...
    def change_job(self, job: str, **details: Any) -> None: ...
    def delete_job(self, job: str) -> None: ...
    def application(self, job: str, email: str, **details: Any) -> str: ...
    def move(self, application: str, kind: str) -> None: ...
    def stored(self) -> list[Any]: ...
    def behave(self, **switches: Any) -> None: ...
    def refuse_key(self) -> None: ...
    def switch_off(self) -> None: ...
    def forbid(self, permission: str) -> None: ...
    def take_down(self) -> None: ...
    def fault(self, kind: str, **how: Any) -> None: ...
    def calls(self) -> int: ...


def new(job: str, **changes: Any) -> NewApplication:
    usual = NewApplication(
        job_id=job,
        reference="cord:cs_1",
        first_name="Ana",
        last_name="Petrov",
        email="Ana.Petrov@example.com",
        phone="+447700900111",
        phone_region="GB",
        linkedin_url="https://linkedin.example.com/in/ana",
        summary="Backend engineer",
        source_label="cord",
        tag="Sourced: cord",
        notify=False,
    )
    return replace(usual, **changes)


class AtsContract:
    """Behaviours of the Ats port over real sockets. Fixtures: `ats`, `stage`."""

    # --- jobs

    def test_jobs_of_every_status_and_visibility_are_listed(self, ats: Ats, stage: Stage) -> None:
        made = [stage.job(status=status) for status in ("open", "closed", "draft", "hold", "filled")]
        made += [stage.job(visibility=visibility) for visibility in VISIBILITIES]
        assert sorted(ats.jobs()) == sorted(made)

    def test_a_long_list_of_jobs_is_read_to_the_end(self, ats: Ats, stage: Stage) -> None:
        made = [stage.job() for _ in range(1005)]
        assert sorted(ats.jobs()) == sorted(made)

    def test_a_job_shows_what_its_form_asks_for(self, ats: Ats, stage: Stage) -> None:
        strict = stage.job(
            require_phone=True,
            resume_requirement="required",
            personal_summary_requirement="required",
            blind_screening=True,
            visibility="confidential",
        )
        loose = stage.job()
        jobs = ats.jobs([strict, loose])
        assert [(j.requires_phone, j.requires_cv, j.requires_summary, j.conceals) for j in jobs.values()] == [
            (True, True, True, True),
            (False, False, False, False),
        ]
        assert [len(job.applied_stages) for job in jobs.values()] == [1, 1]

    @pytest.mark.parametrize("many", [False, True])
    def test_a_job_that_is_gone_is_missing_from_the_answer(self, ats: Ats, stage: Stage, many: bool) -> None:
        kept, gone, others = stage.job(), stage.job(), [stage.job() for _ in range(3)] if many else []
        stage.delete_job(gone)
        assert list(ats.jobs([gone, kept, *others])) == [kept, *others]

    def test_the_list_and_the_single_job_agree(self, ats: Ats, stage: Stage) -> None:
        job = stage.job(require_phone=True, status="closed")
        assert ats.jobs()[job] == ats.jobs([job])[job]

    def test_a_tenant_without_jobs_lists_none(self, ats: Ats, stage: Stage) -> None:
        assert ats.jobs() == {}

    # --- who is there already

    @pytest.mark.parametrize("visibility", VISIBILITIES)
    def test_an_application_is_found_on_a_job_of_any_visibility(self, ats: Ats, stage: Stage, visibility: str) -> None:
        job = stage.job(visibility=visibility)
        there = stage.application(job, "ana@example.com", phone="+447700900111")
        (found,) = ats.applications_of(["ana@example.com"])["ana@example.com"]
        assert (found.id, found.job_id, found.email, found.phone) == (there, job, "ana@example.com", "+447700900111")

    @pytest.mark.parametrize("stored", ["Ana@Example.com", "ana@example.com"])
    @pytest.mark.parametrize("asked", ["Ana@Example.com", "ANA@EXAMPLE.COM"])
    def test_letter_case_does_not_matter(self, ats: Ats, stage: Stage, stored: str, asked: str) -> None:
        there = stage.application(stage.job(), stored)
        assert [each.id for each in ats.applications_of([asked])[asked]] == [there]

    @pytest.mark.parametrize("stored", ["Ana@Example.com", "ana@example.com"])
    def test_an_exact_server_finds_the_usual_spelling_and_the_sources(
        self, ats: Ats, stage: Stage, stored: str
    ) -> None:
        stage.behave(email_match="exact")
        there = stage.application(stage.job(), stored)
        assert [each.id for each in ats.applications_of(["Ana@Example.com"])["Ana@Example.com"]] == [there]

    def test_a_plus_in_an_address_is_kept(self, ats: Ats, stage: Stage) -> None:
        there = stage.application(stage.job(), "ana+cord@example.com")
        stage.application(stage.job(), "ana@example.com")
        found = ats.applications_of(["ana+cord@example.com"])
        assert [each.id for each in found["ana+cord@example.com"]] == [there]

    def test_a_batch_of_people_costs_one_call_and_everyone_is_a_key(self, ats: Ats, stage: Stage) -> None:
        job, people = stage.job(), [f"p{n}@example.com" for n in range(50)]
        there = {people[n]: [stage.application(job, people[n])] for n in range(0, 50, 7)}
        before = stage.calls()
        found = ats.applications_of(people)
        assert stage.calls() - before == 1
        assert list(found) == people
        assert {email: [each.id for each in rows] for email, rows in found.items() if rows} == there

    def test_concealed_applications_are_found_for_their_owners(self, ats: Ats, stage: Stage) -> None:
        hiding, open_ = stage.job(blind_screening=True), stage.job()
        people = [f"p{n}@example.com" for n in range(20)]
        there = {people[n]: [stage.application(hiding, people[n])] for n in (3, 4, 17)}
        there[people[4]].append(stage.application(open_, people[4]))
        found = ats.applications_of(people)
        assert {email: sorted(each.id for each in rows) for email, rows in found.items() if rows} == there
        assert all(each.concealed and each.email is None for each in found[people[3]])

    def test_more_rows_than_fit_a_page_are_all_found(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        there = [stage.application(job, "ana@example.com") for _ in range(1003)]
        assert [each.id for each in ats.applications_of(["ana@example.com"])["ana@example.com"]] == there

    # --- was it sent?

    def test_an_application_is_found_by_its_reference_with_stage_and_cv(self, ats: Ats, stage: Stage) -> None:
        made = ats.create_application(new(stage.job()), PDF)
        found = ats.applications_by_reference(["cord:cs_1", "cord:cs_2"])
        assert list(found) == ["cord:cs_1", "cord:cs_2"]
        assert found["cord:cs_2"] == ()
        (there,) = found["cord:cs_1"]
        assert (there.id, there.reference, there.stage_kind, there.has_cv) == (made.id, "cord:cs_1", "applied", True)

    @pytest.mark.parametrize("key", ["filename", "name"])
    def test_a_cv_is_seen_whatever_its_name_is_called(self, ats: Ats, stage: Stage, key: str) -> None:
        stage.behave(attachment_key=key)
        ats.create_application(new(stage.job()), PDF)
        assert ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"][0].has_cv is True

    def test_a_missing_cv_is_seen(self, ats: Ats, stage: Stage) -> None:
        ats.create_application(new(stage.job()), None)
        assert ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"][0].has_cv is False

    def test_an_application_that_was_moved_on_shows_its_stage(self, ats: Ats, stage: Stage) -> None:
        stage.move(ats.create_application(new(stage.job()), None).id, "review")
        assert ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"][0].stage_kind == "review"

    @pytest.mark.parametrize("visibility", VISIBILITIES)
    def test_a_reference_is_found_on_a_job_of_any_visibility(self, ats: Ats, stage: Stage, visibility: str) -> None:
        made = ats.create_application(new(stage.job(visibility=visibility)), None)
        assert [each.id for each in ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"]] == [made.id]

    def test_a_doubled_reference_shows_both(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        made = [ats.create_application(new(job), None).id for _ in range(2)]
        assert [each.id for each in ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"]] == made

    # --- create

    def test_an_application_is_created_with_everything_that_is_known(self, ats: Ats, stage: Stage) -> None:
        job = stage.job(require_phone=True, resume_requirement="required", personal_summary_requirement="required")
        made = ats.create_application(new(job), PDF)
        (there,) = stage.stored()
        assert (made.id, made.job_id, made.reference) == (there.id, job, "cord:cs_1")
        assert there.attributes["channel_source"] == "cord"
        assert (there.attributes["phone"], there.attributes["phone_iso2"]) == ("+447700900111", "GB")
        assert there.tags == [{"context": "custom_green", "name": "Sourced: cord"}]
        assert (there.cv_file.content, there.cv_file.filename) == (PDF.content, PDF.filename)

    def test_an_application_is_created_with_a_name_and_an_address_alone(self, ats: Ats, stage: Stage) -> None:
        bare = new(stage.job(), phone=None, phone_region=None, linkedin_url=None, summary=None, tag="")
        made = ats.create_application(bare, None)
        assert [there.id for there in stage.stored()] == [made.id]

    def test_an_application_can_be_tied_to_a_known_person(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        person = ats.create_application(new(job), None).candidate_id
        tied = ats.create_application(new(job, email="other@example.com", candidate_id=person), None)
        assert tied.candidate_id == person

    @pytest.mark.parametrize("as_strings", ["on", "off"])
    def test_ids_are_the_same_whether_given_as_numbers_or_texts(self, ats: Ats, stage: Stage, as_strings: str) -> None:
        stage.behave(ids_as_strings=as_strings)
        job = stage.job()
        made = ats.create_application(new(job), None)
        (found,) = ats.applications_of(["ana.petrov@example.com"])["ana.petrov@example.com"]
        assert (made.job_id, found.job_id, made.candidate_id, made.stage_id) == (
            job,
            job,
            found.candidate_id,
            found.stage_id,
        )

    @pytest.mark.parametrize("bare", ["off", "on"])
    @pytest.mark.parametrize(
        ("details", "left_out", "field"),
        [
            ({"require_phone": True}, {"phone": None}, "phone"),
            ({"resume_requirement": "required"}, {}, "cv"),
            ({"personal_summary_requirement": "required"}, {"summary": None}, "summary"),
            ({"address_required": True}, {}, "address"),
            pytest.param({}, {"email": "not an address"}, "email", marks=pytest.mark.breaks_the_contract),
            ({"status": "closed"}, {}, "job"),
            ({}, {"candidate_id": "999"}, "candidate"),
        ],
    )
    def test_a_refusal_names_the_field(
        self, ats: Ats, stage: Stage, bare: str, details: dict[str, Any], left_out: dict[str, Any], field: str
    ) -> None:
        stage.behave(bare_422=bare)
        with pytest.raises(Rejected) as caught:
            ats.create_application(new(stage.job(**details), **left_out), None)
        assert (caught.value.fields, caught.value.status) == ((field,), 422)
        assert stage.stored() == []

    @pytest.mark.parametrize("answer", ["422", "404"])
    def test_an_unknown_job_is_rejected_as_the_job(self, ats: Ats, stage: Stage, answer: str) -> None:
        stage.behave(unknown_job=answer)
        with pytest.raises(Rejected) as caught:
            ats.create_application(new("99999"), None)
        assert (caught.value.fields, caught.value.status) == (("job",), int(answer))

    def test_a_repeat_is_created_when_the_server_allows_it(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        made = {ats.create_application(new(job, reference=f"cord:cs_{n}"), None).id for n in (1, 2)}
        assert len(made) == 2

    def test_a_repeat_that_the_server_refuses_is_rejected_as_the_address(self, ats: Ats, stage: Stage) -> None:
        stage.behave(duplicates="422")
        job = stage.job()
        ats.create_application(new(job), None)
        with pytest.raises(Rejected) as caught:
            ats.create_application(new(job, reference="cord:cs_2"), None)
        assert caught.value.fields == ("email",)

    def test_a_repeat_answered_with_the_old_one_shows_the_old_reference(self, ats: Ats, stage: Stage) -> None:
        stage.behave(duplicates="silent_201_existing")
        job = stage.job()
        first = ats.create_application(new(job), None)
        second = ats.create_application(new(job, reference="cord:cs_2"), None)
        assert (second.id, second.reference) == (first.id, "cord:cs_1")

    @pytest.mark.parametrize(
        "kind", ["reset_after", "error_after", "bad_gateway_after", "garbage_after", "truncated_json", "half_body"]
    )
    def test_a_create_whose_answer_was_lost_is_unknown_made_once_and_found(
        self, ats: Ats, stage: Stage, kind: str
    ) -> None:
        job = stage.job()
        stage.fault(kind, method="POST")
        with pytest.raises(OutcomeUnknown):
            ats.create_application(new(job), PDF)
        (there,) = stage.stored()
        assert [each.id for each in ats.applications_by_reference(["cord:cs_1"])["cord:cs_1"]] == [there.id]

    @pytest.mark.parametrize("lost", ["data", "data.id", "data.attributes", "data.attributes.job_id"])
    def test_a_created_answer_without_what_it_must_hold_is_unknown(self, ats: Ats, stage: Stage, lost: str) -> None:
        job = stage.job()
        stage.fault("missing_field", method="POST", field=lost)
        with pytest.raises(OutcomeUnknown):
            ats.create_application(new(job), None)

    @pytest.mark.parametrize("kind", ["error_before", "bad_gateway_before", "html_ok", "unavailable", "reset_before"])
    def test_a_create_that_failed_without_a_trace_is_unknown_too(self, ats: Ats, stage: Stage, kind: str) -> None:
        job = stage.job()
        stage.fault(kind, method="POST", times=None)
        with pytest.raises(OutcomeUnknown):
            ats.create_application(new(job), None)
        assert stage.stored() == []

    def test_a_create_towards_a_server_that_is_down_never_arrived(self, ats: Ats, stage: Stage) -> None:
        job = stage.job()
        stage.take_down()
        with pytest.raises(NeverArrived):
            ats.create_application(new(job), PDF)

    @pytest.mark.parametrize("form", ["seconds", "http-date", "absent", "absurd", "negative", "garbage"])
    def test_a_create_that_comes_too_soon_says_how_long_to_wait(self, ats: Ats, stage: Stage, form: str) -> None:
        job = stage.job()
        stage.fault("rate_limited", method="POST", times=None, retry_after=form, seconds=30)
        with pytest.raises(RateLimited) as caught:
            ats.create_application(new(job), None)
        assert 0 < caught.value.retry_after_s <= 3600
        assert stage.stored() == []

    # --- details

    def test_details_are_added_and_nothing_else_changes(self, ats: Ats, stage: Stage) -> None:
        made = ats.create_application(new(stage.job(), phone=None, phone_region=None), PDF)
        for _ in range(2):
            ats.add_details(made.id, "+447700900222", "GB", None)
        (there,) = stage.stored()
        assert (there.attributes["phone"], there.attributes["phone_iso2"]) == ("+447700900222", "GB")
        assert there.attributes["linkedin_url"] == "https://linkedin.example.com/in/ana"
        assert there.cv_file.content == PDF.content

    def test_details_of_an_unknown_application_are_rejected(self, ats: Ats, stage: Stage) -> None:
        with pytest.raises(Rejected):
            ats.add_details("999", None, None, "https://linkedin.example.com/in/ana")

    # --- refusals and faults

    def test_a_probe_of_a_sound_account_is_silent(self, ats: Ats, stage: Stage) -> None:
        ats.probe()

    @pytest.mark.parametrize(("how", "expected"), [("refuse_key", KeyRefused), ("switch_off", ApiOff)])
    def test_a_refused_account_is_refused_on_every_operation(
        self, ats: Ats, stage: Stage, how: str, expected: type[Exception]
    ) -> None:
        getattr(stage, how)()
        for act in (
            ats.probe,
            ats.jobs,
            ats.job_list,
            lambda: ats.jobs(["1"]),
            lambda: ats.applications_of(["a@example.com"]),
            lambda: ats.applications_by_reference(["cord:cs_1"]),
            lambda: ats.applications_on("1"),
            lambda: ats.create_application(new("1"), None),
            lambda: ats.add_details("1", "+447700900222", "GB", None),
        ):
            with pytest.raises(expected):
                act()

    @pytest.mark.parametrize(
        ("permission", "act", "named"),
        [
            ("jobs:read", lambda ats: ats.jobs(), "Job: Read"),
            ("applications:read", lambda ats: ats.applications_of(["a@example.com"]), "Application: Read"),
            ("applications:write", lambda ats: ats.create_application(new("1"), None), "Application: Write"),
        ],
    )
    def test_a_missing_permission_is_named(self, ats: Ats, stage: Stage, permission: str, act: Any, named: str) -> None:
        stage.forbid(permission)
        with pytest.raises(PermissionMissing) as caught:
            act(ats)
        assert caught.value.permission == named

    @pytest.mark.parametrize("kind", ["error_before", "bad_gateway_before", "reset_before", "half_body", "unavailable"])
    def test_an_unwell_platform_is_transient(self, ats: Ats, stage: Stage, kind: str) -> None:
        stage.job()
        stage.fault(kind, times=None)
        with pytest.raises(TransientError):
            ats.jobs()

    @pytest.mark.parametrize("kind", ["html_ok", "truncated_json", "wrong_type"])
    def test_an_answer_that_is_not_data_is_a_wire_error(self, ats: Ats, stage: Stage, kind: str) -> None:
        stage.fault(kind, times=None)
        with pytest.raises(WireError):
            ats.applications_of(["ana@example.com"])

    @pytest.mark.parametrize("lost", ["data", "data.0.id", "data.0.type", "data.0.attributes"])
    def test_a_row_without_what_it_must_hold_is_a_wire_error(self, ats: Ats, stage: Stage, lost: str) -> None:
        stage.application(stage.job(), "ana@example.com")
        stage.fault("missing_field", field=lost)
        with pytest.raises(WireError):
            ats.applications_of(["ana@example.com"])
