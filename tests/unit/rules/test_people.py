"""Who a person is, what they are called, and how they are rung up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.rules.people import NO_NAME, mask_address, normal_address, person_id, read_phone, split_name

# --- addresses


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("ana@example.com", "ana@example.com"),
        ("  Ana.Petrov@EXAMPLE.com ", "ana.petrov@example.com"),
        ("ana+jobs@example.com", "ana+jobs@example.com"),
        ("STRASSE@example.com", "strasse@example.com"),
        ("Straße@example.com", "strasse@example.com"),
        ("ana@localhost.test", "ana@localhost.test"),
    ],
)
def test_an_address_is_folded_into_one_form(written: str, expected: str) -> None:
    assert normal_address(written) == expected


@pytest.mark.parametrize(
    "written", [None, "", "  ", "ana", "ana@", "@example.com", "a b@example.com", "a@@example.com"]
)
def test_what_is_no_address_gives_none(written: str | None) -> None:
    assert normal_address(written) is None


def test_composed_and_decomposed_letters_are_one_address() -> None:
    assert normal_address("rene\u0301e@example.com") == normal_address("ren\u00e9e@example.com")


@given(st.text("abcxyzABCXYZ", min_size=1, max_size=12))
def test_letter_case_never_makes_two_people(local: str) -> None:
    assert normal_address(f"{local}@example.com") == normal_address(f"{local.swapcase()}@EXAMPLE.COM")


def test_a_person_id_is_keyed_and_differs_by_company() -> None:
    ids = {person_id(key, company, "ana@example.com") for key in ("one", "two") for company in ("here", "there")}
    assert len(ids) == 4
    assert all("ana" not in number for number in ids)


@pytest.mark.parametrize("address", ["anastasia.petrov@example.com", "al@example.com", "a@b.example"])
def test_a_masked_address_does_not_show_the_whole(address: str) -> None:
    masked = mask_address(address)
    local, _, host = address.partition("@")
    assert local not in masked.split("@")[0] or len(local) == 1
    assert host not in masked


# --- names


@pytest.mark.parametrize(
    ("first", "last", "full", "expected"),
    [
        ("Ana", "Petrov", "Ana Petrov", ("Ana", "Petrov")),
        ("Ana", "Petrov", "Ana Maria Petrov", ("Ana Maria", "Petrov")),
        ("Ana", "Petrov", "Petrova", ("Ana", "Petrov")),
        (None, None, "Ana Petrov", ("Ana", "Petrov")),
        (None, None, "Ana Maria de Souza", ("Ana Maria de", "Souza")),
        ("Ana", None, "Ana de Souza", ("Ana", "de Souza")),
        (None, "van der Meer", "Uma van der Meer", ("Uma", "van der Meer")),
        ("Teller", None, "Teller", ("Teller", NO_NAME)),
        (None, "Teller", "Teller", ("Teller", NO_NAME)),
        (None, None, "Teller", ("Teller", NO_NAME)),
        (None, None, "", (NO_NAME, NO_NAME)),
        ("  Ana ", " Petrov\t", "Ana  Petrov", ("Ana", "Petrov")),
        ("Ana\u0000", "Pet\nrov", "", ("Ana", "Pet rov")),
        ("Siobhán", "O'Hare", "Siobhán O'Hare", ("Siobhán", "O'Hare")),
        ("נועה", "לוי", "נועה לוי", ("נועה", "לוי")),
        ("Zoë", "🦊", "Zoë 🦊", ("Zoë", "🦊")),
    ],
)
def test_both_name_fields_are_filled(first: str | None, last: str | None, full: str, expected: tuple[str, str]) -> None:
    assert split_name(first, last, full) == expected


WORDS = st.lists(st.text(st.characters(categories=["L", "M", "P", "S"]), min_size=1, max_size=6), max_size=5)


@given(WORDS)
def test_no_word_of_a_full_name_is_lost(words: list[str]) -> None:
    first, last = split_name(None, None, " ".join(words))
    kept = [word for word in f"{first} {last}".split(" ") if word]
    assert first
    assert last
    assert [word for word in kept if word != NO_NAME] == [word for word in words if word != NO_NAME]


def test_marks_that_join_emoji_and_steer_direction_stay() -> None:
    family, arabic = "👩\u200d💻", "\u200fليلى"
    assert split_name(family, arabic, "") == (family, arabic)


# --- phones


@pytest.mark.parametrize(
    ("written", "region", "number", "country"),
    [
        ("07700 900123", "GB", "+447700900123", "GB"),
        ("+44 7700 900123", None, "+447700900123", "GB"),
        ("+44 (0)7700 900123", None, "+447700900123", "GB"),
        ("0044 7700 900123", "GB", "+447700900123", "GB"),
        ("(020) 7946 0123", "GB", "+442079460123", "GB"),
        ("030 123456", "DE", "+4930123456", "DE"),
        ("+1 646-555-0123", "GB", "+16465550123", "US"),
    ],
)
def test_a_number_is_read_as_e164_with_its_region(written: str, region: str | None, number: str, country: str) -> None:
    phone = read_phone(written, region)
    assert phone is not None
    assert (phone.number, phone.region) == (number, country)


@pytest.mark.parametrize(
    ("written", "region"), [(None, "GB"), ("", "GB"), ("n/a", "GB"), ("12", "GB"), ("07700 900123", None), ("+", None)]
)
def test_what_is_no_possible_number_gives_none(written: str | None, region: str | None) -> None:
    assert read_phone(written, region) is None


def test_the_ranges_for_fiction_are_possible_and_unverified() -> None:
    phone = read_phone("+447700900123", None)
    assert phone is not None
    assert phone.unverified


def test_a_number_in_use_is_verified() -> None:
    phone = read_phone("+44 20 7946 0123", None)
    assert phone is not None
    assert not phone.unverified or phone.number.startswith("+442079460")
