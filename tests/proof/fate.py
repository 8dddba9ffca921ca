"""Death at a chosen step: just before or just after a commit of the ledger or a call to a platform."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from connector.app import Stores
from connector.flows.company import Company

BEFORE, AFTER = "before", "after"


class Dead(BaseException):
    """The process is gone. Not an Exception, so that nothing on the way can live on."""


class Fate:
    """Counts steps; at the chosen one `die` is called. Steps are commits, writes to platforms and, if wanted, reads."""

    def __init__(self, die: Callable[[], None], *, reads: bool = False) -> None:
        self._die = die
        self._reads = reads
        self._lock = threading.Lock()
        self._at: int | None = None
        self._when = BEFORE
        self.steps = 0
        #: the step has come; whoever lives on in another thread dies at the next one
        self.come = False

    def arm(self, at: int, when: str) -> None:
        """Choose the step, counted from now."""
        self.steps, self.come, self._at, self._when = 0, False, at, when

    def watch(self, stores: Stores, company: Company) -> None:
        """Stand at every door of this company. The bookings of the rate budget are no steps: they hold no truth."""
        for part in (stores.actions, stores.feed, stores.memory, stores.links, stores.texts):
            part._database = _Watched(stores.database, self)  # type: ignore[assignment]
        for account in (company.source, company.ats, *company.providers.values()):
            transport: Any = account._client._transport  # type: ignore[attr-defined]
            transport.exchange = self._exchange(transport.exchange)

    def _exchange(self, exchange: Callable[..., Any]) -> Callable[..., Any]:
        def watched(method: str, *args: Any, **options: Any) -> Any:
            if method == "GET" and not self._reads:
                return exchange(method, *args, **options)
            number = self.begin()
            answer = exchange(method, *args, **options)
            self.end(number)
            return answer

        return watched

    def begin(self) -> int:
        """Count a step and die before it, if it is the one. Returns its number."""
        with self._lock:
            self.steps += 1
            number = self.steps
            fatal = self._when == BEFORE and number == self._at
            self.come = self.come or fatal
        if self.come:
            self._die()
        return number

    def end(self, number: int) -> None:
        """Die after step `number`, if it is the one."""
        if self._when == AFTER and number == self._at:
            self.come = True
            self._die()


class _Watched:
    """A database whose commits are steps."""

    def __init__(self, database: Any, fate: Fate) -> None:
        self._database, self._fate = database, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    @contextmanager
    def write(self, replacing: str = "", texting: str = "") -> Iterator[Any]:
        with self._database.write(replacing, texting) as connection:
            yield connection
            # the work is done and the commit is next
            number = self._fate.begin()
        self._fate.end(number)
