"""`status` says what is amiss with text messages, and what to do: the same that the webhook tells."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tests.cli.text_desk import ANA, HELLO, TextDesk


def faults(texting: TextDesk) -> list[dict[str, Any]]:
    (company,) = texting.json("status")["companies"]
    return list(company["texts"]["faults"])


def change(texting: TextDesk, statement: str) -> None:
    """Let something be so that takes days to come about."""
    with closing(sqlite3.connect(texting.folder / "connector.db")) as database:
        database.execute(statement)
        database.commit()


def test_at_peace_nothing_is_said(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    assert faults(texting) == []


def test_a_message_that_waits_for_a_decision_is_shown_until_it_is_made(texting: TextDesk) -> None:
    texting.text(texting.applicant())
    change(texting, "UPDATE action SET state = 'quarantined', reason = 'message_unknown' WHERE kind = 'message'")
    (fault,) = faults(texting)
    assert (fault["what"], fault["level"]) == ("text_quarantined", "notice")
    shown = texting.run("status")
    assert "harbourline: a text message waits for a decision (message_unknown); `connector failures" in shown.stdout
    assert [word for word in (ANA, HELLO) if word in shown.stdout + str(fault)] == []
    (row,) = texting.json("failures")["failures"]
    texting.run("drop", str(row["id"]))
    assert faults(texting) == []


def test_used_up_segments_are_a_fault_and_a_reply_that_waits_is_a_notice(texting: TextDesk) -> None:
    texting.text_map(segment_balance=1)
    texting.replies("Who is this?")
    change(texting, "UPDATE message SET created_at = '2026-01-01 00:00:00.000000'")
    found = faults(texting)
    assert [(fault["what"], fault["level"]) for fault in found] == [("text_balance", "fault"), ("text_held", "notice")]
    texting.run("sms", "inbox", "--mark-read")
    texting.text_map(segment_balance=9)
    assert faults(texting) == []


def test_switched_off_nobody_misses_segments(texting: TextDesk) -> None:
    texting.text_map(segment_balance=1)
    texting.replies("Who is this?")
    texting.text_map(segment_balance=1, enabled=False)
    assert faults(texting) == []
