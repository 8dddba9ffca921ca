"""What ought to stand in the ATS against what does: present, missing, doubled, drifted, or deleted by a recruiter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connector.domain.actions import Item, State
from connector.domain.model import Application, Link
from connector.rules.applications import Forwarding, reference_of, triage
from connector.rules.people import mask_address

#: what is found beside the reasons that the ledger gives, in an administrator's words
FINDINGS = {
    "not_in_ledger": "the conversation has started, and the ledger does not know it",
    "doubled_by_hand": "the person stands on the job more than once; the others were added in Pinpoint",
    "doubled_by_us": "more than one of the person's applications carries our reference",
    "wrong_job": "the application stands on another job",
    "cv_gone": "Pinpoint shows no CV although one was sent",
}
#: waits for somebody to ask: nobody is owed an application
_NOT_OWED = ("before_start", "waiting_for_manual_send")
#: an application was tried for, whatever the links are like by now
_TRIED = (State.DONE, State.ATTEMPTING, State.UNKNOWN)
_WITHOUT_CV = {"cv_missing", "cv_unfit"}


@dataclass(frozen=True, slots=True)
class Owed:
    """A start that ought to have its application on a job."""

    key: str
    start_id: str
    candidate_id: str
    position_id: str
    job_id: str
    #: keyed hash; None: not known
    person: str | None
    #: None: the ledger does not know the start
    state: State | None
    reason: str
    remote_id: str | None
    #: the application went with a CV
    with_cv: bool
    #: of the ledger
    item_id: int | None


@dataclass(frozen=True)
class Entry:
    """One thing to look at."""

    key: str
    start: str
    position: str
    job: str
    #: a masked address, or the id at the source
    person: str
    reason: str


#: starts of one person that share one application
Group = Sequence[Owed]


@dataclass
class Compared:
    """What a comparison came to."""

    present: int = 0
    missing: list[Entry] = field(default_factory=list)
    doubled: list[Entry] = field(default_factory=list)
    drifted: list[Entry] = field(default_factory=list)
    deleted: int = 0
    #: starts that the ledger does not know and whose application is there
    unrecorded: list[Owed] = field(default_factory=list)
    #: starts behind `missing`
    behind: list[Owed] = field(default_factory=list)


def owed_by(item: Item, link: Link | None, forwarding: Forwarding, *, known: bool = True) -> Owed | None:
    """Return what a start is owed; None: nothing, as it was closed, leads nowhere, or waits for somebody to ask.

    `known`: the ledger knows it.
    """
    tried = item.state in _TRIED
    job_id = item.job_id if tried and item.job_id else link.job_id if link else None
    if job_id is None or item.state is State.CLOSED or (item.state is State.PARKED and item.reason in _NOT_OWED):
        return None
    decision = triage(item, link, None, forwarding)
    if not tried and decision is not None and decision.reason != "job_gone":
        return None
    return Owed(
        item.shown_key,
        item.start_id,
        item.candidate_id,
        item.position_id,
        job_id,
        item.person,
        item.state if known else None,
        item.reason if known else "not_in_ledger",
        item.remote_id,
        item.state is State.DONE and item.reason == "sent" and _WITHOUT_CV.isdisjoint(item.note.split(",")),
        item.id if known else None,
    )


def grouped(owed: Sequence[Owed]) -> list[Group]:
    """Put together the starts that share one application: those of one person on one job."""
    groups: dict[str, list[Owed]] = {}
    for each in owed:
        groups.setdefault(each.person or each.start_id, []).append(each)
    return list(groups.values())


def compare(
    groups: Sequence[Group], rows: Sequence[tuple[Application, str | None]], source: str, into: Compared
) -> list[Group]:
    """Compare what is owed on a job with the job's applications, each with its person where that can be known.

    Our reference tells first, then the person. Returns the groups for which nothing is there.
    """
    by_reference: dict[str | None, list[Application]] = {}
    by_person: dict[str | None, list[Application]] = {}
    by_id = {row.id: row for row, _ in rows}
    for row, person in rows:
        by_reference.setdefault(row.reference, []).append(row)
        by_person.setdefault(person, []).append(row)
    absent = []
    for group in groups:
        found: dict[str, Application] = {}
        for each in group:
            hits = list(by_reference.get(reference_of(source, each.start_id), ()))
            hits += by_person.get(each.person, ()) if each.person else ()
            hits += [by_id[each.remote_id]] if each.remote_id in by_id else []
            found |= {row.id: row for row in hits}
        if found:
            judge(group, list(found.values()), source, into)
        else:
            absent.append(group)
    return absent


def judge(group: Group, found: Sequence[Application], source: str, into: Compared) -> None:
    """Judge what is there for a group. What a recruiter has moved to another stage is as it should be."""
    into.present += 1
    into.unrecorded += [each for each in group if each.state is None]
    lead = _lead(group)
    address = next((row.email for row in found if row.email), None)
    if len(found) > 1:
        marked = sum((row.reference or "").startswith(f"{source}:") for row in found)
        into.doubled.append(entry(lead, "doubled_by_us" if marked > 1 else "doubled_by_hand", address))
    if all(row.job_id != lead.job_id for row in found):
        into.drifted.append(entry(lead, "wrong_job", address))
    references = {reference_of(source, each.start_id) for each in group if each.with_cv}
    ours = [row for row in found if row.reference in references]
    if ours and all(row.has_cv is False for row in ours):
        into.drifted.append(entry(lead, "cv_gone", address))


def settle_absent(group: Group, elsewhere: Mapping[str, Sequence[Application]], source: str, into: Compared) -> None:
    """Judge a group for which nothing is on its job; `elsewhere`: what carries its references, wherever it stands."""
    found = {row.id: row for each in group for row in elsewhere.get(reference_of(source, each.start_id), ())}
    if found:
        judge(group, list(found.values()), source, into)
    elif any(each.state is State.DONE for each in group):
        # it was there and was read back: somebody took it away on purpose
        into.deleted += 1
    else:
        lead = _lead(group)
        into.missing.append(entry(lead, lead.reason))
        into.behind += group


def entry(owed: Owed, reason: str, address: str | None = None) -> Entry:
    """Return one thing to look at, without contact details."""
    person = mask_address(address) if address else owed.candidate_id
    return Entry(owed.key, owed.start_id, owed.position_id, owed.job_id, person, reason)


def _lead(group: Group) -> Owed:
    """Return the start that speaks for a group: the one that the application was made from, else the first."""
    return next((each for each in group if each.state is State.DONE and each.reason == "sent"), group[0])
