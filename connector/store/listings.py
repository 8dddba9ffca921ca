"""The list of jobs at the source: how it should be, how it is, what holds it back, and the writes under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from connector.domain.actions import Item, Kind, State
from connector.domain.listings import Brake, Entry, NewListing, Reading, Wanted
from connector.domain.model import Advert, JobList, Listing, Priority
from connector.store.engine import Database
from connector.store.items import pack, to_item
from connector.store.ledger import ACTION, EVENT
from connector.store.rows import AdvertRow, BrakeRow, ListingRow, ReadingRow

ADVERT = AdvertRow.__table__  # type: ignore[attr-defined]
LISTING = ListingRow.__table__  # type: ignore[attr-defined]
BRAKE = BrakeRow.__table__  # type: ignore[attr-defined]
READING = ReadingRow.__table__  # type: ignore[attr-defined]

#: `reading.what` of the last whole comparison
COMPARED = "listings"
#: the reason of a fault about one job whose row cannot be read
UNREAD = "job_unreadable"
_ITEM = [ACTION.c[name] for name in Item.__dataclass_fields__]
_OVER = (State.DONE, State.CLOSED)


class ListingStore:
    """One transaction a method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reading(self, company: str) -> Reading | None:
        """Return the open jobs as they were read last; None: never."""
        columns = (ADVERT.c.job_id, ADVERT.c.version, ADVERT.c.updated_at, ADVERT.c.closes_at)
        whole = select(READING.c.finished, READING.c.at).where(READING.c.company == company, READING.c.what == "jobs")
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(ADVERT.c.company == company)).all()
            read = connection.execute(whole).first()
        return Reading({row[0]: Wanted(*row[1:]) for row in rows}, *read) if read else None

    def adverts(self, company: str, job_ids: Iterable[str]) -> dict[str, Advert]:
        """Return the texts of these jobs."""
        query = select(ADVERT).where(ADVERT.c.company == company, ADVERT.c.job_id.in_(list(job_ids)))
        with self._database.read() as connection:
            return {row.job_id: _advert(row) for row in connection.execute(query)}

    def listed(self, company: str) -> tuple[dict[str, Entry], datetime | None]:
        """Return the entries as they were written or read last, and when the list was last compared whole."""
        columns = (LISTING.c.job_id, LISTING.c.version, LISTING.c.updated_at, LISTING.c.published_at)
        compared = select(READING.c.at).where(READING.c.company == company, READING.c.what == COMPARED)
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(LISTING.c.company == company)).all()
            at: datetime | None = connection.execute(compared).scalar()
        return {row[0]: Entry(row[1], row[2], row[3] is not None) for row in rows}, at

    def keep_listed(self, company: str, found: Iterable[Listing], at: datetime) -> None:
        """Replace all entries by what stands at the source."""
        mine = LISTING.c.company == company
        with self._database.write(replacing=company) as connection:
            published = select(LISTING.c.job_id, LISTING.c.published_at).where(mine)
            ours: dict[str, datetime | None] = dict(tuple(row) for row in connection.execute(published))
            rows = [
                {
                    "company": company,
                    "job_id": one.job_id,
                    "version": one.version,
                    "updated_at": one.updated_at,
                    "published_at": ours.get(one.job_id),
                }
                for one in found
            ]
            connection.execute(delete(LISTING).where(mine))
            if rows:
                connection.execute(insert(LISTING), rows)
            _forget_comparison(connection, company)
            connection.execute(insert(READING).values(company=company, what=COMPARED, at=at, finished=True))

    def compare_again(self, company: str) -> None:
        """Have the list compared whole by the next run."""
        with self._database.write(replacing=company) as connection:
            _forget_comparison(connection, company)

    def note_written(self, company: str, written: Mapping[str, Entry | None], at: datetime) -> None:
        """Record what was written; None: removed."""
        rows = [
            {"company": company, "job_id": id_, "version": e.version, "updated_at": e.updated_at, "published_at": at}
            for id_, e in written.items()
            if e is not None
        ]
        with self._database.write(replacing=company) as connection:
            mine = (LISTING.c.company == company, LISTING.c.job_id.in_(list(written)))
            connection.execute(delete(LISTING).where(*mine))
            if rows:
                connection.execute(insert(LISTING), rows)

    def begin(self, company: str, new: Sequence[NewListing], now: datetime) -> list[Item]:
        """Write intents, with the exact bytes that are to be sent; returns them as actions."""
        with self._database.write() as connection:
            ids = [_add(connection, _intent(company, each, now), now) for each in new]
            rows = connection.execute(select(*_ITEM).where(ACTION.c.id.in_(ids)).order_by(ACTION.c.id))
            return [to_item(row) for row in rows]

    def fault(self, company: str, reason: str, note: str, now: datetime) -> None:
        """Record a fault of the whole list; one that stands open already only gets its words replaced."""
        with self._database.write(replacing=company) as connection:
            rows = _open_faults(connection, company)
            _fault(connection, company, rows.get(None), None, reason, note, now)

    def open_actions(self, company: str) -> list[Item]:
        """Return what is not done and not given up, oldest first."""
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.LISTING, ACTION.c.state.not_in(_OVER))
        with self._database.read() as connection:
            return [to_item(row) for row in connection.execute(select(*_ITEM).where(*mine).order_by(ACTION.c.id))]

    def unread(self, company: str) -> set[str]:
        """Return the jobs whose rows could not be read last; a stand-in where a row shows no id."""
        with self._database.read() as connection:
            return {job_id for job_id in _open_faults(connection, company) if job_id is not None}

    def brake(self, company: str) -> Brake | None:
        """Return what is held back."""
        with self._database.read() as connection:
            row = connection.execute(select(BRAKE).where(BRAKE.c.company == company)).first()
        if row is None:
            return None
        jobs = frozenset(filter(None, row.jobs.split(",")))
        return Brake(row.why, row.since, jobs, row.listed, row.agreed, row.agreed_at, row.let_through)

    def keep_brake(self, company: str, brake: Brake | None) -> None:
        """Store, replace or (None) forget what is held back."""
        with self._database.write(replacing=company) as connection:
            connection.execute(delete(BRAKE).where(BRAKE.c.company == company))
            if brake is not None:
                values = {name: getattr(brake, name) for name in Brake.__dataclass_fields__}
                values |= {"company": company, "jobs": ",".join(sorted(brake.jobs))}
                connection.execute(insert(BRAKE).values(values))


def write_adverts(connection: Connection, company: str, adverts: Mapping[str, Advert | None], seen: set[str]) -> None:
    """Write what has changed since the last reading; `seen` are the jobs that the reading speaks of.

    An advert that could not be read stays as it was, and so do those that an unfinished reading did not come to.
    """
    query = select(ADVERT.c.job_id, ADVERT.c.version, ADVERT.c.updated_at, ADVERT.c.closes_at)
    before = {row[0]: tuple(row[1:]) for row in connection.execute(query.where(ADVERT.c.company == company))}
    changed = [
        _advert_values(company, advert)
        for job_id, advert in adverts.items()
        if advert is not None
        and before.get(job_id) != (advert.listing.version, advert.listing.updated_at, advert.closes_at)
    ]
    over = [job_id for job_id in before if job_id in seen and job_id not in adverts]
    outdated = [*over, *(values["job_id"] for values in changed if values["job_id"] in before)]
    if outdated:
        connection.execute(delete(ADVERT).where(ADVERT.c.company == company, ADVERT.c.job_id.in_(outdated)))
    if changed:
        connection.execute(insert(ADVERT), changed)


def write_unread(connection: Connection, company: str, read: JobList, at: datetime) -> tuple[list[str], list[str]]:
    """Have one fault for each row that cannot be read, and none for others; returns which are new, and which are over.

    What an unfinished reading did not come to stays as it was.
    """
    rows = {job_id: row for job_id, row in _open_faults(connection, company).items() if job_id is not None}
    for job_id, what in read.unread.items():
        _fault(connection, company, rows.get(job_id), job_id, UNREAD, f"job {job_id}: {what}", at)
    over = [id_ for id_ in rows if id_ not in read.unread and (read.finished or id_ in read.jobs)]
    for job_id in over:
        _move(connection, rows[job_id].id, State.CLOSED, "released", rows[job_id].note, at)
    return [job_id for job_id in read.unread if job_id not in rows], over


def _open_faults(connection: Connection, company: str) -> dict[str | None, Any]:
    """Return the faults that stand open, by job; None: the one of the whole list."""
    columns = (ACTION.c.id, ACTION.c.job_id, ACTION.c.note, ACTION.c.state)
    mine = (ACTION.c.company == company, ACTION.c.kind == Kind.LISTING, ACTION.c.prepared.is_(None))
    query = select(*columns).where(*mine, ACTION.c.state.not_in(_OVER))
    return {row.job_id: row for row in connection.execute(query)}


def _fault(
    connection: Connection, company: str, standing: Any, job_id: str | None, reason: str, note: str, now: datetime
) -> None:
    if standing is None:
        about = reason if job_id is None else f"{reason}:{job_id}"
        key = f"{company}:{Kind.LISTING}:{about}:{now:%Y%m%dT%H%M%S.%f}"
        values = {**_blank(company, now), "key": key, "state": State.QUARANTINED, "reason": reason, "job_id": job_id}
        _add(connection, {**values, "note": note, "due_at": None}, now)
    elif (standing.note, standing.state) != (note, State.QUARANTINED):
        _move(connection, standing.id, State.QUARANTINED, reason, note, now)


def _move(connection: Connection, number: int, state: State, reason: str, note: str, now: datetime) -> None:
    values = {"note": note, "state": state, "reason": reason, "due_at": None, "updated_at": now}
    connection.execute(update(ACTION).where(ACTION.c.id == number).values(values))
    _note(connection, number, {"state": state, "reason": reason, "note": note}, now)


def _forget_comparison(connection: Connection, company: str) -> None:
    connection.execute(delete(READING).where(READING.c.company == company, READING.c.what == COMPARED))


def _intent(company: str, new: NewListing, now: datetime) -> dict[str, Any]:
    return {
        **_blank(company, now),
        "key": f"{company}:{Kind.LISTING}:{new.prepared.key.removeprefix('listing:')}",
        "state": State.ATTEMPTING,
        "reason": "send",
        "note": "",
        "job_id": new.job_id,
        # a reader of `failures` and `history` knows a job by its title
        "position_title": new.title,
        "remote_id": new.entry.version if new.entry else "",
        "started_at": new.entry.updated_at if new.entry else now,
        "prepared": pack(new.prepared),
        # due at once: whoever finds it attempting under the lock has outlived its process
        "due_at": now,
    }


def _blank(company: str, now: datetime) -> dict[str, Any]:
    """Return an action about nobody: a listing has neither a start nor a person."""
    nobody = dict.fromkeys(("start_id", "conversation_id", "candidate_id", "position_id", "position_title"), "")
    about = {"company": company, "kind": Kind.LISTING, "automatic": True, "priority": Priority.LISTINGS}
    return {**nobody, **about, "started_at": now, "attempts": 0, "created_at": now, "updated_at": now}


def _add(connection: Connection, values: dict[str, Any], now: datetime) -> int:
    row: Any = connection.execute(insert(ACTION).values(values))
    number: int = row.inserted_primary_key[0]
    _note(connection, number, values, now)
    return number


def _note(connection: Connection, number: int, values: Mapping[str, Any], now: datetime) -> None:
    event = {name: values[name] for name in ("state", "reason", "note")}
    connection.execute(insert(EVENT).values(action_id=number, at=now, **event))


def _advert_values(company: str, advert: Advert) -> dict[str, Any]:
    listing = advert.listing
    columns = ("job_id", "version", "title", "description_html", "location", "department", "employment_type", "url")
    values = {name: getattr(listing, name) for name in (*columns, "updated_at")}
    return {**values, "company": company, "closes_at": advert.closes_at}


def _advert(row: Any) -> Advert:
    listing = Listing(
        job_id=row.job_id,
        title=row.title,
        status="open",
        description_html=row.description_html,
        location=row.location,
        department=row.department,
        employment_type=row.employment_type,
        url=row.url,
        updated_at=row.updated_at,
    )
    return Advert(listing, row.closes_at)
