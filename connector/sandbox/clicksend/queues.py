"""The queues of unread replies and receipts, and their acknowledgement."""

from collections.abc import Mapping
from typing import Any

from connector.sandbox.clicksend.pages import page
from connector.sandbox.clicksend.payloads import unix
from connector.sandbox.clicksend.refusals import bad_request, not_found, success
from connector.sandbox.clicksend.simulator import ClickSend
from connector.sandbox.exchange import Answer

Parts = Mapping[str, str]
Query = dict[str, str]


def list_replies(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    """GET /v3/sms/inbound."""
    items = [clicksend.reply_fields(each) for each in clicksend.unread_replies()]
    return success("Here are your data.", page(items, query, clicksend.base_url + "/v3/sms/inbound"))


def get_reply(clicksend: ClickSend, parts: Parts, _query: Query, _body: Any) -> Answer:
    """GET /v3/sms/inbound/{original_message_id}: the last reply to a message of ours; that it is this is assumed."""
    found = [each for each in clicksend.received_messages if each.answers == parts["id"]]
    if not found:
        raise not_found("Inbound record not found.")
    return success("Here are your data.", clicksend.reply_fields(found[-1]))


def read_reply(clicksend: ClickSend, parts: Parts, _query: Query, _body: Any) -> Answer:
    """PUT /v3/sms/inbound-read/{message_id}: all copies at once; the data is how many. Twice is safe: 0."""
    found = next((each for each in clicksend.received_messages if each.id == parts["id"]), None)
    if found is None:
        raise not_found("Inbound record not found.")
    copies, found.extra["copies"] = found.extra["copies"], 0
    return success("Receipt have been marked as read.", copies)


def read_replies(clicksend: ClickSend, _parts: Parts, _query: Query, body: Any) -> Answer:
    """PUT /v3/sms/inbound-read: those before a time, and without one all of them, listed yet or not."""
    before = _date_before(body)
    for each in clicksend.received_messages:
        if before is None or unix(each.created_at) < before:
            each.extra["copies"] = 0
    return success("Inbound messages have been marked as read.", None)


def list_receipts(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    """GET /v3/sms/receipts."""
    items = [each.fields for each in clicksend.unread_receipts()]
    return success("Here are your delivery receipts.", page(items, query, clicksend.base_url + "/v3/sms/receipts"))


def get_receipt(clicksend: ClickSend, parts: Parts, _query: Query, _body: Any) -> Answer:
    """GET /v3/sms/receipts/{message_id}: the last one, read or not."""
    found = [each for each in clicksend.receipts if each.message_id == parts["id"]]
    if not found:
        raise not_found("Receipt record not found.")
    return success("Your receipt.", found[-1].fields)


def read_receipts(clicksend: ClickSend, _parts: Parts, _query: Query, body: Any) -> Answer:
    """PUT /v3/sms/receipts-read: those before a time, and without one all of them."""
    before = _date_before(body)
    for each in clicksend.receipts:
        each.read = each.read or before is None or unix(each.at) < before
    return success("Receipts have been marked as read.", None)


def _date_before(body: Any) -> int | None:
    value = body.get("date_before") if isinstance(body, dict) else None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise bad_request("Invalid input.", date_before="Must be a Unix time.")
    return value
