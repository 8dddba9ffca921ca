"""`sms send` and `sms test`: the preview, the question, the message, and every clear refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli.text_desk import ANA, BO, HELLO, OURS, TextDesk


def sent(texting: TextDesk) -> list[tuple[str, str, str]]:
    return [(m.sender, m.to, m.text) for m in texting.vendor.sent_messages]


def test_a_number_is_texted(texting: TextDesk) -> None:
    document = texting.text(ANA)
    assert sent(texting) == [(OURS, ANA, HELLO)]
    assert document["preview"]["from"] == OURS
    assert (document["preview"]["encoding"], document["preview"]["segments"]) == ("GSM-7", 1)
    assert (document["message"]["state"], document["message"]["reason"]) == ("done", "handed_over")


@pytest.mark.parametrize("name", ["address", "start", "conversation", "application"])
def test_a_person_is_texted_by_any_of_their_names(name: str, texting: TextDesk) -> None:
    start = texting.applicant(emails=["ana@example.com"])
    names = {"address": "Ana@example.com", "start": start, "conversation": texting.conversation(start)}
    names["application"] = texting.application(start)
    document = texting.text(names[name])
    assert document["message"]["start"] == start
    assert sent(texting) == [(OURS, ANA, HELLO)]


def test_a_template_is_filled_in_with_the_person(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "hi", "text": "Hi {{application.candidate.first_name}}, {{recruiter.name}}"}])
    start = texting.applicant(first_name="Ana", last_name="Petrov", full_name="Ana Petrov")
    document = texting.json("sms", "send", start, "--template", "hi", "--as", "Sam", "--yes")
    assert document["message"]["text"] == "Hi Ana, Sam"
    assert (document["message"]["template"], document["message"]["by"]) == ("hi", "Sam")


def test_nothing_leaves_without_an_answer(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", ANA, "--text", HELLO)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "nothing was sent; --yes sends without a question" in ended.stderr
    assert sent(texting) == []


def test_a_dry_run_shows_what_it_would_be_and_sends_nothing(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", ANA, "--text", "it’s on", "--dry-run")
    assert ended.returncode == 0
    assert f"to •••• 123 from {OURS} by twilio" in ended.stdout
    assert "UCS-2, 1 segment" in ended.stdout
    assert "’ (U+2019)" in ended.stdout
    assert "smart_encoding" in ended.stdout
    assert sent(texting) == []
    assert texting.json("sms", "thread", ANA)["threads"] == []


def test_the_balance_after_it_is_shown(texting: TextDesk) -> None:
    texting.text_map(segment_balance=3)
    assert texting.json("sms", "send", ANA, "--text", "x" * 161, "--dry-run")["preview"]["left_after"] == 1


def test_a_number_is_shown_in_full_only_if_asked_for(texting: TextDesk) -> None:
    masked = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ANA not in masked.stdout + masked.stderr
    assert texting.text(ANA, "--full")["preview"]["to"] == ANA


def test_the_same_key_again_sends_nothing_again(texting: TextDesk) -> None:
    first = texting.text(ANA, "--key", "monday-1")
    again = texting.text(ANA, "--key", "monday-1")
    assert first["message"]["id"] == again["message"]["id"]
    assert len(sent(texting)) == 1


def test_without_a_key_twice_is_two_messages(texting: TextDesk) -> None:
    texting.text(ANA)
    texting.text(ANA)
    assert len(sent(texting)) == 2


def test_it_leaves_later_if_asked_to(texting: TextDesk) -> None:
    moment = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    document = texting.text(ANA, "--at", moment.isoformat())
    assert document["preview"]["leaves_at"] == moment.isoformat().replace("+00:00", "Z")
    assert (document["message"]["state"], sent(texting)) == ("planned", [])


def test_it_waits_for_the_person_s_hours(texting: TextDesk) -> None:
    hour = datetime.now(UTC).hour
    closed = {"from": f"{(hour + 2) % 24:02}:00", "to": f"{(hour + 3) % 24:02}:00", "zone": "UTC"}
    texting.text_map(quiet_hours=closed)
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ended.returncode == 0, ended.stderr
    assert "leaves at" in ended.stderr
    assert "waiting" in ended.stdout
    assert sent(texting) == []


def test_the_number_to_send_from_can_be_named(texting: TextDesk) -> None:
    second = "+442079460124"
    texting.vendor.add_number(second)
    texting.text_map(accounts={"twilio": {"numbers": [OURS, second]}})
    texting.text(ANA, "--from", "+44 20 7946 0124")
    assert sent(texting) == [(second, ANA, HELLO)]


def test_a_number_that_is_not_ours_is_refused(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--from", BO, "--yes")
    assert ended.returncode == 2
    assert "none of your numbers" in ended.stderr


def test_who_has_opted_out_is_not_texted(texting: TextDesk) -> None:
    texting.run("sms", "optouts", "--add", ANA)
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ended.returncode == 1
    assert "opted_out" in ended.stdout + ended.stderr
    assert sent(texting) == []


@pytest.mark.parametrize(
    ("sms", "who", "reason"),
    [
        ({"enabled": False}, ANA, "sms_off"),
        ({"segment_balance": 0}, ANA, "no_balance"),
        ({}, "+33639980123", "no_sending_number"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_reason(
    sms: dict[str, Any], who: str, reason: str, texting: TextDesk
) -> None:
    texting.text_map(**sms)
    ended = texting.run("sms", "send", who, "--text", HELLO, "--yes")
    assert ended.returncode == 1
    assert f"({reason}" in ended.stdout + ended.stderr
    assert texting.text(who)["preview"]["refused"] == reason
    assert sent(texting) == []


def test_a_template_without_a_value_is_refused_and_the_name_is_named(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "link", "text": "See {{application.magic_link}}"}])
    ended = texting.run("sms", "send", texting.applicant(), "--template", "link", "--yes")
    assert ended.returncode == 1
    assert "application.magic_link" in ended.stderr
    assert "value_missing" in ended.stderr
    assert sent(texting) == []


def test_a_template_that_is_not_there_is_refused_with_those_that_are(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "hi", "text": "Hi"}])
    ended = texting.run("sms", "send", ANA, "--template", "hello", "--yes")
    assert ended.returncode == 1
    assert "hi" in ended.stderr


def test_nobody_of_that_name_is_said_to_be_nobody(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", "cv_nowhere", "--text", HELLO, "--yes")
    assert ended.returncode == 1
    assert "cv_nowhere" in ended.stderr


@pytest.mark.parametrize("arguments", [(), ("--text", "x", "--template", "y")])
def test_text_or_template_but_not_both(arguments: tuple[str, ...], texting: TextDesk) -> None:
    assert texting.run("sms", "send", ANA, *arguments).returncode == 2


def test_a_company_without_text_messages_says_what_to_add(texting: TextDesk) -> None:
    texting.map()
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ended.returncode == 78
    assert "`sms` section" in ended.stderr


def test_an_answer_that_is_lost_is_said_to_be_unknown_and_is_not_sent_again(texting: TextDesk) -> None:
    texting.world.faults.add("error_after", platform="twilio", method="POST", path="/Messages")
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ended.returncode == 75
    assert "unknown" in ended.stdout
    texting.run("sync")
    assert len(sent(texting)) == 1


def test_a_refusal_of_the_vendor_is_shown_with_its_code(texting: TextDesk) -> None:
    texting.world.texting["twilio"].not_mobile.add(ANA)  # type: ignore[attr-defined]
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    assert ended.returncode == 1
    assert "21614" in ended.stdout


def test_a_refused_key_exits_77(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", ANA, "--text", HELLO, "--yes", TWILIO_AUTH_TOKEN="f" * 32)
    assert ended.returncode == 77
    assert "f" * 32 not in ended.stdout + ended.stderr


def test_a_test_goes_to_the_internal_number_at_any_hour(texting: TextDesk) -> None:
    hour = datetime.now(UTC).hour
    closed = {"from": f"{(hour + 2) % 24:02}:00", "to": f"{(hour + 3) % 24:02}:00", "zone": "UTC"}
    texting.text_map(test_number=BO, quiet_hours=closed)
    ended = texting.run("sms", "test")
    assert ended.returncode == 0, ended.stderr
    assert [to for _, to, _ in sent(texting)] == [BO]


def test_a_test_needs_a_number(texting: TextDesk) -> None:
    ended = texting.run("sms", "test")
    assert ended.returncode == 1
    assert "test_number" in ended.stderr
    assert "give a number in full" in ended.stderr


def test_a_template_that_is_not_there_says_where_the_others_are(texting: TextDesk) -> None:
    ended = texting.run("sms", "send", ANA, "--template", "nosuch", "--dry-run")
    assert ended.returncode == 1
    assert "`connector sms templates`" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("send", ANA, "--text", HELLO, "--at", "x"),
        ("inbox", "--until", "x"),
        ("report", "--from", "x"),
        ("report", "--to", "x"),
    ],
)
def test_a_bad_moment_names_its_own_option(arguments: tuple[str, ...], texting: TextDesk) -> None:
    ended = texting.run("sms", *arguments)
    assert ended.returncode == 2
    assert f"for {arguments[-2]}:" in " ".join(ended.stderr.split())


def test_a_test_to_another_number_is_asked_about(texting: TextDesk) -> None:
    assert texting.run("sms", "test", BO).returncode == 2
    assert sent(texting) == []
    assert texting.run("sms", "test", BO, "--yes").returncode == 0
    assert [to for _, to, _ in sent(texting)] == [BO]
