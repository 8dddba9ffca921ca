"""What the other commands know of text messages: status, explain, history, failures, retry, drop, export, forget."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.cli.text_desk import ANA, BO, HELLO, TextDesk

ADDRESS = "ana@example.com"


def held(texting: TextDesk, column: str, table: str = "message") -> list[str]:
    with closing(sqlite3.connect(texting.folder / "connector.db")) as database:
        return [str(row[0]) for row in database.execute(f"SELECT {column} FROM {table}")]


def test_status_says_where_messages_stand(texting: TextDesk) -> None:
    texting.text_map(segment_balance=10)
    texting.text(ANA)
    texting.text(ANA, "--at", "2099-01-01")
    texting.replies("who is this", BO)
    (company,) = texting.json("status")["companies"]
    texts = company["texts"]
    assert (texts["enabled"], texts["providers"], texts["unread"], texts["unmatched"]) == (True, ["twilio"], 1, 1)
    assert (texts["queued"], texts["left"], texts["quarantined"]) == (1, 8, 0)
    assert "text messages: on, through twilio, 1 unread, 1 to be assigned" in texting.run("status").stdout


def test_status_shows_a_provider_that_is_left_alone(texting: TextDesk) -> None:
    texting.run("sms", "send", ANA, "--text", HELLO, "--yes", TWILIO_AUTH_TOKEN="f" * 32)
    (company,) = texting.json("status")["companies"]
    assert [(p["platform"], p["reason"]) for p in company["pauses"]] == [("twilio", "key_refused")]


def test_status_of_a_company_without_messages_has_none(texting: TextDesk) -> None:
    texting.map()
    assert texting.json("status")["companies"][0]["texts"] is None


def test_explain_shows_the_messages_and_copies_of_a_person(texting: TextDesk) -> None:
    start = texting.applicant(emails=[ADDRESS])
    texting.text(start)
    texting.replies("Yes")
    kinds = {match["kind"] for match in texting.json("explain", ADDRESS)["matches"]}
    assert kinds >= {"application", "message", "comment", "reply"}
    assert f"message 1 about {start}: done" in texting.run("explain", ADDRESS).stdout
    by_number = texting.json("explain", ANA)["matches"]
    assert {match["kind"] for match in by_number} >= {"application", "message", "comment", "reply"}


def test_history_has_their_steps_and_can_be_narrowed_to_them(texting: TextDesk) -> None:
    texting.text(ANA)
    lines = texting.json("history", "--kind", "message")["history"]
    assert {line["message"] for line in lines} == {1}
    assert lines[0]["state"] == "done"
    assert "message 1" in texting.run("history").stdout


def test_failures_and_retry_and_drop_know_a_refused_message(texting: TextDesk) -> None:
    twilio = texting.world.texting["twilio"]
    twilio.not_mobile.add(ANA)  # type: ignore[attr-defined]
    texting.text(ANA)
    texting.text(ANA)
    first, second = sorted(f["id"] for f in texting.json("failures")["failures"])
    assert "message_refused" in texting.run("failures").stdout
    assert texting.json("drop", str(first))["ids"] == [first]
    twilio.not_mobile.clear()  # type: ignore[attr-defined]
    assert texting.json("retry", str(second))["ids"] == [second]
    texting.run("sync")
    assert len(texting.vendor.sent_messages) == 1


def test_a_message_of_unknown_outcome_is_sent_again_only_if_it_is_named(texting: TextDesk) -> None:
    texting.world.faults.add("error_before", platform="twilio", method="POST", path="/Messages")
    texting.run("sms", "send", ANA, "--text", HELLO, "--yes")
    with closing(sqlite3.connect(texting.folder / "connector.db")) as database:
        state = "state = 'quarantined', reason = 'message_unknown', due_at = NULL"
        database.execute(f"UPDATE action SET {state} WHERE kind = 'message'")
        database.commit()
    assert texting.json("retry")["ids"] == []
    (stuck,) = texting.json("failures")["failures"]
    assert texting.json("retry", str(stuck["id"]))["ids"] == [stuck["id"]]
    texting.run("sync")
    assert len(texting.vendor.sent_messages) == 1


def test_everything_written_to_and_fro_is_exported(texting: TextDesk) -> None:
    start = texting.applicant(emails=[ADDRESS])
    texting.text(start)
    texting.replies("STOP")
    (holding,) = texting.json("export", ADDRESS)["holdings"]
    assert [(m["direction"], m["text"], m["theirs"]) for m in holding["messages"]] == [
        ("out", HELLO, ANA),
        ("in", "STOP", ANA),
    ]
    assert holding["opted_out"] == [ANA]
    shown = texting.run("export", ADDRESS).stdout
    assert HELLO in shown
    assert f"{ANA} has opted out of texts" in shown


def test_a_number_that_nobody_knows_can_be_exported_and_forgotten(texting: TextDesk) -> None:
    texting.replies("who is this", BO)
    (holding,) = texting.json("export", BO)["holdings"]
    assert [m["text"] for m in holding["messages"]] == ["who is this"]
    assert texting.json("forget", BO, "--plan")["companies"][0]["erased"] == 1
    ended = texting.run("forget", BO)
    assert "1 message of •••• 456 erased" in ended.stdout
    assert "who is this" not in held(texting, "text")
    assert BO not in held(texting, "theirs")
    texting.run("sync")
    assert texting.inbox() == []


def test_a_forgotten_person_s_messages_are_gone(texting: TextDesk) -> None:
    start = texting.applicant(emails=[ADDRESS])
    texting.text(start)
    texting.replies("Yes")
    assert texting.run("forget", ADDRESS).returncode == 0
    assert [text for text in held(texting, "text") if text] == []
    assert ANA not in held(texting, "theirs")
    texting.run("sync")
    assert texting.json("sms", "thread", ANA)["threads"] == []


@pytest.mark.parametrize("number", ["07700900123", "+44 7700 900123", "+12"])
def test_a_number_to_forget_is_typed_in_full(number: str, texting: TextDesk) -> None:
    assert texting.run("forget", number).returncode == 2


def test_no_number_and_no_text_is_in_a_log(texting: TextDesk) -> None:
    start = texting.applicant()
    texting.world.faults.add("html_ok", platform="twilio", method="POST", path="/Messages")
    ended = texting.run("sms", "send", start, "--text", HELLO, "--yes", "--log-level", "debug")
    texting.vendor.receive(ANA, "+442079460123", "a secret of mine", callback=False)
    synced = texting.run("sync", "--log-level", "debug")
    shown = ended.stderr + synced.stdout + synced.stderr
    assert [word for word in (ANA, ANA[1:], "a secret of mine") if word in shown] == []


def test_retention_takes_old_messages(texting: TextDesk) -> None:
    texting.text(ANA)
    with closing(sqlite3.connect(texting.folder / "connector.db")) as database:
        database.execute("UPDATE message SET at = '2020-01-01 00:00:00', created_at = '2020-01-01 00:00:00'")
        database.commit()
    stores_purge(texting)
    assert held(texting, "id") == []


def stores_purge(texting: TextDesk) -> None:
    """Do what the daemon does nightly."""
    import contextlib
    import os
    from unittest import mock

    from connector.cli.opening import at_work
    from connector.cli.options import Options
    from connector.flows.privacy import sync_retention

    with (
        mock.patch.dict(os.environ, texting.environ, clear=True),
        contextlib.chdir(texting.folder),
        at_work(Options()) as work,
    ):
        for company in work.companies:
            sync_retention(company)
