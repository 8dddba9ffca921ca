"""The conversation-starts feed and the other collections of the cord simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World

FEED = "/v1/conversation-starts"


def rows(client: httpx.Client, **query: str | int) -> list[dict]:
    return client.get(FEED, params=query).json()["data"]


def cursor_of(client: httpx.Client, **query: str | int) -> str:
    return client.get(FEED, params=query).json()["page"]["next_cursor"]


def test_started_conversation_is_one_row(cord: httpx.Client, start: str) -> None:
    (row,) = rows(cord)
    assert (start, "conversation.started", "5101") == (row["id"], row["type"], row["position"]["ats_job_id"])
    assert {key: row["forward"][key] for key in ("requested", "mode")} == {"requested": True, "mode": "auto"}


def test_pending_conversation_writes_no_row(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    world.cord.pending_conversation(ana, position)
    assert rows(cord) == []


def test_auto_forward_off_writes_a_waiting_row(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    world.cord.auto_forward = False
    world.cord.start_conversation(ana, position)
    waiting = {"requested": False, "mode": None, "requested_by": None, "requested_at": None}
    assert waiting == rows(cord)[0]["forward"]


def test_forward_does_not_depend_on_the_link(world: World, cord: httpx.Client, ana: str) -> None:
    unlinked = world.cord.add_position(id="po_18", title="Platform Engineer")
    world.cord.start_conversation(ana, unlinked)
    (row,) = rows(cord)
    assert (row["forward"]["requested"], row["position"]["ats_job_id"]) == (True, None)


def test_late_link_writes_no_row_and_changes_none(world: World, cord: httpx.Client, ana: str) -> None:
    unlinked = world.cord.add_position(id="po_18", title="Platform Engineer")
    world.cord.start_conversation(ana, unlinked)
    before = rows(cord)
    world.cord.link(unlinked, "5101")
    assert before == rows(cord)


def test_position_added_is_a_new_start_of_the_same_conversation(world: World, cord: httpx.Client, start: str) -> None:
    other = world.cord.add_position(id="po_18", title="Platform Engineer")
    added = world.cord.add_position_to_conversation(world.cord.conversation_of(start), other)
    first, second = rows(cord)
    assert first["conversation_id"] == second["conversation_id"]
    assert (added, "conversation.position_added") == (second["id"], second["type"])


def test_forward_request_keeps_the_id_and_raises_the_sequence(world: World, cord: httpx.Client, start: str) -> None:
    world.cord.request_forward(start)
    first, second = rows(cord)
    assert first["id"] == second["id"]
    assert first["sequence"] < second["sequence"]
    assert (second["type"], second["forward"]["mode"]) == ("conversation.forward_requested", "manual")


def test_forward_request_needs_a_link(world: World, start: str) -> None:
    world.cord.unlink("po_17")
    with pytest.raises(ValueError, match="link"):
        world.cord.request_forward(start)


def test_closing_writes_no_row(world: World, cord: httpx.Client, start: str) -> None:
    world.cord.close_conversation(world.cord.conversation_of(start))
    assert len(rows(cord)) == 1


def test_tail_starts_behind_the_newest_row(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    world.cord.start_conversation(ana, position)
    page = cord.get(FEED, params={"from": "tail"}).json()
    assert (page["data"], page["page"]["has_more"]) == ([], False)
    later = world.cord.start_conversation(ana, position)
    assert [later] == [row["id"] for row in rows(cord, cursor=page["page"]["next_cursor"])]


def test_tail_and_cursor_exclude_each_other(cord: httpx.Client) -> None:
    answer = cord.get(FEED, params={"from": "tail", "cursor": cursor_of(cord)})
    assert (answer.status_code, answer.json()["error"]["fields"][0]["name"]) == (400, "from")


def test_walk_by_pages_sees_every_row_once(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    ids = [world.cord.start_conversation(ana, position) for _ in range(5)]
    seen, query = [], {"limit": 2}
    while True:
        page = cord.get(FEED, params=query).json()
        seen += [row["id"] for row in page["data"]]
        query["cursor"] = page["page"]["next_cursor"]
        if not page["page"]["has_more"]:
            break
    assert ids == seen


def test_limit_may_change_between_pages(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    ids = [world.cord.start_conversation(ana, position) for _ in range(4)]
    cursor = cursor_of(cord, limit=1)
    assert ids[1:] == [row["id"] for row in rows(cord, limit=100, cursor=cursor)]


@pytest.mark.parametrize("limit", ["0", "101", "ten", "", "-1", "1.0"])
def test_limit_outside_the_range_is_400(cord: httpx.Client, limit: str) -> None:
    answer = cord.get(FEED, params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]["fields"][0]["name"]) == (400, "limit")


@pytest.mark.parametrize("cursor", ["", "nonsense", "Y3M6MDAwMDAwMDEyMzQ3", "%C3%A9"])
def test_malformed_cursor_is_400(cord: httpx.Client, cursor: str) -> None:
    assert cord.get(f"{FEED}?cursor={cursor}").status_code == 400


def test_cursor_is_bound_to_its_path(cord: httpx.Client) -> None:
    assert cord.get("/v1/positions", params={"cursor": cursor_of(cord)}).status_code == 400


def test_cursor_is_bound_to_its_filters(cord: httpx.Client, position: str) -> None:
    cursor = cord.get("/v1/positions", params={"status": "open"}).json()["page"]["next_cursor"]
    assert cord.get("/v1/positions", params={"status": "open", "cursor": cursor}).status_code == 200
    assert cord.get("/v1/positions", params={"status": "open,paused", "cursor": cursor}).status_code == 400


def test_expired_cursor_is_410(world: World, cord: httpx.Client) -> None:
    cursor = cursor_of(cord)
    world.cord.expire_cursors()
    answer = cord.get(FEED, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "cursor_expired")
    assert cord.get(FEED, params={"cursor": cursor_of(cord)}).status_code == 200


def test_cursor_works_for_thirty_days(world: World, cord: httpx.Client) -> None:
    cursor = cursor_of(cord)
    world.cord.clock_offset_s = 29.9 * 86400
    assert cord.get(FEED, params={"cursor": cursor}).status_code == 200
    world.cord.clock_offset_s = 30.1 * 86400
    assert cord.get(FEED, params={"cursor": cursor}).status_code == 410


def test_rows_of_an_erased_candidate_stay(world: World, cord: httpx.Client, ana: str, start: str) -> None:
    world.cord.erase(ana)
    assert [start] == [row["id"] for row in rows(cord)]


def test_duplicate_feed_redelivers_rows(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    ids = [world.cord.start_conversation(ana, position) for _ in range(3)]
    cursor = cursor_of(cord, limit=1)
    world.cord.duplicate_feed = True
    delivered = [row["id"] for row in rows(cord, cursor=cursor)]
    assert set(ids) == set(delivered)
    assert delivered.count(ids[1]) == 2


def test_shuffled_feed_brings_the_same_rows(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    ids = [world.cord.start_conversation(ana, position) for _ in range(20)]
    world.cord.shuffle_feed = True
    delivered = [row["id"] for row in rows(cord)]
    assert ids != delivered
    assert ids == sorted(delivered, key=ids.index)


def test_short_pages_still_lead_to_the_end(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    ids = [world.cord.start_conversation(ana, position) for _ in range(3)]
    world.cord.short_pages = True
    seen, query = [], {"limit": 2}
    while True:
        page = cord.get(FEED, params=query).json()
        seen += [row["id"] for row in page["data"]]
        query["cursor"] = page["page"]["next_cursor"]
        if not page["page"]["has_more"]:
            break
    assert ids == seen


def test_short_pages_may_be_empty(world: World, cord: httpx.Client, start: str) -> None:
    world.cord.short_pages = True
    pages = [cord.get(FEED).json() for _ in range(2)]
    assert ([], True) in [(page["data"], page["page"]["has_more"]) for page in pages]


def test_stuck_cursor_promises_more_and_never_moves(world: World, cord: httpx.Client, start: str) -> None:
    cursor = cursor_of(cord)
    world.cord.stuck_cursor = True
    page = cord.get(FEED, params={"cursor": cursor}).json()["page"]
    assert {"next_cursor": cursor, "has_more": True} == page


def test_bad_rows_are_delivered_as_they_are(world: World) -> None:
    bad = world.cord.bad_rows
    put = [
        bad.missing_field("candidate_id"),
        bad.missing_field("sequence"),
        bad.missing_field("position.title"),
        bad.wrong_type("position", 17),
        bad.unknown_type(),
        bad.raw({"id": "cs_x"}),
    ]
    # Not by the checked client, since these break the contract.
    answer = httpx.get(world.cord_url + FEED, headers={"Authorization": f"Bearer {world.cord_token}"})
    assert put == answer.json()["data"]
    assert "candidate_id" not in put[0]
    assert "sequence" not in put[1]


def test_positions_come_in_the_order_of_their_last_change(world: World, cord: httpx.Client) -> None:
    for name in ("a", "b", "c"):
        world.cord.add_position(id=f"po_{name}", title=name)
    page = cord.get("/v1/positions").json()
    world.cord.edit_position("po_a", status="closed")
    later = cord.get("/v1/positions", params={"cursor": page["page"]["next_cursor"]}).json()["data"]
    assert [row["id"] for row in page["data"]] == ["po_a", "po_b", "po_c"]
    assert [(row["id"], row["status"]) for row in later] == [("po_a", "closed")]


@pytest.mark.parametrize("status", ["", "open,", "gone", "open,open"])
def test_bad_status_filter_is_400(cord: httpx.Client, status: str) -> None:
    assert cord.get("/v1/positions", params={"status": status}).status_code == 400


def test_repeated_query_parameter_is_400(cord: httpx.Client) -> None:
    assert cord.get(f"{FEED}?limit=1&limit=2").status_code == 400


def test_unknown_query_parameter_is_ignored(cord: httpx.Client) -> None:
    assert cord.get(FEED, params={"colour": "red"}).status_code == 200
