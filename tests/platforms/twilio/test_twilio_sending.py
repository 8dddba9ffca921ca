"""What becomes of a send at Twilio: accepted, refused, unknown, found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest

from connector.domain.errors import (
    ApiOff,
    KeyRefused,
    NeverArrived,
    NotThere,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    Rejected,
    WireError,
)
from connector.domain.texts import Delivery
from connector.platforms.twilio.adapter import TwilioTexting
from connector.rest.calls import CallSeen
from tests.platforms.texting.loopback import asked, data
from tests.platforms.twilio.twilio_rows import AT, MESSAGE, OURS, THEIRS, error, listed, row, sid
from tests.rest.raw_server import Handler, Server, drip, raw, reply, reset, silent

Serve = Callable[..., Server]
Connect = Callable[..., TwilioTexting]


def test_an_accepted_message_is_queued(serve: Serve, connect: Connect) -> None:
    receipt = connect(serve(data(row(), 201))).submit(MESSAGE)
    assert (receipt.id, receipt.intent, receipt.status, receipt.rank) == (sid(1), "intent-1", Delivery.QUEUED, 2)
    assert (receipt.segments, receipt.sender, receipt.price, receipt.billed) == (1, OURS, None, None)


def test_through_a_service_neither_sender_nor_segments_are_known_yet(serve: Serve, connect: Connect) -> None:
    body = row() | {"status": "accepted", "from": None, "num_segments": "0"}
    receipt = connect(serve(data(body, 201))).submit(replace(MESSAGE, sender="MG" + "0" * 32))
    assert (receipt.status, receipt.rank, receipt.sender, receipt.segments) == (Delivery.QUEUED, 1, None, None)


REFUSALS: list[tuple[int, int, type[Exception], tuple[str, ...]]] = [
    (21211, 400, Rejected, ("phone",)), (21610, 400, Rejected, ("phone",)), (21614, 400, Rejected, ("phone",)),
    (21408, 403, Rejected, ("phone",)), (21606, 400, Rejected, ("sender",)), (21659, 400, Rejected, ("sender",)),
    (21617, 400, Rejected, ("text",)), (30034, 400, Rejected, ()), (99999, 400, Rejected, ()),
    (20003, 401, KeyRefused, ()), (20003, 403, KeyRefused, ()), (20005, 403, ApiOff, ()),
    (20006, 403, PermissionMissing, ()), (20404, 404, NotThere, ()),
]  # fmt: skip


@pytest.mark.parametrize(("code", "status", "kind", "fields"), REFUSALS)
def test_a_refusal_keeps_its_code(
    serve: Serve, connect: Connect, code: int, status: int, kind: type[Exception], fields: tuple[str, ...]
) -> None:
    server = serve(data(error(code, status, f"The number {THEIRS} (447700900123) is refused"), status))
    with pytest.raises(kind) as caught:
        connect(server).submit(MESSAGE)
    assert type(caught.value) is kind
    if isinstance(caught.value, Rejected):
        assert (caught.value.code, caught.value.fields) == (str(code), fields)
    assert "7700900123" not in str(caught.value) + repr(caught.value)
    assert len(server.requests) == 1


HTML = b"<html><body>Please log in</body></html>"
UNKNOWN: dict[str, Handler] = {
    "500": data(error(20500, 500), 500),
    "502 with HTML": reply(502, HTML, "text/html"),
    "503 that asks to wait": reply(503, b"{}", Retry_After="1"),
    "200 with HTML": reply(200, HTML, "text/html"),
    "201 with HTML": reply(201, HTML, "text/html"),
    "200 instead of 201": data(row()),
    "201 with another shape": data({"sid": "SM1"}, 201),
    "201 with a list": data([row()], 201),
    "204": reply(204),
    "302": reply(302, b"", Location="/elsewhere"),
    "404 with HTML": reply(404, HTML, "text/html"),
    "408": reply(408, b"{}"),
    "cut": raw(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"),
    "reset": reset,
    "silence": silent,
    "drip": drip(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n" + b" " * 99),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_answer_that_proves_nothing_leaves_the_outcome_unknown_and_is_never_repeated(
    serve: Serve, connect: Connect, case: str
) -> None:
    server = serve(UNKNOWN[case])
    with pytest.raises(OutcomeUnknown) as caught:
        connect(server).submit(MESSAGE)
    assert len(server.requests) == 1
    assert THEIRS not in str(caught.value)


def test_a_429_has_had_no_effect_and_says_when(serve: Serve, connect: Connect) -> None:
    server = serve(reply(429, b"{}", Retry_After="40"))
    with pytest.raises(RateLimited) as caught:
        connect(server).submit(MESSAGE)
    assert (caught.value.status, caught.value.retry_after_s) == (429, 40.0)


def test_a_429_for_a_moment_is_waited_out(serve: Serve, connect: Connect) -> None:
    server = serve(data(error(20429, 429), 429), data(row(), 201))
    assert connect(server).submit(MESSAGE).id == sid(1)
    assert len(server.requests) == 2


def test_nobody_there_is_never_arrived(serve: Serve, connect: Connect) -> None:
    server = serve()
    texting = connect(server)
    server.close()
    with pytest.raises(NeverArrived):
        texting.submit(MESSAGE)


def test_the_older_key_is_used_while_the_newer_is_refused(serve: Serve, connect: Connect) -> None:
    server = serve(data(error(20003, 401), 401), data(row(), 201))
    assert connect(server, "new-token-0123456789", "old-token-0123456789").submit(MESSAGE).id == sid(1)
    assert len({request.authorization for request in asked(server)}) == 2


def test_no_number_and_no_text_is_told_to_whoever_counts_calls(
    serve: Serve, connect: Connect, seen: list[CallSeen]
) -> None:
    connect(serve(data(row(), 201))).submit(MESSAGE)
    assert [(call.label, call.platform, call.status) for call in seen] == [("POST /Messages", "twilio", 201)]


# --- a lost answer


def test_a_lost_message_is_found_by_number_text_and_time(serve: Serve, connect: Connect) -> None:
    found = connect(serve(data(listed(row(2, body="other"), row(1))))).find(MESSAGE, AT, ())
    assert found is not None
    assert (found.id, found.intent) == (sid(1), "intent-1")


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({"body": "Can you do Friday?"}, ()),
        ({"direction": "inbound", "status": "received"}, ()),
        ({"date_created": format_datetime(AT - timedelta(seconds=6))}, ()),
        ({"date_created": None}, ()),
        ({"sid": None}, ()),
        ({}, (sid(1),)),
    ],
)
def test_what_is_not_this_message_is_not_taken_for_it(
    serve: Serve, connect: Connect, changes: dict[str, Any], known: tuple[str, ...]
) -> None:
    assert connect(serve(data(listed(row(1, **changes))))).find(MESSAGE, AT, known) is None


def test_a_clock_that_is_a_little_behind_ours_hides_nothing(serve: Serve, connect: Connect) -> None:
    midnight = AT.replace(hour=0, minute=0, second=2)
    server = serve(data(listed(row(1, date_created=format_datetime(midnight - timedelta(seconds=4))))))
    assert connect(server).find(MESSAGE, midnight, ()) is not None
    assert dict(asked(server)[0].query)["DateSent>"] == "2026-11-20T00:00:00Z"


def test_what_has_not_left_twilio_has_no_date_and_is_found_all_the_same(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed()), data(listed(row(1, status="scheduled"))))
    found = connect(server).find(MESSAGE, AT, ())
    assert found is not None
    assert "DateSent>" not in dict(asked(server)[1].query)


def test_of_two_that_are_the_same_the_older_is_this_one(serve: Serve, connect: Connect) -> None:
    later = row(1, date_created=format_datetime(AT + timedelta(seconds=9)))
    found = connect(serve(data(listed(later, row(2))))).find(MESSAGE, AT, ())
    assert found is not None
    assert found.id == sid(2)


def test_a_text_that_twilio_made_cheaper_is_still_the_same(serve: Serve, connect: Connect) -> None:
    smart = replace(MESSAGE, text="Let’s meet — “Thursday”…", smart=True)
    server = serve(data(listed(row(1, body='Let\'s meet - "Thursday"...'))))
    assert connect(server).find(smart, AT, ()) is not None
    assert connect(server).find(replace(smart, smart=False), AT, ()) is None


def test_through_a_service_the_sender_is_not_asked_for(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed(row(1))))
    assert connect(server).find(replace(MESSAGE, sender="MG" + "0" * 32), AT, ()) is not None
    assert "From" not in dict(asked(server)[0].query)


# --- status

STATUSES: list[tuple[str, Delivery, int, bool | None]] = [
    ("scheduled", Delivery.QUEUED, 0, None), ("accepted", Delivery.QUEUED, 1, None),
    ("queued", Delivery.QUEUED, 2, None), ("sending", Delivery.QUEUED, 3, None), ("sent", Delivery.SENT, 4, True),
    ("partially_delivered", Delivery.SENT, 4, None), ("delivered", Delivery.DELIVERED, 5, True),
    ("undelivered", Delivery.FAILED, 5, True), ("failed", Delivery.FAILED, 5, False),
    ("canceled", Delivery.FAILED, 5, False), ("read", Delivery.DELIVERED, 6, True),
    ("a word of tomorrow", Delivery.QUEUED, 0, None),
]  # fmt: skip


@pytest.mark.parametrize(("word", "status", "rank", "billed"), STATUSES)
def test_every_word_of_twilios_has_its_place(
    serve: Serve, connect: Connect, word: str, status: Delivery, rank: int, billed: bool | None
) -> None:
    receipt = connect(serve(data(row(status=word)))).receipt(sid(1))
    assert (receipt.status, receipt.rank, receipt.billed, receipt.raw_status) == (status, rank, billed, word)


def test_a_failure_has_its_code_words_and_price(serve: Serve, connect: Connect) -> None:
    failed = row(status="undelivered", error_code=30003, error_message="Unreachable", price="-0.00750")
    receipt = connect(serve(data(failed))).receipt(sid(1))
    assert (receipt.code, receipt.words) == ("30003", "Unreachable")
    assert (receipt.price, receipt.currency) == (Decimal("0.00750"), "USD")


@pytest.mark.parametrize("price", ["free", "NaN", "-1e99", {}, True])
def test_a_price_that_is_none_hides_no_status(serve: Serve, connect: Connect, price: object) -> None:
    receipt = connect(serve(data(row(status="delivered", price=price)))).receipt(sid(1))
    assert (receipt.status, receipt.price, receipt.currency) == (Delivery.DELIVERED, None, None)


def test_another_messages_status_is_not_believed(serve: Serve, connect: Connect) -> None:
    with pytest.raises(WireError):
        connect(serve(data(row(2)))).receipt(sid(1))


def test_a_message_that_is_gone_is_not_there(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NotThere):
        connect(serve(data(error(20404, 404), 404))).receipt(sid(1))


def test_a_proxys_404_makes_no_message_look_gone(serve: Serve, connect: Connect) -> None:
    with pytest.raises(WireError):
        connect(serve(reply(404, HTML, "text/html"))).receipt(sid(1))
