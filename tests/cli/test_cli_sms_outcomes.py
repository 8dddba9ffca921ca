"""`sms failures`, `report`, `optouts`: what did not arrive, how it adds up, and who wants none."""

from __future__ import annotations

import csv
import io

from tests.cli.text_desk import ANA, BO, HELLO, TextDesk


def fate(texting: TextDesk, name: str, number: str = ANA) -> None:
    """Send a text to somebody whose phone has this fate, and let its end be read."""
    texting.world.handsets.add(number, fate=name)
    (message,) = [texting.text(number)["message"]]
    texting.vendor.deliver_all()
    assert message["state"] == "done"
    # asked about after an hour; here at once
    texting.silence_over()


def test_a_failure_has_the_vendor_s_code_our_class_and_what_to_do(texting: TextDesk) -> None:
    fate(texting, "landline")
    (failure,) = texting.json("sms", "failures")["failures"]
    assert (failure["code"], failure["class"], failure["theirs"]) == ("30006", "landline", "•••• 123")
    shown = texting.run("sms", "failures").stdout
    assert "1 failed: landline" in shown
    assert "30006" in shown
    assert "ask the candidate for a mobile number" in shown
    assert ANA not in shown


def test_a_refusal_for_want_of_registration_names_what_to_register(texting: TextDesk) -> None:
    fate(texting, "unregistered")
    shown = texting.run("sms", "failures").stdout
    assert "30034" in shown
    assert "A2P 10DLC brand" in shown


def test_a_refused_message_is_stuck_until_somebody_has_mended_it(texting: TextDesk) -> None:
    texting.world.texting["twilio"].not_mobile.add(ANA)  # type: ignore[attr-defined]
    texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    document = texting.json("sms", "failures")
    assert [(s["kind"], s["code"], s["state"]) for s in document["stuck"]] == [
        ("message", "message_refused", "quarantined")
    ]
    assert f"connector retry {document['stuck'][0]['id']}" in texting.run("sms", "failures").stdout


def test_nothing_has_failed(texting: TextDesk) -> None:
    texting.text(ANA)
    assert texting.run("sms", "failures").stdout == "nothing has failed\n"
    assert texting.json("sms", "failures") == {"version": 1, "failures": [], "stuck": [], "callbacks": []}


def test_a_report_counts_by_provider_country_event_and_status(texting: TextDesk) -> None:
    texting.text_map(templates=[{"name": "hi", "text": "Hi"}])
    texting.text(ANA)
    texting.run("sms", "send", BO, "--template", "hi", "--yes")
    texting.replies("Yes")
    counts = texting.json("sms", "report")["counts"]
    assert sorted((c["provider"], c["country"], c["direction"], c["event"], c["messages"]) for c in counts) == [
        ("twilio", "+44", "in", "unmatched", 1),
        ("twilio", "+44", "out", "hi", 1),
        ("twilio", "+44", "out", "manual", 1),
    ]
    assert "2 out (0 failed), 1 in" in texting.run("sms", "report").stdout


def test_a_report_is_of_the_days_that_were_asked_for(texting: TextDesk) -> None:
    texting.text(ANA)
    assert texting.json("sms", "report", "--to", "2026-01-01", "--from", "2025-12-01")["counts"] == []
    assert texting.run("sms", "report", "--from", "2026-02-01", "--to", "2026-01-01").returncode == 2


def test_a_report_as_csv_can_be_read_by_a_spreadsheet(texting: TextDesk) -> None:
    texting.text(ANA)
    rows = list(csv.DictReader(io.StringIO(texting.run("sms", "report", "--csv").stdout)))
    assert [(r["company"], r["country"], r["messages"], r["segments"]) for r in rows] == [
        ("harbourline", "+44", "1", "1")
    ]


def test_opt_outs_are_listed_with_why_and_by_whom(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    texting.replies("STOP")
    (out,) = texting.json("sms", "optouts")["optouts"]
    assert (out["number"], out["why"], out["provider"]) == ("•••• 123", "keyword", "twilio")
    assert "wrote STOP" in texting.run("sms", "optouts").stdout
    assert ANA in texting.run("sms", "optouts", "--full").stdout


def test_an_opt_out_is_set_by_hand_and_holds(texting: TextDesk) -> None:
    assert texting.json("sms", "optouts", "--add", "07700 900123")["changed"] is True
    assert texting.json("sms", "optouts", "--add", ANA)["changed"] is False
    assert texting.text(ANA)["preview"]["refused"] == "opted_out"


def test_lifting_one_says_what_it_means_and_asks(texting: TextDesk) -> None:
    texting.run("sms", "optouts", "--add", ANA)
    asked = texting.run("sms", "optouts", "--lift", ANA)
    assert asked.returncode == 2
    assert "forbidden in many countries" in asked.stderr
    assert len(texting.json("sms", "optouts")["optouts"]) == 1
    assert texting.run("sms", "optouts", "--lift", ANA, "--yes").returncode == 0
    assert texting.json("sms", "optouts")["optouts"] == []


def test_lifting_what_is_not_there_is_said(texting: TextDesk) -> None:
    assert texting.run("sms", "optouts", "--lift", ANA, "--yes").returncode == 1
    assert texting.run("sms", "optouts", "--lift", "nonsense", "--yes").returncode == 2
    assert texting.run("sms", "optouts", "--lift", ANA, "--add", BO).returncode == 2
