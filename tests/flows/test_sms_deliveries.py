"""How far a message got: by callback in any order, and by asking about what stays silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from connector.domain.actions import Kind
from connector.domain.texts import Message
from connector.flows.inquiry import retry
from tests.flows.text_scene import ANA, BO, OURS, TextScene

HOUR = 3600.0


def one(texts: TextScene) -> Message:
    (message,) = texts.outbox()
    return message


@pytest.mark.parametrize("vendor", ["twilio", "plivo", "exotel", "clicksend"])
def test_queued_then_sent_then_delivered(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    if vendor == "clicksend":
        texts.vendor.add_receipt_rule(address=texts.address(vendor, "status"))
    texts.text(ANA)
    assert one(texts).delivery == "queued"
    texts.vendor.deliver_all()
    texts.replies()
    assert one(texts).delivery == "delivered"


@pytest.mark.parametrize("vendor", ["twilio", "plivo", "exotel", "clicksend"])
def test_a_failure_has_the_vendors_code_and_words(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    if vendor == "clicksend":
        texts.vendor.add_receipt_rule(address=texts.address(vendor, "status"))
    texts.phone(ANA, fate="unknown")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    (failed,) = texts.stores.texts.failed("harbourline")
    assert failed.delivery == "failed"
    assert failed.code or failed.words


@pytest.mark.parametrize("seed", range(5))
def test_callbacks_in_any_order_and_twice_end_where_they_should(texts: TextScene, seed: int) -> None:
    texts.vendor.posting.hold = True
    texts.vendor.posting.times = 2
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.vendor.release(shuffle=seed)
    texts.replies()
    assert one(texts).delivery == "delivered"


def test_a_sent_after_delivered_is_ignored(texts: TextScene) -> None:
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.vendor.report(texts.vendor.sent_messages[0].id, "sent")
    texts.replies()
    assert one(texts).delivery == "delivered"


def test_two_last_words_that_differ_are_settled_by_asking(texts: TextScene) -> None:
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    message_id = texts.vendor.sent_messages[0].id
    texts.vendor.report(message_id, "undelivered", "30008", "Unknown error", true=True)
    texts.replies()
    assert (one(texts).delivery, one(texts).code) == ("failed", "30008")


def test_a_lie_about_the_last_word_is_not_believed(texts: TextScene) -> None:
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.vendor.report(texts.vendor.sent_messages[0].id, "undelivered", "30003")
    texts.replies()
    assert one(texts).delivery == "delivered"


def test_a_contradiction_with_nobody_to_ask_leaves_the_first_word(texts: TextScene) -> None:
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.vendor.report(texts.vendor.sent_messages[0].id, "undelivered", "30003")
    texts.world.faults.add("unavailable", platform="twilio", path=r"Messages/SM", times=9)
    texts.both()
    assert one(texts).delivery == "delivered"
    assert texts.stores.texts.open_callbacks("harbourline", 9) == []


def test_a_callback_that_overtakes_the_answer_is_not_lost(texts: TextScene) -> None:
    """The status comes while our request is still under way, as happens with short messages."""
    texts.world.faults.add("stall_after", platform="twilio", method="POST", seconds=0.3)
    item = texts.text(ANA)
    assert item.state == "done"
    texts.vendor.deliver_all()
    texts.replies()
    assert one(texts).delivery == "delivered"


def test_a_status_of_a_message_that_is_not_ours_is_no_news(texts: TextScene) -> None:
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    address, account = texts.address("twilio", "status"), texts.vendor.account
    stranger = texts.vendor.accept(OURS, BO, "not by us", "queued", callback_url=address, account_sid=account)
    texts.vendor.deliver_all()
    tally = texts.replies()
    assert (tally.statuses, tally.problems, len(texts.outbox())) == (0, [], 1)
    assert any(stranger.id in sent.call.body.decode() for sent in texts.vendor.callbacks_sent)


# --- what stays silent


def test_a_silent_message_is_asked_about_after_an_hour(texts: TextScene) -> None:
    texts.vendor.posting.status = False
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.pass_time(0.9 * HOUR)
    texts.messages()
    assert one(texts).delivery == "queued"
    texts.pass_time(0.2 * HOUR)
    texts.messages()
    assert one(texts).delivery == "delivered"


def test_it_is_asked_about_ever_more_rarely_and_not_after_three_days(texts: TextScene) -> None:
    texts.phone(ANA, fate="no_receipt")
    texts.vendor.posting.status = False
    texts.text(ANA)
    texts.vendor.deliver_all()
    asked = []
    for hour in range(5 * 24):
        texts.pass_time(HOUR)
        before = len(texts.calls("twilio", "GET", "Messages/SM"))
        texts.messages()
        if len(texts.calls("twilio", "GET", "Messages/SM")) > before:
            asked.append(hour + 1)
    assert one(texts).delivery == "sent"
    assert 5 <= len(asked) <= 9
    assert asked[0] <= 2
    assert asked[-1] <= 73
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)


def test_a_provider_that_is_down_while_it_is_asked_is_asked_again(texts: TextScene) -> None:
    texts.vendor.posting.status = False
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.pass_time(1.1 * HOUR)
    texts.world.faults.add("unavailable", platform="twilio", method="GET", times=30)
    texts.both()
    texts.world.faults.clear()
    texts.both(4, after_s=300)
    assert one(texts).delivery == "delivered"


def test_a_message_that_is_gone_at_the_provider_is_asked_about_no_more(texts: TextScene) -> None:
    texts.vendor.posting.status = False
    texts.text(ANA)
    texts.vendor.remove(texts.vendor.sent_messages[0].id)
    texts.pass_time(1.1 * HOUR)
    texts.messages()
    texts.pass_time(30 * HOUR)
    texts.messages()
    assert len(texts.calls("twilio", "GET", "Messages/SM")) == 1


# --- once more


def test_a_phone_that_is_off_is_tried_once_more_an_hour_later(texts: TextScene) -> None:
    application = texts.applied()
    phone = texts.phone(ANA, fate="off")
    texts.text(application)
    texts.vendor.deliver_all()
    texts.replies()
    assert texts.stand(Kind.MESSAGE) == [("done", "handed_over"), ("planned", "recorded")]
    phone.fate = "delivered"
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1
    texts.pass_time(HOUR + 1)
    texts.messages()
    texts.vendor.deliver_all()
    texts.replies()
    assert [m.delivery for m in texts.outbox()] == ["failed", "delivered"]
    assert {m.application for m in texts.outbox()} == {application.id}


def test_a_second_failure_is_not_repeated(texts: TextScene) -> None:
    texts.phone(ANA, fate="off")
    texts.text(ANA)
    for _ in range(4):
        texts.vendor.deliver_all()
        texts.both()
        texts.pass_time(2 * HOUR)
    assert len(texts.vendor.sent_messages) == 2


def test_a_failure_that_does_not_pass_is_not_repeated(texts: TextScene) -> None:
    texts.phone(ANA, fate="landline")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.both(2, after_s=2 * HOUR)
    assert len(texts.vendor.sent_messages) == 1


@pytest.mark.parametrize("told", [True, False])
def test_what_has_arrived_after_all_is_not_sent_once_more(texts: TextScene, told: bool) -> None:
    """A vendor takes its failure back within the hour: by a call, or so that only a look shows it."""
    texts.phone(ANA, fate="off")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.vendor.posting.status = told
    texts.vendor.report(texts.vendor.sent_messages[0].id, "delivered", true=True)
    texts.replies()
    texts.pass_time(HOUR + 1)
    texts.both(3, after_s=HOUR)
    assert len(texts.vendor.sent_messages) == 1
    assert texts.stand(Kind.MESSAGE) == [("done", "handed_over"), ("closed", "not_repeated")]
    assert "delivered" in [message.delivery for message in texts.outbox()]


def test_a_failure_that_the_vendor_no_longer_tells_is_not_repeated(texts: TextScene) -> None:
    texts.phone(ANA, fate="off")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.vendor.remove(texts.vendor.sent_messages[0].id)
    texts.pass_time(HOUR + 1)
    texts.both(3, after_s=HOUR)
    assert (len(texts.calls("twilio", "POST")), texts.stand(Kind.MESSAGE)[1]) == (1, ("closed", "not_repeated"))


def test_while_nobody_can_be_asked_the_repeat_waits(texts: TextScene) -> None:
    texts.phone(ANA, fate="off")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.pass_time(HOUR + 1)
    texts.world.faults.add("unavailable", platform="twilio", method="GET", path=r"Messages/SM", times=99)
    texts.messages()
    assert (len(texts.vendor.sent_messages), texts.stand(Kind.MESSAGE)[1][0]) == (1, "waiting")
    texts.world.faults.clear()
    texts.both(3, after_s=600)
    assert (len(texts.vendor.sent_messages), texts.stand(Kind.MESSAGE)[1]) == (2, ("done", "handed_over"))


def test_a_human_may_send_what_was_not_repeated(texts: TextScene) -> None:
    texts.phone(ANA, fate="off")
    texts.text(ANA)
    texts.vendor.deliver_all()
    texts.replies()
    texts.vendor.report(texts.vendor.sent_messages[0].id, "delivered", true=True)
    texts.pass_time(HOUR + 1)
    texts.both()
    repeat = texts.actions(Kind.MESSAGE)[1]
    assert (repeat.state, repeat.reason) == ("closed", "not_repeated")
    retry(texts.company, [repeat.id])
    texts.both()
    assert len(texts.vendor.sent_messages) == 2


def test_the_report_counts_by_provider_country_event_and_status(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application)
    texts.vendor.deliver_all()
    texts.reply()
    texts.replies()
    now = texts.clock.now()
    counts = texts.stores.texts.counts("harbourline", now - timedelta(days=1), now + timedelta(days=1))
    assert {(c.provider, c.country, c.direction, c.how, c.delivery, c.messages) for c in counts} == {
        ("twilio", "+44", "in", "last_messaged", "delivered", 1),
        ("twilio", "+44", "out", "manual", "delivered", 1),
    }
