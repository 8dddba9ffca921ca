"""ClickSend: what an answer means, above all a success that is none."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from clicksend_rows import AT, ID, envelope, history, page, sending, sent
from text_calls import Serve, query_of

from connector.domain.errors import (
    KeyRefused,
    NeverArrived,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    PlatformError,
    RateLimited,
    Rejected,
    WireError,
)
from connector.domain.texting import Texting
from connector.domain.texts import Delivery, Outgoing, Receipt
from connector.platforms.clicksend.adapter import MOST_PAGES, ClickSendTexting
from tests.rest.raw_server import Handler, raw, reply, reset, silent

Connect = Callable[..., ClickSendTexting]

MESSAGE = Outgoing(
    "intent-17", "+447700900100", "+447700900123", "Can we talk on Thursday?", "https://sms.example.com/s"
)
SINCE = datetime.fromtimestamp(AT, UTC)
OURS = "+447700900100"


def refusal(status: int, code: str, message: str = "no", data: Any = None) -> bytes:
    return envelope(data, status, code, message)


def test_the_adapter_is_what_the_flows_need(clicksend: ClickSendTexting) -> None:
    texting: Texting = clicksend
    assert (texting.account, texting.platform) == ("acme@example.com", "clicksend")


def test_a_send_is_one_message_with_our_intent(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, sending(sent())))

    receipt = connect(server.url).submit(MESSAGE)

    assert json.loads(server.requests[0].body) == {
        "messages": [
            {
                "from": "+447700900100",
                "to": "+447700900123",
                "body": "Can we talk on Thursday?",
                "custom_string": "intent-17",
                "source": "cord-pinpoint-connector",
            }
        ]
    }
    assert receipt == Receipt(
        provider="clicksend",
        id=ID,
        intent="intent-17",
        status=Delivery.QUEUED,
        raw_status="SUCCESS",
        rank=2,
        segments=2,
        price=Decimal("0.1584"),
        currency="GBP",
        sender="+447700900100",
        at=SINCE,
    )


@pytest.mark.parametrize(
    "status", ["INVALID_RECIPIENT", "INSUFFICIENT_CREDIT", "COUNTRY_NOT_ENABLED", "Failed", "Cancelled", "OTHER"]
)
def test_a_success_whose_message_is_refused_is_a_refusal(serve: Serve, connect: Connect, status: str) -> None:
    body = sending(sent(status=status, message_id=None), queued_count=0, blocked_count=1)

    with pytest.raises(Rejected) as caught:
        connect(serve(reply(200, body)).url).submit(MESSAGE)

    assert (type(caught.value), caught.value.code, caught.value.status) == (Rejected, status, 200)


@pytest.mark.parametrize(
    ("status", "delivery", "rank"),
    [
        ("success", Delivery.QUEUED, 2),
        ("Queued", Delivery.QUEUED, 2),
        ("WaitApproval", Delivery.QUEUED, 1),
        ("Scheduled", Delivery.QUEUED, 0),
        ("Sent", Delivery.SENT, 4),
    ],
)
def test_a_word_of_the_history_that_is_no_refusal_counts_as_accepted(
    serve: Serve, connect: Connect, status: str, delivery: Delivery, rank: int
) -> None:
    receipt = connect(serve(reply(200, sending(sent(status=status)))).url).submit(MESSAGE)
    assert (receipt.id, receipt.status, receipt.rank) == (ID, delivery, rank)


@pytest.mark.parametrize(
    "handler",
    [
        reply(200, sending()),
        reply(200, sending(sent(), sent(message_id="X"))),
        reply(200, sending(sent(), sent(status="INVALID_RECIPIENT"))),
        reply(200, sending(sent(message_id=None))),
        reply(200, sending(sent(message_id=" "))),
        reply(200, sending(sent(status=None))),
        reply(200, sending(sent(status=""))),
        reply(200, sending(sent(custom_string="intent-18"))),
        reply(200, sending(sent(), queued_count=0, blocked_count=1)),
        reply(200, envelope(None)),
        reply(200, envelope({"messages": None})),
        reply(200, envelope({"messages": ["x"]})),
        reply(200, refusal(200, "ODD")),
        reply(200, refusal(500, "INTERNAL_SERVER_ERROR")),
        reply(200, json.dumps({"data": json.loads(sending(sent()))["data"]}).encode()),
        reply(200, b"[]"),
        reply(200, b"null"),
        reply(200, b"{"),
        reply(200, b"<html>log in</html>", "text/html"),
        reply(204),
        reply(500, refusal(500, "INTERNAL_SERVER_ERROR")),
        reply(502, b"<h1>Bad gateway</h1>", "text/html"),
        reply(503),
        reply(404, b"<h1>Not found</h1>", "text/html"),
        reply(307, b"", None, Location="https://example.com/elsewhere"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: application/json\r\n\r\n{"),
        reset,
        silent,
    ],
)
def test_without_a_trustworthy_answer_nobody_knows_and_nothing_is_sent_again(
    serve: Serve, connect: Connect, handler: Handler
) -> None:
    server = serve(handler)

    with pytest.raises(OutcomeUnknown):
        connect(server.url).submit(MESSAGE)

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, refusal(400, "BAD_REQUEST", data={"messages": "required"}), Rejected, "BAD_REQUEST"),
        (400, b"<h1>Bad</h1>", Rejected, ""),
        (401, refusal(401, "UNAUTHORIZED"), KeyRefused, None),
        (401, b"", KeyRefused, None),
        (402, refusal(402, "INSUFFICIENT_CREDIT"), Rejected, "INSUFFICIENT_CREDIT"),
        (403, refusal(403, "FORBIDDEN"), PermissionMissing, None),
        (404, refusal(404, "NOT_FOUND"), NotThere, "NOT_FOUND"),
        (200, refusal(400, "BAD_REQUEST"), Rejected, "BAD_REQUEST"),
        (200, refusal(401, "UNAUTHORIZED"), KeyRefused, None),
    ],
)
def test_a_refusal_says_what_it_is(
    serve: Serve, connect: Connect, status: int, body: bytes, error: type[PlatformError], code: str | None
) -> None:
    server = serve(reply(status, body))

    with pytest.raises(error) as caught:
        connect(server.url).submit(MESSAGE)

    assert type(caught.value) is error
    assert getattr(caught.value, "code", None) == code
    assert len(server.requests) == 1


def test_asked_too_fast_is_a_wait_and_not_a_doubt(serve: Serve, connect: Connect) -> None:
    with pytest.raises(RateLimited):
        connect(serve(reply(429, refusal(429, "TOO_MANY_REQUESTS"))).url).submit(MESSAGE)


def test_nobody_at_home_is_no_doubt(connect: Connect) -> None:
    with pytest.raises(NeverArrived):
        connect("http://127.0.0.1:1").submit(MESSAGE)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_credential_follows_a_redirect(serve: Serve, connect: Connect, status: int) -> None:
    elsewhere = serve(reply(200, sending(sent())))
    texting = connect(serve(reply(status, b"", None, Location=f"{elsewhere.url}/v3")).url)

    with pytest.raises(OutcomeUnknown):
        texting.submit(MESSAGE)
    with pytest.raises(WireError):
        texting.balance()

    assert elsewhere.requests == []


def test_an_error_holds_neither_number_nor_text_nor_key(serve: Serve, connect: Connect) -> None:
    said = (
        "447700900123 / +44 7700 900 123 of acme@example.com is bad, INVENTED-KEY-0001 at https://sms.example.com/s?i=1"
    )
    body = refusal(
        400, "BAD_REQUEST", said.replace("INVENTED-KEY-0001", ""), {"to": "+447700900123", "body": MESSAGE.text}
    )

    with pytest.raises(Rejected) as caught:
        connect(serve(reply(400, body)).url).submit(MESSAGE)

    shown = f"{caught.value} {caught.value!r}"
    assert not [part for part in ("7700", "900123", "Thursday", "acme@", "i=1") if part in shown]
    assert "is bad" in shown


def test_the_older_key_is_used_while_the_new_one_is_refused(serve: Serve, connect: Connect) -> None:
    server = serve(reply(401, refusal(401, "UNAUTHORIZED")), reply(200, sending(sent())))

    connect(server.url, keys=("INVENTED-KEY-0002", "INVENTED-KEY-0001")).submit(MESSAGE)

    used = [base64.b64decode(request.headers["authorization"].split()[1])[-4:] for request in server.requests]
    assert used == [b"0002", b"0001"]


# --- settling a lost answer


def test_a_lost_message_is_found_by_our_intent_alone(serve: Serve, connect: Connect) -> None:
    rows = [
        history(message_id="A", custom_string="intent-16"),
        history(message_id="B", custom_string=None, body=MESSAGE.text),
        history(message_id="C", direction="in"),
        "a broken row",
        {"message_id": "D", "custom_string": "intent-99"},
        history(message_id="E"),
    ]
    server = serve(reply(200, page(rows[:3], 1, 2)), reply(200, page(rows[3:], 2, 2)))

    found = connect(server.url).find(MESSAGE, SINCE, ())

    assert found is not None
    assert (found.id, found.intent, found.status) == ("E", "intent-17", Delivery.SENT)
    assert [query_of(request) for request in server.requests] == [
        {"date_from": str(AT - 60), "order_by": "date:asc", "page": "1", "limit": "100"},
        {"date_from": str(AT - 60), "order_by": "date:asc", "page": "2", "limit": "100"},
    ]


def test_a_message_of_another_intent_of_ours_is_not_taken(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, page([history(message_id="E")])))
    assert connect(server.url).find(MESSAGE, SINCE, ["E"]) is None


def test_an_empty_history_is_not_seen(serve: Serve, connect: Connect) -> None:
    assert connect(serve(reply(200, page([], 1, 0))).url).find(MESSAGE, SINCE, ()) is None


def test_a_history_without_an_end_is_left(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, page([history(custom_string="x")], 1, 10**6)))

    assert connect(server.url).find(MESSAGE, SINCE, ()) is None
    assert len(server.requests) == MOST_PAGES
