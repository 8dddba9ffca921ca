"""A send whose answer was lost: settled by a callback or a look-up, and never sent again by the machine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from connector.domain.actions import Item, Kind
from connector.flows.inquiry import drop, retry
from connector.flows.messages import sync_messages
from connector.flows.writing import find_recipient, send_text
from tests.flows.scene import Killed
from tests.flows.text_scene import ANA, TextScene

MINUTE = 60.0
LOST = ["reset_after", "stall_after", "error_after", "bad_gateway_after", "garbage_after", "half_body"]


def planned(texts: TextScene, text: str = "Are you free on Tuesday?") -> Item:
    """Have a message wait that is due."""
    who = find_recipient(texts.company, ANA)
    item = send_text(texts.company, who, text=text, at=texts.later(seconds=1))
    texts.pass_time(2)
    return item


def lose_the_answer(texts: TextScene, kind: str = "reset_after", times: int = 1) -> None:
    more: dict[str, Any] = {"seconds": 3} if kind == "stall_after" else {}
    texts.world.faults.add(kind, platform=texts.vendor.name, method="POST", times=times, **more)


def stands(texts: TextScene) -> tuple[str, str]:
    (stand,) = texts.stand(Kind.MESSAGE)
    return stand


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_found_again_and_nothing_is_sent_twice(texts: TextScene, kind: str) -> None:
    planned(texts)
    lose_the_answer(texts, kind)
    texts.messages()
    assert stands(texts) == ("unknown", "outcome_unknown")
    texts.world.faults.clear()
    texts.both(3, after_s=30)
    assert stands(texts) == ("done", "handed_over")
    assert len(texts.vendor.sent_messages) == 1
    assert texts.outbox()[0].remote_id == texts.vendor.sent_messages[0].id


@pytest.mark.parametrize("vendor", ["twilio", "plivo", "exotel", "clicksend"])
def test_a_callback_with_our_intent_settles_it(make_text_scene: Callable[..., TextScene], vendor: str) -> None:
    texts = make_text_scene(vendor)
    planned(texts)
    lose_the_answer(texts)
    texts.messages()
    assert stands(texts)[0] == "unknown"
    if vendor == "clicksend":
        texts.vendor.add_receipt_rule(address=texts.address(vendor, "status"))
    texts.vendor.deliver_all()
    texts.replies()
    assert stands(texts) == ("done", "handed_over")
    assert texts.outbox()[0].delivery == "delivered"
    texts.both(2, after_s=30 * MINUTE)
    assert len(texts.vendor.sent_messages) == 1


@pytest.mark.parametrize("kind", ["reset_before", "error_before", "html_ok", "bad_gateway_before"])
def test_what_surely_cannot_be_found_is_never_resent_by_the_machine(texts: TextScene, kind: str) -> None:
    planned(texts)
    lose_the_answer(texts, kind)
    texts.messages()
    texts.both(10, after_s=5 * MINUTE)
    assert stands(texts) == ("quarantined", "message_unknown")
    assert texts.vendor.sent_messages == []
    assert len(texts.calls("twilio", "POST")) == 1


def test_it_is_left_to_a_human_after_twenty_minutes_and_not_before(texts: TextScene) -> None:
    planned(texts)
    lose_the_answer(texts, "reset_before")
    texts.messages()
    texts.pass_time(19 * MINUTE)
    texts.messages()
    assert stands(texts)[0] == "unknown"
    texts.pass_time(10 * MINUTE)
    texts.messages()
    assert stands(texts) == ("quarantined", "message_unknown")


def test_a_human_may_send_it_again(texts: TextScene) -> None:
    item = planned(texts)
    lose_the_answer(texts, "reset_before")
    texts.both(8, after_s=5 * MINUTE)
    retry(texts.company, [item.id])
    texts.messages()
    assert stands(texts) == ("done", "handed_over")
    assert len(texts.vendor.sent_messages) == 1


def test_a_human_may_give_it_up(texts: TextScene) -> None:
    item = planned(texts)
    lose_the_answer(texts, "reset_before")
    texts.both(8, after_s=5 * MINUTE)
    drop(texts.company, [item.id])
    texts.both(2, after_s=MINUTE)
    assert (stands(texts), texts.vendor.sent_messages) == (("closed", "dropped"), [])


def test_a_callback_after_all_settles_what_was_left_to_a_human(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("exotel")
    planned(texts)
    lose_the_answer(texts)
    texts.both(8, after_s=5 * MINUTE)
    assert stands(texts) == ("quarantined", "message_unknown")
    texts.vendor.deliver_all()
    texts.replies()
    assert stands(texts) == ("done", "handed_over")
    assert len(texts.vendor.sent_messages) == 1


def test_a_message_of_the_same_words_is_not_mistaken_for_the_lost_one(texts: TextScene) -> None:
    texts.text(ANA, "Are you free?")
    planned(texts, "Are you free?")
    lose_the_answer(texts, "reset_before")
    texts.both(8, after_s=5 * MINUTE)
    assert texts.stand(Kind.MESSAGE) == [("done", "handed_over"), ("quarantined", "message_unknown")]
    first, second = texts.outbox()
    assert (first.remote_id is not None, second.remote_id) == (True, None)


def test_a_refused_look_up_keeps_it_in_doubt(texts: TextScene) -> None:
    planned(texts)
    lose_the_answer(texts)
    texts.messages()
    texts.world.faults.add("unavailable", platform="twilio", method="GET", times=20)
    texts.both(2, after_s=10)
    assert stands(texts)[0] == "unknown"
    texts.world.faults.clear()
    texts.both(6, after_s=MINUTE)
    assert stands(texts) == ("done", "handed_over")
    assert len(texts.vendor.sent_messages) == 1


# --- killed


def test_killed_before_the_intent_it_is_sent_by_the_next_process(texts: TextScene) -> None:
    planned(texts)
    texts.dying_at("may_leave")
    with pytest.raises(Killed):
        texts.messages()
    texts.restart()
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1


def test_killed_between_the_intent_and_the_send_it_is_not_sent_by_the_machine(texts: TextScene) -> None:
    planned(texts)
    texts.dying_at("may_leave", after=True)
    with pytest.raises(Killed):
        texts.messages()
    texts.restart()
    texts.both(8, after_s=5 * MINUTE)
    assert stands(texts) == ("quarantined", "message_unknown")
    assert texts.vendor.sent_messages == []


@pytest.mark.parametrize("after", [False, True], ids=["before_the_commit", "after_the_commit"])
def test_killed_at_the_outcome_it_is_sent_once(texts: TextScene, after: bool) -> None:
    planned(texts)
    texts.dying_at("settle", after=after)
    with pytest.raises(Killed):
        texts.messages()
    texts.restart()
    texts.both(3, after_s=30)
    assert stands(texts) == ("done", "handed_over")
    assert len(texts.vendor.sent_messages) == 1


def test_killed_after_the_send_the_callback_settles_it_at_once(texts: TextScene) -> None:
    planned(texts)
    texts.dying_at("settle")
    with pytest.raises(Killed):
        texts.messages()
    texts.vendor.deliver_all()
    texts.restart()
    texts.replies()
    assert stands(texts) == ("done", "handed_over")
    texts.both(2, after_s=30)
    assert len(texts.vendor.sent_messages) == 1


def test_two_processes_send_one_message(texts: TextScene) -> None:
    planned(texts)
    other = replace(texts.company, lock_wait_s=5.0)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(sync_messages, [texts.company, other]))
    assert len(texts.vendor.sent_messages) == 1


def test_a_surprise_of_our_own_after_the_intent_is_a_doubt(texts: TextScene) -> None:
    planned(texts)

    class Odd:
        def __getattr__(self, name: str) -> object:
            return getattr(texts.company.providers["twilio"], name)

        def submit(self, *_: object) -> None:
            raise RuntimeError("odd")

    odd: Any = Odd()
    sync_messages(replace(texts.company, providers={"twilio": odd}))
    assert stands(texts) == ("unknown", "outcome_unknown")
