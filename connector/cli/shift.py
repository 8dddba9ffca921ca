"""All companies that a daemon has at work, which may become others at any time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.app import Stores
    from connector.config.mapping import Mapping as CompanyMapping
    from connector.domain.texting import Texting
    from connector.domain.texts import Callback
    from connector.flows.company import Company
    from connector.rest.calls import CallSeen
    from connector.scheduler import Course, Poll


@dataclass(frozen=True)
class Change:
    """What became different, by company."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True)
class _Crew:
    """One company at work under one reading of its mapping."""

    mapping: CompanyMapping
    company: Company
    polls: tuple[Poll, ...]


class Shift:
    """Companies at work. `begin`, `change` and `end` are for one thread; what is read is for all."""

    def __init__(
        self,
        mappings: Sequence[CompanyMapping],
        stores: Stores,
        on_call: Callable[[str, CallSeen], None],
        public_url: str = "",
    ) -> None:
        """Start nothing yet. `on_call` hears of every call, with its company. Vendors call us at `public_url`."""
        from connector.scheduler import Scheduler

        self._stores, self._on_call, self._public_url = stores, on_call, public_url
        self._stop = threading.Event()
        self._crews = {mapping.company: self._crew(mapping, threading.Event()) for mapping in mappings}
        self._scheduler = Scheduler(self._polls(), self._stop)

    @property
    def mappings(self) -> Sequence[CompanyMapping]:
        """The mappings in force."""
        return [crew.mapping for crew in self._crews.values()]

    @property
    def polls(self) -> Sequence[Poll]:
        """What runs."""
        return self._scheduler.polls

    @property
    def courses(self) -> Mapping[tuple[str, str], Course]:
        """How the polls have fared, those included that run no longer."""
        return self._scheduler.courses

    def look_at_clock(self) -> None:
        """Fire every poll soon if the clock was set, or the machine was suspended."""
        self._scheduler.look_at_clock()

    def webhook_secrets(self, company: str, platform: str) -> tuple[str, ...]:
        """Return the secrets that a platform signs its calls about a company with; none: it does not call."""
        crew = self._crews.get(company)
        for side in (crew.mapping.source, crew.mapping.ats) if crew else ():
            if side.platform == platform and side.webhook_secret:
                return side.webhook_secret.reveal_all()
        return ()

    def text_desk(self, company: str, provider: str) -> tuple[Texting, Callable[[Callback], int | None]] | None:
        """Return who judges a provider's calls about a company, and what stores them; None: no such account."""
        crew = self._crews.get(company)
        known = crew.company.providers.get(provider) if crew else None
        if crew is None or known is None:
            return None
        return known, lambda call: self._stores.texts.keep_callback(call, crew.company.clock.now())

    def nudge(self, company: str, flow: str) -> None:
        """Fire a poll now, outside its pace; one that is not there is no fault."""
        self._scheduler.nudge(company, flow)

    def hear(self, company: str, platform: str) -> None:
        """Note that a platform has called about a company: the source's calls are what rare polls rely on."""
        crew = self._crews.get(company)
        if crew and crew.mapping.source.platform == platform:
            crew.company.hints.hear(crew.company.clock.now())

    def begin(self) -> None:
        """Fire every poll now and then at its pace."""
        self._scheduler.start()

    def change(self, mappings: Sequence[CompanyMapping]) -> Change:
        """Work under these mappings from now on; companies whose mapping is the same notice nothing.

        A run under way of a changed company ends with the batch that it is in, and the next one begins after it. A
        company that is gone stops like at the end of the program; its items stay.
        """
        before, wanted = self._crews, {mapping.company: mapping for mapping in mappings}
        done = Change(
            tuple(name for name in wanted if name not in before),
            tuple(name for name, mapping in wanted.items() if name in before and before[name].mapping != mapping),
            tuple(name for name in before if name not in wanted),
        )
        if not done:
            return done
        kept = {name: crew for name, crew in before.items() if name in wanted and name not in done.changed}
        # a run under way of a changed company hears of the end of the program by the same event
        stops = {name: before[name].company.stop for name in done.changed}
        self._crews = {
            name: kept.get(name) or self._crew(mapping, stops.get(name) or threading.Event())
            for name, mapping in wanted.items()
        }
        self._scheduler.change(self._polls())
        for name in done.changed:
            before[name].company.superseded.set()
        for name in done.removed:
            before[name].company.stop.set()
        return done

    def end(self, patience_s: float) -> bool:
        """Stop firing; returns whether the runs under way came to their end in time."""
        for crew in self._crews.values():
            crew.company.stop.set()
        return self._scheduler.shutdown(patience_s)

    def _crew(self, mapping: CompanyMapping, stop: threading.Event) -> _Crew:
        from connector.app import build_company, polls_of

        on_call = partial(self._on_call, mapping.company)
        company = build_company(mapping, self._stores, stop=stop, on_call=on_call, public_url=self._public_url)
        return _Crew(mapping, company, tuple(polls_of(mapping, company)))

    def _polls(self) -> list[Poll]:
        return [poll for crew in self._crews.values() for poll in crew.polls]
