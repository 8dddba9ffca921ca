"""Callbacks of the Exotel simulator, against the payloads that Exotel's pages document."""

import json
from typing import Any

import pytest

from connector.sandbox.exotel import codes
from connector.sandbox.exotel.simulator import Exotel
from connector.sandbox.exotel.spelling import naive
from connector.sandbox.texting.handsets import FATES
from connector.sandbox.world import World
from tests.sandbox.exotel_stage import ABROAD, ANA, OURS, Send
from tests.sandbox.exotel_stage import client as client
from tests.sandbox.exotel_stage import exotel as exotel
from tests.sandbox.exotel_stage import send as send
from tests.sandbox.exotel_stage import world as world
from tests.sandbox.listening import Listener

#: The fields of a status callback on the older page, and those that the newer one adds.
TERMINAL = {
    "SmsSid",
    "To",
    "Status",
    "SmsUnits",
    "DetailedStatus",
    "DetailedStatusCode",
    "DateSent",
    "CustomField",
}
ADDED = {"From", "AccountSid", "SentAt", "UpdatedAt", "ExternalRef"}


# --- statuses


def test_older_page_calls_back_at_the_end_alone(exotel: Exotel, send: Send, listener: Listener) -> None:
    sid = send(StatusCallback=listener.url + "/s?i=m_1", CustomField="m_1").json()["SMSMessage"]["Sid"]
    exotel.deliver_all()
    (call,) = listener.taken
    assert (call.method, call.path, call.query) == ("POST", "/s", "i=m_1")
    assert set(call.form) == TERMINAL
    assert (call.form["SmsSid"], call.form["CustomField"], call.form["To"]) == (sid, "m_1", ANA)
    assert (call.form["Status"], call.form["DetailedStatusCode"]) == ("sent", "20005")


def test_newer_page_calls_back_on_every_change(exotel: Exotel, send: Send, listener: Listener) -> None:
    exotel.status_variant = "every_change"
    exotel.code_table = "support"
    send(StatusCallback=listener.url, CustomField="m_1")
    exotel.deliver_all()
    assert [(call.form["Status"], call.form["DetailedStatusCode"]) for call in listener.taken] == [
        ("sending", "21015"),
        ("submitted", "21020"),
        ("sent", "20001"),
        ("delivered", "20000"),
    ]
    assert {frozenset(call.form) for call in listener.taken} == {frozenset(TERMINAL - {"DateSent"} | ADDED)}
    assert [call.form["SentAt"] == "" for call in listener.taken] == [True, False, False, False]
    assert listener.taken[-1].form["UpdatedAt"].endswith("+05:30")


@pytest.mark.parametrize(("table", "code"), [("api", "23005"), ("support", "30004")])
@pytest.mark.parametrize("word", ["failed_dnd", "failed-dnd"])
def test_do_not_disturb_has_two_spellings_and_two_numbers(
    world: World, exotel: Exotel, send: Send, listener: Listener, table: Any, code: str, word: Any
) -> None:
    exotel.code_table, exotel.dnd_word = table, word
    world.handsets.add(ANA, fate="opted_out")
    send(StatusCallback=listener.url)
    exotel.deliver_all()
    (call,) = listener.taken
    assert (call.form["Status"], call.form["DetailedStatus"]) == (word, "FAILED_DND")
    assert (call.form["DetailedStatusCode"], call.form["DateSent"]) == (code, "1970-01-01 05:30:00")


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_ends_in_exactly_one_terminal_call(
    world: World, exotel: Exotel, send: Send, listener: Listener, fate: str
) -> None:
    world.handsets.add(ANA, fate=fate)
    send(StatusCallback=listener.url)
    exotel.deliver_all()
    arrived = fate in ("delivered", "no_receipt")
    assert len(listener.taken) == 1
    assert (listener.taken[0].form["Status"] == "sent") == arrived
    assert (world.handsets.get(ANA).texts == ["Shall we talk?"]) == arrived


def test_tables_disagree_about_the_documented_numbers() -> None:
    names = (codes.TO_HANDSET, codes.TO_OPERATOR, codes.DND)
    assert [codes.code_of(name, "api") for name in names] == ["20005", "20006", "23005"]
    assert [codes.code_of(name, "support") for name in names] == ["20000", "20001", "30004"]


def test_address_of_the_account_is_used_without_one_of_the_message(
    exotel: Exotel, send: Send, listener: Listener
) -> None:
    exotel.status_url = listener.url + "/all"
    send()
    send(StatusCallback=listener.url + "/mine")
    exotel.deliver_all()
    assert [call.path for call in listener.taken] == ["/all", "/mine"]


def test_contradicting_status_can_be_reported(exotel: Exotel, send: Send, listener: Listener) -> None:
    sid = send(StatusCallback=listener.url).json()["SMSMessage"]["Sid"]
    exotel.deliver_all()
    exotel.report(sid, "failed", "23035", "FAILED_SUBSCRIBER_UNAVAILABLE")
    assert listener.taken[-1].form["DetailedStatusCode"] == "23035"
    assert exotel.message(sid).words == "DELIVERED_TO_HANDSET"


# --- inbound


def test_form_variant(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url = listener.url + "/secret"
    message = exotel.receive(ANA, OURS, "Thursday & Friday ✓")
    (call,) = listener.taken
    assert (call.method, call.path, call.kind) == ("POST", "/secret", "application/x-www-form-urlencoded")
    assert set(call.form) == {"SmsSid", "From", "To", "Body", "DateCreated", "AccountSid"}
    assert (call.form["SmsSid"], call.form["Body"]) == (message.id, "Thursday & Friday ✓")
    assert call.form["DateCreated"].endswith("+05:30")
    assert call.form["AccountSid"] == exotel.account


def test_json_variant(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, exotel.inbound_variant, exotel.number_form = listener.url, "json", "national"
    message = exotel.receive(ANA, OURS, "Thursday ✓")
    (call,) = listener.taken
    article = json.loads(call.body)
    assert call.kind == "application/json"
    assert article.pop("ReceivedTime").endswith("Z")
    assert article == {
        "SmsSid": message.id,
        "Direction": "incoming",
        "Sender": "9052161119",
        "ReceivedOn": "08045550100",
        "MessageBody": "Thursday ✓",
    }


def test_get_variant_asks_with_head_first(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, exotel.inbound_variant = listener.url + "/secret?x=1", "get"
    message = exotel.receive(ANA, OURS, "Thursday & Friday")
    head, get = listener.taken
    assert (head.method, get.method, head.query == get.query) == ("HEAD", "GET", True)
    assert set(get.form) == {"x", "SmsSid", "From", "To", "Date", "Body"}
    assert (get.form["Body"], get.form["Date"]) == ("Thursday & Friday", naive(message.created_at))


def test_address_of_the_number_goes_before_that_of_the_account(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url = listener.url + "/account"
    exotel.add_number(ABROAD, inbound_url=listener.url + "/number")
    exotel.receive(ANA, OURS, "One")
    exotel.receive(ANA, ABROAD, "Two")
    assert [call.path for call in listener.taken] == ["/account", "/number"]


def test_without_an_address_the_text_is_lost(exotel: Exotel) -> None:
    exotel.receive(ANA, OURS, "Anybody?")
    assert exotel.callbacks_sent == []


def test_refused_call_is_repeated_after_30_s_2_min_and_10_min(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, listener.statuses = listener.url, [500, 404, 302, 500]
    exotel.receive(ANA, OURS, "Hello")
    counts = []
    for wait in (29, 2, 119, 2, 599, 2, 86_400):
        exotel.clock.offset_s += wait
        exotel.tick()
        counts.append(len(listener.taken))
    assert counts == [1, 2, 2, 3, 3, 4, 4]
    assert {call.body for call in listener.taken} == {listener.taken[0].body}


def test_one_page_adds_a_fourth_repeat_and_waits_are_scaled(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, listener.statuses = listener.url, [500] * 9
    exotel.fourth_retry, exotel.retry_scale = True, 0.0
    exotel.receive(ANA, OURS, "Hello")
    exotel.deliver_all()
    assert len(listener.taken) == 5


def test_refused_head_is_not_repeated_but_its_get_is(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, exotel.inbound_variant, exotel.retry_scale = listener.url, "get", 0.0
    listener.statuses = [404, 500]
    exotel.receive(ANA, OURS, "Hello")
    exotel.deliver_all()
    assert [call.method for call in listener.taken] == ["HEAD", "GET", "GET"]


def test_taken_call_is_not_repeated(exotel: Exotel, listener: Listener) -> None:
    exotel.inbound_url, exotel.retry_scale, listener.statuses = listener.url, 0.0, [503, 204]
    exotel.receive(ANA, OURS, "Hello")
    exotel.deliver_all()
    assert len(listener.taken) == 2


def test_person_answers_and_stop_means_nothing_to_exotel(world: World, exotel: Exotel, send: Send) -> None:
    world.handsets.add(ANA, answers=["STOP"])
    send()
    exotel.deliver_all()
    assert send(Body="Are you sure?").status_code == 200
    exotel.deliver_all()
    assert [message.text for message in exotel.received_messages] == ["STOP"]
    assert world.handsets.get(ANA).texts_after_stop == ["Are you sure?"]
