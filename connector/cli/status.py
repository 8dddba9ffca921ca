"""`connector status`: where things stand. Makes no call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, ago, print_json, say, table

if TYPE_CHECKING:
    from connector.flows.inquiry import Status

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
    from connector.flows.inquiry import status as status_of

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found = [status_of(each) for each in work.companies]
        if as_json:
            print_json({"companies": [_as_json(each) for each in found]})
        else:
            _print(found, Paint(no_color))


def _as_json(status: Status) -> dict[str, Any]:
    return {
        "company": status.company,
        "flows": {
            flow.flow: {
                "last_success_at": flow.last_success_at,
                "last_run_at": flow.last_run_at,
                "last_error": flow.last_error,
                "lag_s": None if flow.lag_s is None else round(flow.lag_s, 1),
            }
            for flow in status.flows
        },
        "counts": status.counts,
        "waiting_for": [{"state": s, "reason": r, "number": n} for s, r, n in status.waiting_for],
        "pauses": [
            {"platform": p.platform, "reason": p.reason, "what": p.what, "since": p.since, "until": p.until}
            for p in status.pauses
        ],
    }


def _print(found: list[Status], paint: Paint) -> None:
    from connector.domain.reasons import advice, words

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
        for flow in each.flows:
            if flow.last_error:
                say(paint(f"{each.company}: {flow.flow}: the last run failed: {flow.last_error}", "yellow"))
