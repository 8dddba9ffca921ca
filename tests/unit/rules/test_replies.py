"""Whose a reply is: never guessed, never dropped, and shown without inventing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.actions import Item, Kind
from connector.domain.sms import SmsSettings
from connector.domain.texts import Delivery, Direction, Media, Message, Opt
from connector.rules.replies import (
    LONGEST_COMMENT,
    Known,
    attribute,
    comment_text,
    conversation_text,
    external_id,
    is_marked,
    marker,
    sender_shown,
)

CAME = datetime(2026, 11, 21, 10, 2, tzinfo=UTC)
OURS, OTHER, THEIRS, BOT = "+442079460123", "+16465550123", "+447700900123", "+442079460999"

SETTINGS = SmsSettings(
    enabled=True,
    provider="twilio",
    routing={},
    numbers={"twilio": (OURS, OTHER)},
    chatbot_numbers=frozenset({BOT}),
)


def message(**details: Any) -> Message:
    plain = Message(
        id=9,
        company="harbourline",
        direction=Direction.IN,
        provider="twilio",
        account="AC1",
        remote_id="SM09",
        intent=None,
        ours=OURS,
        theirs=THEIRS,
        text="Tuesday works",
        media=(),
        at=CAME,
        at_exact=True,
        delivery=Delivery.DELIVERED,
        how="new",
    )
    return replace(plain, **details)


def sent(number: int, application: int | None, at: datetime, **details: Any) -> Message:
    return message(id=number, direction=Direction.OUT, application=application, at=at, at_exact=False, **details)


@pytest.fixture
def application(item: Item) -> Callable[..., Item]:
    def make(number: int, person: str | None = "ana", remote_id: str | None = "a1") -> Item:
        return replace(item, id=number, start_id=f"cs_{number}", person=person, remote_id=remote_id)

    return make


def known(*sent_: Message, applications: tuple[Item, ...] = (), **more: Any) -> Known:
    return Known(sent=sent_, applications={a.id: a for a in applications}, **more)


BEFORE = CAME - timedelta(hours=1)


def test_a_reply_belongs_to_the_application_that_was_messaged_last(application: Callable[..., Item]) -> None:
    a, b = application(1), application(2)
    first, second = sent(1, 1, BEFORE), sent(2, 2, BEFORE + timedelta(minutes=1), by="kim")
    found = attribute(message(), known(second, first, applications=(a, b)), SETTINGS)
    assert (found.how, found.application, found.by) == ("last_messaged", b, "kim")
    third = sent(3, 1, BEFORE + timedelta(minutes=2))
    later = attribute(message(), known(third, second, first, applications=(a, b)), SETTINGS)
    assert later.application == a


def test_of_two_messages_at_one_moment_the_later_row_wins(application: Callable[..., Item]) -> None:
    both = known(sent(1, 1, BEFORE), sent(2, 2, BEFORE), applications=(application(1), application(2)))
    assert attribute(message(), both, SETTINGS).application == application(2)


def test_a_message_that_went_out_after_the_reply_is_not_what_it_answers(application: Callable[..., Item]) -> None:
    before = sent(1, 1, BEFORE)
    after = replace(sent(2, 2, CAME + timedelta(minutes=5)), at_exact=True)
    both = known(after, before, applications=(application(1), application(2)))
    assert attribute(message(), both, SETTINGS).application == application(1)


def test_times_by_our_own_clock_are_not_held_against_the_vendors(application: Callable[..., Item]) -> None:
    skewed = sent(2, 2, CAME + timedelta(minutes=90))
    both = known(skewed, sent(1, 1, BEFORE), applications=(application(1), application(2)))
    assert attribute(message(), both, SETTINGS).application == application(2)


def test_the_message_that_the_vendor_names_goes_before_the_last_one(application: Callable[..., Item]) -> None:
    first, second = sent(1, 1, BEFORE), sent(2, 2, BEFORE + timedelta(minutes=1))
    facts = known(second, first, applications=(application(1), application(2)), answered=first)
    found = attribute(message(answers="SM01"), facts, SETTINGS)
    assert (found.how, found.application) == ("answered", application(1))


def test_an_answer_to_a_message_that_went_to_somebody_else_is_not_believed(application: Callable[..., Item]) -> None:
    other = sent(1, 1, BEFORE, theirs="+447700900999")
    facts = known(sent(2, 2, BEFORE), applications=(application(1), application(2)), answered=other)
    assert attribute(message(), facts, SETTINGS).application == application(2)


def test_a_number_of_two_people_is_held_for_a_human(application: Callable[..., Item]) -> None:
    ana, bo = application(1, "ana"), application(2, "bo")
    facts = known(sent(1, 1, BEFORE), applications=(ana,), with_number=(bo, ana))
    found = attribute(message(), facts, SETTINGS)
    assert (found.how, found.application, found.mirrors) == ("two_people", None, ())


def test_an_exact_answer_needs_no_human_although_two_people_have_the_number(application: Callable[..., Item]) -> None:
    ana, bo = application(1, "ana"), application(2, "bo")
    first = sent(1, 1, BEFORE)
    facts = known(first, applications=(ana,), with_number=(bo, ana), answered=first)
    assert attribute(message(), facts, SETTINGS).how == "answered"


def test_one_person_with_two_applications_is_one_person(application: Callable[..., Item]) -> None:
    facts = known(with_number=(application(2, "ana"), application(1, "ana")))
    assert attribute(message(), facts, SETTINGS).how == "newest_application"


def test_a_known_number_that_was_never_messaged_goes_to_the_newest_application(
    application: Callable[..., Item],
) -> None:
    waiting, newest, older = application(3, remote_id=None), application(2), application(1)
    found = attribute(message(), known(with_number=(waiting, newest, older)), SETTINGS)
    assert (found.how, found.application) == ("newest_application", newest)
    assert "newest application" in comment_text(message(how=found.how), "masked")


def test_nobodys_reply_is_unmatched_and_copied_nowhere() -> None:
    found = attribute(message(), Known(), SETTINGS)
    assert (found.how, found.application, found.mirrors) == ("unmatched", None, ())


def test_a_message_to_a_bare_number_leads_to_no_application(application: Callable[..., Item]) -> None:
    facts = known(sent(2, None, BEFORE), sent(1, 1, BEFORE - timedelta(days=1)), applications=(application(1),))
    assert attribute(message(), facts, SETTINGS).application == application(1)


def test_a_reply_is_copied_to_both_sides_or_to_those_that_are_set(application: Callable[..., Item]) -> None:
    facts = known(with_number=(application(1),))
    assert attribute(message(), facts, SETTINGS).mirrors == (Kind.COMMENT, Kind.REPLY)
    only = replace(SETTINGS, mirror_to=("source",))
    assert attribute(message(), facts, only).mirrors == (Kind.REPLY,)


def test_a_reply_from_before_the_date_is_skipped_and_its_stop_still_counts(application: Callable[..., Item]) -> None:
    since = replace(SETTINGS, replies_since=CAME + timedelta(seconds=1))
    found = attribute(message(text="STOP"), known(with_number=(application(1),)), since)
    assert (found.how, found.mirrors, found.suppress) == ("too_old", (), True)
    exactly = replace(SETTINGS, replies_since=CAME)
    assert attribute(message(), known(with_number=(application(1),)), exactly).how == "newest_application"


def test_what_comes_to_a_chatbot_is_no_reply_to_a_recruiter(application: Callable[..., Item]) -> None:
    found = attribute(message(ours=BOT, text="stop"), known(with_number=(application(1),)), SETTINGS)
    assert (found.how, found.mirrors, found.suppress) == ("chatbot", (), True)


@pytest.mark.parametrize(
    ("details", "facts"),
    [
        ({"theirs": OTHER}, Known()),
        ({}, Known(is_ours=True)),
        ({"text": "SMS from •••• 123:\nTuesday works\n[sms:twilio:SM01]\n"}, Known()),
    ],
    ids=["from_our_own_number", "with_the_id_of_a_message_of_ours", "a_copy_sent_on"],
)
def test_our_own_texts_never_come_back_in(details: dict[str, Any], facts: Known) -> None:
    assert attribute(message(**details), facts, SETTINGS).how == "our_own"


@pytest.mark.parametrize(("repeats", "how"), [(4, "unmatched"), (5, "loop"), (50, "loop")])
def test_the_loop_breaker_trips_at_so_many_equal_texts(repeats: int, how: str) -> None:
    assert attribute(message(), Known(repeats=repeats), SETTINGS).how == how


def test_pictures_without_a_text_are_no_loop() -> None:
    assert attribute(message(text=" "), Known(repeats=9), SETTINGS).how == "unmatched"


@pytest.mark.parametrize("text", ["STOP", " stop ", "Stop!", "UNSUBSCRIBE", "cancel", "please stop", "opt out"])
def test_stop_and_its_like_opt_out_and_are_copied(text: str, application: Callable[..., Item]) -> None:
    found = attribute(message(text=text), known(with_number=(application(1),)), SETTINGS)
    assert (found.suppress, found.opt, found.mirrors) == (True, Opt.OUT, (Kind.COMMENT, Kind.REPLY))


def test_the_vendors_flag_opts_out_whatever_the_words() -> None:
    assert attribute(message(text="arrêt", opt=Opt.OUT), Known(), SETTINGS).suppress


def test_start_lifts_what_is_in_force_and_yes_is_an_answer_otherwise() -> None:
    out = Known(opted_out=True)
    assert [attribute(message(text=t), out, SETTINGS).lift for t in ("START", "yes")] == [True, True]
    plain = attribute(message(text="Yes"), Known(), SETTINGS)
    assert (plain.lift, plain.opt) == (False, None)


def test_a_comment_says_who_when_what_and_by_which_mark_it_is_found_again() -> None:
    assert comment_text(message(), "masked").splitlines() == [
        "SMS from •••• 123 to +442079460123, 21 Nov 2026 10:02 UTC:",
        "Tuesday works",
        "[sms:twilio:SM09]",
    ]


def test_a_time_that_the_vendor_did_not_tell_is_said_to_be_ours() -> None:
    assert "received 21 Nov 2026 10:02 UTC" in comment_text(message(at_exact=False), "masked")


@pytest.mark.parametrize(
    ("show", "number", "shown"),
    [
        ("full", THEIRS, THEIRS),
        ("masked", THEIRS, "•••• 123"),
        ("hidden", THEIRS, "the candidate"),
        ("masked", "12345", "12345"),
        ("hidden", "HARBOUR", "HARBOUR"),
    ],
)
def test_a_number_is_shown_as_the_admin_chose(show: str, number: str, shown: str) -> None:
    assert sender_shown(number, show) == shown


def test_media_are_linked_and_a_picture_alone_says_that_there_is_no_text() -> None:
    picture = message(text="", media=(Media("https://media.example.com/1.jpg", "image/jpeg"),))
    assert comment_text(picture, "masked").splitlines()[1:3] == [
        "(no text)",
        "Media: https://media.example.com/1.jpg",
    ]
    assert conversation_text(picture) == "https://media.example.com/1.jpg"


@pytest.mark.parametrize(("opt", "words"), [(Opt.OUT, "opted out"), (Opt.IN, "opted in again")])
def test_the_same_comment_says_that_the_person_opted_out_or_in(opt: Opt, words: str) -> None:
    shown = comment_text(message(opt=opt, text="STOP"), "masked")
    assert words in shown
    assert "\nSTOP\n" in shown


def test_a_reply_whose_text_is_lost_says_where_it_can_be_read() -> None:
    gap = message(provider="plivo", text="", text_lost=True)
    assert "can only be read in Plivo's console" in comment_text(gap, "masked")
    assert "can only be read in Plivo's console" in conversation_text(gap)


def test_the_text_that_turns_up_later_is_another_copy_than_the_gap() -> None:
    gap = message(text_lost=True)
    assert marker(gap) != marker(replace(gap, text_lost=False))


def test_a_text_beyond_all_measure_is_cut_and_the_marker_stays() -> None:
    shown = comment_text(message(text="a" * 20_000), "masked")
    assert len(shown) <= LONGEST_COMMENT
    assert "…\n[sms:twilio:SM09]" in shown


def test_a_quoted_marker_is_not_taken_for_the_copy() -> None:
    quoting = comment_text(message(remote_id="SM10", text="[sms:twilio:SM09]"), "masked")
    assert not is_marked(quoting, marker(message()))
    assert is_marked(f"{comment_text(message(), 'full')}\n ", marker(message()))


def test_what_no_database_takes_does_not_stand_in_a_copy() -> None:
    shown = comment_text(message(text="a\x00b\x07c\ud800\r\nd"), "masked")
    assert shown.splitlines()[1:3] == ["abc?", "d"]


def test_an_id_that_the_source_would_not_take_is_replaced_by_a_digest() -> None:
    assert external_id(message()) == "SM09"
    assert len(external_id(message(remote_id="ünïcode"))) == 64
    assert len(external_id(message(remote_id="x" * 200))) == 64
