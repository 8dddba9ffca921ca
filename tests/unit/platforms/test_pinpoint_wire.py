"""Pinpoint's JSON in, domain records out, and back."""

import base64
import copy
import json
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
from contract_schema import example, faults

from connector.domain.model import CV, NewApplication
from connector.platforms.pinpoint import wire

NEW = NewApplication(
    job_id="5101",
    reference="cord:cs_1",
    first_name="Ana",
    last_name="Petrov",
    email="ana.petrov@example.com",
    phone="+447700900111",
    phone_region="GB",
    linkedin_url="https://linkedin.example.com/in/ana",
    summary='Says "hello" – ünïcode\n',
    source_label="cord",
    tag="Sourced: cord",
    notify=False,
    candidate_id="450077",
)
BARE = replace(
    NEW, phone=None, phone_region=None, linkedin_url=None, summary=None, candidate_id=None, notify=True, tag=""
)
PDF = CV('Ana "CV".pdf', "application/pdf", b"%PDF-1.4 made up\n")


def sent(new: NewApplication, cv: CV | None) -> Any:
    return json.loads(b"".join(wire.application_from_domain(new, cv)()))


def job(**attributes: Any) -> dict[str, Any]:
    return {"id": "5101", "type": "jobs", "attributes": {"title": "Engineer", "status": "open", **attributes}}


def application(**attributes: Any) -> dict[str, Any]:
    known = {"job_id": 5101, "candidate_id": 450077, "email": "ana@example.com"}
    return {"id": "8", "type": "applications", "attributes": {**known, **attributes}}


@pytest.mark.parametrize("cv", [None, PDF])
@pytest.mark.parametrize("new", [NEW, BARE])
def test_every_create_is_what_the_contract_says(new: NewApplication, cv: CV | None) -> None:
    assert faults("pinpoint", "ApplicationCreateDocument", sent(new, cv)) == []


def test_the_fullest_create_holds_exactly_this() -> None:
    assert sent(NEW, PDF) == {
        "data": {
            "type": "applications",
            "attributes": {
                "first_name": "Ana",
                "last_name": "Petrov",
                "email": "ana.petrov@example.com",
                "phone": "+447700900111",
                "phone_iso2": "GB",
                "linkedin_url": "https://linkedin.example.com/in/ana",
                "summary": 'Says "hello" – ünïcode\n',
                "channel_source": "cord",
                "external_system_reference": "cord:cs_1",
                "add_tags_with_context": [{"tag": "Sourced: cord", "context": "custom_green"}],
                "skip_notifications_on_create": True,
                "cv_base64_filename": 'Ana "CV".pdf',
                "cv_base64_data": "data:application/pdf;base64," + base64.b64encode(PDF.content).decode(),
            },
            "relationships": {
                "job": {"data": {"type": "jobs", "id": "5101"}},
                "candidate": {"data": {"type": "candidates", "id": "450077"}},
            },
        }
    }


def test_the_barest_create_holds_exactly_this() -> None:
    assert sent(BARE, None) == {
        "data": {
            "type": "applications",
            "attributes": {
                "first_name": "Ana",
                "last_name": "Petrov",
                "email": "ana.petrov@example.com",
                "channel_source": "cord",
                "external_system_reference": "cord:cs_1",
                "skip_notifications_on_create": False,
            },
            "relationships": {"job": {"data": {"type": "jobs", "id": "5101"}}},
        }
    }


@pytest.mark.parametrize("size", [0, 1, 2, 3, 200_000, 786_431, 786_432, 786_433, 2_000_000])
def test_the_streamed_file_is_whole_and_its_length_known(size: int) -> None:
    content = bytes(i % 251 for i in range(size))
    payload = wire.application_from_domain(NEW, replace(PDF, content=content))
    body = b"".join(payload())
    data = json.loads(body)["data"]["attributes"]["cv_base64_data"]
    assert base64.b64decode(data.partition(",")[2], validate=True) == content
    assert len(body) == payload.length


def test_the_body_can_be_made_again_for_a_retry() -> None:
    payload = wire.application_from_domain(NEW, PDF)
    assert b"".join(payload()) == b"".join(payload())


def test_a_usual_file_is_one_piece_and_a_large_one_is_never_whole() -> None:
    pieces = [len(list(wire.application_from_domain(NEW, replace(PDF, content=bytes(n)))())) for n in (200_000, 10**7)]
    assert pieces == [3, 15]


def test_a_large_file_never_stands_in_memory_as_base64() -> None:
    payload = wire.application_from_domain(NEW, replace(PDF, content=bytes(10**7)))
    tracemalloc.start()
    for _ in payload():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_nothing_of_a_person_is_in_the_payloads_repr() -> None:
    assert "ana" not in repr(wire.application_from_domain(NEW, PDF)).lower()


def test_an_update_holds_what_is_given_and_nothing_else() -> None:
    body = json.loads(wire.details_from_domain("8", "+447700900111", "GB", None) or b"")
    assert body == {
        "data": {
            "id": "8",
            "type": "applications",
            "attributes": {"phone": "+447700900111", "phone_iso2": "GB"},
        }
    }
    assert faults("pinpoint", "ApplicationUpdateDocument", body) == []


def test_an_update_of_nothing_is_not_made() -> None:
    assert wire.details_from_domain("8", None, "GB", None) is None


def test_the_contracts_page_of_jobs_is_read() -> None:
    page = wire.page(example("pinpoint", "JobsPage"))
    (found,) = [wire.job_to_domain(row, page.stages) for row in page.rows]
    assert (found.id, found.is_open, found.visibility) == ("5101", True, "external")
    assert (found.requires_phone, found.requires_cv, found.requires_summary, found.conceals) == (
        True,
        True,
        False,
        False,
    )
    assert (found.applied_stages, page.total) == (("81001",), 1)


def test_two_applied_stages_come_in_the_order_of_their_positions() -> None:
    row = job() | {"relationships": {"stages": {"data": [{"id": i, "type": "stages"} for i in ("1", "2", "3")]}}}
    included = [
        {"id": "1", "type": "stages", "attributes": {"basic_type": "applied", "position": 5}},
        {"id": "2", "type": "stages", "attributes": {"basic_type": "applied", "position": 2}},
        {"id": "3", "type": "stages", "attributes": {"basic_type": "mystery", "position": 1}},
    ]
    assert wire.job_to_domain(row, wire.page({"data": [], "included": included}).stages).applied_stages == ("2", "1")


@pytest.mark.parametrize("relationships", [None, {}, {"stages": {"meta": {"included": False}}}, {"stages": None}])
def test_a_job_without_included_stages_has_no_applied_stage(relationships: Any) -> None:
    assert wire.job_to_domain(job() | {"relationships": relationships}, {}).applied_stages == ()


@pytest.mark.parametrize("word", ["optional", "hidden", "Required!", "", None])
def test_only_the_word_required_makes_a_field_compulsory(word: str | None) -> None:
    found = wire.job_to_domain(job(resume_requirement=word, personal_summary_requirement=word), {})
    assert (found.requires_cv, found.requires_summary) == (False, False)


def test_a_job_of_an_unknown_status_is_read_and_not_open() -> None:
    found = wire.job_to_domain(job(status="resting", title=None), {})
    assert (found.status, found.is_open, found.title) == ("resting", False, "")


def test_a_job_with_anonymised_screening_conceals() -> None:
    assert wire.job_to_domain(job(blind_screening=True), {}).conceals


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"id": "1", "type": "jobs"},
        {"id": "1", "type": "jobs", "attributes": {"title": "x"}},
        {"id": "1", "type": "jobs", "attributes": {"title": "x", "status": None}},
        {"id": "", "type": "jobs", "attributes": {"status": "open"}},
        {"id": None, "type": "jobs", "attributes": {"status": "open"}},
        {"id": True, "type": "jobs", "attributes": {"status": "open"}},
        {"id": "1", "attributes": {"status": "open"}},
        {"id": "1", "type": "stages", "attributes": {"status": "open"}},
        {"id": "1", "type": "jobs", "attributes": {"status": "open", "require_phone": "yes"}},
    ],
)
def test_a_job_that_is_not_the_contracts_is_not_data(row: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.job_to_domain(row, {})


def test_another_job_than_the_one_asked_for_is_not_data() -> None:
    with pytest.raises(wire.NotTheContract):
        wire.one_job_to_domain({"data": job()}, "5102")


def test_the_contracts_read_back_is_read() -> None:
    body = example("pinpoint", "ApplicationReadBack")
    stages = wire.page({"data": [], "included": body["included"]}).stages
    found = wire.application_to_domain(body["data"], stages)
    assert (found.id, found.job_id, found.candidate_id, found.reference) == (
        "812345",
        "5101",
        "450077",
        "cord:cs_01JD8Q7N",
    )
    assert (found.stage_id, found.stage_kind, found.has_cv) == ("81001", "applied", True)


@pytest.mark.parametrize("given", [5101, "5101"])
def test_ids_are_texts_whether_given_as_number_or_text(given: Any) -> None:
    found = wire.application_to_domain(application(job_id=given, candidate_id=given, stage_id=given), {})
    assert (found.job_id, found.candidate_id, found.stage_id) == ("5101", "5101", "5101")


def test_the_stage_is_found_through_the_relationship_too() -> None:
    row = application() | {"relationships": {"stage": {"data": {"id": "7", "type": "stages"}}}}
    assert wire.application_to_domain(row, {}).stage_id == "7"


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        ([], False),
        ([{"context": "cover_letter", "url": "u", "filename": "x"}], False),
        ([{"context": "cv", "url": "u", "filename": "x"}], True),
        ([{"context": "cv", "url": "u", "name": "x"}], True),
        ([{"context": "pdf_cv", "url": "u"}], True),
        (None, None),
    ],
)
def test_a_cv_is_told_by_its_context(attachments: Any, expected: bool | None) -> None:
    assert wire.application_to_domain(application(attachments=attachments), {}).has_cv is expected


def test_without_attachments_it_is_not_known_whether_there_is_a_cv() -> None:
    assert wire.application_to_domain(application(), {}).has_cv is None


@pytest.mark.parametrize("hidden", [None, "", "•••", "a***@example.com", {"masked": True}, 0])
def test_a_concealed_row_shows_nothing_whatever_stands_there(hidden: Any) -> None:
    row = application(concealed=True, email=hidden, phone=hidden, linkedin_url=hidden)
    found = wire.application_to_domain(row, {})
    assert (found.concealed, found.email, found.phone, found.linkedin_url) == (True, None, None, None)


@pytest.mark.parametrize("email", [None, "", " ", "hidden", 5])
def test_an_unusable_address_is_none(email: Any) -> None:
    assert wire.application_to_domain(application(email=email), {}).email is None


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {"id": "1", "type": "applications"},
        {"type": "applications", "attributes": {"job_id": 1, "candidate_id": 1}},
        {"id": "1", "type": "jobs", "attributes": {"job_id": 1, "candidate_id": 1}},
        application(job_id=None),
        application(job_id=""),
        application(candidate_id=None),
        application(concealed="no"),
        application(attachments={}),
        application(attachments=[{"filename": "x"}]),
        application(external_system_reference=7),
    ],
)
def test_an_application_that_is_not_the_contracts_is_not_data(row: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.application_to_domain(row, {})


def test_unknown_attributes_and_members_are_let_through() -> None:
    row = copy.deepcopy(application(new_thing=[1])) | {"links": {}, "meta": {"a": 1}}
    assert wire.application_to_domain(row, {}).id == "8"


def test_a_fault_is_named_without_its_value() -> None:
    with pytest.raises(wire.NotTheContract) as caught:
        wire.application_to_domain(application(concealed="ana@example.com"), {})
    assert str(caught.value) == "attributes.concealed: bool_type"


@pytest.mark.parametrize("body", [None, [], {}, {"data": {}}, {"data": None}, "<html>"])
def test_a_page_with_a_wrong_envelope_is_not_data(body: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.page(body)


@pytest.mark.parametrize("meta", [None, {}, [], {"stats": 3}, {"stats": {"total": {"count": "7"}}}])
def test_a_total_that_is_not_where_it_is_expected_is_not_known(meta: Any) -> None:
    assert wire.page({"data": [], "meta": meta}).total is None
