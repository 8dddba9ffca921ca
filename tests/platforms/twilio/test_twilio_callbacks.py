"""Twilio's callbacks read: replies, statuses, and what is neither."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from connector.domain.errors import WireError
from connector.domain.texts import BadReply, Callback, Delivery, Media, Opt, Receipt, Reply
from connector.platforms.twilio.adapter import TwilioTexting
from tests.platforms.texting.callbacks import posted
from tests.platforms.twilio.twilio_rows import ACCOUNT, OURS, THEIRS, sid
from tests.rest.raw_server import Server

URL = "https://sms.example.com/callbacks/acme/twilio/inbound"
STATUS_URL = "https://sms.example.com/callbacks/acme/twilio/status?i=intent-1"


@pytest.fixture
def texting(serve: Callable[..., Server], connect: Callable[..., TwilioTexting]) -> TwilioTexting:
    return connect(serve())


def inbound(**changes: str | None) -> Callback:
    fields: dict[str, str | None] = {
        "MessageSid": sid(1), "SmsSid": sid(1), "AccountSid": ACCOUNT, "From": THEIRS, "To": OURS, "Body": "Yes",
        "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received", "FromCity": "", **changes,
    }  # fmt: skip
    return posted("twilio", "inbound", URL, [(name, value) for name, value in fields.items() if value is not None])


def status(url: str = STATUS_URL, **changes: str | None) -> Callback:
    fields: dict[str, str | None] = {
        "MessageSid": sid(1), "SmsSid": sid(1), "AccountSid": ACCOUNT, "From": OURS, "To": THEIRS,
        "MessageStatus": "delivered", "SmsStatus": "delivered", "RawDlrDoneDate": "2611210914", **changes,
    }  # fmt: skip
    return posted("twilio", "status", url, [(name, value) for name, value in fields.items() if value is not None])


def test_a_reply_is_read(texting: TwilioTexting) -> None:
    assert texting.read(inbound(Body="Yes,\nThursday 👍 ")) == (
        Reply("twilio", ACCOUNT, sid(1), THEIRS, OURS, "Yes,\nThursday 👍 ", None, segments=1),
    )


@pytest.mark.parametrize(
    ("word", "opt"), [("STOP", Opt.OUT), ("START", Opt.IN), ("HELP", Opt.HELP), ("stop", Opt.OUT), ("", None)]
)
def test_advanced_opt_out_says_what_a_reply_means(texting: TwilioTexting, word: str, opt: Opt | None) -> None:
    (found,) = texting.read(inbound(OptOutType=word))
    assert isinstance(found, Reply)
    assert found.opt is opt


def test_files_are_links(texting: TwilioTexting) -> None:
    link = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    call = inbound(
        NumMedia="3", MediaUrl0=link, MediaContentType0="image/jpeg", MediaUrl1="javascript:alert(1)", MediaUrl2=link
    )
    (found,) = texting.read(call)
    assert isinstance(found, Reply)
    assert found.media == (Media(link, "image/jpeg"), Media(link, None))


@pytest.mark.parametrize("count", ["-1", "x", "", "9" * 30, "1e3", "²"])
def test_a_count_that_is_none_costs_no_reply(texting: TwilioTexting, count: str) -> None:
    (found,) = texting.read(inbound(NumMedia=count, NumSegments=count))
    assert isinstance(found, Reply)
    assert (found.media, found.segments) == ((), None)


@pytest.mark.parametrize("broken", [{"From": ""}, {"To": None}, {"MessageSid": "../x", "SmsSid": None}])
def test_a_reply_that_lacks_something_is_named(texting: TwilioTexting, broken: dict[str, str | None]) -> None:
    (found,) = texting.read(inbound(**broken))
    assert isinstance(found, BadReply)
    assert found.id == sid(1) or found.id.startswith("call-")
    assert THEIRS not in found.what


def test_a_nul_and_broken_utf8_are_made_storable(texting: TwilioTexting) -> None:
    call = posted("twilio", "inbound", URL, f"MessageSid={sid(1)}&From=1&To=2&Body=a%00b%FFc".encode())
    (found,) = texting.read(call)
    assert isinstance(found, Reply)
    assert found.text == "ab\ufffdc"


def test_a_status_names_message_and_intent(texting: TwilioTexting) -> None:
    (found,) = texting.read(status())
    assert isinstance(found, Receipt)
    assert (found.id, found.intent, found.status, found.rank) == (sid(1), "intent-1", Delivery.DELIVERED, 5)
    assert (found.code, found.words, found.billed, found.sender) == (None, None, True, OURS)


def test_a_failure_has_its_code(texting: TwilioTexting) -> None:
    (found,) = texting.read(status(MessageStatus="failed", ErrorCode="30034", ErrorMessage="Unregistered"))
    assert isinstance(found, Receipt)
    assert (found.status, found.code, found.words, found.billed) == (Delivery.FAILED, "30034", "Unregistered", False)


@pytest.mark.parametrize("code", ["", "0", " ", None])
def test_no_code_is_none(texting: TwilioTexting, code: str | None) -> None:
    (found,) = texting.read(status(ErrorCode=code))
    assert isinstance(found, Receipt)
    assert found.code is None


def test_a_status_without_an_id_still_names_the_intent(texting: TwilioTexting) -> None:
    (found,) = texting.read(status(MessageSid=None, SmsSid=None))
    assert isinstance(found, Receipt)
    assert (found.id, found.intent) == (None, "intent-1")


def test_what_a_call_is_is_told_by_its_status_and_not_by_its_address(texting: TwilioTexting) -> None:
    crossed = posted("twilio", "inbound", STATUS_URL, status().body)
    assert isinstance(texting.read(crossed)[0], Receipt)
    crossed = posted("twilio", "status", URL, inbound().body)
    assert isinstance(texting.read(crossed)[0], Reply)


@pytest.mark.parametrize(
    "call",
    [
        posted("twilio", "inbound", URL, b""),
        posted("twilio", "status", URL, [("MessageSid", sid(1))]),
        posted("twilio", "status", URL, [("MessageStatus", "sent")]),
        inbound(AccountSid="AC" + "9" * 32),
        status(AccountSid="AC" + "9" * 32),
    ],
)
def test_what_cannot_be_read_is_a_wire_error_without_anybodys_data(texting: TwilioTexting, call: Callback) -> None:
    with pytest.raises(WireError) as caught:
        texting.read(call)
    assert THEIRS not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["inbound", "status"]), st.text(max_size=20))
def test_any_bytes_are_read_or_a_wire_error(texting: TwilioTexting, body: bytes, what: str, kind: str) -> None:
    call = posted("twilio", what, STATUS_URL, body, content_type=kind)
    try:
        found = texting.read(call)
    except WireError:
        return
    assert len(found) == 1


def test_the_answer_is_twiml_that_says_nothing(texting: TwilioTexting) -> None:
    answer = texting.answer(inbound())
    ours, theirs = ElementTree.fromstring(answer.body), ElementTree.fromstring(str(MessagingResponse()))
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert ElementTree.tostring(ours) == ElementTree.tostring(theirs)
