"""What is remembered about the platforms: jobs, positions, when they were read, pauses, and how the flows fare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.actions import Pause
from connector.domain.model import Job, Position
from connector.store.engine import Database
from connector.store.rows import FlowRow, JobRow, PauseRow, PositionRow, ReadingRow, SettingRow

JOB = JobRow.__table__  # type: ignore[attr-defined]
POSITION = PositionRow.__table__  # type: ignore[attr-defined]
READING = ReadingRow.__table__  # type: ignore[attr-defined]
PAUSE = PauseRow.__table__  # type: ignore[attr-defined]
FLOW = FlowRow.__table__  # type: ignore[attr-defined]
SETTING = SettingRow.__table__  # type: ignore[attr-defined]


class Facts:
    """Small tables of what was seen last. All of it can be read again from the platforms."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(self, company: str) -> tuple[dict[str, Job], datetime | None]:
        """Return the jobs by id as they were read last, and when; None: never."""
        with self._database.read() as connection:
            rows = connection.execute(select(JOB).where(JOB.c.company == company)).all()
            at = self._read_at(connection, company, "jobs")
        return {row.id: _job(row) for row in rows}, at

    def keep_jobs(self, company: str, jobs: Mapping[str, Job], at: datetime) -> None:
        """Replace the whole list."""
        rows = [
            {**{k: getattr(job, k) for k in _JOB_FIELDS}, "company": company, "applied_stages": _pack(job)}
            for job in jobs.values()
        ]
        self._replace(JOB, company, rows, "jobs", at)

    def keep_job(self, company: str, job_id: str, job: Job | None) -> None:
        """Replace one job; None: it is gone."""
        with self._database.write() as connection:
            connection.execute(delete(JOB).where(JOB.c.company == company, JOB.c.id == job_id))
            if job is not None:
                fields = {k: getattr(job, k) for k in _JOB_FIELDS}
                connection.execute(insert(JOB).values(**fields, company=company, applied_stages=_pack(job)))

    def positions(self, company: str) -> tuple[dict[str, Position], datetime | None]:
        """Return the positions by id as they were read last, and when; None: never."""
        with self._database.read() as connection:
            rows = connection.execute(select(POSITION).where(POSITION.c.company == company)).all()
            at = self._read_at(connection, company, "positions")
        return {row.id: Position(row.id, row.title, row.status, row.linked_job) for row in rows}, at

    def keep_positions(self, company: str, positions: Iterable[Position], at: datetime) -> None:
        """Replace the whole list."""
        rows = [
            {"company": company, "id": p.id, "title": p.title, "status": p.status, "linked_job": p.linked_job}
            for p in positions
        ]
        self._replace(POSITION, company, rows, "positions", at)

    def pause(self, company: str, platform: str) -> Pause | None:
        """Return the pause of a platform, if there is one; it may be over by the clock."""
        with self._database.read() as connection:
            query = select(PAUSE).where(PAUSE.c.company == company, PAUSE.c.platform == platform)
            row = connection.execute(query).first()
        return Pause(**row._mapping) if row else None

    def keep_pause(self, pause: Pause) -> None:
        """Store or replace a pause."""
        values = {k: getattr(pause, k) for k in Pause.__dataclass_fields__}
        self._put(PAUSE, values, ("company", "platform"))

    def end_pause(self, company: str, platform: str) -> None:
        """Forget a pause. Twice is harmless."""
        with self._database.write() as connection:
            connection.execute(delete(PAUSE).where(PAUSE.c.company == company, PAUSE.c.platform == platform))

    def note_run(self, company: str, flow: str, at: datetime, error: str | None) -> None:
        """Note how a flow's run ended; an error keeps the time of the last success."""
        values: dict[str, Any] = {"company": company, "flow": flow, "last_run_at": at, "last_error": error}
        if error is None:
            values["last_success_at"] = at
        self._put(FLOW, values, ("company", "flow"))

    def runs(self, company: str) -> dict[str, tuple[datetime | None, datetime | None, str | None]]:
        """Return, for each flow, its last success, its last run, and the error of that run."""
        with self._database.read() as connection:
            rows = connection.execute(select(FLOW).where(FLOW.c.company == company)).all()
        return {row.flow: (row.last_success_at, row.last_run_at, row.last_error) for row in rows}

    def setting(self, name: str, default: str) -> str:
        """Return a fact about this database; the first caller's default is kept for ever."""
        with self._database.read() as connection:
            found = connection.execute(select(SETTING.c.value).where(SETTING.c.name == name)).scalar()
        if found is not None:
            return str(found)
        with self._database.write() as connection:
            statement = self._upsert(SETTING).values(name=name, value=default).on_conflict_do_nothing()
            connection.execute(statement)
            return str(connection.execute(select(SETTING.c.value).where(SETTING.c.name == name)).scalar())

    def _read_at(self, connection: Any, company: str, what: str) -> datetime | None:
        query = select(READING.c.at).where(READING.c.company == company, READING.c.what == what)
        at: datetime | None = connection.execute(query).scalar()
        return at

    def _replace(self, table: Any, company: str, rows: list[dict[str, Any]], what: str, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.company == company))
            if rows:
                connection.execute(insert(table), rows)
            values = {"company": company, "what": what, "at": at}
            statement = self._upsert(READING).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["company", "what"], set_={"at": at}))

    def _put(self, table: Any, values: dict[str, Any], key: tuple[str, ...]) -> None:
        rest = {name: value for name, value in values.items() if name not in key}
        with self._database.write() as connection:
            statement = self._upsert(table).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=rest))

    def _upsert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


_JOB_FIELDS = ("id", "title", "status", "visibility", "requires_phone", "requires_cv", "requires_summary", "conceals")


def _pack(job: Job) -> str:
    return ",".join(job.applied_stages)


def _job(row: Any) -> Job:
    stages = tuple(row.applied_stages.split(",")) if row.applied_stages else ()
    return Job(**{name: getattr(row, name) for name in _JOB_FIELDS}, applied_stages=stages)
