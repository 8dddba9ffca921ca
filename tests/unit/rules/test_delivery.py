"""How far a message got: which report counts, and what a failure's code means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.texts import Delivery, Direction, Message, Receipt
from connector.rules.delivery import TABLES, UNKNOWN, Retry, Verdict, advance, classify

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RANKS = {
    "scheduled": (Delivery.QUEUED, 0),
    "accepted": (Delivery.QUEUED, 1),
    "queued": (Delivery.QUEUED, 2),
    "sending": (Delivery.QUEUED, 3),
    "sent": (Delivery.SENT, 4),
    "delivered": (Delivery.DELIVERED, 5),
    "undelivered": (Delivery.FAILED, 5),
    "failed": (Delivery.FAILED, 5),
    "read": (Delivery.DELIVERED, 6),
}
IN_ORDER = ["scheduled", "accepted", "queued", "sending", "sent", "delivered", "read"]


def message(word: str, sequence: int | None = None) -> Message:
    delivery, rank = RANKS[word]
    return Message(
        id=1,
        company="harbourline",
        direction=Direction.OUT,
        provider="twilio",
        account="AC1",
        remote_id="SM1",
        intent="in_1",
        ours="+12125550100",
        theirs="+12125550123",
        text="Hi",
        media=(),
        at=NOON,
        at_exact=True,
        delivery=delivery,
        how="manual",
        rank=rank,
        sequence=sequence,
    )


def receipt(word: str, sequence: int | None = None) -> Receipt:
    status, rank = RANKS[word]
    return Receipt("twilio", "SM1", None, status, word, rank, sequence)


# --- by rank


@pytest.mark.parametrize("word", RANKS)
def test_the_first_report_is_applied(word: str) -> None:
    pending = replace(message("scheduled"), delivery=Delivery.PENDING)
    assert advance(pending, receipt(word)) is Verdict.APPLY


@pytest.mark.parametrize("here", range(len(IN_ORDER)))
@pytest.mark.parametrize("there", range(len(IN_ORDER)))
def test_only_a_higher_rank_is_applied(here: int, there: int) -> None:
    expected = Verdict.APPLY if there > here else Verdict.IGNORE
    assert advance(message(IN_ORDER[here]), receipt(IN_ORDER[there])) is expected


@pytest.mark.parametrize(
    ("here", "there"), [("delivered", "undelivered"), ("undelivered", "delivered"), ("failed", "delivered")]
)
def test_two_last_words_that_differ_are_a_conflict(here: str, there: str) -> None:
    assert advance(message(here), receipt(there)) is Verdict.CONFLICT


def test_a_failed_message_that_was_read_has_arrived() -> None:
    assert advance(message("undelivered"), receipt("read")) is Verdict.APPLY


def test_what_was_called_off_and_left_all_the_same_is_told() -> None:
    cancelled = replace(message("scheduled"), delivery=Delivery.CANCELLED, rank=0)
    assert advance(cancelled, receipt("sent")) is Verdict.APPLY


# --- by the provider's own count


def test_a_later_count_goes_before_the_rank() -> None:
    assert advance(message("sent", 2), receipt("sending", 3)) is Verdict.APPLY
    assert advance(message("queued", 3), receipt("sent", 2)) is Verdict.IGNORE
    assert advance(message("queued", 3), receipt("sent", 3)) is Verdict.IGNORE


def test_a_last_word_is_not_taken_back_by_a_later_count() -> None:
    assert advance(message("delivered", 3), receipt("sent", 4)) is Verdict.IGNORE


def test_a_later_last_word_that_differs_is_a_conflict_and_an_earlier_one_is_not() -> None:
    assert advance(message("delivered", 3), receipt("undelivered", 4)) is Verdict.CONFLICT
    assert advance(message("delivered", 3), receipt("undelivered", 2)) is Verdict.IGNORE


def test_a_last_word_is_applied_whatever_its_count() -> None:
    assert advance(message("sent", 3), receipt("delivered", 2)) is Verdict.APPLY


def test_a_count_on_one_side_only_says_nothing() -> None:
    assert advance(message("queued", 3), receipt("sent")) is Verdict.APPLY
    assert advance(message("sent"), receipt("queued", 1)) is Verdict.IGNORE


# --- what we asked for


@pytest.mark.parametrize(
    ("here", "there", "verdict"),
    [
        ("delivered", "undelivered", Verdict.APPLY),
        ("undelivered", "delivered", Verdict.APPLY),
        ("delivered", "delivered", Verdict.IGNORE),
        ("delivered", "sent", Verdict.IGNORE),
        ("queued", "delivered", Verdict.APPLY),
    ],
)
def test_an_answer_settles_a_conflict_and_moves_nothing_back(here: str, there: str, verdict: Verdict) -> None:
    assert advance(message(here), receipt(there), looked_up=True) is verdict


@given(st.lists(st.tuples(st.sampled_from(sorted(RANKS)), st.booleans()), max_size=12))
def test_a_rank_never_falls_and_twice_is_once(reports: list[tuple[str, bool]]) -> None:
    current = replace(message("scheduled"), delivery=Delivery.PENDING)
    for word, looked_up in reports:
        new = receipt(word)
        if advance(current, new, looked_up) is Verdict.APPLY:
            assert new.rank >= current.rank
            current = replace(current, delivery=new.status, rank=new.rank)
            assert advance(current, new, looked_up) is Verdict.IGNORE


@given(st.permutations(IN_ORDER))
def test_the_order_of_arrival_does_not_matter(order: list[str]) -> None:
    current = replace(message("scheduled"), delivery=Delivery.PENDING)
    for word in order:
        new = receipt(word)
        if advance(current, new) is Verdict.APPLY:
            current = replace(current, delivery=new.status, rank=new.rank)
    assert current.delivery is Delivery.DELIVERED
    assert current.rank == 6


# --- codes


@pytest.mark.parametrize(
    ("provider", "code", "word", "retry"),
    [
        ("twilio", 20001, "bad_request", "never"),
        ("twilio", 20003, "auth_failed", "never"),
        ("twilio", 20429, "temporary", "later"),
        ("twilio", 20500, "outcome_unknown", "never"),
        ("twilio", 21211, "bad_number", "never"),
        ("twilio", 21212, "sender_invalid", "never"),
        ("twilio", 21408, "geo_blocked", "never"),
        ("twilio", 21481, "bad_request", "never"),
        ("twilio", 21606, "sender_invalid", "never"),
        ("twilio", 21608, "trial_account", "never"),
        ("twilio", 21610, "opted_out", "never"),
        ("twilio", 21611, "queue_overflow", "later"),
        ("twilio", 21612, "unroutable", "never"),
        ("twilio", 21614, "landline", "never"),
        ("twilio", 21617, "too_long", "never"),
        ("twilio", 21635, "landline", "never"),
        ("twilio", 21659, "sender_invalid", "never"),
        ("twilio", 30001, "queue_overflow", "later"),
        ("twilio", 30002, "account_suspended", "never"),
        ("twilio", 30003, "unreachable", "once"),
        ("twilio", 30004, "blocked", "never"),
        ("twilio", 30005, "bad_number", "never"),
        ("twilio", 30006, "landline", "never"),
        ("twilio", 30007, "carrier_filtered", "never"),
        ("twilio", 30008, "unknown", "never"),
        ("twilio", 30024, "sender_not_ready", "later"),
        ("twilio", 30034, "not_registered", "never"),
        ("twilio", 30036, "expired", "never"),
        ("twilio", 30450, "blocked", "never"),
        ("twilio", 30610, "quiet_hours", "later"),
        ("twilio", 30640, "blocked", "never"),
        ("plivo", 10, "bad_request", "never"),
        ("plivo", 20, "temporary", "later"),
        ("plivo", 30, "carrier_filtered", "never"),
        ("plivo", 40, "sender_invalid", "never"),
        ("plivo", 50, "bad_number", "never"),
        ("plivo", 200, "opted_out", "never"),
        ("plivo", 420, "expired", "never"),
        ("plivo", 450, "geo_blocked", "never"),
        ("exotel", 23005, "do_not_disturb", "never"),
        ("exotel", 23010, "bad_number", "never"),
        ("exotel", 23020, "opted_out", "never"),
        ("exotel", 23035, "unreachable", "later"),
        ("exotel", 23072, "sender_invalid", "never"),
        ("exotel", 23080, "not_registered", "never"),
        ("exotel", 23083, "not_registered", "never"),
        ("exotel", 40001, "no_funds", "never"),
        ("exotel", 40402, "temporary", "later"),
        ("exotel", 40405, "temporary", "later"),
        ("clicksend", 8, "bad_number", "never"),
        ("clicksend", 9, "bad_number", "never"),
        ("clicksend", 11, "landline", "never"),
        ("clicksend", 12, "unreachable", "once"),
        ("clicksend", 13, "unreachable", "once"),
        ("clicksend", 15, "blocked", "never"),
        ("clicksend", 16, "temporary", "never"),
        ("clicksend", 17, "temporary", "never"),
        ("clicksend", 19, "carrier_filtered", "never"),
        ("clicksend", 20, "expired", "never"),
        ("clicksend", 2016, "duplicate", "never"),
    ],
)
def test_a_code_has_its_class(provider: str, code: int, word: str, retry: str) -> None:
    assert (classify(provider, code).word, classify(provider, code).retry) == (word, retry)
    assert classify(provider, f" {code} ") is classify(provider, code)


@pytest.mark.parametrize(
    ("provider", "code"),
    [
        ("twilio", 99999),
        ("twilio", None),
        ("twilio", ""),
        ("twilio", "200"),
        ("elsewhere", 21610),
        ("exotel", "NEW_ONE"),
    ],
)
def test_a_code_that_nobody_knows_is_unknown_and_never_retried(provider: str, code: str | int | None) -> None:
    assert classify(provider, code) is UNKNOWN
    assert UNKNOWN.retry is Retry.NEVER


@pytest.mark.parametrize(
    ("name", "number"),
    [("FAILED_DND", 23005), ("failed-dnd", 23005), ("FAILED_BLACKLISTED", 23020), ("FAILED_DLT_TEMPLATE", 23082)],
)
def test_exotels_names_mean_what_its_numbers_mean(name: str, number: int) -> None:
    assert classify("exotel", name) == classify("exotel", number)


def test_every_class_says_what_to_do() -> None:
    assert all(found.word and found.advice for table in TABLES.values() for found in table.values())


def test_nothing_of_which_the_outcome_is_open_is_sent_again() -> None:
    # 20500, and a carrier that did not answer
    assert classify("twilio", 20500).retry is Retry.NEVER
    assert classify("clicksend", 17).retry is Retry.NEVER


def test_a_missing_registration_names_it() -> None:
    assert "A2P 10DLC brand" in classify("twilio", 30034).advice
    assert "EIN" in classify("twilio", 30034).advice
    assert "DLT" in classify("exotel", 23082).advice


@pytest.mark.parametrize(
    ("provider", "code", "what"),
    [
        ("twilio", 21610, "suppresses"),
        ("plivo", 200, "suppresses"),
        ("exotel", 23020, "suppresses"),
        ("twilio", 20003, "stops_account"),
        ("twilio", 30002, "stops_account"),
        ("exotel", 40001, "stops_account"),
    ],
)
def test_what_follows_beyond_the_message(provider: str, code: int, what: str) -> None:
    follows = ["suppresses", "stops_account"]
    assert [name for name in follows if getattr(classify(provider, code), name)] == [what]
    assert not any(getattr(UNKNOWN, name) for name in follows)
