"""The ClickSend simulator with the vendor's own client as judge: its models refuse a wrong type."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import clicksend as vendor
import httpx2 as httpx
import pytest
from clicksend.exceptions import ApiException

from connector.sandbox.clicksend.rules import InboundRule
from connector.sandbox.clicksend.simulator import RATE, ClickSend
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.texting.handsets import FATES
from connector.sandbox.world import World
from tests.sandbox.listening import Listener

OURS, ANA, BEN, ABROAD = "+447700900100", "+447700900123", "+447700900124", "+61491570006"

_UUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}\Z")


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["clicksend"]) as served:
        yield served


@pytest.fixture
def clicksend(world: World) -> ClickSend:
    made = world.texting["clicksend"]
    assert isinstance(made, ClickSend)
    made.add_number(OURS)
    return made


def sdk(clicksend: ClickSend, key: str | None = None) -> vendor.ApiClient:
    settings = vendor.Configuration(username=clicksend.username, password=key or clicksend.api_key)
    settings.host = clicksend.base_url
    return vendor.ApiClient(settings)


@pytest.fixture
def sms(clicksend: ClickSend) -> vendor.SmsApi:
    return vendor.SmsApi(sdk(clicksend))


@pytest.fixture
def raw(clicksend: ClickSend) -> Iterator[httpx.Client]:
    auth = (clicksend.username, clicksend.api_key)
    with httpx.Client(base_url=clicksend.base_url + "/v3", auth=auth, timeout=5) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as made:
        yield made


def send(sms: vendor.SmsApi, to: str = ANA, body: str = "Shall we talk?", **more: Any) -> Any:
    """Sends one message with the vendor's client; returns it as the client reads it."""
    answer = sms.send_sms(send_sms_request={"messages": [{"to": to, "body": body, "from": OURS, **more}]})
    assert (answer.http_code, answer.response_code) == (200, "SUCCESS")
    (message,) = answer.data.messages
    return message


# --- sending


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
    assert _UUID.match(message.message_id)
    assert message.schedule == message.var_date
    assert [each.id for each in clicksend.sent_messages] == [message.message_id]


@pytest.mark.parametrize("status", ["INVALID_RECIPIENT", "INSUFFICIENT_CREDIT", "COUNTRY_NOT_ENABLED", "BRAND_NEW"])
def test_200_success_hides_a_rejection(clicksend: ClickSend, sms: vendor.SmsApi, status: str) -> None:
    clicksend.rejections[ANA] = status
    message = send(sms)
    assert message.status == status
    assert _UUID.match(message.message_id)
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


# --- errors of every call


def test_wrong_key_is_401_with_the_observed_body(clicksend: ClickSend) -> None:
    with pytest.raises(ApiException) as caught:
        vendor.SmsApi(sdk(clicksend, "wrong")).view_inbound_sms()
    assert caught.value.status == 401
    assert json.loads(caught.value.body) == {
        "http_code": 401,
        "response_code": "UNAUTHORIZED",
        "response_msg": "Authorization failed.",
        "data": None,
    }


def test_limit_counts_for_each_path(raw: httpx.Client, clicksend: ClickSend) -> None:
    clicksend.limiter = SlidingWindows(RATE)
    answers = [raw.get("/account") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["response_code"] == "HTTP_TOO_MANY_REQUESTS"
    assert raw.get("/sms/inbound").status_code == 200


def test_unknown_path_is_404(raw: httpx.Client) -> None:
    assert raw.get("/sms/nothing/here").status_code == 404
    assert raw.delete("/sms/inbound").status_code == 404


# --- the queue of replies


def test_vendors_client_reads_a_reply(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.handsets.add(ANA, answers=["Thursday works ✓"])
    message = send(sms, custom_string="m_1")
    clicksend.deliver_all()
    (reply,) = sms.view_inbound_sms().data.data
    assert (reply.var_from, reply.to, reply.body) == (ANA, OURS, "Thursday works ✓")
    assert (reply.original_message_id, reply.original_body, reply.custom_string) == (
        message.message_id,
        "Shall we talk?",
        "m_1",
    )
    assert abs(reply.timestamp - time.time()) < 30
    assert _UUID.match(reply.message_id)


def test_reply_answers_the_last_message_from_that_number(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    send(sms, custom_string="m_1")
    second = send(sms, body="Or Friday?", custom_string="m_2")
    send(sms, BEN, custom_string="m_3")
    clicksend.receive(ANA, OURS, "Friday")
    (reply,) = sms.view_inbound_sms().data.data
    assert (reply.original_message_id, reply.custom_string) == (second.message_id, "m_2")


def test_stranger_answers_nothing(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.receive(BEN, OURS, "Hello?")
    (reply,) = sms.view_inbound_sms().data.data
    assert (reply.original_message_id, reply.original_body, reply.custom_string) == ("", "", "")


def test_empty_queue_has_no_page(sms: vendor.SmsApi) -> None:
    data = sms.view_inbound_sms().data
    assert (data.total, data.current_page, data.last_page, data.data) == (0, 1, 0, [])
    assert data.next_page_url is None


def test_pages_hold_what_was_asked_for(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    for number in range(40):
        clicksend.receive(ANA, OURS, f"Text {number}")
    pages = [sms.view_inbound_sms(page=page, limit=15).data for page in (1, 2, 3, 4)]
    assert [len(page.data) for page in pages] == [15, 15, 10, 0]
    assert {(page.total, page.last_page, page.per_page) for page in pages} == {(40, 3, 15)}
    assert [page.next_page_url is None for page in pages] == [False, False, True, True]
    assert [row.body for page in pages for row in page.data] == [f"Text {number}" for number in range(40)]
    clicksend.newest_first = True
    assert sms.view_inbound_sms().data.data[0].body == "Text 39"


@pytest.mark.parametrize("query", ["limit=14", "limit=101", "limit=x", "page=0", "page=-1"])
def test_page_out_of_bounds_is_400(raw: httpx.Client, query: str) -> None:
    assert raw.get(f"/sms/inbound?{query}").status_code == 400


def test_acknowledged_reply_is_gone_and_the_pages_move_up(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    for number in range(20):
        clicksend.receive(ANA, OURS, f"Text {number}")
    first = sms.view_inbound_sms().data.data[0]
    assert sms.mark_specific_inbound_sms_message_as_read(first.message_id).data == 1
    assert sms.mark_specific_inbound_sms_message_as_read(first.message_id).data == 0
    assert sms.view_inbound_sms(page=2).data.data[0].body == "Text 16"
    assert len(clicksend.received_messages) == 20


def test_acknowledging_an_unknown_reply_is_404(sms: vendor.SmsApi) -> None:
    with pytest.raises(ApiException) as caught:
        sms.mark_specific_inbound_sms_message_as_read("NOBODY")
    assert caught.value.status == 404


def test_two_poll_rules_show_each_reply_twice(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.add_inbound_rule("POLL")
    clicksend.receive(ANA, OURS, "Once")
    rows = sms.view_inbound_sms().data.data
    assert [row.body for row in rows] == ["Once", "Once"]
    assert len({row.message_id for row in rows}) == 1
    assert sms.mark_specific_inbound_sms_message_as_read(rows[0].message_id).data == 2
    assert sms.view_inbound_sms().data.total == 0


def test_without_a_poll_rule_nothing_can_be_polled(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.inbound_rules.clear()
    clicksend.receive(ANA, OURS, "Lost to a poll")
    assert sms.view_inbound_sms().data.total == 0
    assert [row.body for row in sms.view_sms_history().data.data] == ["Lost to a poll"]


def test_bare_bulk_acknowledgement_takes_everything(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.receive(ANA, OURS, "One")
    clicksend.receive(ANA, OURS, "Not seen by anybody yet", listed_after_s=60)
    sms.mark_inbound_sms_as_read()
    clicksend.clock.offset_s += 61
    assert sms.view_inbound_sms().data.total == 0


def test_bulk_acknowledgement_up_to_a_time(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.receive(ANA, OURS, "Early")
    clicksend.clock.offset_s += 10
    late = clicksend.receive(ANA, OURS, "Late")
    sms.mark_inbound_sms_as_read(mark_sms_receipt_as_read_request={"date_before": int(late.created_at.timestamp())})
    assert [row.body for row in sms.view_inbound_sms().data.data] == ["Late"]


def test_reply_shows_up_late(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.receive(ANA, OURS, "Slow", listed_after_s=1200)
    assert sms.view_inbound_sms().data.total == 0
    clicksend.clock.offset_s += 1200
    assert [row.body for row in sms.view_inbound_sms().data.data] == ["Slow"]


def test_specific_reply_is_found_by_the_message_it_answers(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    message = send(sms)
    clicksend.receive(ANA, OURS, "Yes")
    assert sms.view_a_specific_inbound_sms_message(message.message_id).data.body == "Yes"


def test_documents_example_names_the_time_otherwise(clicksend: ClickSend, raw: httpx.Client) -> None:
    clicksend.reply_time = "timestamp_send"
    clicksend.receive(ANA, OURS, "When?")
    (row,) = raw.get("/sms/inbound").json()["data"]["data"]
    assert "timestamp_send" in row
    assert "timestamp" not in row


# --- receipts


def test_vendors_client_reads_receipts(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    message = send(sms, custom_string="m_1")
    clicksend.deliver_all()
    sent, delivered = sms.view_sms_receipts().data.data
    assert (sent.status_code, delivered.status_code, delivered.error_code) == (200, 201, None)
    assert {(each.message_id, each.custom_string, each.message_type) for each in (sent, delivered)} == {
        (message.message_id, "m_1", "sms")
    }
    assert sms.view_specific_sms_receipt(message.message_id).data.status_code == 201


def test_message_without_a_receipt_is_404(sms: vendor.SmsApi) -> None:
    message = send(sms)
    with pytest.raises(ApiException) as caught:
        sms.view_specific_sms_receipt(message.message_id)
    assert caught.value.status == 404


def test_read_receipts_leave_the_queue_but_stay(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    message = send(sms)
    clicksend.deliver_all()
    sms.mark_sms_receipt_as_read(mark_sms_receipt_as_read_request={"date_before": 1})
    assert sms.view_sms_receipts().data.total == 2
    sms.mark_sms_receipt_as_read()
    assert sms.view_sms_receipts().data.total == 0
    assert sms.view_specific_sms_receipt(message.message_id).data.status_code == 201


def test_passing_failure_comes_before_the_delivery(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    clicksend.temporary_first = True
    send(sms)
    clicksend.deliver_all()
    receipts = sms.view_sms_receipts().data.data
    assert [(each.status_code, each.error_code) for each in receipts] == [(200, None), (300, 16), (201, None)]


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_has_a_code_and_a_word(world: World, clicksend: ClickSend, sms: vendor.SmsApi, fate: str) -> None:
    world.handsets.add(ANA, fate=fate)
    message = send(sms)
    clicksend.deliver_all()
    receipt = sms.view_specific_sms_receipt(message.message_id).data
    (row,) = sms.view_sms_history().data.data
    arrived = {"delivered": 201, "no_receipt": 200}.get(fate)
    assert receipt.status_code == (arrived or 301)
    assert (receipt.error_code is None) == (arrived is not None)
    assert (row.status_code, row.error_code) == (
        str(receipt.status_code),
        str(receipt.error_code) if receipt.error_code else None,
    )
    assert len(world.handsets.get(ANA).texts) == (1 if arrived else 0)


def test_documents_example_has_codes_as_text(clicksend: ClickSend, sms: vendor.SmsApi, raw: httpx.Client) -> None:
    clicksend.codes_as_text, clicksend.sent_receipts = True, False
    send(sms)
    clicksend.deliver_all()
    (row,) = raw.get("/sms/receipts").json()["data"]["data"]
    assert row["status_code"] == "201"


# --- the history


def test_history_has_both_directions_oldest_first(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.handsets.add(ANA, answers=["Yes"])
    send(sms, custom_string="m_1")
    clicksend.deliver_all()
    out, into = sms.view_sms_history().data.data
    assert (out.direction, out.status, out.status_code, out.custom_string) == ("out", "Completed", "201", "m_1")
    assert (into.direction, into.status, into.var_from) == ("in", "Received", ANA)
    clicksend.delivered_word = "Sent"
    assert sms.view_sms_history(q="status:Sent").data.total == 1


def test_history_is_filtered_ordered_and_paged(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    for number in range(20):
        send(sms, BEN if number % 2 else ANA, body=f"Text {number:02}")
        clicksend.clock.offset_s += 10
    found = sms.view_sms_history(q=f"to:{BEN}", order_by="date:desc").data
    assert (found.total, found.data[0].body) == (10, "Text 19")
    assert len(sms.view_sms_history(page=2, limit=15).data.data) == 5
    middle = clicksend.sent_messages[10].created_at
    assert sms.view_sms_history(date_from=int(middle.timestamp())).data.data[0].body == "Text 10"
    assert sms.view_sms_history(date_to=int(middle.timestamp())).data.total == 11


@pytest.mark.parametrize("query", ["q=body:x", "order_by=price:asc", "order_by=date:up", "date_from=yesterday"])
def test_unknown_filter_is_400(raw: httpx.Client, query: str) -> None:
    assert raw.get(f"/sms/history?{query}").status_code == 400


# --- the account


def test_vendors_client_reads_the_account_and_its_money(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    send(sms)
    account = vendor.ManagementApi(sdk(clicksend)).view_account_details().data
    assert (account.username, account.balance, account.active) == (clicksend.username, "19.920800", 1)
    assert account.currency.currency_name_short == "GBP"


def test_account_holds_the_key(clicksend: ClickSend, raw: httpx.Client) -> None:
    assert raw.get("/account").json()["data"]["_subaccount"]["api_key"] == clicksend.api_key


def test_vendors_client_reads_the_numbers_without_shared_ones(clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    send(sms, ABROAD)
    numbers = vendor.NumbersApi(sdk(clicksend)).view_your_numbers().data
    assert [(each.dedicated_number, each.country, each.type) for each in numbers.data] == [(OURS, "GB", "sms")]


# --- rules and calls


def test_rules_are_made_listed_and_deleted(clicksend: ClickSend, sms: vendor.SmsApi, listener: Listener) -> None:
    made = sms.create_sms_inbound_automation(
        create_sms_inbound_automation_request={
            "dedicated_number": "*",
            "rule_name": "Connector",
            "message_search_type": 0,
            "action": "URL",
            "action_address": listener.url + "/in",
            "enabled": 1,
        }
    ).data
    assert [rule.action for rule in sms.view_sms_inbound_automations().data.data] == ["POLL", "URL"]
    assert [rule.action for rule in sms.view_sms_delivery_receipt_rules().data.data] == ["POLL"]
    clicksend.receive(ANA, OURS, "Hi")
    assert [call.path for call in listener.taken] == ["/in"]
    sms.delete_sms_inbound_automation(str(made.inbound_rule_id))
    clicksend.receive(ANA, OURS, "Hi again")
    assert len(listener.taken) == 1


def test_wrong_rule_is_400(raw: httpx.Client, clicksend: ClickSend) -> None:
    for body in ({"enabled": "yes"}, {"webhook_type": "xml"}, []):
        assert raw.post("/automations/sms/inbound", json=body).status_code == 400
    assert len(clicksend.inbound_rules) == 1


@pytest.mark.parametrize(
    ("kind", "term", "fits"),
    [
        (0, "", True),
        (1, "thurs", True),
        (1, "works", False),
        (2, "works", True),
        (2, "stop", False),
        (3, "stop", True),
        (3, "works", False),
    ],
)
def test_rule_searches_the_text(kind: int, term: str, fits: bool) -> None:
    rule = InboundRule(1, message_search_type=kind, message_search_term=term)
    assert fits == rule.fits(OURS, "Thursday works")
    rule.enabled = 0
    assert not rule.fits(OURS, "Thursday works")


REPLY = {
    "timestamp",
    "from",
    "body",
    "original_body",
    "original_message_id",
    "to",
    "custom_string",
    "message_id",
    "_keyword",
}


@pytest.mark.parametrize(
    ("kind", "method"),
    [("post", "POST"), ("get", "GET"), ("json", "POST")],
)
def test_reply_is_pushed_in_three_forms(
    clicksend: ClickSend, sms: vendor.SmsApi, listener: Listener, kind: str, method: str
) -> None:
    clicksend.add_inbound_rule("URL", listener.url + "/secret?x=1", kind)
    message = send(sms, custom_string="m_1")
    reply = clicksend.receive(ANA, OURS, "Thursday & Friday ✓")
    (call,) = listener.taken
    fields = json.loads(call.body) if kind == "json" else call.form
    assert (call.method, call.path) == (method, "/secret")
    assert call.query.startswith("x=1")
    assert set(fields) - {"x"} == REPLY
    assert (fields["message_id"], fields["body"]) == (reply.id, "Thursday & Friday ✓")
    assert (fields["original_message_id"], fields["custom_string"]) == (message.message_id, "m_1")
    if kind == "json":
        vendor.InboundSms.from_dict(fields)


def test_number_has_an_address_of_its_own(clicksend: ClickSend, sms: vendor.SmsApi, listener: Listener) -> None:
    clicksend.add_number("+447700900101", inbound_url=listener.url, webhook_type="json")
    clicksend.receive(ANA, "+447700900101", "Hi")
    clicksend.receive(ANA, OURS, "Not here")
    assert [json.loads(call.body)["body"] for call in listener.taken] == ["Hi"]
    assert sms.view_inbound_sms().data.total == 2


@pytest.mark.parametrize("kind", ["post", "get", "json"])
def test_receipts_are_pushed_in_three_forms(
    clicksend: ClickSend, sms: vendor.SmsApi, listener: Listener, kind: str
) -> None:
    clicksend.add_receipt_rule("URL", listener.url + "/receipts", kind)
    message = send(sms, custom_string="m_1")
    clicksend.deliver_all()
    rows = [json.loads(call.body) if kind == "json" else call.form for call in listener.taken]
    assert [int(row["status_code"]) for row in rows] == [200, 201]
    assert {(row["message_id"], row["custom_string"]) for row in rows} == {(message.message_id, "m_1")}
    assert [row["error_code"] for row in rows] == [None if kind == "json" else ""] * 2
    if kind == "json":
        vendor.SmsReceipt.from_dict(rows[-1])


def test_contradicting_receipt_is_pushed_and_queued_when_true(
    clicksend: ClickSend, sms: vendor.SmsApi, listener: Listener
) -> None:
    clicksend.add_receipt_rule("URL", listener.url, "json")
    message = send(sms)
    clicksend.deliver_all()
    clicksend.report(message.message_id, "Failed", "12", "Absent subscriber", true=True)
    assert json.loads(listener.taken[-1].body)["status_code"] == 301
    assert sms.view_specific_sms_receipt(message.message_id).data.error_code == 12


# --- faults and the log


def test_lost_answer_leaves_the_message_with_the_vendor(world: World, clicksend: ClickSend, sms: vendor.SmsApi) -> None:
    world.faults.add("error_after", platform="clicksend", path="/send")
    with pytest.raises(ApiException) as caught:
        send(sms, custom_string="m_9")
    assert caught.value.status == 500
    assert json.loads(caught.value.body)["http_code"] == 500
    (row,) = sms.view_sms_history(q=f"to:{ANA}").data.data
    assert row.custom_string == "m_9"
    assert [(call.path, call.fault) for call in world.calls_to("clicksend")] == [
        ("/v3/sms/send", "error_after"),
        ("/v3/sms/history", None),
    ]


def test_description_holds_no_secret(world: World, clicksend: ClickSend) -> None:
    text = str(world.describe())
    assert "clicksend" in text
    assert clicksend.api_key not in text
