"""Taking turns within a process, first come first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class OutOfTurn(Exception):
    """The turn did not come in time."""


class Turns:
    """One at a time, in the order of asking. Not re-entrant.

    SQLite lets its writers look again and again, at ever longer intervals: whoever writes often keeps out whoever
    writes once, for seconds. Threads that queue here before do not meet there; other processes still do.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Semaphore] = deque()

    @contextmanager
    def turn(self, patience_s: float) -> Iterator[None]:
        """Wait for the turn and hold it. Raises OutOfTurn."""
        self._take(patience_s)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, patience_s: float) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Semaphore(0)
            self._queue.append(mine)
        came = False
        try:
            came = mine.acquire(timeout=patience_s)
        finally:
            # also when a signal ends the wait: a turn that nobody takes would stop everybody
            if not came:
                self._leave(mine)
        if not came:
            raise OutOfTurn

    def _leave(self, mine: threading.Semaphore) -> None:
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
                return
        # it came at the last moment
        self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._taken = False
