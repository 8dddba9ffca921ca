"""`connector import-job`: one job into the source's drop-down, now, and its text for pasting."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.links import OnlyPlan, Yes
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, note, print_json, progress, say

if TYPE_CHECKING:
    from connector.cli.linking import Linking
    from connector.config.mapping import Mapping
    from connector.domain.actions import Change
    from connector.domain.model import Advert, Job
    from connector.flows.company import Company


class Form(enum.StrEnum):
    """How a description is printed."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"


def import_job(
    job: Annotated[str, typer.Argument(help="Id of the job.")],
    position: Annotated[
        str | None, typer.Option("--position", metavar="P", help="Also link this position to it, as imported.")
    ] = None,
    print_as: Annotated[
        Form | None, typer.Option("--print", help="Print the description for pasting, and nothing else.")
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
    """Put one job into the source's drop-down now, and link the position that was made of it."""
    from connector.flows.importing import failure_of, put_in_list, warnings_of

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            line.show("reading the job")
            mapping, each, found, advert = _find(work, job)
            linking = _foresee(mapping, each, job, position) if position else None
        for text in warnings_of(each, found):
            note(text)
        change = None
        if not plan:
            if linking:
                from connector.cli.linking import allowed

                allowed(linking, yes)
            change = put_in_list(each, advert)
            failure = failure_of(change, each.source.platform)
            if linking:
                # the file's link works whether the entry could be written or not
                from connector.cli.linking import carry_out

                carry_out(linking)
        if as_json:
            print_json(_as_document(each, advert, change, linking, print_as, plan))
        else:
            _print(each, advert, change, linking, print_as, Paint(no_color), plan)
        if change is not None and failure is not None:
            note(str(failure))
            raise typer.Exit(_code(change))


def _code(change: Change) -> int:
    if change.reason in exits.AUTH_REASONS:
        return exits.REFUSED
    return exits.FAULT if change.state.value == "quarantined" else exits.WAITS


def _find(work: Work, job: str) -> tuple[Mapping, Company, Job, Advert]:
    """Return the company that has the job, with its text."""
    from connector.flows.importing import find_advert
    from connector.flows.links import NoSuchEnd

    found, failures = [], []
    for mapping, company in zip(work.mappings, work.companies, strict=True):
        try:
            found.append((mapping, company, *find_advert(company, job)))
        except NoSuchEnd as error:
            failures.append(error)
    if not found:
        raise failures[0]
    if len(found) > 1:
        names = ", ".join(company.name for _, company, _, _ in found)
        raise NoSuchEnd(f"{job}: several companies have a job of that id ({names}); name one with --company")
    return found[0]


def _foresee(mapping: Mapping, company: Company, job: str, position: str) -> Linking:
    from connector.cli.linking import foresee_links
    from connector.config.links import FileLink
    from connector.flows.links import look_at_both

    return foresee_links(mapping, company, look_at_both(company), [FileLink(position, job)], "imported")


def _as_document(
    company: Company, advert: Advert, change: Change | None, linking: Linking | None, form: Form | None, plan: bool
) -> dict[str, Any]:
    from connector.cli.linking import as_document

    listing = advert.listing
    return {
        "company": company.name,
        "planned": plan,
        "job": listing.job_id,
        "title": listing.title,
        "source": {"state": change.state.value, "reason": change.reason} if change else None,
        "link": as_document(linking, planned=plan) if linking else None,
        "description": _description(advert, form or Form.HTML),
    }


def _print(
    company: Company,
    advert: Advert,
    change: Change | None,
    linking: Linking | None,
    form: Form | None,
    paint: Paint,
    plan: bool,
) -> None:
    from connector.cli.linking import show

    listing, source = advert.listing, company.source.platform
    # with --print the description alone is data: it is meant for a pipe
    tell = note if form else say
    if plan:
        tell(f"{source}: job {listing.job_id} {listing.title} would be put into the drop-down")
    elif change is not None and change.state.value == "done":
        tell(f"{source}: job {listing.job_id} {listing.title} is in the drop-down")
    elif change is not None and change.reason == "overtaken":
        tell(f"{source}: job {listing.job_id} stands there in a later version already, which is left as it is")
    if linking and form is None:
        show(linking, paint, planned=plan)
    if form:
        say(_description(advert, form).rstrip("\n"))
    elif linking is None:
        note(f"link a position to it with `connector link POSITION {listing.job_id}`")


def _description(advert: Advert, form: Form) -> str:
    from connector.rules.paste import as_markdown, as_text

    html = advert.listing.description_html or ""
    if form is Form.HTML:
        return html
    return as_markdown(html) if form is Form.MARKDOWN else as_text(html)
