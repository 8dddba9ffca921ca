"""What a failure means for the item that it struck."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain import errors
from connector.domain.actions import Item, State
from connector.rules.failures import DOUBT_S, LONGEST_DELAY_S, after_error, delay_s

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
ABOUT = ("pinpoint", "POST /applications", "words")


def rejected(*fields: str, code: str = "") -> errors.Rejected:
    return errors.Rejected(*ABOUT, 422, code, fields)


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (errors.NeverArrived(*ABOUT), State.WAITING, "platform_unwell"),
        (errors.Unwell(*ABOUT), State.WAITING, "platform_unwell"),
        (errors.RateLimited(*ABOUT), State.WAITING, "rate_limited"),
        (errors.OutcomeUnknown(*ABOUT), State.UNKNOWN, "outcome_unknown"),
        (errors.KeyRefused(*ABOUT), State.WAITING, "key_refused"),
        (errors.PermissionMissing(*ABOUT), State.WAITING, "permission_missing"),
        (errors.ApiOff(*ABOUT), State.WAITING, "api_off"),
        (errors.CandidateErased(*ABOUT), State.CLOSED, "candidate_erased"),
        (errors.WireError(*ABOUT), State.WAITING, "wire_error"),
        (rejected(), State.QUARANTINED, "refused_by_ats"),
        (rejected("phone"), State.PARKED, "phone_required"),
        (rejected("cv"), State.PARKED, "cv_required"),
        (rejected("summary"), State.PARKED, "summary_required"),
        (rejected("address"), State.QUARANTINED, "address_required"),
        (rejected("address", "phone"), State.QUARANTINED, "address_required"),
        (rejected("phone", "last_name"), State.QUARANTINED, "refused_by_ats"),
        (rejected("email"), State.QUARANTINED, "refused_by_ats"),
        (rejected("job"), State.PARKED, "job_not_open"),
        (errors.NotThere(*ABOUT, 404, "", ("job",)), State.PARKED, "job_gone"),
        (errors.NotThere(*ABOUT, 404), State.QUARANTINED, "conversation_gone"),
        (rejected(code="conversation_not_started"), State.QUARANTINED, "not_started"),
        (ValueError("secret"), State.QUARANTINED, "internal"),
    ],
)
def test_each_failure_has_its_state_and_reason(item: Item, error: Exception, state: State, reason: str) -> None:
    verdict = after_error(error, item, NOW)
    assert (verdict.state, verdict.reason) == (state, reason)


def test_a_surprise_does_not_show_its_text(item: Item) -> None:
    assert after_error(ValueError("ana@example.com"), item, NOW).note == "ValueError"


def test_the_third_unreadable_answer_in_a_row_is_enough(item: Item) -> None:
    row = [replace(item, reason="wire_error" if n else "recorded", attempts=n) for n in range(3)]
    states = [after_error(errors.WireError(*ABOUT), each, NOW).state for each in row]
    assert states == [State.WAITING, State.WAITING, State.QUARANTINED]


def test_failures_of_another_kind_do_not_count_as_unreadable_answers(item: Item) -> None:
    weary = replace(item, reason="platform_unwell", attempts=9)
    assert after_error(errors.WireError(*ABOUT), weary, NOW).state == State.WAITING


def test_waiting_begins_within_five_seconds_doubles_and_ends_at_five_minutes() -> None:
    assert 2 <= delay_s(1, 0.0) <= delay_s(1, 0.999) <= 5
    longest = [delay_s(number, 0.999) for number in range(1, 12)]
    doubled = [min(LONGEST_DELAY_S, 2 * delay) for delay in longest[:-1]]
    assert longest[1:] == pytest.approx(doubled, rel=0.01)
    assert delay_s(10_000, 0.999) <= LONGEST_DELAY_S


def test_a_429_waits_as_long_as_it_asks(item: Item) -> None:
    error = errors.RateLimited(*ABOUT, 429, 17.0)
    assert after_error(error, item, NOW).due_at == NOW + timedelta(seconds=17)


def test_a_doubt_is_never_looked_up_before_it_can_be_settled(item: Item) -> None:
    due = [after_error(errors.OutcomeUnknown(*ABOUT), replace(item, attempts=n), NOW, 0.0).due_at for n in range(4)]
    assert all(at is not None and at >= NOW + timedelta(seconds=DOUBT_S) for at in due)
