"""What the set-up check learns from a platform; the same record for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from connector.rest.calls import Answer


@dataclass(frozen=True)
class Health:
    """What an account may do, and how right the clocks are."""

    #: the vendor's name of a scope or resource -> whether the key may use it
    permissions: Mapping[str, bool]
    #: those of them that forwarding needs and the key lacks
    missing: tuple[str, ...]
    #: how far the server's clock is ahead of ours, in seconds; None: it named no time
    clock_skew_s: float | None
    #: the name of the key that was taken; None: it has none
    key: str | None = None


def clock_skew_s(answer: Answer) -> float | None:
    """Return how far the server's clock is ahead of ours, from the `Date` header (whole seconds)."""
    try:
        return (parsedate_to_datetime(answer.headers.get("date", "")) - answer.at).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
