"""`connector status`: where things stand. Makes no call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from connector.cli.opening import at_work, open_database, read_settings
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, ago, print_json, say, table
from connector.cli.sms.lines import status_json, status_words

if TYPE_CHECKING:
    from connector.app import Stores
    from connector.cli.opening import Work
    from connector.domain.audits import AuditCounts
    from connector.domain.textwatch import TextFault
    from connector.flows.correspondence import TextStatus
    from connector.flows.inquiry import FlowStatus, Status

#: where messages stand, and what is amiss with them
Texts: TypeAlias = "tuple[TextStatus, list[TextFault]]"

STATES = ("done", "parked", "waiting", "attempting", "unknown", "quarantined")


def status(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Where things stand: people by state, how the flows fare, what is paused. Asks no platform."""
    from connector.config.problems import ConfigProblems
    from connector.flows.correspondence import text_status
    from connector.flows.inquiry import status as status_of

    options = Options(mappings, database, company, as_json, no_color, log_level)
    try:
        with at_work(options) as work:
            found = [status_of(each) for each in work.companies]
            known = {each.name: text_status(each) for each in work.companies}
            amiss = _amiss(work)
            texts = {name: (stand, amiss.get(name, [])) for name, stand in known.items() if stand}
            taken = _taken(work.stores)
    except ConfigProblems as problems:
        found, taken = _without_mappings(options)
        if found:
            _show(found, {}, taken, as_json, no_color)
        # printed beside the data; what is known of the companies does not depend on their files
        raise problems from None
    _show(found, texts, taken, as_json, no_color)


def _taken(stores: Stores) -> FlowStatus | None:
    """Return how it went when a daemon read the mappings last; None: none ever has."""
    from connector.cli.mappings import FLOW, NOBODY
    from connector.flows.inquiry import FlowStatus

    success, run, error = stores.memory.runs(NOBODY).get(FLOW, (None, None, None))
    return FlowStatus(FLOW, success, run, error, None) if run else None


def _amiss(work: Work) -> dict[str, list[TextFault]]:
    """Return what is amiss with each company's text messages: what the daemon's alerts tell of them."""
    from connector.rules.health import text_faults
    from connector.store.text_overview import TextOverview

    # nobody misses segments while texts are switched off
    limits = {m.company: m.sms.segment_balance if m.sms.enabled else None for m in work.mappings if m.sms}
    found: dict[str, list[TextFault]] = {}
    for fault in text_faults(TextOverview(work.stores.database).troubles(limits, datetime.now(UTC))):
        found.setdefault(fault.company, []).append(fault)
    return found


def _without_mappings(options: Options) -> tuple[list[Status], FlowStatus | None]:
    """Return what is known of the companies while their mappings are faulty."""
    from connector.cli.mappings import NOBODY
    from connector.flows.inquiry import standing
    from connector.store.overview import Overview

    stores = open_database(read_settings(options))
    try:
        overview = Overview(stores.database)
        known = {company for company, _ in overview.successes()} - {NOBODY}
        chosen = sorted(name for name in known if options.company in (None, name))
        pauses, now = overview.pauses(), datetime.now(UTC)
        return [
            standing(name, stores.actions, stores.memory, [p for p in pauses if p.company == name], now)
            for name in chosen
        ], _taken(stores)
    finally:
        stores.close()


def _show(
    found: list[Status], texts: Mapping[str, Texts], taken: FlowStatus | None, as_json: bool, no_color: bool
) -> None:
    if as_json:
        shown = {"mapping": _flow_as_json(taken)} if taken else {}
        print_json({**shown, "companies": [_as_json(each, texts.get(each.company)) for each in found]})
        return
    paint = Paint(no_color)
    _print(found, paint)
    for company, (known, amiss) in texts.items():
        colour = "yellow" if known.unmatched or known.quarantined or known.bad_callbacks else None
        say(paint(f"{company}: text messages: {status_words(known)}", colour))
        for fault in amiss:
            say(paint(f"{company}: {fault.words}; {fault.advice}", "red" if fault.stops else "yellow"))
    if taken and taken.last_error:
        what = "the running daemon has not taken the mappings over; the ones before stay in force"
        say(paint(f"{what}: {taken.last_error}", "red"))


def _as_json(status: Status, texts: Texts | None) -> dict[str, Any]:
    return {
        "company": status.company,
        "flows": {
            flow.flow: {**_flow_as_json(flow), "lag_s": None if flow.lag_s is None else round(flow.lag_s, 1)}
            for flow in status.flows
        },
        "counts": status.counts,
        "waiting_for": [{"state": s, "reason": r, "number": n} for s, r, n in status.waiting_for],
        "link_warnings": [
            {"position": w.position_id, "job": w.job_id, "code": w.code, "since": w.since} for w in status.warnings
        ],
        "listing_faults": [{"job": f.job_id, "reason": f.reason, "note": f.note} for f in status.faults],
        "audit": audit_as_json(status.audit) if status.audit else None,
        "texts": _texts_as_json(*texts) if texts else None,
        "pauses": [
            {"platform": p.platform, "reason": p.reason, "what": p.what, "since": p.since, "until": p.until}
            for p in status.pauses
        ],
    }


def _texts_as_json(status: TextStatus, amiss: list[TextFault]) -> dict[str, Any]:
    faults = [
        {
            "what": fault.what,
            "level": "fault" if fault.stops else "notice",
            "reason": fault.words,
            "advice": fault.advice,
            "since": fault.since,
        }
        for fault in amiss
    ]
    return {**status_json(status), "faults": faults}


def audit_as_json(counts: AuditCounts) -> dict[str, Any]:
    """Return what an audit came to as it stands in documents."""
    return {name: getattr(counts, name) for name in counts.__dataclass_fields__}


def audit_words(counts: AuditCounts) -> str:
    """Return what an audit came to in one line."""
    found = f"{counts.present} of {counts.expected} present, {counts.doubled} doubled"
    more = [(counts.missing, "missing"), (counts.drifted, "drifted"), (counts.deleted, "deleted by a recruiter")]
    more.append((counts.unrecorded, "not in the ledger"))
    return ", ".join((found, *(f"{number} {what}" for number, what in more if number)))


def _flow_as_json(flow: FlowStatus) -> dict[str, Any]:
    return {
        "last_success_at": flow.last_success_at,
        "last_run_at": flow.last_run_at,
        "last_error": flow.last_error,
    }


def _print(found: list[Status], paint: Paint) -> None:
    from connector.domain.reasons import advice, words
    from connector.rules.health import warning_advice, warning_words

    rows = [
        (each.company, *(str(each.counts[s]) for s in STATES), ago(each.flows[0].lag_s if each.flows else None))
        for each in found
    ]
    first, *rest = table(("company", *STATES, "last success"), rows)
    say(paint(first, bold=True))
    for row in rest:
        say(row)
    for each in found:
        for pause in each.pauses:
            say(paint(f"{each.company}: {pause.platform} is left alone: {words(pause.reason)} ({pause.reason})", "red"))
            say(f"    {pause.what}; {advice(pause.reason)}")
        for state, reason, number in each.waiting_for:
            say(f"{each.company}: {number} {state}: {words(reason)} ({reason}); {advice(reason)}")
        for warning in each.warnings:
            say(f"{each.company}: {warning_words(warning)}; {warning_advice(warning)}")
        for fault in each.faults:
            what = f"list of jobs: {words(fault.reason)} ({fault.reason}): {fault.note}"
            say(paint(f"{each.company}: {what}; {advice(fault.reason)}", "red"))
        if each.audit:
            when = ago((datetime.now(UTC) - each.audit.at).total_seconds())
            colour = None if each.audit.is_sound else "yellow"
            say(paint(f"{each.company}: audit {when}: {audit_words(each.audit)}", colour))
        for flow in each.flows:
            if flow.last_error:
                say(paint(f"{each.company}: {flow.flow}: the last run failed: {flow.last_error}", "yellow"))
