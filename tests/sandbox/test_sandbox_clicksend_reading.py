"""What is read from the ClickSend simulator (replies, receipts, the history) with the vendor's own client as judge."""

import time

import clicksend as vendor
import httpx2 as httpx
import pytest
from clicksend.exceptions import ApiException

from connector.sandbox.clicksend.simulator import ClickSend
from connector.sandbox.texting.handsets import FATES
from connector.sandbox.world import World
from tests.sandbox.clicksend_stage import ANA, BEN, OURS, UUID, send
from tests.sandbox.clicksend_stage import clicksend as clicksend
from tests.sandbox.clicksend_stage import raw as raw
from tests.sandbox.clicksend_stage import sms as sms
from tests.sandbox.clicksend_stage import world as world

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
    assert UUID.match(reply.message_id)


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
