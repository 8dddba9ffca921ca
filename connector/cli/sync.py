"""`connector sync`: one run of every flow for every company, now."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, Progress, many, note, print_json, progress, say

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from connector.domain.errors import ConnectorError, SuspiciousChange
    from connector.flows.company import Company

#: companies at once; they wait for platforms most of the time
_AT_ONCE = 8
#: `--until-idle` goes on while something falls due within this
_SOON_S = 60.0
#: runs in a row that got nowhere, after which `--until-idle` gives up
_FRUITLESS = 3


@dataclass
class Result:
    """What the runs of one company came to."""

    company: str
    before: dict[str, int]
    after: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    read: int = 0
    reported: int = 0
    held_back: int = 0
    #: entries of the source's list of jobs that were written, and taken out
    listed: int = 0
    withdrawn: int = 0
    #: what the brake on that list holds back; None: nothing
    refused: SuspiciousChange | None = None
    #: text messages: replies that were new, copies made of them, messages that a provider took
    replies: int = 0
    copied: int = 0
    sent: int = 0
    #: how the last run failed; None: it did not
    error: ConnectorError | None = None
    #: state, reason, number
    waiting_for: tuple[tuple[str, str, int], ...] = ()
    #: platforms that are left alone, each with its reason
    paused: tuple[tuple[str, str], ...] = ()


def sync(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Again until nothing falls due within a minute.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Also more than `max_new_per_run` at once.")] = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """One run of every flow, now: reads what has started, sends who can be sent. Twice changes nothing."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            results = _run_all(work, until_idle, yes, line)
        code = exit_code(work.companies, results)
        if as_json:
            print_json({"companies": [_as_json(result) for result in results]})
        else:
            _print(results, Paint(no_color))
        _advise(results)
    raise typer.Exit(code)


def _run_all(work: Work, until_idle: bool, yes: bool, line: Progress) -> list[Result]:
    """Run every company; one company's outage does not stop another's, nor does a bug: it is raised at the end."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(_AT_ONCE, len(work.companies)), thread_name_prefix="sync") as pool:
        futures = [pool.submit(_run_company, c, until_idle, yes, work.stop) for c in work.companies]
        _watch(work.companies, futures, line)
    return [future.result() for future in futures]


def _watch(companies: Sequence[Company], futures: Sequence[Future[Result]], line: Progress) -> None:
    from concurrent.futures import wait

    while wait(futures, timeout=0.25).not_done:
        if not line.live:
            continue
        counts = [company.actions.counts(company.name) for company in companies]
        total = sum(sum(c.values()) for c in counts)
        moving = sum(c[s] for c in counts for s in ("planned", "attempting", "waiting", "unknown"))
        line.show(f"{many(moving, 'person', 'people')} on the way", total - moving, total or None)


def _run_company(company: Company, until_idle: bool, yes: bool, stop: threading.Event) -> Result:
    result = Result(company.name, company.actions.counts(company.name))
    fruitless, before, began = 0, result.before, company.clock.now()
    while True:
        _run_flows(company, yes, began, result)
        result.runs += 1
        result.after = company.actions.counts(company.name)
        fruitless = fruitless + 1 if result.after == before else 0
        before = result.after
        pause_s = _again_in_s(company, result, fruitless) if until_idle else None
        if pause_s is None or stop.wait(pause_s):
            break
    result.waiting_for, result.paused = _standing(company)
    return result


def _run_flows(company: Company, yes: bool, began: datetime, result: Result) -> None:
    """Make one run of every flow; one flow's failure does not keep the next from its work."""
    from connector.domain.errors import ConnectorError
    from connector.flows.applications import sync_applications
    from connector.flows.listings import sync_listings
    from connector.flows.privacy import sync_retention

    result.error = result.refused = None
    try:
        tally = sync_applications(company, yes=yes)
        result.read, result.reported = result.read + tally.read, result.reported + tally.reported
        result.held_back += tally.held_back
    except ConnectorError as error:
        result.error = error
    try:
        listed = sync_listings(company, yes=yes, since=began)
        result.listed, result.withdrawn = result.listed + listed.published, result.withdrawn + listed.withdrawn
        result.refused = listed.refused
        sync_retention(company)
    except ConnectorError as error:
        result.error = result.error or error
    _run_texts(company, result)


def _run_texts(company: Company, result: Result) -> None:
    from connector.domain.errors import ConnectorError
    from connector.flows.messages import sync_messages
    from connector.flows.replies import sync_replies

    for run in (sync_replies, sync_messages):
        try:
            tally = run(company)
        except ConnectorError as error:
            result.error = result.error or error
        else:
            result.replies, result.copied = result.replies + tally.received, result.copied + tally.copied
            result.sent += tally.sent


def _again_in_s(company: Company, result: Result, fruitless: int) -> float | None:
    """Return when `--until-idle` runs the company again; None: it is done, or only a human can help."""
    from connector.domain.actions import ABOUT_TEXTS
    from connector.flows.inquiry import next_due_s, next_listing_due_s, next_text_due_s, status

    if any(pause.reason in exits.AUTH_REASONS for pause in status(company).pauses):
        return None
    texts = next_text_due_s(company, ABOUT_TEXTS)
    dues = (next_due_s(company), next_listing_due_s(company), texts)
    due_s = min((due for due in dues if due is not None), default=None)
    if due_s is not None and due_s <= _SOON_S:
        return max(due_s, 0.1)
    if fruitless >= _FRUITLESS:
        return None
    if result.error is not None:
        # the feed could not be read, and nothing in the ledger says when to try again
        return _unread_s(company) if exits.code_of(result.error) == exits.UNREACHABLE else None
    # those that the brake has held go with the next run, like those that wait for their first conversation
    return (0.1 if fruitless == 0 else 2.0) if result.after["planned"] else None


def _unread_s(company: Company) -> float | None:
    pause = company.memory.pause(company.name, company.source.platform)
    if pause is None:
        return 1.0
    left_s = (pause.until - company.clock.now()).total_seconds()
    return max(left_s, 0.1) if left_s <= _SOON_S else None


def _standing(company: Company) -> tuple[tuple[tuple[str, str, int], ...], tuple[tuple[str, str], ...]]:
    """Return what waits for what, and which platforms are left alone and why."""
    from connector.flows.inquiry import status

    found = status(company)
    return found.waiting_for, tuple((pause.platform, pause.reason) for pause in found.pauses)


def exit_code(companies: Sequence[Company], results: Sequence[Result]) -> int:
    """Return the exit code of the runs, the most urgent first."""
    from connector.flows.inquiry import exit_state, listing_status, status

    pauses = [pause for company in companies for pause in status(company).pauses]
    waits, faults = exit_state(companies)
    codes = {exits.code_of(result.error) for result in results if result.error}
    if exits.REFUSED in codes or any(pause.reason in exits.AUTH_REASONS for pause in pauses):
        return exits.REFUSED
    lists = [listing_status(company) for company in companies]
    if faults or exits.FAULT in codes or any(each.refused or each.brake for each in lists):
        return exits.FAULT
    if waits or any(each.waiting for each in lists) or any(_held(result) for result in results):
        return exits.WAITS
    return max(codes, default=exits.OK)


def _held(result: Result) -> int:
    return sum(number for _, reason, number in result.waiting_for if reason == "first_batch_too_large")


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "company": result.company,
        "runs": result.runs,
        "read": result.read,
        "reported": result.reported,
        "held_back": _held(result),
        "counts": result.after,
        "before": result.before,
        "listings": {
            "written": result.listed,
            "withdrawn": result.withdrawn,
            "refused": str(result.refused) if result.refused else None,
        },
        "texts": {"received": result.replies, "copied": result.copied, "sent": result.sent},
        "waiting_for": [{"state": s, "reason": r, "number": n} for s, r, n in result.waiting_for],
        "error": str(result.error) if result.error else None,
    }


_COLOURS = {"done": "green", "quarantined": "red", "unknown": "yellow", "waiting": "yellow", "attempting": "yellow"}


def _print(results: Sequence[Result], paint: Paint) -> None:
    from connector.domain.reasons import words

    for result in results:
        moved = []
        for state, number in result.after.items():
            more = number - result.before.get(state, 0)
            if number:
                change = f" ({more:+d})" if more else ""
                moved.append(paint(f"{number} {state}{change}", _COLOURS.get(state)))
        standing = ", ".join(moved) or "nobody has started a conversation yet"
        say(f"{paint(result.company, bold=True)}: {many(result.read, 'new conversation')} read; {standing}")
        for state, reason, number in result.waiting_for:
            say(f"  {number} {state}: {words(reason)} ({reason})")
        if result.listed or result.withdrawn:
            say(f"  list of jobs: {result.listed} written, {result.withdrawn} withdrawn")
        if result.replies or result.copied or result.sent:
            copies = many(result.copied, "copy", "copies")
            say(f"  text messages: {result.replies} received, {copies} made, {result.sent} sent")
        if result.refused is not None:
            say(f"  {paint('list of jobs held back', 'red')}: {result.refused}")
        for platform, reason in result.paused:
            say(f"  {paint(f'{platform} is left alone', 'red')}: {words(reason)} ({reason})")
        if result.error is not None:
            say(f"  {paint('not read to the end', 'red')}: {result.error}")


def _advise(results: Sequence[Result]) -> None:
    """Say what to do next."""
    for result in results:
        held = _held(result) or result.after.get("planned", 0)
        if held:
            people = many(held, "person", "people")
            note(f"{result.company}: {people} held back by max_new_per_run: see `connector plan`, then `sync --yes`")
        if result.refused is not None:
            note(f"{result.company}: if so many jobs are really over, `connector sync --yes` withdraws them")
        if result.after.get("quarantined"):
            note(f"{result.company}: `connector failures` says what is quarantined and what mends it")
        elif any(result.after.get(state) for state in ("parked", "waiting", "unknown")):
            note(f"{result.company}: `connector explain WHO` says why somebody is not in Pinpoint yet")
        if result.error is not None:
            for words in exits.told(result.error)[1:]:
                note(f"{result.company}: {words}")
