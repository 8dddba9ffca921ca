"""`sms numbers`, `balance`, `templates`: what there is to send from, with, and what to send."""

from __future__ import annotations

import pytest

from tests.cli.text_desk import ANA, OURS, TextDesk


def number(texting: TextDesk, which: str) -> dict[str, object]:
    rows = texting.json("sms", "numbers")["numbers"]
    return dict(next(row for row in rows if row["number"] == which))


def test_numbers_are_listed_by_provider_with_their_country_and_use(texting: TextDesk) -> None:
    ours = number(texting, OURS)
    assert (ours["provider"], ours["country_code"], ours["region"]) == ("twilio", "+44", "GB")
    assert (ours["active"], ours["in_mapping"], ours["at_provider"], ours["can_text"]) == (True, True, True, True)
    assert number(texting, "+442079460300")["active"] is False
    shown = texting.run("sms", "numbers").stdout
    assert OURS in shown
    assert "sends" in shown


def test_a_number_that_only_one_side_knows_is_shown_as_that(texting: TextDesk) -> None:
    texting.vendor.add_number("+442079460555")
    texting.text_map(accounts={"twilio": {"numbers": [OURS, "+442079460666"]}})
    assert number(texting, "+442079460555")["in_mapping"] is False
    assert number(texting, "+442079460666")["at_provider"] is False
    assert "does not list it" in texting.run("sms", "numbers").stdout


def test_what_is_wrong_with_a_number_is_said(texting: TextDesk) -> None:
    texting.vendor.add_number(OURS, inbound_url="https://harbourline.pinpointhq.com/sms")
    assert "Pinpoint itself holds this number" in texting.run("sms", "numbers").stdout


def test_a_provider_that_is_out_of_reach_does_not_hide_the_others(texting: TextDesk) -> None:
    texting.world.take_down("twilio")
    ended = texting.run("sms", "numbers")
    assert ended.returncode == 69
    assert "+442079460300" in ended.stdout
    assert "twilio:" in ended.stderr


def test_the_balance_shows_its_last_lines_and_the_money(texting: TextDesk) -> None:
    texting.text_map(segment_balance=10)
    texting.text(ANA, text="x" * 161)
    (found,) = texting.json("sms", "balance")["balances"]
    assert (found["granted"], found["left"]) == (10, 8)
    assert [(line["what"], line["segments"], line["left"]) for line in found["lines"]] == [
        ("sent", -2, 8),
        ("granted", 10, 10),
    ]
    assert [a["provider"] for a in found["accounts"] if a["amount"]] == ["twilio", "clicksend"]
    assert "8 of 10 segments left" in texting.run("sms", "balance").stdout


def test_without_a_grant_nothing_is_limited(texting: TextDesk) -> None:
    (found,) = texting.json("sms", "balance")["balances"]
    assert (found["granted"], found["left"]) == (None, None)
    assert "not limited" in texting.run("sms", "balance").stdout


def test_at_zero_it_says_what_that_means(texting: TextDesk) -> None:
    texting.text_map(segment_balance=0)
    assert "nothing is sent" in texting.run("sms", "balance").stdout


def test_money_that_cannot_be_asked_for_is_named_and_the_rest_is_shown(texting: TextDesk) -> None:
    texting.world.take_down("clicksend")
    (found,) = texting.json("sms", "balance")["balances"]
    (broken,) = [a for a in found["accounts"] if a["error"]]
    assert broken["provider"] == "clicksend"
    ended = texting.run("sms", "balance")
    assert ended.returncode == 0
    assert "run the command again later" in ended.stderr


@pytest.mark.parametrize(
    ("text", "example", "segments"),
    [
        ("Hi {{application.candidate.first_name}}", "Hi Ana", 1),
        ("{{recruiter.name}} of {{company.name}}", "Sam of harbourline", 1),
        ("it’s " * 20, ("it’s " * 20).strip(), 2),
    ],
)
def test_a_template_is_shown_as_somebody_would_read_it(
    text: str, example: str, segments: int, texting: TextDesk
) -> None:
    texting.text_map(templates=[{"name": "hi", "text": text}])
    (found,) = texting.json("sms", "templates")["templates"]
    assert (str(found["example"]).strip(), found["segments"], found["problem"]) == (example, segments, None)


def test_a_dear_template_is_pointed_out(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "hi", "text": "it’s on", "on": "application_sent", "after": "10m"}])
    shown = texting.run("sms", "templates").stdout
    assert "on application_sent, after 10 min" in shown
    assert "smart_encoding" in shown
    texting.text_map(templates=[{"name": "hi", "text": "it’s on"}], smart_encoding=True)
    (found,) = texting.json("sms", "templates")["templates"]
    assert (found["example"], found["encoding"], found["hint"]) == ("it's on", "GSM-7", None)


def test_a_template_that_nobody_has_a_value_for_is_a_problem(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "link", "text": "{{application.magic_link}}"}])
    (found,) = texting.json("sms", "templates")["templates"]
    assert "default('…')" in found["problem"]


def test_no_templates_is_said(texting: TextDesk) -> None:
    assert "no templates" in texting.run("sms", "templates").stdout
