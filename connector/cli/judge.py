"""How the demo ends: what the simulators hold, compared with what was promised to each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.cli.output import Paint, many, say, table

if TYPE_CHECKING:
    from connector.cli.cast import Part
    from connector.domain.actions import Item
    from connector.flows.company import Company
    from connector.sandbox.pinpoint.records import Application
    from connector.sandbox.world import World


@dataclass(frozen=True)
class Verdict:
    """One promise, and whether it was kept."""

    row: tuple[str, ...]
    present: bool
    doubled: bool
    #: what is not as promised; empty: nothing
    amiss: str = ""


def judge(world: World, company: Company, cast: Sequence[Part], paint: Paint) -> bool:
    """Print who stands where, read from the simulators; return whether every promise was kept."""
    promised = [_promise(world, company, part, job) for part in cast for job in part.jobs]
    waiting = [_wait(world, company, part) for part in cast if not part.jobs]
    say(paint("Who stands in Pinpoint, as Pinpoint has it", bold=True))
    _print([v.row for v in promised], ("person", "job", "application", "stage", "CV", "cord was told"), paint)
    say(paint("Who does not, and why", bold=True))
    for name, positions, reason, moved_by in (v.row for v in waiting):
        say(f"  {name}, {positions}: {reason}")
        say(f"    {moved_by}")
    say()
    amiss = [f"{v.row[0]}: {v.amiss}" for v in (*promised, *waiting) if v.amiss] + _strangers(world, cast)
    for line in amiss:
        say(paint(f"not as promised: {line}", "red"))
    present, doubled = sum(v.present for v in promised), sum(v.doubled for v in promised)
    well = not amiss and present == len(promised) and not doubled
    calls = [call for call in world.calls_to("pinpoint") if call.method == "POST"]
    cut = sum(call.status is None for call in calls)
    new = sum((a.reference or "").startswith("cord:") for a in world.pinpoint.applications)
    say(paint(f"{present} of {len(promised)} present, {doubled} doubled", "green" if well else "red", bold=True))
    say(
        f"Pinpoint was asked {many(len(calls), 'time')} to create {many(new, 'new application')}; "
        f"{many(cut, 'answer')} never came back, and what had become of it was looked up"
    )
    return well and len(calls) == new


def _promise(world: World, company: Company, part: Part, job_id: str) -> Verdict:
    """Compare one person's place on one job with what was promised."""
    found = [a for a in world.pinpoint.applications if a.job_id == job_id and _is_of(a, part)]
    title = str(world.pinpoint.jobs[job_id].attributes["title"])
    if not found:
        return Verdict((part.name, f"{job_id} {title}", "none", "", "", ""), False, False, "is not there")
    application = found[0]
    applied = world.pinpoint.jobs[job_id].applied_stage
    in_applied = applied is not None and application.stage_id == applied.id
    received = application.cv_file.content if application.cv_file else None
    told = sorted({str(d["outcome"]) for d in world.cord.deliveries if d["start_id"] in _starts(company, part, job_id)})
    amiss = []
    if len(found) > 1:
        amiss.append(f"is there {len(found)} times")
    if not in_applied:
        amiss.append("is not in the Applied stage")
    if received != part.cv:
        amiss.append("the CV is not the one that cord holds")
    if not _said(company, part):
        amiss.append(f"the history does not say {part.noted}")
    size = f"{len(received):,} bytes, as cord has it" if received and received == part.cv else "none"
    stage = "Applied" if in_applied else "elsewhere"
    row = (part.name, f"{job_id} {title}", application.id, stage, size, ", ".join(told) or "nothing")
    return Verdict(row, True, len(found) > 1, ", ".join(amiss))


def _wait(world: World, company: Company, part: Part) -> Verdict:
    """Compare the reason that the ledger gives for somebody's wait with the one that is true."""
    from connector.domain.reasons import advice, words

    reasons = sorted({item.reason for item in _items(company, part)})
    amiss = "" if reasons == [part.waits_for] else f"waits for {', '.join(reasons) or 'nothing'}"
    if any(_is_of(application, part) for application in world.pinpoint.applications):
        amiss = "is in Pinpoint all the same"
    code = reasons[0] if reasons else ""
    return Verdict((part.name, ", ".join(part.positions), words(code), advice(code)), not amiss, False, amiss)


def _strangers(world: World, cast: Sequence[Part]) -> list[str]:
    """Return applications that nobody was promised."""
    promised = {(part.email.casefold(), job) for part in cast for job in part.jobs}
    return [
        f"application {a.id} on job {a.job_id} belongs to nobody"
        for a in world.pinpoint.applications
        if (_email(a), a.job_id) not in promised
    ]


def _is_of(application: Application, part: Part) -> bool:
    return _email(application) == part.email.casefold()


def _email(application: Application) -> str:
    return str(application.attributes.get("email", "")).casefold()


def _items(company: Company, part: Part) -> list[Item]:
    items = [item for start in part.starts for item in company.actions.of_start(company.name, start)]
    return [item for item in items if item.kind.value == "application"]


def _starts(company: Company, part: Part, job_id: str) -> set[str]:
    return {item.start_id for item in _items(company, part) if item.job_id == job_id}


def _said(company: Company, part: Part) -> bool:
    """Tell whether the ledger gives the reason or the note that is true of the person."""
    return all(part.noted in (item.reason, *item.note.split(",")) for item in _items(company, part))


def _print(rows: Sequence[tuple[str, ...]], headers: tuple[str, ...], paint: Paint) -> None:
    first, *rest = table(headers, rows, indent=2)
    say(paint(first, "bright_black"))
    for line in rest:
        say(line)
    say()
