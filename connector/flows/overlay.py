"""A memory whose writes are forgotten: what a plan learns on its way stays with the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from connector.domain.actions import Pause
from connector.domain.audits import AuditCounts
from connector.domain.keeping import Memory
from connector.domain.listings import LinkWarning
from connector.domain.model import Job, JobList, Position


class Overlay:
    """Reads through to a memory; keeps writes to itself. For one company and one thread."""

    def __init__(self, under: Memory) -> None:
        self._under = under
        self._jobs: tuple[dict[str, Job], datetime | None] | None = None
        self._positions: tuple[dict[str, Position], datetime | None] | None = None
        self._pauses: dict[str, Pause | None] = {}

    def jobs(self, company: str) -> tuple[dict[str, Job], datetime | None]:
        """Return the jobs as they were read last, here or below."""
        return self._jobs or self._under.jobs(company)

    def keep_jobs(self, company: str, jobs: Mapping[str, Job], at: datetime) -> None:
        """Keep the list here."""
        self._jobs = dict(jobs), at

    def keep_job_list(self, company: str, read: JobList, at: datetime) -> tuple[list[str], list[str]]:
        """Keep the list here; the texts are of no use to a plan, and it notes no faults."""
        before = {id_: job for id_, job in self.jobs(company)[0].items() if not read.finished or read.may_hide(id_)}
        self._jobs = {**before, **read.jobs}, at
        return [], []

    def warnings(self, company: str) -> list[LinkWarning]:
        """Return the warnings below."""
        return self._under.warnings(company)

    def keep_warnings(self, company: str, warnings: Iterable[LinkWarning]) -> tuple[list[LinkWarning], ...]:
        """Note nothing: a plan reports nothing either."""
        return [], []

    def keep_job(self, company: str, job_id: str, job: Job | None) -> None:
        """Keep one job here."""
        jobs, at = self.jobs(company)
        rest = {number: kept for number, kept in jobs.items() if number != job_id}
        self._jobs = (rest | {job_id: job} if job else rest), at

    def positions(self, company: str) -> tuple[dict[str, Position], datetime | None]:
        """Return the positions as they were read last, here or below."""
        return self._positions or self._under.positions(company)

    def keep_positions(self, company: str, positions: Iterable[Position], at: datetime) -> None:
        """Keep the list here."""
        self._positions = {position.id: position for position in positions}, at

    def readings(self, company: str) -> dict[str, datetime]:
        """Return when each list was read last, below."""
        return self._under.readings(company)

    def pause(self, company: str, platform: str) -> Pause | None:
        """Return a platform's pause, here or below."""
        return self._pauses[platform] if platform in self._pauses else self._under.pause(company, platform)

    def keep_pause(self, pause: Pause) -> None:
        """Keep a pause here."""
        self._pauses[pause.platform] = pause

    def end_pause(self, company: str, platform: str) -> None:
        """End a pause here."""
        self._pauses[platform] = None

    def note_run(self, company: str, flow: str, at: datetime, error: str | None) -> None:
        """Note nothing: a plan is not a run."""

    def runs(self, company: str) -> dict[str, tuple[datetime | None, datetime | None, str | None]]:
        """Return how the flows fare below."""
        return self._under.runs(company)

    def keep_audit(self, company: str, counts: AuditCounts) -> None:
        """Note nothing: a plan is not an audit."""

    def audit(self, company: str) -> AuditCounts | None:
        """Return what the last audit came to, below."""
        return self._under.audit(company)
