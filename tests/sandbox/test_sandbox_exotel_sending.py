"""Sending through the Exotel simulator, against the answers that Exotel's pages document."""

import xml.etree.ElementTree as ElementTree
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox.exotel.simulator import RATE, Exotel
from connector.sandbox.exotel.spelling import e164, naive, written
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.world import World
from tests.sandbox.exotel_stage import ABROAD, ANA, OURS, Send
from tests.sandbox.exotel_stage import client as client
from tests.sandbox.exotel_stage import exotel as exotel
from tests.sandbox.exotel_stage import send as send
from tests.sandbox.exotel_stage import world as world

#: The members of an answer to a send, as the API page has them.
DOCUMENTED = {
    "Sid",
    "AccountSid",
    "From",
    "To",
    "Body",
    "Status",
    "DateCreated",
    "DateUpdated",
    "DateSent",
    "Price",
    "Uri",
}


def refusal(answer: httpx.Response) -> tuple[int, Any]:
    error = answer.json()["RestException"]
    assert error["Status"] == answer.status_code
    assert error["Message"]
    return answer.status_code, error["Code"]


# --- sending


def test_answer_has_the_documented_members_and_naive_indian_times(exotel: Exotel, send: Send) -> None:
    answer = send()
    message = answer.json()["SMSMessage"]
    assert answer.status_code == 200
    assert set(message) >= DOCUMENTED
    assert (message["Status"], message["DateSent"], message["Price"]) == ("queued", "1970-01-01 05:30:00", None)
    assert message["DateCreated"] == naive(exotel.message(message["Sid"]).created_at)
    assert message["Uri"] == f"/v1/Accounts/{exotel.account}/SMS/Messages/{message['Sid']}.json"


def test_error_page_says_202(exotel: Exotel, send: Send) -> None:
    exotel.accepted_http = 202
    assert send().status_code == 202


def test_without_the_suffix_it_is_xml(send: Send) -> None:
    answer = send("/Sms/send", Body="Fish & chips")
    root = ElementTree.fromstring(answer.text)
    assert answer.headers["Content-Type"] == "application/xml"
    assert root.findtext("SMSMessage/Body") == "Fish & chips"
    refused = send("/Sms/send", To="")
    assert ElementTree.fromstring(refused.text).findtext("RestException/Status") == "400"


@pytest.mark.parametrize(
    "changes",
    [
        {"From": ""},
        {"To": ""},
        {"Body": ""},
        {"To": "nobody"},
        {"From": "+918045550199"},
        {"From": "OTHERS"},
        {"Body": "x" * 2001},
        {"EncodingType": "utf-16"},
        {"SmsType": "friendly"},
        {"Priority": "urgent"},
    ],
)
def test_wrong_field_is_400(exotel: Exotel, send: Send, changes: dict[str, str]) -> None:
    assert send(**changes).status_code == 400
    assert exotel.messages == []


def test_longest_body_passes(send: Send) -> None:
    assert send(Body="x" * 2000).json()["SMSMessage"]["SmsUnits"] == 14


def test_json_body_is_400(client: httpx.Client) -> None:
    assert client.post("/Sms/send.json", json={"To": ANA}).status_code == 400


def test_wrong_token_is_401(exotel: Exotel, client: httpx.Client) -> None:
    for auth in (None, (exotel.api_key, "wrong"), ("wrong", exotel.api_token)):
        answer = httpx.post(f"{client.base_url}Sms/send.json", auth=auth)
        assert refusal(answer) == (401, "UNAUTHORIZED")


def test_other_account_is_404(exotel: Exotel) -> None:
    auth = (exotel.api_key, exotel.api_token)
    assert httpx.get(f"{exotel.base_url}/v1/Accounts/other/SMS/Messages/1.json", auth=auth).status_code == 404


def test_empty_account_is_403_40001(exotel: Exotel, send: Send) -> None:
    exotel.has_balance = False
    assert refusal(send()) == (403, 40001)
    assert exotel.messages == []


def test_throttled_is_503_40405(exotel: Exotel, send: Send) -> None:
    exotel.accepts = False
    assert refusal(send()) == (503, 40405)


def test_201st_request_in_a_minute_is_429_40402(exotel: Exotel, client: httpx.Client) -> None:
    exotel.limiter = SlidingWindows(RATE)
    answers = [client.get("/SMS/Messages/none.json") for _ in range(201)]
    assert [answer.status_code for answer in answers] == [200] * 200 + [429]
    assert refusal(answers[-1]) == (429, 40402)


def test_sender_id_sends_but_cannot_be_answered(world: World, exotel: Exotel, send: Send) -> None:
    exotel.sender_ids.add("EXMPLE")
    world.handsets.add(ANA, answers=["Yes"])
    assert send(From="EXMPLE").json()["SMSMessage"]["From"] == "EXMPLE"
    exotel.deliver_all()
    assert world.handsets.get(ANA).texts == ["Shall we talk?"]
    assert exotel.received_messages == []


def test_national_numbers_are_taken_as_indian(exotel: Exotel, send: Send) -> None:
    send(From="08045550100", To="09052161119")
    (message,) = exotel.sent_messages
    assert (message.sender, message.to) == (OURS, ANA)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9052161119", ANA),
        ("09052161119", ANA),
        ("919052161119", ANA),
        ("+91 90521 61119", ANA),
        ("+44 7700 900123", ABROAD),
        ("EXMPLE", None),
        ("", None),
        ("12345", None),
    ],
)
def test_numbers_are_read_in_every_form(text: str, number: str | None) -> None:
    assert e164(text) == number


def test_numbers_are_written_nationally_in_india_alone() -> None:
    assert written(OURS, "national", ours=True) == "08045550100"
    assert written(ANA, "national", ours=False) == "9052161119"
    assert written(ABROAD, "national", ours=False) == ABROAD
    assert written(ANA, "e164", ours=False) == ANA


# --- India's registry


def test_indian_number_without_an_entity_is_refused(exotel: Exotel, send: Send) -> None:
    assert send(DltEntityId="").status_code == 400
    assert send(DltEntityId="", To=ABROAD).status_code == 200
    assert [message.to for message in exotel.sent_messages] == [ABROAD]


def test_indian_number_without_an_entity_fails_later(world: World, exotel: Exotel, send: Send) -> None:
    exotel.dlt = "failed"
    sid = send(DltEntityId="").json()["SMSMessage"]["Sid"]
    exotel.deliver_all()
    message = exotel.message(sid)
    assert (message.status, message.code, message.words) == ("failed", "23081", "FAILED_DLT_ENTITY")
    assert world.handsets.get(ANA).texts == []


def test_unregistered_text_fails_in_india_alone(exotel: Exotel, send: Send) -> None:
    exotel.dlt_texts = {"Your interview is at {time}"}
    sids = [send(**changes).json()["SMSMessage"]["Sid"] for changes in ({}, {"To": ABROAD})]
    exotel.deliver_all()
    assert [exotel.message(sid).words for sid in sids] == ["FAILED_DLT_TEMPLATE", "DELIVERED_TO_HANDSET"]


# --- details


def test_details_show_the_end(exotel: Exotel, client: httpx.Client, send: Send) -> None:
    sid = send().json()["SMSMessage"]["Sid"]
    exotel.deliver_all()
    message = client.get(f"/SMS/Messages/{sid}.json").json()["SMSMessage"]
    sent_at = exotel.message(sid).sent_at
    assert sent_at is not None
    assert (message["Status"], message["DetailedStatus"], message["DetailedStatusCode"]) == (
        "sent",
        "DELIVERED_TO_HANDSET",
        20005,
    )
    assert (message["DateSent"], message["Price"]) == (naive(sent_at), "0.200000")


@pytest.mark.parametrize("shape", ["exception", "text"])
def test_unknown_sid_is_200_without_a_message(exotel: Exotel, client: httpx.Client, shape: Any) -> None:
    exotel.unknown_sid = shape
    answer = client.get("/SMS/Messages/0123456789abcdef0123456789abcdef.json")
    assert answer.status_code == 200
    assert "No matching results" in answer.text
    assert "SMSMessage" not in answer.text


# --- faults and the log


def test_calls_are_logged_and_faults_are_exotels(world: World, exotel: Exotel, send: Send) -> None:
    world.faults.add("error_after", platform="exotel")
    world.faults.add("rate_limited", platform="exotel", nth=2)
    assert refusal(send())[0] == 500
    assert refusal(send()) == (429, 40402)
    assert len(exotel.sent_messages) == 1
    assert [(call.method, call.fault) for call in world.calls_to("exotel")] == [
        ("POST", "error_after"),
        ("POST", "rate_limited"),
    ]


def test_description_holds_no_secret(world: World, exotel: Exotel) -> None:
    text = str(world.describe())
    assert "exotel" in text
    assert exotel.api_token not in text
