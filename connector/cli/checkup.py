"""What `connector check` finds out about one company: keys, permissions, clocks, and both ends of every link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from connector.cli import exits
from connector.cli.output import many

if TYPE_CHECKING:
    from connector.config.mapping import Mapping as CompanyMapping
    from connector.domain.model import Job, JobList, Link, Position
    from connector.domain.ports import Account
    from connector.flows.company import Company
    from connector.platforms.health import Health

#: a larger difference of the clocks makes times in histories and reports misleading
SKEW_S = 60.0

#: where a permission is given
PLACES = {
    "pinpoint": "Pinpoint: Settings > API & Webhooks > API Keys, tick it for this key",
    "cord": "cord gives a token its scopes: ask for it where the token was made",
}
#: what cannot be tried without doing it
UNTRIED = {"pinpoint": "writing applications is not tried: make sure that the key may"}


@dataclass(frozen=True)
class Finding:
    """One line of the list."""

    company: str
    #: `ok`, `warn`, `fail`
    level: str
    what: str
    #: what to do about it
    todo: str = ""
    #: the exit code that it asks for
    code: int = exits.OK


class _Healthy(Protocol):
    def health(self) -> Health: ...


_Rows = TypeVar("_Rows", bound=Sized)


def check_company(mapping: CompanyMapping, company: Company, public_url: str) -> list[Finding]:
    """Ask both platforms, reads only, a handful of calls. Vendors call us at `public_url`; empty: they cannot."""
    from connector.cli.sms.checkup import check_texts
    from connector.cli.webhooks import webhooks

    findings = _rates(mapping, company.name)
    positions = jobs = None
    if _ask_account(company, company.source, mapping.source.token.names, findings):
        positions = _listed(company, company.source, "positions", company.source.positions, findings)
    if _ask_account(company, company.ats, mapping.ats.api_key.names, findings):
        jobs = _listed(company, company.ats, "jobs", company.ats.job_list, findings)
    if jobs is not None:
        findings += _unread(company, jobs)
    if positions is not None and jobs is not None:
        findings += _links(company, {position.id: position for position in positions}, jobs)
    findings += webhooks(mapping, company, public_url, asks=positions is not None)
    findings += check_texts(company)
    return findings


def _rates(mapping: CompanyMapping, company: str) -> list[Finding]:
    """Warn of limits in the mapping that allow more than the vendor does."""
    from connector.app import RATE_LIMITS

    findings = []
    for platform, mine, url in (
        (mapping.source.platform, mapping.source.rate_limits, mapping.source.base_url),
        (mapping.ats.platform, mapping.ats.rate_limits, mapping.ats.url),
    ):
        # http is for this machine alone, where a simulator has limits of its own
        own = mine is not None and url.startswith("https:")
        for count, seconds in RATE_LIMITS[platform] if own else ():
            allowed = min((c * max(1.0, seconds / s) for c, s in mine or ()), default=None)
            if allowed is None or allowed > count:
                what = f"rate_limits let more through than {platform}'s own {count} in {seconds:.0f} s"
                findings.append(Finding(company, "warn", what, "leave rate_limits out, unless the vendor said so"))
    return findings


def _ask_account(company: Company, account: Account, keys: Sequence[str], findings: list[Finding]) -> bool:
    """Ask what the key may do; returns whether it makes sense to ask further. `keys` are their names, newest first."""
    from connector.cli.sms.checkup import needed_for_copies
    from connector.domain import errors

    name = account.platform
    try:
        health = cast(_Healthy, account).health()
    except errors.PlatformError as error:
        findings.append(failed(company.name, error))
        return False
    findings.append(Finding(company.name, "ok", f"{name}: reached, and the key is accepted", UNTRIED.get(name, "")))
    if len(keys) > 1:
        findings.append(_of_two_keys(company.name, name, keys, health.key))
    copies = needed_for_copies(company, name)
    for permission, given in health.permissions.items():
        needed = permission in health.missing or permission in copies
        findings.append(_permission(company.name, name, permission, given, needed))
    skew = health.clock_skew_s
    if skew is not None and abs(skew) > SKEW_S:
        which = "ahead of" if skew > 0 else "behind"
        what = f"{name}: its clock is {abs(skew):.0f} s {which} this machine's"
        findings.append(Finding(company.name, "warn", what, "let this machine set its clock by NTP"))
    elif skew is not None:
        findings.append(Finding(company.name, "ok", f"{name}: the clocks agree"))
    return True


def _of_two_keys(company: str, platform: str, keys: Sequence[str], works: str | None) -> Finding:
    """Say which of two keys works: the older one is tried only when the newest is refused."""
    newest, older = keys[0], keys[-1]
    if works == newest:
        todo = f"{older} is not needed any more: take it out of the mapping file, then revoke it"
        return Finding(company, "ok", f"{platform}: the newest key works ({newest})", todo)
    what = f"{platform}: {newest} is refused, and the older {older} works"
    return Finding(company, "warn", what, f"activate {newest} or correct it before {older} is revoked")


def _permission(company: str, platform: str, permission: str, given: bool, needed: bool) -> Finding:
    if given:
        return Finding(company, "ok", f"{platform}: may use {permission}")
    what = f"{platform}: the key may not use {permission}"
    if needed:
        return Finding(company, "fail", what, PLACES.get(platform, ""), exits.REFUSED)
    return Finding(company, "warn", f"{what} (forwarding does without)", PLACES.get(platform, ""))


def _listed(
    company: Company, account: Account, what: str, read: Callable[[], _Rows], findings: list[Finding]
) -> _Rows | None:
    from connector.domain import errors

    try:
        rows = read()
    except errors.PlatformError as error:
        findings.append(failed(company.name, error))
        return None
    findings.append(Finding(company.name, "ok", f"{account.platform}: {len(rows)} {what}"))
    return rows


def failed(company: str, error: Exception) -> Finding:
    """Say what went wrong with a call, without advice to run the very command that says so."""
    from connector.domain import errors

    lines = exits.told(error)
    if isinstance(error, errors.TransientError) and not isinstance(error, errors.RateLimited):
        lines[1:] = ["see whether this machine can reach it and whether its address in the mapping is right; try later"]
    return Finding(company, "fail", lines[0], "; ".join(lines[1:]), exits.code_of(error))


def _unread(company: Company, jobs: JobList) -> Iterable[Finding]:
    """Name the jobs whose rows cannot be read."""
    from connector.domain.reasons import advice

    for job_id, what in jobs.unread.items():
        words = f"{company.ats.platform}: the row of job {job_id} cannot be read: {what}"
        yield Finding(company.name, "warn", words, advice("job_unreadable"))


def _links(company: Company, positions: Mapping[str, Position], jobs: JobList) -> list[Finding]:
    from connector.rules.links import all_links

    links = all_links(company.file_links, positions.values() if company.follow_source_links else ())
    findings: list[Finding] = []
    for link in links.values():
        job = jobs.jobs.get(link.job_id)
        if job is None and jobs.may_hide(link.job_id):
            what = f"{link.position_id} -> job {link.job_id}: the job's row cannot be read"
            findings.append(Finding(company.name, "warn", what, "people are sent by what is known of it from before"))
            continue
        findings += _link(company.name, link, positions.get(link.position_id), job)
    unlinked = [p for p in positions.values() if p.status == "open" and p.id not in links]
    if unlinked:
        shown = ", ".join(f"{p.id} {p.title}" for p in unlinked[:5]) + (" …" if len(unlinked) > 5 else "")
        what = f"{many(len(unlinked), 'open position')} not linked: {shown}"
        findings.append(Finding(company.name, "warn", what, "people there wait until it is linked to a job"))
    if not links:
        todo = "add `positions` to the mapping file, or link them at the source"
        findings.append(Finding(company.name, "warn", "no position is linked to a job", todo))
    return findings


def _link(company: str, link: Link, position: Position | None, job: Job | None) -> Iterable[Finding]:
    from connector.rules.health import link_warnings, warning_advice, warning_words

    place = "the mapping file" if link.origin == "file" else "the source"
    what = f"{link.position_id} -> job {link.job_id} (linked in {place})"
    if position is None:
        yield Finding(company, "fail", f"{what}: there is no such position", f"mend it in {place}", exits.FAULT)
    if job is None:
        yield Finding(company, "fail", f"{what}: there is no such job", f"mend it in {place}", exits.FAULT)
        return
    if position is not None and position.linked_job not in (None, link.job_id):
        against = f"{what}: the source links it to job {position.linked_job}; the mapping file wins"
        todo = f"`connector link {link.position_id} JOB` makes both say the same"
        yield Finding(company, "warn", against, todo)
    if not job.is_open:
        todo = "people wait until the job is open"
        yield Finding(company, "warn", f"{what}: the job is not open (status {job.status})", todo)
    required = _required(job)
    if required:
        todo = f"people without wait; complete their records, or relax the form of {job.title}"
        yield Finding(company, "warn", f"{what}: the job requires {' and '.join(required)}", todo)
    for warning in link_warnings({link.position_id: link}, {job.id: job}, datetime.now(UTC)):
        if warning.code in ("address_asked", "anonymised"):
            yield Finding(company, "warn", f"{what}: {warning_words(warning)}", warning_advice(warning))
    if position is not None and job.is_open and not required:
        by_hand = "" if link.automatic else ", by hand only"
        yield Finding(company, "ok", f"{what}: {position.title} feeds {job.title}{by_hand}")


def _required(job: Job) -> Sequence[str]:
    asks = (("a phone number", job.requires_phone), ("a CV", job.requires_cv), ("a summary", job.requires_summary))
    return [name for name, asked in asks if asked]
