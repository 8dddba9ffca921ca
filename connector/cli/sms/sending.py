"""`connector sms send` and `test`: what a message will be, a question, and the message."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.asking import confirmed
from connector.cli.links import Yes
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, note, print_json, progress, say, stamp
from connector.cli.sms.inbox import Who
from connector.cli.sms.lines import By, Full, dear_words, in_lines, masked, me, message_json, on_one_line

if TYPE_CHECKING:
    from datetime import datetime

    from connector.domain.actions import Item
    from connector.flows.company import Company
    from connector.flows.writing import Preview, Recipient

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what it would be; sends and writes nothing.")]

_COLOURS = {"done": "green", "quarantined": "red", "closed": "red", "unknown": "yellow", "waiting": "yellow"}
#: reasons for which a message waits that are no trouble
_WAITS_WELL = ("recorded", "quiet_hours", "reply_goes_first")
#: what to do where a reason's own advice is for messages that were recorded
_INSTEAD = {
    "no_number": "give a number in full, such as +447700900123",
    "template_gone": "`connector sms templates` shows what the mapping has",
}
_TEST = "Test message of the connector for {company}: text messages can be sent."


@dataclass(frozen=True)
class _Draft:
    """What was asked for, and what it would be."""

    recipient: Recipient
    preview: Preview
    #: when it leaves; None: at once
    leaves_at: datetime | None
    #: segments left behind it; None: not counted against anything
    left_after: int | None


def send(
    who: Who,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What to write; - reads it.")] = None,
    template: Annotated[
        str | None, typer.Option("--template", metavar="NAME", help="A template of the mapping instead.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Not before this moment, UTC.")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="From this number of yours, now.")
    ] = None,
    by: By = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="The same key again sends nothing again.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Text a candidate: shows what it will be and cost, and asks. Without --key, twice is two messages."""
    from connector.cli.sms.desk import that_knows
    from connector.flows.writing import NotSendable, find_recipient, send_text

    if (text is None) == (template is None):
        raise typer.BadParameter("give --text or --template, one of the two")
    written = sys.stdin.read().strip() if text == "-" else text
    moment = _moment(at)
    name = by or me() or None
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        each = that_knows(work, who)
        if sender is not None:
            each = _from_one_number(each, sender)
        what: dict[str, Any] = {"text": written, "template": template, "by": name}
        try:
            with progress(no_color) as line:
                line.show("looking for the person")
                draft = _draft(each, find_recipient(each, who.strip()), moment, what)
            if sender is not None and draft.leaves_at is not None:
                raise typer.BadParameter(
                    "this message does not leave at once, and then its number is chosen anew", param_hint="--from"
                )
            code = _go_on(each, draft, dry_run, yes, full, as_json, no_color)
            if code is not None:
                raise typer.Exit(code)
            item = send_text(each, draft.recipient, **what, at=moment, key=key)
        except NotSendable as refused:
            _print_refusal(each, refused.reason, refused.what, as_json)
            raise typer.Exit(exits.FAULT) from None
        _print_sent(each, item, draft, full, as_json, Paint(no_color))
        code = sent_code(item)
    raise typer.Exit(code)


def try_out(
    number: Annotated[
        str | None, typer.Argument(metavar="[NUMBER]", help="An internal number; left out, the mapping's test_number.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What to write.")] = None,
    yes: Yes = False,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Send a test to a number of your own: at any hour, attributed to nobody, and billed like any other."""
    from connector.cli.sms.desk import the_one
    from connector.flows.writing import NotSendable, send_test

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        each = the_one(work)
        sms, _ = each.texting()
        if number is not None:
            each = replace(each, sms=replace(sms, test_number=number))
            own = number == sms.test_number
            if not own and not confirmed(f"Send a test to {masked(number, full)}? It must be your own.", yes=yes):
                note("nothing was sent; --yes sends without a question")
                raise typer.Exit(exits.USAGE)
        try:
            item = send_test(each, text or _TEST.format(company=each.name), me() or None)
        except NotSendable as refused:
            _print_refusal(each, refused.reason, refused.what, as_json)
            raise typer.Exit(exits.FAULT) from None
        _print_sent(each, item, None, full, as_json, Paint(no_color))
        code = sent_code(item)
    raise typer.Exit(code)


def _moment(text: str | None) -> datetime | None:
    from connector.cli.backfill import moment_of

    return moment_of(text, "--at") if text else None


def _from_one_number(company: Company, sender: str) -> Company:
    """Return the company as if this were its only number."""
    from connector.rules.phones import to_e164

    sms, _ = company.texting()
    wanted = to_e164(sender, sms.default_region).e164
    numbers = {name: (wanted,) for name, own in sms.numbers.items() if wanted in own}
    if wanted is None or not numbers:
        own = ", ".join(number for several in sms.numbers.values() for number in several)
        raise typer.BadParameter(f"{sender} is none of your numbers ({own})", param_hint="--from")
    return replace(company, sms=replace(sms, numbers=dict.fromkeys(numbers, (wanted,))))


def _draft(company: Company, recipient: Recipient, at: datetime | None, what: dict[str, Any]) -> _Draft:
    """Look at a message before it is written. Writes and sends nothing."""
    from connector.flows.messages import standing
    from connector.flows.writing import preview

    shown = preview(company, recipient, **what)
    now = company.clock.now()
    leaves_at = shown.waits_until
    if at is not None and at > now:
        leaves_at = _open_from(company, shown.theirs, at)
    left = standing(company, recipient.number).left
    return _Draft(recipient, shown, leaves_at, None if left is None else left - shown.segments)


def _open_from(company: Company, number: str, at: datetime) -> datetime:
    """Return when a message leaves that is not to leave before a moment: in that day's hours."""
    from connector.rules.quiet import next_allowed, window_of

    sms, _ = company.texting()
    if sms.quiet_hours is None:
        return at
    return next_allowed(at, window_of(sms.quiet_hours), sms.zone, number) or at


def _go_on(
    company: Company, draft: _Draft, dry_run: bool, yes: bool, full: bool, as_json: bool, no_color: bool
) -> int | None:
    """Show what it will be and ask; returns the exit code if it ends here."""
    refused = draft.preview.refused
    if as_json and (dry_run or refused):
        print_json({"company": company.name, "preview": _preview_json(draft, full), "message": None})
    elif dry_run or refused:
        _print_preview(draft, full, Paint(no_color), print_line=say)
    elif not as_json:
        _print_preview(draft, full, Paint(no_color), print_line=note)
    if refused:
        return exits.FAULT
    if dry_run:
        return exits.OK
    if not confirmed("Send it?", yes=yes):
        note("nothing was sent; --yes sends without a question")
        return exits.USAGE
    return None


def _preview_json(draft: _Draft, full: bool) -> dict[str, Any]:
    from connector.domain.reasons import words

    shown = draft.preview
    refused = shown.refused
    return {
        "to": masked(shown.theirs, full),
        "provider": shown.provider or None,
        "from": shown.ours or None,
        "text": shown.text,
        "encoding": shown.encoding or None,
        "segments": shown.segments,
        "dear": list(shown.dear),
        "hint": _hint(shown) or None,
        "notes": list(shown.notes),
        "leaves_at": draft.leaves_at,
        "left_after": draft.left_after,
        "refused": refused.reason if refused else None,
        "why": " ".join(filter(None, (words(refused.reason), refused.note))) if refused else None,
    }


def _hint(shown: Preview) -> str:
    from connector.rules.segments import count

    return dear_words(count(shown.text), count(shown.text, smart=True)) if shown.segments else ""


def _print_preview(draft: _Draft, full: bool, paint: Paint, *, print_line: Any) -> None:
    from connector.cli.output import many
    from connector.domain.reasons import words

    shown, application = draft.preview, draft.recipient.application
    whose = ""
    if application is not None:
        whose = f" ({application.remote_id or application.start_id}, {application.position_title})"
    through = f" from {shown.ours} by {shown.provider}" if shown.provider else ""
    print_line(paint(f"to {masked(shown.theirs, full)}{whose}{through}", bold=True))
    for text in in_lines(shown.text):
        print_line(f"    {text}")
    if shown.segments:
        left = "" if draft.left_after is None else f"; {draft.left_after} left after it"
        print_line(f"{shown.encoding}, {many(shown.segments, 'segment')}{left}")
    for text in filter(None, (_hint(shown), *shown.notes)):
        print_line(paint(text, "yellow"))
    if draft.leaves_at is not None:
        print_line(f"leaves at {stamp(draft.leaves_at)}")
    if shown.refused:
        reason, beside = shown.refused.reason, shown.refused.note
        print_line(paint(f"cannot be sent: {words(reason)} ({': '.join(filter(None, (reason, beside)))})", "red"))
        print_line(f"    {_advice(reason)}")


def _advice(reason: str) -> str:
    """Return what to do about a message that was never recorded: there is nothing to take up again."""
    from connector.domain.reasons import advice

    return _INSTEAD.get(reason) or advice(reason).removesuffix(", then `connector retry`")


def _print_refusal(company: Company, reason: str, what: str, as_json: bool) -> None:
    from connector.domain.reasons import words

    if as_json:
        print_json(
            {"company": company.name, "preview": None, "message": None, "refused": reason or "unknown_recipient"}
        )
    if not reason:
        note(on_one_line(what))
        note("ids are those of conversations (cv_…), starts (cs_…) and applications; numbers begin with +")
        return
    told = what if not what.startswith(reason) else words(reason) + what.removeprefix(reason)
    note(f"nothing was sent: {on_one_line(told)} ({reason})")
    note(_advice(reason))


def _print_sent(company: Company, item: Item, draft: _Draft | None, full: bool, as_json: bool, paint: Paint) -> None:
    from connector.domain.reasons import advice, words

    _, texts = company.texting()
    message = texts.message(item.message) if item.message else None
    if as_json:
        shown = None
        if message is not None:
            application = draft.recipient.application if draft else None
            items = {application.id: application} if application else {}
            shown = message_json(message, items, full)
            shown |= {"action": item.id, "state": item.state.value, "reason": item.reason, "note": item.note}
            shown |= {"due_at": item.due_at}
        print_json(
            {"company": company.name, "preview": _preview_json(draft, full) if draft else None, "message": shown}
        )
        return
    number = f"message {item.message}" if item.message else item.key
    state = paint(item.state.value, _COLOURS.get(item.state.value), bold=True)
    if item.state.value == "done" and message is not None:
        say(f"{number}: {state}, {message.provider} has it ({message.delivery.value})")
        note(f"what becomes of it: `connector sms thread {masked(message.theirs, True) if full else 'WHO'}`")
        return
    say(f"{number}: {state}, {words(item.reason)} ({item.reason}){f' [{on_one_line(item.note)}]' if item.note else ''}")
    if item.due_at is not None:
        say(f"    from {stamp(item.due_at)}")
    if item.reason not in _WAITS_WELL:
        say(f"    {advice(item.reason)}")


def sent_code(item: Item) -> int:
    """Return the exit code that a message asks for."""
    if item.state.value == "waiting" and item.reason in exits.AUTH_REASONS:
        return exits.REFUSED
    if item.state.value in ("quarantined", "closed"):
        return exits.FAULT
    well = item.state.value == "done" or item.reason in _WAITS_WELL
    return exits.OK if well else exits.WAITS
