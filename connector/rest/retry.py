"""When a call is tried again, after which pause, and how a server's Retry-After is read.

| kind  | tried again after                                  | pause                                   |
| ----- | -------------------------------------------------- | --------------------------------------- |
| READ  | Unwell, NeverArrived                               | full jitter, doubling                   |
| WRITE | NeverArrived, twice                                | none: nothing has happened yet          |
| KEYED | NeverArrived, OutcomeUnknown (same bytes, same key) | full jitter, doubling                  |
| all   | RateLimited by a 429 that asks for a short wait    | what it asks for, and up to 1 s more    |

Everything else goes to the caller at once.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, stop_never

from connector.domain.errors import NeverArrived, OutcomeUnknown, PlatformError, RateLimited, TransientError, Unwell
from connector.rest.calls import Kind, Tuning

T = TypeVar("T")

_SECONDS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
#: attempts of a WRITE that surely did not arrive
_WRITE_ATTEMPTS = 3


@dataclass(eq=False)
class AskedToWait(Unwell):
    """A 5xx with a Retry-After. To the flows it is an Unwell like any other."""

    retry_after_s: float = 0.0

    __str__ = PlatformError.__str__


class _Stopped(Exception):
    """The program stops; the pause was cut short."""


def with_retries(kind: Kind, once: Callable[[int], T], tuning: Tuning) -> T:
    """Call `once(attempt)`, attempt counting from 1, until it returns or the kind's policy ends; raise the last error.

    One exception to "the last": if any attempt's outcome is unknown and later ones did not get through, the outcome
    stays unknown, and OutcomeUnknown is raised.
    """
    errors: list[PlatformError] = []

    def attempt() -> T:
        try:
            return once(len(errors) + 1)
        except PlatformError as exc:
            errors.append(exc)
            raise

    policy = Retrying(
        retry=retry_if_exception(lambda exc: _is_worth_repeating(kind, exc, tuning)),
        wait=lambda state: _pause(kind, state, tuning),
        stop=_stop(kind, tuning),
        sleep=lambda seconds: _sleep(seconds, tuning.stop),
        reraise=True,
    )
    try:
        return policy(attempt)
    except (PlatformError, _Stopped) as exc:
        raise _verdict(errors) from exc.__cause__


def _verdict(errors: list[PlatformError]) -> PlatformError:
    last = errors[-1]
    unknown = [error for error in errors if isinstance(error, OutcomeUnknown)]
    return unknown[-1] if unknown and isinstance(last, TransientError) else last


def _is_worth_repeating(kind: Kind, exc: BaseException, tuning: Tuning) -> bool:
    if tuning.stop.is_set():
        return False
    if isinstance(exc, RateLimited):
        # Without a status it is our own budget that said no, and it has waited already.
        return exc.status is not None and exc.retry_after_s <= tuning.longest_sleep_s
    if isinstance(exc, NeverArrived):
        return True
    if isinstance(exc, AskedToWait):
        return kind is Kind.READ and exc.retry_after_s <= tuning.longest_sleep_s
    if isinstance(exc, Unwell):
        return kind is Kind.READ
    return isinstance(exc, OutcomeUnknown) and kind is Kind.KEYED


def _stop(kind: Kind, tuning: Tuning) -> Callable[[RetryCallState], bool]:
    attempts = stop_after_attempt(_WRITE_ATTEMPTS if kind is Kind.WRITE else tuning.attempts)
    return attempts | (stop_never if kind is Kind.WRITE else stop_before_delay(tuning.patience_s))


def _pause(kind: Kind, state: RetryCallState, tuning: Tuning) -> float:
    exc = state.outcome.exception() if state.outcome else None
    if isinstance(exc, RateLimited | AskedToWait):
        # Everybody who was told the same second must not come back in the same second.
        pause = exc.retry_after_s + random.uniform(0, min(1.0, tuning.backoff_s))  # noqa: S311
    elif kind is Kind.WRITE:
        pause = 0.0
    else:
        pause = random.uniform(0, tuning.backoff_s * 2 ** (state.attempt_number - 1))  # noqa: S311
    return min(pause, tuning.longest_sleep_s)


def _sleep(seconds: float, stop: threading.Event) -> None:
    if stop.wait(seconds):
        raise _Stopped


def parse_retry_after(
    value: str | None, date_header: str | None, now: float, cap_s: float, fallback_s: float, floor_s: float = 0.0
) -> float:
    """Return the seconds to wait, between `floor_s` and `cap_s`.

    `value` is seconds or an HTTP date; a date is read against the same answer's own Date header, since its clock and
    ours (`now`, epoch seconds) may differ. Absent, negative or unreadable: `fallback_s`. A moment that is over:
    `floor_s`. Ten years: `cap_s`.
    """
    wait = _asked(value, date_header, now)
    return min(max(fallback_s if wait is None else wait, floor_s), cap_s)


def _asked(value: str | None, date_header: str | None, now: float) -> float | None:
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = _http_date(text)
    if moment is None:
        return None
    sent_at = _http_date((date_header or "").strip())
    return max(0.0, moment - (now if sent_at is None else sent_at))


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC).timestamp()
