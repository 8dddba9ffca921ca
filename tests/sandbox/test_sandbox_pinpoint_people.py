"""Finding applications and candidates in the Pinpoint simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import JSON_API

ALL_VISIBILITIES = {"filter[job_visibility]": "internal,external,confidential,private_job"}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def detail(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


# --- applications ---


@pytest.fixture
def job(world: World) -> str:
    return world.pinpoint.add_job(id="5101")


def found(client: httpx.Client, **filters: str) -> list[str]:
    query = {f"filter[{name}]": value for name, value in filters.items()}
    return ids(client.get("/applications", params=query | ALL_VISIBILITIES))


def test_nothing_found_is_an_empty_page(pinpoint: httpx.Client) -> None:
    answer = pinpoint.get("/applications", params={"filter[external_system_reference]": "cord:cs_1"})
    assert answer.json() == {"data": [], "meta": {}}
    assert answer.headers["Content-Type"] == JSON_API


def test_found_by_reference_exactly(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="a@example.com", reference="cord:cs_1")
    world.pinpoint.add_application(job, email="a@example.com", reference="cord:cs_10")
    assert [made] == found(pinpoint, external_system_reference="cord:cs_1")
    assert len(found(pinpoint, external_system_reference="cord:cs_1,cord:cs_10")) == 2


def test_email_match_switch(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="Ana+Cord@Example.com")
    assert [made] == found(pinpoint, candidate_email="ana+cord@example.com")
    world.pinpoint.switches["email_match"] = "exact"
    assert found(pinpoint, candidate_email="ana+cord@example.com") == []
    assert [made] == found(pinpoint, candidate_email="Ana+Cord@Example.com")


def test_plus_must_be_encoded(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="ana+cord@example.com")
    assert ids(pinpoint.get("/applications?filter[candidate_email]=ana+cord@example.com")) == []
    assert [made] == ids(pinpoint.get("/applications?filter[candidate_email]=ana%2Bcord@example.com"))


def test_phone_match_switch(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="a@example.com", phone="+44 7700 900111")
    assert found(pinpoint, candidate_phone="+447700900111") == []
    world.pinpoint.switches["phone_match"] = "digits"
    assert [made] == found(pinpoint, candidate_phone="07700900999,+447700900111")
    assert [world.pinpoint.applications[0].candidate_id] == ids(
        pinpoint.get("/candidates", params={"filter[phone]": "+447700900111"})
    )


def test_confidential_is_hidden_unless_named(world: World, pinpoint: httpx.Client) -> None:
    secret = world.pinpoint.add_job(visibility="confidential")
    made = world.pinpoint.add_application(secret, email="a@example.com")
    assert ids(pinpoint.get("/applications")) == []
    assert ids(pinpoint.get("/applications?filter[job_visibility]=external")) == []
    assert [made] == ids(pinpoint.get("/applications?filter[job_visibility]=external,confidential"))
    world.pinpoint.switches["hide_confidential"] = "off"
    assert [made] == ids(pinpoint.get("/applications"))


def test_concealed_application_matches_and_hides(world: World, pinpoint: httpx.Client) -> None:
    blind = world.pinpoint.add_job(blind_screening=True)
    made = world.pinpoint.add_application(blind, email="ana@example.com", first_name="Ana", phone="+447700900111")
    assert [made] == found(pinpoint, candidate_email="ana@example.com")
    assert [made] == found(pinpoint, concealed="true")
    shown = pinpoint.get(f"/applications/{made}").json()["data"]["attributes"]
    assert [shown[name] for name in ("concealed", "first_name", "last_name", "full_name", "email", "phone")] == [
        True
    ] + [None] * 5


def test_ids_as_strings_switch(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="a@example.com")

    def job_id() -> object:
        return pinpoint.get(f"/applications/{made}").json()["data"]["attributes"]["job_id"]

    as_number = job_id()
    world.pinpoint.switches["ids_as_strings"] = True
    assert (as_number, job_id()) == (5101, "5101")


def test_extra_fields_are_absent_unless_asked_for(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="a@example.com")
    plain = pinpoint.get(f"/applications/{made}").json()["data"]["attributes"]
    asked = pinpoint.get(f"/applications/{made}?extra_fields[applications]=attachments,tags").json()["data"]
    assert set() == {"attachments", "tags"} & set(plain)
    assert (asked["attributes"]["attachments"], asked["attributes"]["tags"]) == ([], [])


def test_deep_include(world: World, pinpoint: httpx.Client, job: str) -> None:
    first = world.pinpoint.add_application(job, email="a@example.com")
    other = world.pinpoint.add_application(world.pinpoint.add_job(), email="A@example.com")
    body = pinpoint.get(f"/applications/{first}?include=candidate.applications,job").json()
    assert {"candidates", "applications", "jobs"} == {row["type"] for row in body["included"]}
    assert [other] == [row["id"] for row in body["included"] if row["type"] == "applications"]


def test_moved_and_deleted_applications(world: World, pinpoint: httpx.Client, job: str) -> None:
    made = world.pinpoint.add_application(job, email="a@example.com")
    world.pinpoint.move(made, "rejected")
    assert [made] == found(pinpoint, stage_basic_type="rejected")
    assert None is not pinpoint.get(f"/applications/{made}").json()["data"]["attributes"]["rejected_at"]
    world.pinpoint.delete_application(made)
    assert pinpoint.get(f"/applications/{made}").status_code == 404


# --- candidates ---


def test_candidate_with_applications(world: World, pinpoint: httpx.Client, job: str) -> None:
    for _ in range(2):
        world.pinpoint.add_application(job, email="a@example.com")
    (person,) = world.pinpoint.candidates
    body = pinpoint.get(f"/candidates/{person.id}?include=applications").json()
    assert 2 == len(body["included"]) == len(body["data"]["relationships"]["applications"]["data"])


def test_candidates_have_no_email_filter(pinpoint: httpx.Client) -> None:
    assert pinpoint.get("/candidates?filter[email]=a@example.com").status_code == 400


def test_blocked_filter(world: World, pinpoint: httpx.Client) -> None:
    person = world.pinpoint.add_candidate(email="a@example.com", blocked=True)
    world.pinpoint.add_candidate(email="b@example.com")
    assert [person] == ids(pinpoint.get("/candidates?filter[blocked]=true"))
