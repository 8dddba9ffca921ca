"""What a command works with: settings, mappings, the database and the companies, opened and closed again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

import typer

from connector.cli.exits import INTERRUPTED, TERMINATED
from connector.cli.options import Options
from connector.cli.output import note

if TYPE_CHECKING:
    from connector.app import Stores
    from connector.config.mapping import Mapping
    from connector.config.settings import Settings
    from connector.flows.company import Company

#: a command waits so long for another process's batch
LOCK_WAIT_S = 300.0


@dataclass(frozen=True)
class Work:
    """Everything that a command needs."""

    settings: Settings
    mappings: list[Mapping]
    stores: Stores
    companies: list[Company]
    #: set when the program is asked to stop
    stop: threading.Event


def read_settings(options: Options, *, daemon: bool = False) -> Settings:
    """Read the settings and set up logging. Raises ConfigProblems."""
    from connector.config.settings import load_settings
    from connector.logs import set_up

    settings = load_settings(mappings=options.mappings, database_url=options.database, log_level=options.log_level)
    level = settings.log_level
    if not daemon and sys.stderr.isatty() and "log_level" not in settings.model_fields_set:
        # a person at a terminal reads the summary and the progress line, not a line for each step
        level = "warning"
    set_up(level, settings.log_format)
    return settings


def open_database(settings: Settings) -> Stores:
    """Open the database and say so if an older one was copied and upgraded."""
    from connector.app import open_stores

    stores = open_stores(settings.database_url)
    if stores.copied_to:
        note(f"the database was upgraded; as it was before: {stores.copied_to}")
    return stores


@contextmanager
def at_work(options: Options) -> Iterator[Work]:
    """Open everything, hand it over, and close it. Ends with 130 or 143 if a signal asked to stop meanwhile."""
    settings = read_settings(options)
    from connector.app import build_company
    from connector.config.loading import load_mappings

    mappings = load_mappings(settings.mappings, options.company)
    stores = open_database(settings)
    try:
        with interruptible() as stop:
            how: Any = {"stop": stop, "lock_wait_s": LOCK_WAIT_S, "public_url": settings.called_at}
            companies = [build_company(m, stores, **how) for m in mappings]
            yield Work(settings, mappings, stores, companies, stop)
    finally:
        stores.close()


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Let the first SIGINT or SIGTERM end the work between two steps, the second at once."""
    stop = threading.Event()
    received: list[int] = []

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if received:
            # threads may be inside a call: what they leave `attempting` is looked up by the next process
            os._exit(_code(number))
        received.append(number)
        stop.set()
        note("stopping after the step under way; once more stops at once (nothing is lost or doubled either way)")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        try:
            yield stop
        except Exception as error:
            from connector.domain.errors import ConnectorError

            # a call that was given up because of the signal fails; the signal is the news, not the failure
            if not received or not isinstance(error, ConnectorError):
                raise
        if received:
            raise typer.Exit(_code(received[0]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _code(number: int) -> int:
    return INTERRUPTED if number == signal.SIGINT else TERMINATED
