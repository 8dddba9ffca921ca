"""The forms of SMS vendors: what is posted comes back as it was, and what is told to people is masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.texts import Callback
from connector.platforms.forms import (
    basic,
    encoded,
    fields_of,
    intent_of,
    is_secret,
    raw_fields,
    storable,
    whole_number,
    words_of_vendor,
)

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)


@given(st.dictionaries(NAMES, NAMES | st.just("")))
def test_a_form_comes_back_as_it_was(fields: dict[str, str]) -> None:
    call = Callback("acme", "twilio", "inbound", "POST", "https://sms.example.com/", {}, encoded(list(fields.items())))
    assert fields_of(call) == fields


@given(st.binary())
def test_any_bytes_are_a_form(body: bytes) -> None:
    assert all(isinstance(name, bytes) and isinstance(value, bytes) for name, value in raw_fields(body))


@given(st.text())
def test_what_is_storable_is_utf8_without_nul_and_stays_so(text: str) -> None:
    kept = storable(text)
    assert b"\x00" not in kept.encode()
    assert storable(kept) == kept


def test_halves_that_belong_together_become_one_character() -> None:
    assert storable("\ud83d\udc4d \ud83d") == "👍 \ufffd"


@pytest.mark.parametrize(
    ("url", "intent"),
    [
        ("https://x.example.com/s?i=abc", "abc"),
        ("https://x.example.com/s?a=1&i=abc&i=def", "abc"),
        ("https://x.example.com/s?i=", None),
        ("https://x.example.com/s", None),
        ("https://[", None),
    ],
)
def test_the_intent_is_in_the_address(url: str, intent: str | None) -> None:
    assert intent_of(url) == intent


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), (" 07 ", 7), ("-1", None), ("1.5", None), ("²", None), (None, None)]
)
def test_only_a_count_is_one(text: str | None, number: int | None) -> None:
    assert whole_number(text) == number


def test_a_vendors_words_are_masked_also_without_a_plus() -> None:
    shown = words_of_vendor("dst 447700900123 (+44 7700 900123) or candidate@example.com, code 21211")
    assert ("7700" in shown, "candidate@" in shown, "21211" in shown) == (False, False, True)


def test_without_a_secret_of_our_own_nothing_is_one() -> None:
    assert [is_secret("", None), is_secret("", ""), is_secret("x", ""), is_secret("x", "x")] == [
        False,
        False,
        False,
        True,
    ]


def test_basic_credentials_are_those_of_the_standard() -> None:
    assert basic("Aladdin", "open sesame") == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
