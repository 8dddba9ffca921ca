"""What the Pinpoint simulator asks of a new application."""

import pytest

from connector.sandbox.world import World
from tests.sandbox.filing import CV, PDF, Create, blank, errors, link

# --- create ---


def test_created_application_is_stored_in_the_applied_stage(create: Create, world: World) -> None:
    answer = create(external_system_reference="cord:cs_1", **CV)
    (stored,) = world.pinpoint.applications
    shown = answer.json()["data"]["attributes"]
    assert (201, stored.id) == (answer.status_code, answer.json()["data"]["id"])
    assert (shown["job_id"], stored.reference) == (5101, "cord:cs_1")
    assert (stored.cv, stored.cv_filename) == (PDF, "Ana_Petrov_CV.pdf")
    assert world.pinpoint.jobs["5101"].applied_stage.id == stored.stage_id
    assert set() == {name for name in shown if "base64" in name or name in ("attachments", "tags")}


def test_of_two_applied_stages_the_first_counts_and_none_leaves_it_open(world: World, create: Create) -> None:
    two = world.pinpoint.add_job(stages=[("Inbox", "review"), ("New", "applied"), ("Applied", "applied")])
    none = world.pinpoint.add_job(stages=[("Inbox", "review")])
    answers = [create({"job": link("jobs", job)}).json()["data"]["attributes"]["stage_id"] for job in (two, none)]
    assert [int(world.pinpoint.jobs[two].stages[1].id), None] == answers


@pytest.mark.parametrize("name", ["first_name", "last_name", "email"])
@pytest.mark.parametrize("value", [None, ""])
def test_name_and_email_are_needed(create: Create, name: str, value: str | None) -> None:
    assert blank(name) == errors(create(**{name: value}))


def test_all_problems_come_at_once(create: Create, world: World) -> None:
    world.pinpoint.edit_job("5101", resume_requirement="required")
    pointers = [pointer for _, pointer in errors(create(email=None, last_name=None))]
    assert pointers == ["/data/attributes/last_name", "/data/attributes/email", "/data/attributes/cv_base64_data"]


@pytest.mark.parametrize("email", ["ana", "ana@", "a b@example.com", "@example.com"])
def test_malformed_email(create: Create, email: str) -> None:
    assert errors(create(email=email)) == [("Email is invalid", "/data/attributes/email")]


def test_missing_job(create: Create) -> None:
    assert errors(create({"job": None})) == [("Job can't be blank", "/data/relationships/job")]


def test_unknown_job_switch(create: Create, world: World) -> None:
    unknown = {"job": link("jobs", "9")}
    assert errors(create(unknown)) == [("Job must exist", "/data/relationships/job")]
    world.pinpoint.switches["unknown_job"] = "404"
    assert create(unknown).status_code == 404


def test_closed_job_switch(create: Create, world: World) -> None:
    world.pinpoint.edit_job("5101", status="hold")
    assert errors(create()) == [("Job is not open", "/data/relationships/job")]
    world.pinpoint.switches["closed_job"] = 201
    assert create().status_code == 201


def test_required_phone(create: Create, world: World) -> None:
    world.pinpoint.edit_job("5101", require_phone=True)
    assert blank("phone", "phone_iso2") == errors(create())
    assert blank("phone_iso2") == errors(create(phone="+447700900111"))
    assert create(phone="+447700900111", phone_iso2="GB").status_code == 201


def test_required_address(create: Create, world: World) -> None:
    world.pinpoint.edit_job("5101", address_required=True)
    assert blank("address1", "town", "country", "postcode") == errors(create())


def test_required_summary(create: Create, world: World) -> None:
    world.pinpoint.edit_job("5101", personal_summary_requirement="required")
    assert blank("summary") == errors(create())


@pytest.mark.parametrize("half", ["cv_base64_filename", "cv_base64_data"])
def test_half_a_cv_is_dropped_or_missing(create: Create, world: World, half: str) -> None:
    assert create(**{half: CV[half]}).status_code == 201
    assert None is world.pinpoint.applications[0].cv
    world.pinpoint.edit_job("5101", resume_requirement="required")
    assert errors(create(**{half: CV[half]})) == [("CV can't be blank", "/data/attributes/cv_base64_data")]


def test_required_question_is_not_enforced(create: Create) -> None:
    assert create().status_code == 201


def test_stage_of_another_job(create: Create, world: World) -> None:
    other = world.pinpoint.jobs[world.pinpoint.add_job()].stages[0].id
    assert errors(create({"stage": link("stages", other)})) == [
        ("Stage must belong to the job", "/data/relationships/stage")
    ]
    own = world.pinpoint.jobs["5101"].stages[2].id
    assert create({"stage": link("stages", own)}).status_code == 201
