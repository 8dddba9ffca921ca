"""The faults a call can be given, by plan or by seed.

How each kind changes the exchange is in `injection.py`. "Effect" means what the platform stores because of a call.
"""

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

#: The platform's own 500, with nothing done.
ERROR_BEFORE = "error_before"
#: The platform's own 500 after the effect. cord keeps no 5xx answer, so its Idempotency-Key runs afresh afterwards.
ERROR_AFTER = "error_after"
#: 502 with an HTML page from a proxy, with nothing done.
BAD_GATEWAY_BEFORE = "bad_gateway_before"
#: 502 with an HTML page after the effect. The platform knows nothing of it, so cord replays its kept answer later.
BAD_GATEWAY_AFTER = "bad_gateway_after"
#: 503, with nothing done. Param `retry_after`: text of that header, absent by default.
UNAVAILABLE = "unavailable"
#: TCP reset, with nothing done.
RESET_BEFORE = "reset_before"
#: TCP reset after the effect, without an answer.
RESET_AFTER = "reset_after"
#: Sleeps `seconds` (default 1), then does the effect and answers; also when the client has left meanwhile.
STALL_BEFORE = "stall_before"
#: Does the effect, sleeps `seconds` (default 1), then answers.
STALL_AFTER = "stall_after"
#: The right answer, its body one byte at a time with `interval` seconds (default 0.001) between them.
DRIP = "drip"
#: Content-Length of the whole body, but the connection ends after half of it.
HALF_BODY = "half_body"
#: A sound HTTP answer whose JSON is cut short.
TRUNCATED_JSON = "truncated_json"
#: 200 with an HTML login page instead of the effect.
HTML_OK = "html_ok"
#: The right body under `text/plain` (param `content_type`).
WRONG_TYPE = "wrong_type"
#: A required field left out of the answer. Param `field`: a dotted path such as `data.0.id`; default: the first `id`.
MISSING_FIELD = "missing_field"
#: The effect is done, and the answer is not JSON though it says so.
GARBAGE_AFTER = "garbage_after"
#: 429, with nothing done. Param `retry_after`: one of `RETRY_AFTER_FORMS`; param `seconds` (default 1) for two of them.
RATE_LIMITED = "rate_limited"

KINDS = (
    ERROR_BEFORE,
    ERROR_AFTER,
    BAD_GATEWAY_BEFORE,
    BAD_GATEWAY_AFTER,
    UNAVAILABLE,
    RESET_BEFORE,
    RESET_AFTER,
    STALL_BEFORE,
    STALL_AFTER,
    DRIP,
    HALF_BODY,
    TRUNCATED_JSON,
    HTML_OK,
    WRONG_TYPE,
    MISSING_FIELD,
    GARBAGE_AFTER,
    RATE_LIMITED,
)

#: Forms of `Retry-After`: seconds, an HTTP date, none, a whole year, a negative number, no number, a date gone by.
RETRY_AFTER_FORMS = ("seconds", "http-date", "absent", "absurd", "negative", "garbage", "past-date")

_PARAMS = {
    UNAVAILABLE: {"retry_after"},
    STALL_BEFORE: {"seconds"},
    STALL_AFTER: {"seconds"},
    DRIP: {"interval"},
    WRONG_TYPE: {"content_type"},
    MISSING_FIELD: {"field"},
    RATE_LIMITED: {"retry_after", "seconds"},
}


@dataclass(frozen=True)
class Fault:
    """The fault chosen for one call."""

    kind: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Plan:
    fault: Fault
    platform: str | None
    method: str | None
    path: re.Pattern[str] | None
    first: int
    times: int | None
    seen: int = 0

    def matches(self, platform: str, method: str, path: str) -> bool:
        return (
            self.platform in (None, platform)
            and self.method in (None, method)
            and (self.path is None or self.path.search(path) is not None)
        )

    def due(self) -> bool:
        """Counts one matching call and says whether it is to fail."""
        self.seen += 1
        return self.seen >= self.first and (self.times is None or self.seen < self.first + self.times)


@dataclass
class _Lottery:
    rate: float
    dice: random.Random
    kinds: tuple[str, ...]
    platform: str | None
    params: dict[str, Any]


class Faults:
    """Decides which calls fail, and how. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: list[_Plan] = []
        self._lotteries: list[_Lottery] = []

    def add(
        self,
        kind: str,
        platform: str | None = None,
        method: str | None = None,
        path: str | None = None,
        nth: int | None = None,
        times: int | None = 1,
        **params: Any,
    ) -> None:
        """Plans a fault for calls that match all of `platform`, `method` and `path` (a regex searched in the path).

        `nth` is the first matching call to fail, counted from now (default 1), `times` how many fail in a row from
        there (None: all). Of several plans due at once the oldest wins; each counts the call all the same. Raises
        ValueError for an unknown kind or param.
        """
        _check(kind, params)
        if nth is not None and nth < 1:
            raise ValueError("nth counts from 1")
        pattern = re.compile(path) if path is not None else None
        plan = _Plan(Fault(kind, params), platform, method.upper() if method else None, pattern, nth or 1, times)
        with self._lock:
            self._plans.append(plan)

    def random(
        self,
        rate: float,
        seed: int,
        kinds: tuple[str, ...] | list[str] | None = None,
        platform: str | None = None,
        **params: Any,
    ) -> None:
        """Gives each call a fault out of `kinds` (default: all) with probability `rate`; the same seed, the same draws.

        `params` go to every kind that knows them. Planned faults come first. Raises ValueError for an unknown kind.
        """
        chosen = tuple(kinds) if kinds is not None else KINDS
        for kind in chosen:
            _check(kind, {})
        dice = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
        with self._lock:
            self._lotteries.append(_Lottery(rate, dice, chosen, platform, params))

    def clear(self) -> None:
        """Takes back every planned and random fault."""
        with self._lock:
            self._plans.clear()
            self._lotteries.clear()

    def pick(self, platform: str, method: str, path: str) -> Fault | None:
        """The fault for the call that has just arrived, or None. Counts the call."""
        with self._lock:
            due = [plan.fault for plan in self._plans if plan.matches(platform, method, path) and plan.due()]
            drawn = [_draw(lottery) for lottery in self._lotteries if lottery.platform in (None, platform)]
        return next((fault for fault in due + drawn if fault is not None), None)


def _draw(lottery: _Lottery) -> Fault | None:
    # Both numbers are drawn every time, so that the n-th call's fate does not depend on earlier hits.
    hit, kind = lottery.dice.random() < lottery.rate, lottery.dice.choice(lottery.kinds)
    if not hit:
        return None
    known = _PARAMS.get(kind, set())
    return Fault(kind, {name: value for name, value in lottery.params.items() if name in known})


def _check(kind: str, params: dict[str, Any]) -> None:
    if kind not in KINDS:
        raise ValueError(f"unknown fault kind {kind!r}; known: {', '.join(KINDS)}")
    unknown = set(params) - _PARAMS.get(kind, set())
    if unknown:
        raise ValueError(f"fault {kind} takes no {', '.join(sorted(unknown))}")
    form = params.get("retry_after")
    if kind == RATE_LIMITED and form is not None and form not in RETRY_AFTER_FORMS:
        raise ValueError(f"retry_after is one of {', '.join(RETRY_AFTER_FORMS)}")
