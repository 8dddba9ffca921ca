"""What stops a message or sends it another way: switched off, another provider, a refusal, a provider that is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.domain.actions import Kind
from connector.flows.inquiry import retry
from connector.flows.writing import NotSendable, find_recipient, send_text
from tests.flows.text_scene import ANA, BO, OURS, TextScene

ON_SENT = {"name": "hello", "text": "Hi {{application.candidate.first_name}}!", "on": "application_sent"}


def arrived(texts: TextScene, number: str = ANA) -> list[str]:
    texts.vendor.deliver_all()
    return texts.world.handsets.get(number).texts


# --- switching off, switching over


def test_disabled_means_zero_sends(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"enabled": False, "templates": [ON_SENT]})
    application = texts.applied()
    texts.messages()
    with pytest.raises(NotSendable, match="sms_off"):
        texts.text(application)
    assert (texts.vendor.sent_messages, texts.actions(Kind.MESSAGE)) == ([], [])


def test_switching_off_calls_off_what_is_queued_and_it_is_not_sent_later(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene(sms={"templates": [{**ON_SENT, "after": "1h"}]})
    application = texts.applied()
    texts.text(application, at=texts.later(hours=1))
    texts.remap(sms={"enabled": False, "templates": [ON_SENT]})
    assert texts.messages().cancelled == 2
    texts.remap(sms={"templates": [ON_SENT]})
    texts.pass_time(2 * 3600)
    texts.messages()
    assert texts.vendor.sent_messages == []
    assert texts.stand(Kind.MESSAGE) == [("closed", "sms_off")] * 2
    assert [m.delivery for m in texts.outbox()] == ["cancelled"]


def test_only_the_active_provider_sends_and_the_other_ones_replies_still_count(
    make_text_scene: Callable[..., TextScene],
) -> None:
    texts = make_text_scene("twilio", "plivo")
    application = texts.applied()
    texts.text(application)
    texts.remap(sms={"provider": "plivo"})
    texts.text(application)
    plivo = texts.world.texting["plivo"]
    assert (len(texts.twilio.sent_messages), len(plivo.sent_messages)) == (1, 1)
    texts.reply("to the old number")
    texts.replies()
    assert texts.said(application) == ["to the old number"]


def test_routing_by_dialling_code(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(
        "twilio", "exotel", sms={"provider": None, "routing": {"+91": "exotel", "default": "twilio"}}
    )
    texts.text("+91 98765 43210")
    texts.text(ANA)
    exotel = texts.world.texting["exotel"]
    assert (len(exotel.sent_messages), len(texts.twilio.sent_messages)) == (1, 1)


def test_a_provider_that_fails_is_passed_over_and_said_so(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene("twilio", "plivo", sms={"routing": {"+44": ["twilio", "plivo"]}})
    texts.phone(ANA, fate="filtered")
    for n in range(6):
        texts.text(ANA, f"text {n}")
    texts.twilio.deliver_all()
    texts.replies()
    item = texts.text(BO)
    assert "twilio is passed over: 6 of its last 6 messages failed" in item.note
    assert len(texts.world.texting["plivo"].sent_messages) == 1


# --- refusals


def test_a_number_that_the_provider_refuses_is_in_the_failure_log_with_its_words(texts: TextScene) -> None:
    texts.twilio.not_mobile.add(ANA)
    item = texts.text(ANA)
    assert (item.state, item.reason) == ("quarantined", "message_refused")
    (failed,) = texts.stores.texts.failed("harbourline")
    assert failed.code == "21614"
    assert failed.words
    assert "mobile number" in item.note


def test_a_refused_message_is_sent_again_by_hand_once_that_is_mended(texts: TextScene) -> None:
    texts.twilio.not_mobile.add(ANA)
    item = texts.text(ANA)
    texts.twilio.not_mobile.clear()
    retry(texts.company, [item.id])
    texts.messages()
    assert arrived(texts) == ["Are you free on Tuesday?"]
    assert texts.stand(Kind.MESSAGE) == [("done", "handed_over")]


def test_a_full_queue_is_tried_again_later(texts: TextScene) -> None:
    texts.twilio.full_queues.add(OURS)
    item = texts.text(ANA)
    assert (item.state, item.reason) == ("waiting", "refused_for_now")
    texts.twilio.full_queues.clear()
    texts.pass_time(901)
    texts.messages()
    assert len(arrived(texts)) == 1


def test_too_many_requests_wait_and_go_once(texts: TextScene) -> None:
    texts.world.faults.add("rate_limited", platform="twilio", method="POST", times=3)
    item = texts.text(ANA)
    assert item.state == "waiting"
    texts.both(4, after_s=60)
    assert len(arrived(texts)) == 1


def test_a_provider_that_is_down_gets_it_once_it_is_back(texts: TextScene) -> None:
    texts.world.take_down("twilio")
    item = texts.text(ANA)
    assert (item.state, item.reason) == ("waiting", "platform_unwell")
    texts.world.bring_up("twilio")
    texts.pass_time(600)
    texts.both(2, after_s=60)
    assert len(arrived(texts)) == 1


def test_a_refused_token_pauses_the_provider_and_a_new_one_brings_back_what_was_missed(texts: TextScene) -> None:
    application = texts.applied()
    token = texts.twilio.accounts[texts.twilio.account].auth_token
    texts.twilio.create_secondary_token()
    texts.twilio.promote_secondary_token()
    texts.reply("while the token was refused")
    item = texts.text(application)
    assert (item.state, item.reason) == ("waiting", "key_refused")
    texts.both()
    assert (texts.said(application), texts.vendor.sent_messages) == ([], [])
    assert texts.stores.memory.pause("harbourline", "twilio") is not None
    texts.remap()
    assert texts.twilio.auth_token != token
    texts.pass_time(120)
    texts.both(2, after_s=60)
    assert texts.said(application) == ["while the token was refused"]
    assert len(texts.vendor.sent_messages) == 1


def test_one_message_that_fails_does_not_hold_the_others(texts: TextScene) -> None:
    texts.twilio.not_mobile.add(ANA)
    for number in (ANA, BO):
        send_text(texts.company, find_recipient(texts.company, number), text="Hi", at=texts.later(minutes=1))
    texts.pass_time(61)
    texts.messages()
    assert [m.to for m in texts.vendor.sent_messages] == [BO]
