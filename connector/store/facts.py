"""What is remembered about the platforms: jobs, positions, when they were read, pauses, and how the flows fare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.actions import Pause, State
from connector.domain.audits import AuditCounts
from connector.domain.listings import LinkWarning
from connector.domain.model import Job, JobList, Position
from connector.store.engine import Database
from connector.store.ledger import ACTION
from connector.store.listings import write_adverts, write_unread
from connector.store.rows import (
    AuditRow,
    FlowRow,
    JobRow,
    LinkWarningRow,
    PauseRow,
    PositionRow,
    ReadingRow,
    SettingRow,
)

JOB = JobRow.__table__  # type: ignore[attr-defined]
POSITION = PositionRow.__table__  # type: ignore[attr-defined]
READING = ReadingRow.__table__  # type: ignore[attr-defined]
PAUSE = PauseRow.__table__  # type: ignore[attr-defined]
FLOW = FlowRow.__table__  # type: ignore[attr-defined]
WARNING = LinkWarningRow.__table__  # type: ignore[attr-defined]
AUDIT = AuditRow.__table__  # type: ignore[attr-defined]
SETTING = SettingRow.__table__  # type: ignore[attr-defined]


# made once: every poll asks these, and building a statement costs more than running it
_JOBS_OF = select(JOB).where(JOB.c.company == bindparam("mine"))
_POSITIONS_OF = select(POSITION).where(POSITION.c.company == bindparam("mine"))
_READ_AT = select(READING.c.at).where(READING.c.company == bindparam("mine"), READING.c.what == bindparam("one"))
_READINGS_OF = select(READING.c.what, READING.c.at).where(READING.c.company == bindparam("mine"))
_PAUSE_OF = select(PAUSE).where(PAUSE.c.company == bindparam("mine"), PAUSE.c.platform == bindparam("one"))


class Facts:
    """Small tables of what was seen last. All of it can be read again from the platforms."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def jobs(self, company: str) -> tuple[dict[str, Job], datetime | None]:
        """Return the jobs by id as they were read last, and when; None: never."""
        with self._database.read() as connection:
            rows = connection.execute(_JOBS_OF, {"mine": company}).all()
            at = self._read_at(connection, company, "jobs")
        return {row.id: _job(row) for row in rows}, at

    def keep_jobs(self, company: str, jobs: Mapping[str, Job], at: datetime) -> None:
        """Replace the whole list."""
        rows = [_job_values(company, job) for job in jobs.values()]
        self._replace(JOB, company, rows, "jobs", at)

    def keep_job_list(self, company: str, read: JobList, at: datetime) -> tuple[list[str], list[str]]:
        """Replace jobs and adverts by a new reading; an unfinished one replaces only what it shows.

        A job whose row cannot be read stays as it was, with a fault beside it. Returns for which of them that has
        begun, and for which it is over. Only what has changed is written: most readings find nothing new.
        """
        with self._database.write(replacing=company) as connection:
            rows = connection.execute(select(JOB).where(JOB.c.company == company)).all()
            before = {row.id: _job(row) for row in rows}
            changed = [job for job in read.jobs.values() if before.get(job.id) != job]
            missing = [job_id for job_id in before if job_id not in read.jobs] if read.finished else []
            gone = [job_id for job_id in missing if not read.may_hide(job_id)]
            outdated = [*gone, *(job.id for job in changed if job.id in before)]
            if outdated:
                connection.execute(delete(JOB).where(JOB.c.company == company, JOB.c.id.in_(outdated)))
            if changed:
                connection.execute(insert(JOB), [_job_values(company, job) for job in changed])
            write_adverts(connection, company, read.adverts, {*read.jobs, *gone})
            values = {"company": company, "what": "jobs", "at": at, "finished": read.finished}
            statement = self._upsert(READING).values(values)
            new = {"at": at, "finished": read.finished}
            connection.execute(statement.on_conflict_do_update(index_elements=["company", "what"], set_=new))
            return write_unread(connection, company, read, at)

    def warnings(self, company: str) -> list[LinkWarning]:
        """Return the warnings about linked jobs, oldest first."""
        query = select(WARNING).where(WARNING.c.company == company).order_by(WARNING.c.since, WARNING.c.position_id)
        with self._database.read() as connection:
            return [LinkWarning(*(getattr(row, k) for k in _WARNING_FIELDS)) for row in connection.execute(query)]

    def keep_warnings(self, company: str, warnings: Iterable[LinkWarning]) -> tuple[list[LinkWarning], ...]:
        """Replace the warnings about linked jobs; those that were there keep their beginning. Returns begun, ended."""
        now = {(w.position_id, w.job_id, w.code): w for w in warnings}
        before = {(w.position_id, w.job_id, w.code): w for w in self.warnings(company)}
        begun = [warning for key, warning in now.items() if key not in before]
        ended = [warning for key, warning in before.items() if key not in now]
        if begun or ended:
            kept = [before.get(key, warning) for key, warning in now.items()]
            with self._database.write(replacing=company) as connection:
                connection.execute(delete(WARNING).where(WARNING.c.company == company))
                if kept:
                    rows = [{k: getattr(w, k) for k in _WARNING_FIELDS} | {"company": company} for w in kept]
                    connection.execute(insert(WARNING), rows)
        return begun, ended

    def keep_job(self, company: str, job_id: str, job: Job | None) -> None:
        """Replace one job; None: it is gone."""
        with self._database.write(replacing=company) as connection:
            connection.execute(delete(JOB).where(JOB.c.company == company, JOB.c.id == job_id))
            if job is not None:
                connection.execute(insert(JOB).values(_job_values(company, job)))

    def positions(self, company: str) -> tuple[dict[str, Position], datetime | None]:
        """Return the positions by id as they were read last, and when; None: never."""
        with self._database.read() as connection:
            rows = connection.execute(_POSITIONS_OF, {"mine": company}).all()
            at = self._read_at(connection, company, "positions")
        return {row.id: Position(row.id, row.title, row.status, row.linked_job) for row in rows}, at

    def keep_positions(self, company: str, positions: Iterable[Position], at: datetime) -> None:
        """Replace the whole list."""
        rows = [
            {"company": company, "id": p.id, "title": p.title, "status": p.status, "linked_job": p.linked_job}
            for p in positions
        ]
        self._replace(POSITION, company, rows, "positions", at)

    def readings(self, company: str) -> dict[str, datetime]:
        """Return when each list was read last; a list that never was is left out."""
        with self._database.read() as connection:
            return {row.what: row.at for row in connection.execute(_READINGS_OF, {"mine": company})}

    def pause(self, company: str, platform: str) -> Pause | None:
        """Return the pause of a platform, if there is one; it may be over by the clock."""
        with self._database.read() as connection:
            row = connection.execute(_PAUSE_OF, {"mine": company, "one": platform}).first()
        return Pause(**row._mapping) if row else None

    def keep_pause(self, pause: Pause) -> None:
        """Store or replace a pause."""
        values = {k: getattr(pause, k) for k in Pause.__dataclass_fields__}
        self._put(PAUSE, values, ("company", "platform"))

    def end_pause(self, company: str, platform: str) -> None:
        """Forget a pause, and let those who wait for its end go now. Twice is harmless."""
        mine = (PAUSE.c.company == company, PAUSE.c.platform == platform)
        reason = select(PAUSE.c.reason).where(*mine).scalar_subquery()
        waits = (ACTION.c.company == company, ACTION.c.state == State.WAITING, ACTION.c.reason == reason)
        with self._database.write() as connection:
            connection.execute(update(ACTION).where(*waits).values(due_at=datetime.now(UTC)))
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

    def keep_audit(self, company: str, counts: AuditCounts) -> None:
        """Store what an audit came to, in place of the one before."""
        self._put(AUDIT, {"company": company, **{k: getattr(counts, k) for k in _AUDIT_FIELDS}}, ("company",))

    def audit(self, company: str) -> AuditCounts | None:
        """Return what the last audit came to; None: there was none."""
        with self._database.read() as connection:
            row = connection.execute(select(AUDIT).where(AUDIT.c.company == company)).first()
        return to_counts(row) if row else None

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
        at: datetime | None = connection.execute(_READ_AT, {"mine": company, "one": what}).scalar()
        return at

    def _replace(self, table: Any, company: str, rows: list[dict[str, Any]], what: str, at: datetime) -> None:
        with self._database.write(replacing=company) as connection:
            connection.execute(delete(table).where(table.c.company == company))
            if rows:
                connection.execute(insert(table), rows)
            values = {"company": company, "what": what, "at": at}
            statement = self._upsert(READING).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["company", "what"], set_={"at": at}))

    def _put(self, table: Any, values: dict[str, Any], key: tuple[str, ...]) -> None:
        statement = _put_into(table, tuple(values), key, self._database.is_sqlite)
        with self._database.write() as connection:
            connection.execute(statement, values)

    def _upsert(self, table: Any) -> Any:
        return sqlite.insert(table) if self._database.is_sqlite else postgresql.insert(table)


@cache
def _put_into(table: Any, names: tuple[str, ...], key: tuple[str, ...], is_sqlite: bool) -> Any:
    """Return the statement that stores a row or replaces these columns of it."""
    insert_into = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    statement = insert_into.values({name: bindparam(name) for name in names})
    rest = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=rest)


_JOB_FIELDS = (
    *("id", "title", "status", "visibility", "requires_phone", "requires_cv", "requires_summary"),
    *("conceals", "asks_address"),
)
_AUDIT_FIELDS = tuple(AuditCounts.__dataclass_fields__)
_WARNING_FIELDS = ("position_id", "job_id", "code", "since")


def to_counts(row: Any) -> AuditCounts:
    """Return a row as the record that the rest of the program knows."""
    return AuditCounts(**{name: getattr(row, name) for name in _AUDIT_FIELDS})


def _job_values(company: str, job: Job) -> dict[str, Any]:
    stages = ",".join(job.applied_stages)
    return {**{k: getattr(job, k) for k in _JOB_FIELDS}, "company": company, "applied_stages": stages}


def _job(row: Any) -> Job:
    stages = tuple(row.applied_stages.split(",")) if row.applied_stages else ()
    return Job(**{name: getattr(row, name) for name in _JOB_FIELDS}, applied_stages=stages)
