"""`connector send` and `connector explain`: one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, note, print_json, progress, say, stamp

if TYPE_CHECKING:
    from connector.domain.actions import Item
    from connector.domain.model import ConversationStart
    from connector.flows.company import Company
    from connector.flows.inquiry import Match

_COLOURS = {"done": "green", "quarantined": "red", "unknown": "yellow", "waiting": "yellow", "parked": "yellow"}


def send(
    conversation: Annotated[str, typer.Argument(help="Id of the conversation, or of a conversation start.")],
    position: Annotated[
        str | None, typer.Option("--position", metavar="P", help="Only about this position of it.")
    ] = None,
    job: Annotated[str | None, typer.Option("--job", metavar="J", help="Send to this job instead of the link.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would happen.")] = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Send one person by hand, ahead of everybody else. Twice is safe: who was sent is not sent again."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show(f"looking for {conversation}")
            found, starts = _find(work, conversation, position)
            if plan:
                _print_plan(found, starts, job, as_json, Paint(no_color))
                return
            line.show(f"sending {conversation}")
            items = _send(found, starts, job)
        _print_sent(found, items, as_json, Paint(no_color))
        code = _sent_code(items)
    raise typer.Exit(code)


def _find(work: Work, who: str, position: str | None) -> tuple[Company, list[ConversationStart]]:
    """Return the company that knows the conversation; those whose ledger has it are asked first."""
    from connector.flows.send import NotFound, find_starts

    def unknown_here(company: Company) -> bool:
        return not (company.actions.of_start(company.name, who) or company.actions.of_conversation(company.name, who))

    failure: NotFound | None = None
    for company in sorted(work.companies, key=unknown_here):
        try:
            return company, find_starts(company, who, position)
        except NotFound as error:
            # the first is of the company that is most likely meant
            failure = failure or error
    assert failure is not None
    raise failure


def _send(company: Company, starts: Sequence[ConversationStart], job: str | None) -> list[Item]:
    from connector.flows.send import send as send_now

    return send_now(
        company,
        starts,
        job,
        on_wait=lambda: note(f"{company.name}: another process is sending a batch; this goes as soon as it is done"),
    )


def _sent_code(items: Sequence[Item]) -> int:
    states = {item.state.value for item in items}
    if any(i.state.value == "waiting" and i.reason in exits.AUTH_REASONS for i in items):
        return exits.REFUSED
    if "quarantined" in states:
        return exits.FAULT
    return exits.WAITS if states & {"waiting", "unknown", "attempting", "planned"} else exits.OK


def _print_sent(company: Company, items: Sequence[Item], as_json: bool, paint: Paint) -> None:
    if as_json:
        print_json({"company": company.name, "starts": [_item_json(item) for item in items]})
        return
    for item in items:
        say(_standing(item, paint))
        for line in why(item):
            say(f"    {line}")


def _print_plan(
    company: Company, starts: Sequence[ConversationStart], job: str | None, as_json: bool, paint: Paint
) -> None:
    from connector.cli.plan import as_document
    from connector.domain.reasons import advice, words
    from connector.flows.plan import plan_send

    foreseen = plan_send(company, starts, job)
    if as_json:
        print_json({"companies": [as_document(foreseen)]})
        return
    for action in foreseen.actions:
        where = f"job {action.job}" if action.job else "no job"
        shown = paint(action.state.value, _COLOURS.get(action.state.value))
        say(f"{action.person}, {action.position} -> {where}: {shown}: {words(action.reason)} ({action.reason})")
        if action.state.value not in ("done", "planned"):
            say(f"    {advice(action.reason)}")
    for problem in foreseen.problems:
        say(f"    {problem}")


def explain(
    who: Annotated[
        str,
        typer.Argument(metavar="WHO", help="Address, number with its +, conversation id, or conversation-start id."),
    ],
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """What became of a person or conversation, with every reason; and why somebody is not in the ATS."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show("looking through the history")
            found = [match for each in work.companies for match in _explained(each, who.strip())]
        # what happened to the start comes before the reports about it
        found.sort(key=lambda match: match.item.kind.value != "application")
        if as_json:
            print_json({"matches": [_match_json(match) for match in found]})
        else:
            for match in found:
                _print_match(match, Paint(no_color))
        if not found:
            _hint_at_nobody(work, who)
    raise typer.Exit(exits.OK if found else exits.FAULT)


def _explained(company: Company, who: str) -> list[Match]:
    from connector.flows.correspondence import explain_number
    from connector.flows.inquiry import explain as explain_who

    if who.startswith("+") and company.texts is not None:
        return explain_number(company, who)
    return explain_who(company, who)


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "key": item.shown_key,
        "kind": item.kind.value,
        "state": item.state.value,
        "reason": item.reason,
        "note": item.note,
        "remote_id": item.remote_id,
        "id": item.id,
        "company": item.company,
        "start": item.start_id,
        "conversation": item.conversation_id,
        "position": item.position_id,
        "job": item.job_id,
        "message": item.message,
    }


def _match_json(match: Match) -> dict[str, Any]:
    events = [{"at": e.at, "state": e.state, "reason": e.reason, "note": e.note} for e in match.events]
    return {**_item_json(match.item), "why": why(match.item), "events": events}


def _print_match(match: Match, paint: Paint) -> None:
    from connector.domain.reasons import words

    item = match.item
    if item.kind.value != "application":
        number = f" {item.message}" if item.message else ""
        whose = item.start_id or "nobody"
        say(f"  {item.kind.value}{number} about {whose}: {item.state.value}, {words(item.reason)}")
        return
    say(_standing(item, paint))
    for line in why(item):
        say(f"    {line}")
    for event in match.events:
        beside = f" [{noted(event.note)}]" if event.note else ""
        say(f"    {stamp(event.at)}  {event.state}: {words(event.reason)} ({event.reason}){beside}")


def _standing(item: Item, paint: Paint) -> str:
    state = paint(item.state.value, _COLOURS.get(item.state.value), bold=True)
    position = f"{item.position_title} ({item.position_id})" if item.position_title else item.position_id
    where = f"job {item.job_id}" if item.job_id else "no job"
    application = f", application {item.remote_id}" if item.remote_id else ""
    return f"{item.company}: {item.conversation_id or item.start_id}, {position} -> {where}: {state}{application}"


def why(item: Item) -> list[str]:
    """Say in words where a start stands: why the person is not in the ATS, and what moves it."""
    from connector.domain.reasons import advice, words

    beside = f" ({noted(item.note)})" if item.note else ""
    if item.state.value == "done":
        return [f"{words(item.reason)}{beside}"]
    lines = [f"not in the ATS: {words(item.reason)}{beside}"]
    if item.state.value == "unknown":
        lines = [f"perhaps in the ATS: {words(item.reason)}{beside}"]
    lines.append(f"what moves it: {advice(item.reason)}")
    if item.due_at is not None:
        lines.append(f"looked at again by itself from {stamp(item.due_at)}")
    return lines


def noted(note: str) -> str:
    """Return a note with its codes in words; other text as it is."""
    from connector.domain.reasons import NOTES

    return ", ".join(NOTES.get(part.strip(), part.strip()) for part in note.split(",") if part.strip())


def _hint_at_nobody(work: Work, who: str) -> None:
    names = ", ".join(company.name for company in work.companies)
    subject = "nobody of that address" if "@" in who else "nothing of that id"
    note(f"{subject} is known here ({names})")
    note("only started conversations are: one that is still a request is not read until the other side accepts")
    if "@" in who:
        note("a person whose address has changed is found by the conversation's id: `connector explain CONVERSATION`")
    else:
        note("ids are those of conversations (cv_…) and conversation starts (cs_…), not of people or positions")
    note("`connector sync` reads what has started since; `connector send CONVERSATION` asks for one by its id")
