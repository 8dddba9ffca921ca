"""Rules of the ClickSend simulator and the calls they make, taken over real HTTP and read by the vendor's models."""

import json

import clicksend as vendor
import httpx2 as httpx
import pytest

from connector.sandbox.clicksend.rules import InboundRule
from connector.sandbox.clicksend.simulator import ClickSend
from tests.sandbox.clicksend_stage import ANA, OURS, send
from tests.sandbox.clicksend_stage import clicksend as clicksend
from tests.sandbox.clicksend_stage import raw as raw
from tests.sandbox.clicksend_stage import sms as sms
from tests.sandbox.clicksend_stage import world as world
from tests.sandbox.listening import Listener


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
