"""Sending through the ClickSend simulator with the vendor's own client as judge: its models refuse a wrong type."""

import time

import clicksend as vendor
import httpx2 as httpx
import pytest
from clicksend.exceptions import ApiException

from connector.sandbox.clicksend.simulator import ClickSend
from connector.sandbox.world import World
from tests.sandbox.clicksend_stage import ABROAD, ANA, BEN, OURS, UUID, send
from tests.sandbox.clicksend_stage import clicksend as clicksend
from tests.sandbox.clicksend_stage import raw as raw
from tests.sandbox.clicksend_stage import sms as sms
from tests.sandbox.clicksend_stage import world as world


def test_vendors_client_reads_an_accepted_message(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    answer = sms.send_sms(
        send_sms_request={
            "messages": [{"to": ANA, "body": "€" * 81, "from": OURS, "custom_string": "m_1", "source": "connector"}]
        }
    )
    (message,) = answer.data.messages
    assert (answer.data.total_count, answer.data.queued_count, answer.data.blocked_count) == (1, 1, 0)
    assert answer.data.total_price == 0.1584
    assert (message.status, message.custom_string, message.var_from) == ("SUCCESS", "m_1", OURS)
    assert (message.message_parts, message.message_price, message.country) == (2, "0.1584", "GB")
    assert message.is_shared_system_number is False
    assert UUID.match(message.message_id)
    assert message.schedule == message.var_date
    assert [each.id for each in clicksend.sent_messages] == [message.message_id]


@pytest.mark.parametrize("status", ["INVALID_RECIPIENT", "INSUFFICIENT_CREDIT", "COUNTRY_NOT_ENABLED", "BRAND_NEW"])
def test_200_success_hides_a_rejection(clicksend: ClickSend, sms: vendor.SmsApi, status: str) -> None:
    clicksend.rejections[ANA] = status
    message = send(sms)
    assert message.status == status
    assert UUID.match(message.message_id)
    assert clicksend.messages == []
    assert send(sms, BEN).status == "SUCCESS"


def test_each_message_of_a_batch_is_told_apart(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.barred_codes.add("+61")
    recipients = [ANA, "+000", ABROAD, BEN]
    answer = sms.send_sms(send_sms_request={"messages": [{"to": to, "body": "Hi", "from": OURS} for to in recipients]})
    data = answer.data
    assert [each.status for each in data.messages] == ["SUCCESS", "INVALID_RECIPIENT", "COUNTRY_NOT_ENABLED", "SUCCESS"]
    assert (data.total_count, data.queued_count, data.blocked_count) == (4, 2, 1)
    assert [each.to for each in clicksend.sent_messages] == [ANA, BEN]


def test_invalid_recipient_has_no_price_or_parts(raw: httpx.Client) -> None:
    answer = raw.post("/sms/send", json={"messages": [{"to": "+000", "body": "Hi", "from": OURS}]})
    assert answer.status_code == 200
    assert set(answer.json()["data"]["messages"][0]) == {
        "to",
        "body",
        "from",
        "schedule",
        "message_id",
        "custom_string",
        "is_shared_system_number",
        "status",
    }


def test_observed_rejection_has_an_empty_schedule(clicksend: ClickSend, raw: httpx.Client) -> None:
    clicksend.odd_rejections = True
    answer = raw.post("/sms/send", json={"messages": [{"to": "+000", "body": "Hi", "from": OURS}]})
    assert answer.json()["data"]["messages"][0]["schedule"] == ""


def test_money_runs_out(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.balance = clicksend.price * 3
    assert [send(sms, body=body).status for body in ("a" * 161, "b" * 161, "c")] == [
        "SUCCESS",
        "INSUFFICIENT_CREDIT",
        "SUCCESS",
    ]
    assert clicksend.balance == 0


def test_identical_text_within_seconds_is_refused(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    assert [send(sms).status, send(sms).status, send(sms, BEN).status] == ["SUCCESS", "THROTTLED", "SUCCESS"]
    clicksend.clock.offset_s += 6
    assert send(sms).status == "SUCCESS"


def test_foreign_sender_is_replaced_by_a_local_number(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.handsets.add(ABROAD, answers=["G'day"])
    message = send(sms, ABROAD, custom_string="m_7")
    assert message.var_from.startswith("+61")
    assert message.is_shared_system_number is True
    clicksend.deliver_all()
    (reply,) = sms.view_inbound_sms().data.data
    assert (reply.to, reply.original_message_id, reply.custom_string) == (message.var_from, message.message_id, "m_7")


def test_sender_stays_where_the_account_may_keep_it(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.replaces_senders = False
    assert send(sms, ABROAD).var_from == OURS


def test_blocked_or_unknown_sender_is_replaced(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.blocked_senders.add(OURS)
    blocked = send(sms)
    unknown = send(sms, BEN, **{"from": "+447700900555"})
    assert blocked.is_shared_system_number
    assert unknown.is_shared_system_number
    assert OURS not in (blocked.var_from, unknown.var_from)


def test_shared_numbers_are_not_for_the_united_states(sms: vendor.SmsApi) -> None:
    assert send(sms, "+14155550123").status == "INVALID_SENDER_ID"


def test_without_a_sender_the_own_local_number_is_taken(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.add_number("+61491570156")
    answer = sms.send_sms(send_sms_request={"messages": [{"to": ABROAD, "body": "Hi"}]})
    assert answer.data.messages[0].var_from == "+61491570156"


def test_alpha_tag_cannot_be_answered(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.handsets.add(ANA, answers=["Who is this?"])
    assert send(sms, **{"from": "Example"}).var_from == "Example"
    assert send(sms, body="Too long", **{"from": "ExampleLimited"}).status == "INVALID_SENDER_ID"
    clicksend.deliver_all()
    assert clicksend.received_messages == []


def test_scheduled_message_waits_for_its_time(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    message = send(sms, schedule=int(time.time()) + 3600)
    clicksend.deliver_all()
    assert clicksend.message(message.message_id).status == "Scheduled"
    clicksend.clock.offset_s += 3601
    clicksend.deliver_all()
    assert world.handsets.get(ANA).texts == ["Shall we talk?"]


def test_scheduled_message_can_be_cancelled_once(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    message = send(sms, schedule=int(time.time()) + 3600)
    assert sms.cancel_sms(message.message_id).http_code == 200
    with pytest.raises(ApiException) as caught:
        sms.cancel_sms(message.message_id)
    assert caught.value.status == 404
    clicksend.clock.offset_s += 3601
    clicksend.deliver_all()
    assert world.handsets.get(ANA).texts == []


def test_links_are_held_until_approved(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.hold_links = True
    message = send(sms, body="See https://example.com/job")
    clicksend.deliver_all()
    assert (message.status, clicksend.message(message.message_id).status) == ("SUCCESS", "WaitApproval")
    clicksend.approve(message.message_id)
    clicksend.deliver_all()
    assert len(world.handsets.get(ANA).texts) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages":[]}', b'{"messages":["x"]}', b"\xff", b"{"])
def test_unreadable_send_is_400(raw: httpx.Client, clicksend: ClickSend, body: bytes) -> None:
    answer = raw.post("/sms/send", content=body)
    vendor.Model400Error.from_dict(answer.json())
    assert (answer.status_code, clicksend.messages) == (400, [])
