"""`connector link` and `connector unlink`: which position leads to which job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.asking import confirmed, on_terminal
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, progress, say

if TYPE_CHECKING:
    from connector.cli.linking import Linking
    from connector.config.mapping import Mapping
    from connector.flows.company import Company
    from connector.flows.links import Ends

OnlyPlan = Annotated[bool, typer.Option("--plan", help="Only say what would happen; writes nothing anywhere.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, also not for many people.")]


def link(
    position: Annotated[str | None, typer.Argument(metavar="[POSITION]", help="Id of the position.")] = None,
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Id of the job.")] = None,
    automatic: Annotated[
        bool | None, typer.Option("--automatic/--by-hand", help="Send people of this position by itself, or not.")
    ] = None,
    plan: OnlyPlan = False,
    yes: Yes = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Link a position to a job: in the mapping file, and at the source. Without ids, choose from both lists."""
    if not (position and job) and not (on_terminal() and not as_json) and not (plan and position is None):
        raise typer.BadParameter("name POSITION and JOB; `connector link --plan` proposes pairs")
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        if position is None and not (on_terminal() and not as_json):
            _propose(work, as_json)
            return
        found, each, ends, pairs = _pairs(work, position, job, no_color)
        if not pairs:
            return
        linking = _foresee(found, each, ends, pairs, automatic, no_color)
        _do(linking, plan, yes, as_json, Paint(no_color), ask=position is None or job is None)


def unlink(
    position: Annotated[str, typer.Argument(help="Id of the position.")],
    plan: OnlyPlan = False,
    yes: Yes = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Take the link of a position away: in the mapping file, and at the source. Who was sent stays where they are."""
    from connector.cli.linking import find_company, foresee_unlink

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show("reading both lists")
            linking = foresee_unlink(*find_company(work, position), position)
        _do(linking, plan, yes, as_json, Paint(no_color))


def _pairs(
    work: Work, position: str | None, job: str | None, no_color: bool
) -> tuple[Mapping, Company, Ends, list[tuple[str, str]]]:
    """Return what is to be linked: as named, or as the person at the terminal chooses."""
    from connector.cli import choosing
    from connector.cli.linking import find_company
    from connector.flows.links import look_at_both

    if position is not None:
        with progress(no_color) as line:
            line.show("reading both lists")
            found, each, ends = find_company(work, position)
        chosen = job or choosing.choose_job(ends, position)
        return found, each, ends, [(position, chosen)] if chosen else []
    found, each = choosing.choose_company(work)
    with progress(no_color) as line:
        line.show("reading both lists")
        ends = look_at_both(each)
    return found, each, ends, choosing.choose_pairs(each, ends)


def _propose(work: Work, as_json: bool) -> None:
    """Print the likely pairs of every company; somebody else decides."""
    from connector.cli.choosing import likely_pairs, show_pairs
    from connector.flows.links import look_at_both

    document = []
    for each in work.companies:
        ends = look_at_both(each)
        pairs = likely_pairs(each, ends)
        document += [{"company": each.name, "position": p, "job": j, "alike": round(a, 3)} for p, j, a in pairs]
        if not as_json:
            say(f"{each.name}: {many(len(pairs), 'likely pair')}")
            for text in show_pairs(ends, pairs) if pairs else []:
                say(f"  {text}")
    if as_json:
        print_json({"proposals": document})


def _foresee(
    found: Mapping, each: Company, ends: Ends, pairs: list[tuple[str, str]], automatic: bool | None, no_color: bool
) -> Linking:
    from connector.cli.linking import foresee_links
    from connector.config.links import FileLink

    with progress(no_color) as line:
        line.show("looking who waits for it")
        return foresee_links(found, each, ends, [FileLink(p, j, automatic) for p, j in pairs])


def _do(linking: Linking, plan: bool, yes: bool, as_json: bool, paint: Paint, *, ask: bool = False) -> None:
    """Do what was foreseen, or only show it."""
    from connector.cli.linking import allowed, as_document, carry_out, show

    if ask and not plan:
        show(linking, paint, planned=True)
        if not confirmed("Write it?", yes=yes):
            note("nothing was written")
            return
        yes = True
    if not plan:
        allowed(linking, yes)
        carry_out(linking)
    if as_json:
        print_json(as_document(linking, planned=plan))
    else:
        show(linking, paint, planned=plan)
    if not plan and linking.release.sent:
        note("a running daemon sends them at its next poll, `connector sync` does it now")
