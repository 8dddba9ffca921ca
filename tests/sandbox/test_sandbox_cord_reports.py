"""Deliveries and messages in the cord simulator."""

import httpx2 as httpx
import pytest

from connector.sandbox.world import World
from tests.sandbox.conftest import SENT, SMS, Writer, code, field

# --- deliveries ---


@pytest.mark.parametrize(
    "body",
    [
        SENT,
        SENT | {"outcome": "duplicate", "ats_application_url": "https://harbourline.example.com/applications/1"},
        {"outcome": "failed", "ats": "pinpoint", "code": "ats_validation", "message": "No phone", "at": SENT["at"]},
        {"outcome": "skipped", "ats": "pinpoint", "at": SENT["at"]},
    ],
)
def test_delivery_is_recorded(write: Writer, world: World, start: str, body: dict) -> None:
    answer = write("POST", f"/v1/conversation-starts/{start}/deliveries", body)
    (report,) = world.cord.deliveries
    assert answer.status_code == 201
    assert (start, body["outcome"], body) == (report["start_id"], report["outcome"], report["body"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({**SENT, "outcome": "lost"}, ("outcome", "unsupported")),
        (
            {key: value for key, value in SENT.items() if key != "ats_application_id"},
            ("ats_application_id", "required"),
        ),
        ({**SENT, "ats_application_id": 812345}, ("ats_application_id", "invalid")),
        ({"outcome": "failed", "ats": "pinpoint", "code": "x", "at": SENT["at"]}, ("message", "required")),
        ({"outcome": "skipped", "ats": "pinpoint", "code": "Not A Code", "at": SENT["at"]}, ("code", "invalid")),
        ({"outcome": "skipped", "ats": "pinpoint", "message": "x" * 501, "at": SENT["at"]}, ("message", "too_long")),
        ({"outcome": "skipped", "ats": "pinpoint"}, ("at", "required")),
    ],
)
def test_bad_delivery_is_422(write: Writer, start: str, body: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("POST", f"/v1/conversation-starts/{start}/deliveries", body))


def test_delivery_is_allowed_for_closed_and_erased(write: Writer, world: World, ana: str, start: str) -> None:
    world.cord.close_conversation(world.cord.conversation_of(start))
    world.cord.erase(ana)
    assert write("POST", f"/v1/conversation-starts/{start}/deliveries", SENT).status_code == 201


def test_delivery_for_an_unknown_start_is_404(write: Writer) -> None:
    assert code(write("POST", "/v1/conversation-starts/cs_none/deliveries", SENT)) == (404, "not_found")


# --- messages ---


@pytest.fixture
def talk(world: World, start: str) -> str:
    return f"/v1/conversations/{world.cord.conversation_of(start)}/messages"


def test_sms_is_recorded_once(write: Writer, cord: httpx.Client, talk: str) -> None:
    first, again = write("POST", talk, SMS), write("POST", talk, SMS | {"body": "", "deliver": True})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [row["body"] for row in cord.get(talk).json()["data"]] == ["Tuesday works"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"deliver": True}, ("deliver", "unsupported")),
        ({"deliver": 0}, ("deliver", "unsupported")),
        ({"body": ""}, ("body", "blank")),
        ({"from": "07700900123"}, ("from", "invalid")),
        ({"to": "12"}, ("to", "invalid")),
        ({"direction": "to_candidate"}, ("direction", "unsupported")),
        ({"external_id": "has space"}, ("external_id", "invalid")),
    ],
)
def test_bad_sms_is_422(write: Writer, talk: str, change: dict, expected: tuple[str, str]) -> None:
    assert (422, *expected) == field(write("POST", talk, SMS | change))


def test_long_sms_has_its_own_code_and_counts_code_points(write: Writer, talk: str) -> None:
    assert write("POST", talk, SMS | {"body": "\N{GRINNING FACE}" * 4000}).status_code == 201
    answer = write("POST", talk, SMS | {"external_id": "SM2", "body": "x" * 4001})
    assert code(answer) == (422, "body_too_long")


def test_closed_conversation_takes_no_new_sms_but_knows_the_old(write: Writer, world: World, talk: str) -> None:
    write("POST", talk, SMS)
    world.cord.close_conversation(talk.split("/")[3])
    assert write("POST", talk, SMS).status_code == 200
    assert code(write("POST", talk, SMS | {"external_id": "SM2"})) == (409, "conversation_closed")


def test_422_comes_before_409(write: Writer, world: World, talk: str) -> None:
    world.cord.close_conversation(talk.split("/")[3])
    assert write("POST", talk, SMS | {"deliver": True}).status_code == 422


def test_erased_candidate_is_410_for_messages(write: Writer, cord: httpx.Client, world: World, talk: str) -> None:
    world.cord.erase("pe_552")
    assert code(write("POST", talk, SMS)) == (410, "candidate_erased")
    assert code(cord.get(talk)) == (410, "candidate_erased")


def test_messages_of_a_pending_conversation_are_403(cord: httpx.Client, world: World, ana: str, position: str) -> None:
    conversation = world.cord.pending_conversation(ana, position)
    assert code(cord.get(f"/v1/conversations/{conversation}/messages")) == (403, "conversation_not_started")
