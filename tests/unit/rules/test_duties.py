"""What must be registered before texts may leave from a country's number."""

from __future__ import annotations

import pytest

from connector.rules.duties import DUTIES, duties_of, missing_registration


@pytest.mark.parametrize(
    ("code", "region", "words"),
    [
        (1, "US", ["A2P 10DLC", "EIN", "campaign"]),
        (44, "GB", ["Companies House"]),
        (61, "AU", ["ABN", "ASIC"]),
        (91, "IN", ["DLT", "template"]),
        (1, "CA", ["CASL", "opt out"]),
    ],
)
def test_a_country_has_its_duties(code: int, region: str, words: list[str]) -> None:
    found = duties_of(code, region)
    assert {duty.region for duty in found} == {region}
    said = " ".join(f"{duty.name} {duty.do} {' '.join(duty.papers)}" for duty in found)
    assert all(word in said for word in words)


def test_a_dialling_code_without_region_has_the_duties_of_all_its_countries() -> None:
    assert {duty.region for duty in duties_of(1)} == {"US", "CA"}


def test_a_region_that_we_do_not_know_has_those_of_its_code() -> None:
    # a mobile that the book puts in Guernsey
    assert duties_of(44, "GG") == duties_of(44)


def test_of_other_countries_nothing_is_claimed() -> None:
    assert duties_of(33) == ()
    assert missing_registration(33) == "register numbers of +33 in the provider's console"


def test_a_refusal_names_each_registration_and_its_papers() -> None:
    said = missing_registration(1, "US")
    assert all(word in said for word in ("A2P 10DLC brand", "A2P 10DLC campaign", "EIN"))


def test_a_refusal_names_what_carriers_refuse_for_and_nothing_else() -> None:
    assert "A2P 10DLC" in missing_registration(1)
    assert "CASL" not in missing_registration(1)


def test_every_duty_says_what_to_do() -> None:
    assert all(duty.name and duty.do for duty in DUTIES)
