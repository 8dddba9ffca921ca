"""What Pinpoint's 4xx answers mean."""

from typing import Any

import pytest

from connector.domain.errors import (
    ApiOff,
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Rejected,
    WireError,
)
from connector.platforms.pinpoint.refusals import CREATE, refuse


def body(*errors: dict[str, Any]) -> dict[str, Any]:
    return {"errors": [{"code": "unprocessable_entity", "status": "422", "title": "x", **error} for error in errors]}


def fields(*errors: dict[str, Any]) -> tuple[str, ...]:
    refused = refuse(CREATE, 422, body(*errors), {})
    assert type(refused) is Rejected
    return refused.fields


@pytest.mark.parametrize(
    ("pointer", "word"),
    [
        ("/data/attributes/phone", "phone"),
        ("/data/attributes/phone_iso2", "phone"),
        ("/data/attributes/cv_base64_data", "cv"),
        ("/data/attributes/cv_base64_filename", "cv"),
        ("/data/attributes/summary", "summary"),
        ("/data/attributes/email", "email"),
        ("/data/attributes/address1", "address"),
        ("/data/attributes/postcode", "address"),
        ("/data/attributes/first_name", "first_name"),
        ("/data/relationships/job", "job"),
        ("/data/relationships/job/data", "job"),
        ("/data/relationships/candidate", "candidate"),
        ("/data/attributes/start_on", "start_on"),
    ],
)
def test_a_pointer_names_the_field(pointer: str, word: str) -> None:
    assert fields({"detail": "Something is off", "source": {"pointer": pointer}}) == (word,)


@pytest.mark.parametrize(
    ("detail", "word"),
    [
        ("Phone can't be blank", "phone"),
        ("Phone iso2 can't be blank", "phone"),
        ("CV can't be blank", "cv"),
        ("Cv base64 data is invalid", "cv"),
        ("Resume is required", "cv"),
        ("Personal summary can't be blank", "summary"),
        ("Summary can't be blank", "summary"),
        ("Email is invalid", "email"),
        ("Address1 can't be blank", "address"),
        ("Town can't be blank", "address"),
        ("Country can't be blank", "address"),
        ("Postcode can't be blank", "address"),
        ("First name can't be blank", "first_name"),
        ("Last name can't be blank", "last_name"),
        ("Job can't be blank", "job"),
        ("Job is not open", "job"),
        ("The job is closed", "job"),
        ("This posting's job does not take applications by phone", "job"),
        ("Candidate is blocked", "candidate"),
    ],
)
def test_the_text_alone_names_the_field(detail: str, word: str) -> None:
    assert fields({"detail": detail}) == (word,)


def test_meta_names_the_field_when_the_pointer_does_not() -> None:
    error = {"detail": "Is off", "source": {"pointer": "/data"}, "meta": {"attribute": "phone"}}
    assert fields(error) == ("phone",)


def test_the_pointer_goes_before_the_text() -> None:
    assert fields({"detail": "Email is off", "source": {"pointer": "/data/attributes/phone"}}) == ("phone",)


def test_several_fields_come_once_each_in_order() -> None:
    assert fields(
        {"detail": "Email can't be blank"}, {"detail": "CV can't be blank"}, {"detail": "Email is invalid"}
    ) == (
        "email",
        "cv",
    )


def test_a_text_about_nothing_we_know_names_no_field() -> None:
    assert fields({"detail": "Not today"}) == ()


def test_the_servers_words_are_kept_and_contact_details_in_them_masked() -> None:
    refused = refuse(CREATE, 422, body({"detail": "Email ana@example.com is taken"}, {"detail": "Phone is off"}), {})
    assert (refused.what.startswith("Email "), "ana@example.com" in str(refused)) == (True, False)
    assert refused.what.endswith("is taken; Phone is off")


@pytest.mark.parametrize("given", [None, {}, [], {"errors": {}}, {"errors": []}, {"errors": [None, 3, {"detail": 4}]}])
def test_a_refusal_without_a_readable_body_still_stands(given: Any) -> None:
    refused = refuse(CREATE, 422, given, {})
    assert (type(refused), refused.what) == (Rejected, "refused")


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (401, "Invalid API key", KeyRefused),
        (403, "Integration not enabled", ApiOff),
        (403, "Permission missing", PermissionMissing),
        (404, "Record not found", NotThere),
        (400, "Malformed query params", Rejected),
        (409, "", Rejected),
    ],
)
def test_a_status_has_its_meaning(status: int, detail: str, expected: type[PlatformError]) -> None:
    assert type(refuse("GET /jobs", status, body({"detail": detail}), {})) is expected


@pytest.mark.parametrize(
    ("label", "permission"),
    [
        ("GET /jobs", "Job: Read"),
        ("GET /jobs/{id}", "Job: Read"),
        ("GET /applications", "Application: Read"),
        (CREATE, "Application: Write"),
        ("PUT /applications/{id}", "Application: Write"),
        ("GET /comments", "Comment: Read"),
    ],
)
def test_a_missing_permission_is_guessed_from_the_operation(label: str, permission: str) -> None:
    refused = refuse(label, 403, None, {})
    assert isinstance(refused, PermissionMissing)
    assert refused.permission == permission


@pytest.mark.parametrize(("label", "expected"), [(CREATE, ("job",)), ("GET /jobs/{id}", ())])
def test_a_404_on_a_create_is_about_the_job(label: str, expected: tuple[str, ...]) -> None:
    refused = refuse(label, 404, body({"detail": "Record not found"}), {})
    assert isinstance(refused, NotThere)
    assert refused.fields == expected


@pytest.mark.parametrize(("label", "expected"), [(CREATE, OutcomeUnknown), ("GET /jobs/{id}", WireError)])
def test_a_404_of_a_proxy_makes_nothing_look_gone(label: str, expected: type[PlatformError]) -> None:
    assert type(refuse(label, 404, None, {})) is expected


def test_a_413_on_a_create_is_about_the_cv() -> None:
    refused = refuse(CREATE, 413, None, {})
    assert isinstance(refused, Rejected)
    assert refused.fields == ("cv",)
