"""ClickSend's callbacks: a form, JSON or a query, as the account's rule says, and everything that is none of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from clicksend_rows import AT, ID, REPLY_ID, delivery, inbound
from hypothesis import given
from hypothesis import strategies as st
from text_calls import FORM, SECRET, callback

from connector.domain.errors import WireError
from connector.domain.texts import BadReply, Callback, CallbackAnswer, Delivery, Receipt, Reply
from connector.platforms.clicksend.adapter import ClickSendTexting, build
from connector.rest.budget import MemoryLedger
from connector.rest.keyring import Keyring

Connect = Callable[..., ClickSendTexting]

REPLY = Reply(
    "clicksend", "acme@example.com", REPLY_ID, "+447700900123", "+447700900100", "Thursday works ☎ & thanks",
    datetime.fromtimestamp(AT, UTC), answers=ID, echo="intent-17",
)  # fmt: skip
RECEIPT = Receipt(
    "clicksend", ID, "intent-17", Delivery.DELIVERED, "201", 5, at=datetime.fromtimestamp(AT, UTC)
)  # fmt: skip


def calls(what: str, row: dict[str, Any]) -> list[Callback]:
    blank = {name: "" if value is None else str(value) for name, value in row.items()}
    return [
        callback("clicksend", what, blank),
        callback("clicksend", what, row, kind="application/json"),
        callback("clicksend", what, [row], kind="application/json"),
        callback("clicksend", what, method="GET", query=blank),
    ]


@pytest.mark.parametrize("call", calls("inbound", inbound()), ids=["post", "json", "list", "get"])
def test_a_reply_is_the_one_that_a_poll_shows(clicksend: ClickSendTexting, call: Callback) -> None:
    assert clicksend.is_genuine(call)
    assert clicksend.read(call) == (REPLY,)


@pytest.mark.parametrize("call", calls("status", delivery()), ids=["post", "json", "list", "get"])
def test_a_receipt_is_read_whatever_way_it_comes(clicksend: ClickSendTexting, call: Callback) -> None:
    assert clicksend.is_genuine(call)
    assert clicksend.read(call) == (RECEIPT,)


def test_the_older_names_of_a_form_are_read(clicksend: ClickSendTexting) -> None:
    fields = {
        "originalsenderid": "+447700900100", "message": REPLY.text, "sms": "+447700900123", "customstring": "intent-17",
        "to": "+447700900100", "originalmessageid": ID, "from": "+447700900123", "originalmessage": "Can we talk?",
        "timestamp": str(AT), "message_id": REPLY_ID,
    }  # fmt: skip
    assert clicksend.read(callback("clicksend", "inbound", fields)) == (REPLY,)


def test_a_plus_that_a_careless_form_lost_is_one_again(clicksend: ClickSendTexting) -> None:
    body = f"message_id={REPLY_ID}&from=+447700900123&to=+447700900100&body=Hi".encode()
    (reply,) = clicksend.read(callback("clicksend", "inbound", body=body))
    assert isinstance(reply, Reply)
    assert (reply.sender, reply.to) == ("+447700900123", "+447700900100")


def test_a_failure_by_callback_has_the_code_of_the_gateway(clicksend: ClickSendTexting) -> None:
    row = delivery(status_code="301", error_code="8", error_text="Unknown subscriber")
    (receipt,) = clicksend.read(callback("clicksend", "status", row))
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.code, receipt.words) == (Delivery.FAILED, "8", "Unknown subscriber")


def test_a_lost_answer_is_settled_by_the_note_alone(clicksend: ClickSendTexting) -> None:
    (receipt,) = clicksend.read(callback("clicksend", "status", {"status_code": "200", "custom_string": "intent-17"}))
    assert isinstance(receipt, Receipt)
    assert (receipt.id, receipt.intent) == (None, "intent-17")


@pytest.mark.parametrize("what", ["inbound", "status"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"{", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"[null, 7]", "application/json"),
        (b"{}", "application/json"),
        (b"\xff\xfe", FORM),
        (b"<xml/>", "text/xml"),
        (b"&".join([b"a%d=1" % number for number in range(3000)]), FORM),
    ],
)
def test_a_call_that_nobody_can_read_is_a_wire_error_or_named(
    clicksend: ClickSendTexting, what: str, body: bytes, kind: str
) -> None:
    try:
        found = clicksend.read(callback("clicksend", what, body=body, kind=kind))
    except WireError:
        return
    assert {type(item) for item in found} == {BadReply}


def test_one_bad_row_does_not_stop_the_others(clicksend: ClickSendTexting) -> None:
    rows = [inbound(body=None), inbound()]
    bad, good = clicksend.read(callback("clicksend", "inbound", rows, kind="application/json"))
    assert isinstance(bad, BadReply)
    assert (bad.id, good) == (REPLY_ID, REPLY)


@pytest.mark.parametrize(
    ("secret", "genuine"),
    [
        (SECRET, True),
        ("", False),
        (SECRET[:-1], False),
        (SECRET + "x", False),
        (f" {SECRET}", False),
        (SECRET.upper(), False),
        ("é", False),
        ("\ud800", False),
    ],
)
def test_only_who_knows_the_secret_is_heard(clicksend: ClickSendTexting, secret: str, genuine: bool) -> None:
    assert clicksend.is_genuine(callback("clicksend", "inbound", inbound(), secret=secret)) is genuine


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_of_ours_nobody_is_genuine(connect: Connect, secret: str | None) -> None:
    assert not connect(secret=secret).is_genuine(callback("clicksend", "inbound", inbound(), secret=""))


@pytest.mark.parametrize("what", ["inbound", "status"])
def test_the_answer_holds_no_text(clicksend: ClickSendTexting, what: str) -> None:
    assert clicksend.answer(callback("clicksend", what, {})) == CallbackAnswer(200, "text/plain", b"")


STANDING = build(
    "http://127.0.0.1:1",
    "acme@example.com",
    Keyring(lambda: ("INVENTED-KEY-0001",)),
    signing=lambda: (),
    callback_secret=SECRET,
    options={},
    rate_limits=(),
    budget_ledger=MemoryLedger(),
)
NAMES = st.sampled_from([*inbound(), *delivery(), "status"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
BODIES = st.binary(max_size=200) | st.dictionaries(NAMES, VALUES).map(lambda row: json.dumps(row).encode())
KINDS = st.sampled_from([FORM, "application/json", "multipart/form-data; boundary=a", "text/plain", ""])


@given(BODIES, KINDS, st.sampled_from(["inbound", "status"]), st.sampled_from(["POST", "GET"]), st.text())
def test_whatever_comes_nothing_else_is_raised(body: bytes, kind: str, what: str, method: str, query: str) -> None:
    call = Callback(
        "acme", "clicksend", what, method, f"https://sms.example.com/?{query}", {"content-type": kind}, body, ""
    )
    assert STANDING.is_genuine(call) is False
    try:
        found = STANDING.read(call)
    except WireError:
        return
    assert found
    assert all(isinstance(item, Reply | Receipt | BadReply) for item in found)
