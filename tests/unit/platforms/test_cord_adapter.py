"""The cord adapter over a stand-in for the HTTP layer: paging, bad rows, refusals."""

from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from stub_client import NOW, StubClient
from test_cord_wire import CONVERSATION, PERSON, ROW, SENT, altered

from connector.domain.errors import (
    ApiOff,
    CandidateErased,
    CursorExpired,
    KeyRefused,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    Rejected,
    WireError,
)
from connector.platforms.cord.adapter import CordSource, budget_scope
from connector.platforms.cord.refusals import refuse
from connector.rest.calls import Kind
from connector.rest.client import Client

POSITION: dict[str, Any] = {
    "id": "po_1",
    "title": "Engineer",
    "status": "open",
    "url": None,
    "location": None,
    "description_html": None,
    "updated_at": "2026-11-20T12:00:00Z",
    "ats_link": None,
}


def page(*rows: Any, cursor: str = "next", more: bool = False) -> dict[str, Any]:
    return {"data": list(rows), "page": {"next_cursor": cursor, "has_more": more}}


def source(*answers: Any) -> tuple[CordSource, StubClient]:
    left = list(answers)
    client = StubClient(lambda _: left.pop(0))
    return CordSource(cast(Client, client), "f1"), client


def refusal(status: int, code: str, *fields: tuple[str, str]) -> PlatformError:
    listed = [{"name": name, "code": kind} for name, kind in fields]
    body = {"error": {"code": code, "message": "No.", "request_id": "rq", "retryable": False, "fields": listed}}
    return refuse("GET /v1/x", status, body, {})


def test_a_bad_row_is_named_and_the_rest_of_the_page_is_read() -> None:
    cord, _ = source(page(ROW, altered(ROW | {"id": "cs_2"}, "candidate_id"), ROW | {"id": "cs_3"}))
    found = cord.conversation_starts(None)
    assert [start.id for start in found.starts] == ["cs_1", "cs_3"]
    assert [(bad.id, bad.conversation_id, bad.what) for bad in found.bad] == [("cs_2", "cv_1", "candidate_id: missing")]


def test_a_row_of_an_unknown_type_is_logged_and_passed_over() -> None:
    cord, _ = source(page(ROW | {"type": "conversation.paused"}, ROW))
    with capture_logs() as logs:
        found = cord.conversation_starts(None)
    assert (len(found.starts), found.bad) == (1, ())
    assert [entry["action"] for entry in logs] == ["row_passed_over"]


def test_the_feed_is_asked_a_hundred_rows_at_a_time_behind_the_cursor() -> None:
    cord, client = source(page(), page())
    cord.conversation_starts(None)
    cord.conversation_starts("here")
    assert [call.params for call in client.calls] == [
        [("limit", "100")],
        [("limit", "100"), ("cursor", "here")],
    ]


def test_an_empty_page_that_moves_on_has_more() -> None:
    cord, _ = source(page(cursor="b", more=True))
    assert cord.conversation_starts("a").has_more


def test_a_feed_that_stands_still_ends_and_is_logged() -> None:
    cord, _ = source(page(cursor="a", more=True))
    with capture_logs() as logs:
        assert not cord.conversation_starts("a").has_more
    assert [entry["action"] for entry in logs] == ["feed_stands_still"]


@pytest.mark.parametrize("body", [[], {"data": []}, None, {"data": [], "page": {"has_more": False}}])
def test_a_page_with_a_wrong_envelope_is_a_wire_error(body: Any) -> None:
    cord, _ = source(body)
    with pytest.raises(WireError):
        cord.conversation_starts(None)


def test_positions_keep_the_last_version_of_a_row_that_changed_during_the_walk() -> None:
    link = {"ats_job_id": "5101", "origin": "linked", "linked_at": "2026-11-20T12:00:00Z", "ats_job_closed": False}
    cord, client = source(
        page(POSITION, POSITION | {"id": "po_2", "status": "resting"}, cursor="b", more=True),
        page(POSITION | {"ats_link": link}, cursor="c"),
    )
    assert {position.id: position.linked_job for position in cord.positions()} == {"po_2": None, "po_1": "5101"}
    assert all("status" not in call.query for call in client.calls)


def test_positions_that_go_round_in_a_circle_are_a_wire_error() -> None:
    cord, _ = source(page(cursor="a", more=True), page(cursor="b", more=True), page(cursor="a", more=True))
    with pytest.raises(WireError):
        cord.positions()


def test_a_bad_position_is_a_wire_error_and_no_missing_position() -> None:
    cord, _ = source(page(altered(POSITION, "ats_link")))
    with pytest.raises(WireError):
        cord.positions()


@pytest.mark.parametrize(("name", "body"), [("candidate", PERSON), ("starts_of", CONVERSATION)])
def test_an_answer_about_another_id_is_a_wire_error(name: str, body: Any) -> None:
    cord, _ = source(body)
    with pytest.raises(WireError):
        getattr(cord, name)("xx_9")


def test_a_person_marked_as_erased_is_erased() -> None:
    cord, _ = source(PERSON | {"erased_at": "2026-11-21T00:00:00Z"})
    with pytest.raises(CandidateErased):
        cord.candidate("pe_1")


def test_an_id_is_quoted_in_the_path_and_left_out_of_the_label() -> None:
    cord, client = source(WireError("cord", "x", "y"))
    with pytest.raises(WireError):
        cord.candidate("pe 1/../x")
    assert (client.calls[0].path, client.calls[0].label) == (
        "/v1/candidates/pe%201%2F..%2Fx",
        "GET /v1/candidates/{id}",
    )


def test_a_report_is_sent_as_prepared_with_its_key() -> None:
    receipt = {"id": "de_1", "conversation_start_id": "cs_1", "outcome": "sent", "recorded_at": "2026-11-21T09:14:41Z"}
    cord, client = source(receipt)
    prepared = cord.prepare_outcome("cs_1", SENT, NOW)
    cord.send(prepared)
    (call,) = client.calls
    assert (call.kind, call.method, call.body, call.content_type) == (
        Kind.KEYED,
        "POST",
        prepared.body,
        "application/json",
    )
    assert call.headers == {"Idempotency-Key": prepared.key}


@pytest.mark.parametrize("body", [None, {}, {"id": "de_1", "conversation_start_id": "cs_9", "outcome": "sent"}])
def test_an_unreadable_receipt_leaves_the_outcome_unknown(body: Any) -> None:
    cord, _ = source(body)
    with pytest.raises(OutcomeUnknown):
        cord.send(cord.prepare_outcome("cs_1", SENT, NOW))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "invalid_token", KeyRefused),
        (401, "token_expired", KeyRefused),
        (403, "plan_required", ApiOff),
        (403, "something_new", PermissionMissing),
        (403, "conversation_not_started", Rejected),
        (404, "not_found", NotThere),
        (410, "candidate_erased", CandidateErased),
        (410, "cursor_expired", CursorExpired),
        (410, "gone", NotThere),
        (400, "invalid_request", Rejected),
        (409, "idempotency_mismatch", Rejected),
        (413, "file_too_large", Rejected),
        (422, "invalid_request", Rejected),
    ],
)
def test_a_refusal_has_its_meaning(status: int, code: str, expected: type[PlatformError]) -> None:
    assert type(refusal(status, code)) is expected


def test_a_refusal_keeps_code_and_fields() -> None:
    error = refusal(422, "invalid_request", ("ats_job_id", "unknown"), ("at", "required"))
    assert isinstance(error, Rejected)
    assert (error.code, error.fields) == ("invalid_request", ("job", "at"))


def test_a_missing_scope_is_named() -> None:
    error = refusal(403, "missing_scope", ("scope", "files:read"))
    assert isinstance(error, PermissionMissing)
    assert error.permission == "files:read"


@pytest.mark.parametrize(
    ("status", "expected"), [(401, KeyRefused), (403, PermissionMissing), (404, WireError), (410, WireError)]
)
def test_a_refusal_without_a_readable_body_goes_by_its_status(status: int, expected: type[PlatformError]) -> None:
    assert type(refuse("GET /v1/x", status, None, {})) is expected


def test_a_page_of_a_proxy_does_not_settle_a_report() -> None:
    assert type(refuse("POST /v1/x", 404, None, {})) is OutcomeUnknown


def test_contact_details_in_a_servers_words_are_masked() -> None:
    body = {"error": {"code": "not_found", "message": "No ana@example.com here", "fields": []}}
    assert "ana@example.com" not in str(refuse("GET /v1/x", 404, body, {}))


def test_companies_have_a_budget_of_their_own() -> None:
    url = "https://api.example.com"
    assert budget_scope(url, "one") != budget_scope(url, "two")
