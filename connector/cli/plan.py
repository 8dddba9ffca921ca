"""`connector plan`: what `sync` would do, in people, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, print_json, progress, say, span, table

if TYPE_CHECKING:
    from connector.config.mapping import Mapping
    from connector.flows.plan import Plan, PlannedAction

#: people shown of each group; `--json` has them all
_SHOWN = 20


def plan(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    yes: Annotated[bool, typer.Option("--yes", help="As if `sync --yes` were to follow.")] = False,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """What `sync` would do, in people: who is sent where, who waits and why. Writes nothing anywhere."""
    from connector.flows.plan import make_plan

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        with progress(no_color) as line:
            plans = []
            for each in work.companies:
                line.show(f"asking about {each.name}")
                plans.append(make_plan(each, yes=yes))
        if as_json:
            print_json({"companies": [as_document(foreseen) for foreseen in plans]})
        else:
            paint = Paint(no_color)
            for foreseen, mapping in zip(plans, work.mappings, strict=True):
                _print(foreseen, paint, mapping)
        code = _exit_code(plans)
    raise typer.Exit(code)


def _exit_code(plans: Sequence[Plan]) -> int:
    codes = {exits.code_of(fault) for foreseen in plans for fault in foreseen.faults}
    paused = {reason for foreseen in plans for reason in foreseen.paused}
    if exits.REFUSED in codes or paused & set(exits.AUTH_REASONS):
        return exits.REFUSED
    return max(codes | ({exits.UNREACHABLE} if paused else set()), default=exits.OK)


def as_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as the JSON that interface.md fixes."""
    return {
        "company": plan.company,
        "actions": [
            {
                "key": action.key,
                "kind": action.kind.value,
                "person": action.person,
                "position": action.position,
                "job": action.job,
                "state": action.state.value,
                "reason": action.reason,
                "note": action.note,
            }
            for action in plan.actions
        ],
        "calls": {"ats": plan.ats_calls, "source": plan.source_calls},
        "problems": plan.problems,
    }


def _print(plan: Plan, paint: Paint, mapping: Mapping) -> None:
    from connector.flows.plan import by_reason

    if not plan.actions and not plan.problems:
        say(f"{paint(plan.company, bold=True)}: nothing to do")
    for reason, actions in by_reason(plan):
        _print_group(plan.company, reason, actions, paint)
    if plan.actions:
        say(f"  costs: {_cost(plan, mapping)}")
    for problem in plan.problems:
        say(f"  {paint('may be incomplete', 'yellow')}: {problem}")


def _print_group(company: str, reason: str, actions: list[PlannedAction], paint: Paint) -> None:
    from connector.domain.reasons import advice

    state = actions[0].state.value
    colour = {"done": "green", "parked": "yellow", "quarantined": "red"}.get(state)
    people = many(len(actions), "person", "people")
    say(f"{paint(company, bold=True)}: {paint(f'{people} {_will_be(reason)}', colour)} ({reason})")
    rows = [(a.person, a.position, f"job {a.job}" if a.job else "no job", a.note) for a in actions[:_SHOWN]]
    for row in table(("person", "position", "job", "note"), rows, indent=4)[1:]:
        say(row)
    if len(actions) > _SHOWN:
        say(f"    and {len(actions) - _SHOWN} more: --json lists them all")
    if state not in ("done", "planned"):
        say(f"    {advice(reason)}")


def _will_be(reason: str) -> str:
    """Say what will become of people, in the future tense where the ledger's words are of the past."""
    from connector.domain.reasons import words

    future = {
        "sent": "will be sent",
        "already_there": "will be left as they are: on that job already",
        "same_application": "will not be sent twice: another conversation leads to the same application",
        "recorded": "will wait for a later run (max_new_per_run)",
    }
    return future.get(reason) or f"will wait: {words(reason)}"


def _cost(plan: Plan, mapping: Mapping) -> str:
    """Say what the run would cost in calls, and how long the vendors' limits make that last."""
    from connector.app import limits_of

    source, ats = limits_of(mapping)
    parts = [
        f"{many(calls, 'call')} to {platform} (at least {span(least_s(calls, windows))} at its pace)"
        for calls, windows, platform in (
            (plan.ats_calls, ats, mapping.ats.platform),
            (plan.source_calls, source, mapping.source.platform),
        )
    ]
    return ", ".join(parts)


def least_s(calls: int, windows: tuple[tuple[int, float], ...]) -> float:
    """Return how long so many calls take at least when (calls, seconds) windows are kept, beginning with empty ones."""
    return max((((calls - 1) // count) * seconds for count, seconds in windows if calls > 0), default=0.0)
