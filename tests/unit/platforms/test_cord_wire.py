"""cord's JSON in, domain records out, and back."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from contract_schema import faults

from connector.domain.model import Outcome
from connector.platforms.cord import wire

ROW: dict[str, Any] = {
    "id": "cs_1",
    "sequence": "000000012345",
    "type": "conversation.started",
    "conversation_id": "cv_1",
    "candidate_id": "pe_1",
    "position": {"id": "po_1", "title": "Engineer", "ats_job_id": "5101"},
    "started_at": "2026-11-21T09:14:03.250Z",
    "initiated_by": "company",
    "accepted_by": "candidate",
    "forward": {"requested": True, "mode": "auto", "requested_by": None, "requested_at": "2026-11-21T09:14:03Z"},
}
PERSON: dict[str, Any] = {
    "id": "pe_1",
    "first_name": "Ana",
    "last_name": "Petrov",
    "full_name": "Ana Petrov",
    "emails": [
        {"address": "old@example.com", "primary": False},
        {"address": "Ana.Petrov@example.com", "primary": True},
    ],
    "phones": [{"number": "07700 900123", "primary": False}, {"number": "+447700900124", "primary": False}],
    "links": [{"kind": "github", "url": "https://g.example"}, {"kind": "linkedin", "url": "https://l.example/ana"}],
    "headline": "Backend engineer",
    "location": None,
    "cv": {
        "id": "fi_1",
        "filename": "cv.pdf",
        "content_type": None,
        "size": None,
        "updated_at": "2026-11-02T10:00:00Z",
    },
    "updated_at": "2026-11-20T18:00:00Z",
    "erased_at": None,
}
CONVERSATION: dict[str, Any] = {
    "id": "cv_1",
    "candidate_id": "pe_1",
    "state": "started",
    "initiated_by": "company",
    "accepted_by": "candidate",
    "started_at": "2026-11-21T09:14:03Z",
    "closed_at": None,
    "positions": [
        {"id": "po_1", "title": "Engineer", "ats_job_id": "5101", "conversation_start_id": "cs_1"},
        {"id": "po_2", "title": "Designer", "ats_job_id": None, "conversation_start_id": "cs_2"},
    ],
    "updated_at": "2026-11-21T09:40:10Z",
}
AT = datetime(2026, 11, 21, 9, 14, 40, 123456, tzinfo=UTC)
SENT = Outcome("sent", "5101", "812345", None, None)


def altered(record: dict[str, Any], path: str, value: Any = ...) -> dict[str, Any]:
    """Return a copy with the property at the dotted path set, or taken away."""
    changed = copy.deepcopy(record)
    *way, last = path.split(".")
    place = changed
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed


def paths(record: dict[str, Any], prefix: str = "") -> list[str]:
    """Return the dotted path of every property."""
    found = []
    for name, value in record.items():
        found.append(prefix + name)
        if isinstance(value, dict):
            found += paths(value, f"{prefix}{name}.")
    return found


def test_a_feed_row_becomes_a_start() -> None:
    start = wire.start_to_domain(ROW)
    assert (start.id, start.sequence, start.linked_job, start.automatic, start.manual) == (
        "cs_1",
        "000000012345",
        "5101",
        True,
        False,
    )
    assert start.started_at == datetime(2026, 11, 21, 9, 14, 3, 250000, tzinfo=UTC)


@pytest.mark.parametrize("path", paths(ROW))
def test_a_feed_row_without_a_required_property_is_not_data(path: str) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.start_to_domain(altered(ROW, path))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 7),
        ("id", ""),
        ("id", ".."),
        ("id", "cs_1,cs_2"),
        ("id", "cs/1"),
        ("sequence", "12345"),
        ("candidate_id", None),
        ("position", None),
        ("position.ats_job_id", 5101),
        ("position.ats_job_id", ""),
        ("started_at", None),
        ("started_at", 1795252445),
        ("started_at", "1795252445"),
        ("started_at", "2026-11-21"),
        ("started_at", "2026-11-21T09:14:03"),
        ("started_at", "0001-01-01T00:00:00+05:00"),
        ("started_at", "2026-02-30T09:14:03Z"),
        ("forward.requested", "true"),
        ("forward.requested", 1),
        ("forward.mode", 3),
    ],
)
def test_a_feed_row_with_a_wrong_value_is_not_data(path: str, value: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.start_to_domain(altered(ROW, path, value))


def test_a_fault_is_named_without_its_value() -> None:
    with pytest.raises(wire.NotTheContract) as caught:
        wire.start_to_domain(altered(ROW, "candidate_id", "ana.petrov@example.com"))
    assert str(caught.value) == "candidate_id: string_pattern_mismatch"


def test_unknown_properties_and_parties_are_let_through() -> None:
    row = altered(altered(ROW, "new_thing", {"a": 1}), "initiated_by", "robot")
    assert wire.start_to_domain(row).id == "cs_1"


def test_a_forward_request_is_manual() -> None:
    start = wire.start_to_domain(altered(ROW, "forward.mode", "manual"))
    assert (start.automatic, start.manual) == (False, True)


@pytest.mark.parametrize("mode", ["auto", "manual", None])
def test_a_row_that_asks_for_nothing_is_neither_automatic_nor_manual(mode: str | None) -> None:
    start = wire.start_to_domain(altered(altered(ROW, "forward.requested", False), "forward.mode", mode))
    assert (start.automatic, start.manual) == (False, False)


def test_an_unknown_forward_mode_asks_for_nothing() -> None:
    start = wire.start_to_domain(altered(ROW, "forward.mode", "scheduled"))
    assert (start.automatic, start.manual) == (False, False)


@pytest.mark.parametrize(("kind", "passed_over"), [("conversation.paused", True), ("conversation.started", False)])
def test_a_row_of_an_unlisted_type_is_told_apart(kind: str, passed_over: bool) -> None:
    assert wire.unknown_type(altered(ROW, "type", kind)) is passed_over


@pytest.mark.parametrize("row", [None, [], "text", altered(ROW, "type"), altered(ROW, "type", None)])
def test_a_row_without_a_type_is_bad_rather_than_unknown(row: Any) -> None:
    assert not wire.unknown_type(row)


def test_a_bad_row_keeps_the_ids_that_can_be_read() -> None:
    bad = wire.bad_row(altered(ROW, "candidate_id"), "candidate_id: missing")
    assert (bad.id, bad.conversation_id, bad.what) == ("cs_1", "cv_1", "candidate_id: missing")


@pytest.mark.parametrize("row", [None, 3, "text", [1], {"id": 5}, {"id": "a,b", "conversation_id": ".."}])
def test_a_bad_row_without_an_id_gets_a_stable_one(row: Any) -> None:
    bad = wire.bad_row(row, "x")
    assert bad == wire.bad_row(copy.deepcopy(row), "x")
    assert bad.id.startswith("row-")
    assert bad.conversation_id is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": {}, "page": {"next_cursor": "a", "has_more": False}},
        {"data": [], "page": None},
        {"data": [], "page": {"next_cursor": "", "has_more": False}},
        {"data": [], "page": {"next_cursor": None, "has_more": False}},
        {"data": [], "page": {"next_cursor": "a"}},
        {"data": [], "page": {"next_cursor": "a", "has_more": "false"}},
    ],
)
def test_a_page_with_a_wrong_envelope_is_not_data(body: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.page(body)


def test_a_person_becomes_a_candidate_with_the_primary_address_and_the_first_number() -> None:
    found = wire.candidate_to_domain(PERSON, "pe_1")
    assert found is not None
    assert (found.email, found.phone, found.linkedin_url) == (
        "Ana.Petrov@example.com",
        "07700 900123",
        "https://l.example/ana",
    )
    assert found.cv is not None
    assert found.cv.filename == "cv.pdf"


@pytest.mark.parametrize("path", [path for path in paths(PERSON) if not path.startswith("emails.")])
def test_a_person_without_a_required_property_is_not_data(path: str) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.candidate_to_domain(altered(PERSON, path), "pe_1")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("emails", None),
        ("emails", [{"address": "a@example.com"}]),
        ("phones", [{"number": None, "primary": True}]),
        ("full_name", ""),
        ("cv", {}),
        ("cv.size", -1),
        ("cv.size", "12"),
        ("cv.filename", ""),
    ],
)
def test_a_person_with_a_wrong_value_is_not_data(path: str, value: Any) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.candidate_to_domain(altered(PERSON, path, value), "pe_1")


@pytest.mark.parametrize("address", ["", "   ", "no address", "n/a"])
def test_an_unusable_address_is_none(address: str) -> None:
    person = altered(PERSON, "emails", [{"address": address, "primary": True}])
    found = wire.candidate_to_domain(person, "pe_1")
    assert found is not None
    assert found.email is None


def test_a_person_without_anything_is_read() -> None:
    person = PERSON | {"first_name": None, "last_name": None, "emails": [], "phones": [], "links": [], "cv": None}
    found = wire.candidate_to_domain(person, "pe_1")
    assert found is not None
    assert (found.email, found.phone, found.linkedin_url, found.cv) == (None, None, None, None)


def test_somebody_elses_record_is_not_data() -> None:
    with pytest.raises(wire.NotTheContract):
        wire.candidate_to_domain(PERSON, "pe_2")


def test_a_record_marked_as_erased_is_nobody() -> None:
    assert wire.candidate_to_domain(altered(PERSON, "erased_at", "2026-11-21T00:00:00Z"), "pe_1") is None


def test_a_conversation_holds_its_starts_in_the_order_of_positions() -> None:
    starts = wire.conversation_to_domain(CONVERSATION, "cv_1")
    assert [(s.id, s.position_id, s.linked_job, s.sequence) for s in starts] == [
        ("cs_1", "po_1", "5101", ""),
        ("cs_2", "po_2", None, ""),
    ]
    assert not any(s.automatic or s.manual for s in starts)


def test_a_pending_conversation_has_no_starts() -> None:
    assert wire.conversation_to_domain(CONVERSATION | {"state": "pending", "started_at": None}, "cv_1") == ()


@pytest.mark.parametrize("state", ["closed", "resting"])
def test_a_conversation_in_any_other_state_keeps_its_starts(state: str) -> None:
    assert len(wire.conversation_to_domain(CONVERSATION | {"state": state}, "cv_1")) == 2


@pytest.mark.parametrize("path", paths(CONVERSATION))
def test_a_conversation_without_a_required_property_is_not_data(path: str) -> None:
    with pytest.raises(wire.NotTheContract):
        wire.conversation_to_domain(altered(CONVERSATION, path), "cv_1")


def test_a_started_conversation_without_a_start_time_is_not_data() -> None:
    with pytest.raises(wire.NotTheContract):
        wire.conversation_to_domain(CONVERSATION | {"started_at": None}, "cv_1")


@pytest.mark.parametrize(
    "outcome",
    [
        SENT,
        Outcome("duplicate", "5101", "812345", None, None),
        Outcome("failed", "5101", None, "ats_validation", "Pinpoint asks for a phone number."),
        Outcome("failed", None, None, None, None),
        Outcome("failed", None, None, "internal", "x" * 900),
        Outcome("skipped", None, None, "unlinked", None),
        Outcome("skipped", "5101", None, None, "  "),
    ],
)
def test_every_report_is_what_the_contract_says(outcome: Outcome) -> None:
    prepared = wire.outcome_from_domain("cs_1", outcome, AT)
    assert faults("cord", "DeliveryWrite", json.loads(prepared.body)) == []
    assert prepared.path == "/v1/conversation-starts/cs_1/deliveries"


def test_a_report_of_sent_holds_exactly_this() -> None:
    assert json.loads(wire.outcome_from_domain("cs_1", SENT, AT).body) == {
        "outcome": "sent",
        "ats": "pinpoint",
        "ats_job_id": "5101",
        "ats_application_id": "812345",
        "at": "2026-11-21T09:14:40.123Z",
    }


def test_the_same_report_has_the_same_key_and_bytes() -> None:
    assert wire.outcome_from_domain("cs_1", SENT, AT) == wire.outcome_from_domain("cs_1", SENT, AT)


def test_another_report_has_another_key() -> None:
    other = Outcome("sent", "5102", "812345", None, None)
    keys = {wire.outcome_from_domain("cs_1", outcome, AT).key for outcome in (SENT, other)}
    assert len(keys) == 2
    assert all(key.startswith("delivery:cs_1:") and len(key) == 38 for key in keys)


@pytest.mark.parametrize("outcome", [Outcome("sent", None, "8", None, None), Outcome("duplicate", "5", None, "x", "y")])
def test_a_report_of_sent_without_its_ids_is_never_made(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match="needs the job and the application"):
        wire.outcome_from_domain("cs_1", outcome, AT)


@pytest.mark.parametrize("body", [None, "x", [], {}, {"error": None}, {"error": {"message": "x"}}])
def test_an_error_answer_that_cannot_be_read_is_empty(body: Any) -> None:
    assert wire.fault(body) == wire.Fault()
