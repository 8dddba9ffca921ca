"""The ATS jobs that cord's "link your ATS position" drop-down offers."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.sandbox.clock import SandboxClock, zulu
from connector.sandbox.cord.refusals import Refused, invalid

#: How long the `updated_at` of a removed entry is remembered.
REMEMBERED_FOR = timedelta(days=30)


@dataclass
class AtsJob:
    """One entry. `updated_at` is the ATS's own time of last change."""

    ats_job_id: str
    title: str
    status: str
    updated_at: datetime
    changed: int
    description_html: str | None = None
    location: str | None = None
    department: str | None = None
    employment_type: str | None = None
    url: str | None = None

    def document(self) -> dict[str, Any]:
        """The entry as the API shows it."""
        return {
            "ats_job_id": self.ats_job_id,
            "title": self.title,
            "status": self.status,
            "description_html": self.description_html,
            "location": self.location,
            "department": self.department,
            "employment_type": self.employment_type,
            "url": self.url,
            "updated_at": zulu(self.updated_at),
        }


@dataclass(frozen=True)
class _Removed:
    updated_at: datetime
    removed_at: datetime


class DropDown:
    """The entries and the memory of removed ones. Safe to use from any thread: `lock` is held around each call.

    `on_toggle(ats_job_id)` is called when an entry opens, closes, goes or comes back, since that marks the links to it.
    """

    def __init__(self, clock: SandboxClock, lock: threading.RLock, on_toggle: Callable[[str], None]) -> None:
        self._clock = clock
        self._lock = lock
        self._on_toggle = on_toggle
        self._entries: dict[str, AtsJob] = {}
        self._removed: dict[str, _Removed] = {}

    def __contains__(self, ats_job_id: object) -> bool:
        return ats_job_id in self._entries

    def __getitem__(self, ats_job_id: str) -> AtsJob:
        return self._entries[ats_job_id]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, ats_job_id: str) -> AtsJob | None:
        """The entry, open or closed, or None."""
        return self._entries.get(ats_job_id)

    def all(self) -> list[AtsJob]:
        """Every entry, oldest change first."""
        with self._lock:
            return sorted(self._entries.values(), key=lambda entry: entry.changed)

    def put(self, entry: AtsJob) -> bool:
        """Adds or replaces; True when the entry is new or back. Raises 409 `stale_update` for an older `updated_at`."""
        with self._lock:
            old = self._entries.get(entry.ats_job_id)
            known = old.updated_at if old else self._memory(entry.ats_job_id)
            if known is not None and entry.updated_at < known:
                raise Refused(409, "stale_update", "A later version is stored")
            was_closed = self.closed(entry.ats_job_id)
            self._entries[entry.ats_job_id] = entry
            self._removed.pop(entry.ats_job_id, None)
            if self.closed(entry.ats_job_id) != was_closed:
                self._on_toggle(entry.ats_job_id)
            return old is None

    def delete(self, ats_job_id: str) -> None:
        """Removes the entry, if it is there, and remembers its `updated_at` for 30 days."""
        with self._lock:
            entry = self._entries.pop(ats_job_id, None)
            if entry is None:
                return
            self._removed[ats_job_id] = _Removed(entry.updated_at, self._clock.now())
            if entry.status == "open":
                self._on_toggle(ats_job_id)

    def closed(self, ats_job_id: str) -> bool:
        """Whether links to this job are marked: the entry is closed or was removed."""
        entry = self._entries.get(ats_job_id)
        return entry.status == "closed" if entry else ats_job_id in self._removed

    def check_linkable(self, ats_job_id: str) -> None:
        """Raises the 422 when a position may not be linked to this job."""
        entry = self._entries.get(ats_job_id)
        if entry is not None and entry.status == "open":
            return
        if entry is None and self._memory(ats_job_id) is None:
            raise invalid("No such ATS job", ("ats_job_id", "unknown"))
        raise Refused(422, "ats_job_closed", "The ATS job is not open", ("ats_job_id", "closed"))

    def _memory(self, ats_job_id: str) -> datetime | None:
        removed = self._removed.get(ats_job_id)
        if removed is None or self._clock.now() - removed.removed_at > REMEMBERED_FOR:
            return None
        return removed.updated_at
