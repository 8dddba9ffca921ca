"""`connector sms inbox`, `thread` and `assign`: what came in, who it is from, and what was written before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, say, stamp, table
from connector.cli.sms.lines import COLOURS, HOW, By, Full, about, in_lines, masked, me, message_json, on_one_line

if TYPE_CHECKING:
    from datetime import datetime

    from connector.domain.actions import Item
    from connector.domain.texts import Message
    from connector.flows.company import Company
    from connector.flows.correspondence import Thread

Who = Annotated[
    str, typer.Argument(metavar="WHO", help="A number, an address, an application's id, a conversation or a start.")
]


def inbox(
    mine: Annotated[bool, typer.Option("--mine/--all", help="Only answers to what you sent, or everybody's.")] = False,
    by: By = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Only from this day on, UTC.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Only up to this day, UTC.")] = None,
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only what waits for `sms assign`.")] = False,
    mark_read: Annotated[bool, typer.Option("--mark-read", help="Mark what is shown as read.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lines.")] = 50,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """What came in, unread first: everybody's or yours, by date, or only what nobody could be found for."""
    from connector.cli.backfill import moment_of
    from connector.cli.sms.desk import with_texts
    from connector.flows.correspondence import applications_by_id

    whose = by or (me() if mine else None)
    begin = moment_of(since) if since else None
    end = end_of(until, "--until") if until else None
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found: list[tuple[Company, Message, dict[int, Item]]] = []
        for each in with_texts(work):
            _, texts = each.texting()
            rows = texts.inbox(each.name, by=whose, since=begin, until=end, unmatched=unmatched, limit=limit)
            items = applications_by_id(each, rows)
            found += [(each, message, items) for message in rows]
            if mark_read:
                texts.mark_read(each.name, [message.id for message in rows], each.clock.now())
        # the store has each company's in this order
        found.sort(key=lambda row: (row[1].read_at is not None, -row[1].at.timestamp(), -row[1].id))
        found = found[:limit]
        if as_json:
            print_json({"inbox": [message_json(message, items, full) for _, message, items in found]})
            return
        _print_inbox(found, full, Paint(no_color), several=len(work.companies) > 1)


def end_of(day: str, option: str) -> datetime:
    """Return the first moment that an option leaves out: a bare day is taken whole."""
    from datetime import timedelta

    from connector.cli.backfill import moment_of

    moment = moment_of(day, option)
    return moment + timedelta(days=1) if len(day.strip()) == len("2026-11-01") else moment


def _print_inbox(
    found: list[tuple[Company, Message, dict[int, Item]]], full: bool, paint: Paint, *, several: bool
) -> None:
    from connector.cli.sms.lines import text_of
    from connector.rules.replies import HELD

    if not found:
        say("nothing has come in")
        return
    rows = []
    for each, message, items in found:
        new = "" if message.read_at else "new"
        text = on_one_line(text_of(message))
        cells = (str(message.id), new, stamp(message.at), masked(message.theirs, full), about(message, items), text)
        rows.append((each.name, *cells) if several else cells)
    headers = ("id", "", "at", "from", "about", "text")
    first, *rest = table(("company", *headers) if several else headers, rows)
    say(paint(first, bold=True))
    for line, (_, message, _) in zip(rest, found, strict=True):
        say(paint(line, COLOURS.get(message.how), bold=message.read_at is None))
    held = [message for _, message, _ in found if message.how in HELD]
    if held:
        note(f"{many(len(held), 'reply is', 'replies are')} nobody's yet: `connector sms assign MESSAGE APPLICATION`")


def thread(
    who: Who,
    mark_read: Annotated[bool, typer.Option("--mark-read", help="Mark the replies as read.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many messages.")] = 200,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Everything between us and one person, both ways, over all their applications, with what became of each."""
    from connector.cli.sms.desk import with_texts
    from connector.flows.correspondence import thread_of

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found = [(each, thread_of(each, who, limit)) for each in with_texts(work)]
        found = [(each, one) for each, one in found if one.messages or one.applications]
        if mark_read:
            for each, one in found:
                _, texts = each.texting()
                texts.mark_read(each.name, [message.id for message in one.messages], each.clock.now())
        if as_json:
            print_json({"threads": [_thread_json(each, one, full) for each, one in found]})
        else:
            for each, one in found:
                _print_thread(each, one, full, Paint(no_color))
        if not found:
            note("nothing here goes by that name: a number with its +, an address, an application, a conversation")
    raise typer.Exit(exits.OK if found else exits.FAULT)


def _thread_json(company: Company, thread: Thread, full: bool) -> dict[str, Any]:
    items = {item.id: item for item in thread.applications}
    return {
        "company": company.name,
        "numbers": [masked(number, full) for number in thread.numbers],
        "opted_out": [masked(number, full) for number in _opted_out(company, thread)],
        "applications": [
            {"application": i.remote_id, "conversation": i.conversation_id, "start": i.start_id, "job": i.job_id}
            for i in thread.applications
        ],
        "messages": [message_json(message, items, full) for message in thread.messages],
    }


def _opted_out(company: Company, thread: Thread) -> list[str]:
    _, texts = company.texting()
    return [number for number in thread.numbers if texts.suppression(company.name, number)]


def _print_thread(company: Company, thread: Thread, full: bool, paint: Paint) -> None:
    from connector.cli.sms.lines import text_of

    items = {item.id: item for item in thread.applications}
    numbers = ", ".join(masked(number, full) for number in thread.numbers) or "no number"
    say(paint(f"{company.name}: {numbers}, {many(len(thread.messages), 'message')}", bold=True))
    for item in thread.applications:
        where = f"application {item.remote_id}" if item.remote_id else "not at the ATS yet"
        say(f"  {item.conversation_id}, {item.position_title or item.position_id}: {where}")
    for number in _opted_out(company, thread):
        say(paint(f"  {masked(number, full)} has opted out: nothing is sent to it", "yellow"))
    for message in thread.messages:
        say(_headline(message, items, paint))
        for line in in_lines(text_of(message)):
            say(f"      {line}")
        for media in message.media:
            say(f"      {on_one_line(media.url)}")


def _headline(message: Message, items: dict[int, Item], paint: Paint) -> str:
    came = "" if message.at_exact or message.direction.value == "out" else " (received)"
    head = f"  {stamp(message.at)}{came}"
    whose = f", about {about(message, items)}" if message.application in items else ""
    if message.direction.value == "in":
        state = paint(HOW.get(message.how, message.how), COLOURS.get(message.how))
        new = "" if message.read_at else ", unread"
        return f"{head}  <- {message.id} to {message.ours} by {message.provider}{whose}: {state}{new}"
    state = paint(message.delivery.value, COLOURS.get(message.delivery.value))
    why = f" ({on_one_line(' '.join(filter(None, (message.code, message.words))))})" if message.code else ""
    made = message.template or message.how
    who = f" by {on_one_line(message.by)}" if message.by else ""
    through = f" from {message.ours} by {message.provider}" if message.provider else ""
    return f"{head}  -> {message.id}{through}{whose}: {state}{why} [{made}{who}]"


def assign(
    message: Annotated[int, typer.Argument(metavar="MESSAGE", min=1, help="Id of the reply, as `sms inbox` shows it.")],
    application: Annotated[
        str, typer.Argument(metavar="APPLICATION", help="The application's id, or its conversation or start.")
    ],
    by: By = None,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Say whose a reply is that nobody could be found for; it is then copied to both sides like any other."""
    from connector.cli.sms.desk import that_knows
    from connector.flows.correspondence import applications_of
    from connector.flows.replies import assign as assign_reply

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        each = that_knows(work, application)
        found = applications_of(each, application)
        if len({item.remote_id or item.start_id for item in found}) > 1:
            for item in found:
                note(f"{item.start_id}: {item.position_title or item.position_id}, application {item.remote_id or '-'}")
            raise typer.BadParameter("several applications go by that name; name one of them by its id or start")
        if not found:
            note(f"{on_one_line(application)}: no application goes by that name here")
            note("name it by its id at the ATS, or by its conversation (cv_…) or start (cs_…)")
            raise typer.Exit(exits.FAULT)
        assigned = assign_reply(each, message, found[0], by or me() or None)
        items = {item.id: item for item in found}
        if as_json:
            print_json({"message": message_json(assigned, items, full=False)})
            return
        say(f"{message} belongs to {about(assigned, items)} now")
        note("it is copied at the daemon's next run, `connector sync` does it now")
