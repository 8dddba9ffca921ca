"""`connector run`: the daemon. Polls every company until it is told to stop; takes changed mappings over by itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

import typer

from connector.cli.exits import FAULT, INTERRUPTED, OK
from connector.cli.opening import open_database, read_settings
from connector.cli.options import CompanyName, DatabaseUrl, LogLevel, Mappings, Options
from connector.cli.output import note, span

if TYPE_CHECKING:
    from connector.app import Stores
    from connector.config.mapping import Mapping
    from connector.config.settings import Settings
    from connector.web.health import Listener

#: a run under way gets so long at the end of the daemon, and so long when the mappings change; together below 30
PATIENCE_S, CHANGE_PATIENCE_S = 24.0, 3.0
#: how often the files are looked at
LOOK_S = 2.0
#: a flow without a success for so many intervals is not ready
STALE_INTERVALS = 3


def run(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    log_level: LogLevel = None,
) -> None:
    """The daemon: polls every company until SIGTERM or Ctrl-C, and answers /healthz and /readyz."""
    options = Options(mappings, database, company, log_level=log_level)
    settings = read_settings(options, daemon=True)
    from connector.config.loading import load_mappings

    loaded = load_mappings(settings.mappings, company)
    stores = open_database(settings)
    daemon = Daemon(settings, company, stores)
    listener = _listen(settings.listen, daemon)
    finished = daemon.run(loaded, listener.url if listener else "")
    if listener:
        listener.stop()
    stores.close()
    if not finished:
        # whatever is still under way stays `attempting`; the next process looks up what became of it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(OK)


class Shift:
    """All companies at work under one reading of the mappings."""

    def __init__(self, mappings: list[Mapping], stores: Stores) -> None:
        from connector.app import build_company, polls_of
        from connector.scheduler import Scheduler

        self.mappings = mappings
        self.began_at = datetime.now(UTC)
        stop = threading.Event()
        self.polls = [poll for m in mappings for poll in polls_of(m, build_company(m, stores, stop=stop))]
        self._scheduler = Scheduler(self.polls, stop)

    def begin(self) -> None:
        """Fire every poll now and then at its pace."""
        self._scheduler.start()

    def end(self, patience_s: float) -> bool:
        """Stop firing; returns whether the runs under way came to their end in time."""
        return self._scheduler.shutdown(patience_s)


class Daemon:
    """One process at work."""

    def __init__(self, settings: Settings, company: str | None, stores: Stores) -> None:
        self._settings, self._company, self._stores = settings, company, stores
        self._asked = threading.Event()
        self._shift: Shift | None = None

    def run(self, mappings: list[Mapping], url: str) -> bool:
        """Work until a signal comes. Returns whether everything under way came to its end."""
        import structlog

        from connector.cli.main import version
        from connector.cli.watching import Watch

        log = structlog.get_logger("connector.daemon")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        watch = Watch(self._settings.mappings)
        self._shift = Shift(mappings, self._stores)
        self._shift.begin()
        kind = "SQLite" if self._stores.database.is_sqlite else "PostgreSQL"
        names = [m.company for m in mappings]
        about = {"version": version(), "companies": names[:20], "number": len(names), "database": kind}
        log.info("started", action="start", **about, listening=url or "nowhere")
        finished = True
        while not self._asked.wait(LOOK_S):
            if watch.changed():
                finished = self._change() and finished
        log.info("stopping", action="stop", patience_s=PATIENCE_S)
        finished = self._shift.end(PATIENCE_S) and finished
        log.info("stopped", action="stop", finished=finished)
        return finished

    def problems(self) -> list[str]:
        """Say why the daemon is not ready: the database is gone, or a flow has not succeeded for three intervals."""
        from connector.domain.errors import StoreError
        from connector.rest.redaction import redact

        shift, path = self._shift, self._stores.database.path
        if path is not None and not path.exists():
            return [f"the database is gone: {path}"]
        if shift is None:
            return ["not started yet"]
        found, now = [], datetime.now(UTC)
        try:
            for poll in shift.polls:
                success, _, error = self._stores.memory.runs(poll.company).get(poll.flow, (None, None, None))
                lag_s = (now - max(success or shift.began_at, shift.began_at)).total_seconds()
                if lag_s > STALE_INTERVALS * poll.every_s:
                    because = f": {redact(error)}" if error else ""
                    found.append(f"{poll.company}: {poll.flow} has not succeeded for {span(lag_s)}{because}")
        except StoreError as error:
            return [f"the database is gone: {redact(str(error))}"]
        return found

    def _change(self) -> bool:
        """Take changed mappings and keys over; returns whether the runs under way came to their end."""
        import structlog

        from connector.config.loading import load_mappings
        from connector.config.problems import ConfigProblems

        log = structlog.get_logger("connector.daemon")
        assert self._shift is not None
        try:
            mappings = load_mappings(self._settings.mappings, self._company)
        except ConfigProblems as problems:
            for problem in problems.problems:
                log.error("mapping not taken over", action="change", what=str(problem))
            return True
        if mappings == self._shift.mappings:
            return True
        finished = self._shift.end(CHANGE_PATIENCE_S)
        self._shift = Shift(mappings, self._stores)
        self._shift.begin()
        log.info("mappings taken over", action="change", companies=len(mappings))
        return finished

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._asked.is_set():
            # nothing is lost: what is `attempting` is looked up by the next process
            os._exit(INTERRUPTED if number == signal.SIGINT else OK)
        self._asked.set()


def _listen(address: str, daemon: Daemon) -> Listener | None:
    """Listen where the settings say; an empty address: nowhere."""
    if not address:
        return None
    from connector.web.health import Listener, make_app

    host, _, port = address.rpartition(":")
    try:
        listener = Listener(make_app(daemon.problems), host.strip("[]"), int(port))
    except OSError as error:
        why = error.strerror or str(error)
        note(f"CONNECTOR_LISTEN: cannot listen on {address} ({why}): set another address, port 0 for any, or nothing")
        raise typer.Exit(FAULT) from None
    listener.start()
    return listener
