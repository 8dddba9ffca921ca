"""`connector failures`, `retry` and `drop`: what is stuck, and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, say, stamp, table

if TYPE_CHECKING:
    from connector.domain.actions import Item
    from connector.flows.company import Company
    from connector.flows.inquiry import Match

#: rows shown of each reason; `--json` has them all
_SHOWN = 10
#: a longer number is no id, and more than a database can compare
_DIGITS = 18
_COLOURS = {"quarantined": "red", "unknown": "yellow", "waiting": "yellow"}
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids as `failures` lists them.")]


def failures(
    reason: Annotated[str | None, typer.Option("--reason", metavar="CODE", help="Only those of this reason.")] = None,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """What is quarantined, unknown, waiting or parked, by reason, and what to do about it."""
    from connector.flows.inquiry import stuck

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found = [match for each in work.companies for match in stuck(each, reason)]
    if as_json:
        print_json({"failures": [action_json(match.item) for match in found]})
        return
    if not found:
        say("nothing is stuck")
    order = ("quarantined", "unknown", "waiting", "parked")
    groups: dict[tuple[str, str], list[Match]] = {}
    for match in sorted(found, key=lambda m: order.index(m.item.state.value)):
        groups.setdefault((match.item.state.value, match.item.reason), []).append(match)
    for (state, code), matches in groups.items():
        _print_group(state, code, matches, Paint(no_color))


def action_json(item: Item) -> dict[str, Any]:
    """Return an action that waits for something as it stands in documents."""
    from connector.domain.reasons import advice, words

    return {
        "id": item.id,
        "key": item.shown_key,
        "state": item.state.value,
        "code": item.reason,
        "reason": words(item.reason) + (f" ({item.note})" if item.note else ""),
        "advice": advice(item.reason),
        "attempts": item.attempts,
        "next_attempt_at": item.due_at,
        "kind": item.kind.value,
        "company": item.company,
        "start": item.start_id,
        "conversation": item.conversation_id,
        "position": item.position_id,
        "job": item.job_id,
        "message": item.message,
    }


def _print_group(state: str, code: str, matches: Sequence[Match], paint: Paint) -> None:
    from connector.domain.reasons import advice, words

    say(f"{paint(f'{len(matches)} {state}: {words(code)}', _COLOURS.get(state), bold=True)} ({code})")
    rows = []
    for match in matches[:_SHOWN]:
        item = match.item
        due = stamp(item.due_at) if item.due_at else "-"
        about = item.conversation_id or item.start_id or f"message {item.message}"
        rows.append((str(item.id), item.company, item.kind.value, about, item.position_id, due, item.note))
    headers = ("id", "company", "what", "conversation", "position", "next look", "note")
    for line in table(headers, rows, indent=2):
        say(line)
    if len(matches) > _SHOWN:
        say(f"  and {len(matches) - _SHOWN} more: --json lists them all")
    say(f"  {advice(code)}")
    if (command := _command(state, code, matches)) is not None:
        say(f"  $ {command}")
    say()


def _command(state: str, code: str, matches: Sequence[Match]) -> str | None:
    """Return the one command that helps; None: it moves by itself once its cause is gone."""
    if code == "waiting_for_manual_send" or code == "before_start":
        return f"connector send {matches[0].item.conversation_id}"
    if code == "first_batch_too_large":
        return "connector sync --yes"
    if code == "conversation_gone":
        return f"connector drop {' '.join(str(match.item.id) for match in matches[:5])}"
    if state == "quarantined" and code != "job_unreadable":
        return f"connector retry --reason {code}"
    return "connector check" if code in exits.AUTH_REASONS else None


def retry(
    ids: Ids = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="CODE", help="All of this reason.")] = None,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Take up again what is stuck or was dropped: these ids, all of a reason, or everything. Never doubles."""
    from connector.domain.reasons import REASONS
    from connector.flows.inquiry import retry as take_up

    if reason is not None and reason not in REASONS:
        raise typer.BadParameter(
            f"no reason is called {reason}; `connector failures` lists them", param_hint="--reason"
        )
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        taken, missing = [], []
        for each in work.companies:
            wanted, unknown = _numbers(each, ids or ())
            missing.append(set(unknown))
            if wanted or not ids:
                taken += take_up(each, wanted, reason)
    _report(taken_ids := [item.id for item in taken], "taken up again", as_json)
    if taken_ids:
        note("the daemon goes on with them at its next poll, `connector sync` does it now")
    raise typer.Exit(_tell_missing(missing))


def drop(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids as `failures` lists them.")],
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Give up on items for good: they are closed, and nothing is sent for them. `retry` takes one up again."""
    from connector.flows.inquiry import drop as give_up

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        dropped, missing = [], []
        for each in work.companies:
            wanted, unknown = _numbers(each, ids)
            missing.append(set(unknown))
            dropped += give_up(each, wanted)
        wanted_ids = {number for each in work.companies for number in _numbers(each, ids)[0]}
    _report([item.id for item in dropped], "dropped", as_json)
    left = wanted_ids - {item.id for item in dropped}
    if left:
        shown = ", ".join(str(number) for number in sorted(left))
        note(f"left as they are: {shown}; only what is quarantined, parked, waiting, unknown or planned can be dropped")
    raise typer.Exit(_tell_missing(missing) or (exits.FAULT if left else exits.OK))


def _numbers(company: Company, ids: Sequence[str]) -> tuple[list[int], list[str]]:
    """Return a company's items by what people type (number, start or conversation id), and what is not there."""
    found, unknown = [], []
    for text in ids:
        if text.isdecimal() and len(text) <= _DIGITS:
            items = [item for item in company.actions.items([int(text)]) if item.company == company.name]
        else:
            items = company.actions.of_start(company.name, text) or company.actions.of_conversation(company.name, text)
            items = [item for item in items if item.kind.value == "application"]
        found += [item.id for item in items]
        if not items:
            unknown.append(text)
    return found, unknown


def _report(ids: Sequence[int], done: str, as_json: bool) -> None:
    if as_json:
        print_json({"ids": list(ids)})
        return
    shown = ": " + ", ".join(map(str, ids)) if 0 < len(ids) <= _SHOWN else ""
    say(f"{many(len(ids), 'item')} {done}{shown}")


def _tell_missing(missing: Sequence[set[str]]) -> int:
    """Name the ids that no company knows."""
    nowhere = set.intersection(*missing) if missing else set()
    for text in sorted(nowhere):
        note(f"{text}: no item of that id; `connector failures` lists them")
    return exits.FAULT if nowhere else exits.OK
