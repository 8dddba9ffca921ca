"""`connector check`: is everything set up so that people can go through?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from connector.cli import exits
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, print_json, progress, say

if TYPE_CHECKING:
    from connector.cli.checkup import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def check(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Read all mappings, then ask each platform: keys, permissions, clocks, both ends of every link."""
    from connector.cli.checkup import Finding, check_company

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        findings = [Finding("", "ok", f"{many(len(work.mappings), 'mapping')} read, the database is in order")]
        with progress(no_color) as line:
            for number, (mapping, each) in enumerate(zip(work.mappings, work.companies, strict=True)):
                line.show(f"asking the platforms of {each.name}", number, len(work.companies))
                findings += check_company(mapping, each, work.settings.called_at)
    if as_json:
        shown = [{name: value for name, value in asdict(f).items() if name != "code"} for f in findings]
        print_json({"ok": not any(f.level == "fail" for f in findings), "findings": shown})
    else:
        for finding in findings:
            _print(finding, Paint(no_color))
    codes = {finding.code for finding in findings}
    raise typer.Exit(next((c for c in (exits.REFUSED, exits.UNREACHABLE, exits.FAULT) if c in codes), exits.OK))


def _print(finding: Finding, paint: Paint) -> None:
    level = paint(f"{finding.level:4}", _COLOURS[finding.level], bold=finding.level == "fail")
    company = f"{finding.company}: " if finding.company else ""
    say(f"{level}  {company}{finding.what}")
    if finding.todo:
        say(f"      {finding.todo}")
