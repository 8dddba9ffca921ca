"""`connector run`: the daemon. Polls every company until it is told to stop; takes changed mappings over by itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import TYPE_CHECKING

import typer

from connector.cli.exits import FAULT, INTERRUPTED, OK
from connector.cli.opening import open_database, read_settings
from connector.cli.options import CompanyName, DatabaseUrl, LogLevel, Mappings, Options
from connector.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.app import Stores
    from connector.cli.shift import Shift
    from connector.cli.watching import Watch
    from connector.config.mapping import Mapping as CompanyMapping
    from connector.config.settings import Settings
    from connector.domain.texting import Texting
    from connector.domain.texts import Callback
    from connector.rest.calls import CallSeen
    from connector.web.health import Listener

#: a run under way gets so long at the end of the daemon; below 30
PATIENCE_S = 24.0
#: how often the files are looked at
LOOK_S = 1.0


def run(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    log_level: LogLevel = None,
) -> None:
    """The daemon: polls every company until SIGTERM or Ctrl-C, and answers /healthz, /readyz and /metrics."""
    options = Options(mappings, database, company, log_level=log_level)
    settings = read_settings(options, daemon=True)
    from connector.cli.watching import Watch
    from connector.config.loading import load_mappings

    # before they are read: what changes meanwhile is seen
    watch = Watch(settings.mappings)
    loaded = load_mappings(settings.mappings, company)
    stores = open_database(settings)
    daemon = Daemon(settings, company, stores)
    listener = _listen(settings.listen, daemon, settings.called_at)
    finished = daemon.run(loaded, watch, listener.url if listener else "")
    if listener:
        listener.stop()
    stores.close()
    if not finished:
        # whatever is still under way stays `attempting`; the next process looks up what became of it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(OK)


class Daemon:
    """One process at work."""

    def __init__(self, settings: Settings, company: str | None, stores: Stores) -> None:
        from connector.app import notices
        from connector.cli.main import version
        from connector.cli.vitals import Vitals
        from connector.web.alerts import Alerts
        from connector.web.metrics import Metrics
        from connector.web.notify import Notifier

        self._settings, self._company, self._stores = settings, company, stores
        self._asked, self._asked_to_read = threading.Event(), threading.Event()
        self._shift: Shift | None = None
        self.vitals = Vitals(stores, lambda: self._shift)
        kind = "SQLite" if stores.database.is_sqlite else "PostgreSQL"
        self._about = {"version": version(), "database": kind}
        self.metrics = Metrics(self.vitals.read, self._about)
        webhook = notices("webhook", settings.alert_webhook) if settings.alert_webhook else None
        switch = notices("dead-man's switch", settings.deadman_url) if settings.deadman_url else None
        self._alerts = Alerts(
            self.vitals.faults,
            webhook.send if webhook else None,
            (lambda well: switch.send(suffix="" if well else "/fail")) if switch else None,
            self.metrics.alerted,
        )
        self._systemd = Notifier()
        self._fed_at = time.monotonic()

    def run(self, mappings: list[CompanyMapping], watch: Watch, url: str) -> bool:
        """Work until a signal comes. Returns whether everything under way came to its end."""
        import structlog

        from connector.cli.mappings import Reading
        from connector.cli.shift import Shift

        log = structlog.get_logger("connector.daemon")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGHUP, lambda _number, _frame: self._asked_to_read.set())
        reading = Reading(watch, self._company, self._stores, self.vitals)
        self._shift = Shift(mappings, self._stores, self._on_call, self._settings.called_at)
        self._shift.begin()
        self._alerts.start()
        names = [m.company for m in mappings]
        about = {**self._about, "companies": names[:20], "number": len(names)}
        log.info("started", action="start", **about, listening=url or "nowhere")
        self._systemd.ready(f"{len(names)} companies, listening at {url or 'no address'}")
        while not self._asked.wait(LOOK_S):
            self._shift.look_at_clock()
            self._feed_watchdog()
            asked = self._asked_to_read.is_set()
            self._asked_to_read.clear()
            reading.look(self._shift.change, asked=asked)
        log.info("stopping", action="stop", patience_s=PATIENCE_S)
        self._systemd.stopping()
        self._alerts.stop()
        finished = self._shift.end(PATIENCE_S)
        log.info("stopped", action="stop", finished=finished)
        return finished

    def webhook_secrets(self, company: str, platform: str) -> tuple[str, ...]:
        """Return the secrets that a platform signs its calls about a company with; none: it does not call."""
        return self._shift.webhook_secrets(company, platform) if self._shift else ()

    def nudge(self, company: str, flow: str) -> None:
        """Fire a poll now."""
        if self._shift:
            self._shift.nudge(company, flow)

    def text_desk(self, company: str, provider: str) -> tuple[Texting, Callable[[Callback], int | None]] | None:
        """Return who judges a provider's calls about a company, and what stores them; None: no such account."""
        return self._shift.text_desk(company, provider) if self._shift else None

    def hear(self, company: str, platform: str) -> None:
        """Note that a platform has called."""
        if self._shift:
            self._shift.hear(company, platform)

    def _on_call(self, company: str, seen: CallSeen) -> None:
        self.vitals.called(company, seen.error is None)
        self.metrics.called(seen.platform, seen.status, seen.error, seen.took_s)

    def _feed_watchdog(self) -> None:
        """Tell systemd that work goes on, while it does."""
        due = time.monotonic() - self._fed_at >= self._systemd.watchdog_s / 4
        if self._systemd.watchdog_s and due and self.vitals.goes_on():
            self._fed_at = time.monotonic()
            problems = self.vitals.problems()
            self._systemd.alive("; ".join(problems[:3]) or "all well")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._asked.is_set():
            # nothing is lost: what is `attempting` is looked up by the next process
            os._exit(INTERRUPTED if number == signal.SIGINT else OK)
        self._asked.set()


def _listen(address: str, daemon: Daemon, public_url: str) -> Listener | None:
    """Listen where the settings say; an empty address: nowhere."""
    if not address:
        return None
    from connector.web.callbacks import Callbacks
    from connector.web.health import Listener, make_app
    from connector.web.texting import TextCallbacks

    callbacks = Callbacks(daemon.webhook_secrets, daemon.nudge, heard=daemon.hear)
    texting = TextCallbacks(daemon.text_desk, daemon.nudge, public_url)
    routes = [callbacks.route(), *texting.routes()]
    app = make_app(daemon.vitals.problems, daemon.metrics.page, routes, daemon.vitals.notices)
    host, _, port = address.rpartition(":")
    try:
        listener = Listener(app, host.strip("[]"), int(port))
    except OSError as error:
        why = error.strerror or str(error)
        note(f"CONNECTOR_LISTEN: cannot listen on {address} ({why}): set another address, port 0 for any, or nothing")
        raise typer.Exit(FAULT) from None
    listener.start()
    return listener
