"""`connector positions` and `connector jobs`: both lists, the links between them, and who waits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, progress, say, table

if TYPE_CHECKING:
    from connector.domain.model import Link
    from connector.flows.company import Company
    from connector.flows.links import Ends
    from connector.flows.lists import JobLine, PositionLine

_Line = TypeVar("_Line")
Search = Annotated[
    str | None, typer.Option("--search", metavar="TEXT", help="Only where id, title or linked title holds this.")
]
Status = Annotated[str | None, typer.Option("--status", metavar="STATUS", help="Only of this status, such as open.")]
Linked = Annotated[bool | None, typer.Option("--linked/--unlinked", help="Only those with, or without, a link.")]
Waiting = Annotated[bool, typer.Option("--waiting", help="Only where people wait.")]


def positions(
    search: Search = None,
    status: Status = None,
    linked: Linked = None,
    waiting: Waiting = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """The source's positions: which job each leads to, where that link was made, and how many people wait."""
    from connector.flows.lists import position_lines

    def wanted(line: PositionLine) -> bool:
        texts = (line.id, line.title, line.link.job_id if line.link else "", line.job.title if line.job else "")
        return (
            _holds(search, texts)
            and status in (None, line.status)
            and linked in (None, line.link is not None)
            and (not waiting or bool(line.waiting))
        )

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        lines = [line for line in _read(work, position_lines, no_color) if wanted(line)]
        if as_json:
            print_json({"positions": [_position_json(line) for line in lines]})
            return
        _print_positions(work, lines, Paint(no_color))


def jobs(
    search: Search = None,
    status: Status = None,
    linked: Linked = None,
    waiting: Waiting = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """The ATS's jobs: which positions feed each, whether it is in the source's list, and how many people wait."""
    from connector.flows.lists import job_lines

    def wanted(line: JobLine) -> bool:
        texts = (line.job.id, line.job.title, *(link.position_id for link in line.links))
        return (
            _holds(search, texts)
            and status in (None, line.job.status)
            and linked in (None, bool(line.links))
            and (not waiting or line.waiting > 0)
        )

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        lines = [line for line in _read(work, job_lines, no_color) if wanted(line)]
        if as_json:
            print_json({"jobs": [_job_json(line) for line in lines]})
            return
        _print_jobs(work, lines, Paint(no_color))


def _read(work: Work, lines_of: Callable[[Company, Ends], list[_Line]], no_color: bool) -> list[_Line]:
    from connector.flows.links import look_at_both

    lines: list[_Line] = []
    with progress(no_color) as line:
        for number, each in enumerate(work.companies):
            line.show(f"reading the lists of {each.name}", number, len(work.companies))
            lines += lines_of(each, look_at_both(each))
    return lines


def _holds(search: str | None, texts: tuple[str, ...]) -> bool:
    return search is None or any(search.casefold() in text.casefold() for text in texts)


def _position_json(line: PositionLine) -> dict[str, Any]:
    return {
        "company": line.company,
        "position": line.id,
        "title": line.title,
        "status": line.status,
        "link": _link_json(line.link),
        "job_title": line.job.title if line.job else None,
        "job_status": line.job.status if line.job else None,
        "overruled_source_job": line.overruled,
        "waiting": sum(line.waiting.values()),
        "waiting_for": dict(line.waiting),
    }


def _job_json(line: JobLine) -> dict[str, Any]:
    job = line.job
    asks = (("phone", job.requires_phone), ("cv", job.requires_cv), ("summary", job.requires_summary))
    return {
        "company": line.company,
        "job": job.id,
        "title": job.title,
        "status": job.status,
        "visibility": job.visibility,
        "requires": [name for name, asked in asks if asked],
        "links": [_link_json(link) for link in line.links],
        "listed": line.listed,
        "waiting": line.waiting,
    }


def _link_json(link: Link | None) -> dict[str, Any] | None:
    if link is None:
        return None
    return {"position": link.position_id, "job": link.job_id, "made_in": link.origin, "automatic": link.automatic}


def _print_positions(work: Work, lines: list[PositionLine], paint: Paint) -> None:
    several = len(work.companies) > 1
    rows = []
    for line in lines:
        cells = (line.id, line.title, line.status or "gone", _leads_to(line), _made_in(line), _people(line))
        rows.append((line.company, *cells) if several else cells)
    headers = ("position", "title", "status", "leads to", "link made in", "waiting")
    _print_table(("company", *headers) if several else headers, rows, paint, "position")
    for line in lines:
        if line.overruled:
            theirs = f"{line.company}: {line.id}: the source links it to job {line.overruled}"
            if line.link is None:
                note(f"{theirs}, which is not followed (follow_source_links is off)")
            else:
                note(f"{theirs}, the mapping file to {line.link.job_id}: the file wins")
    loose = [line for line in lines if line.link is None and line.status == "open"]
    if loose:
        note(f"{many(len(loose), 'open position')} not linked: `connector link` proposes jobs for them")


def _leads_to(line: PositionLine) -> str:
    if line.link is None:
        return "-"
    if line.job is None:
        return f"{line.link.job_id} (no such job)"
    shut = "" if line.job.is_open else f" ({line.job.status})"
    return f"{line.job.id} {line.job.title}{shut}"


def _made_in(line: PositionLine) -> str:
    if line.link is None:
        return "-"
    by_hand = "" if line.link.automatic else ", by hand only"
    against = f"; source says {line.overruled}" if line.overruled else ""
    return f"{line.link.origin}{by_hand}{against}"


def _people(line: PositionLine) -> str:
    number = sum(line.waiting.values())
    if not number:
        return "-"
    return f"{number} {', '.join(sorted(line.waiting))}"


def _print_jobs(work: Work, lines: list[JobLine], paint: Paint) -> None:
    several = len(work.companies) > 1
    rows = []
    for line in lines:
        fed = ", ".join(f"{link.position_id} ({link.origin})" for link in line.links) or "-"
        listed = {True: "yes", False: "no", None: "?"}[line.listed]
        job = line.job
        cells = (job.id, job.title, job.status, job.visibility, listed, fed, str(line.waiting or "-"))
        rows.append((line.company, *cells) if several else cells)
    headers = ("job", "title", "status", "visibility", "listed", "fed by", "waiting")
    _print_table(("company", *headers) if several else headers, rows, paint, "job")


def _print_table(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]], paint: Paint, noun: str) -> None:
    if not rows:
        say(f"no {noun} of that kind")
        return
    first, *rest = table(headers, rows)
    say(paint(first, bold=True))
    for row in rest:
        say(row)
