"""Twilio's signatures, judged by Twilio's own SDK."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from connector.domain.texts import Callback
from connector.platforms.twilio.signing import is_signed
from tests.platforms.texting.callbacks import posted

URL = "https://sms.example.com/callbacks/acme/twilio/inbound"
TOKEN, OLD = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
#: six empty fields stand in an ordinary payload from the UK
FIELDS = [
    ("ToCountry", "GB"), ("ToState", ""), ("SmsMessageSid", "SM" + "a" * 32), ("NumMedia", "0"), ("ToCity", ""),
    ("FromZip", ""), ("SmsSid", "SM" + "a" * 32), ("FromState", ""), ("SmsStatus", "received"), ("FromCity", ""),
    ("Body", "Thursday works, \n thanks & bye? 100% + 5 "), ("FromCountry", "GB"), ("To", "+447700900100"),
    ("ToZip", ""), ("NumSegments", "1"), ("MessageSid", "SM" + "a" * 32), ("From", "+447700900123"),
]  # fmt: skip


class Form:
    """Repeated names, as the SDK takes them from web frameworks."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Any:
        return iter([name for name, _ in self._pairs])

    def __len__(self) -> int:
        return len(self._pairs)

    def getall(self, name: str) -> list[str]:
        return [value for other, value in self._pairs if other == name]


def signed(
    fields: Sequence[tuple[str, str]] = FIELDS,
    url: str = URL,
    token: str = TOKEN,
    algorithm: str | None = None,
    called: str | None = None,
) -> Callback:
    signature = RequestValidator(token).compute_signature(url, Form(fields), algorithm)
    headers = {"X-Twilio-Signature": signature}
    if algorithm:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    return posted("twilio", "inbound", called or url, fields, headers)


def test_the_published_vector_is_genuine() -> None:
    fields = [
        ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675310"), ("Digits", "1234"), ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]  # fmt: skip
    url, signature = "https://example.com/myapp.php?foo=1&bar=2", "L/OH5YylLD5NRKLltdqwSvS0BnU="
    call = posted("twilio", "inbound", url, fields, {"X-Twilio-Signature": signature})
    assert is_signed(call, ["12345"])
    assert not is_signed(call, ["12346"])


@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), max_size=12),
    st.sampled_from([None, "HMAC_SHA1", "HMAC_SHA256"]),
)
def test_whatever_form_the_sdk_signs_is_genuine(fields: list[tuple[str, str]], algorithm: str | None) -> None:
    # a field with neither name nor value leaves no trace in a body
    fields = [pair for pair in fields if pair != ("", "")]
    call = signed(fields, algorithm=algorithm)
    assert is_signed(call, [TOKEN])
    assert not is_signed(replace(call, body=call.body + b"&x=1"), [TOKEN])


@pytest.mark.parametrize(
    ("url", "called"),
    [
        (URL, "https://sms.example.com:443/callbacks/acme/twilio/inbound"),
        ("https://sms.example.com:443/callbacks/acme/twilio/inbound", URL),
        ("https://sms.example.com:8443/x?i=1", "https://sms.example.com:8443/x?i=1"),
        ("https://sms.example.com/x?i=1", "https://sms.example.com:8443/x?i=1"),
        ("http://sms.example.com:80/x", "http://sms.example.com/x"),
        ("https://sms.example.com/a%2Fb/%7Ec?i=a%20b&j=%C3%A9", "https://sms.example.com/a%2Fb/%7Ec?i=a%20b&j=%C3%A9"),
    ],
)
def test_a_port_may_be_signed_or_not(url: str, called: str) -> None:
    call = signed(url=url, called=called)
    assert RequestValidator(TOKEN).validate(called, Form(FIELDS), call.headers["x-twilio-signature"])
    assert is_signed(call, [TOKEN])


@pytest.mark.parametrize(
    "called",
    [
        "http://sms.example.com/callbacks/acme/twilio/inbound",
        "https://sms.example.com/callbacks/acme/twilio/inbound/",
        "https://sms.example.com/callbacks/acme/twilio/inbound?i=1",
        "https://sms.example.com:8443/callbacks/acme/twilio/status",
        "https://other.example.com/callbacks/acme/twilio/inbound",
        "https://sms.example.com/callbacks/other/twilio/inbound",
    ],
)
def test_a_signature_for_another_address_is_forged(called: str) -> None:
    call = signed(called=called)
    assert not RequestValidator(TOKEN).validate(called, Form(FIELDS), call.headers["x-twilio-signature"])
    assert not is_signed(call, [TOKEN])


def test_the_old_token_signs_while_it_is_being_rotated() -> None:
    assert is_signed(signed(token=OLD), [TOKEN, OLD])
    assert is_signed(signed(token=TOKEN), [TOKEN, OLD])
    assert not is_signed(signed(token=OLD), [TOKEN])


def test_without_a_token_nothing_is_genuine() -> None:
    assert not is_signed(signed(token=""), [])
    assert not is_signed(signed(token=""), [""])


@pytest.mark.parametrize(
    "settings",
    ["key=k,algorithm=HMAC_SHA512", "key=k,algorithm=none", "algorithm=HMAC_MD5", "algorithm=HMAC_SHA256x"],
)
def test_an_unknown_algorithm_is_refused(settings: str) -> None:
    call = signed()
    headers = {**call.headers, "x-twilio-webhooks-signature-settings": settings}
    assert is_signed(call, [TOKEN])
    assert not is_signed(replace(call, headers=headers), [TOKEN])


def test_a_shared_keys_signature_is_not_taken_for_a_tokens() -> None:
    call = signed(algorithm="HMAC_SHA256")
    bare = {name: value for name, value in call.headers.items() if "settings" not in name}
    assert is_signed(call, [TOKEN])
    assert not is_signed(replace(call, headers=bare), [TOKEN])


@pytest.mark.parametrize("field", [name for name, value in FIELDS if not value])
def test_an_empty_field_that_is_taken_away_breaks_the_signature(field: str) -> None:
    call = signed()
    rest = posted("twilio", "inbound", URL, [pair for pair in FIELDS if pair[0] != field], call.headers)
    assert not is_signed(rest, [TOKEN])


@pytest.mark.parametrize("body", [b'{"Body": "Hi"}', b"{}", b"\xff\xfe"])
def test_a_json_body_is_vouched_for_by_its_hash_in_the_address(body: bytes) -> None:
    url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, {})}
    call = posted("twilio", "inbound", url, body, headers, content_type="application/json")
    assert is_signed(call, [TOKEN])
    assert not is_signed(replace(call, body=body + b" "), [TOKEN])


def test_a_json_body_that_nothing_vouches_for_is_forged() -> None:
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(URL, {})}
    body = json.dumps({"Body": "Hi"}).encode()
    assert not is_signed(posted("twilio", "inbound", URL, body, headers, content_type="application/json"), [TOKEN])
    assert not is_signed(posted("twilio", "inbound", URL, body, headers, content_type="text/plain"), [TOKEN])


def test_a_get_is_signed_by_its_address_alone() -> None:
    url = f"{URL}?From=%2B447700900123&Body=&i=1"
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(url, {})}
    call = posted("twilio", "inbound", url, b"", headers, method="GET")
    assert RequestValidator(TOKEN).validate(url, {}, headers["X-Twilio-Signature"])
    assert is_signed(call, [TOKEN])
    assert not is_signed(replace(call, url=url + "&x="), [TOKEN])


@given(
    st.one_of(st.text(), st.sampled_from(["https://[", "https://x:99999999/", "", "http://\ud800/", URL])),
    st.text(),
    st.binary(max_size=60),
    st.text(),
    st.text(max_size=30),
)
def test_garbage_is_forged_and_never_an_error(url: str, given: str, body: bytes, settings: str, kind: str) -> None:
    headers = {
        "x-twilio-signature": given, "x-twilio-webhooks-signature-settings": settings, "content-type": kind,
    }  # fmt: skip
    call = Callback("acme", "twilio", "inbound", "POST", url, headers, body)
    assert is_signed(call, [TOKEN, OLD]) is False


@given(st.binary(max_size=80))
def test_ours_and_the_sdks_signature_are_the_same_for_any_ascii_body(body: bytes) -> None:
    text = body.decode("ascii", "ignore").replace(";", "").replace("%", "").replace("#", "")
    fields = parse_qs(text, keep_blank_values=True)
    pairs = [(name, value) for name, values in fields.items() for value in values]
    headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(URL, Form(pairs))}
    assert is_signed(posted("twilio", "inbound", URL, text.encode(), headers), [TOKEN])
