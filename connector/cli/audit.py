"""`connector audit`: what has started at the source against what stands in the ATS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, progress, say
from connector.cli.status import audit_words

if TYPE_CHECKING:
    from connector.domain.errors import ConnectorError
    from connector.flows.audit import Audit
    from connector.flows.company import Company
    from connector.rules.audit import Entry

_KINDS = ("missing", "doubled", "drifted")
_COLOURS = {"missing": "red", "doubled": "red", "drifted": "yellow"}


@dataclass
class Result:
    """What the audit of one company came to."""

    company: str
    found: Audit | None = None
    #: who was asked for by `--repair`
    repaired: int = 0
    #: starts that went back into the ledger
    rebuilt: int = 0
    #: how it failed; None: it did not
    error: ConnectorError | None = None


def audit(
    repair: Annotated[
        bool, typer.Option("--repair", help="Send what is missing, and put back what the ledger has lost.")
    ] = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Everyone who has started against the applications in Pinpoint: missing, doubled, drifted. One call a job."""
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        results = []
        with progress(no_color) as line:
            for number, each in enumerate(work.companies):
                line.show(f"comparing {each.name}", number, len(work.companies))
                results.append(_audit(work, each, repair))
    if as_json:
        print_json({"companies": [_as_document(result) for result in results]})
    else:
        _print(results, Paint(no_color))
    _advise(results, repair)
    raise typer.Exit(_exit_code(results))


def _audit(work: Work, company: Company, repair: bool) -> Result:
    from connector.domain.errors import ConnectorError
    from connector.flows.audit import audit as compare
    from connector.flows.audit import repair as mend

    result = Result(company.name)
    try:
        result.found = compare(company)
        counts = result.found.counts
        if repair and (counts.missing or counts.unrecorded):
            result.repaired, result.rebuilt = mend(company, result.found, work.stop.wait), counts.unrecorded
            result.found = compare(company)
    except ConnectorError as error:
        # one company's outage does not stop another's
        result.error = error
    return result


def _exit_code(results: Sequence[Result]) -> int:
    """Return the exit code, the most urgent first."""
    codes = {exits.code_of(result.error) for result in results if result.error}
    if codes:
        return max(codes)
    sound = all(result.found is None or result.found.counts.is_sound for result in results)
    return exits.OK if sound else exits.FAULT


def _as_document(result: Result) -> dict[str, Any]:
    counts = result.found.counts if result.found else None
    compared = result.found.compared if result.found else None
    return {
        "company": result.company,
        "at": counts.at if counts else None,
        "expected": counts.expected if counts else None,
        "present": counts.present if counts else None,
        **{kind: [_entry(one) for one in getattr(compared, kind, ())] for kind in _KINDS},
        "deleted": counts.deleted if counts else None,
        "unrecorded": counts.unrecorded if counts else None,
        "repaired": result.repaired,
        "rebuilt": result.rebuilt,
        "error": str(result.error) if result.error else None,
    }


def _entry(entry: Entry) -> dict[str, str]:
    return {name: getattr(entry, name) for name in ("key", "start", "position", "job", "person", "reason")}


def _print(results: Sequence[Result], paint: Paint) -> None:
    for result in results:
        name = paint(result.company, bold=True)
        if result.repaired or result.rebuilt:
            again = many(result.repaired, "person", "people")
            say(f"{name}: {again} asked for again, {result.rebuilt} put back into the ledger")
        if result.found is not None:
            say(f"{name}: {audit_words(result.found.counts)}")
            for kind in _KINDS:
                for entry in getattr(result.found.compared, kind):
                    where = f"{entry.start}, position {entry.position}, job {entry.job}"
                    why = f"{_words(entry.reason)} ({entry.reason})"
                    say(f"  {paint(kind, _COLOURS[kind])}: {entry.person}, {where}: {why}")
        if result.error is not None:
            say(f"{name}: {paint('not compared', 'red')}: {result.error}")


def _words(reason: str) -> str:
    from connector.domain.reasons import words
    from connector.rules.audit import FINDINGS

    return FINDINGS.get(reason) or words(reason)


def _advise(results: Sequence[Result], repair: bool) -> None:
    """Say what to do next."""
    for result in results:
        if result.error is not None:
            for words in exits.told(result.error)[1:]:
                note(f"{result.company}: {words}")
        counts = result.found.counts if result.found else None
        if counts is None:
            continue
        if not repair and (counts.missing or counts.unrecorded):
            note(f"{result.company}: `connector audit --repair` sends what is missing and mends the ledger")
        elif counts.missing:
            note(f"{result.company}: `connector failures` says what keeps the missing ones, and what mends it")
        if counts.doubled or counts.drifted:
            note(f"{result.company}: doubled and drifted applications are mended by hand, in Pinpoint")
