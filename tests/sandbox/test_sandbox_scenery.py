"""A furnished world: every case is there, and every answer about it keeps to the contracts."""

import httpx2 as httpx

from connector.sandbox.pinpoint.records import JOB_STATUSES, VISIBILITIES
from connector.sandbox.scenery import furnish
from connector.sandbox.world import World


def test_every_status_and_visibility_is_there(world: World) -> None:
    furnish(world)
    jobs = world.pinpoint.jobs.values()
    assert {job.status for job in jobs} == set(JOB_STATUSES)
    assert {job.visibility for job in jobs} == set(VISIBILITIES)


def test_everything_can_be_read(world: World, cord: httpx.Client, pinpoint: httpx.Client) -> None:
    scenery = furnish(world)
    rows = cord.get("/v1/conversation-starts", params={"limit": 100}).json()["data"]
    assert {row["id"] for row in rows} == set(scenery.starts.values())
    for row in rows:
        expected = 410 if row["id"] == scenery.starts["erased"] else 200
        assert cord.get(f"/v1/candidates/{row['candidate_id']}").status_code == expected
    for path in ("/jobs?include=stages", "/applications?include=candidate,stage", "/candidates?include=applications"):
        assert pinpoint.get(path).status_code == 200
    assert cord.get("/v1/positions?limit=100").status_code == 200
    assert cord.get("/v1/ats-jobs").status_code == 200


def test_cases_of_known_people(world: World, cord: httpx.Client, pinpoint: httpx.Client) -> None:
    scenery = furnish(world)

    def known(case: str) -> list[dict]:
        person = cord.get("/v1/conversations/" + world.cord.conversation_of(scenery.starts[case])).json()
        email = cord.get(f"/v1/candidates/{person['candidate_id']}").json()["emails"][0]["address"]
        query = {"filter[candidate_email]": email, "filter[job_visibility]": ",".join(VISIBILITIES)}
        return [row["attributes"] for row in pinpoint.get("/applications", params=query).json()["data"]]

    assert known("plain") == []
    assert [str(row["job_id"]) for row in known("already_there")] == [scenery.jobs["open"]]
    assert [str(row["job_id"]) for row in known("known_elsewhere")] == [scenery.jobs["filled"]]
    assert len({row["candidate_id"] for row in known("two_records")}) == 2
    assert [row["concealed"] for row in known("concealed")] == [True]
    assert known("letter_case")[0]["email"].isupper()
