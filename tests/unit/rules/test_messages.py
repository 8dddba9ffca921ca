"""May a text leave now, from which number, through whom, and what does it cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.model import Candidate
from connector.domain.sms import SmsSettings
from connector.domain.texts import Capabilities
from connector.rules.messages import (
    Ready,
    Refused,
    Standing,
    Wait,
    callback_address,
    judge,
    read_number,
    values_of,
)
from connector.rules.phones import to_e164

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
UK, US, INDIA, THEIRS = "+442079460123", "+16465550123", "+912248797979", "+447700900123"
CAN = Capabilities(True, False, False, True, False, True, True, True, False, False, 1600)

SETTINGS = SmsSettings(
    enabled=True,
    provider="twilio",
    routing={},
    numbers={"twilio": (US, UK), "exotel": (INDIA,), "plivo": ("+442079460200",)},
)
STANDING = Standing(NOON, {"twilio": CAN, "exotel": CAN, "plivo": CAN})


def verdict(
    to: str = THEIRS, text: str = "Hi Ana", standing: Standing = STANDING, test: bool = False, **changes: Any
) -> Ready | Wait | Refused:
    return judge(to_e164(to, "GB"), text, replace(SETTINGS, **changes), standing, test=test)


def ready(*args: Any, **kwargs: Any) -> Ready:
    found = verdict(*args, **kwargs)
    assert isinstance(found, Ready), found
    return found


def refused(*args: Any, **kwargs: Any) -> str:
    found = verdict(*args, **kwargs)
    assert isinstance(found, Refused), found
    return found.reason


def test_a_number_of_ours_with_the_same_dialling_code_writes() -> None:
    assert (ready().ours, ready("+1 646 555 0100").ours) == (UK, US)


def test_the_number_of_the_thread_goes_first() -> None:
    assert ready(standing=replace(STANDING, last_used=US)).ours == US


def test_without_a_number_for_the_country_it_is_refused_clearly() -> None:
    found = verdict("+61 480 000 000")
    assert found == Refused("no_sending_number", "no sending number for +61")


def test_routing_goes_before_the_active_provider() -> None:
    routing = {"+91": ("exotel",), "default": ("twilio",)}
    assert ready("+91 98765 43210", routing=routing, provider=None).provider == "exotel"
    assert ready(routing=routing, provider=None).provider == "twilio"


def test_a_provider_that_fails_too_often_is_passed_over_and_said_so() -> None:
    failing = replace(STANDING, recent={"twilio": (9, 10)})
    found = ready(standing=failing, routing={"+44": ("twilio", "plivo")})
    assert found.provider == "plivo"
    assert found.notes == ("twilio is passed over: 9 of its last 10 messages failed",)


def test_a_provider_without_a_number_for_the_country_is_passed_over() -> None:
    found = ready(routing={"+44": ("exotel", "twilio")})
    assert (found.provider, found.notes) == ("twilio", ("exotel is passed over: no sending number for +44",))


def test_without_any_provider_it_is_refused() -> None:
    assert refused(provider=None) == "no_provider"
    assert refused(provider="clicksend") == "no_provider"


@pytest.mark.parametrize("number", ["", "12345", "HARBOUR", "+44 1"])
def test_what_is_no_number_is_refused_before_a_provider_is_asked(number: str) -> None:
    assert refused(number) == "number_not_possible"


def test_possible_but_not_valid_is_sent() -> None:
    assert not to_e164(THEIRS, None).valid
    assert ready().theirs == THEIRS


@pytest.mark.parametrize("left", [0, -1])
def test_at_zero_or_below_nothing_leaves(left: int) -> None:
    assert refused(standing=replace(STANDING, left=left)) == "no_balance"


def test_three_parts_with_two_left_are_let_through() -> None:
    assert ready(text="a" * 400, standing=replace(STANDING, left=2)).cost.segments == 3


def test_who_has_opted_out_gets_nothing() -> None:
    assert refused(standing=replace(STANDING, opted_out=True)) == "opted_out"


def test_switched_off_nothing_leaves() -> None:
    assert refused(enabled=False) == "sms_off"


def test_texts_that_no_provider_takes_are_refused_here() -> None:
    assert (refused(text="  "), refused(text="a" * 1601)) == ("text_empty", "text_too_long")


def test_curly_quotes_are_pointed_out_and_replaced_if_wanted() -> None:
    plain = ready(text="it’s " + "a" * 100)
    assert (plain.cost.encoding, plain.cost.segments, plain.cost.forcing) == ("UCS-2", 2, ("’",))
    smart = ready(text="it’s " + "a" * 100, smart_encoding=True)
    assert (smart.cost.encoding, smart.cost.segments, smart.text[:4]) == ("GSM-7", 1, "it's")


def test_outside_the_hours_it_waits_for_them() -> None:
    night = replace(STANDING, now=NOON.replace(hour=3))
    found = verdict(standing=night, quiet_hours=("08:00", "21:00"), zone="Europe/London")
    assert found == Wait(NOON.replace(hour=8), "quiet_hours")
    assert isinstance(verdict(quiet_hours=("08:00", "21:00"), zone="Europe/London"), Ready)


def test_a_test_to_a_number_of_ones_own_knows_no_hours() -> None:
    night = replace(STANDING, now=NOON.replace(hour=3))
    hours: dict[str, Any] = {"quiet_hours": ("08:00", "21:00"), "zone": "Europe/London"}
    assert isinstance(verdict(standing=night, test=True, **hours), Ready)


def test_without_an_hour_that_all_zones_share_a_human_must_set_one() -> None:
    narrow = {"quiet_hours": ("08:00", "08:01")}
    assert refused("+61 491 570 006", numbers={"twilio": ("+61480000000",)}, **narrow) == "no_common_hour"


def test_the_callbacks_address_carries_our_intent() -> None:
    settings = replace(SETTINGS, public_url="https://hooks.example.com", callback_secrets={"exotel": "s3cret"})
    assert (
        callback_address(settings, "harbourline", "twilio", "ab12"),
        callback_address(settings, "harbourline", "exotel", "ab12"),
        callback_address(SETTINGS, "harbourline", "twilio", "ab12"),
    ) == (
        "https://hooks.example.com/callbacks/harbourline/twilio/status?i=ab12",
        "https://hooks.example.com/callbacks/harbourline/exotel/status/s3cret?i=ab12",
        None,
    )


@pytest.mark.parametrize(
    ("written", "own", "read"),
    [
        ("09876543210", ("+912248797979",), "+919876543210"),
        ("+61 480 000 000", ("+61480000000",), "+61480000000"),
        ("07911 123456", (), "+447911123456"),
        ("12345", (), None),
        ("EXOTEL", ("+912248797979",), None),
    ],
)
def test_a_number_is_read_in_the_region_of_our_own(written: str, own: tuple[str, ...], read: str | None) -> None:
    assert read_number(written, own, "GB") == read


def test_a_name_that_nobody_gave_is_no_value(candidate: Candidate) -> None:
    nameless = replace(candidate, first_name=None, last_name=None, full_name="Ana")
    values = values_of(nameless, position_title="Engineer")
    assert values["application.candidate.first_name"] == "Ana"
    assert values["application.candidate.last_name"] is None
    assert values["application.candidate.full_name"] == "Ana"
    assert values["application.position.title"] == "Engineer"
