"""Messages of people who are forgotten go; so does what has been kept long enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from correspondence import (
    ACCOUNT,
    OTHERS,
    OURS,
    THEIRS,
    a_call,
    a_message,
    a_reply,
    copies,
    leave,
    received,
    recorded_message,
    sent_message,
    stop,
    texts_of,
)
from sqlalchemy import text
from starts import COMPANY, EVER, NOON, a_start, recorded

from connector.app import Stores
from connector.domain.actions import Change, Item, Kind, State
from connector.domain.model import Priority
from connector.domain.texts import MayLeave

TABLES = ("action", "event", "message", "suppression", "segment_line", "callback")


def a_person(stores: Stores) -> Item:
    (item,) = recorded(stores, 1)
    stores.actions.move([Change(item, State.DONE, "sent", person="hash", phone="hash-of-123")])
    return stores.actions.items([item.id])[0]


def held(stores: Stores, *tables: str) -> str:
    with stores.database.read() as connection:
        return str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables or TABLES])


def test_a_forgotten_persons_messages_are_gone(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    sent_message(texts, "sent", application=person.id, text="Dear Robin")
    texts.record(a_message("planned", application=person.id, text="Robin?"), person, Priority.SMS, NOON)
    reply = received(texts, 1, "Robin here")
    texts.attribute(reply, "last_messaged", NOON, application=person, then=copies(reply))
    texts.attribute(received(texts, 2, "Robin again"), "unmatched", NOON)
    texts.keep_callback(a_call(1, body=b"From=%2B447700900123&Body=Robin"), NOON)
    texts.keep_callback(a_call(2, body=b"MessageSid=SMin1234567&Body=Alex"), NOON)
    stores.privacy.forget(COMPANY, "hash", completely=False)
    kept = held(stores)
    assert [word for word in ("Robin", "900123", "hash-of-123") if word in kept] == []
    assert "Alex" in kept
    assert stores.actions.in_states(COMPANY, list(State)) == []
    assert texts.inbox(COMPANY) == []


def test_a_poll_does_not_bring_a_forgotten_reply_back(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    texts.attribute(received(texts), "last_messaged", NOON, application=person)
    stores.privacy.forget(COMPANY, "hash", completely=False)
    assert texts.record_replies(COMPANY, [a_reply(1)], NOON) == 0
    assert (texts.new_replies(COMPANY, 9), texts.thread(COMPANY, [THEIRS])) == ([], [])


def test_a_call_that_was_blanked_does_not_come_in_again(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    sent_message(texts, application=person.id)
    call = a_call(body=b"From=%2B447700900123")
    texts.keep_callback(call, NOON)
    stores.privacy.forget(COMPANY, "hash", completely=False)
    assert (texts.keep_callback(call, NOON), texts.open_callbacks(COMPANY, 9)) == (None, [])


def test_somebody_else_with_the_same_number_keeps_theirs(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    stores.feed.record(COMPANY, [a_start(7)])
    (other,) = stores.actions.of_start(COMPANY, "cs_7")
    sent_message(texts, "theirs", application=person.id)
    _, kept = sent_message(texts, "others", application=other.id)
    stores.privacy.forget(COMPANY, "hash", completely=False)
    assert texts.thread(COMPANY, [THEIRS]) == [kept]


def test_who_is_erased_at_the_source_is_texted_no_more(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    item = texts.record(a_message(application=person.id, text="Dear Robin"), person, Priority.SMS, NOON)
    (message,) = texts.of_application(COMPANY, person.id)
    stores.actions.move([Change(person, State.CLOSED, "candidate_erased")])
    (now,) = stores.actions.items([item.id])
    assert (now.state, now.reason, now.due_at) == (State.CLOSED, "forgotten", None)
    assert leave(texts, item, replace(message, intent="i")) is MayLeave.TAKEN
    assert "Robin" not in held(stores)


def test_forgetting_by_application_and_by_number(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    _, mine = sent_message(texts, "mine", application=person.id)
    item, planned = recorded_message(texts, "planned")
    reply = received(texts, 1, "STOP")
    texts.attribute(reply, "unmatched", NOON, suppress=stop(reply))
    _, other = sent_message(texts, "other", theirs=OTHERS)
    assert texts.forget(COMPANY, [person.id], [THEIRS]) == 3
    assert [texts.message(message.id) for message in (mine, planned)] == [None, None]
    assert texts.message(other.id) == other
    assert [i.state for i in stores.actions.items([item.id])] == [State.CLOSED]
    assert [each.number for each in texts.suppressions(COMPANY)] == [THEIRS]
    again = texts.record(a_message("planned"), None, Priority.SMS, NOON)
    assert (again.id, again.state) == (item.id, State.CLOSED)
    assert texts.forget(COMPANY, [person.id], [THEIRS]) == 0


def test_a_send_under_way_outlives_the_person_only_as_a_count(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    item = texts.record(a_message(application=person.id), person, Priority.SMS, NOON)
    (message,) = texts.of_application(COMPANY, person.id)
    assert leave(texts, item, replace(message, intent="i", provider="twilio")) is MayLeave.YES
    stores.privacy.forget(COMPANY, "hash", completely=True)
    change = Change(item, State.WAITING, "rate_limited", due_at=NOON)
    assert texts.settle(change, message, None, delivery=message.delivery, refund=True)
    assert stores.actions.due(COMPANY, Kind.MESSAGE, EVER, 9) == []
    assert [line.what for line in texts.segment_lines(COMPANY)] == ["refund", "sent"]


def test_numbers_of_deleted_rows_are_never_given_again(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    _, message = sent_message(texts, application=person.id)
    stores.privacy.forget(COMPANY, "hash", completely=True)
    item, following = sent_message(texts, "next")
    assert following.id > message.id
    assert item.id > person.id


def test_what_is_settled_and_old_is_purged_with_its_actions(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    item, _ = sent_message(texts, "sent", application=person.id)
    planned, _ = recorded_message(texts, "planned")
    reply, waiting = received(texts, 1), received(texts, 2)
    for one in (reply, waiting):
        texts.attribute(one, "last_messaged", NOON, application=person, then=copies(one) if one is waiting else ())
    received(texts, 3)
    closed = texts.keep_callback(a_call(1), NOON)
    texts.close_callback(closed or 0, NOON, None)
    texts.keep_callback(a_call(2), NOON)
    assert texts.purge(COMPANY, NOON) == 0
    assert texts.purge(COMPANY, EVER) == 3
    assert stores.actions.items([item.id]) == []
    assert [i.state for i in stores.actions.items([planned.id])] == [State.PLANNED]
    assert sorted(m.remote_id or "" for m in texts.thread(COMPANY, [THEIRS])) == ["", "SMin2", "SMin3"]
    assert len(texts.open_callbacks(COMPANY, 9)) == 1
    assert texts.segments_left(COMPANY) == -3


def test_calls_as_they_came_go_by_a_moment_of_their_own(stores: Stores) -> None:
    texts = texts_of(stores)
    sent_message(texts)
    done, open_one = (texts.keep_callback(a_call(n), NOON) or 0 for n in (1, 2))
    texts.close_callback(done, NOON, "not a form")
    assert texts.purge(COMPANY, NOON, NOON) == 0
    assert texts.purge(COMPANY, NOON, NOON + timedelta(days=1)) == 1
    assert texts.bad_callbacks(COMPANY) == []
    assert [call.id for call in texts.open_callbacks(COMPANY, 9)] == [open_one]
    assert len(texts.thread(COMPANY, [THEIRS])) == 1


def test_of_a_purged_reply_that_a_poll_may_list_again_the_id_stays(stores: Stores) -> None:
    texts = texts_of(stores)
    for number in (1, 2, 3):
        texts.attribute(received(texts, number, "Robin here", to=OURS), "unmatched", NOON)
    quiet = NOON + timedelta(minutes=3)
    texts.keep_reply_cursor(COMPANY, "twilio", ACCOUNT, OURS, quiet)
    assert texts.purge(COMPANY, EVER) == 3
    assert [word for word in ("Robin", "900123") if word in held(stores)] == []
    assert texts.record_replies(COMPANY, [a_reply(n, "Robin here") for n in (1, 2, 3)], NOON) == 0
    assert texts.purge(COMPANY, EVER) == 0
    texts.keep_reply_cursor(COMPANY, "twilio", ACCOUNT, OURS, quiet + timedelta(days=4))
    assert texts.purge(COMPANY, EVER) == 3
    assert texts.record_replies(COMPANY, [a_reply(1)], NOON) == 1


def test_a_poll_of_another_number_keeps_nothing_of_a_purged_reply(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.attribute(received(texts), "unmatched", NOON)
    texts.keep_reply_cursor(COMPANY, "twilio", ACCOUNT, "+447700900002", NOON)
    texts.keep_reply_cursor(COMPANY, "plivo", ACCOUNT, OURS, NOON)
    texts.keep_reply_cursor("northgate", "twilio", ACCOUNT, OURS, NOON)
    assert texts.purge(COMPANY, EVER) == 1
    assert texts.record_replies(COMPANY, [a_reply()], NOON) == 1


def test_a_call_with_the_number_in_the_national_way_is_blanked(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    sent_message(texts, application=person.id)
    texts.keep_callback(a_call(1, body=b"From=07700900123&Body=Robin"), NOON)
    texts.keep_callback(a_call(2, body=b"From=07700900456&Body=Alex"), NOON)
    stores.privacy.forget(COMPANY, "hash", completely=False)
    kept = held(stores, "callback")
    assert ("Robin" in kept, "Alex" in kept) == (False, True)


def test_numbers_of_a_persons_phone_are_found_whoever_their_messages_were_given_to(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    texts.attribute(received(texts), "two_people", NOON)
    texts.record_replies(COMPANY, [replace(a_reply(2), theirs=OTHERS, number="hash-of-456")], NOON)
    assert texts.numbers_of(COMPANY, [person.id]) == {THEIRS}
    assert texts.numbers_of("northgate", [person.id]) == texts.numbers_of(COMPANY, []) == set()


def test_a_purge_of_actions_leaves_those_of_messages(stores: Stores) -> None:
    texts, person = texts_of(stores), a_person(stores)
    item, _ = sent_message(texts)
    stores.privacy.purge(COMPANY, [State.DONE, State.CLOSED], EVER)
    assert [i.id for i in stores.actions.items([person.id, item.id])] == [item.id]
    assert texts.record(a_message(), None, Priority.SMS, NOON).id == item.id


def test_a_long_backlog_is_purged_whole(stores: Stores) -> None:
    texts = texts_of(stores)
    texts.record_replies(COMPANY, [a_reply(n) for n in range(700)], NOON)
    for message in texts.new_replies(COMPANY, 700):
        texts.attribute(message, "unmatched", NOON)
    assert texts.purge(COMPANY, NOON + timedelta(days=30)) == 700
