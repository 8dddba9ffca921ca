"""Callbacks of the Twilio simulator, judged by Twilio's own validator and taken over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from twilio.rest import Client

from connector.sandbox.texting import CallbackSent, Media
from connector.sandbox.twilio.signing import signature
from connector.sandbox.twilio.simulator import Twilio
from connector.sandbox.world import World
from tests.sandbox.listening import Listener
from tests.sandbox.twilio_client import PUBLIC, is_valid, sdk

OURS, ANA = "+447700900901", "+447700900123"


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["twilio"]) as served:
        yield served


@pytest.fixture
def twilio(world: World, listener: Listener) -> Twilio:
    vendor = world.vendor(Twilio)
    vendor.routes[PUBLIC] = listener.url
    vendor.add_number(OURS, inbound_url=f"{PUBLIC}/in?company=acme")
    return vendor


@pytest.fixture
def client(twilio: Twilio) -> Client:
    return sdk(twilio)


def send(client: Client, **fields: str) -> str:
    url = f"{PUBLIC}/status?i=intent-1"
    return str(
        client.messages.create(**({"to": ANA, "from_": OURS, "body": "Hi", "status_callback": url} | fields)).sid
    )


def statuses(listener: Listener) -> list[str]:
    return [taken.form["MessageStatus"] for taken in listener.taken]


def test_signature_matches_the_published_vector() -> None:
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
    assert signature("12345", "https://example.com/myapp.php?foo=1&bar=2", fields) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_inbound_form_is_the_vendor_s(twilio: Twilio, listener: Listener) -> None:
    message = twilio.receive(ANA, OURS, "Zoë: it’s fine  ")
    (taken,) = listener.taken
    assert taken.form["MessageSid"] == taken.form["SmsSid"] == taken.form["SmsMessageSid"] == message.id
    assert (taken.form["From"], taken.form["To"], taken.form["Body"]) == (ANA, OURS, "Zoë: it’s fine  ")
    assert [taken.form[name] for name in ("FromCity", "FromState", "FromZip", "ToCity")] == [""] * 4
    assert (taken.form["SmsStatus"], taken.form["NumMedia"], taken.form["AccountSid"]) == (
        "received",
        "0",
        twilio.account,
    )
    assert not {"DateSent", "DateCreated", "OptOutType", "MessagingServiceSid"} & set(taken.form)


def test_signature_covers_public_address_and_form(twilio: Twilio, listener: Listener) -> None:
    twilio.receive(ANA, OURS, "Zoë: it’s fine  ")
    (taken,) = listener.taken
    assert is_valid(taken, twilio.auth_token)
    assert not is_valid(taken, "another token")
    assert not is_valid(taken, twilio.auth_token, base=listener.url)
    assert not is_valid(replace(taken, body=taken.body.replace(b"fine", b"gone")), twilio.auth_token)


def test_address_without_port_can_be_what_is_signed(twilio: Twilio, listener: Listener) -> None:
    twilio.own_numbers[OURS].inbound_url = f"{listener.url}/in"
    twilio.signs_port = False
    twilio.receive(ANA, OURS, "Hi")
    assert is_valid(listener.taken[0], twilio.auth_token, base=listener.url)


def test_shared_key_signs_with_sha256(twilio: Twilio, listener: Listener) -> None:
    twilio.shared_key = ("webhooks_sharedkey_1", "secret of the key")
    twilio.receive(ANA, OURS, "Hi")
    assert is_valid(listener.taken[0], "secret of the key")
    assert not is_valid(listener.taken[0], twilio.auth_token)


def test_get_carries_the_form_in_its_query(twilio: Twilio, listener: Listener) -> None:
    twilio.own_numbers[OURS].inbound_method = "GET"
    twilio.receive(ANA, OURS, "Hi there")
    (taken,) = listener.taken
    assert (taken.method, dict(parse_qsl(taken.query))["Body"]) == ("GET", "Hi there")
    assert is_valid(taken, twilio.auth_token)


def test_media_are_numbered(twilio: Twilio, listener: Listener) -> None:
    twilio.receive(ANA, OURS, "", media=[Media("https://media.example.com/1"), Media("https://media.example.com/2")])
    form = listener.taken[0].form
    assert (form["NumMedia"], form["MediaUrl1"], form["MediaContentType0"]) == (
        "2",
        "https://media.example.com/2",
        "image/jpeg",
    )


def test_old_token_signs_until_the_new_one_is_promoted(twilio: Twilio, client: Client, listener: Listener) -> None:
    old, new = twilio.auth_token, twilio.create_secondary_token()
    twilio.receive(ANA, OURS, "one")
    assert sdk(twilio, password=new).messages.list()
    twilio.promote_secondary_token()
    twilio.receive(ANA, OURS, "two")
    first, second = listener.taken
    assert [is_valid(first, old), is_valid(second, old), is_valid(second, new)] == [True, False, True]


def test_service_s_address_and_opt_out_kind(twilio: Twilio, listener: Listener) -> None:
    service = twilio.add_service([OURS], inbound_request_url=f"{PUBLIC}/service", advanced_opt_out=True)
    twilio.receive(ANA, OURS, "Stop")
    (taken,) = listener.taken
    assert (taken.path, taken.form["OptOutType"], taken.form["MessagingServiceSid"]) == (
        "/service",
        "STOP",
        service.sid,
    )


def test_help_may_stay_at_the_vendor(twilio: Twilio, listener: Listener) -> None:
    twilio.help_comes_through = False
    twilio.receive(ANA, OURS, "HELP")
    assert listener.taken == []


# --- statuses


def test_statuses_are_called_back_but_not_the_first(twilio: Twilio, client: Client, listener: Listener) -> None:
    sid = send(client)
    assert listener.taken == []
    twilio.deliver_all()
    assert statuses(listener) == ["sending", "sent", "delivered"]
    form = listener.taken[-1].form
    assert (form["MessageSid"], form["SmsStatus"], form["From"], form["To"]) == (sid, "delivered", OURS, ANA)
    assert {taken.query for taken in listener.taken} == {"i=intent-1"}
    assert all(is_valid(taken, twilio.auth_token) for taken in listener.taken)


def test_failure_has_its_code(world: World, twilio: Twilio, client: Client, listener: Listener) -> None:
    world.handsets.add(ANA, fate="filtered")
    send(client)
    twilio.deliver_all()
    assert listener.taken[-1].form["ErrorCode"] == "30007"
    assert "ErrorCode" not in listener.taken[0].form


def test_statuses_can_come_out_of_order_and_twice(twilio: Twilio, client: Client, listener: Listener) -> None:
    twilio.posting.hold, twilio.posting.times = True, 2
    send(client)
    twilio.deliver_all()
    assert (listener.taken, len(twilio.callbacks_held)) == ([], 6)
    assert twilio.release(reverse=True) == 6
    assert statuses(listener) == ["delivered", "delivered", "sent", "sent", "sending", "sending"]


def test_report_contradicts_without_changing_the_message(twilio: Twilio, client: Client, listener: Listener) -> None:
    sid = send(client)
    twilio.deliver_all()
    twilio.report(sid, "undelivered", "30003")
    assert statuses(listener)[-2:] == ["delivered", "undelivered"]
    assert client.messages(sid).fetch().status == "delivered"
    twilio.report(sid, "undelivered", "30003", true=True)
    assert client.messages(sid).fetch().error_code == 30003


def test_lost_answer_is_settled_by_the_callback(
    world: World, twilio: Twilio, client: Client, listener: Listener
) -> None:
    world.faults.add("bad_gateway_after", platform="twilio", method="POST")
    with pytest.raises(Exception, match="502"):
        send(client)
    twilio.deliver_all()
    assert [taken.query for taken in listener.taken] == ["i=intent-1"] * 3


def test_status_callbacks_can_be_off(twilio: Twilio, client: Client, listener: Listener) -> None:
    twilio.posting.status = False
    send(client)
    twilio.deliver_all()
    assert listener.taken == []


# --- what the receiver answers, and what becomes of it


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>'), []),
        (("text/xml", b"<Response><Message>Thanks &amp; bye</Message></Response>"), ["Thanks & bye"]),
        (("application/xml", b"<Response><Message><Body>Two</Body></Message></Response>"), ["Two"]),
        (("text/plain", b"OK"), ["OK"]),
        (("text/plain", b""), []),
    ],
)
def test_text_in_the_answer_is_sent_to_the_person(
    world: World, twilio: Twilio, listener: Listener, answer: tuple[str, bytes], said: list[str]
) -> None:
    listener.answer = answer
    twilio.receive(ANA, OURS, "Hi")
    twilio.deliver_all()
    assert world.handsets.get(ANA).texts == said


def test_useless_answers_show_in_the_debugger(twilio: Twilio, listener: Listener) -> None:
    listener.answer = ("text/html", b"<html>Sign in</html>")
    first = twilio.receive(ANA, OURS, "one")
    listener.statuses = [500]
    second = twilio.receive(ANA, OURS, "two")
    assert twilio.alerts == [(12300, first.id), (11200, second.id)]


def sent_statuses(sent: list[CallbackSent]) -> list[int | None]:
    return [each.status for each in sent]


def test_error_answer_is_not_repeated_by_default(twilio: Twilio, listener: Listener) -> None:
    listener.statuses = [500]
    twilio.receive(ANA, OURS, "Hi")
    twilio.deliver_all()
    assert sent_statuses(twilio.callbacks_sent) == [500]


def test_unreachable_receiver_is_tried_once_more(twilio: Twilio) -> None:
    twilio.own_numbers[OURS].inbound_url = "http://127.0.0.1:9/in"
    twilio.receive(ANA, OURS, "Hi")
    twilio.deliver_all()
    assert sent_statuses(twilio.callbacks_sent) == [None, None]


def test_fragment_asks_for_more_repeats(twilio: Twilio, listener: Listener) -> None:
    twilio.own_numbers[OURS].inbound_url = f"{PUBLIC}/in#rc=5&rp=all"
    listener.statuses = [500, 503]
    twilio.receive(ANA, OURS, "Hi")
    twilio.deliver_all()
    assert sent_statuses(twilio.callbacks_sent) == [500, 503, 200]
    assert len({taken.headers["I-Twilio-Idempotency-Token"] for taken in listener.taken}) == 1
    assert is_valid(listener.taken[0], twilio.auth_token)


def test_only_loopback_addresses_are_called(twilio: Twilio, listener: Listener) -> None:
    twilio.routes.clear()
    twilio.receive(ANA, OURS, "Hi")
    # Leads to the listener as well, but is not spelled like an address of this machine.
    twilio.own_numbers[OURS].inbound_url = listener.url.replace("127.0.0.1", "0.0.0.0") + "/in"
    twilio.receive(ANA, OURS, "Hi")
    assert (sent_statuses(twilio.callbacks_sent), listener.taken) == ([None, None], [])


# --- what a test can do to callbacks


def test_call_can_be_late_twice_or_lost(twilio: Twilio, listener: Listener) -> None:
    twilio.receive(ANA, OURS, "lost", callback=False)
    twilio.receive(ANA, OURS, "twice", times=2)
    twilio.receive(ANA, OURS, "late", late_s=60)
    assert [taken.form["Body"] for taken in listener.taken] == ["twice", "twice"]
    twilio.clock.offset_s += 61
    twilio.tick()
    assert listener.taken[-1].form["Body"] == "late"
    assert len(twilio.received_messages) == 3


def test_call_can_be_repeated_and_forged(twilio: Twilio, listener: Listener) -> None:
    twilio.receive(ANA, OURS, "genuine")
    twilio.repeat(twilio.callbacks_sent[0])
    first, again = listener.taken
    assert (first.body, first.headers["X-Twilio-Signature"]) == (again.body, again.headers["X-Twilio-Signature"])
    twilio.tamper = lambda call: replace(call, body=call.body.replace(b"genuine", b"forged"))
    twilio.receive(ANA, OURS, "genuine")
    assert not is_valid(listener.taken[-1], twilio.auth_token)


def test_person_answers_at_once_unless_things_happen_by_themselves(
    world: World, twilio: Twilio, client: Client, listener: Listener
) -> None:
    world.handsets.add(ANA, answers=["Thursday works"], answers_after_s=60)
    send(client)
    twilio.deliver_all()
    assert listener.taken[-1].form["Body"] == "Thursday works"


def test_person_answers_what_arrives(world: World, twilio: Twilio, client: Client, listener: Listener) -> None:
    world.handsets.add(ANA, answers=["Thursday works", "STOP"])
    send(client)
    send(client, body="See you then")
    twilio.deliver_all()
    inbound = [taken.form["Body"] for taken in listener.taken if taken.path == "/in"]
    assert inbound == ["Thursday works", "STOP"]
    assert world.handsets.get(ANA).stopped
