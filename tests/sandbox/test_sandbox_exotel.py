"""The Exotel simulator against the payloads that Exotel's pages document."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import pytest

from connector.sandbox.exotel import codes
from connector.sandbox.exotel.simulator import RATE, Exotel
from connector.sandbox.exotel.spelling import e164, naive, written
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.texting.handsets import FATES
from connector.sandbox.world import World
from tests.sandbox.listening import Listener

OURS, ANA, ABROAD = "+918045550100", "+919052161119", "+447700900123"

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

Send = Callable[..., httpx.Response]


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["exotel"]) as served:
        yield served


@pytest.fixture
def exotel(world: World) -> Exotel:
    vendor = world.texting["exotel"]
    assert isinstance(vendor, Exotel)
    vendor.add_number(OURS)
    return vendor


@pytest.fixture
def client(exotel: Exotel) -> Iterator[httpx.Client]:
    base = f"{exotel.base_url}/v1/Accounts/{exotel.account}"
    with httpx.Client(base_url=base, auth=(exotel.api_key, exotel.api_token), timeout=5) as made:
        yield made


@pytest.fixture
def send(client: httpx.Client) -> Send:
    def post(path: str = "/Sms/send.json", **changes: str) -> httpx.Response:
        form = {"From": OURS, "To": ANA, "Body": "Shall we talk?", "DltEntityId": "1234567890123"} | changes
        return client.post(path, data={name: value for name, value in form.items() if value})

    return post


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as made:
        yield made


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
