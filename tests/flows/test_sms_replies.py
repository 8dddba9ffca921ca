"""Replies: each mirrored once to each side, in order, with its own time, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.actions import Kind
from connector.domain.errors import PlatformError
from connector.flows.replies import NotAssignable, assign
from connector.sandbox.texting.records import Media
from tests.flows.scene import Killed
from tests.flows.text_scene import ANA, BO, OURS, OURS_US, TextScene

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


def times(texts: TextScene) -> list[datetime]:
    """Return when each copied reply came, as cord shows it."""
    return [m.at for c in texts.cord.conversations.values() for m in c.messages]


def test_a_reply_is_mirrored_to_both_sides_with_its_own_time(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application)
    came = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=7)
    texts.reply("Tuesday works", at=came)
    texts.replies()
    assert texts.how() == ["last_messaged"]
    assert (texts.said(application), texts.in_conversation(application)) == (["Tuesday works"], ["Tuesday works"])
    assert times(texts) == [came]
    assert f"{came:%d %b %Y %H:%M} UTC" in texts.comments(application)[0]


def test_running_twice_changes_nothing(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply()
    texts.replies()
    with texts.nothing_written():
        texts.replies()
    assert texts.said(application) == ["Tuesday works"]


@pytest.mark.parametrize("times_called", [1, 3])
def test_a_callback_first_and_a_poll_later_are_one_reply(texts: TextScene, times_called: int) -> None:
    application = texts.applied()
    texts.reply(times=times_called, listed_after_s=20 * MINUTE)
    texts.replies()
    texts.pass_time(21 * MINUTE)
    texts.replies()
    assert (texts.said(application), len(texts.inbox())) == (["Tuesday works"], 1)


def test_a_callbacks_time_is_corrected_by_the_next_poll(texts: TextScene) -> None:
    texts.applied()
    came = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    texts.reply(at=came, listed_after_s=MINUTE)
    texts.replies()
    assert not texts.inbox()[0].at_exact
    texts.pass_time(2 * MINUTE)
    texts.replies()
    assert (texts.inbox()[0].at, texts.inbox()[0].at_exact) == (came, True)


def test_a_poll_first_and_a_callback_later_are_one_reply(texts: TextScene) -> None:
    application = texts.applied()
    texts.vendor.posting.hold = True
    texts.reply()
    texts.replies()
    texts.vendor.release()
    texts.replies()
    assert (texts.said(application), len(texts.inbox())) == (["Tuesday works"], 1)


def test_what_no_callback_told_is_found_by_the_poll(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply(callback=False)
    texts.replies()
    assert texts.said(application) == ["Tuesday works"]


def test_a_reply_that_is_listed_twenty_minutes_late_is_mirrored(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("first", callback=False, listed_after_s=20 * MINUTE)
    texts.reply("second", callback=False)
    texts.replies()
    assert texts.said(application) == ["second"]
    texts.pass_time(21 * MINUTE)
    texts.replies()
    assert texts.said(application) == ["second", "first"]


def test_two_replies_in_one_second_are_two_in_their_order(texts: TextScene) -> None:
    application = texts.applied()
    at = datetime.now(UTC).replace(microsecond=0)
    for text in ("one", "two"):
        texts.reply(text, at=at, callback=False)
    texts.replies()
    assert sorted(texts.said(application)) == ["one", "two"]
    assert len(texts.inbox()) == 2


def test_after_a_days_outage_every_reply_is_mirrored_in_order(texts: TextScene) -> None:
    application = texts.applied()
    texts.replies()
    texts.pass_time(30 * HOUR)
    now = texts.clock.now()
    for hours in (29, 20, 10, 1):
        texts.reply(f"{hours} hours ago", at=now - timedelta(hours=hours), callback=False)
    texts.replies()
    assert texts.said(application) == [f"{hours} hours ago" for hours in (29, 20, 10, 1)]


def test_a_row_that_shows_up_behind_the_cursor_within_a_day_is_found(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("newest", callback=False)
    texts.replies()
    texts.reply("older", at=texts.clock.now() - timedelta(hours=23), callback=False)
    texts.replies()
    assert texts.said(application) == ["newest", "older"]


def many(texts: TextScene, monkeypatch: pytest.MonkeyPatch, number: int = 7) -> list[str]:
    """Have more replies than three pages hold."""
    from connector.platforms.twilio import adapter

    monkeypatch.setattr(adapter, "PAGE_ROWS", 2)
    start = datetime.now(UTC) - timedelta(hours=1)
    said = [f"reply {n}" for n in range(number)]
    for n, text in enumerate(said):
        texts.reply(text, at=start + timedelta(minutes=n), callback=False)
    return said


def test_a_poll_that_dies_on_page_three_loses_nothing(texts: TextScene, monkeypatch: pytest.MonkeyPatch) -> None:
    application = texts.applied()
    said = many(texts, monkeypatch)
    texts.dying_at("record_replies", at=3)
    with pytest.raises(Killed):
        texts.replies()
    texts.restart()
    cursor = texts.stores.texts.reply_cursor("harbourline", "twilio", texts.vendor.account, OURS)
    assert cursor is None
    texts.replies()
    assert texts.said(application) == said


def test_a_page_that_cannot_be_had_keeps_the_cursor_where_it_was(
    texts: TextScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = texts.applied()
    said = many(texts, monkeypatch)
    texts.world.faults.add("unavailable", platform="twilio", path="Messages.json", nth=3, times=9)
    with pytest.raises(PlatformError):
        texts.replies()
    texts.world.faults.clear()
    texts.pass_time(MINUTE)
    texts.replies()
    assert sorted(texts.said(application)) == sorted(said)
    assert len(texts.inbox()) == len(said)


@pytest.mark.parametrize("method", ["record_replies", "close_callback", "attribute"])
@pytest.mark.parametrize("after", [False, True], ids=["before_the_commit", "after_the_commit"])
def test_killed_at_any_commit_a_reply_is_mirrored_once(texts: TextScene, method: str, after: bool) -> None:
    application = texts.applied()
    texts.reply()
    texts.dying_at(method, after=after)
    with pytest.raises(Killed):
        texts.replies()
    texts.restart()
    texts.replies()
    assert (texts.said(application), texts.in_conversation(application)) == (["Tuesday works"], ["Tuesday works"])


def test_one_bad_row_is_named_once_and_blocks_nobody(texts: TextScene) -> None:
    application = texts.applied()
    bad = texts.reply("broken", callback=False)
    bad.spoilt = {"date_created": "soon", "date_sent": "sooner"}
    texts.reply("fine", callback=False)
    texts.replies()
    texts.replies()
    assert texts.said(application) == ["fine"]
    (named,) = texts.stores.texts.bad_callbacks("harbourline")
    assert bad.id in named[-1]


def test_a_call_that_cannot_be_read_is_closed_with_its_fault(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("one")
    call = texts.stores.texts.open_callbacks("harbourline", 1)[0].callback
    texts.stores.texts.keep_callback(
        type(call)("harbourline", "twilio", "inbound", "POST", call.url, {}, b"\xff\xfe", "", call.received_at),
        texts.clock.now(),
    )
    tally = texts.replies()
    assert texts.said(application) == ["one"]
    assert len(texts.stores.texts.bad_callbacks("harbourline")) == 1
    assert len(tally.problems) == 1
    assert texts.stores.texts.open_callbacks("harbourline", 9) == []


def test_a_call_that_is_taken_up_again_and_again_is_set_aside(texts: TextScene) -> None:
    texts.applied()
    texts.vendor.posting.hold = True
    texts.reply("poison", listed_after_s=DAY)
    texts.vendor.release()
    for _ in range(5):
        texts.stores.texts.open_callbacks("harbourline", 9)
    texts.replies()
    assert "again and again" in texts.stores.texts.bad_callbacks("harbourline")[0][-1]


# --- whose it is


def test_a_then_b_messaged_the_reply_is_bs_and_after_a_again_it_is_as(texts: TextScene) -> None:
    person = texts.person(phones=[ANA])
    first, second = texts.start(person=person), texts.start(person=person)
    texts.sync()
    a, b = texts.item(first), texts.item(second)
    for application in (a, b):
        texts.text(application)
    texts.reply("to b")
    texts.replies()
    texts.text(a)
    texts.reply("to a")
    texts.replies()
    assert (texts.said(a), texts.said(b)) == (["to a"], ["to b"])


def test_a_reply_read_after_a_later_message_is_still_the_earlier_ones(texts: TextScene) -> None:
    person = texts.person(phones=[ANA])
    first, second = texts.start(person=person), texts.start(person=person)
    texts.sync()
    a, b = texts.item(first), texts.item(second)
    texts.text(a)
    texts.vendor.clock.offset_s += 10 * MINUTE
    texts.reply("to a", callback=False, listed_after_s=HOUR)
    texts.vendor.clock.offset_s += 10 * MINUTE
    texts.text(b)
    texts.pass_time(2 * HOUR)
    texts.replies()
    assert (texts.said(a), texts.said(b)) == (["to a"], [])


def test_somebody_who_was_never_messaged_goes_to_their_newest_application_marked_so(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply()
    texts.replies()
    assert texts.how() == ["newest_application"]
    assert "newest application" in texts.comments(application)[0]


def test_a_number_of_nobodys_waits_unmatched_and_can_be_assigned_by_hand(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("Who is this?", sender=BO)
    texts.replies()
    assert (texts.how(), texts.comments(application)) == (["unmatched"], [])
    (held,) = texts.stores.texts.inbox("harbourline", unmatched=True)
    assign(texts.company, held.id, application, by="kim")
    texts.replies()
    assert (texts.said(application), texts.in_conversation(application)) == (["Who is this?"], ["Who is this?"])
    assert "by hand" in texts.comments(application)[0]


def test_a_reply_is_assigned_once(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply(sender=BO)
    texts.replies()
    (held,) = texts.inbox()
    assign(texts.company, held.id, application)
    with pytest.raises(NotAssignable, match="belongs to an application already"):
        assign(texts.company, held.id, application)
    with pytest.raises(NotAssignable, match="no such reply"):
        assign(texts.company, 4711, application)
    texts.replies()
    assert texts.said(application) == ["Tuesday works"]


def test_one_number_two_people_is_held_for_a_human(texts: TextScene) -> None:
    ana, bo = texts.applied(ANA), texts.applied(ANA)
    texts.text(ana)
    texts.reply()
    texts.replies()
    assert texts.how() == ["two_people"]
    assert (texts.comments(ana), texts.comments(bo)) == ([], [])


def test_a_short_code_or_a_name_is_nobodys_and_kept_as_it_came(texts: TextScene) -> None:
    texts.applied()
    texts.reply("Your code is 1", sender="HARBOUR")
    texts.replies()
    assert [(m.how, m.theirs) for m in texts.inbox()] == [("unmatched", "HARBOUR")]


def test_replies_older_than_the_date_are_recorded_and_never_mirrored(
    make_text_scene: Callable[..., TextScene],
) -> None:
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=2)
    texts = make_text_scene(sms={"replies_since": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
    texts.twilio.whole_days = True
    application = texts.applied()
    texts.reply("old", at=since - timedelta(hours=1), callback=False)
    texts.reply("new", at=since + timedelta(hours=1), callback=False)
    texts.replies()
    assert (texts.said(application), texts.in_conversation(application)) == (["new"], ["new"])
    assert texts.how() == ["too_old", "newest_application"]


def test_a_call_about_an_old_reply_is_skipped_with_its_reason(make_text_scene: Callable[..., TextScene]) -> None:
    since = datetime.now(UTC) + timedelta(hours=1)
    texts = make_text_scene(sms={"replies_since": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
    application = texts.applied()
    texts.reply("old")
    texts.replies()
    assert (texts.how(), texts.comments(application)) == (["too_old"], [])


def test_what_comes_to_the_chatbots_number_is_no_reply_to_a_recruiter(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene(sms={"chatbot_numbers": [OURS_US]})
    application = texts.applied()
    texts.reply("menu 3", to=OURS_US)
    texts.replies()
    assert texts.comments(application) == []
    assert texts.stores.texts.new_replies("harbourline", 9) == []


def test_our_own_texts_never_come_back_in(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("Are you free on Tuesday?", sender=OURS_US)
    texts.replies()
    assert texts.comments(application) == []
    assert texts.actions(Kind.COMMENT) == []


def test_a_number_written_with_spaces_is_the_same_number(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(default_region="GB")
    application = texts.applied("07700 900 123")
    texts.reply()
    texts.replies()
    assert texts.said(application) == ["Tuesday works"]


def test_media_are_linked_and_not_fetched(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("Here is my CV", media=[Media("https://media.example.com/cv.jpg")])
    texts.replies()
    assert "Media: https://" in texts.comments(application)[0]


def test_two_machines_that_answer_each_other_trip_the_breaker(texts: TextScene) -> None:
    application = texts.applied()
    for n in range(9):
        texts.reply("I am out of office", at=datetime.now(UTC) - timedelta(minutes=30 - n))
    texts.replies()
    assert len(texts.comments(application)) == 4
    assert sorted(set(texts.how())) == ["loop", "newest_application"]


def test_the_same_answer_on_other_days_is_no_loop(texts: TextScene) -> None:
    application = texts.applied()
    for n in range(6):
        texts.reply("Yes", at=datetime.now(UTC) - timedelta(hours=2 * n), callback=False)
    texts.replies()
    assert len(texts.comments(application)) == 6


def test_with_texts_switched_off_replies_are_still_recorded_and_mirrored(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene(sms={"enabled": False})
    application = texts.applied()
    texts.reply()
    texts.replies()
    assert texts.said(application) == ["Tuesday works"]


def test_a_company_without_texts_is_left_alone(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene()
    texts.company = replace(texts.company, sms=None)
    assert texts.replies().received == 0
    assert texts.messages().sent == 0


def test_unread_replies_come_first_and_can_be_filtered(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application, by="kim")
    texts.reply("one")
    texts.reply("two", sender=BO)
    texts.replies()
    inbox = texts.stores.texts.inbox
    texts.stores.texts.mark_read("harbourline", [m.id for m in inbox("harbourline") if m.text == "two"], texts.later())
    assert [m.text for m in inbox("harbourline")] == ["one", "two"]
    assert [m.text for m in inbox("harbourline", by="kim")] == ["one"]
    assert inbox("harbourline", since=texts.later(hours=1)) == []
