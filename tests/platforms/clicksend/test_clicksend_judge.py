"""ClickSend's own SDK as the judge: our requests are those it makes, and our test rows are those it reads."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import clicksend as sdk
import pytest
from clicksend_rows import AT, ID, REPLY_ID, delivery, envelope, history, inbound, number, page, sending, sent
from text_calls import Serve, path_of, query_of

from connector.domain.texts import Outgoing
from connector.platforms.clicksend.adapter import PAGE_ROWS, ClickSendTexting
from tests.rest.raw_server import Request, reply

Connect = Callable[..., ClickSendTexting]

MESSAGE = Outgoing(
    "intent-17", "+447700900100", "+447700900123", "Can we talk on Thursday? £ ☎", "https://sms.example.com"
)
SINCE = datetime.fromtimestamp(AT, UTC)
THEIRS = {
    "body": MESSAGE.text, "to": MESSAGE.to, "from": MESSAGE.sender, "custom_string": MESSAGE.intent,
    "source": "cord-pinpoint-connector",
}  # fmt: skip

CALLS: dict[str, tuple[Callable[[ClickSendTexting], object], Callable[[sdk.ApiClient], object], bytes]] = {
    "send": (
        lambda ours: ours.submit(MESSAGE),
        lambda api: sdk.SmsApi(api).send_sms(send_sms_request=sdk.SendSmsRequest.from_dict({"messages": [THEIRS]})),
        sending(sent()),
    ),
    "history": (
        lambda ours: ours.find(MESSAGE, SINCE, ()),
        lambda api: sdk.SmsApi(api).view_sms_history(
            page=1, limit=PAGE_ROWS, order_by="date:asc", date_from=AT - 60
        ),
        page([history()]),
    ),
    "receipt": (
        lambda ours: ours.receipt(ID),
        lambda api: sdk.SmsApi(api).view_specific_sms_receipt(ID),
        envelope(delivery()),
    ),
    "replies": (
        lambda ours: ours.replies("+447700900100", SINCE, "3"),
        lambda api: sdk.SmsApi(api).view_inbound_sms(page=3, limit=PAGE_ROWS),
        page([inbound()]),
    ),
    "acknowledge": (
        lambda ours: ours.acknowledge([REPLY_ID]),
        lambda api: sdk.SmsApi(api).mark_specific_inbound_sms_message_as_read(REPLY_ID),
        envelope(1),
    ),
    "account": (
        lambda ours: ours.balance(),
        lambda api: sdk.ManagementApi(api).view_account_details(),
        envelope({"balance": "4.998000", "_currency": {"currency_name_short": "GBP"}}),
    ),
    "numbers": (
        lambda ours: ours.own_numbers(),
        lambda api: sdk.NumbersApi(api).view_your_numbers(page=1, limit=PAGE_ROWS),
        page([number()]),
    ),
}  # fmt: skip


def told(request: Request) -> tuple[Any, ...]:
    body = json.loads(request.body) if request.body else None
    return path_of(request), query_of(request), body, request.headers["authorization"]


@pytest.mark.parametrize("name", CALLS)
def test_our_request_is_the_sdks(serve: Serve, connect: Connect, name: str) -> None:
    ours, theirs, answer = CALLS[name]
    server = serve(reply(200, answer))
    config = sdk.Configuration(host=server.url, username="acme@example.com", password="INVENTED-KEY-0001")

    with sdk.ApiClient(config) as client:
        theirs(client)
    ours(connect(server.url))

    reference, made = map(told, server.requests)
    assert made == reference
    if made[2] is not None:
        assert server.requests[1].headers["content-type"] == server.requests[0].headers["content-type"]


def test_the_judge_reads_the_credentials_as_basic(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, envelope({})))
    connect(server.url).probe()
    expected = base64.b64encode(b"acme@example.com:INVENTED-KEY-0001").decode()
    assert server.requests[0].headers["authorization"] == f"Basic {expected}"


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (sdk.InboundSms, inbound()),
        (sdk.SmsReceipt, delivery()),
        (sdk.SendSms, json.loads(sending(sent()))),
        (sdk.ViewSmsHistory, json.loads(page([history()]))),
        (sdk.ViewInboundSms, json.loads(page([inbound()]))),
        (sdk.ViewYourNumbers, json.loads(page([number()]))),
        (sdk.ViewSpecificSmsReceipt, json.loads(envelope(delivery()))),
    ],
)
def test_the_rows_of_our_tests_are_those_of_the_sdk(model: Any, row: dict[str, Any]) -> None:
    read = model.from_dict(row).to_dict()
    data = row.get("data", row)
    items = data.get("messages") or data.get("data") or [data] if isinstance(data, dict) else [data]
    shown = read.get("data", read)
    kept = shown.get("messages") or shown.get("data") or [shown]
    assert {name for name, value in items[0].items() if value is not None} <= set(kept[0])
