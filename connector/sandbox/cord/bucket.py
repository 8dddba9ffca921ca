"""cord's rate limiter: a token bucket."""

import math
import time


class Bucket:
    """`rate` requests a second with bursts of `size`. Not locked."""

    def __init__(self, rate: float = 5.0, size: int = 10) -> None:
        self.rate = rate
        self.size = size
        self._level = float(size)
        self._at = time.monotonic()

    def take(self) -> float:
        """Takes one request out. Returns 0, or the seconds to wait when there is none."""
        self._refill()
        if self._level >= 1:
            self._level -= 1
            return 0.0
        return self.wait_s()

    def wait_s(self) -> float:
        """Seconds until there is a request to take out."""
        return max(0.0, (1 - self._level) / self.rate)

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The `RateLimit-*` headers as of now."""
        self._refill()
        return (
            ("RateLimit-Limit", str(self.size)),
            ("RateLimit-Remaining", str(math.floor(self._level))),
            ("RateLimit-Reset", str(math.ceil((self.size - self._level) / self.rate))),
        )

    def _refill(self) -> None:
        now = time.monotonic()
        self._level = min(float(self.size), self._level + (now - self._at) * self.rate)
        self._at = now
