"""How the daemon fares: what `/readyz` and `/metrics` answer, what is alerted, and whether the watchdog is fed.

Ages are by the steady clock of this process: a wall clock that is set neither hides a flow that does not succeed nor
condemns one that does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from connector.cli.exits import AUTH_REASONS
from connector.cli.output import span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connector.app import Stores
    from connector.config.mapping import Mapping as CompanyMapping
    from connector.domain.actions import Pause
    from connector.domain.textwatch import TextFault
    from connector.scheduler import Course, Poll
    from connector.web.alerts import Fault
    from connector.web.metrics import Reading

#: a flow without a success for so many intervals is not ready
STALE_INTERVALS = 3
#: the flow that reads the lists inside the runs of another one
LISTS = "jobs"
#: the flows that SMS providers are called in
TEXT_FLOWS = ("replies", "messages")
#: nothing at all has ended for so long, neither a run nor a call: something hangs that only a restart frees; the
#: longest wait that is in order is the one for the rate budget
HANGS_S = 900.0
#: a run that takes longer has not succeeded, however well its calls go
LONGEST_RUN_S = 3600.0


class AtWork(Protocol):
    """What a daemon has at work just now."""

    @property
    def mappings(self) -> Sequence[CompanyMapping]:
        """The companies."""
        ...

    @property
    def polls(self) -> Sequence[Poll]:
        """What runs."""
        ...

    @property
    def courses(self) -> Mapping[tuple[str, str], Course]:
        """How it has fared."""
        ...


@dataclass(frozen=True)
class _Late:
    """A flow that has not succeeded for three intervals."""

    company: str
    flow: str
    age_s: float
    #: why, as far as it is known
    because: str
    since: datetime

    def __str__(self) -> str:
        because = f": {self.because}" if self.because else ""
        return f"{self.company}: {self.flow} has not succeeded for {span(self.age_s)}{because}"


class Vitals:
    """Looks at the scheduler and the database, and says what is amiss."""

    def __init__(self, stores: Stores, at_work: Callable[[], AtWork | None]) -> None:
        from connector.store.overview import Overview
        from connector.store.text_overview import TextOverview

        self._stores, self._at_work = stores, at_work
        self._overview = Overview(stores.database)
        self._texts = TextOverview(stores.database)
        #: last success of each list as the database has it, and when that was seen to change
        self._lists: dict[str, tuple[datetime | None, float]] = {}
        self._called_at = time.monotonic()
        #: why changed mappings are not in force, and since when; None: what stands on disk is
        self.mapping_fault: tuple[str, datetime] | None = None
        #: company -> when a call for it went well last
        self._good_at: dict[str, float] = {}
        #: what was amiss with text messages when the database answered last
        self._known: list[TextFault] = []

    def called(self, company: str, well: bool) -> None:
        """Note that a call to a platform has ended: something goes on, however long the run takes."""
        self._called_at = time.monotonic()
        if well:
            self._good_at[company] = self._called_at

    def goes_on(self) -> bool:
        """Return whether runs or calls come to their end, whatever their outcome: only a restart helps if not."""
        shift = self._at_work()
        if shift is None:
            return True
        ends = [course.ended_at or course.well_at for course in shift.courses.values()]
        pace_s = min((poll.every_s for poll in shift.polls), default=0.0)
        last = max([self._called_at, *ends])
        return time.monotonic() - last < max(HANGS_S, STALE_INTERVALS * pace_s)

    def problems(self) -> list[str]:
        """Say why the daemon is not ready: the database is gone, a flow has not succeeded for three intervals, or the
        mappings on disk are not the ones in force.
        """
        if self._at_work() is None:
            return ["not started yet"]
        gone, pauses = self._ask()
        faulty = [f"mappings: {self.mapping_fault[0]}; the ones before stay in force"] if self.mapping_fault else []
        return [*gone, *(str(late) for late in self._late(pauses)), *faulty]

    def notices(self) -> list[str]:
        """Say what is amiss with text messages while the flows themselves succeed: it makes nothing unready."""
        from connector.domain.errors import StoreError

        try:
            return [f"{fault.company}: {fault.words}; {fault.advice}" for fault in self._text_faults()]
        except StoreError:
            # that is the problem, and stands among the reasons
            return []

    def faults(self) -> dict[tuple[str, str], Fault]:
        """Return what is amiss enough to be alerted: what makes unready, keys that are refused, what goes wrong with
        text messages.
        """
        from connector.web.alerts import Fault

        gone, pauses = self._ask()
        now = datetime.now(UTC)
        found = [Fault("", "database", reason, now) for reason in gone]
        if self.mapping_fault:
            found.append(Fault("", "mappings", *self.mapping_fault))
        refused = [pause for pause in pauses if pause.reason in AUTH_REASONS]
        found += [Fault(p.company, p.platform, f"{p.reason}: {p.what}", p.since) for p in refused]
        # what follows from a refused key is no fault of its own
        held_up = _holding_up(refused)
        late = [late for late in self._late(pauses) if held_up(late.company, late.flow) is None]
        found += [Fault(one.company, one.flow, str(one), one.since) for one in late]
        found += self._told_of_texts(gone)
        return {fault.key: fault for fault in found}

    def read(self) -> Reading:
        """Return everything that `/metrics` shows."""
        from connector.domain.errors import StoreError
        from connector.web.metrics import FlowSeen, Reading

        shift = self._at_work()
        gone, pauses = self._ask()
        if shift is None:
            return Reading(ready=False, database=not gone)
        late = list(self._late(pauses))
        now = time.monotonic()
        flows = [
            FlowSeen(poll.company, poll.flow, poll.every_s, now - course.well_at, course.runs, course.passed_over)
            for poll in shift.polls
            for course in [shift.courses[poll.key]]
        ]
        flows += [
            FlowSeen(m.company, LISTS, m.jobs.poll_every_s, self._age_of_lists(m.company)) for m in shift.mappings
        ]
        mine = {m.company for m in shift.mappings}
        ready = not (gone or late or self.mapping_fault)
        known = Reading(ready=ready, flows=flows, database=not gone)
        if gone:
            return known
        try:
            return self._with_counts(known, mine, pauses)
        except StoreError:
            return Reading(ready=False, flows=flows, database=False)

    def _with_counts(self, known: Reading, mine: set[str], pauses: Sequence[Pause]) -> Reading:
        from dataclasses import replace

        from connector.app import budget_left

        shift = self._at_work()
        now = datetime.now(UTC)
        counts = {key: number for key, number in self._overview.counts_by_kind().items() if key[0] in mine}
        lag_s = {
            company: max(0.0, (now - oldest).total_seconds())
            for company, oldest in self._overview.oldest_open().items()
            if company in mine
        }
        paused = [(pause.company, pause.platform, pause.reason) for pause in pauses]
        budgets = budget_left(shift.mappings if shift else (), self._overview.budgets)
        audits = {company: found for company, found in self._overview.audits().items() if company in mine}
        warnings = {key: number for key, number in self._overview.link_warnings().items() if key[0] in mine}
        texts = self._texts.figures(self._texting())
        waits_s = {
            company: max(0.0, (now - seen.callbacks_since).total_seconds())
            for company, seen in texts.items()
            if seen.callbacks_since
        }
        return replace(
            known,
            actions=counts,
            lag_s=lag_s,
            pauses=paused,
            budgets=budgets,
            audits=audits,
            link_warnings=warnings,
            texts=texts,
            text_waits_s=waits_s,
        )

    def _texting(self) -> dict[str, int | None]:
        """Return the companies that have text messages, with what their mapping grants; None: not limited."""
        shift = self._at_work()
        return {m.company: m.sms.segment_balance for m in (shift.mappings if shift else ()) if m.sms}

    def _text_faults(self) -> list[TextFault]:
        """Return what is amiss with text messages. Raises StoreError."""
        from connector.rules.health import text_faults

        shift = self._at_work()
        # nobody misses segments while texts are switched off
        off = {m.company: None for m in (shift.mappings if shift else ()) if m.sms and not m.sms.enabled}
        return text_faults(self._texts.troubles(self._texting() | off, datetime.now(UTC)))

    def _told_of_texts(self, gone: Sequence[str]) -> list[Fault]:
        """Return the faults of text messages; while the database is gone, those that were known last."""
        from connector.domain.errors import StoreError
        from connector.web.alerts import Fault

        if not gone:
            with suppress(StoreError):
                self._known = self._text_faults()
        return [Fault(f.company, f.what, f"{f.words}; {f.advice}", f.since, f.stops) for f in self._known]

    def _ask(self) -> tuple[list[str], list[Pause]]:
        """Ask the database; returns why it cannot be used, and the pauses of the companies at work."""
        from connector.domain.errors import StoreError
        from connector.rest.redaction import redact

        path, shift = self._stores.database.path, self._at_work()
        if path is not None and not path.exists():
            return [f"the database is gone: {path}"], []
        mine = {m.company for m in shift.mappings} if shift else set()
        try:
            self._see_lists(mine)
            return [], [pause for pause in self._overview.pauses() if pause.company in mine]
        except StoreError as error:
            return [f"the database is gone: {redact(str(error))}"], []

    def _see_lists(self, mine: set[str]) -> None:
        """Note which lists have been read since the last look."""
        successes = self._overview.successes()
        for company in mine:
            at = successes.get((company, LISTS))
            before = self._lists.get(company)
            if before is None or before[0] != at:
                self._lists[company] = at, time.monotonic()

    def _age_of_lists(self, company: str) -> float | None:
        seen = self._lists.get(company)
        return None if seen is None else time.monotonic() - seen[1]

    def _is_busy(self, poll: Poll, course: Course) -> bool:
        """Return whether a run takes long because there is much to do: its calls go well. No excuse for ever."""
        now, stale_s = time.monotonic(), STALE_INTERVALS * poll.every_s
        under_way = course.began_at > course.ended_at and now - course.began_at < LONGEST_RUN_S
        return under_way and now - self._good_at.get(poll.company, 0.0) < stale_s

    def _late(self, pauses: Sequence[Pause]) -> Iterator[_Late]:
        from connector.rest.redaction import redact

        shift = self._at_work()
        if shift is None:
            return
        now, steady = datetime.now(UTC), time.monotonic()
        holding_up = _holding_up(pauses)

        def why(company: str, flow: str) -> str:
            pause = holding_up(company, flow)
            return f"{pause.platform} is left alone ({pause.reason}): {pause.what}" if pause else ""

        late = set()
        for poll in shift.polls:
            course = shift.courses[poll.key]
            age_s = steady - course.well_at
            if age_s > STALE_INTERVALS * poll.every_s and not self._is_busy(poll, course):
                if poll.flow not in TEXT_FLOWS:
                    late.add(poll.company)
                because = course.error or why(poll.company, poll.flow)
                if not because and course.began_at > course.ended_at:
                    because = f"a run has been under way for {span(steady - course.began_at)}"
                since = course.failing_since or now - timedelta(seconds=age_s)
                yield _Late(poll.company, poll.flow, age_s, redact(because), since)
        for mapping in shift.mappings:
            company, lists_s = mapping.company, self._age_of_lists(mapping.company) or 0.0
            # they are read inside the runs: those explain it, if they fail
            pace_s = max(mapping.jobs.poll_every_s, mapping.forwarding.poll_every_s)
            if company not in late and lists_s > STALE_INTERVALS * pace_s:
                because = why(company, LISTS)
                yield _Late(company, LISTS, lists_s, redact(because), now - timedelta(seconds=lists_s))


def _holding_up(pauses: Sequence[Pause]) -> Callable[[str, str], Pause | None]:
    """Return what tells the pause that holds up a company's flow: one of an SMS provider holds up texts alone."""
    from connector.app import ATSES, SOURCES

    of_texts: dict[str, Pause] = {}
    of_all: dict[str, Pause] = {}
    for pause in pauses:
        forwarding = pause.platform in SOURCES or pause.platform in ATSES
        (of_all if forwarding else of_texts)[pause.company] = pause

    def holding_up(company: str, flow: str) -> Pause | None:
        own = of_texts.get(company) if flow in TEXT_FLOWS else None
        return own or of_all.get(company)

    return holding_up
