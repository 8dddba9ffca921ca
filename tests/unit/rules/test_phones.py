"""Whose number it is, which of ours writes to it, and through which provider."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.people import read_phone
from connector.rules.phones import Number, Refusal, Route, choose_provider, choose_sender, to_e164

# --- reading


@pytest.mark.parametrize(
    ("written", "region", "e164", "country_code", "valid"),
    [
        ("+1 514 123 4567", None, "+15141234567", 1, False),
        ("07911 123456", "GB", "+447911123456", 44, True),
        ("+44 (0)7911 123456", None, "+447911123456", 44, True),
        ("00447911123456", "GB", "+447911123456", 44, True),
        ("447911123456", "GB", "+447911123456", 44, True),
        ("\u200e+44\u00a07911 123456\u200e", None, "+447911123456", 44, True),
        ("tel:+447911123456", None, "+447911123456", 44, True),
        ("whatsapp:+447911123456", None, "+447911123456", 44, True),
        ("+44 7911 123456 ext. 5", None, "+447911123456", 44, True),
        ("+39 06 1234 5678", None, "+390612345678", 39, True),
        ("+52 55 1234 5678", None, "+525512345678", 52, True),
        ("+54 9 11 2345 6789", None, "+5491123456789", 54, True),
        ("+447700900123", None, "+447700900123", 44, False),
        ("+15005550006", None, "+15005550006", 1, True),
        ("+1 876 555 1234", None, "+18765551234", 1, True),
        ("+7 701 123 4567", None, "+77011234567", 7, True),
        ("+61 480 000 000", None, "+61480000000", 61, True),
        ("09052161119", "IN", "+919052161119", 91, True),
        # numbers as short as this are in use in Andorra
        ("312345", "AD", "+376312345", 376, True),
    ],
)
def test_a_number_is_read(written: str, region: str | None, e164: str, country_code: int, valid: bool) -> None:
    assert to_e164(written, region) == Number(e164, country_code, written, possible=True, valid=valid)


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("447911123456", None),
        ("EXOTEL", None),
        ("EXOTEL", "IN"),
        ("", "GB"),
        ("  ", "GB"),
        ("12345", "US"),
        ("60777", "GB"),
        ("AD-123456", "IN"),
        ("VM-650001", "IN"),
        ("Acme Ltd", "GB"),
        ("GO-98765432", "GB"),
        ("+521 55 1234 5678", None),
        ("+", "GB"),
    ],
)
def test_what_is_no_possible_number_keeps_its_raw_form_only(written: str, region: str | None) -> None:
    assert to_e164(written, region) == Number(None, None, written, possible=False, valid=False)


def test_no_sender_at_all_is_a_record_too() -> None:
    assert to_e164(None, "GB") == Number(None, None, "", possible=False, valid=False)


def test_a_number_in_settings_and_one_in_a_callback_are_one() -> None:
    assert to_e164("+61 480 000 000", None).e164 == to_e164("+61480000000", None).e164


@given(st.text(max_size=25), st.sampled_from([None, "GB", "US", "IN"]))
def test_anything_can_be_read_and_reading_again_changes_nothing(written: str, region: str | None) -> None:
    number = to_e164(written, region)
    assert number.raw == written
    assert (number.e164 is not None) == number.possible == (number.country_code is not None)
    assert number.e164 is None or to_e164(number.e164, None).e164 == number.e164


@pytest.mark.parametrize("written", ["07911 123456", "+1 514 123 4567", "+447700900123", "+44 7911 123456 ext. 5"])
def test_the_ats_and_a_provider_get_the_same_number(written: str) -> None:
    phone, number = read_phone(written, "GB"), to_e164(written, "GB")
    assert phone is not None
    assert (phone.number, phone.unverified) == (number.e164, not number.valid)


# --- which of ours

UK, UK_2, US, CANADA, AUSTRALIA = "+447911123456", "+442079460000", "+12125550100", "+14165550100", "+61480000000"


def number(written: str) -> Number:
    return to_e164(written, None)


def test_a_number_of_the_same_dialling_code_writes() -> None:
    assert choose_sender(number("+447400123456"), [US, UK, AUSTRALIA], None) == UK


def test_a_thread_stays_with_its_number() -> None:
    assert choose_sender(number("+447400123456"), [UK, UK_2], UK_2) == UK_2
    assert choose_sender(number("+447400123456"), [UK, US], US) == US


def test_a_number_that_is_no_longer_ours_keeps_no_thread() -> None:
    assert choose_sender(number("+447400123456"), [UK], UK_2) == UK


def test_the_same_region_goes_before_the_order() -> None:
    assert choose_sender(number("+14165550123"), [US, CANADA], None) == CANADA
    assert choose_sender(number("+12125550123"), [CANADA, US], None) == US


def test_without_a_region_the_order_says() -> None:
    assert choose_sender(number("+15141234567"), [US, CANADA], None) == US
    assert choose_sender(number("+18765551234"), [CANADA, US], None) == CANADA


def test_a_mobile_that_the_book_puts_in_guernsey_is_written_from_the_uk() -> None:
    assert choose_sender(number("+447911123456"), [US, UK_2], None) == UK_2


def test_numbers_with_spaces_are_ours_all_the_same() -> None:
    assert choose_sender(number("+61491570156"), ["+61 480 000 000"], None) == AUSTRALIA
    assert choose_sender(number("+447400123456"), ["+44 20 7946 0000", UK], "+44 2079 460000") == UK_2


def test_no_number_for_the_country_is_refused() -> None:
    assert choose_sender(number("+33612345678"), [UK, US], None) == Refusal("no sending number for +33")
    assert choose_sender(number("+33612345678"), [], None) == Refusal("no sending number for +33")


def test_a_sender_that_is_a_name_writes_in_no_thread() -> None:
    assert choose_sender(number("+447400123456"), ["ACME", "60777"], "ACME") == Refusal("no sending number for +44")


@pytest.mark.parametrize("written", ["12345", "EXOTEL", ""])
def test_nothing_is_sent_to_what_is_no_number(written: str) -> None:
    assert choose_sender(number(written), [UK], UK) == Refusal("not a number that can be written to")


# --- which provider

ALL = ("twilio", "plivo", "exotel", "clicksend")


def test_without_routing_the_active_provider_sends() -> None:
    assert choose_provider(44, {}, "plivo", {}, 0.5, ALL) == Route("plivo")


@pytest.mark.parametrize(
    ("code", "provider"),
    [(91, "exotel"), (44, "twilio"), (33, "clicksend")],
)
def test_the_dialling_code_routes(code: int, provider: str) -> None:
    routing = {"+91": "exotel", "+44": ["twilio", "plivo"], "default": ("clicksend",)}
    assert choose_provider(code, routing, "plivo", {}, 0.5, ALL) == Route(provider)


def test_a_code_without_route_and_default_goes_to_the_active_one() -> None:
    assert choose_provider(33, {"+91": "exotel"}, "twilio", {}, 0.5, ALL) == Route("twilio")


def test_a_provider_that_fails_too_often_is_passed_over_and_it_is_said() -> None:
    route = choose_provider(44, {"default": ["twilio", "plivo"]}, None, {"twilio": (12, 20)}, 0.5, ALL)
    assert route == Route("plivo", ("twilio is passed over: 12 of its last 20 messages failed",))


def test_the_threshold_itself_is_not_passed() -> None:
    assert choose_provider(44, {"default": ["twilio", "plivo"]}, None, {"twilio": (10, 20)}, 0.5, ALL) == Route(
        "twilio"
    )


def test_a_few_messages_say_nothing() -> None:
    assert choose_provider(44, {"default": ["twilio", "plivo"]}, None, {"twilio": (4, 4)}, 0.5, ALL) == Route("twilio")
    late = choose_provider(44, {"default": ["twilio", "plivo"]}, None, {"twilio": (5, 5)}, 0.5, ALL)
    assert isinstance(late, Route)
    assert late.provider == "plivo"


def test_where_all_fail_the_least_bad_sends_and_it_is_said() -> None:
    recent = {"twilio": (18, 20), "plivo": (12, 20)}
    assert choose_provider(44, {"default": ["twilio", "plivo"]}, None, recent, 0.5, ALL) == Route(
        "plivo",
        (
            "twilio is passed over: 18 of its last 20 messages failed",
            "plivo sends although 12 of its last 20 messages failed: nothing better is enabled",
        ),
    )


def test_a_single_provider_that_fails_goes_on() -> None:
    note = "twilio sends although 20 of its last 20 messages failed: nothing better is enabled"
    assert choose_provider(44, {}, "twilio", {"twilio": (20, 20)}, 0.5, ["twilio"]) == Route("twilio", (note,))


def test_a_provider_that_is_not_enabled_is_passed_over() -> None:
    route = choose_provider(91, {"+91": ["exotel", "twilio"]}, None, {}, 0.5, ["twilio"])
    assert route == Route("twilio", ("exotel is passed over: it is not enabled",))


def test_a_route_of_providers_that_are_off_is_refused_and_not_bent() -> None:
    refusal = choose_provider(91, {"+91": ["exotel"], "default": "twilio"}, "twilio", {}, 0.5, ["twilio"])
    assert refusal == Refusal("no enabled provider for +91: exotel")


def test_without_any_provider_nothing_is_sent() -> None:
    assert choose_provider(44, {}, None, {}, 0.5, ALL) == Refusal("no SMS provider is active")


@given(
    st.lists(st.sampled_from(ALL), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(ALL), st.tuples(st.integers(0, 20), st.just(20))),
    st.floats(0, 1),
    st.sets(st.sampled_from(ALL), min_size=1),
)
def test_what_is_chosen_is_wanted_and_enabled(
    wanted: list[str], recent: dict[str, tuple[int, int]], threshold: float, enabled: set[str]
) -> None:
    route = choose_provider(44, {"+44": wanted}, None, recent, threshold, enabled)
    if isinstance(route, Refusal):
        assert not enabled & set(wanted)
    else:
        assert route.provider in enabled & set(wanted)
        assert route.notes or route.provider == wanted[0]
