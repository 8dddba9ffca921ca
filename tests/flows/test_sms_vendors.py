"""What differs between the vendors: how replies are listed, what is exact, what is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.actions import Item, Kind
from tests.flows.scene import Killed
from tests.flows.text_scene import ANA, BO, NUMBERS, TextScene

VENDORS = ["twilio", "plivo", "exotel", "clicksend"]
MINUTE = 60.0


def own(vendor: str) -> str:
    """Return our British number at a vendor."""
    return next(number for number in NUMBERS[vendor] if number.startswith("+44"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_sent_answered_and_mirrored_once(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    application = texts.applied()
    texts.phone(ANA, "Tuesday works")
    texts.text(application)
    texts.vendor.deliver_all()
    texts.both(3, after_s=MINUTE)
    assert texts.said(application) == ["Tuesday works"]
    assert texts.in_conversation(application) == ["Tuesday works"]
    assert len(texts.vendor.sent_messages) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_stop_is_honoured(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    application = texts.applied()
    phone = texts.phone(ANA, "STOP")
    texts.text(application)
    texts.text(application, "one for later", at=texts.later(minutes=5))
    texts.vendor.deliver_all()
    texts.both(6, after_s=2 * MINUTE)
    assert texts.stores.texts.suppression("harbourline", ANA) is not None
    assert phone.texts_after_stop == []
    assert "opted out" in texts.comments(application)[0]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_callback_that_comes_three_times_is_one_reply(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    application = texts.applied()
    texts.reply(to=own(vendor), times=3)
    texts.both(3, after_s=MINUTE)
    assert texts.said(application) == ["Tuesday works"]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("method", ["record_replies", "attribute"])
def test_killed_in_between_a_reply_is_mirrored_once(
    make_text_scene: Callable[..., TextScene], vendor: str, method: str
) -> None:
    texts = make_text_scene(vendor)
    application = texts.applied()
    texts.reply(to=own(vendor))
    texts.dying_at(method, after=True)
    with pytest.raises(Killed):
        texts.replies()
    texts.restart()
    texts.both(3, after_s=MINUTE)
    assert texts.said(application) == ["Tuesday works"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_refused_key_pauses_one_vendor_and_not_the_other(
    make_text_scene: Callable[..., TextScene], vendor: str
) -> None:
    other = "plivo" if vendor == "twilio" else "twilio"
    texts = make_text_scene(vendor, other)
    application = texts.applied()
    texts.world.faults.add("rate_limited", platform=vendor, method="POST", times=9, retry_after="seconds", seconds=60)
    item = texts.text(application)
    assert item.state == "waiting"
    texts.world.texting[other].receive(ANA, own(other), "on the other one")
    texts.replies()
    assert texts.said(application) == ["on the other one"]


# --- Plivo: a reply's text comes by callback alone


def a_while_ago() -> datetime:
    """Return a time since which a callback would have come."""
    return datetime.now(UTC) - timedelta(minutes=11)


def test_a_reply_of_which_only_the_list_tells_is_said_to_be_a_gap(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("plivo")
    application = texts.applied()
    texts.reply("only in the console", to=own("plivo"), callback=False, at=a_while_ago())
    texts.replies()
    texts.replies()
    (said,) = texts.said(application)
    assert said == "(A reply came whose text can only be read in Plivo's console.)"
    assert texts.in_conversation(application) == [said]


def test_a_callback_within_the_while_fills_the_gap(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("plivo")
    application = texts.applied()
    texts.vendor.posting.hold = True
    texts.reply("late but here", to=own("plivo"))
    texts.replies()
    texts.vendor.release()
    texts.replies()
    assert texts.said(application) == ["late but here"]
    texts.pass_time(20 * MINUTE)
    texts.replies()
    assert len(texts.comments(application)) == 1


def test_a_text_that_turns_up_after_the_gap_was_told_is_copied_too(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("plivo")
    application = texts.applied()
    texts.vendor.posting.hold = True
    texts.reply("here it is", to=own("plivo"), at=a_while_ago())
    texts.replies()
    texts.vendor.release()
    texts.replies()
    assert [text[:8] for text in texts.said(application)] == ["(A reply", "here it "]
    assert len(texts.in_conversation(application)) == 2
    assert len(texts.inbox()) == 1


def test_a_stop_that_turns_up_after_the_gap_was_told_counts(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("plivo")
    texts.applied()
    texts.vendor.posting.hold = True
    texts.reply("STOP", to=own("plivo"), at=a_while_ago())
    texts.replies()
    texts.vendor.release()
    texts.replies()
    assert texts.stores.texts.suppression("harbourline", ANA) is not None


# --- ClickSend: names the message that is answered; listed until it is acknowledged


def two_applications(texts: TextScene) -> tuple[Item, Item]:
    person = texts.person(phones=[ANA])
    first, second = texts.start(person=person), texts.start(person=person)
    texts.sync()
    return texts.item(first), texts.item(second)


def test_a_reply_to_an_earlier_message_goes_to_that_application(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("clicksend")
    a, b = two_applications(texts)
    texts.text(a, "first")
    texts.text(b, "second")
    texts.reply("to the first", to=own("clicksend"), answers=texts.vendor.sent_messages[0].id)
    texts.replies()
    assert texts.how() == ["answered"]
    assert (texts.said(a), texts.said(b)) == (["to the first"], [])


def test_an_exact_answer_needs_no_human_although_two_people_share_the_number(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene("clicksend")
    ana, _bo = texts.applied(ANA), texts.applied(ANA)
    texts.text(ana)
    texts.reply(to=own("clicksend"), answers=texts.vendor.sent_messages[0].id)
    texts.replies()
    assert (texts.how(), texts.said(ana)) == (["answered"], ["Tuesday works"])


def test_replies_are_acknowledged_only_once_they_are_stored(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("clicksend")
    application = texts.applied()
    texts.reply("one", to=own("clicksend"), callback=False)
    texts.dying_at("record_replies")
    with pytest.raises(Killed):
        texts.replies()
    assert texts.calls("clicksend", "PUT") == []
    texts.restart()
    texts.replies()
    assert texts.calls("clicksend", "PUT") != []
    assert texts.said(application) == ["one"]


def test_what_could_not_be_acknowledged_comes_again_and_counts_once(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("clicksend")
    application = texts.applied()
    texts.reply("one", to=own("clicksend"), callback=False)
    texts.world.faults.add("unavailable", platform="clicksend", method="PUT", times=9)
    texts.replies()
    texts.world.faults.clear()
    texts.both(2, after_s=MINUTE)
    assert texts.said(application) == ["one"]


def test_two_rules_that_list_every_reply_twice_are_one_reply(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("clicksend")
    application = texts.applied()
    texts.vendor.add_inbound_rule("POLL")
    texts.reply("one", to=own("clicksend"))
    texts.both(2, after_s=MINUTE)
    assert texts.said(application) == ["one"]


def test_a_reply_that_answers_a_message_in_doubt_proves_that_it_left(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("clicksend")
    application = texts.applied()
    texts.world.faults.add("reset_after", platform="clicksend", method="POST", path="sms/send")
    texts.text(application)
    assert texts.stand(Kind.MESSAGE)[0][0] == "unknown"
    texts.reply(to=own("clicksend"), answers=texts.vendor.sent_messages[0].id)
    texts.replies()
    assert texts.stand(Kind.MESSAGE) == [("done", "handed_over")]
    assert texts.how() == ["answered"]


@pytest.mark.parametrize("word", ["INVALID_RECIPIENT", "INSUFFICIENT_CREDIT", "COUNTRY_NOT_ENABLED"])
def test_a_rejection_inside_a_200_is_a_refusal(make_text_scene: Callable[..., TextScene], word: str) -> None:
    texts = make_text_scene("clicksend")
    texts.vendor.rejections["*"] = word
    item = texts.text(BO)
    assert item.state in ("quarantined", "waiting")
    assert word in item.note
    assert texts.vendor.sent_messages == []


# --- Exotel: no list at all


def test_national_numbers_are_read_in_the_accounts_country(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("exotel")
    application = texts.applied("+919876543210")
    texts.vendor.receive("+919876543210", NUMBERS["exotel"][0], "from Mumbai")
    texts.replies()
    assert texts.said(application) == ["from Mumbai"]


def test_replies_in_the_order_of_their_times_whatever_the_order_of_the_calls(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene("exotel")
    application = texts.applied()
    texts.vendor.posting.hold = True
    start = datetime.now(UTC) - timedelta(minutes=30)
    for n in range(4):
        texts.reply(f"reply {n}", to=own("exotel"), at=start + timedelta(minutes=n))
    texts.vendor.release(reverse=True)
    texts.replies()
    assert texts.said(application) == [f"reply {n}" for n in range(4)]
