"""The Pinpoint adapter over a stand-in for the HTTP layer: look-ups, paging, answers to a create."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from stub_client import Call, StubClient
from test_pinpoint_wire import NEW, PDF, application, job

from connector.domain.errors import ApiOff, NotThere, OutcomeUnknown, PermissionMissing, WireError
from connector.platforms.pinpoint import adapter
from connector.platforms.pinpoint.adapter import PinpointAts, budget_scope
from connector.rest.calls import Kind
from connector.rest.client import Client

VISIBLE = "internal,external,confidential,private_job"


def ats(answer: Callable[[Call], Any], status: int = 200, headers: dict[str, str] | None = None) -> PinpointAts:
    return PinpointAts(cast(Client, StubClient(answer, status, headers or {})), "f1")


def calls(pinpoint: PinpointAts) -> list[Call]:
    return cast(StubClient, pinpoint._client).calls


def rows(*shown: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(shown), "meta": {}}


def row(id_: str, email: str | None = None, **attributes: Any) -> dict[str, Any]:
    return application(email=email, concealed=email is None, **attributes) | {"id": id_}


class Tenant:
    """Finds rows by address as a server does: exactly, and whether they are concealed or not."""

    def __init__(self, **owned: list[dict[str, Any]]) -> None:
        self.owned = {f"{name}@example.com": list(found) for name, found in owned.items()}

    def __call__(self, call: Call) -> Any:
        asked = call.query["filter[candidate_email]"].split(",")
        return rows(*(found for address in asked for found in self.owned.get(address, [])))


PEOPLE = [f"p{n}@example.com" for n in range(16)]


def ids(found: dict[str, Any]) -> dict[str, list[str]]:
    return {email: [application.id for application in there] for email, there in found.items() if there}


def test_a_page_of_people_is_looked_up_in_one_call() -> None:
    pinpoint = ats(Tenant(p3=[row("1", "p3@example.com"), row("2", "P3@Example.com")], p9=[row("3", "p9@example.com")]))
    assert ids(pinpoint.applications_of(PEOPLE)) == {"p3@example.com": ["1", "2"], "p9@example.com": ["3"]}
    (call,) = calls(pinpoint)
    assert call.query["filter[job_visibility]"] == VISIBLE
    assert call.query["page[size]"] == "1000"
    assert call.kind is Kind.READ


def test_nobody_is_looked_up_without_a_call() -> None:
    pinpoint = ats(lambda _: WireError("pinpoint", "x", "y"))
    assert pinpoint.applications_of([]) == {}
    assert pinpoint.applications_by_reference([]) == {}
    assert pinpoint.jobs([]) == {}
    assert calls(pinpoint) == []


def test_every_spelling_of_an_address_is_a_key_and_asked_for_once() -> None:
    pinpoint = ats(Tenant(ana=[row("1", "ana@example.com")]))
    found = pinpoint.applications_of(["Ana@Example.com", "ana@example.com", " ANA@example.com "])
    assert [[there.id for there in each] for each in found.values()] == [["1"], ["1"], ["1"]]
    (call,) = calls(pinpoint)
    assert call.query["filter[candidate_email]"] == "ana@example.com,Ana@Example.com,ANA@example.com"


def test_an_address_with_a_comma_never_enters_the_filter() -> None:
    pinpoint = ats(Tenant(ana=[row("1", "ana@example.com")]))
    found = pinpoint.applications_of(["x,ana@example.com", "ana@example.com", ""])
    assert ids(found) == {"ana@example.com": ["1"]}
    assert set(found) == {"x,ana@example.com", "ana@example.com", ""}
    assert calls(pinpoint)[0].query["filter[candidate_email]"] == "ana@example.com"


def test_a_concealed_row_goes_to_the_one_whom_the_filter_finds_it_for() -> None:
    pinpoint = ats(Tenant(p5=[row("7")], p2=[row("1", "p2@example.com")]))
    assert ids(pinpoint.applications_of(PEOPLE)) == {"p2@example.com": ["1"], "p5@example.com": ["7"]}
    assert len(calls(pinpoint)) <= 6


@pytest.mark.parametrize("owner", range(16))
def test_a_concealed_row_is_found_at_any_place_of_the_batch(owner: int) -> None:
    pinpoint = ats(Tenant(**{f"p{owner}": [row("7")]}))
    assert ids(pinpoint.applications_of(PEOPLE)) == {PEOPLE[owner]: ["7"]}


def test_every_person_may_have_concealed_rows() -> None:
    pinpoint = ats(Tenant(**{f"p{n}": [row(f"a{n}"), row(f"b{n}")] for n in range(16)}))
    assert ids(pinpoint.applications_of(PEOPLE)) == {PEOPLE[n]: [f"a{n}", f"b{n}"] for n in range(16)}


def test_a_row_without_a_usable_address_is_settled_like_a_concealed_one() -> None:
    pinpoint = ats(Tenant(p5=[application(email="hidden") | {"id": "7"}]))
    assert ids(pinpoint.applications_of(PEOPLE)) == {PEOPLE[5]: ["7"]}


def test_a_concealed_row_of_a_single_person_costs_no_further_call() -> None:
    pinpoint = ats(Tenant(p5=[row("7")]))
    assert ids(pinpoint.applications_of(["p5@example.com"])) == {"p5@example.com": ["7"]}
    assert len(calls(pinpoint)) == 1


def test_a_row_that_vanishes_while_its_owner_is_sought_is_nobodys() -> None:
    answers = [rows(row("7")), rows(), rows()]
    pinpoint = ats(lambda _: answers.pop(0))
    assert ids(pinpoint.applications_of(["a@example.com", "b@example.com"])) == {}


def test_a_row_that_shows_another_address_is_nobodys() -> None:
    pinpoint = ats(lambda _: rows(row("1", "ana+cord@example.com")))
    assert ids(pinpoint.applications_of(["ana@example.com"])) == {}


def test_many_addresses_are_split_so_that_no_query_is_too_long() -> None:
    people = [f"{'long' * 10}{n}@example.com" for n in range(400)]
    pinpoint = ats(lambda _: rows())
    assert list(pinpoint.applications_of(people)) == people
    values = [call.query["filter[candidate_email]"] for call in calls(pinpoint)]
    assert sorted(",".join(values).split(",")) == sorted(people)
    assert max(len(value.replace("@", "%40").replace(",", "%2C")) for value in values) <= 6000


def test_references_are_asked_for_with_stage_and_attachments_in_one_call() -> None:
    mine = application(external_system_reference="cord:cs_1", stage_id=1, attachments=[{"context": "cv", "url": "u"}])
    stage = {"id": "1", "type": "stages", "attributes": {"basic_type": "applied"}}
    pinpoint = ats(lambda _: rows(mine) | {"included": [stage]})
    found = pinpoint.applications_by_reference(["cord:cs_1", "cord:cs_2", "cord:cs_1"])
    assert list(found) == ["cord:cs_1", "cord:cs_2"]
    ((one,), none) = found.values()
    assert (one.stage_kind, one.has_cv, none) == ("applied", True, ())
    (call,) = calls(pinpoint)
    assert call.query["filter[external_system_reference]"] == "cord:cs_1,cord:cs_2"
    assert (call.query["include"], call.query["extra_fields[applications]"]) == ("stage", "attachments")
    assert call.query["filter[job_visibility]"] == VISIBLE


def test_a_row_that_hides_its_reference_goes_to_the_reference_that_finds_it() -> None:
    def answer(call: Call) -> Any:
        return rows(*[row("8")] * ("cord:cs_2" in call.query["filter[external_system_reference]"].split(",")))

    found = ats(answer).applications_by_reference(["cord:cs_1", "cord:cs_2", "cord:cs_3"])
    assert ids(found) == {"cord:cs_2": ["8"]}


def test_an_open_row_without_a_reference_is_no_answer_to_a_question_about_references() -> None:
    with pytest.raises(WireError):
        ats(lambda _: rows(application())).applications_by_reference(["cord:cs_1"])


@pytest.mark.parametrize("reference", ["", "cord:a,b"])
def test_a_reference_that_cannot_be_looked_up_is_never_called_absent(reference: str) -> None:
    with pytest.raises(ValueError, match="comma"):
        ats(lambda _: rows()).applications_by_reference([reference])


def numbered(call: Call) -> int:
    return int(call.query["page[number]"])


def test_rows_are_read_until_a_short_page_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PAGE_ROWS", 2)
    pages = {1: [job() | {"id": "1"}, job() | {"id": "2"}], 2: [job() | {"id": "2"}, job() | {"id": "3"}], 3: []}
    pinpoint = ats(lambda call: rows(*pages[numbered(call)]))
    assert list(pinpoint.jobs()) == ["1", "2", "3"]
    assert [call.query["page[size]"] for call in calls(pinpoint)] == ["2", "2", "2"]


def test_a_short_page_is_not_the_last_when_the_total_says_that_there_is_more() -> None:
    pages = {1: [job() | {"id": "1"}], 2: [job() | {"id": "2"}]}
    total = {"meta": {"stats": {"total": {"count": 2}}}}
    pinpoint = ats(lambda call: rows(*pages[numbered(call)]) | total)
    assert list(pinpoint.jobs()) == ["1", "2"]


def test_an_empty_page_is_the_last_whatever_the_total_says() -> None:
    total = {"meta": {"stats": {"total": {"count": 9}}}}
    pinpoint = ats(lambda call: rows(*[job()][: 2 - numbered(call)]) | total)
    assert list(pinpoint.jobs()) == ["5101"]


def test_a_server_that_repeats_its_page_is_a_wire_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "PAGE_ROWS", 1)
    with pytest.raises(WireError):
        ats(lambda _: rows(job())).jobs()


def test_all_jobs_are_asked_for_with_every_status_and_visibility() -> None:
    pinpoint = ats(lambda _: rows(job()))
    assert list(pinpoint.jobs()) == ["5101"]
    (call,) = calls(pinpoint)
    assert call.query["filter[status]"] == "open,closed,archived,pending_approval,draft,hold,cancelled,filled,preview"
    assert call.query["filter[visibility]"] == VISIBLE
    assert (call.query["include"], call.query["sort"]) == ("stages", "id")


def test_a_job_that_cannot_be_read_is_a_wire_error_and_no_missing_job() -> None:
    with pytest.raises(WireError):
        ats(lambda _: rows(job(), {"id": "2", "type": "jobs", "attributes": {}})).jobs()


def test_two_jobs_are_read_singly_and_a_missing_one_is_left_out() -> None:
    def answer(call: Call) -> Any:
        return {"data": job()} if call.path == "/jobs/5101" else NotThere("pinpoint", "x", "y", 404)

    pinpoint = ats(answer)
    assert list(pinpoint.jobs(["5101", "9999"])) == ["5101"]
    assert [call.path for call in calls(pinpoint)] == ["/jobs/5101", "/jobs/9999"]


def test_more_jobs_are_picked_from_the_list() -> None:
    pinpoint = ats(lambda _: rows(*(job() | {"id": str(n)} for n in range(5))))
    assert list(pinpoint.jobs(["4", "1", "9"])) == ["4", "1"]
    assert [call.path for call in calls(pinpoint)] == ["/jobs"]


def created(**attributes: Any) -> dict[str, Any]:
    return {"data": application(external_system_reference="cord:cs_1", **attributes), "meta": {}}


def test_a_create_is_one_write_with_its_length() -> None:
    pinpoint = ats(lambda _: created(), 201)
    assert pinpoint.create_application(NEW, PDF).id == "8"
    (call,) = calls(pinpoint)
    assert (call.kind, call.method, call.path, call.content_type) == (
        Kind.WRITE,
        "POST",
        "/applications",
        "application/vnd.api+json",
    )
    assert call.length == len(call.sent)


def test_a_create_shows_whose_reference_the_answer_carries() -> None:
    pinpoint = ats(lambda _: {"data": application(external_system_reference="cord:cs_0")}, 201)
    assert pinpoint.create_application(NEW, None).reference == "cord:cs_0"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_other_success_leaves_the_outcome_unknown(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        ats(lambda _: created(), status).create_application(NEW, None)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"data": None},
        {"data": {}},
        {"data": {**application(), "id": None}},
        {"data": {key: value for key, value in application().items() if key != "id"}},
        created(job_id=None),
        created(job_id=5102),
    ],
)
def test_a_201_that_does_not_show_our_application_leaves_the_outcome_unknown(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        ats(lambda _: body, 201).create_application(NEW, None)


def test_details_are_put_and_may_be_repeated() -> None:
    pinpoint = ats(lambda _: created())
    pinpoint.add_details("8", "+447700900111", "GB", None)
    (call,) = calls(pinpoint)
    assert (call.kind, call.method, call.path) == (Kind.KEYED, "PUT", "/applications/8")


def test_no_details_are_no_call() -> None:
    pinpoint = ats(lambda _: created())
    pinpoint.add_details("8", None, None, None)
    assert calls(pinpoint) == []


@pytest.mark.parametrize("body", [None, {}, {"data": application() | {"id": "9"}}])
def test_an_unreadable_answer_to_details_leaves_the_outcome_unknown(body: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        ats(lambda _: body).add_details("8", None, None, "https://linkedin.example.com/in/ana")


def test_health_names_what_is_missing_and_how_the_clocks_differ() -> None:
    def answer(call: Call) -> Any:
        return PermissionMissing("pinpoint", "x", "y", 403) if call.path in {"/applications", "/comments"} else rows()

    health = ats(answer, headers={"date": "Sat, 21 Nov 2026 09:01:30 GMT"}).health()
    assert health.permissions == {"jobs": True, "applications": False, "comments": False, "candidates": True}
    assert (health.missing, health.clock_skew_s) == (("applications",), 90.0)


def test_health_of_a_tenant_with_the_interface_switched_off_is_api_off() -> None:
    with pytest.raises(ApiOff):
        ats(lambda _: ApiOff("pinpoint", "x", "y", 403)).health()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.pinpointhq.com/api/v1", "https://B.pinpointhq.com/api/v1", True),
        ("http://127.0.0.1:1000/api/v1", "http://127.0.0.1:1001/api/v1", False),
        ("https://a.pinpointhq.com/api/v1", "https://a.notpinpointhq.com/api/v1", False),
    ],
)
def test_tenants_share_one_budget_and_sandboxes_do_not(one: str, other: str, same: bool) -> None:
    assert (budget_scope(one, "k1") == budget_scope(other, "k2")) is same
