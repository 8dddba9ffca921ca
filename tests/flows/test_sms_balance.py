"""The segment balance: a line for each message in or out, nothing at zero, refunds only where nothing is billed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.domain.actions import Kind
from connector.flows.inquiry import retry
from connector.flows.writing import NotSendable
from tests.flows.text_scene import ANA, BO, TextScene

ON_SENT = {"name": "hello", "text": "Hi there", "on": "application_sent"}


def lines(texts: TextScene) -> list[tuple[str, int, int]]:
    """Return the lines of the balance, oldest first: what, segments, left."""
    found = texts.stores.texts.segment_lines("harbourline")
    return [(line.what, line.segments, line.left) for line in reversed(found)]


def with_balance(make: Callable[..., TextScene], segments: int, **sms: object) -> TextScene:
    return make(sms={"segment_balance": segments, **sms})


def test_each_message_sent_and_received_has_a_line_with_what_is_left(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = with_balance(make_text_scene, 10)
    application = texts.applied()
    texts.text(application, "a" * 200)
    texts.reply()
    texts.replies()
    assert lines(texts) == [("granted", 10, 10), ("sent", -2, 8), ("received", -1, 7)]


@pytest.mark.parametrize("used", [1, 2], ids=["at_zero", "below_zero"])
def test_at_zero_or_below_nothing_can_be_written(make_text_scene: Callable[..., TextScene], used: int) -> None:
    texts = with_balance(make_text_scene, 1)
    texts.text(ANA, "a" * (100 * used))
    assert texts.balance() == 1 - used
    with pytest.raises(NotSendable, match="no_balance"):
        texts.text(ANA)
    assert len(texts.vendor.sent_messages) == 1


def test_what_was_planned_when_it_ran_out_is_closed(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 1)
    texts.text(ANA, at=texts.later(minutes=1))
    texts.text(BO)
    texts.pass_time(61)
    texts.messages()
    assert texts.stand(Kind.MESSAGE) == [("closed", "no_balance"), ("done", "handed_over")]
    assert [m.to for m in texts.vendor.sent_messages] == [BO]


def test_an_events_step_ends_as_concluded_and_a_top_up_resumes_new_ones_only(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = with_balance(make_text_scene, 0, templates=[ON_SENT])
    texts.applied(ANA)
    texts.messages()
    assert texts.stand(Kind.MESSAGE) == [("closed", "no_balance")]
    texts.remap(sms={"segment_balance": 5, "templates": [ON_SENT]})
    texts.applied(BO)
    texts.both(2, after_s=60)
    assert [m.to for m in texts.vendor.sent_messages] == [BO]
    assert texts.stand(Kind.MESSAGE) == [("closed", "no_balance"), ("done", "handed_over")]


def test_a_human_may_take_up_what_was_concluded(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 0, templates=[ON_SENT])
    texts.applied(ANA)
    texts.messages()
    texts.remap(sms={"segment_balance": 5, "templates": [ON_SENT]})
    retry(texts.company, [item.id for item in texts.actions(Kind.MESSAGE)])
    texts.messages()
    assert [m.to for m in texts.vendor.sent_messages] == [ANA]


def test_replies_count_below_zero_and_are_mirrored_all_the_same(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 1)
    application = texts.applied()
    texts.text(application)
    texts.reply("one")
    texts.replies()
    assert (texts.balance(), texts.said(application)) == (-1, ["one"])


def test_what_the_provider_refuses_costs_nothing(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 5)
    texts.twilio.not_mobile.add(ANA)
    texts.text(ANA)
    assert texts.balance() == 5


def test_what_never_left_is_given_back_and_what_was_billed_is_not(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 5)
    texts.phone(ANA, fate="never_left")
    texts.phone(BO, fate="landline")
    texts.text(ANA)
    texts.text(BO)
    texts.vendor.deliver_all()
    texts.replies()
    assert len(texts.stores.texts.failed("harbourline")) == 2
    assert texts.balance() == 4


def test_a_message_that_waits_keeps_no_segments(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 1)
    texts.world.take_down("twilio")
    texts.text(ANA)
    assert texts.balance() == 1
    texts.world.bring_up("twilio")
    texts.both(3, after_s=300)
    assert (texts.balance(), len(texts.vendor.sent_messages)) == (0, 1)


def test_a_message_in_doubt_keeps_its_segments(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 5)
    texts.world.faults.add("reset_before", platform="twilio", method="POST")
    texts.text(ANA)
    assert texts.balance() == 4


def test_every_line_adds_up(make_text_scene: Callable[..., TextScene]) -> None:
    texts = with_balance(make_text_scene, 20)
    application = texts.applied()
    for n in range(3):
        texts.text(application, f"{n} " + "a" * 150)
        texts.reply(f"answer {n}")
        texts.vendor.deliver_all()
        texts.both()
    left = 0
    for _, segments, after in lines(texts):
        left += segments
        assert left == after
