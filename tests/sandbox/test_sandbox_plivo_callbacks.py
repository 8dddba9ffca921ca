"""Callbacks of the Plivo simulator, judged by Plivo's own validators and taken over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import pytest
from plivo.utils import validate_signature, validate_v3_signature

from connector.sandbox.plivo.signing import signature_v2, signature_v3
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting import Media
from connector.sandbox.world import World
from tests.sandbox.listening import Listener, Taken

OURS, ANA = "+447700900901", "+447700900123"
PUBLIC = "https://sms.example.com"


@pytest.fixture
def world() -> Iterator[World]:
    with World(limits=None, texting=["plivo"]) as served:
        yield served


@pytest.fixture
def vendor(world: World, listener: Listener) -> Plivo:
    vendor = world.vendor(Plivo)
    vendor.routes[PUBLIC] = listener.url
    vendor.add_number(OURS, inbound_url=f"{PUBLIC}/in/s3cret")
    return vendor


def send(vendor: Plivo, **fields: str) -> str:
    body = {"src": OURS, "dst": ANA, "text": "Hello", "url": f"{PUBLIC}/status?i=intent-1"} | fields
    url = f"{vendor.base_url}/v1/Account/{vendor.account}/Message/"
    return str(httpx.post(url, json=body, auth=(vendor.account, vendor.auth_token)).json()["message_uuid"][0])


def url_of(taken: Taken) -> str:
    return PUBLIC + taken.path + (f"?{taken.query}" if taken.query else "")


def is_valid_v2(taken: Taken, token: str, header: str = "X-Plivo-Signature-V2") -> bool:
    nonce = taken.headers["X-Plivo-Signature-V2-Nonce"]
    return bool(validate_signature(url_of(taken), nonce, taken.headers[header], token))


def is_valid_v3(taken: Taken, token: str, header: str = "X-Plivo-Signature-V3") -> bool:
    nonce = taken.headers["X-Plivo-Signature-V3-Nonce"]
    form: Any = taken.form if taken.method == "POST" else {}
    return bool(validate_v3_signature(taken.method, url_of(taken), nonce, token, taken.headers[header], form))


def test_inbound_form_is_the_vendor_s(vendor: Plivo, listener: Listener) -> None:
    message = vendor.receive(ANA, OURS, "Zoë: it’s fine")
    form = listener.taken[0].form
    assert (form["MessageUUID"], form["From"], form["To"], form["Text"]) == (
        message.id,
        ANA[1:],
        OURS[1:],
        "Zoë: it’s fine",
    )
    assert (form["Type"], form["Units"], form["MessageIntent"]) == ("sms", "1", "")
    vendor.plus = True
    vendor.receive(ANA, OURS, "Hi")
    assert listener.taken[1].form["From"] == ANA


@pytest.mark.parametrize(("text", "kind"), [("stop ", "optout"), ("START", "optin"), ("Help", "help"), ("Stop it", "")])
def test_intent_is_told(vendor: Plivo, listener: Listener, text: str, kind: str) -> None:
    vendor.receive(ANA, OURS, text)
    assert listener.taken[0].form["MessageIntent"] == kind


def test_mms_has_its_text_elsewhere(vendor: Plivo, listener: Listener) -> None:
    vendor.receive(ANA, OURS, "Look", media=[Media("https://media.example.com/1")])
    form = listener.taken[0].form
    assert (form["Body"], form["MediaCount"], form["Media1"]) == ("Look", "1", "https://media.example.com/1")
    assert "Text" not in form


def test_both_signatures_are_genuine(vendor: Plivo, listener: Listener) -> None:
    vendor.receive(ANA, OURS, "Zoë: it’s fine")
    (taken,) = listener.taken
    assert [is_valid_v2(taken, vendor.auth_token), is_valid_v3(taken, vendor.auth_token)] == [True, True]
    assert [is_valid_v2(taken, "other"), is_valid_v3(taken, "other")] == [False, False]


def test_only_version_three_covers_the_body(vendor: Plivo, listener: Listener) -> None:
    vendor.tamper = lambda call: replace(call, body=call.body.replace(b"genuine", b"forged"))
    vendor.receive(ANA, OURS, "genuine")
    (taken,) = listener.taken
    assert taken.form["Text"] == "forged"
    assert [is_valid_v2(taken, vendor.auth_token), is_valid_v3(taken, vendor.auth_token)] == [True, False]


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_versions_can_be_chosen(vendor: Plivo, listener: Listener, version: str) -> None:
    vendor.signatures = {version}
    vendor.receive(ANA, OURS, "Hi")
    names = {name for name in listener.taken[0].headers if "Signature" in name}
    assert {name for name in names if version.upper() in name} == names != set()


def test_signature_by_a_sub_account_and_by_the_main_one(vendor: Plivo, listener: Listener) -> None:
    vendor.own_numbers[OURS].extra["sub_token"] = "token of the sub-account"
    vendor.receive(ANA, OURS, "Hi")
    (taken,) = listener.taken
    assert is_valid_v2(taken, "token of the sub-account")
    assert is_valid_v3(taken, "token of the sub-account")
    assert is_valid_v2(taken, vendor.auth_token, "X-Plivo-Signature-Ma-V2")
    assert is_valid_v3(taken, vendor.auth_token, "X-Plivo-Signature-Ma-V3")


def test_both_tokens_sign_while_they_change(vendor: Plivo, listener: Listener) -> None:
    old, new = vendor.auth_token, vendor.change_token()
    vendor.receive(ANA, OURS, "Hi")
    assert [is_valid_v3(listener.taken[0], token) for token in (old, new)] == [True, True]
    assert [is_valid_v2(listener.taken[0], token) for token in (old, new)] == [False, True]


def test_get_is_signed_with_its_query(vendor: Plivo, listener: Listener) -> None:
    vendor.own_numbers[OURS].inbound_method = "GET"
    vendor.receive(ANA, OURS, "Hi there & so on")
    (taken,) = listener.taken
    assert (taken.method, taken.form["Text"]) == ("GET", "Hi there & so on")
    assert is_valid_v3(taken, vendor.auth_token)


@pytest.mark.parametrize("url", ["https://a.example.com/in", "https://a.example.com/in?b=2&a=1&a=0&c="])
@pytest.mark.parametrize("fields", [[], [("To", "1"), ("From", "2"), ("Text", "hé")]])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signatures_agree_with_the_sdk(url: str, fields: list[tuple[str, str]], method: str) -> None:
    made = signature_v3("token", method, url, fields, "12345")
    assert validate_v3_signature(method, url, "12345", "token", made, dict(fields))
    assert validate_signature(url, "12345", signature_v2("token", url, "12345"), "token")


def test_statuses_are_counted(vendor: Plivo, listener: Listener) -> None:
    sent = send(vendor)
    vendor.deliver_all()
    forms = [taken.form for taken in listener.taken]
    assert [(form["Status"], form["Sequence"]) for form in forms] == [
        ("queued", "1"),
        ("sent", "2"),
        ("delivered", "3"),
    ]
    assert {form["MessageUUID"] for form in forms} == {sent}
    assert ("ErrorCode" in forms[0], forms[2]["ErrorCode"]) == (False, "000")
    assert {taken.query for taken in listener.taken} == {"i=intent-1"}
    assert all(is_valid_v3(taken, vendor.auth_token) for taken in listener.taken)


def test_sequence_tells_the_order_of_what_comes_reversed(vendor: Plivo, listener: Listener) -> None:
    vendor.posting.hold = True
    send(vendor)
    vendor.deliver_all()
    vendor.release(reverse=True)
    assert [taken.form["Sequence"] for taken in listener.taken] == ["3", "2", "1"]


def test_status_may_come_by_get(vendor: Plivo, listener: Listener) -> None:
    send(vendor, method="GET")
    vendor.step()
    (taken,) = listener.taken
    assert (taken.method, taken.form["Status"], taken.form["i"]) == ("GET", "queued", "intent-1")
    assert is_valid_v3(taken, vendor.auth_token)


@pytest.mark.parametrize(("statuses", "state"), [([200], "delivered"), ([403], "undelivered")])
def test_state_tells_whether_the_receiver_took_it(
    vendor: Plivo, listener: Listener, statuses: list[int], state: str
) -> None:
    listener.statuses = statuses
    message = vendor.receive(ANA, OURS, "Hi")
    assert vendor.message(message.id).status == state


def test_call_that_never_went_out_leaves_it_received(vendor: Plivo) -> None:
    message = vendor.receive(ANA, OURS, "Hi", callback=False)
    assert vendor.message(message.id).status == "received"


def test_repeats_are_a_choice(vendor: Plivo, listener: Listener) -> None:
    listener.statuses = [500, 500]
    vendor.receive(ANA, OURS, "one")
    vendor.deliver_all()
    assert len(listener.taken) == 1
    vendor.retries_s = (60.0,)
    message = vendor.receive(ANA, OURS, "two")
    vendor.clock.offset_s += 61
    vendor.tick()
    assert [taken.form["Text"] for taken in listener.taken] == ["one", "two", "two"]
    assert vendor.message(message.id).status == "delivered"
