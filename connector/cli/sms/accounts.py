"""`connector sms numbers`, `balance` and `templates`: what there is to send from, with, and what to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.opening import at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import Paint, many, note, print_json, progress, say, span, stamp, table
from connector.cli.sms.lines import By, dear_words, in_lines

if TYPE_CHECKING:
    from connector.domain.errors import PlatformError
    from connector.domain.texts import Balance, OwnNumber, SegmentLine
    from connector.flows.company import Company

#: invented, for showing a template
_EXAMPLE = {
    "application.candidate.first_name": "Ana",
    "application.candidate.last_name": "Example",
    "application.candidate.full_name": "Ana Example",
    "application.job.title": "Backend Engineer",
    "application.position.title": "Senior Backend Engineer",
    "application.hiring_flow.name": "Backend Engineer",
}


@dataclass(frozen=True)
class NumberLine:
    """One number of ours, in the mapping, at the vendor, or both."""

    company: str
    provider: str
    #: E.164
    number: str
    #: messages leave through this provider now
    active: bool
    in_mapping: bool
    #: at the vendor; None: the vendor was not asked, or lists none
    there: bool | None
    can_text: bool | None
    problems: tuple[str, ...] = ()


def numbers(
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Your own numbers by provider: dialling code, whether they are sent from now, and what is wrong with them."""
    from connector.cli.sms.desk import with_texts

    options = Options(mappings, database, company, as_json, no_color, log_level)
    errors: list[PlatformError] = []
    with at_work(options) as work:
        lines: list[NumberLine] = []
        with progress(no_color) as line:
            for each in with_texts(work):
                for provider in each.providers:
                    line.show(f"asking {provider}")
                    lines += number_lines(each, provider, errors)
    if as_json:
        print_json({"numbers": [_number_json(one) for one in lines], "errors": [_told(error) for error in errors]})
    else:
        _print_numbers(lines, Paint(no_color))
        for error in errors:
            _note(error)
    raise typer.Exit(exits.code_of(errors[0]) if errors else exits.OK)


def number_lines(company: Company, provider: str, errors: list[PlatformError]) -> list[NumberLine]:
    """Return a provider's numbers of the mapping, then those that only it knows; its failure goes to `errors`."""
    from connector.domain.errors import PlatformError
    from connector.flows.correspondence import sending_providers

    sms, _ = company.texting()
    active = provider in sending_providers(company)
    known: dict[str, OwnNumber] = {}
    try:
        known = {own.number: own for own in company.providers[provider].own_numbers()}
    except PlatformError as error:
        errors.append(error)
    lines = []
    for number in (*sms.numbers.get(provider, ()), *(n for n in known if n not in sms.numbers.get(provider, ()))):
        own, listed = known.get(number), number in sms.numbers.get(provider, ())
        there = None if not known else own is not None
        problems = own.problems if own else ()
        if there is False:
            problems = (f"{provider} does not list it: correct `numbers`, or the account",)
        can_text = own.can_text if own else None
        lines.append(NumberLine(company.name, provider, number, active and listed, listed, there, can_text, problems))
    return lines


def _number_json(line: NumberLine) -> dict[str, Any]:
    code, region = _country(line.number)
    return {
        "company": line.company,
        "provider": line.provider,
        "number": line.number,
        "country_code": code,
        "region": region,
        "active": line.active,
        "in_mapping": line.in_mapping,
        "at_provider": line.there,
        "can_text": line.can_text,
        "problems": list(line.problems),
    }


def _country(number: str) -> tuple[str | None, str | None]:
    """Return dialling code with its plus and region of a number; None where neither can be told."""
    from connector.rules.people import read_phone
    from connector.rules.phones import to_e164

    code = to_e164(number, None).country_code
    phone = read_phone(number, None)
    return (f"+{code}" if code else None), (phone.region if phone else None)


def _print_numbers(lines: list[NumberLine], paint: Paint) -> None:
    if not lines:
        say("no numbers")
        return
    rows = []
    for one in lines:
        code, region = _country(one.number)
        sends = "sends" if one.active else "in the mapping" if one.in_mapping else "not in the mapping"
        there = {True: "yes", False: "no", None: "?"}
        rows.append((one.company, one.provider, one.number, code or "-", region or "-", sends, there[one.can_text]))
    first, *rest = table(("company", "provider", "number", "code", "country", "use", "can text"), rows)
    say(paint(first, bold=True))
    for text, one in zip(rest, lines, strict=True):
        say(text)
        for problem in one.problems:
            say(paint(f"    {problem}", "yellow"))


def balance(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many lines.")] = 10,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Segments left with the last lines of their book, and the money of each account where the provider shows it."""
    from connector.cli.sms.desk import with_texts

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        documents = []
        with progress(no_color) as line:
            for each in with_texts(work):
                line.show(f"asking the providers of {each.name}")
                left, lines = _book(each, limit)
                documents.append((each, left, lines, _accounts(each)))
        if as_json:
            print_json({"balances": [_balance_json(*found) for found in documents]})
            return
        for each, left, lines, accounts in documents:
            _print_balance(each, left, lines, accounts, Paint(no_color))


def _book(company: Company, limit: int) -> tuple[int, list[SegmentLine]]:
    """Return what is left, and the newest lines; what the mapping grants is entered first."""
    sms, texts = company.texting()
    if sms.segment_balance is not None:
        texts.grant(company.name, sms.segment_balance, company.clock.now())
    return texts.segments_left(company.name), texts.segment_lines(company.name, limit)


def _accounts(company: Company) -> list[tuple[str, Balance | None, PlatformError | None]]:
    from connector.domain.errors import PlatformError

    found: list[tuple[str, Balance | None, PlatformError | None]] = []
    for name, provider in company.providers.items():
        try:
            found.append((name, provider.balance() if provider.can.shows_balance else None, None))
        except PlatformError as error:
            found.append((name, None, error))
    return found


def _balance_json(
    company: Company,
    left: int,
    lines: list[SegmentLine],
    accounts: list[tuple[str, Balance | None, PlatformError | None]],
) -> dict[str, Any]:
    sms, _ = company.texting()
    return {
        "company": company.name,
        "granted": sms.segment_balance,
        "left": left if sms.segment_balance is not None else None,
        "lines": [
            {"id": e.id, "at": e.at, "message": e.message, "what": e.what, "segments": e.segments, "left": e.left}
            for e in lines
        ],
        "accounts": [
            {
                "provider": name,
                "amount": str(money.amount) if money else None,
                "currency": money.currency if money else None,
                "error": _told(error) if error else None,
            }
            for name, money, error in accounts
        ],
    }


def _print_balance(
    company: Company,
    left: int,
    lines: list[SegmentLine],
    accounts: list[tuple[str, Balance | None, PlatformError | None]],
    paint: Paint,
) -> None:
    sms, _ = company.texting()
    if sms.segment_balance is None:
        say(paint(f"{company.name}: segments are not limited (`segment_balance` is not set)", bold=True))
    else:
        colour = "red" if left <= 0 else None
        say(paint(f"{company.name}: {left} of {sms.segment_balance} segments left", colour, bold=True))
        if left <= 0:
            say("    nothing is sent until segment_balance in the mapping is raised; what was held back stays unsent")
    # where nothing limits them, what is left says nothing
    limited = sms.segment_balance is not None
    rows = [
        (stamp(e.at), e.what, str(e.message or "-"), f"{e.segments:+d}", str(e.left) if limited else "-") for e in lines
    ]
    for text in table(("at", "what", "message", "segments", "left"), rows, indent=2) if rows else []:
        say(text)
    for name, money, error in accounts:
        if error:
            _note(error)
        else:
            shown = f"{money.amount} {money.currency}" if money else "shows no money"
            say(f"{company.name}: {name}: {shown}")


def templates(
    by: By = None,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """The mapping's templates, each as an invented person would read it, with what it costs. Makes no call."""
    from connector.cli.sms.desk import with_texts

    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        found = [shown for each in with_texts(work) for shown in template_lines(each, by or "Sam")]
    if as_json:
        print_json({"templates": found})
        return
    paint = Paint(no_color)
    if not found:
        say("no templates: write them under `sms.templates` in the mapping file")
    for one in found:
        when = f"on {one['on']}, after {span(one['after_s'])}" if one["on"] else "by hand only"
        say(f"{paint(one['name'], bold=True)} ({one['company']}): {when}")
        for text in in_lines(one["example"] or one["text"]):
            say(f"    {text}")
        if one["problem"]:
            say(paint(f"    cannot be sent as it is: {one['problem']}", "red"))
        else:
            say(f"    {one['encoding']}, {many(one['segments'], 'segment')}")
        if one["hint"]:
            say(paint(f"    {one['hint']}", "yellow"))


def template_lines(company: Company, recruiter: str) -> list[dict[str, Any]]:
    """Return each template with an example and what it costs; one that lacks a value for everybody has a problem."""
    from connector.domain.errors import MissingValue
    from connector.domain.templates import render
    from connector.rules.segments import count, smart

    sms, _ = company.texting()
    values: dict[str, str | None] = {**_EXAMPLE, "company.name": company.name, "recruiter.name": recruiter}
    found = []
    for template in sms.templates.values():
        example, problem = None, None
        try:
            example = render(template.text, values)
        except MissingValue as error:
            problem = f"{error}; write {{{{{error.name} | default('…')}}}}"
        leaves = smart(example) if example and sms.smart_encoding else example
        cost = count(leaves) if leaves else None
        found.append(
            {
                "company": company.name,
                "name": template.name,
                "on": template.on,
                "after_s": template.after_s,
                "text": template.text,
                "example": leaves,
                "encoding": cost.encoding if cost else None,
                "segments": cost.segments if cost else None,
                "dear": list(cost.forcing) if cost else [],
                "hint": (dear_words(cost, count(leaves or "", smart=True)) or None) if cost else None,
                "problem": problem,
            }
        )
    return found


def _note(error: PlatformError) -> None:
    """Say what went wrong, then what to do."""
    for words in exits.told(error):
        note(words)


def _told(error: PlatformError) -> str:
    return exits.told(error)[0]
