"""The daemon's mappings: read again when they change, taken over only if all of them are valid."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from connector.config.loading import load_mappings
from connector.config.problems import ConfigProblems
from connector.domain.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from connector.app import Stores
    from connector.cli.shift import Change
    from connector.cli.vitals import Vitals
    from connector.cli.watching import Watch
    from connector.config.mapping import Mapping

#: under which the store keeps how the last reading went; it is about all companies
NOBODY, FLOW = "", "mapping"
#: so many problems, and so many companies, are named in one text
_SHOWN = 3
_NAMED = 20

log = structlog.get_logger("connector.daemon")


class Reading:
    """Looks at the files, and keeps in memory and in the store whether what stands there can be used."""

    def __init__(self, watch: Watch, company: str | None, stores: Stores, vitals: Vitals) -> None:
        """The mappings have just been read, and were valid. `company`: only this one's count."""
        self._watch, self._company = watch, company
        self._memory, self._vitals = stores.memory, vitals
        self._problems: tuple[str, ...] = ()
        self._note(None)

    def look(self, change: Callable[[list[Mapping]], Change], *, asked: bool = False) -> None:
        """Take changed mappings and keys over, if they are valid; `asked`: read them even if nothing looks changed."""
        if not asked and not self._watch.changed():
            return
        try:
            mappings = load_mappings(self._watch.folder, self._company)
            problems: tuple[str, ...] = ()
        except ConfigProblems as error:
            mappings, problems = [], tuple(str(problem) for problem in error.problems)
        if not self._watch.take():
            # somebody is still writing: neither the good nor the bad of it counts
            return
        if not problems:
            problems = self._take_over(mappings, change, asked)
        if problems:
            self._refuse(problems)

    def _take_over(
        self, mappings: list[Mapping], change: Callable[[list[Mapping]], Change], asked: bool
    ) -> tuple[str, ...]:
        try:
            done = change(mappings)
        except ConfigError as error:
            return (str(error),)
        if done:
            numbers = {"companies": len(mappings)}
            names = {
                "added": done.added[:_NAMED],
                "changed": done.changed[:_NAMED],
                "removed": done.removed[:_NAMED],
            }
            log.info("mappings taken over", action="change", **numbers, **{k: list(v) for k, v in names.items() if v})
        elif self._problems or asked:
            log.info("mappings read again", action="change", what="they are valid, and nothing is different")
        if self._problems:
            self._problems, self._vitals.mapping_fault = (), None
            self._note(None)
        return ()

    def _refuse(self, problems: tuple[str, ...]) -> None:
        """Leave the old ones in force; the same problems are said once."""
        what = shown(problems)
        if problems != self._problems:
            for problem in problems:
                log.error("mapping not taken over", action="change", what=problem)
        since = self._vitals.mapping_fault[1] if self._vitals.mapping_fault else datetime.now(UTC)
        self._problems, self._vitals.mapping_fault = problems, (what, since)
        self._note(what)

    def _note(self, error: str | None) -> None:
        # a database that refuses is said by whoever needs it
        with suppress(StoreError):
            self._memory.note_run(NOBODY, FLOW, datetime.now(UTC), error)


def shown(problems: tuple[str, ...]) -> str:
    """Return problems as one line."""
    more = f" (and {len(problems) - _SHOWN} more)" if len(problems) > _SHOWN else ""
    return "; ".join(problems[:_SHOWN]) + more
