"""What `link`, `unlink` and `import-job` share: the change of the file, who moves, the source told, and the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from connector.cli import exits
from connector.cli.asking import go_on
from connector.cli.opening import Work
from connector.cli.output import Paint, many, note, say

if TYPE_CHECKING:
    from pathlib import Path

    from connector.config.editing import Edit
    from connector.config.links import FileLink
    from connector.config.mapping import Mapping
    from connector.domain.actions import Change
    from connector.domain.model import Position
    from connector.flows.company import Company
    from connector.flows.links import Ends, Release

#: people shown one by one
_SHOWN = 10


@dataclass
class Linking:
    """A change of links on its way: foreseen, then done."""

    company: Company
    ends: Ends
    edit: Edit
    #: what is linked; empty: `gone` are unlinked
    links: Sequence[FileLink]
    gone: Sequence[str]
    #: `linked`, `imported` or `unlinked`
    origin: str
    release: Release
    #: worth knowing beforehand
    notes: list[str] = field(default_factory=list)
    backup: Path | None = None
    #: what became of telling the source, by position
    told: dict[str, Change] = field(default_factory=dict)


def foresee_links(
    mapping: Mapping, company: Company, ends: Ends, links: Sequence[FileLink], origin: str = "linked"
) -> Linking:
    """Check both ends of each link and the change of the file; writes nothing. Raises NoSuchEnd, ConfigProblems."""
    from connector.config.editing import plan_edit
    from connector.domain.model import Link
    from connector.flows.links import check_ends, who_moves, with_file_links

    notes = [text for link in links for text in check_ends(company, ends, link.position, link.job)]
    edit = plan_edit(_file(mapping), links)
    switches = {entry.position: entry.automatic for entry in edit.mapping.positions}
    made = [Link(link.position, link.job, "file", switches[link.position]) for link in links]
    release = who_moves(with_file_links(company, made), ends, [link.position for link in links])
    for link in links:
        before = next((known for known in company.file_links if known.position_id == link.position), None)
        if before is not None and before.job_id != link.job:
            notes.append(f"{link.position} was linked to job {before.job_id}; who was sent there stays there")
    return Linking(company, ends, edit, links, (), origin, release, notes)


def foresee_unlink(mapping: Mapping, company: Company, ends: Ends, position: str) -> Linking:
    """Check what is to be taken away; writes nothing. Raises NoSuchEnd where there is no link, ConfigProblems."""
    from connector.config.editing import plan_edit
    from connector.flows.links import NoSuchEnd, who_moves, with_file_links

    in_file = any(entry.position == position for entry in mapping.positions)
    known = ends.positions.get(position)
    if not in_file and (known is None or known.linked_job is None):
        raise NoSuchEnd(f"{position}: not linked, neither in the mapping file nor at {company.source.platform}")
    edit = plan_edit(_file(mapping), unlinked=[position] if in_file else [])
    release = who_moves(with_file_links(company, (), [position]), _without(ends, position), [position])
    return Linking(company, ends, edit, (), (position,), "unlinked", release)


def _without(ends: Ends, position: str) -> Ends:
    """Return both sides as they are once the source has been told."""
    from dataclasses import replace

    positions = {id_: replace(p, linked_job=None) if id_ == position else p for id_, p in ends.positions.items()}
    return replace(ends, positions=positions)


def to_be_told(linking: Linking) -> list[tuple[Position, str | None]]:
    """Return the positions, with their jobs, whose link the source does not show as it is to be."""
    pairs = [*((link.position, link.job) for link in linking.links), *((position, None) for position in linking.gone)]
    known = [(linking.ends.positions.get(position), job) for position, job in pairs]
    # an imported link may stand there as a linked one: that does not show
    anyway = linking.origin == "imported"
    return [(position, job) for position, job in known if position and (anyway or position.linked_job != job)]


def carry_out(linking: Linking) -> None:
    """Write the file, then tell the source. Twice is safe."""
    from connector.config.editing import write_edit
    from connector.flows.links import tell_source

    linking.backup = write_edit(linking.edit)
    for position, job in to_be_told(linking):
        linking.told[position.id] = tell_source(linking.company, position, job, linking.origin)


def allowed(linking: Linking, yes: bool) -> None:
    """Ask before many people are sent. Raises Exit with 2 if the answer is no."""
    number, limit = linking.release.sent, linking.company.max_new_per_run
    if number > limit and not go_on(f"{number} people will be sent. Go on?", yes=yes):
        note(
            f"{many(number, 'person', 'people')} would be sent, more than max_new_per_run ({limit}): nothing is written"
        )
        raise typer.Exit(exits.USAGE)


def as_document(linking: Linking, *, planned: bool) -> dict[str, Any]:
    """Return what `--json` shows."""
    pairs = [*((link.position, link.job) for link in linking.links), *((position, None) for position in linking.gone)]
    told = linking.told
    return {
        "company": linking.company.name,
        "planned": planned,
        "file": str(linking.edit.file),
        "lines": linking.edit.lines(),
        "backup": str(linking.backup) if linking.backup else None,
        "links": [
            {
                "position": position,
                "job": job,
                "origin": linking.origin,
                "source": {"state": told[position].state.value, "reason": told[position].reason}
                if position in told
                else None,
            }
            for position, job in pairs
        ],
        "people": {
            "moving": linking.release.number,
            "sent": linking.release.sent,
            "groups": [{"state": s, "reason": r, "number": n} for s, r, n in linking.release.groups],
            "first": [
                {"person": a.person, "position": a.position, "job": a.job, "state": a.state.value, "reason": a.reason}
                for a in linking.release.people.actions
            ],
        },
        "notes": linking.notes,
    }


def show(linking: Linking, paint: Paint, *, planned: bool) -> None:
    """Print the change, what became of it at the source, and who moves."""
    lines = linking.edit.lines()
    would = "would be " if planned else ""
    say(f"{linking.edit.file}: {would}{'changed' if lines else 'left as it is: it says so already'}")
    for line in lines:
        say(f"    {paint(line, 'green' if line.startswith('+') else 'red')}")
    if linking.backup:
        say(f"    as it was before: {linking.backup}")
    source = linking.company.source.platform
    for known, _ in to_be_told(linking) if planned else ():
        say(f"{source}: {known.id}: would be told")
    for position, change in linking.told.items():
        say(f"{source}: {position}: {_told(change.state.value, change.reason, linking.origin)}")
    for text in linking.notes:
        note(text)
    _show_people(linking, planned)


def _told(state: str, reason: str, origin: str) -> str:
    from connector.domain.reasons import words

    if state == "done":
        return "told that it is not linked any more" if origin == "unlinked" else f"told that it is {origin}"
    if origin == "unlinked":
        return f"not told ({words(reason)}): take the link away there too, or it is followed again"
    if reason == "job_not_listed":
        return "not told yet: the job is not in its drop-down; it is told once it is, and the file's link works already"
    return f"not told ({words(reason)}); the file's link works all the same"


def _show_people(linking: Linking, planned: bool) -> None:
    from connector.domain.reasons import advice, words

    release = linking.release
    if linking.gone:
        say("whoever starts there from now on waits until the position is linked again")
    if not release.number:
        if not linking.gone:
            say("nobody waits for it: whoever starts from now on is sent")
        return
    for state, reason, number in release.groups:
        people = many(number, "person", "people")
        if state == "planned":
            say(f"{people} who waited will now be sent{' (with the next run)' if not planned else ''}:")
            actions = release.people.actions[:_SHOWN]
            for action in actions:
                say(f"    {action.person}: {_becomes(action.state.value, action.reason)}")
            if number > len(actions):
                say(f"    and {number - len(actions)} more")
        else:
            say(f"{people} who waited will wait on: {words(reason)} ({reason}); {advice(reason)}")
    for problem in release.people.problems:
        note(f"may be incomplete: {problem}")


def _becomes(state: str, reason: str) -> str:
    from connector.domain.reasons import words

    return "will be sent" if reason == "sent" else f"{state}: {words(reason)}"


def _file(mapping: Mapping) -> Path:
    assert mapping.file is not None
    return mapping.file


def find_company(work: Work, position: str) -> tuple[Mapping, Company, Ends]:
    """Return the company that has the position, by its file or at its source; the only one if there is only one."""
    from connector.flows.links import NoSuchEnd, look_at_both

    pairs = list(zip(work.mappings, work.companies, strict=True))
    if len(pairs) == 1:
        return *pairs[0], look_at_both(pairs[0][1])
    found = []
    for mapping, company in pairs:
        ends = look_at_both(company)
        if position in ends.positions or any(entry.position == position for entry in mapping.positions):
            found.append((mapping, company, ends))
    if not found:
        raise NoSuchEnd(f"{position}: no company has such a position; `connector positions` lists them")
    if len(found) > 1:
        names = ", ".join(company.name for _, company, _ in found)
        raise NoSuchEnd(f"{position}: several companies have such a position ({names}); name one with --company")
    return found[0]
