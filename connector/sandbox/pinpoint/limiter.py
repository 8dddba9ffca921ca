"""Pinpoint's rate limiter: sliding windows for each client address."""

import threading
import time
from collections import deque


class SlidingWindows:
    """At most `count` requests in any `seconds`, for each of several windows. Refused requests do not count."""

    def __init__(self, limits: tuple[tuple[int, float], ...]) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def take(self, client: str) -> float:
        """Counts one request of `client`. Returns 0, or the seconds until there is room when it is over a limit."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(client, deque())
            longest = max((seconds for _, seconds in self._limits), default=0.0)
            while times and times[0] <= now - longest:
                times.popleft()
            wait = max((_wait(times, now, count, seconds) for count, seconds in self._limits), default=0.0)
            if wait <= 0:
                times.append(now)
            return max(0.0, wait)

    def reset(self) -> None:
        """Forgets every request."""
        with self._lock:
            self._times.clear()


def _wait(times: deque[float], now: float, count: int, seconds: float) -> float:
    if len(times) < count:
        return 0.0
    # The request that must leave the window before one more fits in.
    return times[-count] + seconds - now
