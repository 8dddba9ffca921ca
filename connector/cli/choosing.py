"""`connector link` without arguments: the person at the terminal confirms pairs, or chooses from both lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from connector.cli import exits
from connector.cli.asking import ask, chosen
from connector.cli.opening import Work
from connector.cli.output import note, table

if TYPE_CHECKING:
    from connector.config.mapping import Mapping
    from connector.domain.model import Job, Position
    from connector.flows.company import Company
    from connector.flows.links import Ends

#: rows of a list at a time; a word narrows it down
_SHOWN = 15


def choose_company(work: Work) -> tuple[Mapping, Company]:
    """Return the only company, or the one that is asked for."""
    pairs = list(zip(work.mappings, work.companies, strict=True))
    if len(pairs) == 1:
        return pairs[0]
    for number, (mapping, _) in enumerate(pairs, 1):
        note(f"{number:3}  {mapping.company}")
    picked = chosen(ask("Which company?"), len(pairs))
    if not picked:
        raise typer.Exit(exits.USAGE)
    return pairs[picked[0]]


def unlinked_positions(company: Company, ends: Ends) -> dict[str, Position]:
    """Return the open positions that lead nowhere."""
    from connector.rules.links import all_links

    links = all_links(company.file_links, ends.positions.values() if company.follow_source_links else ())
    return {id_: p for id_, p in ends.positions.items() if id_ not in links and p.status == "open"}


def likely_pairs(company: Company, ends: Ends) -> list[tuple[str, str, float]]:
    """Return (position, job, likeness) for each open position without a link that has a likely open job."""
    from connector.rules.titles import proposals

    positions = {id_: position.title for id_, position in unlinked_positions(company, ends).items()}
    return [(p.position_id, p.job_id, p.likeness) for p in proposals(positions, _open_titles(ends))]


def show_pairs(ends: Ends, pairs: list[tuple[str, str, float]]) -> list[str]:
    """Return the lines of a table of proposals, numbered from 1."""
    rows = [
        (str(number), position, ends.positions[position].title, "->", job, ends.jobs[job].title, f"{alike:.0%}")
        for number, (position, job, alike) in enumerate(pairs, 1)
    ]
    return table(("", "position", "title", "", "job", "title", "alike"), rows)


def choose_pairs(company: Company, ends: Ends, job: str | None = None) -> list[tuple[str, str]]:
    """Ask which positions to link to which jobs; returns nothing if the person wants none."""
    pairs = likely_pairs(company, ends) if job is None else []
    if pairs:
        note("Open positions without a link, and the job whose title is most like theirs:")
        for line in show_pairs(ends, pairs):
            note(line)
        answer = ask("Link all of these? [y = all, 1,3 = only those, Enter = choose one by one]")
        if answer.lower() in ("y", "yes", "all"):
            return [(position, job_id) for position, job_id, _ in pairs]
        picked = chosen(answer, len(pairs))
        if picked:
            return [pairs[index][:2] for index in picked]
    loose = unlinked_positions(company, ends)
    position = _choose_position(loose or ends.positions)
    if position is None:
        return []
    job = job or _choose_job(ends, ends.positions[position])
    return [(position, job)] if job else []


def choose_job(ends: Ends, position: str) -> str | None:
    """Ask which job a position is to be linked to."""
    known = ends.positions.get(position)
    return _choose_job(ends, known) if known else None


def _choose_position(positions: dict[str, Position]) -> str | None:
    ids = sorted(positions, key=lambda id_: (positions[id_].title.casefold(), id_))
    return _choose("Which position?", ids, {id_: positions[id_].title for id_ in ids})


def _choose_job(ends: Ends, position: Position) -> str | None:
    from connector.rules.titles import ranked

    titles = _open_titles(ends)
    return _choose(
        f"Which job for {position.id} {position.title}?", [j for j, _ in ranked(position.title, titles)], titles
    )


def _choose(question: str, ids: list[str], titles: dict[str, str]) -> str | None:
    """Show a list and take a number, an id, or a word that narrows the list down; an empty answer ends it."""
    left = ids
    while True:
        for line in table(("", "id", "title"), [(str(n), i, titles[i]) for n, i in enumerate(left[:_SHOWN], 1)])[1:]:
            note(line)
        if len(left) > _SHOWN:
            note(f"and {len(left) - _SHOWN} more")
        answer = ask(f"{question} [number, id, a word to search, Enter = stop]")
        if not answer:
            return None
        if answer in titles:
            return answer
        picked = chosen(answer, min(len(left), _SHOWN))
        if picked:
            return left[picked[0]]
        left = [id_ for id_ in ids if answer.casefold() in titles[id_].casefold()] or ids
        if left is ids:
            note(f"nothing holds {answer}")


def _open_titles(ends: Ends) -> dict[str, str]:
    return {id_: job.title for id_, job in _open_jobs(ends).items()}


def _open_jobs(ends: Ends) -> dict[str, Job]:
    return {id_: job for id_, job in ends.jobs.items() if job.is_open}
