"""Exotel: what is sent, and what an answer means. There is no SDK: its pages' tables are the fixtures."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from text_calls import Serve, path_of

from connector.domain.errors import (
    ConfigError,
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
from connector.domain.texts import Delivery, Outgoing
from connector.platforms.exotel.adapter import ExotelTexting, budget_scope, fingerprint
from tests.rest.raw_server import Handler, raw, reply, reset, silent

Connect = Callable[..., ExotelTexting]

SID = "0b6c6a98f32682862ce6edf1bdab3526"
MESSAGE = Outgoing(
    "intent-17",
    "+912248797979",
    "+447700900123",
    "Can we talk on Thursday? £ ☎",
    "https://sms.example.com/s?i=intent-17",
)


def sms(**fields: Any) -> bytes:
    message = {
        "Sid": SID, "AccountSid": "acme1", "From": "0XXXXXX7979/ACME", "To": "0XXXXXX0123", "Body": "…",
        "Status": "queued", "DateCreated": "2026-11-28 10:00:00", "DateUpdated": "2026-11-28 10:00:00",
        "DateSent": "1970-01-01 05:30:00",
        "Price": None, "Uri": f"/v1/Accounts/acme1/SMS/Messages/{SID}.json",
    }  # fmt: skip
    return json.dumps({"SMSMessage": message | fields}).encode()


def refusal(status: int, message: str, code: int | str) -> bytes:
    return json.dumps({"RestException": {"Status": status, "Message": message, "Code": code}}).encode()


def test_the_adapter_is_what_the_flows_need(exotel: ExotelTexting) -> None:
    texting: Texting = exotel
    assert (texting.account, texting.platform, texting.can.longest_text) == ("acme1", "exotel", 2000)


def test_a_send_is_a_form_with_our_intent_and_the_fields_of_india(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, sms()))

    receipt = connect(server.url).submit(MESSAGE)

    request = server.requests[0]
    assert path_of(request) == "POST /v1/Accounts/acme1/Sms/send.json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    expected = base64.b64encode(b"invented-user-0001:invented-token-0001").decode()
    assert request.headers["authorization"] == f"Basic {expected}"
    assert {name: values[0] for name, values in parse_qs(request.body.decode()).items()} == {
        "From": "+912248797979",
        "To": "+447700900123",
        "Body": "Can we talk on Thursday? £ ☎",
        "CustomField": "intent-17",
        "StatusCallback": "https://sms.example.com/s?i=intent-17",
        "DltEntityId": "1101234567890123456",
        "DltTemplateId": "1107234567890123456",
        "SmsType": "transactional",
    }
    assert (receipt.id, receipt.intent, receipt.status, receipt.rank) == (SID, "intent-17", Delivery.QUEUED, 2)
    assert receipt.at == datetime(2026, 11, 28, 4, 30, tzinfo=UTC)


def test_what_is_not_set_is_not_sent(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, sms()))

    connect(server.url, options={"api_key": "invented-user-0001"}).submit(Outgoing("i1", "ACME", "+447700900123", "Hi"))

    assert set(parse_qs(server.requests[0].body.decode())) == {"From", "To", "Body", "CustomField"}


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_is_one(serve: Serve, connect: Connect, status: int) -> None:
    assert connect(serve(reply(status, sms())).url).submit(MESSAGE).id == SID


def test_a_message_that_failed_at_once_keeps_its_id(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, sms(Status="failed-dnd")))

    receipt = connect(server.url).submit(MESSAGE)

    assert (receipt.id, receipt.status, receipt.code) == (SID, Delivery.FAILED, "FAILED_DND")


@pytest.mark.parametrize(
    "handler",
    [
        reply(500, b"{}"),
        reply(502, b"<h1>Bad gateway</h1>", "text/html"),
        reply(503, refusal(503, "Service down for maintenance", 40400)),
        reply(503, b"throttled 40405", "text/plain"),
        reply(500, refusal(500, "throttled", 40405)),
        reset,
        silent,
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\nContent-Type: application/json\r\n\r\n{"),
        reply(200, b"<html>log in</html>", "text/html"),
        reply(200, b"<TwilioResponse/>", "application/xml"),
        reply(200, b"not json"),
        reply(200, b"[]"),
        reply(200, b"{}"),
        reply(200, sms(Sid=None)),
        reply(200, sms(Sid="")),
        reply(204),
        reply(404, b"<h1>Not found</h1>", "text/html"),
        reply(200, refusal(500, "internal", 50000)),
        reply(307, b"", None, Location="https://example.com/elsewhere"),
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
        (400, refusal(400, "To is invalid", "INVALID_PARAMETER"), Rejected, "INVALID_PARAMETER"),
        (400, b"<h1>Bad</h1>", Rejected, ""),
        (401, refusal(401, "Authentication failed", "UNAUTHORIZED"), KeyRefused, None),
        (402, refusal(402, "Payment required", ""), Rejected, "40001"),
        (403, refusal(403, "Insufficient balance", 40001), Rejected, "40001"),
        (403, refusal(403, "Not allowed", 40003), PermissionMissing, None),
        (404, refusal(404, "No such account", 40404), NotThere, "40404"),
        (409, refusal(409, "Duplicate", 40901), Rejected, "40901"),
        (200, refusal(400, "Body is missing", 40010), Rejected, "40010"),
        (200, refusal(401, "Authentication failed", "UNAUTHORIZED"), KeyRefused, None),
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


@pytest.mark.parametrize(
    "handler", [reply(429, refusal(429, "Too many", 40402)), reply(503, refusal(503, "Throttled", 40405))]
)
def test_asked_too_fast_is_a_wait_and_not_a_doubt(serve: Serve, connect: Connect, handler: Handler) -> None:
    with pytest.raises(RateLimited) as caught:
        connect(serve(handler).url).submit(MESSAGE)

    assert caught.value.retry_after_s == 9.0


def test_what_was_throttled_was_not_processed_and_is_sent_after_a_short_wait(serve: Serve, connect: Connect) -> None:
    server = serve(reply(503, refusal(503, "Throttled", "40405"), Retry_After="0"), reply(200, sms()))

    assert connect(server.url).submit(MESSAGE).id == SID
    assert len(server.requests) == 2


def test_nobody_at_home_is_no_doubt(connect: Connect) -> None:
    with pytest.raises(NeverArrived):
        connect("http://127.0.0.1:1").submit(MESSAGE)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_credential_follows_a_redirect(serve: Serve, connect: Connect, status: int) -> None:
    elsewhere = serve(reply(200, sms()))
    server = serve(reply(status, b"", None, Location=f"{elsewhere.url}/v1"))
    texting = connect(server.url)

    with pytest.raises(OutcomeUnknown):
        texting.submit(MESSAGE)
    with pytest.raises(WireError):
        texting.receipt(SID)

    assert elsewhere.requests == []


def test_an_error_holds_neither_number_nor_text_nor_key(serve: Serve, connect: Connect) -> None:
    said = "To 447700900123 / +44 7700 900 123 is bad, see https://sms.example.com/s?i=1, key invented-user-0001"

    with pytest.raises(Rejected) as caught:
        connect(serve(reply(400, refusal(400, said, 40010))).url).submit(MESSAGE)

    shown = f"{caught.value} {caught.value!r}"
    assert not [part for part in ("7700", "900123", "Thursday", "invented", "i=1", "acme1") if part in shown]
    assert "is bad" in shown


def test_the_older_token_is_used_while_the_new_one_is_refused(serve: Serve, connect: Connect) -> None:
    server = serve(reply(401, refusal(401, "no", "UNAUTHORIZED")), reply(200, sms()))

    connect(server.url, keys=("invented-token-0002", "invented-token-0001")).submit(MESSAGE)

    used = [base64.b64decode(request.headers["authorization"].split()[1]).decode() for request in server.requests]
    assert used == ["invented-user-0001:invented-token-0002", "invented-user-0001:invented-token-0001"]


def test_a_lost_answer_cannot_be_looked_up(exotel: ExotelTexting) -> None:
    assert not exotel.can.finds_sent
    assert exotel.find(MESSAGE, datetime(2026, 11, 28, tzinfo=UTC), ()) is None


@pytest.mark.parametrize(
    ("status", "name", "number", "delivery", "rank", "code"),
    [
        # the API reference's table
        ("queued", "PENDING_TO_OPERATOR", 21010, Delivery.QUEUED, 2, None),
        ("sending", "SENDING_TO_OPERATOR", 21015, Delivery.QUEUED, 3, None),
        ("submitted", "PENDING_ON_OPERATOR", 21020, Delivery.SENT, 4, None),
        ("sent", "DELIVERED_TO_HANDSET", 20005, Delivery.DELIVERED, 5, None),
        ("sent", "DELIVERED_TO_OPERATOR", 20006, Delivery.SENT, 4, None),
        ("failed", "FAILED_DND", 23005, Delivery.FAILED, 5, "FAILED_DND"),
        ("failed", "FAILED_INVALID_NUMBER", 23010, Delivery.FAILED, 5, "FAILED_INVALID_NUMBER"),
        ("failed", "FAILED_BLACKLISTED", 23020, Delivery.FAILED, 5, "FAILED_BLACKLISTED"),
        ("failed", "FAILED_DLT_TEMPLATE", 23082, Delivery.FAILED, 5, "FAILED_DLT_TEMPLATE"),
        # the support page's table
        ("delivered", "DELIVERED_TO_HANDSET", 20000, Delivery.DELIVERED, 5, None),
        ("sent", "DELIVERED_TO_OPERATOR", 20001, Delivery.SENT, 4, None),
        ("sent", "SUBMITTED_TO_CARRIER", 20002, Delivery.SENT, 4, None),
        ("failed", "FAILED_DND", 30004, Delivery.FAILED, 5, "FAILED_DND"),
        ("undelivered", "FAILED_SUBSCRIBER_UNAVAILABLE", 23035, Delivery.FAILED, 5, "23035"),
        # the glossary's names
        ("failed", "SENDER_BLOCKED_BY_DLT", 23080, Delivery.FAILED, 5, "23080"),
        ("failed", "DLT_TEMPLATE_ID_INVALID", 23181, Delivery.FAILED, 5, "23181"),
        # statuses by themselves
        ("queued", None, None, Delivery.QUEUED, 2, None),
        ("sending", None, None, Delivery.QUEUED, 3, None),
        ("submitted", None, None, Delivery.SENT, 4, None),
        ("sent", None, None, Delivery.SENT, 4, None),
        ("sent", "", "", Delivery.SENT, 4, None),
        ("delivered", None, None, Delivery.DELIVERED, 5, None),
        ("failed-dnd", None, None, Delivery.FAILED, 5, "FAILED_DND"),
        ("failed_dnd", None, None, Delivery.FAILED, 5, "FAILED_DND"),
        ("expired", None, None, Delivery.FAILED, 5, None),
        ("undelivered", None, 23035, Delivery.FAILED, 5, "23035"),
        # the name goes before the status and the number
        ("sent", "FAILED_SPAM", 20005, Delivery.FAILED, 5, "FAILED_SPAM"),
        ("failed", "DELIVERED_TO_HANDSET", 23005, Delivery.DELIVERED, 5, None),
        # words that nobody knows move nothing
        ("teleported", "BEAMED_UP", 77, Delivery.QUEUED, 0, None),
    ],
)
def test_where_a_message_stands_is_told_by_the_name(
    serve: Serve,
    connect: Connect,
    status: str,
    name: str | None,
    number: object,
    delivery: Delivery,
    rank: int,
    code: str | None,
) -> None:
    body = sms(Status=status, DetailedStatus=name, DetailedStatusCode=number)

    receipt = connect(serve(reply(200, body)).url).receipt(SID)

    assert (receipt.status, receipt.rank, receipt.code) == (delivery, rank, code)


def test_a_look_up_asks_for_json_and_reads_price_parts_and_indian_time(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, sms(Status="sent", DateSent="2026-11-28 02:15:00", Price="0.180000", SmsUnits="2")))

    receipt = connect(server.url).receipt(SID)

    assert path_of(server.requests[0]) == f"GET /v1/Accounts/acme1/SMS/Messages/{SID}.json"
    assert receipt.at == datetime(2026, 11, 27, 20, 45, tzinfo=UTC)
    assert (receipt.price, receipt.segments) == (Decimal("0.18"), 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (refusal(200, "No matching results", ""), "application/json"),
        (json.dumps({"RestException": {"Status": 404, "Message": "No matching results", "Code": None}}).encode(), None),
        (json.dumps("No matching results").encode(), "application/json"),
        (json.dumps({"SMSMessage": None, "Message": "No matching results"}).encode(), "application/json"),
        (b"No matching results", "text/html; charset=UTF-8"),
        (b"No matching results\n", "text/plain"),
    ],
)
def test_an_unknown_message_is_a_success_that_says_no(
    serve: Serve, connect: Connect, body: bytes, kind: str | None
) -> None:
    texting = connect(serve(reply(200, body, kind)).url)

    with pytest.raises(NotThere):
        texting.receipt(SID)
    texting.probe()


@pytest.mark.parametrize(
    "handler",
    [
        reply(200, sms(Sid="another")),
        reply(200, b"<html>log in</html>", "text/html"),
        reply(200, b"{"),
        reply(200, b"[" * 50_000),
        reply(200, b"null"),
        reply(200, refusal(500, "internal", 1)),
        reply(404, b"<h1>Not found</h1>", "text/html"),
    ],
)
def test_an_answer_about_something_else_is_not_believed(serve: Serve, connect: Connect, handler: Handler) -> None:
    with pytest.raises(WireError):
        connect(serve(handler).url).receipt(SID)


def test_an_id_from_outside_stays_one_segment_of_the_path(serve: Serve, connect: Connect) -> None:
    server = serve(reply(200, b"No matching results", "text/plain"))

    with pytest.raises(NotThere):
        connect(server.url).receipt("../../secret?x=1")

    assert path_of(server.requests[0]) == "GET /v1/Accounts/acme1/SMS/Messages/..%2F..%2Fsecret%3Fx%3D1.json"


def test_a_refused_key_shows_when_probing(serve: Serve, connect: Connect) -> None:
    with pytest.raises(KeyRefused):
        connect(serve(reply(401, refusal(401, "Authentication failed", "UNAUTHORIZED"))).url).probe()


@pytest.mark.parametrize("options", [{}, {"api_key": ""}, {"api_key": "a:b"}])
def test_without_a_user_name_there_is_no_account(connect: Connect, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        connect(options=options)


def test_what_exotel_does_not_show_is_none(exotel: ExotelTexting) -> None:
    exotel.acknowledge(["a"])
    assert (exotel.balance(), exotel.own_numbers()) == (None, ())
    with pytest.raises(NotImplementedError):
        exotel.replies("+912248797979", datetime(2026, 11, 28, tzinfo=UTC))


def test_a_new_token_shows_in_the_fingerprint_and_the_budget_is_the_accounts(connect: Connect) -> None:
    assert connect().key_fingerprint() == fingerprint("invented-token-0001")
    assert connect(keys=("invented-token-0002",)).key_fingerprint() != fingerprint("invented-token-0001")
    assert budget_scope("https://api.Exotel.com", "acme1") == "exotel:api.exotel.com:acme1"
