"""Exotel's callbacks: three shapes of a reply, two of a status, and everything that is none of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_calls import FORM, SECRET, callback

from connector.domain.errors import WireError
from connector.domain.texts import BadReply, Callback, CallbackAnswer, Delivery, Receipt, Reply
from connector.platforms.exotel.adapter import ExotelTexting, build
from connector.rest.budget import MemoryLedger
from connector.rest.keyring import Keyring

Connect = Callable[..., ExotelTexting]

SID = "0b6c6a98f32682862ce6edf1bdab3526"
AT = datetime(2026, 11, 28, 4, 30, 5, tzinfo=UTC)
REPLY = Reply("exotel", "acme1", SID, "+447700900123", "+912248797979", "Thursday works ☎ & thanks", AT)
NUMBERS = {"From": "+447700900123", "To": "+912248797979"}
FIELDS = {
    "SmsSid": SID, **NUMBERS, "Body": REPLY.text, "DateCreated": "2026-11-28T10:00:05+05:30", "AccountSid": "acme1",
}  # fmt: skip
ARTICLE = {
    "SmsSid": SID, "Direction": "incoming", "Sender": "+447700900123", "ReceivedOn": "+912248797979",
    "MessageBody": REPLY.text, "ReceivedTime": "2026-11-28T04:30:05Z",
}  # fmt: skip
APPLET = {"SmsSid": SID, **NUMBERS, "Date": "2026-11-28 10:00:05", "Body": REPLY.text}


def inbound(fields: Any = None, **how: Any) -> Callback:
    return callback("exotel", "inbound", fields, **how)


def multipart(fields: dict[str, str]) -> Callback:
    parts = [
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    body = ("".join(parts) + "--cut--\r\n").encode()
    return inbound(body=body, kind="multipart/form-data; boundary=cut")


@pytest.mark.parametrize(
    "call",
    [
        inbound(FIELDS),
        inbound(ARTICLE, kind="application/json; charset=utf-8"),
        inbound(body=json.dumps(ARTICLE).encode(), kind="text/plain"),
        inbound([ARTICLE], kind="application/json"),
        inbound(method="GET", query=APPLET),
        inbound(query=APPLET, body=b""),
        multipart(FIELDS),
        inbound(FIELDS | {"Somebody": "added a field"}),
    ],
    ids=["form", "json", "json by its looks", "list", "applet", "query of a post", "multipart", "more"],
)
def test_every_shape_is_the_same_reply(exotel: ExotelTexting, call: Callback) -> None:
    assert exotel.is_genuine(call)
    assert exotel.read(call) == (REPLY,)


def test_the_look_before_the_applets_call_brings_nothing(exotel: ExotelTexting) -> None:
    assert exotel.read(inbound(method="HEAD", query=APPLET)) == ()


def test_a_message_that_was_sent_is_no_reply(exotel: ExotelTexting) -> None:
    assert exotel.read(inbound(ARTICLE | {"Direction": "outbound-api"}, kind="application/json")) == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("09876543210", "+919876543210"),
        ("9876543210", "+919876543210"),
        ("919876543210", "+919876543210"),
        (" 919876543210", "+919876543210"),
        ("+91 98765 43210", "+919876543210"),
        ("08047112345", "+918047112345"),
        ("+447700900123", "+447700900123"),
        ("56070", "56070"),
        ("VM-EXOTEL", "VM-EXOTEL"),
        ("VK9876543210", "VK9876543210"),
        ("5555555555", "5555555555"),
        ("+12", "+12"),
        ("hidden", "hidden"),
    ],
)
def test_indian_numbers_become_international_and_the_rest_stays(exotel: ExotelTexting, written: str, read: str) -> None:
    (reply,) = exotel.read(inbound(FIELDS | {"From": written, "To": written}))
    assert isinstance(reply, Reply)
    assert (reply.sender, reply.to) == (read, read)


def test_the_region_of_bare_numbers_can_be_set(connect: Connect) -> None:
    texting = connect(options={"api_key": "invented-user-0001", "default_region": "SG"})
    (reply,) = texting.read(inbound(FIELDS | {"From": "81234567"}))
    assert isinstance(reply, Reply)
    assert reply.sender == "+6581234567"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-28 10:00:05", AT),
        ("2026-11-28T10:00:05+05:30", AT),
        ("2026-11-28T10:00:05 05:30", AT),
        ("2026-11-28T04:30:05Z", AT),
        ("1970-01-01 05:30:00", None),
        ("0001-01-01 00:00:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_without_an_offset_are_indian_and_their_zero_is_none(
    exotel: ExotelTexting, written: str, read: datetime | None
) -> None:
    (reply,) = exotel.read(inbound(FIELDS | {"DateCreated": written}))
    assert isinstance(reply, Reply)
    assert reply.at == read


def test_what_no_database_takes_is_left_out(exotel: ExotelTexting) -> None:
    body = json.dumps(ARTICLE | {"MessageBody": "a\x00b\ud800c"}).encode()
    (reply,) = exotel.read(inbound(body=body, kind="application/json"))
    assert isinstance(reply, Reply)
    assert reply.text == "ab�c"


@pytest.mark.parametrize("missing", ["SmsSid", "From", "Body"])
def test_a_reply_that_cannot_be_read_is_named(exotel: ExotelTexting, missing: str) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != missing}

    (bad,) = exotel.read(inbound(fields))

    assert isinstance(bad, BadReply)
    assert bad.id.startswith("row-") if missing == "SmsSid" else bad.id == SID
    assert missing in bad.what
    assert "7700" not in bad.what


def test_one_bad_row_does_not_stop_the_others(exotel: ExotelTexting) -> None:
    rows = [7, {"SmsSid": "x"}, ARTICLE]

    found = exotel.read(inbound(rows, kind="application/json"))

    assert [type(item) for item in found] == [BadReply, BadReply, Reply]
    assert found[2] == REPLY


def test_an_empty_text_is_a_reply(exotel: ExotelTexting) -> None:
    (reply,) = exotel.read(inbound(FIELDS | {"Body": ""}))
    assert isinstance(reply, Reply)
    assert reply.text == ""


OLDER = {
    "SmsSid": SID, "To": "+447700900123", "Status": "sent", "SmsUnits": "2", "DetailedStatus": "DELIVERED_TO_HANDSET",
    "DetailedStatusCode": "20005", "DateSent": "2026-11-28 10:00:05", "CustomField": "intent-17",
}  # fmt: skip
NEWER = {
    "SmsSid": SID, "To": "+447700900123", "From": "ACME", "AccountSid": "acme1", "Status": "delivered", "SmsUnits": "2",
    "DetailedStatus": "DELIVERED_TO_HANDSET", "DetailedStatusCode": "20000", "SentAt": "2026-11-28T10:00:05+05:30",
    "UpdatedAt": "2026-11-28T10:00:09+05:30", "CustomField": "intent-17", "ExternalRef": "intent-17",
}  # fmt: skip


@pytest.mark.parametrize("kind", [FORM, "application/json"])
@pytest.mark.parametrize(("fields", "sender"), [(OLDER, None), (NEWER, "ACME")])
def test_both_shapes_of_a_status_are_one(exotel: ExotelTexting, fields: Any, sender: str | None, kind: str) -> None:
    (receipt,) = exotel.read(callback("exotel", "status", fields, kind=kind))
    assert receipt == Receipt(
        provider="exotel",
        id=SID,
        intent="intent-17",
        status=Delivery.DELIVERED,
        raw_status="DELIVERED_TO_HANDSET",
        rank=5,
        segments=2,
        sender=sender,
        at=AT,
    )


def test_a_failure_brings_code_and_words(exotel: ExotelTexting) -> None:
    fields = OLDER | {"Status": "failed", "DetailedStatus": "FAILED_BLACKLISTED", "DetailedStatusCode": "23020"}
    (receipt,) = exotel.read(callback("exotel", "status", fields))
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.code, receipt.words) == (
        Delivery.FAILED,
        "FAILED_BLACKLISTED",
        "FAILED_BLACKLISTED",
    )


def test_a_lost_answer_is_settled_by_the_intent_in_the_address(exotel: ExotelTexting) -> None:
    (receipt,) = exotel.read(callback("exotel", "status", {"Status": "queued"}, query={"i": "intent-17"}))
    assert isinstance(receipt, Receipt)
    assert (receipt.id, receipt.intent) == (None, "intent-17")


@pytest.mark.parametrize("fields", [{"Status": "sent"}, {"SmsSid": SID}, {"SmsSid": " ", "Status": "sent"}])
def test_a_status_of_nothing_is_named(exotel: ExotelTexting, fields: dict[str, str]) -> None:
    (bad,) = exotel.read(callback("exotel", "status", fields))
    assert isinstance(bad, BadReply)


@pytest.mark.parametrize("what", ["inbound", "status"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"{", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b"null", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", FORM),
        (b"<xml/>", "text/xml"),
        (b"&".join([b"a%d=1" % number for number in range(3000)]), FORM),
        (b"no parts", "multipart/form-data; boundary=cut"),
        (b"no parts", "multipart/form-data"),
    ],
)
def test_a_call_that_nobody_can_read_is_a_wire_error_or_named(
    exotel: ExotelTexting, what: str, body: bytes, kind: str
) -> None:
    call = callback("exotel", what, body=body, kind=kind)
    try:
        found = exotel.read(call)
    except WireError:
        return
    assert [type(item) for item in found] == [BadReply]


@pytest.mark.parametrize(
    ("call", "genuine"),
    [
        (inbound(FIELDS), True),
        (inbound(ARTICLE, kind="application/json"), True),
        (inbound(body=b"a shape nobody has seen", kind="text/x-new"), True),
        (inbound(body=b"{", kind="application/json"), True),
        (inbound(FIELDS, secret=""), False),
        (inbound(FIELDS, secret=SECRET[:-1]), False),
        (inbound(FIELDS, secret=SECRET + "/"), False),
        (inbound(FIELDS, secret=SECRET.upper()), False),
        (inbound(FIELDS, secret="é\ud800"), False),
        (inbound(FIELDS | {"AccountSid": "somebody-else"}), False),
        (inbound(ARTICLE | {"AccountSid": "somebody-else"}, kind="application/json"), False),
        (inbound(FIELDS, query={"AccountSid": "somebody-else"}), False),
        (inbound(method="GET", query=APPLET | {"AccountSid": "somebody-else"}), False),
        (inbound([ARTICLE, ARTICLE | {"AccountSid": "x"}], kind="application/json"), False),
        (inbound(FIELDS | {"AccountSid": ""}), True),
    ],
)
def test_only_who_knows_the_secret_is_heard(exotel: ExotelTexting, call: Callback, genuine: bool) -> None:
    assert exotel.is_genuine(call) is genuine


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_of_ours_nobody_is_genuine(connect: Connect, secret: str | None) -> None:
    assert not connect(secret=secret).is_genuine(inbound(FIELDS, secret=""))


@pytest.mark.parametrize("call", [inbound(FIELDS), inbound(method="HEAD"), callback("exotel", "status", OLDER)])
def test_the_answer_holds_no_text_that_would_be_sent_on(exotel: ExotelTexting, call: Callback) -> None:
    assert exotel.answer(call) == CallbackAnswer(200, "text/plain", b"")


STANDING = build(
    "http://127.0.0.1:1",
    "acme1",
    Keyring(lambda: ("invented-token-0001",)),
    signing=lambda: (),
    callback_secret=SECRET,
    options={"api_key": "invented-user-0001"},
    rate_limits=(),
    budget_ledger=MemoryLedger(),
)
NAMES = st.sampled_from([*FIELDS, *ARTICLE, *NEWER, "Price", "i"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
BODIES = st.binary(max_size=200) | st.dictionaries(NAMES, VALUES).map(lambda row: json.dumps(row).encode())
KINDS = st.sampled_from(
    [FORM, "application/json", "multipart/form-data; boundary=a", "multipart/mixed", "text/plain", ""]
)


@given(BODIES, KINDS, st.sampled_from(["inbound", "status"]), st.sampled_from(["POST", "GET", "HEAD"]), st.text())
def test_whatever_comes_nothing_else_is_raised(body: bytes, kind: str, what: str, method: str, query: str) -> None:
    call = Callback(
        "acme", "exotel", what, method, f"https://sms.example.com/?{query}", {"content-type": kind}, body, SECRET
    )
    assert STANDING.is_genuine(call) in (True, False)
    try:
        found = STANDING.read(call)
    except WireError:
        return
    assert found or method == "HEAD" or what == "inbound"
    assert all(isinstance(item, Reply | Receipt | BadReply) for item in found)
