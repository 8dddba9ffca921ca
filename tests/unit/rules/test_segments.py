"""How many parts a text is sent in, and which of its characters make that expensive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.segments import Segments, count, smart

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
GSM_LETTERS = "abc XYZ019@£$¥èéùìòÇØøÅåΔΩÆæß\n\r!¡¿ÄÖÑÜ§äöñüà"

# --- Twilio's published calculator is the oracle for these two tables


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("a" * 1600, "GSM-7", 11),
        ("ж" * 70, "UCS-2", 1),
        ("ж" * 71, "UCS-2", 2),
        ("ж" * 134, "UCS-2", 2),
        ("ж" * 135, "UCS-2", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("a" * 152 + "€" + "b" * 152, "GSM-7", 3),
        ("👍" * 35, "UCS-2", 1),
        ("👍" * 36, "UCS-2", 2),
        ("it’s", "UCS-2", 1),
        ("`", "UCS-2", 1),
        ("ç", "UCS-2", 1),
        ("Ç", "GSM-7", 1),
        ("a\nb", "GSM-7", 1),
        ("a\r\nb", "GSM-7", 1),
        ("", "GSM-7", 0),
    ],
)
def test_parts_are_those_of_the_published_table(text: str, encoding: str, segments: int) -> None:
    counted = count(text)
    assert (counted.encoding, counted.segments) == (encoding, segments)


@pytest.mark.parametrize(
    ("text", "segments", "units"),
    [
        ("ж" * 66 + "👍" + "ж" * 10, 2, 78),
        ("ж" * 66 + "👍" + "ж" * 66, 3, 134),
        ("e\u0301" * 35, 1, 70),
        ("e\u0301" * 67, 3, 134),
        (FAMILY * 7, 2, 77),
        ("a" * 66 + FAMILY + "b" * 60, 3, 137),
        ("🇬🇧" * 17, 1, 68),
        ("ж" * 65 + "🇬🇧" + "ж" * 65, 3, 134),
        ("ж" * 65 + "👍🏽" + "ж" * 65, 3, 134),
        ("ж" * 60 + ENGLAND + "ж" * 60, 3, 134),
    ],
)
def test_what_a_reader_sees_as_one_character_is_not_split(text: str, segments: int, units: int) -> None:
    assert (count(text).segments, count(text).units) == (segments, units)


def test_form_feed_and_escapes_take_two_places() -> None:
    assert count("^{}\\[]~|€\f").units == 20


def test_a_heap_of_marks_longer_than_a_part_is_cut() -> None:
    assert count("e" + "\u0301" * 200).segments == 3


# --- what forces UCS-2


def test_forcing_characters_are_named_once_in_order() -> None:
    assert count("it’s “ok” … it’s").forcing == ("’", "“", "”", "…")


def test_a_joined_emoji_is_named_as_a_whole() -> None:
    assert count(f"hi {FAMILY}{FAMILY}").forcing == (FAMILY,)


@given(st.text(GSM_LETTERS + "^{}[]~|\\€", max_size=400))
def test_gsm_text_forces_nothing_and_costs_what_its_places_say(text: str) -> None:
    counted = count(text)
    places = len(text) + sum(text.count(c) for c in "^{}[]~|\\€")
    assert counted.forcing == ()
    assert counted.units == places
    assert counted.segments >= -(-places // 160)


@given(st.text(max_size=300), st.text(max_size=40))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert count(text).units <= count(text + " " + more).units
    assert count(text).segments <= count(text + " " + more).segments


@given(st.text(max_size=300))
def test_units_fit_into_the_parts(text: str) -> None:
    counted = count(text)
    single, part = (70, 67) if counted.encoding == "UCS-2" else (160, 153)
    assert counted.units <= (single if counted.segments == 1 else part * counted.segments)
    assert (counted.segments == 0) == (text == "")
    assert (counted.encoding == "UCS-2") == bool(counted.forcing)


# --- look-alikes


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("it’s “fine”", 'it\'s "fine"'),
        ("‚low‘ «guillemets» „down‟", ',low\' "guillemets" "down"'),
        ("9–5 — or not… ‑ − ‒", "9-5 - or not... - - -"),
        ("a\u00a0b\u202fc\u2009d", "a b c d"),
        ("a\u200bb\u00adc\ufeffd\u2060e", "abcde"),
        ("`code` ´acute´", "'code' 'acute'"),
        ("½ ¼ ¾ ÷", "1/2 1/4 3/4 /"),
        ("ＡＢｃ１２！", "ABc12!"),
        ("• one\u2028• two", "- one\n- two"),
        ("‹a› ‼", "<a> !!"),
        ("tab\there", "tab here"),
    ],
)
def test_look_alikes_become_plain(written: str, plain: str) -> None:
    assert smart(written) == plain
    assert count(plain).encoding == "GSM-7"


def test_an_accent_that_stands_apart_is_joined() -> None:
    assert smart("man\u0303ana") == "mañana"


@pytest.mark.parametrize("text", ["“жаль”", "“nice” 👍", "façade’s"])
def test_a_text_that_stays_expensive_is_left_alone(text: str) -> None:
    assert smart(text) == text


def test_smart_counting_counts_what_is_sent() -> None:
    text = "It’s on! " * 17 + "See you…"
    assert count(text).segments == 3
    assert count(text, smart=True) == count(smart(text)) == Segments("GSM-7", 2, 163)


@given(st.text(GSM_LETTERS + "’“”…–\u00a0\u200bж", max_size=80))
def test_twice_is_once_and_nothing_changes_for_nothing(text: str) -> None:
    assert smart(smart(text)) == smart(text)
    assert smart(text) == text or count(smart(text)).encoding == "GSM-7"
    assert count(text).encoding == "UCS-2" or smart(text) == text
