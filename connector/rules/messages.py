"""May a text leave now, from which of our numbers, through which provider, and what does it cost.

The same answer serves the preview and the send, so that one says what the other does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.model import Candidate
from connector.domain.sms import SmsSettings
from connector.domain.texts import Capabilities
from connector.rules import quiet, segments
from connector.rules.people import NO_NAME, read_phone, split_name
from connector.rules.phones import Number, Refusal, choose_provider, choose_sender, to_e164

#: a message whose outcome nobody could find out in that time is left to a human, seconds
UNKNOWN_AFTER_S = 1200.0


@dataclass(frozen=True)
class Standing:
    """What is known when a text is to leave."""

    #: aware, UTC
    now: datetime
    #: accounts that are set up, and what each can do
    accounts: Mapping[str, Capabilities]
    #: the number has opted out
    opted_out: bool = False
    #: our number that last wrote to this one, E.164
    last_used: str | None = None
    #: (failed, all) of each provider's messages of late
    recent: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: segments left; None: not counted against anything
    left: int | None = None


@dataclass(frozen=True)
class Ready:
    """It may leave now."""

    provider: str
    #: our number, E.164
    ours: str
    #: theirs, E.164
    theirs: str
    #: as it leaves
    text: str
    cost: segments.Segments
    #: what is worth knowing, e.g. a provider that was passed over
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wait:
    """It may leave later."""

    until: datetime
    reason: str


@dataclass(frozen=True)
class Refused:
    """It does not leave. `reason` is a code of `domain.reasons`, `note` says more."""

    reason: str
    note: str = ""


def judge(
    number: Number, text: str, settings: SmsSettings, standing: Standing, *, test: bool = False
) -> Ready | Wait | Refused:
    """Return what becomes of a text to a number. A test to a number of one's own knows no quiet hours."""
    ready = compose(number, text, settings, standing)
    if isinstance(ready, Refused):
        return ready
    if standing.opted_out:
        return Refused("opted_out")
    if standing.left is not None and standing.left <= 0:
        # three parts with two left are let through: what is left may go below zero once
        return Refused("no_balance", f"{standing.left} segments left")
    until = None if test else _closed_until(ready.theirs, settings, standing.now)
    return until or ready


def compose(number: Number, text: str, settings: SmsSettings, standing: Standing) -> Ready | Refused:
    """Return a text as it would leave, with sender, provider and cost, whether or not it may leave now."""
    if not settings.enabled:
        return Refused("sms_off")
    if number.e164 is None or number.country_code is None:
        return Refused("number_not_possible")
    if not text.strip():
        return Refused("text_empty")
    shown = segments.smart(text) if settings.smart_encoding else text
    way = route(number, settings, standing)
    if isinstance(way, Refused):
        return way
    longest = standing.accounts[way.provider].longest_text
    if longest is not None and len(shown) > longest:
        return Refused("text_too_long", f"{len(shown)} characters; {way.provider} takes {longest}")
    return Ready(way.provider, way.ours, number.e164, shown, segments.count(shown), way.notes)


@dataclass(frozen=True)
class Way:
    """How a text gets there."""

    provider: str
    #: our number, E.164
    ours: str
    notes: tuple[str, ...]


def route(number: Number, settings: SmsSettings, standing: Standing) -> Way | Refused:
    """Return provider and number, and who was passed over: a provider without a number for the country is, too."""
    wanted = wanted_providers(number, settings)
    senders: dict[str, str] = {}
    missing: list[str] = []
    notes: list[str] = []
    for name in wanted:
        found = choose_sender(number, settings.numbers.get(name, ()), standing.last_used)
        if name not in standing.accounts:
            notes.append(f"{name} is passed over: it is not set up")
        elif isinstance(found, Refusal):
            missing.append(found.why)
            notes.append(f"{name} is passed over: {found.why}")
        else:
            senders[name] = found
    if not senders:
        return Refused("no_sending_number", missing[0]) if missing else Refused("no_provider", "; ".join(notes))
    code = number.country_code or 0
    routing = {f"+{code}": tuple(senders)}
    chosen = choose_provider(code, routing, None, standing.recent, settings.failure_threshold, senders)
    if isinstance(chosen, Refusal):
        return Refused("no_provider", chosen.why)
    return Way(chosen.provider, senders[chosen.provider], (*notes, *chosen.notes))


def wanted_providers(number: Number, settings: SmsSettings) -> tuple[str, ...]:
    """Return the providers for a number in order of preference: its dialling code's, else the default's, else the one.

    Each once.
    """
    named = settings.routing.get(f"+{number.country_code}") or settings.routing.get("default")
    return tuple(dict.fromkeys(named or ((settings.provider,) if settings.provider else ())))


def values_of(
    candidate: Candidate | None,
    *,
    job_title: str | None = None,
    position_title: str | None = None,
    company: str | None = None,
    recruiter: str | None = None,
) -> dict[str, str | None]:
    """Return what a template's names stand for; None where nobody knows."""
    values: dict[str, str | None] = {
        "application.job.title": job_title,
        "application.hiring_flow.name": job_title,
        "application.position.title": position_title,
        "application.magic_link": None,
        "company.name": company,
        "recruiter.name": recruiter,
    }
    if candidate is not None:
        first, last = split_name(candidate.first_name, candidate.last_name, candidate.full_name)
        known = [part for part in (first, last) if part != NO_NAME]
        values["application.candidate.first_name"] = None if first == NO_NAME else first
        values["application.candidate.last_name"] = None if last == NO_NAME else last
        values["application.candidate.full_name"] = " ".join(known) or None
    return values


def callback_address(settings: SmsSettings, company: str, provider: str, intent: str) -> str | None:
    """Return where a provider reports on a message; None: no public address is set.

    The intent stands in the query, so that a callback settles a send whose answer was lost.
    """
    if settings.public_url is None:
        return None
    secret = settings.callback_secrets.get(provider)
    path = f"/callbacks/{company}/{provider}/status" + (f"/{secret}" if secret else "")
    return f"{settings.public_url}{path}?i={intent}"


def read_number(written: str | None, own_numbers: Collection[str], default_region: str | None) -> str | None:
    """Return a number in E.164 as a provider of ours wrote it; None: a short code, a name, or nothing.

    One without a `+` is read in the region of our first number there: Exotel writes Indian ones the national way.
    """
    known = (phone.region for own in own_numbers if (phone := read_phone(own, None)))
    return to_e164(written, next(known, default_region)).e164


def _closed_until(theirs: str, settings: SmsSettings, now: datetime) -> Wait | Refused | None:
    if settings.quiet_hours is None:
        return None
    window = quiet.window_of(settings.quiet_hours)
    opens = quiet.next_allowed(now, window, settings.zone, theirs)
    if opens is None:
        return Refused("no_common_hour", "no hour is inside the quiet hours' window in every zone of the number")
    return Wait(opens, "quiet_hours") if opens > now else None
