"""What Plivo tells: gaps in the list, statuses, callbacks, numbers, credit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.domain.errors import ConnectorError, NotThere, WireError
from connector.domain.texts import BadReply, Balance, Callback, Delivery, Media, Opt, Receipt, Reply
from connector.platforms.plivo.adapter import PlivoTexting
from tests.platforms.plivo.plivo_rows import ACCOUNT, AT, OURS, PATH, SECRET, THEIRS, inbound, listed, row, uuid
from tests.platforms.texting.callbacks import posted
from tests.platforms.texting.loopback import asked, data
from tests.rest.raw_server import Server, reply

Serve = Callable[..., Server]
Connect = Callable[..., PlivoTexting]

URL = f"https://sms.example.com/callbacks/acme/plivo/inbound/{SECRET}"
STATUS_URL = f"https://sms.example.com/callbacks/acme/plivo/status/{SECRET}?i=intent-1"


@pytest.fixture
def texting(serve: Serve, connect: Connect) -> PlivoTexting:
    return connect(serve())


# --- the list


def test_a_listed_reply_is_a_gap(serve: Serve, connect: Connect) -> None:
    page = connect(serve(data(listed(inbound(), row(2))))).replies(OURS, AT)
    assert page.replies == (Reply("plivo", ACCOUNT, uuid(1), THEIRS, OURS, "", AT, segments=1, text_lost=True),)
    assert (page.bad, page.next_page, page.unfinished_since) == ((), None, None)


def test_a_young_reply_may_still_come_with_its_text(serve: Serve, connect: Connect) -> None:
    moment = datetime.now(UTC) - timedelta(minutes=1)
    young = inbound(2, message_time=moment.strftime("%Y-%m-%d %H:%M:%S.%f"))
    page = connect(serve(data(listed(young, inbound(1))))).replies(OURS, AT)
    assert ([reply.id for reply in page.replies], page.unfinished_since) == ([uuid(1)], moment)


def test_pages_are_turned_by_our_own_offset(serve: Serve, connect: Connect) -> None:
    first = listed(*(inbound(number) for number in range(1, 21)), more=True)
    first["meta"]["next"] = "https://evil.example.com/"
    server = serve(data(first), data(listed(inbound(21))))
    texting = connect(server)
    page = texting.replies(OURS, AT)
    last = texting.replies(OURS, AT, page.next_page)
    assert (len(page.replies), len(last.replies), last.next_page) == (20, 1, None)
    assert dict(asked(server)[1].query)["offset"] == "20"


def test_an_empty_page_is_the_last(serve: Serve, connect: Connect) -> None:
    assert connect(serve(data(listed(more=True)))).replies(OURS, AT).next_page is None


@pytest.mark.parametrize(
    "broken",
    [
        {"message_time": "soon"}, {"message_time": None}, {"from_number": None}, {"to_number": ""},
        {"message_direction": "sideways"}, {"message_uuid": "../x"}, {"message_state": 5},
        {"message_time": "9999-12-31 23:59:59-12:00"},
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_blocks_nobody(serve: Serve, connect: Connect, broken: dict[str, object]) -> None:
    page = connect(serve(data(listed(inbound(1), inbound(2, **broken), inbound(3), None, 5)))).replies(OURS, AT)
    assert [reply.id for reply in page.replies] == [uuid(1), uuid(3)]
    assert len(page.bad) == 3
    assert page.bad[0].id == uuid(2) or page.bad[0].id.startswith("row-")
    assert THEIRS[1:] not in page.bad[0].what


@pytest.mark.parametrize("body", [{}, [], None, {"objects": 5}])
def test_an_answer_that_is_no_list_is_a_wire_error(serve: Serve, connect: Connect, body: object) -> None:
    with pytest.raises(WireError):
        connect(serve(data(body))).replies(OURS, AT)


# --- status

STATUSES: list[tuple[str, Delivery, int]] = [
    ("queued", Delivery.QUEUED, 2), ("sent", Delivery.SENT, 4), ("delivered", Delivery.DELIVERED, 5),
    ("undelivered", Delivery.FAILED, 5), ("failed", Delivery.FAILED, 5), ("rejected", Delivery.FAILED, 5),
    ("read", Delivery.DELIVERED, 6), ("a word of tomorrow", Delivery.QUEUED, 0),
]  # fmt: skip


@pytest.mark.parametrize(("word", "status", "rank"), STATUSES)
def test_every_word_of_plivos_has_its_place(
    serve: Serve, connect: Connect, word: str, status: Delivery, rank: int
) -> None:
    receipt = connect(serve(data(row(message_state=word)))).receipt(uuid(1))
    assert (receipt.status, receipt.rank, receipt.raw_status) == (status, rank, word)


@pytest.mark.parametrize(("amount", "billed"), [("0.00350", True), ("0.00000", False), (None, None), ("free", None)])
def test_a_failure_is_billed_if_it_cost_something(
    serve: Serve, connect: Connect, amount: str | None, billed: bool | None
) -> None:
    failed = row(message_state="failed", error_code="450", total_amount=amount)
    receipt = connect(serve(data(failed))).receipt(uuid(1))
    assert (receipt.code, receipt.billed, receipt.sender, receipt.at) == ("450", billed, OURS, AT)


def test_another_messages_status_is_not_believed(serve: Serve, connect: Connect) -> None:
    with pytest.raises(WireError):
        connect(serve(data(row(2)))).receipt(uuid(1))


def test_a_message_that_is_gone_is_not_there_and_a_proxys_404_is_no_proof(serve: Serve, connect: Connect) -> None:
    with pytest.raises(NotThere):
        connect(serve(data({"error": "not found"}, 404))).receipt(uuid(1))
    with pytest.raises(WireError):
        connect(serve(reply(404, b"<html>", "text/html"))).receipt(uuid(1))


# --- callbacks


def inbound_call(**changes: str | None) -> Callback:
    fields: dict[str, str | None] = {
        "MessageUUID": uuid(1), "From": THEIRS[1:], "To": OURS[1:], "Text": "Yes, Thursday 👍", "Type": "sms",
        "Units": "1", "TotalRate": "0", "TotalAmount": "0", "MessageIntent": "", **changes,
    }  # fmt: skip
    pairs = [(name, value) for name, value in fields.items() if value is not None]
    return posted("plivo", "inbound", URL, pairs, secret=SECRET)


def status_call(**changes: str | None) -> Callback:
    fields: dict[str, str | None] = {
        "MessageUUID": uuid(1), "From": OURS[1:], "To": THEIRS[1:], "Status": "delivered", "Units": "2",
        "TotalAmount": "0.00700", "ErrorCode": "000", "Sequence": "3", "MessageTime": "2026-03-21 09:14:40",
        **changes,
    }  # fmt: skip
    pairs = [(name, value) for name, value in fields.items() if value is not None]
    return posted("plivo", "status", STATUS_URL, pairs, secret=SECRET)


def test_a_reply_gets_its_plus(texting: PlivoTexting) -> None:
    assert texting.read(inbound_call()) == (
        Reply("plivo", ACCOUNT, uuid(1), THEIRS, OURS, "Yes, Thursday 👍", None, segments=1),
    )


@pytest.mark.parametrize(
    ("written", "read"), [("12345", "12345"), ("PLIVO", "PLIVO"), ("07700900123", "07700900123"), (THEIRS, THEIRS)]
)
def test_what_is_no_international_number_stays_as_it_is(texting: PlivoTexting, written: str, read: str) -> None:
    (found,) = texting.read(inbound_call(From=written))
    assert isinstance(found, Reply)
    assert found.sender == read


@pytest.mark.parametrize(
    ("word", "opt"), [("optout", Opt.OUT), ("optin", Opt.IN), ("help", Opt.HELP), ("", None), ("other", None)]
)
def test_the_intent_says_what_a_reply_means(texting: PlivoTexting, word: str, opt: Opt | None) -> None:
    (found,) = texting.read(inbound_call(MessageIntent=word))
    assert isinstance(found, Reply)
    assert found.opt is opt


def test_a_message_with_files_has_its_text_in_another_field(texting: PlivoTexting) -> None:
    call = inbound_call(Text=None, Body="Look", Type="mms", MediaCount="2", Media0="https://media.example.com/a.jpg")
    (found,) = texting.read(call)
    assert isinstance(found, Reply)
    assert (found.text, found.media) == ("Look", (Media("https://media.example.com/a.jpg", None),))


@pytest.mark.parametrize("broken", [{"From": ""}, {"To": None}, {"MessageUUID": "../x"}])
def test_a_reply_that_lacks_something_is_named(texting: PlivoTexting, broken: dict[str, str | None]) -> None:
    (found,) = texting.read(inbound_call(**broken))
    assert isinstance(found, BadReply)
    assert found.id == uuid(1) or found.id.startswith("call-")


def test_a_status_has_its_place_in_plivos_own_order(texting: PlivoTexting) -> None:
    (found,) = texting.read(status_call())
    assert isinstance(found, Receipt)
    assert (found.id, found.intent, found.status, found.sequence) == (uuid(1), "intent-1", Delivery.DELIVERED, 3)
    assert (found.segments, found.price, found.currency, found.code) == (2, Decimal("0.00700"), "USD", None)
    assert (found.billed, found.sender, found.at) == (True, OURS, AT)


def test_a_failure_has_its_code(texting: PlivoTexting) -> None:
    (found,) = texting.read(status_call(Status="undelivered", ErrorCode="200", TotalAmount="0.00000", Sequence=""))
    assert isinstance(found, Receipt)
    assert (found.status, found.code, found.billed, found.sequence) == (Delivery.FAILED, "200", False, None)


def test_what_a_call_is_is_told_by_what_it_holds(texting: PlivoTexting) -> None:
    assert isinstance(texting.read(posted("plivo", "inbound", STATUS_URL, status_call().body))[0], Receipt)
    assert isinstance(texting.read(posted("plivo", "status", URL, inbound_call().body))[0], Reply)


@pytest.mark.parametrize(
    "call",
    [
        posted("plivo", "inbound", URL, b""),
        posted("plivo", "status", URL, [("MessageUUID", uuid(1))]),
        posted("plivo", "status", URL, [("Status", "sent")]),
        posted("plivo", "status", URL, [("MessageUUID", uuid(1)), ("Status", "")]),
    ],
)
def test_what_cannot_be_read_is_a_wire_error(texting: PlivoTexting, call: Callback) -> None:
    with pytest.raises(WireError):
        texting.read(call)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["inbound", "status"]))
def test_any_bytes_are_read_or_a_wire_error(texting: PlivoTexting, body: bytes, what: str) -> None:
    try:
        found = texting.read(posted("plivo", what, STATUS_URL, body))
    except WireError:
        return
    assert len(found) == 1


def test_the_answer_says_nothing(texting: PlivoTexting) -> None:
    answer = texting.answer(inbound_call())
    assert (answer.status, answer.content_type, answer.body) == (200, "application/xml", b"<Response/>")


# --- the account


def number(**changes: Any) -> dict[str, Any]:
    return {"number": OURS[1:], "sms_enabled": True, "application": f"{PATH}Application/77/"} | changes


@pytest.mark.parametrize(
    ("row_", "application", "said"),
    [
        (number(), {"message_url": "https://sms.example.com/in"}, ""),
        (number(sms_enabled=False), {"message_url": "https://sms.example.com/in"}, "cannot send or get texts"),
        (number(), {"message_url": ""}, "no message URL"),
        (number(), {"message_url": "https://x.pinpointhq.com/"}, "Pinpoint itself holds"),
        (number(application=None), None, "no application"),
    ],
)
def test_what_is_wrong_with_a_number_is_told(
    serve: Serve, connect: Connect, row_: dict[str, Any], application: Any, said: str
) -> None:
    server = serve(data(listed(row_)), data(application))
    (found,) = connect(server).own_numbers()
    assert (found.number, found.can_text) == (OURS, row_["sms_enabled"])
    assert (said in " ".join(found.problems), bool(found.problems)) == (True, bool(said))


def test_an_applications_address_leads_to_our_account_only(serve: Serve, connect: Connect) -> None:
    server = serve(data(listed(number(application="https://evil.example.com/x/77/"))), data({"message_url": "x"}))
    connect(server).own_numbers()
    assert asked(server)[1].path == f"{PATH}Application/77/"


@pytest.mark.parametrize(
    ("body", "balance"),
    [({"cash_credits": "12.50"}, Balance(Decimal("12.50"), "USD")), ({"auth_id": ACCOUNT}, None)],
)
def test_the_credit_is_money_if_it_is_shown(serve: Serve, connect: Connect, body: Any, balance: Balance | None) -> None:
    assert connect(serve(data(body))).balance() == balance


@pytest.mark.parametrize("body", [{"cash_credits": "much"}, {"cash_credits": {}}, []])
def test_a_credit_that_cannot_be_read_is_an_error_of_ours(serve: Serve, connect: Connect, body: object) -> None:
    with pytest.raises(ConnectorError):
        connect(serve(data(body))).balance()


def test_the_main_token_signs_for_a_sub_account_if_it_is_known(serve: Serve, connect: Connect) -> None:
    from tests.platforms.plivo.test_plivo_signing import by_v3, v3

    signed = posted("plivo", "inbound", URL, [("Text", "Hi")], by_v3(v3([("Text", "Hi")], URL, "main"), _MAIN))
    sub = "SAXXXXXXXXXXXXXXXXXX"
    assert connect(serve(), account=sub, main_token="main").is_genuine(signed)
    assert not connect(serve(), account=sub).is_genuine(signed)


def test_a_main_accounts_own_token_is_the_main_token(serve: Serve, connect: Connect) -> None:
    from tests.platforms.plivo.test_plivo_signing import TOKEN, by_v3, v3

    signed = posted("plivo", "inbound", URL, [("Text", "Hi")], by_v3(v3([("Text", "Hi")], URL, TOKEN), _MAIN))
    assert connect(serve()).is_genuine(signed)


_MAIN = "X-Plivo-Signature-Ma-V3"
