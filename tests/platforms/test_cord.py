"""cord against the contract of sources, and what only cord has."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hook_contract import HookContract
from link_contract import LinkContract
from listing_contract import ListingContract
from reply_contract import ReplyContract
from source_contract import CV, SourceContract

from connector.domain.errors import ApiOff, PermissionMissing, WireError
from connector.platforms.cord.adapter import CordSource
from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.world import World


class CordStage:
    """The suite's words in terms of the cord simulator."""

    def __init__(self, world: World) -> None:
        self._world, self._cord = world, world.cord

    def person(self, **details: Any) -> str:
        return self._cord.add_person(**details)

    def position(self, linked_job: str | None = None, **details: Any) -> str:
        return self._cord.add_position(linked_job=linked_job, **details)

    def pending(self, person: str, position: str) -> str:
        return self._cord.pending_conversation(person, position)

    def start(self, person: str, position: str, requested: bool = True) -> str:
        return self._cord.start_conversation(person, position, requested)

    def conversation_of(self, start: str) -> str:
        return self._cord.conversation_of(start)

    def add_position(self, conversation: str, position: str) -> str:
        return self._cord.add_position_to_conversation(conversation, position)

    def ask_to_forward(self, start: str) -> None:
        self._cord.request_forward(start)

    def close(self, conversation: str) -> None:
        self._cord.close_conversation(conversation)

    def erase(self, person: str) -> None:
        self._cord.erase(person)

    def link(self, position: str, job: str) -> None:
        self._cord.link(position, job)

    def unlink(self, position: str) -> None:
        self._cord.unlink(position)

    def spoil_row(self) -> str:
        return str(self._cord.bad_rows.missing_field("candidate_id")["id"])

    def add_unknown_row(self) -> None:
        self._cord.bad_rows.unknown_type()

    def expire_cursors(self) -> None:
        self._cord.expire_cursors()

    def repeat_rows(self) -> None:
        self._cord.duplicate_feed = True

    def shuffle_rows(self) -> None:
        self._cord.shuffle_feed = True

    def short_pages(self) -> None:
        self._cord.short_pages = True

    def stand_still(self) -> None:
        self._cord.stuck_cursor = True

    def refuse_key(self) -> None:
        self._cord.revoke_token()

    def reports(self) -> list[Mapping[str, Any]]:
        return list(self._cord.deliveries)

    def list_job(self, job: str, title: str) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        self._cord.ats_jobs.put(AtsJob(job, title, "open", at, self._cord.next_change()))

    def replies(self, conversation: str) -> list[tuple[str, datetime, str | None]]:
        messages = self._cord.conversations[conversation].messages
        return [(m.body, m.at, m.external_id) for m in messages if m.channel == "sms"]

    def forbid(self, permission: str) -> None:
        self._cord.scopes.discard(permission)

    def fault(self, kind: str, **how: Any) -> None:
        self._world.faults.clear()
        if kind != "none":
            self._world.faults.add(kind, platform="cord", **how)


@pytest.fixture
def stage(world: World) -> CordStage:
    return CordStage(world)


class TestCord(SourceContract, ListingContract, LinkContract, HookContract, ReplyContract):
    """The Source port over cord."""


def started(world: World, **details: Any) -> str:
    person = world.cord.add_person(**details)
    world.cord.start_conversation(person, world.cord.add_position())
    return person


@pytest.mark.parametrize("mode", ["bytes", "unsized", "redirect", "redirect_three_hops", "redirect_expired_once"])
def test_a_cv_is_fetched_however_it_is_handed_out(world: World, source: CordSource, mode: str) -> None:
    found = source.cv(started(world, cv=CV, cv_mode=mode), "cv.pdf")
    assert found is not None
    assert found.content == CV


@pytest.mark.parametrize("mode", ["too_large", "unsupported"])
def test_a_cv_that_is_not_handed_out_is_none(world: World, source: CordSource, mode: str) -> None:
    assert source.cv(started(world, cv=CV, cv_mode=mode), "cv.pdf") is None


@pytest.mark.parametrize("mode", ["redirect_private", "redirect_scheme", "redirect_loop", "redirect_many_hops"])
def test_a_redirect_that_must_not_be_followed_is_a_wire_error(world: World, source: CordSource, mode: str) -> None:
    with pytest.raises(WireError):
        source.cv(started(world, cv=CV, cv_mode=mode), "cv.pdf")


@pytest.mark.parametrize(
    ("scope", "act"),
    [
        ("conversations:read", lambda source: source.conversation_starts(None)),
        ("positions:read", lambda source: source.positions()),
        ("candidates:read", lambda source: source.candidate("x")),
        ("files:read", lambda source: source.cv("x", "y")),
    ],
)
def test_a_missing_scope_is_named(world: World, source: CordSource, scope: str, act: Any) -> None:
    world.cord.scopes.discard(scope)
    with pytest.raises(PermissionMissing) as caught:
        act(source)
    assert caught.value.permission == scope
    assert source.health().missing == (scope,)


def test_a_scope_that_only_the_mirror_needs_is_named_and_no_hindrance(world: World, source: CordSource) -> None:
    world.cord.scopes.discard("ats_jobs:write")
    with pytest.raises(PermissionMissing) as caught:
        source.listings()
    health = source.health()
    assert caught.value.permission == "ats_jobs:write"
    assert (health.missing, health.permissions["ats_jobs:write"]) == ((), False)


def test_a_plan_without_the_interface_is_api_off(world: World, source: CordSource) -> None:
    world.cord.plan_includes_ats = False
    with pytest.raises(ApiOff):
        source.conversation_starts(None)


def test_health_of_a_sound_account_misses_nothing(world: World, source: CordSource) -> None:
    health = source.health()
    assert (health.missing, all(health.permissions.values())) == ((), True)


@pytest.mark.parametrize("offset_s", [0, 5400, -5400])
def test_health_shows_how_far_the_clocks_differ(world: World, source: CordSource, offset_s: float) -> None:
    world.cord.clock_offset_s = offset_s
    skew_s = source.health().clock_skew_s
    assert skew_s is not None
    assert abs(skew_s - offset_s) < 3


def test_a_new_token_is_used_at_once_and_shows_in_the_fingerprint(world: World, source: CordSource) -> None:
    before = source.key_fingerprint()
    world.cord.restore_token("another-token-0002")
    source.probe()
    assert source.key_fingerprint() != before


def test_the_budget_is_not_told_the_token(source: CordSource, world: World) -> None:
    shown = source.key_fingerprint()
    token = world.cord_token.encode()
    assert shown not in {hashlib.sha256(token).hexdigest()[:16], base64.b64encode(token).decode()}
