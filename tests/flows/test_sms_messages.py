"""Sending: by hand and on events, from the right number, within the hours, and never while switched off or used up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.actions import Kind
from connector.flows.backfill import run
from connector.flows.inquiry import retry
from connector.flows.writing import NotSendable, find_recipient, preview, send_test
from tests.flows.text_scene import ANA, BO, OURS, TextScene

HELLO = {"name": "hello", "text": "Hi {{application.candidate.first_name}}, thanks for talking to us!"}
ON_SENT = {**HELLO, "on": "application_sent"}


def arrived(texts: TextScene, number: str = ANA) -> list[str]:
    texts.vendor.deliver_all()
    return texts.world.handsets.get(number).texts


def test_a_text_to_an_application_arrives_from_the_number_of_that_country(texts: TextScene) -> None:
    application = texts.applied()
    item = texts.text(application, "Are you free?")
    assert (item.state, item.reason) == ("done", "handed_over")
    assert arrived(texts) == ["Are you free?"]
    (message,) = texts.outbox()
    assert (message.ours, message.provider, message.application, message.how) == (
        OURS,
        "twilio",
        application.id,
        "manual",
    )


@pytest.mark.parametrize("how", ["conversation", "start", "address", "application", "number"])
def test_whom_a_name_stands_for(texts: TextScene, how: str) -> None:
    application = texts.applied(emails=["ana@example.com"])
    names = {
        "conversation": application.conversation_id,
        "start": application.start_id,
        "address": "Ana@Example.com",
        "application": application.remote_id or "",
        "number": ANA,
    }
    found = find_recipient(texts.company, names[how])
    assert found.number.e164 == ANA
    assert (found.application.id if found.application else None) == (None if how == "number" else application.id)


def test_nobody_goes_by_that_name(texts: TextScene) -> None:
    with pytest.raises(NotSendable, match="no such conversation, start, application, address or number"):
        find_recipient(texts.company, "cv_none")


def test_a_person_without_a_number_is_said_so(texts: TextScene) -> None:
    application = texts.applied(None)
    with pytest.raises(NotSendable, match="no number"):
        texts.text(application)


def test_the_thread_goes_on_from_the_number_that_the_person_knows(texts: TextScene) -> None:
    texts.text(ANA, "Hi")
    preferred = {**texts.accounts["twilio"], "numbers": ["+442079460124", OURS]}
    texts.twilio.add_number("+442079460124")
    texts.remap(sms={"providers": {"twilio": preferred}})
    texts.text(ANA, "Hi again")
    texts.text(BO, "Hello")
    assert [m.ours for m in texts.outbox()] == [OURS, OURS, "+442079460124"]


def test_a_country_without_a_number_of_ours_is_refused_clearly(texts: TextScene) -> None:
    with pytest.raises(NotSendable, match=r"no sending number for \+61"):
        texts.text("+61 491 570 006")
    assert texts.vendor.sent_messages == []


def test_the_same_key_again_sends_nothing_more(texts: TextScene) -> None:
    application = texts.applied()
    first = texts.text(application, key="k1")
    again = texts.text(application, "other words", key="k1")
    assert first.id == again.id
    assert len(texts.vendor.sent_messages) == 1


def test_a_text_for_later_leaves_at_its_time(texts: TextScene) -> None:
    application = texts.applied()
    texts.text(application, at=texts.later(hours=2))
    texts.messages()
    assert texts.vendor.sent_messages == []
    texts.pass_time(2 * 3600 + 1)
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1


def test_outside_the_hours_it_waits(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene()
    local = texts.clock.now() + timedelta(hours=2)
    closes = texts.clock.now() + timedelta(hours=4)
    hours = {"from": f"{local:%H:%M}", "to": f"{closes:%H:%M}", "zone": "UTC"}
    texts.remap(sms={"quiet_hours": hours})
    application = texts.applied()
    item = texts.text(application)
    assert (item.state, item.reason) == ("waiting", "quiet_hours")
    texts.pass_time(2 * 3600 + 61)
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1


def test_a_test_goes_to_the_internal_number_and_is_nobodys(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"test_number": BO})
    item = send_test(texts.company, "a test")
    assert (item.state, [m.to for m in texts.vendor.sent_messages]) == ("done", [BO])
    (message,) = texts.outbox()
    assert (message.how, message.application) == ("test", None)
    texts.reply("it works", sender=BO)
    texts.replies()
    assert texts.how() == ["unmatched"]


# --- templates and events


def test_a_template_is_filled_in(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [HELLO]})
    application = texts.applied(first_name="Ana", last_name="Petrov", full_name="Ana Petrov")
    texts.text(application, "", template="hello")
    assert arrived(texts) == ["Hi Ana, thanks for talking to us!"]
    assert texts.outbox()[0].how == "hello"


def test_an_unknown_template_is_named(texts: TextScene) -> None:
    with pytest.raises(NotSendable, match="no such template"):
        texts.text(texts.applied(), "", template="hello")


def test_a_missing_value_is_refused_when_sending(make_text_scene: Callable[..., TextScene]) -> None:
    link = {"name": "link", "text": "Look: {{application.magic_link}}"}
    texts = make_text_scene(sms={"templates": [link]})
    with pytest.raises(NotSendable, match=r"application\.magic_link"):
        texts.text(texts.applied(), "", template="link")
    assert texts.actions(Kind.MESSAGE) == []


def test_an_application_that_was_sent_gets_its_text_once(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]})
    application = texts.applied(first_name="Ana", last_name="Petrov", full_name="Ana Petrov")
    texts.messages()
    texts.messages()
    assert arrived(texts) == ["Hi Ana, thanks for talking to us!"]
    assert [a.key for a in texts.actions(Kind.MESSAGE)] == [f"harbourline:message:{application.start_id}:hello"]
    assert texts.outbox()[0].application == application.id


def test_it_leaves_that_long_after_the_event(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [{**ON_SENT, "after": "10m"}]})
    texts.applied()
    texts.messages()
    assert texts.vendor.sent_messages == []
    texts.pass_time(601)
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1


def test_somebody_who_is_there_already_gets_no_text(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]})
    job = texts.job()
    texts.applied()
    person = texts.person(emails=["bo@example.com"])
    texts.pinpoint.add_application(job, email="bo@example.com")
    texts.start(texts.position(job), person)
    texts.sync()
    texts.messages()
    assert len(texts.vendor.sent_messages) == 1


def test_whoever_a_backfill_forwards_gets_no_text(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]}, forwarding={"start": "now"})
    position = texts.position(texts.job())
    early = texts.start(position)
    texts.sync()
    run(texts.company, texts.clock.now() - timedelta(days=30), lambda seconds: bool(texts.clock.advance(seconds)))
    assert texts.outcome(early) == ("done", "sent")
    new = texts.start(position)
    texts.sync()
    texts.messages()
    assert [a.start_id for a in texts.actions(Kind.MESSAGE)] == [new]


def test_an_event_with_a_missing_value_is_a_failure_that_can_be_taken_up_again(
    make_text_scene: Callable[..., TextScene],
) -> None:
    link = {"name": "link", "text": "Look: {{application.magic_link}}", "on": "application_sent"}
    texts = make_text_scene(sms={"templates": [link]})
    texts.applied()
    texts.messages()
    (item,) = texts.actions(Kind.MESSAGE)
    assert (item.state, item.reason, item.note) == ("quarantined", "value_missing", "application.magic_link")
    mended = {**link, "text": "Look: {{application.magic_link | default('pinpoint')}}"}
    texts.remap(sms={"templates": [mended]})
    retry(texts.company, [item.id])
    texts.messages()
    assert arrived(texts) == ["Look: pinpoint"]


@pytest.mark.parametrize(
    ("details", "stands"),
    [
        ({"phone": None}, ("closed", "no_number")),
        ({"phone": "+61491570006"}, ("quarantined", "no_sending_number")),
    ],
)
def test_an_event_for_somebody_who_cannot_be_texted(
    make_text_scene: Callable[..., TextScene], details: dict[str, Any], stands: tuple[str, str]
) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]})
    texts.applied(**details)
    texts.messages()
    assert texts.stand(Kind.MESSAGE) == [stands]


def test_a_template_that_was_taken_away_sends_nothing(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [ON_SENT]})
    texts.applied()
    texts.remap()
    texts.messages()
    assert (texts.stand(Kind.MESSAGE), texts.vendor.sent_messages) == ([("closed", "template_gone")], [])


def test_somebody_erased_at_the_source_gets_no_text(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"templates": [{**ON_SENT, "after": "1h"}]})
    application = texts.applied()
    texts.cord.erase(application.candidate_id)
    texts.pass_time(3601)
    texts.messages()
    assert texts.vendor.sent_messages == []
    assert texts.stand(Kind.MESSAGE) == [("closed", "candidate_erased")]


# --- preview


def test_a_preview_shows_all_that_counts_and_writes_nothing(texts: TextScene) -> None:
    application = texts.applied()
    who = find_recipient(texts.company, application.start_id)
    with texts.nothing_written():
        shown = preview(texts.company, who, text="it’s " + "a" * 100)
    assert (shown.provider, shown.ours, shown.encoding, shown.segments, shown.dear) == (
        "twilio",
        OURS,
        "UCS-2",
        2,
        ("’",),
    )
    assert (texts.outbox(), texts.stores.texts.segment_lines("harbourline")) == ([], [])


def test_a_preview_says_why_it_would_not_leave(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"segment_balance": 0})
    shown = preview(texts.company, find_recipient(texts.company, ANA), text="Hi")
    assert shown.refused is not None
    assert (shown.refused.reason, shown.segments) == ("no_balance", 1)
    assert texts.stores.texts.segment_lines("harbourline") == []


def test_smart_encoding_is_what_arrives(make_text_scene: Callable[..., TextScene]) -> None:
    texts = make_text_scene(sms={"smart_encoding": True})
    texts.text(ANA, "it’s fine")
    assert arrived(texts) == ["it's fine"]
