"""Reading a collection to its end, and telling whether it stood still meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

from connector.domain.errors import WireError
from connector.domain.model import Advert, Job, JobList
from connector.platforms.pinpoint import wire
from connector.platforms.pinpoint.adverts import advert_to_domain, names_of
from connector.platforms.pinpoint.refusals import PLATFORM
from connector.rest.redaction import redact

#: how often a list that moves while it is read is begun anew
READINGS = 2
#: more unreadable rows than that are no longer a matter of single jobs
MOST_UNREAD = 20

#: paging parameters -> the body of the answer
Fetch = Callable[[list[tuple[str, str]]], Any]
_Read = TypeVar("_Read")
_Given = ParamSpec("_Given")


def pages(label: str, fetch: Fetch, rows: int, *, trusting: bool = False) -> Iterator[wire.Page]:
    """Yield the pages of a collection, `rows` a page, to the end.

    "The last page is the one with fewer rows than `page[size]`" is an assumption: a server that caps the size would
    end the list early. So the total is asked for, and where it says that there is more, reading goes on. `trusting`
    ends a full page at the total too; where a row that is missed would be made again, a further page is asked for.
    """
    known: set[str] = set()
    seen, number = 0, 1
    while True:
        paging = [("page[number]", str(number)), ("page[size]", str(rows)), ("stats[total]", "count")]
        page = checked(label, wire.page, fetch(paging))
        yield page
        before = len(known)
        known.update(str(row.get("id")) for row in page.rows if isinstance(row, dict))
        seen += len(page.rows)
        if not page.rows or (len(page.rows) < rows and (page.total is None or seen >= page.total)):
            return
        if trusting and seen == page.total:
            return
        if len(known) == before:
            raise WireError(PLATFORM, label, "a further page holds nothing but rows that were there before")
        number += 1


def read_jobs(label: str, read: Callable[[], Iterator[wire.Page]], visibility: Collection[str]) -> JobList:
    """Read every job, and the adverts of the open ones of these visibilities.

    A row that goes while pages are turned shifts a later one past the reader; the total, which then differs from page
    to page, gives it away. Such a list is read once more; if it moves again, it is not `finished`.
    A row that cannot be read is named and holds up none of the others; many of them are an answer that is not ours.
    """
    jobs: dict[str, Job] = {}
    adverts: dict[str, Advert | None] = {}
    unread: dict[str, str] = {}
    for _ in range(READINGS):
        jobs, adverts, unread = {}, {}, {}
        totals: list[int | None] = []
        for page in read():
            _read_page(label, page, visibility, jobs, adverts, unread)
            totals.append(page.total)
        if len(unread) > MOST_UNREAD:
            what = f"{len(unread)} rows cannot be read; the first: {next(iter(unread.values()))}"
            raise WireError(PLATFORM, label, what)
        if len(set(totals)) == 1 and (totals[0] is None or len(jobs) + len(unread) >= totals[0]):
            return JobList(jobs, adverts, unread=unread)
    return JobList(jobs, adverts, finished=False, unread=unread)


def _read_page(
    label: str,
    page: wire.Page,
    visibility: Collection[str],
    jobs: dict[str, Job],
    adverts: dict[str, Advert | None],
    unread: dict[str, str],
) -> None:
    names: Mapping[tuple[str, str], str] = names_of(page.included) if visibility else {}
    for row in page.rows:
        try:
            job = wire.job_to_domain(row, page.stages)
        except wire.NotTheContract as exc:
            unread[wire.row_id(row)] = redact(str(exc))
            continue
        jobs[job.id] = job
        if job.is_open and job.visibility in visibility:
            adverts[job.id] = advert_to_domain(row, names)


def checked(label: str, read: Callable[_Given, _Read], *args: _Given.args, **kwargs: _Given.kwargs) -> _Read:
    """Read something of an answer; what is not the contract's is a WireError."""
    try:
        return read(*args, **kwargs)
    except wire.NotTheContract as exc:
        raise WireError(PLATFORM, label, str(exc)) from exc
