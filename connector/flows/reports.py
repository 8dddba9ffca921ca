"""What follows from an application: the source is told, and what is new about a known person is added."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain import errors
from connector.domain.actions import Change, Item, Kind, State, Tally
from connector.flows.changes import failed
from connector.flows.company import Company
from connector.flows.facts import known_lists
from connector.flows.gathering import gather
from connector.flows.links import tell_again
from connector.flows.pauses import end_pause, may_call, strike
from connector.flows.perform import add_details, send_reports
from connector.rules.applications import Decision

_BATCH = 50


def catch_up(company: Company, tally: Tally) -> None:
    """Send the reports and links and add the details that are due. Twice is safe; what fails waits in the ledger."""
    try:
        _report(company, tally)
        _detail(company)
        tell_again(company)
    except errors.Busy:
        return


def report_now(company: Company, start_ids: Sequence[str]) -> None:
    """Send the reports about these starts. The caller holds the company's lock."""
    if not may_call(company, company.source):
        return
    items = company.actions.of_starts(company.name, start_ids)
    due = [item for item in items if item.kind is Kind.REPORT and item.due_at is not None]
    if due:
        send_reports(company, _newest(company, due))


def _report(company: Company, tally: Tally) -> None:
    while not company.stop.is_set() and may_call(company, company.source):
        with company.locks.hold(company.name, company.lock_wait_s):
            due = company.actions.due(company.name, Kind.REPORT, company.clock.now(), _BATCH)
            if not due:
                return
            told, trouble = send_reports(company, _newest(company, due))
            tally.reported += told
            if trouble:
                return
            end_pause(company, company.source)


def _newest(company: Company, due: Sequence[Item]) -> list[Item]:
    """Return the reports that are still news; those with a newer one about the same start are closed.

    The source shows what arrived last: an old report that failed and is sent again would hide the new one.
    """
    about = company.actions.of_starts(company.name, {item.start_id for item in due})
    # in the order of their ids: the last one stays
    latest = {item.start_id: item.id for item in about if item.kind is Kind.REPORT}
    old = [item for item in due if item.id < latest[item.start_id]]
    company.actions.move([Change(item, State.CLOSED, "overtaken", item.note) for item in old])
    return [item for item in due if item.id == latest[item.start_id]]


def _detail(company: Company) -> None:
    while not company.stop.is_set() and may_call(company, company.source) and may_call(company, company.ats):
        with company.locks.hold(company.name, company.lock_wait_s):
            due = company.actions.due(company.name, Kind.DETAILS, company.clock.now(), _BATCH)
            if not due:
                return
            wanted, trouble = _compare(company, due)
            trouble = add_details(company, wanted) or trouble
            if trouble:
                return


def _compare(
    company: Company, items: Sequence[Item]
) -> tuple[list[tuple[Item, Decision]], errors.PlatformError | None]:
    """Ask both sides again what is known: nothing personal was stored that could be used instead."""
    found = gather(company, items, known_lists(company))
    changes = [failed(company, item, error) for item, error in found.failed]
    wanted = []
    for prospect in found.prospects:
        if prospect.decision.existing is not None and prospect.decision.existing.id == prospect.item.remote_id:
            wanted.append((prospect.item, prospect.decision))
        else:
            # it moved on meanwhile: the application is gone, or the position leads elsewhere
            changes.append(Change(prospect.item, State.CLOSED, "already_there"))
    company.actions.move(changes)
    if found.trouble:
        strike(company, *found.trouble)
    return wanted, found.trouble[1] if found.trouble else None
