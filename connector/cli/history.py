"""`connector history`: all recent actions, newest first. Makes no call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, note, print_json, say, stamp, table

if TYPE_CHECKING:
    from connector.store.journal import Line

_COLOURS = {"done": "green", "quarantined": "red", "unknown": "yellow", "waiting": "yellow", "parked": "yellow"}


def history(
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many lines.")] = 50,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only from this day on, UTC.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="Only application, report, details, listing, link, message, comment, reply or purchase."
        ),
    ] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only into this state, such as done.")] = None,
    reason: Annotated[list[str] | None, typer.Option("--reason", metavar="CODE", help="Only of this reason.")] = None,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """What has happened lately, newest first: every step of every person, report, link and listing."""
    from connector.cli.backfill import moment_of

    moment = moment_of(since) if since else None
    _check(kind, state, reason)
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        names = [each.name for each in work.companies]
        chosen = {"kinds": kind or (), "states": state or (), "reasons": reason or ()}
        lines = work.stores.journal.recent(names, limit, since=moment, **chosen)
        if as_json:
            print_json({"history": [_as_document(line) for line in lines]})
            return
        _print(lines, Paint(no_color), several=len(names) > 1)
        if len(lines) == limit:
            note(f"only the newest {limit} are shown: --limit shows more")


def _check(kinds: list[str] | None, states: list[str] | None, reasons: list[str] | None) -> None:
    """Refuse a filter that nothing can match: it is a slip."""
    from connector.domain.actions import Kind, State
    from connector.domain.reasons import REASONS

    known = (("--kind", kinds, [k.value for k in Kind]), ("--state", states, [s.value for s in State]))
    for option, given, names in known:
        for name in given or ():
            if name not in names:
                raise typer.BadParameter(f"{name} is none of {', '.join(names)}", param_hint=option)
    for name in reasons or ():
        if name not in REASONS:
            raise typer.BadParameter(f"no reason is called {name}", param_hint="--reason")


def _as_document(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "at": line.at,
        "company": item.company,
        "key": item.shown_key,
        "kind": item.kind.value,
        "state": line.state,
        "reason": line.reason,
        "note": line.note,
        "id": item.id,
        "conversation": item.conversation_id,
        "start": item.start_id,
        "position": item.position_id,
        "job": item.job_id,
        "remote_id": item.remote_id,
        "message": item.message,
        "state_now": item.state.value,
    }


def _print(lines: list[Line], paint: Paint, *, several: bool) -> None:
    from connector.cli.people import noted
    from connector.domain.reasons import words

    if not lines:
        say("nothing has happened yet")
        return
    rows = []
    for line in lines:
        what = words(line.reason) + (f" [{noted(line.note)}]" if line.note else "")
        cells = (stamp(line.at), line.item.kind.value, _about(line), line.state, what)
        rows.append((line.item.company, *cells) if several else cells)
    headers = ("at", "what", "about", "state", "why")
    first, *rest = table(("company", *headers) if several else headers, rows)
    say(paint(first, bold=True))
    for text, line in zip(rest, lines, strict=True):
        say(paint(text, _COLOURS.get(line.state)))


def _about(line: Line) -> str:
    item = line.item
    if item.kind.value == "listing":
        return f"job {item.job_id} {item.position_title}" if item.job_id else "the whole list"
    if item.kind.value == "link":
        return f"{item.position_id} -> {f'job {item.job_id}' if item.job_id else 'nothing'}"
    if item.message is not None:
        return f"message {item.message} {item.conversation_id or item.start_id}".rstrip()
    return item.conversation_id or item.start_id
