"""A person's texts: exported whole, erased whole but for their STOP, and kept no longer than needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from connector.domain.actions import Kind
from connector.domain.texts import Callback
from connector.flows.privacy import export, forget, sync_retention
from connector.flows.writing import NotSendable
from tests.flows.text_scene import ANA, BO, OURS, OURS_US, TextScene

ADDRESS = "ana.petrov@example.com"
ON_SENT = {"name": "hello", "text": "Hi {{application.candidate.first_name}}", "on": "application_sent", "after": "1h"}
TABLES = ("action", "event", "message", "callback", "suppression", "segment_line", "forgotten", "reply_cursor")


def everything_stored(texts: TextScene, *tables: str) -> str:
    with texts.stores.database.read() as connection:
        found = {table: connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables or TABLES}
    return "\n".join(str(row) for rows in found.values() for row in rows)


def calls(texts: TextScene) -> int:
    with texts.stores.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM callback")).scalar_one())


def a_call(texts: TextScene, body: bytes) -> None:
    """Store a call that nobody has worked on."""
    provider = next(iter(texts.world.texting))
    url = texts.address(provider, "inbound")
    texts.stores.texts.keep_callback(
        Callback("harbourline", provider, "inbound", "POST", url, {}, body), texts.clock.now()
    )


def test_forgetting_leaves_nothing_of_a_persons_texts(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]})
    texts.applied(emails=[ADDRESS], first_name="Anastasia")
    texts.text(ANA, "Dear Anastasia, are you free?")
    texts.text(ANA, "Dear Anastasia, once more", at=texts.later(hours=2))
    texts.reply("Anastasia here, Tuesday works")
    texts.replies()
    a_call(texts, b"From=%2B447700900123&Body=Anastasia+again")
    assert len(texts.actions(Kind.MESSAGE)) == 3
    assert everything_stored(texts).count("Anastasia") > 3
    forget(texts.company, ADDRESS)
    kept = everything_stored(texts)
    assert [word for word in ("Anastasia", ANA.lstrip("+"), "7700900123") if word in kept] == []
    texts.pass_time(2 * 86_400)
    texts.both()
    assert texts.actions(Kind.MESSAGE) == []
    assert len(texts.vendor.sent_messages) == 1
    # the vendor lists the reply for ever; it does not come back in
    assert "Anastasia" not in everything_stored(texts)


def test_a_stop_outlives_the_person_as_a_number_alone(texts: TextScene) -> None:
    texts.applied(emails=[ADDRESS])
    texts.reply("STOP")
    texts.replies()
    forget(texts.company, ADDRESS, completely=True)
    kept = [table for table in TABLES if ANA.lstrip("+") in everything_stored(texts, table)]
    assert kept == ["suppression"]
    with pytest.raises(NotSendable, match="opted_out"):
        texts.text(ANA)


def test_a_call_with_the_number_in_the_national_way_is_blanked_too(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("exotel")
    application = texts.applied(emails=[ADDRESS])
    texts.text(application)
    a_call(texts, b"SmsSid=ex-1&From=07700900123&Body=Anastasia")
    a_call(texts, b"SmsSid=ex-2&From=07700900456&Body=Boris")
    forget(texts.company, ADDRESS)
    kept = everything_stored(texts, "callback")
    assert ("Anastasia" in kept, "Boris" in kept) == (False, True)


def test_export_holds_what_was_written_to_and_fro_and_of_nobody_else(texts: TextScene) -> None:
    application = texts.applied(emails=[ADDRESS])
    texts.text(application, "Are you free?")
    texts.reply("Tuesday works")
    texts.applied(BO, emails=["bo@example.com"])
    texts.reply("Not my text", BO)
    texts.reply("STOP", at=texts.later(seconds=1))
    texts.replies()
    held = export(texts.company, ADDRESS)
    assert held is not None
    assert [m.text for m in held.messages] == ["Are you free?", "Tuesday works", "STOP"]
    assert held.opted_out == (ANA,)
    by_number = export(texts.company, ANA)
    assert by_number is not None
    assert by_number.messages == held.messages


def test_export_holds_replies_that_nobody_could_say_whose_they_are(texts: TextScene) -> None:
    texts.applied(emails=[ADDRESS])
    texts.applied(emails=["ben@example.com"])
    texts.reply("Which of us?")
    texts.replies()
    assert texts.how() == ["two_people"]
    held = export(texts.company, ADDRESS)
    assert held is not None
    assert [m.text for m in held.messages] == ["Which of us?"]


def test_calls_as_they_came_go_after_a_week_and_their_messages_stay(texts: TextScene) -> None:
    texts.applied()
    texts.reply("Tuesday works")
    texts.replies()
    assert calls(texts) == 1
    texts.clock.advance(timedelta(days=6).total_seconds())
    sync_retention(texts.company)
    assert calls(texts) == 1
    texts.clock.advance(timedelta(days=2).total_seconds())
    # one that nobody has worked on may hold a reply, and stays
    a_call(texts, b"From=%2B447700900456&Body=unread")
    texts.clock.advance(timedelta(days=8).total_seconds())
    sync_retention(texts.company)
    assert (calls(texts), "unread" in everything_stored(texts, "callback")) == (1, True)
    assert len(texts.inbox()) == 1


def test_what_could_not_be_read_goes_after_a_week_too(texts: TextScene) -> None:
    a_call(texts, b"\xff")
    texts.replies()
    assert len(texts.stores.texts.bad_callbacks("harbourline")) == 1
    texts.clock.advance(timedelta(days=8).total_seconds())
    sync_retention(texts.company)
    assert calls(texts) == 0


def test_messages_go_with_the_applications_and_the_balance_stays(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"segment_balance": 10})
    texts.applied()
    texts.text(ANA, "Are you free?")
    texts.reply("Tuesday works")
    texts.both()
    left = texts.balance()
    texts.clock.advance(timedelta(days=401).total_seconds())
    sync_retention(texts.company)
    kept = everything_stored(texts)
    assert [word for word in ("Are you free", "Tuesday", ANA.lstrip("+")) if word in kept] == []
    assert (texts.balance(), left) == (8, 8)
    assert sync_retention(texts.company) == 0


@pytest.mark.parametrize("kept_for", ["31d", "400d"])
def test_a_purged_reply_that_the_vendor_still_lists_does_not_come_in_again(
    make_text_scene: Callable[..., TextScene], kept_for: str
) -> None:
    """Nobody has written to the number since: a poll goes back behind its cursor, which is the last reply's time."""
    texts = make_text_scene(retention={"settled": kept_for})
    application = texts.applied()
    texts.reply("Tuesday works", callback=False)
    texts.replies()
    assert texts.how() == ["newest_application"]
    texts.clock.advance(timedelta(days=int(kept_for[:-1]) + 1).total_seconds())
    for _ in range(2):
        sync_retention(texts.company)
        texts.replies()
        texts.clock.advance(timedelta(days=int(kept_for[:-1]) + 1).total_seconds())
    assert texts.inbox() == []
    assert len(texts.comments(application)) == 1
    assert "Tuesday" not in everything_stored(texts)


def test_what_stays_of_a_purged_reply_goes_once_no_poll_can_list_it(texts: TextScene) -> None:
    texts.applied()
    texts.reply("Tuesday works", callback=False)
    texts.replies()
    texts.clock.advance(timedelta(days=401).total_seconds())
    sync_retention(texts.company)
    (twilio,) = texts.company.providers.values()
    for ours in (OURS, OURS_US):
        texts.stores.texts.keep_reply_cursor("harbourline", "twilio", twilio.account, ours, texts.clock.now())
    assert sync_retention(texts.company) == 1
    assert everything_stored(texts, "message") == ""
