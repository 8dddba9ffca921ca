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
from connector.cli.sms.lines import in_lines

if TYPE_CHECKING:
    from connector.domain.texts import Message
    from connector.flows.privacy import Holding

Address = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The person's e-mail address, or a number with its + for its messages.")
]


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
    from connector.flows.privacy import forget_number

    shown = _masked(address)
    number = not shown.count("@")
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
                    held = (holding.messages if number else holding.matches) if holding else ()
                    found.append((each.name, len(held)))
                elif number:
                    found.append((each.name, forget_number(each, address.strip())))
                else:
                    found.append((each.name, erase(each, address, completely=completely)))
    if as_json:
        kept = not completely and not number
        documents = [{"company": name, "erased": erased, "hash_kept": kept} for name, erased in found]
        print_json({"address": shown, "planned": plan, "companies": documents})
        return
    for name, erased in found:
        would = "would be erased" if plan else "erased"
        what = many(erased, "message") if number else many(erased, "action")
        say(f"{name}: {what} of {shown} {would}, with their history")
    if not plan and number:
        note("an opt-out of the number is kept, so that nothing is sent to it")
    elif not plan:
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
    _masked(address)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show("looking through the history")
            holdings = [held for each in work.companies if (held := holding_of(each, address)) is not None]
        if as_json:
            print_json({"holdings": [_as_document(holding) for holding in holdings]})
            return
        for holding in holdings:
            _print(holding, Paint(no_color))


def _masked(address: str) -> str:
    """Return an address or number as it may be shown. Raises BadParameter for what is neither."""
    from connector.rules.people import mask_address, normal_address
    from connector.rules.phones import to_e164
    from connector.rules.replies import sender_shown

    normal = normal_address(address)
    if normal is not None:
        return mask_address(normal)
    number = to_e164(address, None).e164 if address.strip().startswith("+") else None
    if number != address.strip():
        raise typer.BadParameter(
            "neither a usable e-mail address nor a number such as +447700900123", param_hint="EMAIL"
        )
    return sender_shown(number, "masked")


def _say_what_stays(completely: bool) -> None:
    if completely:
        note("no hash is kept: if the source still has a conversation of theirs, the person may be sent again")
    else:
        note("a keyed hash of the address is kept, so that the person is not sent again; --completely drops it too")
    note("an opt-out from texts is kept, as a number alone: a STOP outlives the record")
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
        "messages": [_message(message) for message in holding.messages],
        "opted_out": list(holding.opted_out),
    }


def _message(message: Message) -> dict[str, Any]:
    """Return a message in full: it is the person's own."""
    return {
        "id": message.id,
        "direction": message.direction.value,
        "at": message.at,
        "ours": message.ours,
        "theirs": message.theirs,
        "text": message.text,
        "media": [media.url for media in message.media],
        "provider": message.provider,
        "remote_id": message.remote_id,
        "delivery": message.delivery.value,
        "how": message.how,
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
    if not holding.matches and not holding.messages:
        say("    nothing else is held")
    for match in holding.matches:
        item = match.item
        where = f", job {item.job_id}" if item.job_id else ""
        remote = f", {item.kind.value} {item.remote_id}" if item.remote_id else ""
        position = f", position {item.position_id}" if item.position_id else ""
        about = f"{item.conversation_id or item.start_id or 'about nobody'}{position}{where}{remote}"
        say(f"    {item.kind.value}: {about}: {item.state.value}, {words(item.reason)}")
        say(f"        person at the source: {item.candidate_id or '-'}")
        for event in match.events:
            beside = f" [{event.note}]" if event.note else ""
            say(f"        {stamp(event.at)}  {event.state}: {words(event.reason)}{beside}")
    for message in holding.messages:
        way = "from" if message.direction.value == "in" else "to"
        say(f"    message {way} {message.theirs}, {stamp(message.at)}, by {message.provider or 'nobody yet'}")
        for line in in_lines(message.text):
            say(f"        {line}")
    for number in holding.opted_out:
        say(f"    {number} has opted out of texts")
