"""A thread that lets things happen by themselves."""

import threading
from collections.abc import Callable

_STOP_LIMIT_S = 2.0


class Ticker:
    """Calls `act` every `pace_s` seconds until it is stopped."""

    def __init__(self, act: Callable[[], object], pace_s: float, name: str) -> None:
        self._act = act
        self._pace_s = pace_s
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after what it is doing; a call that nobody answers is not waited for."""
        self._enough.set()
        self._thread.join(_STOP_LIMIT_S)

    def _run(self) -> None:
        while not self._enough.wait(self._pace_s):
            self._act()
