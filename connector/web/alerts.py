"""Saying a fault without anyone looking: a webhook, once when it begins and once when it ends, and a dead-man ping.

Both run in a thread of their own, and what goes wrong with them is a warning and nothing more. A message that did not
arrive is sent again at the next look. The faults told are kept in memory: one that outlasts a restart is told again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog

from connector.domain.errors import ConnectorError

log = structlog.get_logger("connector.alerts")

#: how often it is looked whether a fault has begun or ended, and how often the dead-man's switch is held
LOOK_S, PING_S = 10.0, 60.0


@dataclass(frozen=True)
class Fault:
    """Something that does not work as it should."""

    #: empty: all of them
    company: str
    #: a flow, a platform, `database`, `mappings`, or a trouble with text messages
    what: str
    #: in an administrator's words; redacted
    reason: str
    since: datetime
    #: False: something waits for a human and the rest goes on, so that nobody need be woken
    is_failure: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others; its reason may change while it lasts."""
        return self.company, self.what

    def message(self, state: str) -> bytes:
        """Return the body of the webhook."""
        since = self.since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        told = {"company": self.company, "what": self.what, "reason": self.reason, "since": since}
        told["level"] = "fault" if self.is_failure else "notice"
        return json.dumps({"version": 1, "state": state, **told}, ensure_ascii=False).encode()


class Alerts:
    """Looks at the faults until it is stopped."""

    def __init__(
        self,
        faults: Callable[[], Mapping[tuple[str, str], Fault]],
        post: Callable[[bytes], None] | None,
        ping: Callable[[bool], None] | None,
        count: Callable[[bool], None] = lambda _arrived: None,
    ) -> None:
        """`post` sends a message, `ping` says whether all goes on; None: nobody is to be told. Both may raise."""
        self._faults, self._post, self._ping, self._count = faults, post, ping, count
        self._told: dict[tuple[str, str], Fault] = {}
        self._stop = threading.Event()
        self._deaf = False
        self._pinged_at = -PING_S
        self._thread = threading.Thread(target=self._watch, name="alerts", daemon=True)

    def start(self) -> None:
        """Begin to look. Without anybody to be told, nothing is begun."""
        if self._post or self._ping:
            self._thread.start()

    def stop(self) -> None:
        """Stop looking; a message under way is given a moment."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def look(self) -> None:
        """Tell what has begun and what has ended since the last look, and hold the dead-man's switch."""
        now = self._faults()
        if self._post is not None:
            self._tell(self._post, now)
        if self._ping is not None and time.monotonic() - self._pinged_at >= PING_S:
            self._pinged_at = time.monotonic()
            # what waits for a human over a weekend must not hide that the rest has stopped
            self._try("ping", partial(self._ping, not any(fault.is_failure for fault in now.values())))

    def _tell(self, post: Callable[[bytes], None], now: Mapping[tuple[str, str], Fault]) -> None:
        for key, fault in now.items():
            if key in self._told:
                continue
            if not self._try("webhook", partial(post, fault.message("firing"))):
                # the others would wait for the same time-out
                return
            self._told[key] = fault
        for key in [key for key in self._told if key not in now]:
            if not self._try("webhook", partial(post, self._told[key].message("resolved"))):
                return
            del self._told[key]

    def _try(self, what: str, send: Callable[[], None]) -> bool:
        try:
            send()
        except ConnectorError as error:
            self._count(False)
            if not self._deaf:
                log.warning("alert not sent", action="alert", by=what, what=str(error))
            self._deaf = True
            return False
        self._count(True)
        if self._deaf:
            log.info("alerts are sent again", action="alert", by=what)
        self._deaf = False
        return True

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look()
            except Exception:
                # a surprise here must not end the telling of all others
                log.exception("alerts broke", action="alert")
