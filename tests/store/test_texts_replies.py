"""Replies: counted once by the vendor's id, looked at once, with everything that follows at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from correspondence import (
    ACCOUNT,
    OTHERS,
    OURS,
    THEIRS,
    a_reply,
    copies,
    received,
    recorded_message,
    sent_message,
    stop,
    texts_of,
)
from starts import COMPANY, EVER, NOON, in_processes, in_threads, recorded

from connector.app import Stores, open_stores
from connector.domain.actions import Change, Kind, State
from connector.domain.model import Priority
from connector.domain.texts import Media, Opt, Suppression

# --- recording


def test_a_reply_comes_back_as_it_was_given(stores: Stores) -> None:
    media = (Media("https://media.example.com/1", "image/jpeg"), Media("https://media.example.com/2", None))
    message = received(texts_of(stores), text="Grüße 👍", media=media, opt=Opt.HELP, answers="SM9", segments=3)
    at = NOON + timedelta(minutes=1)
    assert (message.text, message.media, message.opt, message.answers) == ("Grüße 👍", media, Opt.HELP, "SM9")
    assert (message.ours, message.theirs, message.at, message.at_exact) == (OURS, THEIRS, at, True)
    assert (message.how, message.segments, message.application, message.read_at) == ("new", 3, None, None)


def test_the_vendors_id_counts_once_whichever_way_it_comes(stores: Stores) -> None:
    texts = texts_of(stores)
    assert texts.record_replies(COMPANY, [a_reply(1), a_reply(2), a_reply(1)], NOON) == 2
    assert texts.record_replies(COMPANY, [a_reply(2), a_reply(3)], NOON) == 1
    assert [message.remote_id for message in texts.new_replies(COMPANY, 10)] == ["SMin1", "SMin2", "SMin3"]


def test_the_same_id_at_another_account_is_another_reply(stores: Stores) -> None:
    texts = texts_of(stores)
    others = [a_reply(1), a_reply(1, account="AC2"), a_reply(1, provider="plivo")]
    assert texts.record_replies(COMPANY, others, NOON) == 3


def test_an_id_of_a_message_that_we_sent_is_no_reply(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    assert texts.record_replies(COMPANY, [a_reply(1, id=message.remote_id)], NOON) == 0
    assert texts.message(message.id) == message


def test_a_reply_without_a_time_gets_it_when_it_comes_again(stores: Stores) -> None:
    texts = texts_of(stores)
    first = received(texts, at=None)
    assert (first.at, first.at_exact) == (NOON, False)
    assert received(texts).at == NOON + timedelta(minutes=1)
    assert received(texts, at=None).at_exact


def test_a_text_that_was_lost_is_looked_at_again_when_it_comes(stores: Stores) -> None:
    texts = texts_of(stores)
    message = received(texts, text="", text_lost=True)
    texts.attribute(message, "unmatched", NOON)
    texts.mark_read(COMPANY, [message.id], NOON)
    found = received(texts, text="STOP")
    assert (found.text, found.text_lost, found.how, found.read_at) == ("STOP", False, "new", None)
    assert received(texts, text="", text_lost=True).text == "STOP"


def test_what_was_decided_about_a_lost_text_does_not_stand_for_the_text(stores: Stores) -> None:
    texts = texts_of(stores)
    lost = received(texts, text="", text_lost=True)
    received(texts, text="STOP")
    texts.attribute(lost, "unmatched", NOON)
    assert [message.text for message in texts.new_replies(COMPANY, 10)] == ["STOP"]


def test_what_no_database_holds_stops_nobody(stores: Stores) -> None:
    texts = texts_of(stores)
    odd = a_reply(1, text="a\0b\ud800c", id="i\0d", sender="\0", answers="\0x", segments=2**40)
    long = a_reply(2, id="x" * 9000, theirs="y" * 9000)
    assert texts.record_replies(COMPANY, [odd, long, a_reply(3)], NOON) == 3
    assert texts.record_replies(COMPANY, [odd, long], NOON) == 0
    assert texts.new_replies(COMPANY, 10)[0].text == "ab?c"
    assert texts.by_remote_id(COMPANY, "twilio", "x" * 9000) is not None


def test_an_echoed_intent_names_the_answered_message(stores: Stores) -> None:
    texts = texts_of(stores)
    _, message = sent_message(texts)
    assert received(texts, 1, echo=message.intent).answers == message.remote_id
    assert received(texts, 2, echo="of nobody").answers == "of nobody"
    assert received(texts, 3, echo=message.intent, answers="SM77").answers == "SM77"


def test_new_replies_come_in_the_order_of_their_times(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.record_replies(COMPANY, [a_reply(5), a_reply(2)], NOON)
    texts.record_replies(COMPANY, [a_reply(3), a_reply(9, at=NOON + timedelta(minutes=2))], NOON)
    assert [m.remote_id for m in texts.new_replies(COMPANY, 10)] == ["SMin2", "SMin9", "SMin3", "SMin5"]
    assert len(texts.new_replies(COMPANY, 2)) == 2
    assert texts.new_replies("northgate", 10) == []


def test_a_long_poll_is_recorded_whole(stores: Stores) -> None:
    texts = texts_of(stores)
    replies = [a_reply(number) for number in range(1200)]
    assert texts.record_replies(COMPANY, replies, NOON) == 1200
    assert texts.record_replies(COMPANY, [*replies, a_reply(1200)], NOON) == 1
    assert texts.record_replies(COMPANY, [], NOON) == 0


def poll(url: str, shift: int) -> int:
    stores = open_stores(url)
    replies = [a_reply(number) for number in range(shift, shift + 60)]
    new = sum(texts_of(stores).record_replies(COMPANY, replies[n : n + 7], NOON) for n in range(0, 60, 5))
    stores.close()
    return new


@pytest.mark.parametrize("at_once", [in_threads, in_processes])
def test_polls_and_callbacks_at_once_count_each_reply_once(
    url: str, stores: Stores, at_once: Callable[..., Any]
) -> None:
    assert sum(at_once(poll, [(url, 0), (url, 10), (url, 20)])) == 80
    assert len(texts_of(stores).new_replies(COMPANY, 1000)) == 80


def test_repeats_are_counted_by_number_text_and_time(stores: Stores) -> None:
    texts = texts_of(stores)
    same = [a_reply(number, "Away") for number in range(1, 5)]
    texts.record_replies(COMPANY, [*same, a_reply(5, "Hi"), a_reply(6, "Away", theirs=OTHERS)], NOON)
    assert texts.repeats(COMPANY, THEIRS, "Away", NOON + timedelta(minutes=2)) == 3


# --- cursors


def test_a_cursor_never_moves_back(stores: Stores) -> None:
    texts = texts_of(stores)
    where = (COMPANY, "twilio", ACCOUNT, OURS)
    assert texts.reply_cursor(*where) is None
    for minutes in (3, 9, 5):
        texts.keep_reply_cursor(*where, NOON + timedelta(minutes=minutes))
    assert texts.reply_cursor(*where) == NOON + timedelta(minutes=9)
    assert texts.reply_cursor(COMPANY, "twilio", ACCOUNT, OTHERS) is None


# --- attributing


def test_a_reply_is_somebodys_with_its_copies(stores: Stores) -> None:
    texts = texts_of(stores)
    (application,) = recorded(stores, 1)
    message = received(texts)
    texts.attribute(message, "last_messaged", NOON, application=application, by="sam@example.com", then=copies(message))
    now = texts.message(message.id)
    assert now is not None
    assert (now.how, now.application, now.by) == ("last_messaged", application.id, "sam@example.com")
    due = [stores.actions.due(COMPANY, kind, EVER, 9)[0] for kind in (Kind.COMMENT, Kind.REPLY)]
    assert {(i.message, i.start_id, i.conversation_id, i.priority) for i in due} == {
        (message.id, "cs_1", "cv_1", Priority.SMS)
    }
    assert [line[1] for line in stores.actions.history([due[0].id])[due[0].id]] == ["planned"]
    assert texts.new_replies(COMPANY, 10) == []


def test_attributing_twice_changes_nothing(stores: Stores) -> None:
    texts = texts_of(stores)
    (application,) = recorded(stores, 1)
    message = received(texts, text="STOP")
    for seen in (message, message):
        texts.attribute(seen, "answered", NOON, application=application, suppress=stop(message), then=copies(message))
    again = texts.message(message.id)
    assert again is not None
    texts.attribute(again, "answered", NOON, application=application, suppress=stop(message), then=copies(message))
    assert len(stores.actions.of_start(COMPANY, "cs_1")) == 3
    assert len(texts.suppressions(COMPANY)) == 1
    assert [line.segments for line in texts.segment_lines(COMPANY)] == [-1]


def test_who_looked_first_decides(stores: Stores) -> None:
    texts = texts_of(stores)
    first, second = recorded(stores, 2)
    message = received(texts)
    texts.attribute(message, "answered", NOON, application=first, then=copies(message))
    texts.attribute(message, "last_messaged", NOON, application=second, then=copies(message))
    now = texts.message(message.id)
    assert now is not None
    assert (now.how, now.application) == ("answered", first.id)


def test_an_unmatched_reply_can_be_assigned_by_hand(stores: Stores) -> None:
    texts = texts_of(stores)
    (application,) = recorded(stores, 1)
    message = received(texts)
    texts.attribute(message, "unmatched", NOON)
    held = texts.message(message.id)
    assert held is not None
    texts.attribute(held, "by_hand", NOON, application=application, then=copies(message))
    assert len(stores.actions.due(COMPANY, Kind.COMMENT, EVER, 9)) == 1
    assert len(texts.segment_lines(COMPANY)) == 1


def test_an_application_that_is_gone_is_given_nothing(stores: Stores) -> None:
    texts = texts_of(stores)
    (application,) = recorded(stores, 1)
    stores.actions.move([Change(application, State.PARKED, "no_email", person="hash")])
    message = received(texts)
    stores.privacy.forget(COMPANY, "hash", completely=True)
    texts.attribute(message, "last_messaged", NOON, application=application, then=copies(message))
    assert [found.how for found in texts.new_replies(COMPANY, 10)] == ["new"]
    assert stores.actions.due(COMPANY, Kind.COMMENT, EVER, 9) == []


def test_copies_need_an_application(stores: Stores) -> None:
    message = received(texts_of(stores))
    with pytest.raises(ValueError, match="nobody's"):
        texts_of(stores).attribute(message, "unmatched", NOON, then=copies(message))


def test_what_came_in_counts_even_below_zero(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.grant(COMPANY, 1, NOON)
    for number in (1, 2):
        texts.attribute(received(texts, number, segments=2), "unmatched", NOON)
    assert [(line.what, line.segments, line.left) for line in texts.segment_lines(COMPANY)] == [
        ("received", -2, -3),
        ("received", -2, -1),
        ("granted", 1, 1),
    ]


def test_segments_that_the_vendor_did_not_tell_are_the_callers(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.attribute(replace(received(texts, 1, segments=None), segments=4), "unmatched", NOON)
    texts.attribute(received(texts, 2, segments=None), "unmatched", NOON)
    assert texts.segments_left(COMPANY) == -5


# --- STOP and START


def test_stop_and_start_are_heeded(stores: Stores) -> None:
    texts = texts_of(stores)
    message = received(texts, 1, "STOP")
    texts.attribute(message, "unmatched", NOON, opt=Opt.OUT, suppress=stop(message))
    assert texts.suppression(COMPANY, THEIRS) == stop(message)
    texts.attribute(received(texts, 2, "START"), "unmatched", NOON, opt=Opt.IN, lift=True)
    assert texts.suppression(COMPANY, THEIRS) is None


def test_a_stop_that_comes_after_a_later_start_sets_nothing(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.attribute(received(texts, 9, "START"), "unmatched", NOON, opt=Opt.IN, lift=True)
    late = received(texts, 2, "STOP")
    texts.attribute(late, "unmatched", NOON, opt=Opt.OUT, suppress=stop(late))
    assert texts.suppression(COMPANY, THEIRS) is None


def test_a_start_that_comes_after_a_later_stop_lifts_nothing(stores: Stores) -> None:
    texts = texts_of(stores)
    newer = received(texts, 9, "STOP")
    texts.attribute(newer, "unmatched", NOON, opt=Opt.OUT, suppress=stop(newer))
    texts.attribute(received(texts, 2, "START"), "unmatched", NOON, opt=Opt.IN, lift=True)
    assert texts.suppression(COMPANY, THEIRS) == stop(newer)


def test_assigning_an_old_stop_by_hand_does_not_undo_a_start(stores: Stores) -> None:
    texts = texts_of(stores)
    (application,) = recorded(stores, 1)
    message = received(texts, 1, "STOP")
    texts.attribute(message, "unmatched", NOON, opt=Opt.OUT, suppress=stop(message))
    texts.lift(COMPANY, THEIRS, NOON)
    held = texts.message(message.id)
    assert held is not None
    texts.attribute(held, "by_hand", NOON, application=application, suppress=stop(message))
    now = texts.message(message.id)
    assert now is not None
    assert (texts.suppression(COMPANY, THEIRS), now.opt) == (None, Opt.OUT)


def test_a_start_that_tells_no_time_waits_for_it(stores: Stores) -> None:
    texts = texts_of(stores)
    out = received(texts, 1, "STOP", at=NOON)
    texts.attribute(out, "unmatched", NOON, opt=Opt.OUT, suppress=stop(out))
    late = received(texts, 2, "START", at=None)
    texts.attribute(late, "unmatched", NOON, opt=Opt.IN, lift=True)
    assert texts.suppression(COMPANY, THEIRS) is not None
    # the list tells that it was written after the STOP
    texts.record_replies(COMPANY, [a_reply(2, "START", at=NOON + timedelta(minutes=1))], NOON)
    assert texts.suppression(COMPANY, THEIRS) is None


def test_a_start_that_comes_late_does_not_undo_a_stop_that_was_written_after_it(stores: Stores) -> None:
    texts = texts_of(stores)
    first = received(texts, 1, "STOP", at=NOON - timedelta(minutes=5))
    texts.attribute(first, "unmatched", NOON, opt=Opt.OUT, suppress=stop(first))
    late = received(texts, 2, "START", at=None)
    texts.attribute(late, "unmatched", NOON, opt=Opt.IN, lift=True)
    second = received(texts, 3, "STOP", at=NOON - timedelta(minutes=1))
    texts.attribute(second, "unmatched", NOON, opt=Opt.OUT, suppress=stop(second))
    texts.record_replies(COMPANY, [a_reply(2, "START", at=NOON - timedelta(minutes=3))], NOON)
    assert texts.suppression(COMPANY, THEIRS) is not None


def test_a_time_that_becomes_known_does_not_undo_an_opt_out_by_hand(stores: Stores) -> None:
    texts = texts_of(stores)
    late = received(texts, 2, "START", at=None)
    texts.attribute(late, "unmatched", NOON, opt=Opt.IN, lift=True)
    texts.suppress(Suppression(COMPANY, THEIRS, NOON, "by_hand", ""))
    texts.record_replies(COMPANY, [a_reply(2, "START", at=NOON + timedelta(minutes=1))], NOON)
    assert texts.suppression(COMPANY, THEIRS) is not None


def test_opt_outs_are_listed_and_lifted_by_hand(stores: Stores) -> None:
    texts = texts_of(stores)
    first, second = received(texts, 1, "STOP"), received(texts, 2, "STOP", theirs=OTHERS)
    for message in (first, second, first):
        texts.suppress(stop(message))
    assert [each.number for each in texts.suppressions(COMPANY)] == [OTHERS, THEIRS]
    assert (texts.lift(COMPANY, THEIRS, EVER), texts.lift(COMPANY, THEIRS, EVER)) == (True, False)
    assert [each.number for each in texts.suppressions(COMPANY)] == [OTHERS]
    assert texts.suppressions("northgate") == []


def test_a_reply_that_is_no_message_of_ours_cannot_be_mistaken_for_one(stores: Stores) -> None:
    texts = texts_of(stores)
    _, outgoing = recorded_message(texts)
    texts.attribute(replace(outgoing, how="new"), "unmatched", NOON)
    now = texts.message(outgoing.id)
    assert now is not None
    assert now.how == "manual"
