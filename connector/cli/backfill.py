"""`connector backfill`: forward conversations that started earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.asking import go_on
from connector.cli.links import OnlyPlan, Yes
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, Progress, many, note, print_json, progress, say, span, stamp

if TYPE_CHECKING:
    from concurrent.futures import Future

    from connector.config.mapping import Mapping
    from connector.domain.errors import ConnectorError
    from connector.flows.backfill import Forecast
    from connector.flows.company import Company


@dataclass
class Result:
    """What a backfill of one company came to."""

    company: str
    asked: int = 0
    #: all who were asked for since the date, by state
    counts: dict[str, int] = field(default_factory=dict)
    #: how it failed; None: it did not
    error: ConnectorError | None = None


def backfill(
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="Conversations started from this day on, UTC.")],
    plan: OnlyPlan = False,
    yes: Yes = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Forward conversations that started earlier, behind whoever is new. Twice is safe: nobody is sent again."""
    moment = moment_of(since)
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        if plan or not yes:
            foreseen = _forecasts(work, moment, no_color) if plan or _asks_first() else []
            if plan:
                _show_forecasts(work, foreseen, moment, as_json, Paint(no_color))
                return
            _ask_about_many(work, foreseen, Paint(no_color))
        with progress(no_color) as line:
            results = [_run(work, each, moment, line) for each in work.companies]
        if as_json:
            print_json({"companies": [_as_document(result, moment) for result in results]})
        else:
            _print(results, Paint(no_color))
        code = _exit_code(work.companies, results)
    raise typer.Exit(code)


def moment_of(text: str, option: str = "--since") -> datetime:
    """Return the moment that an option names."""
    from pydantic_core import PydanticCustomError

    from connector.config.values import moment

    try:
        return moment(text)
    except PydanticCustomError as exc:
        context = exc.context or {}
        raise typer.BadParameter(f"{context.get('what')}; {context.get('instead')}", param_hint=option) from None


def _asks_first() -> bool:
    from connector.cli.asking import on_terminal

    return on_terminal()


def _forecasts(work: Work, since: datetime, no_color: bool) -> list[Forecast]:
    from connector.flows.backfill import forecast

    with progress(no_color) as line:
        found = []
        for number, each in enumerate(work.companies):
            line.show(f"looking through {each.name}", number, len(work.companies))
            found.append(forecast(each, since))
    return found


def _ask_about_many(work: Work, foreseen: Sequence[Forecast], paint: Paint) -> None:
    many_of = [
        (each, mapping, company)
        for each, mapping, company in zip(foreseen, work.mappings, work.companies, strict=bool(foreseen))
        if each.ready > company.max_new_per_run
    ]
    for each, mapping, _ in many_of:
        _print_forecast(each, mapping, paint)
    if many_of and not go_on("Go on?", yes=False):
        note("nobody was asked for")
        raise typer.Exit(exits.USAGE)


def _run(work: Work, company: Company, since: datetime, line: Progress) -> Result:
    """Run one company's backfill in a thread and show how far it has come."""
    from concurrent.futures import ThreadPoolExecutor

    from connector.domain.errors import ConnectorError
    from connector.flows.backfill import run

    result = Result(company.name)
    line.show(f"looking who started at {company.name}")
    with ThreadPoolExecutor(1, thread_name_prefix="backfill") as pool:
        future = pool.submit(run, company, since, work.stop.wait)
        _watch(company, future, since, line)
    try:
        result.asked = future.result()
    except ConnectorError as error:
        result.error = error
    result.counts = company.feed.backfilled(company.name, since)
    return result


def _watch(company: Company, future: Future[int], since: datetime, line: Progress) -> None:
    from concurrent.futures import wait

    from connector.flows.backfill import OPEN

    while wait([future], timeout=0.5).not_done:
        if line.live:
            counts = company.feed.backfilled(company.name, since)
            left, total = sum(counts[state] for state in OPEN), sum(counts.values())
            line.show(f"{company.name}: {many(left, 'person', 'people')} on the way", total - left, total or None)


def _exit_code(companies: Sequence[Company], results: Sequence[Result]) -> int:
    from connector.flows.backfill import OPEN
    from connector.flows.inquiry import status

    codes = {exits.code_of(result.error) for result in results if result.error}
    pauses = {pause.reason for company in companies for pause in status(company).pauses}
    if exits.REFUSED in codes or pauses & set(exits.AUTH_REASONS):
        return exits.REFUSED
    if exits.FAULT in codes or any(result.counts.get("quarantined") for result in results):
        return exits.FAULT
    if any(result.counts.get(state) for result in results for state in OPEN):
        return exits.WAITS
    return max(codes, default=exits.OK)


def _as_document(result: Result, since: datetime) -> dict[str, Any]:
    return {
        "company": result.company,
        "since": since,
        "planned": False,
        "asked": result.asked,
        "counts": result.counts,
        "error": str(result.error) if result.error else None,
    }


_COLOURS = {"done": "green", "quarantined": "red", "unknown": "yellow", "waiting": "yellow", "parked": "yellow"}


def _print(results: Sequence[Result], paint: Paint) -> None:
    for result in results:
        order = sorted(result.counts.items(), key=lambda pair: pair[0] != "done")
        standing = [paint(f"{n} {state}", _COLOURS.get(state)) for state, n in order if n]
        who = many(result.asked, "person", "people")
        say(f"{paint(result.company, bold=True)}: {who} asked for; since that day: {', '.join(standing) or 'nobody'}")
        if result.error is not None:
            say(f"  {paint('not finished', 'red')}: {result.error}")
            for words in exits.told(result.error)[1:]:
                note(f"{result.company}: {words}")
        if result.counts.get("quarantined") or result.counts.get("parked"):
            note(f"{result.company}: `connector failures` says what waits and what mends it")
        if any(result.counts.get(state) for state in ("planned", "waiting", "unknown", "attempting")):
            note(f"{result.company}: a running daemon goes on with the rest, or the same command again")


def _pace(forecast: Forecast, mapping: Mapping) -> float:
    """Return how long the vendors' limits make it last: a backfill may fill only its share of each window."""
    import math

    from connector.app import limits_of
    from connector.cli.plan import least_s
    from connector.domain.model import Priority
    from connector.rest.budget import SHARES

    share = SHARES[Priority.BACKFILL]
    lasts = []
    for calls, windows in zip((forecast.source_calls, forecast.ats_calls), limits_of(mapping), strict=True):
        lasts.append(least_s(calls, tuple((max(1, math.floor(count * share)), seconds) for count, seconds in windows)))
    return max(lasts)


def _show_forecasts(work: Work, foreseen: Sequence[Forecast], since: datetime, as_json: bool, paint: Paint) -> None:
    if as_json:
        pairs = zip(foreseen, work.mappings, work.companies, strict=True)
        print_json({"companies": [_forecast_document(each, m, c, since) for each, m, c in pairs]})
        return
    for each, mapping in zip(foreseen, work.mappings, strict=True):
        _print_forecast(each, mapping, paint)


def _forecast_document(forecast: Forecast, mapping: Mapping, company: Company, since: datetime) -> dict[str, Any]:
    takes_s = _pace(forecast, mapping)
    return {
        "company": forecast.company,
        "since": since,
        "planned": True,
        "people": forecast.people,
        "ready": forecast.ready,
        "waiting_for": [{"reason": reason, "number": number} for reason, number in forecast.waiting],
        "calls": {"ats": forecast.ats_calls, "source": forecast.source_calls},
        "takes_s": takes_s,
        "ends_at": company.clock.now() + timedelta(seconds=takes_s),
        "problems": list(forecast.problems),
    }


def _print_forecast(forecast: Forecast, mapping: Mapping, paint: Paint) -> None:
    from datetime import UTC

    from connector.domain.reasons import advice, words

    people = many(forecast.people, "person", "people")
    say(f"{paint(forecast.company, bold=True)}: {people} would be asked for, {forecast.ready} of them can be sent")
    for reason, number in forecast.waiting:
        say(f"  {number} would wait: {words(reason)} ({reason}); {advice(reason)}")
    if forecast.ready:
        takes_s = _pace(forecast, mapping)
        ends_at = stamp(datetime.now(UTC) + timedelta(seconds=takes_s))
        to_ats = f"{many(forecast.ats_calls, 'call')} to {mapping.ats.platform}"
        to_source = f"{forecast.source_calls} to {mapping.source.platform}"
        say(
            f"  costs at most {to_ats}, {to_source}; "
            f"begun now it ends about {ends_at} ({span(takes_s)} at the vendors' pace)"
        )
    for problem in forecast.problems:
        say(f"  {paint('may be incomplete', 'yellow')}: {problem}")
