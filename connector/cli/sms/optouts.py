"""`connector sms optouts`: who wants no texts; set or lifted by hand, with what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.asking import confirmed
from connector.cli.links import Yes
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, note, print_json, say, stamp, table
from connector.cli.sms.lines import Full, masked

if TYPE_CHECKING:
    from connector.domain.texts import Suppression
    from connector.flows.company import Company

_WHY = {
    "keyword": "wrote STOP or the like",
    "vendor": "the provider says so",
    "refused": "the provider refused a message for it",
    "by_hand": "set by hand",
}


def optouts(
    add: Annotated[
        str | None, typer.Option("--add", metavar="NUMBER", help="Send nothing more to this number.")
    ] = None,
    lift: Annotated[
        str | None, typer.Option("--lift", metavar="NUMBER", help="Texts may be sent to this number again.")
    ] = None,
    yes: Yes = False,
    full: Full = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Numbers that nothing is sent to, whatever the provider; a person is in again by writing START."""
    from connector.cli.sms.desk import the_one, with_texts

    if add and lift:
        raise typer.BadParameter("give --add or --lift, one of the two")
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        if add or lift:
            each = the_one(work)
            number = _number(each, add or lift or "")
            done = _add(each, number) if add else _lift(each, number, yes, full)
            if as_json:
                print_json(
                    {"company": each.name, "number": masked(number, full), "changed": done, "opted_out": bool(add)}
                )
            return
        found = [out for each in with_texts(work) for out in each.texting()[1].suppressions(each.name)]
    if as_json:
        print_json({"optouts": [_as_json(out, full) for out in found]})
        return
    _print(found, full, Paint(no_color))


def _number(company: Company, written: str) -> str:
    from connector.flows.correspondence import number_meant

    number = number_meant(company, written)
    if number is None:
        raise typer.BadParameter("not a usable number; write it with its + and dialling code")
    return number


def _add(company: Company, number: str) -> bool:
    from connector.domain.texts import Suppression

    _, texts = company.texting()
    before = texts.suppression(company.name, number)
    texts.suppress(Suppression(company.name, number, company.clock.now(), "by_hand", ""))
    note(
        f"{company.name}: nothing is sent to it any more" if before is None else f"{company.name}: was opted out before"
    )
    return before is None


def _lift(company: Company, number: str, yes: bool, full: bool) -> bool:
    _, texts = company.texting()
    before = texts.suppression(company.name, number)
    if before is None:
        note(f"{company.name}: {masked(number, full)} has not opted out")
        raise typer.Exit(exits.FAULT)
    note(f"{masked(number, full)}: opted out since {stamp(before.since)}: {_WHY.get(before.why, before.why)}")
    note("texting somebody who has opted out is forbidden in many countries; lift it only if they have asked you to.")
    note("the provider may hold an opt-out of its own, which only the person's START ends: it refuses then.")
    if not confirmed("Lift it?", yes=yes):
        note("nothing was changed; --yes lifts it without a question")
        raise typer.Exit(exits.USAGE)
    return texts.lift(company.name, number, company.clock.now())


def _as_json(out: Suppression, full: bool) -> dict[str, Any]:
    return {
        "company": out.company,
        "number": masked(out.number, full),
        "since": out.since,
        "why": out.why,
        "provider": out.provider or None,
    }


def _print(found: list[Suppression], full: bool, paint: Paint) -> None:
    if not found:
        say("nobody has opted out")
        return
    rows = [
        (out.company, masked(out.number, full), stamp(out.since), _WHY.get(out.why, out.why), out.provider or "-")
        for out in found
    ]
    first, *rest = table(("company", "number", "since", "why", "provider"), rows)
    say(paint(first, bold=True))
    for line in rest:
        say(line)
