"""Whose a reply is: attributed, held for a human, or kept as what it is, in real rows and on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.actions import Kind
from connector.flows.replies import NotAssignable, assign
from connector.sandbox.texting.records import Media
from tests.flows.text_scene import ANA, BO, OURS, OURS_US, TextScene

MINUTE, HOUR = 60.0, 3600.0


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


def test_our_number_written_with_spaces_is_found_by_the_call(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene()
    spaced = {**texts.accounts["twilio"], "numbers": ["+44 20 7946 0123", OURS_US]}
    texts.remap(sms={"providers": {"twilio": spaced}})
    application = texts.applied()
    texts.text(application)
    texts.reply()
    texts.replies()
    assert (texts.said(application), {m.ours for m in texts.outbox()}) == (["Tuesday works"], {OURS})


def test_one_persons_thread_goes_over_all_applications_both_ways(texts: TextScene) -> None:
    person = texts.person(phones=[ANA])
    first, second = texts.start(person=person), texts.start(person=person)
    texts.sync()
    for n, start in enumerate((first, second)):
        texts.text(texts.item(start), f"question {n}", by="kim")
        texts.reply(f"answer {n}", at=texts.later(seconds=n + 1))
        texts.replies()
    thread = sorted(texts.stores.texts.thread("harbourline", [ANA]), key=lambda m: m.id)
    assert [(m.direction.value, m.text, m.by) for m in thread] == [
        ("out", "question 0", "kim"),
        ("in", "answer 0", "kim"),
        ("out", "question 1", "kim"),
        ("in", "answer 1", "kim"),
    ]
    assert len({m.application for m in thread}) == 2
