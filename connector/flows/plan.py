"""What `sync` would do, in people: the same reading and deciding, and nothing written anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain import errors
from connector.domain.actions import Item, Kind, State
from connector.domain.model import ConversationStart, Priority
from connector.flows.company import Company
from connector.flows.creating import claim_key
from connector.flows.facts import Lists, refresh_lists
from connector.flows.feed import first_reading
from connector.flows.gathering import Prospect, gather
from connector.flows.overlay import Overlay
from connector.rules.applications import Decision, reference_of, with_cv
from connector.rules.cvs import judge_cv
from connector.rules.failures import after_error
from connector.rules.links import is_released
from connector.rules.people import mask_address

#: how many due rows are read at a time
_PAGE = 100_000


@dataclass(frozen=True)
class PlannedAction:
    """One line of the plan: where a start will stand after the next run."""

    key: str
    kind: Kind
    #: the person for a reader: a masked address, or the source's id where none is known
    person: str
    position: str
    job: str | None
    state: State
    reason: str
    note: str = ""


@dataclass
class Plan:
    """What the next run would do for a company."""

    company: str
    actions: list[PlannedAction] = field(default_factory=list)
    #: calls that the run would spend on forwarding
    ats_calls: int = 0
    source_calls: int = 0
    #: why the plan may be incomplete
    problems: list[str] = field(default_factory=list)
    #: the failures among them
    faults: list[errors.PlatformError] = field(default_factory=list)
    #: reasons of the pauses that the run would meet
    paused: list[str] = field(default_factory=list)

    def failed(self, error: errors.PlatformError) -> None:
        """Note a failure; the same words once."""
        if str(error) not in self.problems:
            self.problems.append(str(error))
        self.faults.append(error)


def make_plan(company: Company, *, yes: bool = False) -> Plan:
    """Foresee the next run. Spends reads only; what it learns is forgotten again."""
    plan = Plan(company.name)
    company = replace(company, memory=Overlay(company.memory))
    since, fresh = _new_starts(company, plan)
    if since is not None:
        company = replace(company, forwarding=replace(company.forwarding, since=since))
    else:
        company = company.pinned()
    lists = refresh_lists(company)
    plan.ats_calls += 1
    due = _due(company, lists, fresh)
    due = _settled(company, due, plan)
    _, _, confirmed = company.feed.cursor(company.name)
    room = None if yes else company.max_new_per_run
    claims: dict[str, str] = {}
    while due:
        if room is not None and room <= 0:
            _held_back(company, [i for i in due if i.asked is None], confirmed, plan)
            due = [i for i in due if i.asked is not None]
            room = None
            continue
        batch, due = due[: company.batch_size], due[company.batch_size :]
        used, held = foresee(company, batch, lists, room, claims, plan)
        room = None if room is None else room - used
        due = held + due
    pauses = [company.memory.pause(company.name, account.platform) for account in (company.source, company.ats)]
    plan.paused = [pause.reason for pause in pauses if pause]
    plan.problems += [p.what for p in pauses if p and not any(p.what in known for known in plan.problems)]
    return plan


def plan_send(company: Company, starts: Sequence[ConversationStart], job: str | None = None) -> Plan:
    """Foresee sending these starts by hand. Spends reads only; what it learns is forgotten again."""
    plan = Plan(company.name)
    company = replace(company, memory=Overlay(company.memory)).pinned()
    lists = refresh_lists(company)
    asked = []
    for number, start in enumerate(starts, 1):
        known = [i for i in company.actions.of_start(company.name, start.id) if i.kind is Kind.APPLICATION]
        item = known[0] if known else item_of(company, start, -number)
        if item.state is State.DONE:
            plan.actions.append(_line(item, item.state, item.reason, item.job_id, item.candidate_id, item.note))
            continue
        asked.append(replace(_as_new(item), asked="send", job_override=job, priority=Priority.MANUAL))
    if asked:
        foresee(company, asked, lists, None, {}, plan)
    return plan


def _new_starts(company: Company, plan: Plan) -> tuple[datetime | None, list[ConversationStart]]:
    """Read the feed behind the cursor without recording it."""
    cursor, pinned, _ = company.feed.cursor(company.name)
    since: datetime | None = None
    starts: dict[str, ConversationStart] = {}
    try:
        if cursor is None and pinned is None:
            cursor, since, _ = first_reading(company)
        while True:
            page = company.source.conversation_starts(cursor)
            plan.source_calls += 1
            for start in page.starts:
                earlier = starts.get(start.id)
                manual = start.manual or (earlier is not None and earlier.manual)
                automatic = earlier.automatic if earlier else start.automatic
                starts[start.id] = replace(start, manual=manual, automatic=automatic)
            plan.problems += [f"a row of the feed cannot be read ({row.id}): {row.what}" for row in page.bad]
            if not page.has_more or page.next_cursor == cursor:
                break
            cursor = page.next_cursor
    except errors.PlatformError as error:
        plan.failed(error)
    return since, list(starts.values())


def _due(company: Company, lists: Lists, fresh: Sequence[ConversationStart]) -> list[Item]:
    """Return what the run would take up: what is due, what is released, what is new; most urgent first."""
    known = company.actions.due(company.name, Kind.APPLICATION, company.clock.now(), _PAGE)
    ids = {item.id for item in known}
    for group in company.actions.waiting_groups(company.name):
        if is_released(group, lists.links, lists.jobs, lists.eased):
            waiting = company.actions.in_states(company.name, [group.state], _PAGE)
            starts = [i for i in waiting if i.kind is Kind.APPLICATION and i.reason == group.reason]
            known += [_as_new(i) for i in starts if i.id not in ids and _fits(i, group)]
            ids = {item.id for item in known}
    for number, start in enumerate(fresh, 1):
        there = [i for i in company.actions.of_start(company.name, start.id) if i.kind is Kind.APPLICATION]
        if not there:
            known.append(item_of(company, start, -number))
        elif start.manual and there[0].state not in (State.DONE, State.CLOSED) and there[0].id not in ids:
            known.append(replace(_as_new(there[0]), asked="source", priority=Priority.MANUAL))
    return sorted(known, key=lambda item: item.priority)


def _fits(item: Item, group: object) -> bool:
    return all(getattr(item, name) == getattr(group, name) for name in ("position_id", "job_id", "job_override"))


def _as_new(item: Item) -> Item:
    return replace(item, state=State.PLANNED, reason="released", attempts=0)


def item_of(company: Company, start: ConversationStart, number: int) -> Item:
    return Item(
        id=number,
        company=company.name,
        key=f"{company.name}:{Kind.APPLICATION}:{start.id}",
        kind=Kind.APPLICATION,
        state=State.PLANNED,
        reason="recorded",
        note="",
        start_id=start.id,
        conversation_id=start.conversation_id,
        candidate_id=start.candidate_id,
        position_id=start.position_id,
        position_title=start.position_title,
        linked_job=start.linked_job,
        started_at=start.started_at,
        automatic=start.automatic,
        asked="source" if start.manual else None,
        job_override=None,
        job_id=None,
        person=None,
        claim=None,
        remote_id=None,
        attempts=0,
        priority=Priority.MANUAL if start.manual else Priority.NEW,
        due_at=company.clock.now(),
        doubt_at=None,
    )


def _settled(company: Company, due: list[Item], plan: Plan) -> list[Item]:
    """Foresee what the look-up of doubtful attempts will say."""
    doubtful = [i for i in due if i.state in (State.UNKNOWN, State.ATTEMPTING)]
    if not doubtful:
        return due
    references = {i.id: reference_of(company.forwarding.source, i.start_id) for i in doubtful}
    plan.ats_calls += 1
    try:
        rows = company.ats.applications_by_reference(list(references.values()))
    except errors.PlatformError as error:
        plan.failed(error)
        return [i for i in due if i not in doubtful]
    found = {i.id for i in doubtful if rows.get(references[i.id])}
    for item in doubtful:
        if item.id in found:
            plan.actions.append(_line(item, State.DONE, "sent", item.job_id, item.candidate_id))
    return [i for i in due if i.id not in found]


def foresee(
    company: Company,
    batch: Sequence[Item],
    lists: Lists,
    room: int | None,
    claims: dict[str, str],
    plan: Plan,
) -> tuple[int, list[Item]]:
    """Foresee a batch, into `plan`; returns how many the brake counts, and what it holds."""
    found = gather(company, batch, lists)
    for item, error in found.failed:
        verdict = after_error(error, item, company.clock.now())
        if verdict.state is not State.CLOSED:
            plan.failed(error)
        note = verdict.note or str(error)
        plan.actions.append(_line(item, verdict.state, verdict.reason, item.job_id, item.candidate_id, note))
    asked_about = [p for p in found.prospects if p.candidate is not None]
    looked_up = [p for p in asked_about if p.person is not None]
    plan.source_calls += len(asked_about)
    plan.ats_calls += 1 if looked_up else 0
    used, created, held = 0, 0, []
    for prospect in found.prospects:
        decision = prospect.decision
        if decision.state is State.PLANNED:
            if room is not None and prospect.item.asked is None and used >= room:
                held.append(prospect.item)
                continue
            used += prospect.item.asked is None
            decision = _sent(company, prospect, claims, plan)
            created += decision.reason == "sent"
        elif decision.state is State.ATTEMPTING:
            decision = replace(decision, state=State.DONE, reason="sent")
        plan.ats_calls += decision.details is not None
        _add(company, prospect, decision, plan)
    plan.ats_calls += created + (1 if created else 0)
    return used, held


def _sent(company: Company, prospect: Prospect, claims: dict[str, str], plan: Plan) -> Decision:
    """Foresee a create: the second start of a person for a job follows the first, a CV that is required is judged."""
    key = claim_key(company.name, prospect.person or "", prospect.decision.job_id or "")
    if claims.setdefault(key, prospect.item.key) != prospect.item.key:
        return replace(prospect.decision, state=State.DONE, reason="same_application")
    candidate, job = prospect.candidate, prospect.job
    if candidate is not None and candidate.cv is not None:
        plan.source_calls += 1
        if job is not None and job.requires_cv:
            try:
                judged = judge_cv(company.source.cv(candidate.id, candidate.cv.filename))
            except errors.PlatformError as error:
                plan.failed(error)
                return prospect.decision
            decision = with_cv(prospect.decision, judged, job)
            if decision.state is State.PARKED:
                # the right is given up again: the person's next start may have a better file
                claims.pop(key)
                return decision
    return replace(prospect.decision, state=State.DONE, reason="sent")


def _add(company: Company, prospect: Prospect, decision: Decision, plan: Plan) -> None:
    candidate = prospect.candidate
    person = mask_address(candidate.email) if candidate and candidate.email else prospect.item.candidate_id
    note = decision.note or ",".join(decision.notes)
    line = _line(prospect.item, decision.state, decision.reason, decision.job_id, person, note)
    if decision.reason == "sent" and prospect.person and decision.job_id:
        # whoever gets the application is known by person and job from then on
        line = replace(line, key=claim_key(company.name, prospect.person, decision.job_id))
    plan.actions.append(line)
    plan.source_calls += decision.state is State.DONE


def _held_back(company: Company, items: Sequence[Item], confirmed: bool, plan: Plan) -> None:
    state, reason = (State.PLANNED, "recorded") if confirmed else (State.PARKED, "first_batch_too_large")
    plan.actions += [_line(item, state, reason, item.job_id, item.candidate_id) for item in items]


def _line(item: Item, state: State, reason: str, job: str | None, person: str, note: str = "") -> PlannedAction:
    return PlannedAction(item.key, item.kind, person, item.position_id, job, state, reason, note)


def by_reason(plan: Plan) -> Iterator[tuple[str, list[PlannedAction]]]:
    """Yield the plan's lines grouped by what will become of them, largest group first."""
    groups: dict[str, list[PlannedAction]] = {}
    for action in plan.actions:
        groups.setdefault(action.reason, []).append(action)
    yield from sorted(groups.items(), key=lambda pair: -len(pair[1]))
