"""The connector as a process that kills itself at a chosen step, and a nursery that bears such processes quickly.

    python driver.py sync|run|mirror|texts WHERE STEP before|after

One `sync`, a daemon, one run of the mirror of the list of jobs, or one of replies and one of messages, in the folder
WHERE (`mappings/`, `connector.db`) with the keys in the environment. Where WHERE has a file `public_url`, vendors are
asked to call there. Steps are the commits of the ledger and the writes to a platform, counted from 1;
STEP 0 lives on. The last line on standard output of a process that lives on is the number of its steps.

    python driver.py nursery

reads such lines of arguments from standard input and answers each with `WAIT_STATUS STEPS`. The processes are forked
from one that has read everything in: hundreds of deaths take seconds.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import structlog

from connector.app import build_company, open_stores, polls_of
from connector.config.loading import load_mappings
from connector.domain.errors import PlatformError
from connector.flows.applications import sync_applications
from connector.flows.inquiry import exit_state
from connector.flows.listings import sync_listings
from connector.flows.messages import sync_messages
from connector.flows.replies import sync_replies
from connector.scheduler import Scheduler
from tests.proof.fate import Fate
from tests.proof.stage import BRISK, COMPANY

#: a daemon that has found nothing to do for so long is told to stop
CALM_S = 0.15
LONGEST_S = 30.0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def play(command: str, where: Path, step: int, when: str) -> int:
    """Do one command and return how many steps it took; does not return if one of them is the fatal one."""
    (mapping,) = load_mappings(where / "mappings", COMPANY)
    stores, stop = open_stores(f"sqlite:///{where / 'connector.db'}"), threading.Event()
    called_at = where / "public_url"
    public_url = called_at.read_text() if called_at.exists() else ""
    company = build_company(mapping, stores, stop=stop, tuning=BRISK, public_url=public_url)
    # a command's steps come in the same order each time; a daemon is killed with several calls under way
    company = replace(company, hands=company.hands if command == "run" else 1)
    fate = Fate(_die)
    fate.watch(stores, company)
    # the commits of the mirror's own tables are steps too
    stores.listings._database = stores.actions._database
    fate.arm(step, when)
    if command == "sync":
        sync_applications(company)
        return fate.steps
    if command == "texts":
        sync_replies(company)
        sync_messages(company)
        return fate.steps
    if command == "mirror":
        sync_listings(company, since=company.clock.now())
        return fate.steps
    scheduler = Scheduler(polls_of(mapping, company), stop)
    scheduler.start()
    latest = time.monotonic() + LONGEST_S
    seen = -1
    while time.monotonic() < latest:
        waits, _ = exit_state([company])
        if not waits and seen == fate.steps:
            break
        seen = fate.steps
        time.sleep(CALM_S)
    scheduler.shutdown(5.0)
    return fate.steps


def nursery() -> None:
    """Bear one process a line and tell how it ended."""
    for line in sys.stdin:
        command, where, step, when = line.split()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _bear(command, Path(where), int(step), when, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            steps = pipe.read() or "0"
        _, status = os.waitpid(child, 0)
        print(status, steps, flush=True)


def _bear(command: str, where: Path, step: int, when: str, writing: int) -> None:
    code = 1
    try:
        steps = play(command, where, step, when)
        os.write(writing, str(steps).encode())
        code = 0
    except PlatformError as error:
        print(error, file=sys.stderr, flush=True)
    finally:
        # no clean-up of what belongs to the parent
        os._exit(code)


if __name__ == "__main__":
    # standard output is for answers
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if sys.argv[1:] == ["nursery"]:
        nursery()
    else:
        print(play(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
