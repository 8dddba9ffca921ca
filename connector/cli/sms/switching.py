"""`connector sms on`, `off` and `use`: one value of the mapping file each, and what follows from it at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.links import OnlyPlan
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, say

if TYPE_CHECKING:
    from pathlib import Path

    from connector.config.editing import Edit
    from connector.flows.company import Company


def on(
    plan: OnlyPlan = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Switch sending on in the mapping file. What was cancelled stays cancelled."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        _switch(work, "enabled", True, plan, as_json, Paint(no_color))


def off(
    plan: OnlyPlan = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Switch sending off in the mapping file and cancel whatever has not left. Replies are still recorded."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        _switch(work, "enabled", False, plan, as_json, Paint(no_color))


def use(
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="twilio, plivo, exotel or clicksend.")],
    plan: OnlyPlan = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Send through this provider from now on; the one before stops with the same edit. Its replies still come."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        _check_account(work, provider)
        _switch(work, "provider", provider, plan, as_json, Paint(no_color))


def _check_account(work: Work, provider: str) -> None:
    """Refuse what would change nothing, or leave nothing to send with."""
    from connector.cli.sms.desk import the_one

    sms, _ = (each := the_one(work)).texting()
    if provider not in each.providers:
        known = ", ".join(each.providers) or "none"
        raise typer.BadParameter(f"{provider} has no account in the mapping; there is {known}", param_hint="PROVIDER")
    if sms.routing:
        raise typer.BadParameter(
            "`routing` in the mapping says which provider sends: change it there, or take it out", param_hint="PROVIDER"
        )


def _switch(work: Work, key: str, value: str | bool, plan: bool, as_json: bool, paint: Paint) -> None:
    """Change the file, then do at once what the daemon would do when it has read it. Twice is safe."""
    from connector.cli.sms.desk import mapping_of, the_one
    from connector.config.editing import plan_switch, write_edit

    each = the_one(work)
    file = mapping_of(work, each).file
    assert file is not None
    before = each.texting()[0].provider if key == "provider" else each.texting()[0].enabled
    edit = plan_switch(file, key, value)
    backup = None if plan else write_edit(edit)
    queued = _queued(each) if value is False else 0
    cancelled = _cancel(each) if value is False and not plan else 0
    if as_json:
        print_json(_as_document(each, key, before, value, edit, backup, plan, queued, cancelled))
        return
    _print(each, key, before, value, edit, backup, paint, plan=plan)
    if value is False:
        held = f"{many(queued, 'message')} would be cancelled" if plan else f"{many(cancelled, 'message')} cancelled"
        say(f"{each.name}: {held}; replies are still recorded and copied")


def _queued(company: Company) -> int:
    from connector.flows.correspondence import text_status

    status = text_status(company)
    return status.queued if status else 0


def _cancel(company: Company) -> int:
    """Call off what has not left: a daemon does so too, once it has read the file."""
    from connector.flows.messages import call_off

    sms, _ = company.texting()
    return call_off(replace(company, sms=replace(sms, enabled=False)))


def _as_document(
    company: Company,
    key: str,
    before: Any,
    value: str | bool,
    edit: Edit,
    backup: Path | None,
    plan: bool,
    queued: int,
    cancelled: int,
) -> dict[str, Any]:
    return {
        "company": company.name,
        "planned": plan,
        "file": str(edit.file),
        "lines": edit.lines(),
        "backup": str(backup) if backup else None,
        "key": key,
        "before": before,
        "after": value,
        "queued": queued,
        "cancelled": cancelled,
    }


def _print(
    company: Company,
    key: str,
    before: Any,
    value: str | bool,
    edit: Edit,
    backup: Path | None,
    paint: Paint,
    *,
    plan: bool,
) -> None:
    lines = edit.lines()
    would = "would be " if plan else ""
    say(f"{edit.file}: {would}{'changed' if lines else 'left as it is: it says so already'}")
    for line in lines:
        say(f"    {paint(line, 'green' if line.startswith('+') else 'red')}")
    if backup:
        say(f"    as it was before: {backup}")
    if key == "provider" and before not in (None, value):
        say(f"{company.name}: {before} {'would stop' if plan else 'stops'} sending with the same edit")
    if lines and not plan:
        note("a running daemon takes it over by itself within seconds")
