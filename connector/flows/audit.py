"""What has started against what stands in the ATS: one filtered list a job, and nothing written to either platform.

What is missing is asked for again on request, and then goes the road of every start: looked up before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Item
from connector.domain.audits import AuditCounts
from connector.domain.model import Application, ConversationStart, Link, Priority
from connector.flows.applications import sync_applications
from connector.flows.backfill import OPEN, SOON_S
from connector.flows.company import Company, log, noted
from connector.flows.facts import Lists, refresh_lists
from connector.flows.feed import EVER, read_feed
from connector.flows.inquiry import next_due_s, retry
from connector.flows.plan import item_of
from connector.rules.applications import link_of, reference_of
from connector.rules.audit import Compared, Group, Owed, compare, grouped, owed_by, settle_absent
from connector.rules.people import normal_address

#: an audit a day
NIGHT_S = 86_400.0
#: a daemon that has just begun has other things to do
SETTLE_S = 600.0
#: an application, with its person's keyed hash where the address shows
Row = tuple[Application, str | None]
#: rows of the ledger at a time
_ROWS = 1000
#: people whom the ledger does not know and who are asked about, one call each, to tell whether they are there
_MOST_ASKED = 200
#: runs of a repair; the rest is left to the daemon
_RUNS = 50


@dataclass(frozen=True)
class Audit:
    """What an audit found."""

    company: str
    counts: AuditCounts
    compared: Compared
    #: those of the feed that the ledger does not know, by id, as far as they count or are there
    unknown: dict[str, ConversationStart]


def sync_audit(company: Company, began: datetime) -> Audit | None:
    """Audit if a day has passed since the last one; `began`: when this process did. None: it is not time yet.

    Nothing is audited before the first run of forwarding has come to its end: nothing would be there.
    """
    now = company.clock.now()
    last = company.memory.audit(company.name)
    forwarded, _, _ = company.memory.runs(company.name).get("applications", (None, None, None))
    due = last is None or now - last.at >= timedelta(seconds=NIGHT_S)
    if forwarded is None or not due or now - began < timedelta(seconds=SETTLE_S):
        return None
    # what has started since the last poll is not lost
    read_feed(company)
    return audit(company)


def audit(company: Company) -> Audit:
    """Compare. Spends reads only, at the lowest priority; keeps the numbers. Raises what the ports raise."""
    with noted(company, "audit"):
        found = _audit(company)
    numbers = {name: getattr(found.counts, name) for name in AuditCounts.__dataclass_fields__ if name != "at"}
    tell = log.info if found.counts.is_sound else log.warning
    tell("audit", action="audit", company=company.name, **numbers)
    company.memory.keep_audit(company.name, found.counts)
    return found


def repair(company: Company, found: Audit, wait: Callable[[float], bool]) -> int:
    """Ask again for what is missing, record what the ledger has lost, and forward; returns how many were asked for.

    Nobody is sent without the look-up that every start goes through, so what is there is found and not doubled. What
    a recruiter has deleted is not missing. `wait` sleeps and returns whether to stop. Raises what a run raises.
    """
    # whoever is new is recorded as such first
    read_feed(company)
    lost = list(found.unknown.values())
    if lost:
        company.feed.record(company.name, lost, asked="backfill")
    stuck = [each.item_id for each in found.compared.behind if each.item_id is not None and each.state not in OPEN]
    again = len(retry(company, stuck)) if stuck else 0
    for _ in range(_RUNS):
        sync_applications(company)
        counts = company.actions.counts(company.name)
        due_s = next_due_s(company)
        if company.stop.is_set() or not any(counts[state] for state in OPEN) or due_s is None or due_s > SOON_S:
            break
        if wait(max(due_s, 0.1)):
            break
    return again + sum(each.state is None for each in found.compared.behind)


def _audit(company: Company) -> Audit:
    began = company.clock.now()
    company = company.pinned()
    lists = refresh_lists(company)
    owed = [each for item in _ledger(company) if (each := _owed(company, item, lists)) is not None]
    unknown, early = _unknown(company, lists)
    per_job: dict[str, list[Owed]] = {}
    for each in (*owed, *(each for each, _ in unknown), *(each for each, _ in early)):
        per_job.setdefault(each.job_id, []).append(each)
    compared = _compare_jobs(company, per_job, {start.id: start.started_at for _, start in early})
    starts = {start.id: start for _, start in (*unknown, *early)}
    counted = {each.start_id for each in (*compared.unrecorded, *compared.behind) if each.state is None}
    counts = AuditCounts(
        began,
        compared.present + len(compared.missing),
        compared.present,
        len(compared.missing),
        len(compared.doubled),
        len(compared.drifted),
        compared.deleted,
        len(compared.unrecorded),
    )
    return Audit(company.name, counts, compared, {id_: starts[id_] for id_ in sorted(counted)})


def _ledger(company: Company) -> Iterator[Item]:
    after = 0
    while rows := company.actions.starts(company.name, after, _ROWS):
        yield from rows
        after = rows[-1].id


def _owed(company: Company, item: Item, lists: Lists, *, known: bool = True) -> Owed | None:
    """Return what a start is owed by the link that counts now, or else by the one that came with its row."""
    link = link_of(item, lists.links)
    if link is None and item.linked_job and company.follow_source_links:
        link = Link(item.position_id, item.linked_job, "source")
    return owed_by(item, link, company.forwarding, known=known)


#: what a start that the ledger does not know is owed, with the start
_Lost = list[tuple[Owed, ConversationStart]]


def _unknown(company: Company, lists: Lists) -> tuple[_Lost, _Lost]:
    """Walk through all that the source retains; return the starts that the ledger does not know.

    Those that count, and those from before the ledger begins, which count only if the ledger proves to have lost
    something. What is older than settled actions are kept may have been purged on purpose, and is left out.
    """
    began = company.feed.began(company.name) or _would_begin(company)
    oldest = company.clock.now() - timedelta(seconds=company.keep_settled_s)
    counting: dict[str, tuple[Owed, ConversationStart]] = {}
    early: dict[str, tuple[Owed, ConversationStart]] = {}
    for start in _walk(company, oldest):
        item = replace(item_of(company, start, -1), started_at=max(start.started_at, began))
        owed = _owed(company, item, lists, known=False)
        if owed is not None:
            (counting if start.started_at >= began else early)[start.id] = owed, start
    return list(counting.values()), list(early.values())


def _would_begin(company: Company) -> datetime:
    if isinstance(company.start, datetime):
        return company.start
    return company.clock.now() if company.start == "now" else EVER


def _walk(company: Company, oldest: datetime) -> Iterator[ConversationStart]:
    """Yield every start that the source retains and the ledger does not know. The daemon's cursor is not moved."""
    cursor: str | None = None
    while not company.stop.is_set():
        page = company.source.conversation_starts(cursor, Priority.AUDIT)
        ids = {start.id for start in page.starts}
        known = {item.start_id for item in company.actions.of_starts(company.name, ids)} if ids else set()
        yield from (start for start in page.starts if start.id not in known and start.started_at >= oldest)
        if not page.has_more or page.next_cursor == cursor:
            return
        cursor = page.next_cursor


def _compare_jobs(company: Company, per_job: Mapping[str, Sequence[Owed]], early: Mapping[str, datetime]) -> Compared:
    """Compare job after job, holding one job's applications at a time. `early`: when those started, by id."""
    source = company.forwarding.source
    compared = Compared()
    absent: list[Group] = []
    asked = 0
    for job_id in sorted(per_job):
        rows = [(row, _person(company, row)) for row in company.ats.applications_on(job_id, Priority.AUDIT)]
        left = compare(_remembered(company, grouped(per_job[job_id]), rows), rows, source, compared)
        strangers = [group for group in left if group[0].state is None and group[0].start_id not in early]
        chosen = strangers[: max(0, _MOST_ASKED - asked)]
        asked += len(chosen)
        names = {group[0].start_id for group in chosen}
        absent += [group for group in left if group[0].start_id not in names]
        absent += compare(list(_identified(company, chosen)), rows, source, compared)
    absent = _counting(company, absent, early, compared)
    for first in range(0, len(absent), company.batch_size):
        batch = absent[first : first + company.batch_size]
        references = [reference_of(source, each.start_id) for group in batch for each in group]
        elsewhere = company.ats.applications_by_reference(references, Priority.AUDIT)
        for group in batch:
            settle_absent(group, elsewhere, source, compared)
    return compared


def _counting(
    company: Company, absent: Sequence[Group], early: Mapping[str, datetime], compared: Compared
) -> list[Group]:
    """Leave out those from before the ledger begins, unless it proves to have lost something.

    With `start: now` a lost ledger begins anew at the tail: whoever started after the last one that was sent before
    counts all the same.
    """
    found = [early[each.start_id] for each in compared.unrecorded if each.start_id in early]
    since = max(found) if found and company.start == "now" else None
    return [
        group
        for group in absent
        if group[0].start_id not in early or (since is not None and early[group[0].start_id] >= since)
    ]


def _remembered(company: Company, groups: Sequence[Group], rows: Sequence[Row]) -> list[Group]:
    """Leave out people who were erased here on request: that the ledger does not know them is as it should be."""
    source = company.forwarding.source
    lost = {reference_of(source, group[0].start_id) for group in groups if group[0].state is None}
    people = {row.reference: person for row, person in rows if person and row.reference in lost}
    forgotten = company.privacy.forgotten(company.name, people.values()) if people else frozenset()
    return [group for group in groups if people.get(reference_of(source, group[0].start_id)) not in forgotten]


def _person(company: Company, row: Application) -> str | None:
    address = normal_address(row.email)
    return company.person_of(address) if address else None


def _identified(company: Company, groups: Iterable[Group]) -> Iterator[Group]:
    """Ask who it is that the ledger does not know; whoever was erased, here or at the source, is owed nothing."""
    for group in groups:
        try:
            address = normal_address(company.source.candidate(group[0].candidate_id, Priority.AUDIT).email)
        except (errors.CandidateErased, errors.NotThere):
            continue
        except (errors.Rejected, errors.WireError):
            yield group
            continue
        person = company.person_of(address) if address else None
        if person is None or not company.privacy.forgotten(company.name, [person]):
            yield [replace(each, person=person) for each in group]
