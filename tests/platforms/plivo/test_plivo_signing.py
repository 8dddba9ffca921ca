"""Plivo's signatures V3 and V2, judged by Plivo's own SDK."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plivo.utils import validate_signature
from plivo.utils.signature_v3 import (
    construct_get_url,
    construct_post_url,
    get_signature_v3,
    validate_v3_signature,
)

from connector.domain.texts import Callback
from connector.platforms.plivo.signing import is_signed
from tests.platforms.texting.callbacks import posted

URL = "https://sms.example.com/callbacks/acme/plivo/inbound/long-path-secret"
TOKEN, OLD, MAIN = "own-token-0123456789", "old-token-0123456789", "main-token-012345678"
SECRET, NONCE = "long-path-secret", "12345678901234567890"
FIELDS = [
    ("From", "447700900123"), ("To", "447700900100"), ("Text", "Thursday works & more? 5+5 "), ("Type", "sms"),
    ("MessageUUID", "5b40a428-bfc7-4daf-9d06-726c558bf3b8"), ("MessageIntent", ""), ("Units", "1"),
]  # fmt: skip


def by_name(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found


def v3(fields: Sequence[tuple[str, str]] = FIELDS, url: str = URL, token: str = TOKEN, method: str = "POST") -> str:
    """The SDK's own signature of a call."""
    base = construct_post_url(url, by_name(fields)) if method == "POST" else construct_get_url(url, {})
    return str(get_signature_v3(token, base.decode(), NONCE).decode())


def v2(url: str = URL, token: str = TOKEN) -> str:
    parts = urlsplit(url)
    signed = f"{parts.scheme}://{parts.netloc}{parts.path}{NONCE}".encode()
    signature = base64.b64encode(hmac.digest(token.encode(), signed, "sha256")).decode()
    assert validate_signature(url, NONCE, signature, token)
    return signature


def called(
    headers: Mapping[str, str],
    fields: Sequence[tuple[str, str]] = FIELDS,
    url: str = URL,
    method: str = "POST",
    secret: str = SECRET,
) -> Callback:
    return posted("plivo", "inbound", url, fields, headers, method=method, secret=secret)


def by_v3(signature: str, name: str = "X-Plivo-Signature-V3") -> dict[str, str]:
    return {name: signature, "X-Plivo-Signature-V3-Nonce": NONCE}


def by_v2(signature: str, name: str = "X-Plivo-Signature-V2") -> dict[str, str]:
    return {name: signature, "X-Plivo-Signature-V2-Nonce": NONCE}


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(
    st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=10),
    st.sampled_from(["", "?i=42", "?b=2&a=1&b=1", "?x=&y", "?q=a%20b+c"]),
)
def test_whatever_form_the_sdk_signs_is_genuine(fields: list[tuple[str, str]], query: str) -> None:
    signature = v3(fields, URL + query)
    assert validate_v3_signature("POST", URL + query, NONCE, TOKEN, signature, by_name(fields))
    call = called(by_v3(signature), fields, URL + query, secret="")
    assert is_signed(call, [TOKEN], [], None)
    assert not is_signed(replace(call, body=call.body + b"&zz=1"), [TOKEN], [], None)


@pytest.mark.parametrize("query", ["", "?i=42", "?b=2&a=1&b=1&From=447700900123", "?x=&y"])
def test_a_get_is_signed_with_its_query(query: str) -> None:
    signature = v3((), URL + query, method="GET")
    assert validate_v3_signature("GET", URL + query, NONCE, TOKEN, signature)
    call = called(by_v3(signature), (), URL + query, "GET")
    assert is_signed(call, [TOKEN], [], None)
    assert not is_signed(replace(call, url=f"{URL}?other=1"), [TOKEN], [], None)


def test_a_post_without_fields_is_signed_by_its_address() -> None:
    signature = v3((), URL + "?i=1")
    assert validate_v3_signature("POST", URL + "?i=1", NONCE, TOKEN, signature)
    assert is_signed(called(by_v3(signature), (), URL + "?i=1"), [TOKEN], [], None)


def test_several_signatures_may_stand_in_one_header() -> None:
    header = f"{v3(token='somebody-elses')},{v3()}, {v3(token='third')}"
    assert validate_v3_signature("POST", URL, NONCE, TOKEN, header, by_name(FIELDS))
    assert is_signed(called(by_v3(header)), [TOKEN], [], None)
    assert not is_signed(called(by_v3(header)), [MAIN], [], None)


def test_the_old_token_signs_while_it_is_being_rotated() -> None:
    assert is_signed(called(by_v3(v3(token=OLD))), [TOKEN, OLD], [], None)
    assert is_signed(called(by_v2(v2(token=OLD))), [TOKEN, OLD], [], SECRET)
    assert not is_signed(called(by_v3(v3(token=OLD))), [TOKEN], [], None)


@pytest.mark.parametrize("version", ["V3", "V2"])
def test_the_main_accounts_header_is_checked_with_the_main_token_only(version: str) -> None:
    sign, headers = (v3, by_v3) if version == "V3" else (v2, by_v2)
    name = f"X-Plivo-Signature-Ma-{version}"
    assert is_signed(called(headers(sign(token=MAIN), name)), [TOKEN], [MAIN], SECRET)
    assert not is_signed(called(headers(sign(token=TOKEN), name)), [TOKEN], [MAIN], SECRET)
    assert not is_signed(called(headers(sign(token=MAIN))), [TOKEN], [MAIN], SECRET)


def test_v2_counts_with_the_secret_of_the_path_only() -> None:
    call = called(by_v2(v2()))
    assert is_signed(call, [TOKEN], [], SECRET)
    assert not is_signed(call, [TOKEN], [], None)
    assert not is_signed(call, [TOKEN], [], "")
    assert not is_signed(replace(call, secret=""), [TOKEN], [], SECRET)
    assert not is_signed(replace(call, secret="other"), [TOKEN], [], SECRET)
    assert not is_signed(replace(call, secret=""), [TOKEN], [], "")


def test_the_secret_alone_is_not_enough() -> None:
    assert not is_signed(called({}), [TOKEN], [], SECRET)
    assert not is_signed(called(by_v2("forged")), [TOKEN], [], SECRET)
    assert not is_signed(called({"X-Plivo-Signature-V2": v2()}), [TOKEN], [], SECRET)


def test_v2_does_not_help_where_v3_is_wrong() -> None:
    headers = {**by_v2(v2()), **by_v3(v3([("Text", "other")]))}
    assert not is_signed(called(headers), [TOKEN], [], SECRET)
    assert is_signed(called({**by_v2(v2()), **by_v3(v3())}), [TOKEN], [], SECRET)


@pytest.mark.parametrize("missing", ["X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"])
def test_half_a_v3_is_forged(missing: str) -> None:
    headers = {name: value for name, value in by_v3(v3()).items() if name != missing}
    assert not is_signed(called({**by_v2(v2()), **headers}), [TOKEN], [], SECRET)


def test_a_body_that_is_no_form_is_not_vouched_for() -> None:
    call = called(by_v3(v3(())), ())
    assert is_signed(call, [TOKEN], [], None)
    json = replace(call, body=b'{"Text": "Hi"}', headers={**call.headers, "content-type": "application/json"})
    assert not is_signed(json, [TOKEN], [], None)


@given(st.text(), st.text(), st.text(), st.binary(max_size=60), st.sampled_from(["v3", "v2"]))
def test_garbage_is_forged_and_never_an_error(url: str, given: str, nonce: str, body: bytes, version: str) -> None:
    assume(given.strip())
    headers = {f"x-plivo-signature-{version}": given, f"x-plivo-signature-{version}-nonce": nonce}
    call = Callback("acme", "plivo", "inbound", "POST", url, headers, body, SECRET)
    assert is_signed(call, [TOKEN, OLD], [MAIN], SECRET) is False
