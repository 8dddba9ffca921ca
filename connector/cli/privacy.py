"""`connector forget` and `connector export`: what is held about a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.asking import go_on
from connector.cli.links import OnlyPlan, Yes
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, progress, say

if TYPE_CHECKING:
    from connector.flows.privacy import Holding

Address = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's e-mail address.")]


def forget(
    address: Address,
    completely: Annotated[
        bool, typer.Option("--completely", help="Also drop the keyed hash that keeps them from being sent again.")
    ] = False,
    plan: OnlyPlan = False,
    yes: Yes = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Erase a person here: everything but a keyed hash that stops a re-send. The source and the ATS are not touched."""
    from connector.flows.privacy import export as holding_of
    from connector.flows.privacy import forget as erase
    from connector.rules.people import mask_address

    shown = mask_address(_checked(address))
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        if not plan and not go_on(f"Erase all that is held here about {shown}? It cannot be undone.", yes=yes):
            note("nothing was erased")
            raise typer.Exit(exits.USAGE)
        found = []
        with progress(no_color) as line:
            for each in work.companies:
                line.show(f"looking through {each.name}")
                if plan:
                    holding = holding_of(each, address)
                    found.append((each.name, len(holding.matches) if holding else 0))
                else:
                    found.append((each.name, erase(each, address, completely=completely)))
    if as_json:
        documents = [{"company": name, "erased": number, "hash_kept": not completely} for name, number in found]
        print_json({"address": shown, "planned": plan, "companies": documents})
        return
    for name, number in found:
        would = "would be erased" if plan else "erased"
        say(f"{name}: {many(number, 'action')} of {shown} {would}, with their history")
    if not plan:
        _say_what_stays(completely)


def export(
    address: Address,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Print all that is held here about a person."""
    from connector.flows.privacy import export as holding_of

    options = Options(mappings, database, company, as_json, no_color, log_level)
    _checked(address)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show("looking through the history")
            holdings = [held for each in work.companies if (held := holding_of(each, address)) is not None]
        if as_json:
            print_json({"holdings": [_as_document(holding) for holding in holdings]})
            return
        for holding in holdings:
            _print(holding, Paint(no_color))


def _checked(address: str) -> str:
    from connector.rules.people import normal_address

    normal = normal_address(address)
    if normal is None:
        raise typer.BadParameter("not a usable e-mail address", param_hint="EMAIL")
    return normal


def _say_what_stays(completely: bool) -> None:
    if completely:
        note("nothing is kept: if the source still has a conversation of theirs, the person may be sent again")
    else:
        note("a keyed hash of the address is kept, so that the person is not sent again; --completely drops it too")
    note("this erases what is held here; the records at the source and in the ATS are theirs to erase")


def _as_document(holding: Holding) -> dict[str, Any]:
    return {
        "company": holding.company,
        "address": holding.address,
        "person": holding.person,
        "forgotten": holding.forgotten,
        "actions": [
            {
                "key": match.item.key,
                "claim": match.item.claim,
                "kind": match.item.kind.value,
                "state": match.item.state.value,
                "reason": match.item.reason,
                "note": match.item.note,
                "candidate": match.item.candidate_id,
                "conversation": match.item.conversation_id,
                "start": match.item.start_id,
                "position": match.item.position_id,
                "position_title": match.item.position_title,
                "job": match.item.job_id,
                "remote_id": match.item.remote_id,
                "started_at": match.item.started_at,
                "asked": match.item.asked,
                "prepared": _prepared(match.item.prepared.body) if match.item.prepared else None,
                "events": [{"at": e.at, "state": e.state, "reason": e.reason, "note": e.note} for e in match.events],
            }
            for match in holding.matches
        ],
    }


def _prepared(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _print(holding: Holding, paint: Paint) -> None:
    from connector.cli.output import stamp
    from connector.domain.reasons import words

    say(f"{paint(holding.company, bold=True)}: {holding.address}")
    say(f"    kept instead of the address: {holding.person}")
    if holding.forgotten:
        say("    erased here on request; nothing but the hash is held, so that the person is not sent again")
    if not holding.matches:
        say("    nothing else is held")
    for match in holding.matches:
        item = match.item
        where = f", job {item.job_id}" if item.job_id else ""
        application = f", application {item.remote_id}" if item.remote_id else ""
        about = f"{item.conversation_id or item.start_id}, position {item.position_id}{where}{application}"
        say(f"    {item.kind.value}: {about}: {item.state.value}, {words(item.reason)}")
        say(f"        person at the source: {item.candidate_id or '-'}")
        for event in match.events:
            beside = f" [{event.note}]" if event.note else ""
            say(f"        {stamp(event.at)}  {event.state}: {words(event.reason)}{beside}")
