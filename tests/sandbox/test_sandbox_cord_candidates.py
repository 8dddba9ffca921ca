"""Conversations and candidates of the cord simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import code

# --- conversations and candidates ---


def test_conversation_shows_the_link_of_now(world: World, cord: httpx.Client, start: str) -> None:
    conversation = world.cord.conversation_of(start)
    world.cord.unlink("po_17")
    body = cord.get(f"/v1/conversations/{conversation}").json()
    assert ("started", start, None) == (
        body["state"],
        body["positions"][0]["conversation_start_id"],
        body["positions"][0]["ats_job_id"],
    )


def test_pending_conversation_answers(world: World, cord: httpx.Client, ana: str, position: str) -> None:
    body = cord.get(f"/v1/conversations/{world.cord.pending_conversation(ana, position)}").json()
    assert (body["state"], body["accepted_by"], body["started_at"]) == ("pending", "unknown", None)


def test_candidate_before_the_start_is_403_and_after_the_close_still_open(
    world: World, cord: httpx.Client, ana: str, position: str
) -> None:
    conversation = world.cord.pending_conversation(ana, position)
    assert code(cord.get(f"/v1/candidates/{ana}")) == (403, "conversation_not_started")
    assert code(cord.get(f"/v1/candidates/{ana}/cv")) == (403, "conversation_not_started")
    world.cord.accept(conversation)
    world.cord.close_conversation(conversation)
    assert cord.get(f"/v1/candidates/{ana}").status_code == 200


def test_erased_candidate_is_410(world: World, cord: httpx.Client, ana: str, start: str) -> None:
    world.cord.erase(ana)
    for path in (f"/v1/candidates/{ana}", f"/v1/candidates/{ana}/cv"):
        assert code(cord.get(path)) == (410, "candidate_erased")
    assert cord.get(f"/v1/conversations/{world.cord.conversation_of(start)}").status_code == 200


def test_sparse_candidate(world: World, cord: httpx.Client, position: str) -> None:
    ben = world.cord.add_person(full_name="Ben Okoro")
    world.cord.start_conversation(ben, position)
    body = cord.get(f"/v1/candidates/{ben}").json()
    assert tuple(body[name] for name in ("first_name", "last_name", "full_name", "emails", "phones", "cv")) == (
        None,
        None,
        "Ben Okoro",
        [],
        [],
        None,
    )


def test_edited_candidate(world: World, cord: httpx.Client, ana: str, start: str) -> None:
    world.cord.edit_person(ana, emails=[{"address": "new@example.com", "primary": False}], headline="CTO")
    body = cord.get(f"/v1/candidates/{ana}").json()
    assert (body["headline"], body["emails"]) == ("CTO", [{"address": "new@example.com", "primary": False}])


def test_unknown_change_is_refused(world: World, ana: str) -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        world.cord.edit_person(ana, shoe_size=43)
