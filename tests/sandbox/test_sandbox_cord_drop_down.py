"""The drop-down and the positions' links in the cord simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import JOB, Writer, code, field

# --- the drop-down ---


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": ""}, ("title", "blank")),
        ({"title": "x" * 301}, ("title", "too_long")),
        ({"title": None}, ("title", "invalid")),
        ({"status": "draft"}, ("status", "unsupported")),
        ({"updated_at": "2026-11-20T12:00:00+00:00"}, ("updated_at", "invalid")),
        ({"updated_at": "2026-13-20T12:00:00Z"}, ("updated_at", "invalid")),
        ({"url": "not a url"}, ("url", "invalid")),
        ({"location": 5}, ("location", "invalid")),
    ],
)
def test_bad_ats_job_is_422(write: Writer, change: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("PUT", "/v1/ats-jobs/5101", JOB | change))


def test_ats_job_without_a_required_field_is_422(write: Writer) -> None:
    body = {name: value for name, value in JOB.items() if name != "status"}
    assert field(write("PUT", "/v1/ats-jobs/5101", body)) == (422, "status", "required")


def test_malformed_ats_job_id_is_400(write: Writer) -> None:
    assert field(write("PUT", "/v1/ats-jobs/a%20b", JOB)) == (400, "ats_job_id", "invalid")


def test_put_replaces_fully(write: Writer, cord: httpx.Client) -> None:
    statuses = [
        write("PUT", "/v1/ats-jobs/5101", JOB | {"location": "Leeds"}).status_code,
        write("PUT", "/v1/ats-jobs/5101", JOB).status_code,
    ]
    (row,) = cord.get("/v1/ats-jobs").json()["data"]
    assert (statuses, row["location"]) == ([201, 200], None)


def test_older_version_is_stale_and_an_equal_one_replaces(write: Writer, world: World) -> None:
    write("PUT", "/v1/ats-jobs/5101", JOB)
    older = JOB | {"updated_at": "2026-11-20T11:59:59.999Z", "title": "Old"}
    assert code(write("PUT", "/v1/ats-jobs/5101", older)) == (409, "stale_update")
    assert write("PUT", "/v1/ats-jobs/5101", JOB | {"title": "Same time"}).status_code == 200
    assert world.cord.ats_jobs["5101"].title == "Same time"


def test_removed_entry_is_remembered_for_thirty_days(write: Writer, world: World) -> None:
    older = JOB | {"updated_at": "2026-11-01T00:00:00Z"}
    write("PUT", "/v1/ats-jobs/5101", JOB)
    assert write("DELETE", "/v1/ats-jobs/5101").status_code == 204
    assert code(write("PUT", "/v1/ats-jobs/5101", older)) == (409, "stale_update")
    world.cord.clock_offset_s = 31 * 86400
    assert write("PUT", "/v1/ats-jobs/5101", older).status_code == 201


def test_removed_entry_comes_back_as_201(write: Writer) -> None:
    write("PUT", "/v1/ats-jobs/5101", JOB)
    write("DELETE", "/v1/ats-jobs/5101")
    assert write("PUT", "/v1/ats-jobs/5101", JOB).status_code == 201


def test_deleting_nothing_is_204(write: Writer) -> None:
    assert write("DELETE", "/v1/ats-jobs/5101").status_code == 204


def test_closing_and_removing_mark_the_links(write: Writer, cord: httpx.Client, position: str) -> None:
    def mark() -> bool:
        return cord.get("/v1/positions/po_17").json()["ats_link"]["ats_job_closed"]

    future = JOB | {"updated_at": "2099-01-01T00:00:00Z"}
    marks = [mark()]
    for status in ("closed", "open"):
        write("PUT", "/v1/ats-jobs/5101", future | {"status": status})
        marks.append(mark())
    write("DELETE", "/v1/ats-jobs/5101")
    assert [*marks, mark()] == [False, True, False, True]


# --- links ---


def test_link_is_made_kept_and_taken_away(write: Writer, cord: httpx.Client, world: World) -> None:
    world.cord.add_ats_job("5101", "Engineer")
    world.cord.add_position(id="po_17")
    first = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101"})
    again = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "5101", "origin": "imported"})
    assert (200, first.json()) == (again.status_code, again.json())
    assert [write("DELETE", "/v1/positions/po_17/ats-link").status_code for _ in range(2)] == [204, 204]
    assert None is cord.get("/v1/positions/po_17").json()["ats_link"]


def test_link_to_an_unknown_job_is_422_unknown(write: Writer, world: World) -> None:
    world.cord.add_position(id="po_17")
    answer = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "77"})
    assert field(answer) == (422, "ats_job_id", "unknown")


@pytest.mark.parametrize("removed", [True, False])
def test_link_to_a_closed_or_removed_job_is_422_closed(write: Writer, world: World, removed: bool) -> None:
    world.cord.add_position(id="po_17")
    world.cord.add_ats_job("77", "Engineer", status="open" if removed else "closed")
    if removed:
        world.cord.ats_jobs.delete("77")
    answer = write("PUT", "/v1/positions/po_17/ats-link", {"ats_job_id": "77"})
    assert code(answer) == (422, "ats_job_closed")
    assert field(answer) == (422, "ats_job_id", "closed")
