"""Telling systemd how the daemon is (sd_notify): datagrams to the socket that `$NOTIFY_SOCKET` names.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html (read 2026-11-28). Started otherwise, there is
no such variable, and nothing is told to anybody.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Says READY, WATCHDOG and STOPPING. A socket that is gone is no fault of ours: what cannot be said is not said."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._address = environ.get("NOTIFY_SOCKET", "")
        #: another process's watchdog is not ours to feed
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environ.get("WATCHDOG_USEC", "") if ours else ""
        #: systemd restarts the process when it hears nothing for so long; 0: it does not
        self.watchdog_s = int(microseconds) / 1e6 if microseconds.isdigit() else 0.0

    def ready(self, status: str) -> None:
        """Say that the start is over; `status` is shown by `systemctl status`."""
        self._tell(f"READY=1\nSTATUS={_line(status)}")

    def alive(self, status: str) -> None:
        """Feed the watchdog. Call it at least twice in `watchdog_s`, and only while work goes on."""
        self._tell(f"WATCHDOG=1\nSTATUS={_line(status)}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._tell("STOPPING=1\nSTATUS=stopping")

    def _tell(self, text: str) -> None:
        if not self._address:
            return
        # a name that begins with @ is in the abstract namespace, where it begins with a null byte
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
                connection.settimeout(1.0)
                connection.connect(address)
                connection.sendall(text.encode())
        except OSError:
            return


def _line(status: str) -> str:
    return " ".join(status.split())
