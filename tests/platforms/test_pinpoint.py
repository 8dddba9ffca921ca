"""Pinpoint against the contract of ATSs, and what only Pinpoint has."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from advert_contract import AdvertContract
from ats_contract import PDF, AtsContract, new
from comment_contract import CommentContract
from roll_contract import RollContract

from connector.domain.errors import RateLimited, Rejected
from connector.platforms.pinpoint.adapter import PinpointAts
from connector.platforms.pinpoint.comments import comment_to_domain
from connector.sandbox.world import World


class PinpointStage:
    """The suite's words in terms of the Pinpoint simulator."""

    def __init__(self, world: World) -> None:
        self._world, self._pinpoint = world, world.pinpoint

    def job(self, **details: Any) -> str:
        return self._pinpoint.add_job(**details)

    def change_job(self, job: str, **details: Any) -> None:
        self._pinpoint.edit_job(job, **details)

    def delete_job(self, job: str) -> None:
        self._pinpoint.delete_job(job)

    def application(self, job: str, email: str, **details: Any) -> str:
        return self._pinpoint.add_application(job, email=email, **details)

    def move(self, application: str, kind: str) -> None:
        self._pinpoint.move(application, kind)

    def stored(self) -> list[Any]:
        return list(self._pinpoint.applications)

    def behave(self, **switches: Any) -> None:
        self._pinpoint.switches.update(switches)

    def refuse_key(self) -> None:
        self._pinpoint.revoke_key()

    def switch_off(self) -> None:
        self._pinpoint.api_enabled = False

    def forbid(self, permission: str) -> None:
        self._pinpoint.permissions.discard(permission)

    def take_down(self) -> None:
        self._world.take_down("pinpoint")

    def fault(self, kind: str, **how: Any) -> None:
        self._world.faults.add(kind, platform="pinpoint", **how)

    def calls(self) -> int:
        return len(self._world.calls_to("pinpoint"))


@pytest.fixture
def stage(world: World) -> PinpointStage:
    return PinpointStage(world)


class TestPinpoint(AtsContract, AdvertContract, RollContract, CommentContract):
    """The Ats port over Pinpoint."""


def test_every_call_has_key_vendor_name_and_media_type(world: World, ats: PinpointAts) -> None:
    ats.create_application(new(world.pinpoint.add_job()), PDF)
    ats.jobs()
    for call in world.calls_to("pinpoint"):
        assert call.request_headers["x-api-key"] == world.pinpoint_key
        assert call.request_headers["x-vendor-name"] == "cord-pinpoint-connector"
        assert call.request_headers["accept"].startswith("application/vnd.api+json")


def test_a_create_is_a_post_with_a_known_length_and_the_vendors_media_type(world: World, ats: PinpointAts) -> None:
    ats.create_application(new(world.pinpoint.add_job()), PDF)
    (call,) = world.calls_to("pinpoint")
    assert (call.method, call.path) == ("POST", "/api/v1/applications")
    assert call.request_headers["content-type"] == "application/vnd.api+json"
    assert int(call.request_headers["content-length"]) == call.request_body_size


def test_details_go_by_put_and_never_by_patch(world: World, ats: PinpointAts) -> None:
    made = ats.create_application(new(world.pinpoint.add_job()), None)
    ats.add_details(made.id, None, None, "https://linkedin.example.com/in/ana")
    assert [call.method for call in world.calls_to("pinpoint")] == ["POST", "PUT"]


def test_every_look_up_names_all_four_visibilities(world: World, ats: PinpointAts) -> None:
    ats.applications_of(["ana@example.com"])
    ats.applications_by_reference(["cord:cs_1"])
    asked = [parse_qs(call.query)["filter[job_visibility]"] for call in world.calls_to("pinpoint")]
    assert asked == [["internal,external,confidential,private_job"]] * 2


@pytest.mark.parametrize("handling", ["400", "422"])
def test_no_attribute_is_sent_that_the_schema_does_not_list(world: World, ats: PinpointAts, handling: str) -> None:
    world.pinpoint.switches["unknown_attr"] = handling
    ats.create_application(new(world.pinpoint.add_job()), PDF)
    assert len(world.pinpoint.applications) == 1


@pytest.mark.parametrize("handling", ["422", "drop"])
def test_the_cv_is_a_data_uri(world: World, ats: PinpointAts, handling: str) -> None:
    world.pinpoint.switches["bare_base64"] = handling
    ats.create_application(new(world.pinpoint.add_job(resume_requirement="required")), PDF)
    assert world.pinpoint.applications[0].cv_file is not None


def test_a_closed_job_may_take_an_application_all_the_same(world: World, ats: PinpointAts) -> None:
    world.pinpoint.switches["closed_job"] = "201"
    assert ats.create_application(new(world.pinpoint.add_job(status="closed")), None).id


def test_a_blocked_person_is_rejected_as_the_candidate(world: World, ats: PinpointAts) -> None:
    world.pinpoint.switches["blocked"] = "422"
    job = world.pinpoint.add_job()
    world.pinpoint.block(ats.create_application(new(job), None).candidate_id)
    with pytest.raises(Rejected) as caught:
        ats.create_application(new(job, reference="cord:cs_2"), None)
    assert caught.value.fields == ("candidate",)


def test_a_body_that_a_proxy_finds_too_large_is_rejected_as_the_cv(world: World, ats: PinpointAts) -> None:
    world.pinpoint.proxy_limit_bytes = 10_000
    with pytest.raises(Rejected) as caught:
        ats.create_application(new(world.pinpoint.add_job()), PDF)
    assert (caught.value.status, caught.value.fields) == (413, ("cv",))


@pytest.mark.parametrize("form", ["seconds", "http-date", "absent"])
def test_the_vendors_own_limit_is_told_in_every_form(world: World, ats: PinpointAts, form: str) -> None:
    from connector.sandbox.pinpoint.limiter import SlidingWindows

    world.pinpoint.switches["retry_after"] = form
    world.pinpoint.limiter = SlidingWindows(((1, 60.0),))
    ats.probe()
    with pytest.raises(RateLimited) as caught:
        ats.probe()
    assert 0 < caught.value.retry_after_s <= 61


def test_health_names_what_the_key_may_not_read(world: World, ats: PinpointAts) -> None:
    world.pinpoint.permissions -= {"applications:read", "comments:read"}
    health = ats.health()
    assert health.permissions == {"jobs": True, "applications": False, "comments": False, "candidates": True}
    assert health.missing == ("applications",)


@pytest.mark.parametrize("offset_s", [0, 5400, -5400])
def test_health_shows_how_far_the_clocks_differ(world: World, ats: PinpointAts, offset_s: float) -> None:
    world.pinpoint.clock_offset_s = offset_s
    skew_s = ats.health().clock_skew_s
    assert skew_s is not None
    assert abs(skew_s - offset_s) < 3


def test_a_new_key_is_used_at_once_and_shows_in_the_fingerprint(world: World, ats: PinpointAts) -> None:
    before = ats.key_fingerprint()
    world.pinpoint.restore_key("another-key-0002")
    ats.probe()
    assert ats.key_fingerprint() != before


def test_a_comment_of_another_application_is_passed_over_should_the_server_not_filter() -> None:
    row = {"id": "1", "type": "comments", "attributes": {"body_text": "x", "commentable_id": 812346}}
    assert comment_to_domain(row, "812345") is None
    assert comment_to_domain(row, "812346") == ("1", "x")
