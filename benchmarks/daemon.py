"""The connector's scheduler in a process of its own, polling until it is killed; or the daemon, called by cord."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from benchmarks.outside import SPAWN, Address
from benchmarks.workplace import at_work
from connector.app import BUDGET_WAIT_S
from connector.flows.applications import sync_applications
from connector.flows.inquiry import next_due_s
from connector.rest.calls import Tuning
from connector.scheduler import Poll, Scheduler

POLL_S = 1.0


class Daemon:
    """A process that may be killed and started again; leaving the `with` kills it.

    `scale` shortens the time-outs and waits of the HTTP layer so many times, though none below 3 s of a whole call.
    """

    def __init__(self, folder: Path, address: Address, scale: float = 1.0) -> None:
        self._arguments = (folder, address, scale)

    def __enter__(self) -> Daemon:
        self.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start a fresh process."""
        self._process = SPAWN.Process(target=_poll, args=self._arguments, name="daemon", daemon=True)
        self._process.start()

    def kill(self) -> None:
        """End it at once, whatever it is doing (SIGKILL: it cannot tidy up)."""
        self._process.kill()
        self._process.join()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()


class CalledDaemon:
    """`connector run` as an operator starts it, where cord can call it; leaving the `with` ends it."""

    def __init__(self, folder: Path, address: Address) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            place = f"127.0.0.1:{taken.getsockname()[1]}"
        self._folder = folder
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")},
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            "CORD_TOKEN": address.token,
            "PINPOINT_KEY": address.key,
            "CORD_HOOK": "example-secret-for-docs-only-0123456789",
            "CONNECTOR_LISTEN": place,
            "CONNECTOR_PUBLIC_URL": f"http://{place}",
        }

    def __enter__(self) -> CalledDaemon:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connector", "run"], cwd=self._folder, env=self._environ, stderr=log
            )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(30)


def _poll(folder: Path, address: Address, scale: float) -> None:
    # it says what our scheduler says already: a poll was passed over
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    usual = Tuning()
    tuning = Tuning(
        read_s=max(2.0, usual.read_s / scale),
        write_s=max(2.0, usual.write_s / scale),
        total_s=max(3.0, usual.total_s / scale),
        longest_retry_after_s=usual.longest_retry_after_s / scale,
        retry_after_fallback_s=usual.retry_after_fallback_s / scale,
        budget_wait_s=BUDGET_WAIT_S,
    )
    with at_work(folder, address, tuning) as (company, _stores):
        poll = Poll(
            company.name, "applications", POLL_S, lambda: sync_applications(company), lambda: next_due_s(company)
        )
        Scheduler([poll], company.stop).start()
        threading.Event().wait()
