"""Replies: each mirrored once to each side, in order, with its own time, whichever way it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.errors import PlatformError
from connector.platforms.twilio import adapter
from tests.flows.scene import Killed
from tests.flows.text_scene import OURS, TextScene

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


def test_a_clock_of_ours_that_is_wrong_passes_over_nothing(make_text_scene: Callable[..., TextScene]) -> None:
    since = datetime.now(UTC) - timedelta(hours=1)
    texts = make_text_scene(sms={"replies_since": f"{since:%Y-%m-%dT%H:%M:%SZ}"})
    application = texts.applied()
    texts.clock.advance(10 * DAY)
    for text in ("one", "two"):
        texts.reply(text, callback=False)
        texts.replies()
    assert texts.said(application) == ["one", "two"]


def many(texts: TextScene, monkeypatch: pytest.MonkeyPatch, number: int = 7) -> list[str]:
    """Have more replies than three pages hold."""
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
