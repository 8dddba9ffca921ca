"""Jobs, lists, filters, includes and checks of the Pinpoint simulator."""

import re
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest

from connector.sandbox.pinpoint.records import JOB_STATUSES, VISIBILITIES
from connector.sandbox.world import World
from tests.sandbox.conftest import JSON_API, pinpoint_client

ALL_VISIBILITIES = {"filter[job_visibility]": "internal,external,confidential,private_job"}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def detail(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


# --- keys and order of checks ---


def test_missing_key(world: World) -> None:
    answer = httpx.get(world.pinpoint_url + "/api/v1/jobs")
    assert detail(answer) == (401, "X-API-KEY header not provided")


def test_wrong_revoked_and_restored_key(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.revoke_key()
    assert detail(pinpoint.get("/jobs")) == (401, "Invalid API key")
    world.pinpoint.restore_key("ppk_test_new")
    assert pinpoint.get("/jobs").status_code == 401
    with pinpoint_client(world) as fresh:
        assert fresh.get("/jobs").status_code == 200


def test_api_switched_off(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.api_enabled = False
    assert detail(pinpoint.get("/jobs")) == (403, "Integration not enabled")


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        ("jobs:read", "GET", "/jobs/1?bad=1"),
        ("applications:read", "GET", "/applications"),
        ("applications:write", "POST", "/applications"),
        ("applications:write", "PUT", "/applications/1"),
        ("candidates:read", "GET", "/candidates/1"),
        ("comments:read", "GET", "/comments"),
        ("comments:write", "POST", "/comments"),
    ],
)
def test_missing_permission_is_403_before_anything_else(
    world: World, pinpoint: httpx.Client, permission: str, method: str, path: str
) -> None:
    world.pinpoint.permissions.discard(permission)
    assert (403, f"Permission missing: {permission}") == detail(pinpoint.request(method, path))


def test_404_comes_before_400(pinpoint: httpx.Client) -> None:
    assert detail(pinpoint.get("/applications/1?nonsense=1")) == (404, "Record not found")
    assert pinpoint.put("/applications/1", content=b"{").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/applications/1"), ("POST", "/candidates"), ("DELETE", "/candidates/1"), ("GET", "/nothing")],
)
def test_what_does_not_exist_is_404(pinpoint: httpx.Client, method: str, path: str) -> None:
    assert pinpoint.request(method, path).status_code == 404


def test_accept_must_allow_json_api(world: World, pinpoint: httpx.Client) -> None:
    assert pinpoint.get("/jobs", headers={"Accept": "text/html"}).status_code == 400
    assert pinpoint.get("/jobs", headers={"Accept": "*/*"}).status_code == 200


# --- jobs ---


def test_every_status_and_visibility_can_be_filtered(world: World, pinpoint: httpx.Client) -> None:
    made = {status: world.pinpoint.add_job(status=status) for status in JOB_STATUSES}
    for status, job in made.items():
        assert [job] == ids(pinpoint.get("/jobs", params={"filter[status]": status}))
    for visibility in VISIBILITIES[2:]:
        job = world.pinpoint.add_job(visibility=visibility)
        assert [job] == ids(pinpoint.get("/jobs", params={"filter[visibility]": visibility}))


def test_values_of_a_filter_are_ored_and_filters_are_anded(world: World, pinpoint: httpx.Client) -> None:
    one = world.pinpoint.add_job(status="open", remote=True)
    world.pinpoint.add_job(status="open", remote=False)
    two = world.pinpoint.add_job(status="hold", remote=True)
    query = {"filter[status]": "open,hold", "filter[remote]": "true"}
    assert [one, two] == ids(pinpoint.get("/jobs", params=query))


def test_mirror_request_has_the_documented_shape(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.add_job(id="5101", title="Backend Engineer")
    query = "filter[status]=open&include=stages,location,department&sort=id&page[size]=100&stats[total]=count"
    body = pinpoint.get(f"/jobs?{query}").json()
    relations = body["data"][0]["relationships"]
    assert {"data", "included", "meta"} == set(body)
    assert body["meta"] == {"stats": {"total": {"count": 1}}}
    assert relations["questions"] == {"meta": {"included": False}}
    assert relations["location"]["data"] == {"id": "31", "type": "locations"}
    assert [row["id"] for row in relations["stages"]["data"]] == [
        row["id"] for row in body["included"] if row["type"] == "stages"
    ]


def test_included_resources_come_once(world: World, pinpoint: httpx.Client) -> None:
    for _ in range(3):
        world.pinpoint.add_job()
    included = pinpoint.get("/jobs?include=location,department").json()["included"]
    assert [(row["id"], row["type"]) for row in included] == [("31", "locations"), ("9", "departments")]


def test_stage_ids_belong_to_one_job(world: World, pinpoint: httpx.Client) -> None:
    jobs = [world.pinpoint.add_job() for _ in range(2)]
    stages = [{row["id"] for row in pinpoint.get(f"/jobs/{job}?include=stages").json()["included"]} for job in jobs]
    assert set() == stages[0] & stages[1]


def test_brackets_may_be_encoded(world: World, pinpoint: httpx.Client) -> None:
    job = world.pinpoint.add_job()
    assert [job] == ids(pinpoint.get("/jobs?filter%5Bstatus%5D=open&page%5Bsize%5D=1"))


def test_pages(world: World, pinpoint: httpx.Client) -> None:
    jobs = [world.pinpoint.add_job() for _ in range(5)]
    pages = [ids(pinpoint.get(f"/jobs?page[size]=2&page[number]={number}")) for number in (1, 2, 3, 4)]
    assert [jobs[:2], jobs[2:4], jobs[4:], []] == pages


def test_size_nought_with_the_total(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.add_job()
    body = pinpoint.get("/jobs?page[size]=0&stats[total]=count").json()
    assert (body["data"], body["meta"]["stats"]["total"]["count"]) == ([], 1)


def test_sorting(world: World, pinpoint: httpx.Client) -> None:
    first, second = world.pinpoint.add_job(), world.pinpoint.add_job()
    world.pinpoint.clock_offset_s = 60
    world.pinpoint.edit_job(first, title="Changed")
    assert [second, first] == ids(pinpoint.get("/jobs?sort=-id"))
    assert [first, second] == ids(pinpoint.get("/jobs?sort=-updated_at,id"))


@pytest.mark.parametrize(
    "query",
    [
        "page[size]=1001",
        "page[size]=-1",
        "page[size]=",
        "page[number]=0",
        "page[offset]=1",
        "sort=title",
        "sort=id,-id",
        "include=salary",
        "include=stages.salary",
        "include=",
        "filter[state]=open",
        "filter[status]=opened",
        "filter[status]=open,",
        "filter[status]=",
        "filter[remote]=yes",
        "filter[created_at][gte]=2026-01-01T00:00:00Z",
        "filter[created_at][gt]=yesterday",
        "filter[created_at][gt]=2026-01-01",
        "extra_fields[jobs]=salary",
        "extra_fields[applications]=tags",
        "fields[candidates]=email",
        "stats[total]=sum",
        "limit=1",
        "sort=id&sort=id",
    ],
)
def test_what_is_not_listed_is_400(pinpoint: httpx.Client, query: str) -> None:
    answer = pinpoint.get(f"/jobs?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_request")


def test_one_job_takes_no_paging(world: World, pinpoint: httpx.Client) -> None:
    job = world.pinpoint.add_job(questions=[("What is your notice period?", True)])
    assert pinpoint.get(f"/jobs/{job}?page[size]=1").status_code == 400
    (question,) = pinpoint.get(f"/jobs/{job}?include=questions").json()["included"]
    assert question["attributes"]["required"]


def test_sparse_fields(world: World, pinpoint: httpx.Client) -> None:
    world.pinpoint.add_job()
    body = pinpoint.get("/jobs?fields[jobs]=title,status&fields[stages]=name&include=stages").json()
    assert {"title", "status"} == set(body["data"][0]["attributes"])
    assert {"name"} == set(body["included"][0]["attributes"])


def test_created_filter_is_strict(world: World, pinpoint: httpx.Client) -> None:
    job = world.pinpoint.add_job()
    moment = pinpoint.get(f"/jobs/{job}").json()["data"]["attributes"]["created_at"]
    earlier = (datetime.fromisoformat(moment) - timedelta(seconds=1)).astimezone(UTC).isoformat()
    assert ids(pinpoint.get("/jobs", params={"filter[created_at][gt]": moment})) == []
    assert [job] == ids(pinpoint.get("/jobs", params={"filter[created_at][gt]": earlier}))


def test_unknown_status_is_refused_when_made(world: World) -> None:
    with pytest.raises(ValueError, match="status"):
        world.pinpoint.add_job(status="opened")
    with pytest.raises(ValueError, match="colour"):
        world.pinpoint.add_job(colour="red")


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


# --- the limiter ---


def test_two_windows_and_a_true_retry_after() -> None:
    with World(limits=((3, 60.0), (4, 480.0))) as world, pinpoint_client(world) as client:
        statuses = [client.get("/jobs").status_code for _ in range(3)]
        answer = client.get("/jobs")
    assert statuses == [200, 200, 200]
    assert detail(answer) == (429, "Rate limit exceeded")
    assert 55 <= int(answer.headers["Retry-After"]) <= 60


def test_scale_shrinks_both_windows() -> None:
    with World(limits=((1, 60.0), (2, 480.0)), scale=600) as world, pinpoint_client(world) as client:
        statuses = []
        for _ in range(3):
            statuses.append(client.get("/jobs").status_code)
            world.pinpoint.limiter.take("nobody")  # another client does not count
            _wait(0.11)
        assert statuses == [200, 200, 429]


def _wait(seconds: float) -> None:
    import time

    time.sleep(seconds)


@pytest.mark.parametrize(
    ("form", "pattern"), [("seconds", r"[0-9]+"), ("http-date", r"[A-Z][a-z]{2}, .* GMT"), ("absent", "None")]
)
def test_retry_after_switch(form: str, pattern: str) -> None:
    with World(limits=((1, 60.0),), switches={"retry_after": form}) as world, pinpoint_client(world) as client:
        client.get("/jobs")
        answer = client.get("/jobs")
    assert answer.status_code == 429
    assert re.fullmatch(pattern, str(answer.headers.get("Retry-After")))


def test_refused_keys_do_not_use_up_the_limit() -> None:
    with World(limits=((1, 60.0),)) as world:
        with pinpoint_client(world, "wrong") as stranger:
            assert {401} == {stranger.get("/jobs").status_code for _ in range(3)}
        with pinpoint_client(world) as client:
            assert client.get("/jobs").status_code == 200


def test_429_comes_before_404() -> None:
    with World(limits=((1, 60.0),)) as world, pinpoint_client(world) as client:
        assert [client.get("/jobs/1").status_code for _ in range(2)] == [404, 429]
