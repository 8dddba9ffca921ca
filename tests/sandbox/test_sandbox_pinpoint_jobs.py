"""Jobs and the query parameters of the Pinpoint simulator."""

from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest

from connector.sandbox.pinpoint.records import JOB_STATUSES, VISIBILITIES
from connector.sandbox.world import World


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["data"]]


def detail(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["detail"]


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
