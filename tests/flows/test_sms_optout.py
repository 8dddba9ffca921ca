"""STOP and START: mirrored, and heeded by every number of ours and through every provider, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.actions import Kind
from connector.domain.texts import Suppression
from connector.flows.writing import NotSendable
from tests.flows.text_scene import ANA, BO, OURS, OURS_US, TextScene


def opted_out(texts: TextScene, number: str = ANA) -> bool:
    return texts.stores.texts.suppression("harbourline", number) is not None


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "UNSUBSCRIBE", "cancel", "QUIT", "End", "REVOKE", "optout"]
)
def test_stop_in_any_case_is_mirrored_and_suppresses_and_the_comment_says_so(texts: TextScene, word: str) -> None:
    application = texts.applied()
    texts.reply(word)
    texts.replies()
    assert opted_out(texts)
    (comment,) = texts.comments(application)
    assert word.strip() in comment.splitlines()
    assert "opted out" in comment
    assert texts.in_conversation(application) == [word.strip()]


def test_after_stop_nothing_is_sent_from_any_number_through_any_provider(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene("twilio", "plivo", sms={"routing": {"+44": ["twilio", "plivo"]}})
    application = texts.applied()
    texts.reply("STOP")
    texts.replies()
    for who in (application, ANA, "07700 900123"):
        with pytest.raises(NotSendable, match="opted_out"):
            texts.text(who)
    texts.remap(sms={"provider": "plivo"}, default_region="GB")
    with pytest.raises(NotSendable, match="opted_out"):
        texts.text(application)
    assert (texts.vendor.sent_messages, texts.world.texting["plivo"].sent_messages) == ([], [])


def test_start_brings_texts_back(texts: TextScene) -> None:
    application = texts.applied()
    for n, word in enumerate(("STOP", "START")):
        texts.reply(word, at=texts.later(seconds=2 * n))
        texts.replies()
    assert not opted_out(texts)
    assert "opted in again" in texts.comments(application)[1]
    texts.text(application)
    assert len(texts.vendor.sent_messages) == 1


def test_yes_is_an_answer_and_lifts_only_what_is_in_force(texts: TextScene) -> None:
    application = texts.applied()
    texts.reply("Yes")
    texts.replies()
    assert "opted in" not in texts.comments(application)[0]
    texts.reply("STOP")
    texts.replies()
    texts.reply("YES", at=texts.later(seconds=2))
    texts.replies()
    assert not opted_out(texts)


def test_a_stop_that_has_only_been_stored_counts_before_anything_leaves(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application, at=texts.later(minutes=1))
    texts.reply("STOP")
    texts.pass_time(120)
    texts.messages()
    assert texts.vendor.sent_messages == []
    assert texts.stand(Kind.MESSAGE) == [("closed", "opted_out")]


def test_stop_between_planning_and_sending(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application, at=texts.later(minutes=1))
    texts.reply("stop")
    texts.replies()
    texts.pass_time(120)
    texts.messages()
    assert texts.vendor.sent_messages == []
    assert texts.outbox()[0].delivery == "cancelled"


def test_an_older_stop_that_is_listed_after_a_start_changes_nothing(texts: TextScene) -> None:
    application = texts.applied()
    now = texts.clock.now()
    texts.reply("STOP", at=now - timedelta(minutes=10), callback=False, listed_after_s=600)
    texts.reply("START", at=now - timedelta(minutes=5), callback=False)
    texts.replies()
    texts.pass_time(700)
    texts.replies()
    assert not opted_out(texts)
    assert len(texts.comments(application)) == 2


def test_a_stop_to_one_number_holds_for_that_person_alone(texts: TextScene) -> None:
    texts.applied(ANA)
    bo = texts.applied(BO)
    texts.reply("STOP", to=OURS_US)
    texts.replies()
    texts.text(bo)
    assert [m.to for m in texts.vendor.sent_messages] == [BO]


def test_a_refusal_because_of_an_opt_out_suppresses(texts: TextScene) -> None:
    application = texts.applied()
    texts.twilio.blocks.add((OURS, ANA))
    item = texts.text(application)
    assert (item.state, item.reason) == ("closed", "opted_out")
    assert "21610" in item.note
    assert opted_out(texts)
    assert texts.stores.texts.suppressions("harbourline")[0].why == "refused"


def test_an_opt_out_that_shows_only_in_the_status_suppresses(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("plivo")
    application = texts.applied()
    texts.phone(ANA, fate="opted_out")
    texts.text(application)
    texts.vendor.deliver_all()
    texts.replies()
    assert opted_out(texts)


def test_a_person_who_answers_stop_gets_no_second_text(texts: TextScene) -> None:
    application = texts.applied()
    phone = texts.phone(ANA, "STOP")
    texts.text(application)
    texts.vendor.deliver_all()
    texts.both()
    with pytest.raises(NotSendable):
        texts.text(application, "one more")
    assert phone.texts_after_stop == []


def test_an_opt_out_by_hand_holds(texts: TextScene) -> None:
    application = texts.applied()
    texts.stores.texts.suppress(Suppression("harbourline", ANA, texts.clock.now(), "by_hand", ""))
    with pytest.raises(NotSendable, match="opted_out"):
        texts.text(application)


class Meanwhile:
    """The store of messages while somebody else does something just before the intent is written."""

    def __init__(self, texts: Any, act: Callable[[], object]) -> None:
        self._texts, self._act = texts, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._texts, name)

    def may_leave(self, *given: Any) -> Any:
        self._act()
        return self._texts.may_leave(*given)


def test_an_opt_out_between_the_last_look_and_the_intent_counts(texts: TextScene) -> None:
    store = texts.stores.texts
    out = Suppression("harbourline", ANA, texts.clock.now(), "keyword", "twilio")
    texts.company = replace(texts.company, texts=Meanwhile(store, lambda: store.suppress(out)))
    item = texts.text(ANA)
    assert (item.state, item.reason) == ("closed", "opted_out")
    assert (texts.vendor.sent_messages, texts.outbox()[0].delivery) == ([], "cancelled")
