"""What an operator is told of text messages: figures for a scrape, and what is amiss. Counts and moments, no person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class TextFigures:
    """Where one company's text messages stand."""

    #: (direction, provider, status) -> messages that are kept; what came in is `received`. A provider of `none` is not
    #: chosen yet
    messages: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    #: `unmatched`, `two_people`, `loop` -> replies that were copied nowhere
    held: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0
    #: calls that are stored and not worked on yet
    callbacks: int = 0
    #: when the oldest of them came
    callbacks_since: datetime | None = None
    #: calls, and rows of polls, that could not be read, as long as they are kept
    callbacks_bad: int = 0
    opted_out: int = 0
    #: segments; None: not limited
    left: int | None = None


@dataclass(frozen=True)
class Trouble:
    """One thing that is amiss with a company's text messages, as the database has it."""

    company: str
    #: `quarantined`, `stopped`, `callbacks`, `balance`, `held`, `loop`
    what: str
    #: how many; of a balance the segments left
    number: int
    #: when it began, as far as that is known
    since: datetime
    #: reason codes with their numbers, for what has reasons
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TextFault:
    """A trouble in an administrator's words."""

    company: str
    #: what tells it from others: `text_quarantined`, `text_account`, …
    what: str
    words: str
    advice: str
    since: datetime
    #: True: nothing is sent until somebody has seen to it; False: something waits for a human, and the rest goes on
    stops: bool
