"""Sending through the Twilio simulator, judged by Twilio's SDK."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.sandbox.twilio_client import sdk

OURS, OTHER, ANA, BEN = "+447700900901", "+12025550101", "+447700900123", "+447700900321"


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["twilio"]) as served:
        yield served


@pytest.fixture
def twilio(world: World) -> Twilio:
    vendor = world.vendor(Twilio)
    vendor.add_number(OURS)
    return vendor


@pytest.fixture
def client(twilio: Twilio) -> Client:
    return sdk(twilio)


def refusal(client: Client, **fields: Any) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**({"to": ANA, "from_": OURS, "body": "Hello"} | fields))
    return caught.value.status, caught.value.code


def test_message_is_queued_with_its_record(twilio: Twilio, client: Client) -> None:
    made = client.messages.create(to=ANA, from_=OURS, body="Hello Ana")
    assert (made.status, made.direction, made.from_, made.to) == ("queued", "outbound-api", OURS, ANA)
    assert (made.num_segments, made.num_media, made.price, made.date_sent) == ("1", "0", None, None)
    assert made.date_created.replace(microsecond=0) == made.date_created
    assert made.uri == f"/2010-04-01/Accounts/{twilio.account}/Messages/{made.sid}.json"


def test_record_has_the_wire_s_types(world: World, twilio: Twilio) -> None:
    url = f"{world.url_of('twilio')}/2010-04-01/Accounts/{twilio.account}/Messages.json"
    answer = httpx.post(
        url, data={"To": ANA, "From": OURS, "Body": "x" * 200}, auth=(twilio.account, twilio.auth_token)
    )
    row = answer.json()
    assert answer.status_code == 201
    assert (row["num_segments"], row["price"], row["error_code"]) == ("2", None, None)
    assert row["date_created"].endswith(" +0000")


def test_delivered_message_has_a_negative_price(twilio: Twilio, client: Client) -> None:
    made = client.messages.create(to=ANA, from_=OURS, body="x" * 161)
    twilio.deliver_all()
    now = client.messages(made.sid).fetch()
    assert (now.status, now.price, now.num_segments) == ("delivered", "-0.08000", "2")
    assert now.date_sent is not None
    assert client.balance.fetch().balance == "19.92"


def test_text_arrives_at_the_handset_once(world: World, twilio: Twilio, client: Client) -> None:
    client.messages.create(to=ANA, from_=OURS, body="Hello Ana")
    twilio.deliver_all()
    twilio.deliver_all()
    assert world.handsets.get(ANA).texts == ["Hello Ana"]


@pytest.mark.parametrize(
    ("fate", "status", "code", "billed"),
    [
        ("off", "undelivered", 30003, True),
        ("blocked", "undelivered", 30004, True),
        ("unknown", "undelivered", 30005, True),
        ("landline", "undelivered", 30006, True),
        ("filtered", "undelivered", 30007, True),
        ("unregistered", "undelivered", 30034, True),
        ("expired", "failed", 30036, False),
        ("never_left", "failed", 30001, False),
        ("no_receipt", "sent", None, True),
    ],
)
def test_fate_ends_in_its_status(
    world: World, twilio: Twilio, client: Client, fate: str, status: str, code: int | None, billed: bool
) -> None:
    world.handsets.add(ANA, fate=fate)
    made = client.messages.create(to=ANA, from_=OURS, body="Hello")
    twilio.deliver_all()
    now = client.messages(made.sid).fetch()
    assert (now.status, now.error_code, now.price is not None) == (status, code, billed)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": "+4477"}, 21211),
        ({"to": "07700900123"}, 21211),
        ({"from_": "Recruiter"}, 21212),
        ({"from_": "+447700900555"}, 21659),
        ({"to": OURS}, 21266),
        ({"body": None}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "ftp://example.com"}, 21609),
        ({"status_callback": "https://my_host.example.com/x"}, 21609),
        ({"validity_period": 36001}, 20001),
    ],
)
def test_bad_request_is_refused_with_its_code(client: Client, fields: dict[str, Any], code: int) -> None:
    assert refusal(client, **fields) == (400, code)


def test_refused_message_leaves_nothing_behind(twilio: Twilio, client: Client) -> None:
    refusal(client, body="x" * 1601)
    assert twilio.messages == []


def test_account_s_restrictions_are_refusals(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OTHER, can_text=False)
    assert refusal(client, from_=OTHER) == (400, 21606)
    twilio.barred_regions = {"+44"}
    assert refusal(client) == (400, 21408)
    twilio.barred_regions, twilio.trial = set(), True
    assert refusal(client) == (400, 21608)
    twilio.verified, twilio.not_mobile = {ANA}, {ANA}
    assert refusal(client) == (400, 21614)
    twilio.not_mobile, twilio.unroutable = set(), {(OURS, ANA)}
    assert refusal(client) == (400, 21612)
    twilio.unroutable, twilio.full_queues = set(), {OURS}
    assert refusal(client) == (400, 21611)


def test_stop_blocks_this_pair_only_until_start(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OTHER)
    twilio.receive(ANA, OURS, " stop ")
    assert refusal(client) == (400, 21610)
    client.messages.create(to=ANA, from_=OTHER, body="Hello")
    client.messages.create(to=BEN, from_=OURS, body="Hello")
    twilio.receive(ANA, OURS, "UNSTOP")
    assert client.messages.create(to=ANA, from_=OURS, body="Hello").status == "queued"


@pytest.mark.parametrize("text", ["STOP PLEASE", "please stop", "stopped"])
def test_stop_among_other_words_does_not_block(twilio: Twilio, client: Client, text: str) -> None:
    twilio.receive(ANA, OURS, text)
    assert client.messages.create(to=ANA, from_=OURS, body="Hello").status == "queued"


def test_stop_is_answered_by_the_vendor_itself(world: World, twilio: Twilio) -> None:
    twilio.receive(ANA, OURS, "STOP")
    twilio.deliver_all()
    (answer,) = world.handsets.get(ANA).arrived
    assert (answer.auto, twilio.sent_messages) == (True, [])
    assert world.handsets.get(ANA).texts_after_stop == []


def test_handset_that_got_a_text_after_stop_tells(world: World, twilio: Twilio, client: Client) -> None:
    twilio.add_number(OTHER)
    twilio.receive(ANA, OURS, "STOP")
    client.messages.create(to=ANA, from_=OTHER, body="Still there?")
    twilio.deliver_all()
    assert world.handsets.get(ANA).texts_after_stop == ["Still there?"]


# --- messaging services


def test_service_picks_the_sender_later(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OTHER)
    service = twilio.add_service([OTHER, OURS])
    made = client.messages.create(to=ANA, messaging_service_sid=service.sid, body="Hello")
    assert (made.status, made.from_, made.num_segments) == ("accepted", None, "0")
    twilio.step()
    now = client.messages(made.sid).fetch()
    assert (now.status, now.from_, now.num_segments) == ("queued", OURS, "1")
    assert now.messaging_service_sid == service.sid


def test_stop_to_a_service_blocks_the_whole_pool(twilio: Twilio, client: Client) -> None:
    twilio.add_number(OTHER)
    service = twilio.add_service([OTHER, OURS], inbound_request_url="http://127.0.0.1:9/in")
    twilio.posting.inbound = False
    twilio.receive(ANA, OURS, "STOP")
    assert refusal(client, from_=OTHER) == (400, 21610)
    assert refusal(client, from_=None, messaging_service_sid=service.sid) == (400, 21610)


def test_scheduling_needs_a_service_and_waits(twilio: Twilio, client: Client) -> None:
    service = twilio.add_service([OURS])
    when = twilio.clock.now() + timedelta(hours=1)
    timing = {"schedule_type": "fixed", "send_at": when}
    assert refusal(client, **timing) == (400, 35118)
    made = client.messages.create(to=ANA, messaging_service_sid=service.sid, body="Hello", **timing)
    twilio.deliver_all()
    assert client.messages(made.sid).fetch().status == "scheduled"
    twilio.clock.offset_s += 3700
    twilio.deliver_all()
    assert client.messages(made.sid).fetch().status == "delivered"


def test_scheduled_message_can_be_called_off(world: World, twilio: Twilio, client: Client) -> None:
    service = twilio.add_service([OURS])
    when = twilio.clock.now() + timedelta(hours=1)
    made = client.messages.create(
        to=ANA, messaging_service_sid=service.sid, body="Hello", schedule_type="fixed", send_at=when
    )
    assert client.messages(made.sid).update(status="canceled").status == "canceled"
    twilio.clock.offset_s += 3700
    twilio.deliver_all()
    assert world.handsets.get(ANA).texts == []


def test_smart_encoding_saves_segments(client: Client) -> None:
    text = "It’s " + "x" * 100
    assert client.messages.create(to=ANA, from_=OURS, body=text).num_segments == "2"
    assert client.messages.create(to=ANA, from_=OURS, body=text, smart_encoded=True).num_segments == "1"


# --- afterwards


def test_message_can_be_redacted_and_deleted_once_finished(twilio: Twilio, client: Client) -> None:
    made = client.messages.create(to=ANA, from_=OURS, body="Hello")
    with pytest.raises(TwilioRestException) as caught:
        client.messages(made.sid).delete()
    assert caught.value.code == 20009
    twilio.deliver_all()
    assert client.messages(made.sid).update(body="").body == ""
    assert client.messages(made.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.messages(made.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


# --- faults


def test_lost_answer_leaves_the_message_sent(world: World, twilio: Twilio) -> None:
    world.faults.add("reset_after", platform="twilio", method="POST", path="/Messages.json")
    url = f"{world.url_of('twilio')}/2010-04-01/Accounts/{twilio.account}/Messages.json"
    with pytest.raises(httpx.TransportError):
        httpx.post(url, data={"To": ANA, "From": OURS, "Body": "x"}, auth=(twilio.account, twilio.auth_token))
    assert len(twilio.sent_messages) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code", "sent"),
    [
        ("rate_limited", 429, 20429, 0),
        ("error_before", 500, 20500, 0),
        ("error_after", 500, 20500, 1),
        ("bad_gateway_before", 502, 502, 0),
        ("bad_gateway_after", 502, 502, 1),
    ],
)
def test_failure_has_the_vendor_s_body(
    world: World, twilio: Twilio, client: Client, kind: str, status: int, code: int, sent: int
) -> None:
    world.faults.add(kind, platform="twilio")
    assert refusal(client) == (status, code)
    assert len(twilio.sent_messages) == sent
    assert [call.fault for call in world.calls_to("twilio")] == [kind]
