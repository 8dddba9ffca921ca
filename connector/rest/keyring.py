"""The keys of one account: usually one, two while a key is being replaced.

The newest is used. When it is refused (401) the older one is tried once, and used for as long as it works; the newest
is tried again from time to time. When both are refused they take turns, one for each call that the account's pause
still lets through, so that two keys are no more often refused than one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import structlog

log = structlog.get_logger("connector.rest")

#: while the older key is in use, the newest is tried again each minute, after ten minutes each five minutes
TRIAL_S, PATIENT_AFTER_S, PATIENT_TRIAL_S = 60.0, 600.0, 300.0


class Keyring:
    """Gives the key for a call, and is told whether it was taken. For any number of threads.

    `given()`, `accepted()` and `refused()` of one call must be made in the same thread.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[str]],
        names: Sequence[str] = (),
        *,
        company: str = "",
        platform: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`read` returns one key or two, newest first; `names` are what they are called in messages, in that order."""
        self._read = read
        self._names = tuple(names) or ("the newest key", "the older key")
        self._about = {"action": "key", "company": company, "platform": platform}
        self._clock = clock
        self._lock = threading.Lock()
        #: the key of the next call
        self._turn = 0
        #: the key that was taken last; None: none was yet, or it has been refused since
        self._works: int | None = None
        self._refused: set[int] = set()
        #: it was said that the older one is in use
        self._older = False
        #: since when the newest has been refused while an older one works, and when it is tried again
        self._since, self._trial_at = 0.0, 0.0
        self._mine = threading.local()

    @property
    def keys(self) -> tuple[str, ...]:
        """All of them, newest first."""
        return tuple(self._read())

    @property
    def working(self) -> str | None:
        """The name of the key that was taken last; None: none was."""
        with self._lock:
            return None if self._works is None else self._names[self._works]

    def given(self) -> str:
        """Return the key for the next call of this thread."""
        with self._lock:
            index = self._turn
            if index and self._works == index and self._clock() >= self._trial_at:
                # one call tries the newest; the others go on meanwhile
                self._trial_at = self._clock() + self._trial_s()
                index = 0
        self._mine.index = index
        return self.keys[index]

    def accepted(self) -> None:
        """Note that the key of this thread's call was taken."""
        index = self._mine.index
        works = self._works
        if works is not None and index >= works:
            # the usual case; and that an older one is still taken beside the newest is no news
            return
        with self._lock:
            self._works = self._turn = index
            self._refused.discard(index)
            news, self._older = bool(index) is not self._older, bool(index)
            self._since = self._clock()
            self._trial_at = self._since + TRIAL_S
        newest, older = self._names[0], self._names[-1]
        if news and index:
            what = f"{newest} is refused; {older} is used until {newest} works"
            log.warning("older key in use", **self._about, what=what)
        elif news:
            log.info("newest key in use", **self._about, what=f"{newest} works; {older} is not needed any more")

    def refused(self) -> bool:
        """Note that the key of this thread's call was refused; returns whether another one is worth a try at once."""
        index = self._mine.index
        with self._lock:
            if self._works == index:
                # it has worked until now: what was known of the others is old
                self._works, self._refused = None, set()
            self._refused.add(index)
            others = [other for other in range(len(self.keys)) if other != index]
            untried = [other for other in others if other not in self._refused]
            if untried or others:
                self._turn = (untried or others)[0]
            return bool(untried)

    def _trial_s(self) -> float:
        return PATIENT_TRIAL_S if self._clock() - self._since >= PATIENT_AFTER_S else TRIAL_S


def keyring_of(secret: Keyring | Callable[[], str]) -> Keyring:
    """Return a keyring as it is, and one with a single key for a callable that is asked for it before every call."""
    return secret if isinstance(secret, Keyring) else Keyring(lambda: (secret(),))
