"""`connector sms failures` and `report`: what did not arrive and why, and how it all adds up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, say, stamp, table
from connector.cli.sms.lines import Full, about, message_json, on_one_line

if TYPE_CHECKING:
    from datetime import datetime

    from connector.domain.actions import Item
    from connector.domain.texts import Count, Message
    from connector.flows.company import Company

#: rows shown of each group; `--json` has them all
_SHOWN = 10
#: what a report is about when nothing is said, days
_LATELY = 30
_HEADERS = ("provider", "country", "direction", "event", "status", "messages", "segments")


def failures(
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only from this day on, UTC.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many messages.")] = 200,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Messages that failed, with the provider's code and words and what to do; what is stuck; calls nobody can read."""
    from connector.cli.backfill import moment_of
    from connector.cli.failures import action_json
    from connector.cli.sms.desk import with_texts
    from connector.flows.correspondence import applications_by_id, stuck_texts

    begin = moment_of(since) if since else None
    options = Options(mappings, database, company, as_json, no_color, log_level)
    failed: list[dict[str, Any]] = []
    stuck: list[tuple[Company, Item]] = []
    calls: list[dict[str, Any]] = []
    with at_work(options) as work:
        for each in with_texts(work):
            _, texts = each.texting()
            rows = texts.failed(each.name, begin, limit)
            failed += [_failed_json(message, applications_by_id(each, rows), full) for message in rows]
            stuck += [(each, item) for item in stuck_texts(each)]
            calls += [
                {"company": each.name, "id": number, "provider": provider, "about": what, "at": at, "error": error}
                for number, provider, what, at, error in texts.bad_callbacks(each.name)
            ]
    if as_json:
        print_json({"failures": failed, "stuck": [action_json(item) for _, item in stuck], "callbacks": calls})
        return
    paint = Paint(no_color)
    if not (failed or stuck or calls):
        say("nothing has failed")
    _print_failed(failed, paint)
    _print_stuck([item for _, item in stuck], paint)
    for call in calls:
        what = f"a call of {call['provider']} ({call['about']}) could not be read: {on_one_line(call['error'])}"
        say(paint(f"{call['company']}: {stamp(call['at'])}: {what}", "red"))


def _failed_json(message: Message, applications: dict[int, Item], full: bool) -> dict[str, Any]:
    from connector.rules.delivery import classify

    meaning = classify(message.provider, message.code)
    return {
        **message_json(message, applications, full),
        "class": meaning.word,
        "advice": meaning.advice,
        "about": about(message, applications),
    }


def _print_failed(failed: Sequence[dict[str, Any]], paint: Paint) -> None:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in failed:
        groups.setdefault((one["class"], one["advice"]), []).append(one)
    for (word, advice), members in groups.items():
        say(f"{paint(f'{len(members)} failed: {word}', 'red', bold=True)}")
        rows = []
        for one in members[:_SHOWN]:
            why = on_one_line(" ".join(filter(None, (one["code"], one["words"])))) or "no reason given"
            rows.append((str(one["id"]), one["company"], stamp(one["at"]), one["theirs"], one["about"], why))
        for line in table(("id", "company", "at", "to", "about", "provider's words"), rows, indent=2):
            say(line)
        if len(members) > _SHOWN:
            say(f"  and {len(members) - _SHOWN} more: --json lists them all")
        say(f"  {advice}")
        say()


def _print_stuck(items: Sequence[Item], paint: Paint) -> None:
    from connector.domain.reasons import advice, words

    groups: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.state.value, item.reason), []).append(item)
    for (state, code), members in groups.items():
        colour = "red" if state == "quarantined" else "yellow"
        say(f"{paint(f'{len(members)} {state}: {words(code)}', colour, bold=True)} ({code})")
        for item in members[:_SHOWN]:
            whose = item.conversation_id or item.start_id or "nobody"
            beside = f" [{on_one_line(item.note)}]" if item.note else ""
            say(f"  {item.id}  {item.company}  {item.kind.value} {item.message or ''} about {whose}{beside}")
        if len(members) > _SHOWN:
            say(f"  and {len(members) - _SHOWN} more: --json lists them all")
        say(f"  {advice(code)}")
        if state == "quarantined":
            say(f"  $ connector retry {' '.join(str(item.id) for item in members[:5])}")
        say()


def report(
    begin: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="From this day on, UTC; 30 days ago if left out.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="Up to this day and with it; now if left out.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values, for a spreadsheet.")] = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Messages and segments by provider, country, event and status, of any span of days."""
    from connector.cli.sms.desk import with_texts

    if as_csv and as_json:
        raise typer.BadParameter("give --csv or --json, one of the two")
    since, until = _span_of(begin, end)
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found = [(each.name, each.texting()[1].counts(each.name, since, until)) for each in with_texts(work)]
    rows = [(name, count) for name, counts in found for count in counts]
    if as_json:
        print_json({"from": since, "to": until, "counts": [_count_json(name, count) for name, count in rows]})
    elif as_csv:
        _print_csv(rows)
    else:
        _print_report(rows, since, until, Paint(no_color))


def _span_of(begin: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Return the first moment of a report, and the first behind it."""
    from datetime import UTC, datetime, timedelta

    from connector.cli.backfill import moment_of
    from connector.cli.sms.inbox import end_of

    now = datetime.now(UTC)
    since = moment_of(begin, "--from") if begin else now - timedelta(days=_LATELY)
    until = end_of(end, "--to") if end else now
    if since >= until:
        raise typer.BadParameter("--from is not before --to")
    return since, until


def _count_json(company: str, count: Count) -> dict[str, Any]:
    return {
        "company": company,
        "provider": count.provider or None,
        "country": count.country or None,
        "direction": count.direction.value,
        "event": count.how,
        "status": count.delivery.value if count.direction.value == "out" else None,
        "messages": count.messages,
        "segments": count.segments,
    }


def _cells(count: Count) -> tuple[str, ...]:
    status = count.delivery.value if count.direction.value == "out" else "received"
    about = (count.provider or "-", count.country or "-", count.direction.value, count.how, status)
    return (*about, str(count.messages), str(count.segments))


def _print_csv(rows: Sequence[tuple[str, Count]]) -> None:
    import csv
    import io

    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow(("company", *_HEADERS))
    writer.writerows((name, *_cells(count)) for name, count in rows)
    say(page.getvalue().rstrip("\r\n"))


def _print_report(rows: Sequence[tuple[str, Count]], since: datetime, until: datetime, paint: Paint) -> None:
    note(f"from {stamp(since)} to {stamp(until)}")
    if not rows:
        say("no messages")
        return
    first, *rest = table(("company", *_HEADERS), [(name, *_cells(count)) for name, count in rows])
    say(paint(first, bold=True))
    for line in rest:
        say(line)
    out = [count for _, count in rows if count.direction.value == "out"]
    failed = sum(count.messages for count in out if count.delivery.value == "failed")
    sent = sum(count.messages for count in out)
    received = sum(count.messages for _, count in rows) - sent
    segments = sum(count.segments for _, count in rows)
    say(f"{sent} out ({failed} failed), {received} in, {many(segments, 'segment')}")
