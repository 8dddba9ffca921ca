"""Copies of replies: one action a target, neither holds the other, each is made once, in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.actions import Change, Kind
from connector.domain.errors import PlatformError
from connector.flows.inquiry import next_text_due_s, retry
from tests.flows.scene import Killed
from tests.flows.text_scene import TextScene

LOST = ["reset_after", "error_after", "bad_gateway_after", "garbage_after", "half_body"]


def replies_through(texts: TextScene, runs: int = 4, after_s: float = 30.0) -> None:
    for _ in range(runs):
        with suppress(PlatformError):
            texts.replies()
        texts.pass_time(after_s)


@pytest.mark.parametrize("target", ["ats", "source"])
def test_a_reply_is_copied_where_the_admin_wants_it(make_text_scene: Callable[..., TextScene], target: str) -> None:
    texts = make_text_scene(sms={"mirror_replies_to": [target]})
    application = texts.applied()
    texts.reply()
    texts.replies()
    assert (bool(texts.comments(application)), bool(texts.in_conversation(application))) == (
        target == "ats",
        target == "source",
    )


@pytest.mark.parametrize("platform", ["pinpoint", "cord"])
def test_one_side_that_is_down_does_not_hold_the_other(texts: TextScene, platform: str) -> None:
    application = texts.applied()
    texts.world.take_down(platform)
    texts.reply()
    texts.replies()
    made = {"pinpoint": texts.in_conversation(application), "cord": texts.said(application)}
    assert made[platform] == ["Tuesday works"]
    texts.world.bring_up(platform)
    replies_through(texts, 3, 300)
    assert (texts.said(application), texts.in_conversation(application)) == (["Tuesday works"], ["Tuesday works"])


@pytest.mark.parametrize("kind", LOST)
def test_a_comment_whose_answer_was_lost_is_found_by_its_marker(texts: TextScene, kind: str) -> None:
    application = texts.applied()
    texts.reply()
    texts.world.faults.add(kind, platform="pinpoint", method="POST", path="comments")
    replies_through(texts)
    assert texts.said(application) == ["Tuesday works"]
    assert texts.stand(Kind.COMMENT) == [("done", "copied")]


@pytest.mark.parametrize("kind", ["reset_before", "html_ok", "error_before"])
def test_a_comment_that_surely_is_not_there_is_made_again(texts: TextScene, kind: str) -> None:
    application = texts.applied()
    texts.reply()
    texts.world.faults.add(kind, platform="pinpoint", method="POST", path="comments")
    replies_through(texts)
    assert texts.said(application) == ["Tuesday works"]
    assert texts.stand(Kind.COMMENT) == [("done", "copied")]


def test_a_look_that_comes_too_early_proves_nothing(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply()
    texts.world.faults.add("reset_before", platform="pinpoint", method="POST", path="comments")
    texts.replies()
    texts.clock.advance(9)
    texts.replies()
    assert (texts.said(application), texts.stand(Kind.COMMENT)[0][0]) == ([], "unknown")


def test_a_look_that_fails_keeps_the_doubt(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply()
    texts.world.faults.add("reset_after", platform="pinpoint", method="POST", path="comments")
    texts.world.faults.add("unavailable", platform="pinpoint", method="GET", path="comments", times=6)
    replies_through(texts, 2, 20)
    assert texts.stand(Kind.COMMENT)[0][0] == "unknown"
    texts.world.faults.clear()
    replies_through(texts, 4, 300)
    assert texts.said(application) == ["Tuesday works"]


@pytest.mark.parametrize("kind", [*LOST, "reset_before", "html_ok"])
def test_a_copy_at_cord_whose_answer_was_lost_is_sent_again_and_is_one(texts: TextScene, kind: str) -> None:
    application = texts.applied()
    texts.reply()
    texts.world.faults.add(kind, platform="cord", method="POST", path="messages")
    replies_through(texts)
    assert texts.in_conversation(application) == ["Tuesday works"]
    assert texts.stand(Kind.REPLY) == [("done", "copied")]


def dies_at(kind: Kind, state: str) -> Callable[[Change], bool]:
    return lambda change: change.item.kind is kind and change.state == state


@pytest.mark.parametrize("kind", [Kind.COMMENT, Kind.REPLY])
@pytest.mark.parametrize("state", ["attempting", "done"])
def test_killed_before_or_after_the_copy_it_is_made_once(texts: TextScene, kind: Kind, state: str) -> None:
    application = texts.applied()
    texts.reply()
    texts.dying_before(dies_at(kind, state))
    if (kind, state) == (Kind.REPLY, "attempting"):
        # its intent needs no row of its own: the stored bytes go under the stored key
        texts.replies()
    else:
        with pytest.raises(Killed):
            texts.replies()
    texts.restart()
    replies_through(texts)
    assert (texts.said(application), texts.in_conversation(application)) == (["Tuesday works"], ["Tuesday works"])


def test_the_order_of_replies_is_kept_while_the_first_copy_waits(texts: TextScene) -> None:
    application = texts.applied()
    now = datetime.now(UTC)
    texts.reply("one", at=now - timedelta(minutes=3))
    texts.world.faults.add("rate_limited", platform="pinpoint", method="POST", path="comments", times=3)
    texts.world.faults.add("unavailable", platform="cord", method="POST", path="messages", times=9)
    texts.replies()
    texts.reply("two", at=now - timedelta(minutes=2))
    texts.reply("three", at=now - timedelta(minutes=1))
    texts.replies()
    texts.world.faults.clear()
    replies_through(texts, 8, 60)
    assert texts.said(application) == ["one", "two", "three"]
    assert texts.in_conversation(application) == ["one", "two", "three"]


def test_a_reply_in_doubt_goes_before_the_next_one(texts: TextScene) -> None:
    application = texts.applied()
    now = datetime.now(UTC)
    texts.world.faults.add("reset_before", platform="pinpoint", method="POST", path="comments")
    texts.reply("one", at=now - timedelta(minutes=3))
    texts.reply("two", at=now - timedelta(minutes=2))
    texts.replies()
    assert texts.said(application) == []
    replies_through(texts, 6, 20)
    assert texts.said(application) == ["one", "two"]


def test_a_copy_that_is_refused_for_good_does_not_hold_later_ones(texts: TextScene) -> None:
    texts.applied()
    first = texts.applied("+447700900777")
    application_row = texts.pinpoint.application_rows.pop(first.remote_id or "")
    texts.reply("one", sender="+447700900777")
    texts.replies()
    assert texts.stand(Kind.COMMENT) == [("quarantined", "copy_refused")]
    assert texts.in_conversation(first) == ["one"]
    texts.pinpoint.application_rows[first.remote_id or ""] = application_row
    texts.reply("two", sender="+447700900777", at=texts.later(seconds=5))
    texts.replies()
    assert texts.said(first) == ["two"]
    retry(texts.company, [item.id for item in texts.actions(Kind.COMMENT)])
    replies_through(texts, 1)
    assert texts.said(first) == ["two", "one"]


def test_other_peoples_copies_do_not_wait_for_it(texts: TextScene) -> None:
    ana, bo = texts.applied(), texts.applied("+447700900456")
    texts.pinpoint.application_rows.pop(ana.remote_id or "")
    texts.reply("from ana")
    texts.reply("from bo", sender="+447700900456")
    texts.replies()
    assert texts.said(bo) == ["from bo"]


def test_a_closed_conversation_takes_no_copy_and_the_application_has_its_own(texts: TextScene) -> None:
    application = texts.applied()
    texts.cord.close_conversation(application.conversation_id)
    texts.reply()
    texts.replies()
    assert texts.stand(Kind.REPLY) == [("closed", "conversation_closed")]
    assert texts.said(application) == ["Tuesday works"]


def test_a_conversation_that_was_opened_again_takes_it_on_request(texts: TextScene) -> None:
    application = texts.applied()
    texts.cord.close_conversation(application.conversation_id)
    texts.reply()
    texts.replies()
    texts.cord.conversations[application.conversation_id].state = "active"
    retry(texts.company, [item.id for item in texts.actions(Kind.REPLY)])
    replies_through(texts, 1)
    assert texts.in_conversation(application) == ["Tuesday works"]


def test_somebody_erased_at_cord_is_copied_there_no_more(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply()
    texts.cord.erase(application.candidate_id)
    texts.replies()
    assert ("closed", "candidate_erased") in texts.stand(Kind.REPLY)


@pytest.mark.parametrize(
    ("platform", "scope", "kind"),
    [("pinpoint", "comments:write", Kind.COMMENT), ("cord", "messages:write", Kind.REPLY)],
)
def test_a_missing_permission_for_copies_pauses_nothing_else(
    texts: TextScene, platform: str, scope: str, kind: Kind
) -> None:
    application = texts.applied()
    side = texts.pinpoint if platform == "pinpoint" else texts.cord
    allowed = side.permissions if platform == "pinpoint" else side.scopes  # type: ignore[union-attr]
    allowed.discard(scope)
    texts.reply()
    texts.replies()
    assert texts.stand(kind) == [("waiting", "permission_missing")]
    assert texts.stores.memory.pause("harbourline", platform) is None
    allowed.add(scope)
    replies_through(texts, 2, 300)
    assert (texts.said(application), texts.in_conversation(application)) == (["Tuesday works"], ["Tuesday works"])


def test_a_reply_before_the_application_is_there_is_copied_once_it_is(texts: TextScene) -> None:
    job = texts.job(status="hold")
    start = texts.start(texts.position(job), texts.person(phones=["+447700900123"]))
    texts.sync()
    texts.text(texts.item(start))
    texts.reply()
    texts.replies()
    assert texts.stand(Kind.COMMENT) == [("parked", "application_not_there")]
    assert texts.in_conversation(texts.item(start)) == ["Tuesday works"]
    texts.pinpoint.edit_job(job, status="open")
    texts.pass_time(601)
    texts.settle()
    texts.pass_time(601)
    texts.replies()
    assert texts.said(texts.item(start)) == ["Tuesday works"]


def test_while_a_side_is_left_alone_nothing_falls_due(texts: TextScene) -> None:
    texts.applied()
    texts.applied("+447700900456")
    texts.world.take_down("pinpoint")
    for sender in ("+447700900123", "+447700900456"):
        # the second one comes while the side is left alone already
        texts.reply(sender=sender)
        texts.replies()
        wait_s = next_text_due_s(texts.company, (Kind.COMMENT, Kind.REPLY))
        assert wait_s is not None
        assert wait_s > 0.5
