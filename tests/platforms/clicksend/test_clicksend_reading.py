"""ClickSend: receipts, the queue of replies and its acknowledgement, the account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from clicksend_rows import AT, ID, REPLY_ID, delivery, envelope, history, inbound, number, page
from text_calls import Serve, path_of, query_of

from connector.domain.errors import (
    ConfigError,
    KeyRefused,
    NotThere,
    PlatformError,
    Rejected,
    Unwell,
    WireError,
)
from connector.domain.texts import BadReply, Balance, Delivery, Outgoing, OwnNumber, Reply
from connector.platforms.clicksend.adapter import ClickSendTexting, budget_scope, fingerprint
from tests.rest.raw_server import Handler, reply, reset

Connect = Callable[..., ClickSendTexting]

MESSAGE = Outgoing(
    "intent-17", "+447700900100", "+447700900123", "Can we talk on Thursday?", "https://sms.example.com/s"
)
SINCE = datetime.fromtimestamp(AT, UTC)
OURS = "+447700900100"


def refusal(status: int, code: str, message: str = "no", data: Any = None) -> bytes:
    return envelope(data, status, code, message)


@pytest.mark.parametrize(
    ("fields", "delivered", "rank", "code"),
    [
        ({"status_code": 200}, Delivery.SENT, 4, None),
        ({"status_code": 201}, Delivery.DELIVERED, 5, None),
        ({"status_code": "201"}, Delivery.DELIVERED, 5, None),
        ({"status_code": 300, "error_code": 16}, Delivery.SENT, 4, "16"),
        ({"status_code": 301, "error_code": 8}, Delivery.FAILED, 5, "8"),
        ({"status_code": "301", "error_code": "20"}, Delivery.FAILED, 5, "20"),
        ({"status_code": 301, "error_code": None}, Delivery.FAILED, 5, "301"),
        ({"status_code": 302, "error_code": 0}, Delivery.FAILED, 5, "302"),
        ({"status_code": 777}, Delivery.FAILED, 5, "777"),
        ({"status_code": 100}, Delivery.QUEUED, 0, None),
        ({"status_code": None, "status": "Queued"}, Delivery.QUEUED, 2, None),
        ({"status_code": None, "status": "Scheduled"}, Delivery.QUEUED, 0, None),
        ({"status_code": None, "status": "WaitApproval"}, Delivery.QUEUED, 1, None),
        ({"status_code": None, "status": "Sent"}, Delivery.SENT, 4, None),
        ({"status_code": None, "status": "Completed"}, Delivery.SENT, 4, None),
        ({"status_code": None, "status": "Failed"}, Delivery.FAILED, 5, "Failed"),
        ({"status_code": None, "status": "Cancelled"}, Delivery.FAILED, 5, "Cancelled"),
        ({"status_code": None, "status": "CancelledAfterReview"}, Delivery.FAILED, 5, "CancelledAfterReview"),
        ({"status_code": "201", "status": "Completed"}, Delivery.DELIVERED, 5, None),
        ({"status_code": "200", "status": "Queued"}, Delivery.QUEUED, 2, None),
        ({"status_code": "200", "status": "Cancelled"}, Delivery.FAILED, 5, "200"),
    ],
)
def test_where_a_message_stands(
    serve: Serve, connect: Connect, fields: dict[str, Any], delivered: Delivery, rank: int, code: str | None
) -> None:
    receipt = connect(serve(reply(200, envelope(delivery(**fields)))).url).receipt(ID)
    assert (receipt.status, receipt.rank, receipt.code) == (delivered, rank, code)


def test_a_failure_brings_the_gateways_words(serve: Serve, connect: Connect) -> None:
    body = envelope(delivery(status_code=301, error_code=8, error_text="Unknown subscriber"))
    assert connect(serve(reply(200, body)).url).receipt(ID).words == "Unknown subscriber"


@pytest.mark.parametrize("first", [reply(404, refusal(404, "NOT_FOUND")), reply(200, envelope(None)),
                                   reply(200, refusal(404, "NOT_FOUND"))])  # fmt: skip
def test_without_a_receipt_the_history_tells(serve: Serve, connect: Connect, first: Handler) -> None:
    rows = [history(message_id="other", status="Failed"), history(direction="in"), history(status="Sent")]
    server = serve(first, reply(200, page(rows)))

    receipt = connect(server.url).receipt(ID)

    assert (receipt.id, receipt.status) == (ID, Delivery.SENT)
    assert query_of(server.requests[1])["q"] == f"message_id:{ID}"


def test_a_message_that_is_nowhere_is_not_there(serve: Serve, connect: Connect) -> None:
    server = serve(reply(404, refusal(404, "NOT_FOUND")), reply(200, page([])))
    with pytest.raises(NotThere):
        connect(server.url).receipt(ID)


@pytest.mark.parametrize(
    "handler",
    [
        reply(200, envelope(delivery(message_id="another"))),
        reply(200, envelope("x")),
        reply(200, refusal(200, "ODD")),
        reply(200, b"<html></html>", "text/html"),
        reply(404, b"<h1>Not found</h1>", "text/html"),
    ],
)
def test_a_receipt_of_something_else_is_not_believed(serve: Serve, connect: Connect, handler: Handler) -> None:
    with pytest.raises(WireError):
        connect(serve(handler).url).receipt(ID)


# --- replies


def test_a_page_of_the_queue_is_read_whole(serve: Serve, connect: Connect) -> None:
    shared = inbound(message_id="S", to="+447700900999", timestamp=AT - 10**6, original_message_id="", custom_string="")
    server = serve(reply(200, page([inbound(), shared, inbound()], 1, 2)))

    got = connect(server.url).replies(OURS, SINCE)

    assert got.replies[0] == Reply(
        "clicksend",
        "acme@example.com",
        REPLY_ID,
        "+447700900123",
        OURS,
        "Thursday works ☎ & thanks",
        SINCE,
        answers=ID,
        echo="intent-17",
    )
    # to a number that ClickSend chose, and older than the cursor: nobody would ever ask for it again
    assert (got.replies[1].to, got.replies[1].answers, got.replies[1].echo) == ("+447700900999", None, None)
    assert [reply_.id for reply_ in got.replies] == [REPLY_ID, "S", REPLY_ID]
    assert (got.next_page, got.bad) == ("2", ())
    assert query_of(server.requests[0]) == {"page": "1", "limit": "100"}


@pytest.mark.parametrize("body", [page([], 1, 0), envelope(None), page([], 7, 9), envelope({"data": None})])
def test_an_empty_page_is_the_last(serve: Serve, connect: Connect, body: bytes) -> None:
    got = connect(serve(reply(200, body)).url).replies(OURS, SINCE)
    assert (got.replies, got.bad, got.next_page) == ((), (), None)


def test_a_page_without_a_count_goes_on_by_its_link(serve: Serve, connect: Connect) -> None:
    body = envelope({"data": [inbound()], "next_page_url": "https://rest.clicksend.com/v3/sms/inbound?page=3"})
    assert connect(serve(reply(200, body)).url).replies(OURS, SINCE, "2").next_page == "3"


@pytest.mark.parametrize("page_", ["x", "", "-1", "1.5", "²"])
def test_a_page_that_is_none_of_ours_is_not_asked_for(serve: Serve, connect: Connect, page_: str) -> None:
    server = serve(reply(200, page([])))
    with pytest.raises(WireError):
        connect(server.url).replies(OURS, SINCE, page_)
    assert server.requests == []


@pytest.mark.parametrize(
    ("row", "name", "what"),
    [
        (7, None, "body"),
        ({}, None, "message_id"),
        (inbound(message_id=None), "intent-17", "message_id"),
        (inbound(message_id=" "), "intent-17", "message_id"),
        ({**inbound(), "from": ""}, REPLY_ID, "from"),
        ({**inbound(), "from": None}, REPLY_ID, "from"),
        (inbound(body=None), REPLY_ID, "body"),
        (inbound(body=["a"]), REPLY_ID, "body"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_the_others_go_on(
    serve: Serve, connect: Connect, row: Any, name: str | None, what: str
) -> None:
    got = connect(serve(reply(200, page([row, inbound(message_id="good")]))).url).replies(OURS, SINCE)

    assert [found.id for found in got.replies] == ["good"]
    (bad,) = got.bad
    assert isinstance(bad, BadReply)
    assert bad.id == name if name else bad.id.startswith("row-")
    assert what in bad.what
    assert "7700" not in f"{bad}"


@pytest.mark.parametrize("time", [None, "", "soon", 0, -5, 10**15, True, [AT]])
def test_a_reply_without_a_time_is_a_reply(serve: Serve, connect: Connect, time: Any) -> None:
    (found,) = connect(serve(reply(200, page([inbound(timestamp=time)]))).url).replies(OURS, SINCE).replies
    assert found.at is None


def test_the_time_of_the_documents_example_is_read_too(serve: Serve, connect: Connect) -> None:
    row = {name: value for name, value in inbound(timestamp_send=str(AT)).items() if name != "timestamp"}
    (found,) = connect(serve(reply(200, page([row]))).url).replies(OURS, SINCE).replies
    assert found.at == SINCE


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (reply(500), Unwell),
        (reset, Unwell),
        (reply(200, b"<p>", "text/html"), WireError),
        (reply(200, b"[]"), WireError),
    ],
)
def test_a_queue_that_cannot_be_read_is_not_empty(
    serve: Serve, connect: Connect, handler: Handler, error: type[PlatformError]
) -> None:
    with pytest.raises(error):
        connect(serve(handler).url).replies(OURS, SINCE)


# --- acknowledging


def test_each_reply_is_marked_by_itself_and_never_all_of_them(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, envelope(1)))

    with pytest.raises(Rejected):
        connect(server.url).acknowledge(["A", "", "..", "/", "A", "a/../b?c#d", "B"])

    assert [path_of(request) for request in server.requests] == [
        "PUT /v3/sms/inbound-read/A",
        "PUT /v3/sms/inbound-read/a%2F..%2Fb%3Fc%23d",
        "PUT /v3/sms/inbound-read/B",
    ]
    assert [request.body for request in server.requests] == [b"", b"", b""]


def test_nothing_to_acknowledge_is_no_call(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, envelope(1)))
    connect(server.url).acknowledge([])
    assert server.requests == []


def test_one_that_is_gone_or_refused_does_not_keep_the_others(serve: Serve, connect: Connect) -> None:
    server = serve(reply(404, refusal(404, "NOT_FOUND")), reply(400, refusal(400, "BAD")), reply(200, envelope(0)))

    with pytest.raises(Rejected) as caught:
        connect(server.url).acknowledge(["A", "B", "C"])

    assert (caught.value.code, len(server.requests)) == ("BAD", 3)


def test_a_doubtful_mark_is_made_again(serve: Serve, connect: Connect) -> None:
    server = serve(reply(500), reply(200, envelope(0)))
    connect(server.url).acknowledge(["A"])
    assert [path_of(request) for request in server.requests] == ["PUT /v3/sms/inbound-read/A"] * 2


# --- the account


def test_the_balance_is_money(serve: Serve, connect: Connect) -> None:
    body = envelope({"balance": "4.998000", "_currency": {"currency_name_short": "GBP"}})
    assert connect(serve(reply(200, body)).url).balance() == Balance(Decimal("4.998000"), "GBP")


@pytest.mark.parametrize("data", [None, {}, {"balance": "NaN", "_currency": {"currency_name_short": "GBP"}},
                                  {"balance": "1"}, {"balance": "1", "_currency": "GBP"}])  # fmt: skip
def test_a_balance_that_is_none_is_not_made_up(serve: Serve, connect: Connect, data: Any) -> None:
    with pytest.raises(WireError):
        connect(serve(reply(200, envelope(data))).url).balance()


def test_own_numbers_come_with_what_is_wrong(serve: Serve, connect: Connect) -> None:
    first = [number(), number(dedicated_number="+447700900101", type="voice", status=None)]
    second = [
        number(dedicated_number="+447700900102", status={"value": 3}),
        number(dedicated_number="A", status={"value": 5}),
    ]
    server = serve(reply(200, page(first, 1, 2)), reply(200, page(second, 2, 2)))

    found = connect(server.url).own_numbers()

    assert found[:2] == (OwnNumber("+447700900100", True), OwnNumber("+447700900101", False))
    assert "see the number at ClickSend" in found[2].problems[0]
    assert found[3].problems == ()


def test_numbers_without_an_end_are_a_fault(serve: Serve, connect: Connect) -> None:
    with pytest.raises(WireError):
        connect(serve(reply(200, page([number()], 1, 10**6))).url).own_numbers()


def test_a_refused_key_shows_when_probing(serve: Serve, connect: Connect) -> None:
    with pytest.raises(KeyRefused):
        connect(serve(reply(401, refusal(401, "UNAUTHORIZED"))).url).probe()


@pytest.mark.parametrize("account", ["", "a:b"])
def test_a_user_name_that_would_be_read_as_another_is_refused(connect: Connect, account: str) -> None:
    with pytest.raises(ConfigError):
        connect(account=account)


def test_a_new_key_shows_in_the_fingerprint_and_the_budget_is_the_accounts(connect: Connect) -> None:
    assert connect().key_fingerprint() == fingerprint("INVENTED-KEY-0001")
    assert connect(keys=("INVENTED-KEY-0002",)).key_fingerprint() != fingerprint("INVENTED-KEY-0001")
    assert budget_scope("https://rest.ClickSend.com", "a") == "clicksend:rest.clicksend.com:a"
