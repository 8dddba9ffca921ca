"""What `connector check` finds out about text messages: accounts, numbers, callbacks, registrations, templates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.cli.checkup import Finding, failed
from connector.cli.output import many

if TYPE_CHECKING:
    from connector.domain.errors import PlatformError
    from connector.domain.sms import SmsSettings
    from connector.domain.texting import Texting
    from connector.flows.company import Company

#: permissions that copies of replies need, by the side that is written to
COPIES = {"ats": "comments", "source": "messages:write"}
#: how far back a provider lists what came in, days (Twilio: about 13 months, second-hand; Plivo: its data-logging page)
KEPT_DAYS = {"twilio": 400, "plivo": 90}
#: Twilio repeats a call that failed only if its address asks for it (its docs on connection overrides)
_AGAIN = "#rc=5&rp=all"
#: where the address for replies is entered
PLACES = {
    "twilio": "at Twilio, as the number's (or its messaging service's) address for incoming messages",
    "plivo": "at Plivo, as the message URL of the application that the number is assigned to",
    "exotel": "by Exotel's support, who set it for the number",
    "clicksend": "at ClickSend, as an inbound rule with the action URL",
}
#: what cannot be asked for
_UNASKED = {
    "clicksend": "replies are also polled: that needs an inbound rule with the action POLL, and one only",
    "exotel": "its numbers and balance cannot be asked for: `connector sms test` shows whether they work",
}


def check_texts(company: Company) -> Iterator[Finding]:
    """Yield what there is to say about text messages; nothing for a company without any. Reads only."""
    if company.sms is None or company.texts is None:
        return
    sms = company.sms
    if not sms.enabled:
        yield Finding(company.name, "warn", "text messages are switched off: nothing is sent", "`connector sms on`")
    for name, provider in company.providers.items():
        yield from _account(company, name, provider)
        yield from _callbacks(company, sms, name, provider)
    yield from _duties(company, sms)
    yield from _templates(company)
    yield from _replies_since(company, sms)
    yield from _balance(company)


def needed_for_copies(company: Company, platform: str) -> frozenset[str]:
    """Return the permissions at a platform that copies of replies need."""
    if company.sms is None:
        return frozenset()
    sides = {"ats": company.ats.platform, "source": company.source.platform}
    return frozenset(COPIES[side] for side in company.sms.mirror_to if sides.get(side) == platform)


def advised(sms: SmsSettings, company: str, provider: str, what: str) -> str:
    """Return the address that a provider is to call about `inbound` or `status`; of its secret only the place."""
    secret = "/<callback_secret>" if provider in sms.callback_secrets else ""
    again = _AGAIN if (provider, what) == ("twilio", "inbound") else ""
    return f"{sms.public_url}/callbacks/{company}/{provider}/{what}{secret}{again}"


def _account(company: Company, name: str, provider: Texting) -> Iterator[Finding]:
    from connector.cli.sms.accounts import number_lines
    from connector.domain.errors import PlatformError
    from connector.flows.correspondence import sending_providers

    try:
        provider.probe()
    except PlatformError as error:
        yield failed(company.name, error)
        return
    sends = "messages leave through it" if name in sending_providers(company) else "does not send now"
    todo = _UNASKED.get(name, "")
    yield Finding(company.name, "ok", f"{name}: reached, and the account is accepted; {sends}", todo)
    if not company.sms or not company.sms.numbers.get(name):
        todo = "write one of your own under `numbers`, or `connector sms provision`"
        yield Finding(company.name, "warn", f"{name}: there is no number to send from", todo)
    errors: list[PlatformError] = []
    for line in number_lines(company, name, errors):
        if not line.in_mapping:
            continue
        for problem in line.problems:
            yield Finding(company.name, "warn", f"{name}: {line.number}: {problem}")
        if not line.problems and line.there:
            yield Finding(company.name, "ok", f"{name}: {line.number} is there and can text")
    yield from (failed(company.name, trouble) for trouble in errors)


def _callbacks(company: Company, sms: SmsSettings, name: str, provider: Texting) -> Iterator[Finding]:
    """Say where replies are to be called in, and what is lost without."""
    can = provider.can
    lacks = [] if sms.public_url else ["CONNECTOR_PUBLIC_URL (and CONNECTOR_LISTEN)"]
    if not can.signs_callbacks and name not in sms.callback_secrets:
        lacks.append(f"sms.providers.{name}.callback_secret")
    if lacks:
        what = f"{name}: does not call us"
        if can.lists_replies:
            what, level = f"{what}; replies are polled, and statuses are asked for", "ok"
        else:
            what, level = f"{what}, and shows replies' text in calls only: replies are lost", "warn"
        yield Finding(company.name, level, what, f"set {' and '.join(lacks)}")
        return
    address = advised(sms, company.name, name, "inbound")
    yield Finding(company.name, "ok", f"{name}: may call {address}", f"register it {PLACES.get(name, 'there')}")
    if name == "clicksend":
        status = advised(sms, company.name, name, "status")
        yield Finding(company.name, "ok", f"{name}: may call {status}", "register it there as a rule for receipts")
    if can.signs_callbacks and name == "plivo" and name not in sms.callback_secrets:
        todo = f"set sms.providers.{name}.callback_secret: its calls about messages may carry the weak signature only"
        yield Finding(company.name, "warn", f"{name}: calls with the signature V2 are refused without a secret", todo)
    if not can.lists_replies:
        what = f"{name}: a reply's text comes by its call only"
        gap = "a call that is lost shows as a gap, with the text at the provider's console" if can.shows_gaps else ""
        yield Finding(company.name, "warn", what, gap or "a call that is lost is a reply that is lost")


def _duties(company: Company, sms: SmsSettings) -> Iterator[Finding]:
    """List registrations for each number's country: whether they are there cannot be asked."""
    from connector.rules.duties import duties_of
    from connector.rules.people import read_phone
    from connector.rules.phones import to_e164

    countries: dict[tuple[int, str | None], list[str]] = {}
    for number in dict.fromkeys(number for numbers in sms.numbers.values() for number in numbers):
        code, phone = to_e164(number, None).country_code, read_phone(number, None)
        if code is not None:
            countries.setdefault((code, phone.region if phone else None), []).append(number)
    for (code, region), numbers in countries.items():
        for duty in duties_of(code, region):
            must = "carriers refuse texts without it" if duty.blocks else "required there"
            papers = f"; have ready: {', '.join(duty.papers)}" if duty.papers else ""
            what = f"{', '.join(numbers)}: {duty.name} ({must}; it cannot be asked whether it is done)"
            yield Finding(company.name, "ok", what, f"{duty.do}{papers}")


def _templates(company: Company) -> Iterator[Finding]:
    from connector.cli.sms.accounts import template_lines
    from connector.rules.segments import count

    for one in template_lines(company, "Sam"):
        if one["problem"]:
            what = f"template {one['name']}: nobody has a value for one of its names"
            yield Finding(company.name, "warn", what, one["problem"])
        elif count(one["example"], smart=True).segments < one["segments"]:
            what = f"template {one['name']}: takes {many(one['segments'], 'segment')}"
            yield Finding(company.name, "warn", what, one["hint"])


def _replies_since(company: Company, sms: SmsSettings) -> Iterator[Finding]:
    if sms.replies_since is None:
        return
    for name, days in KEPT_DAYS.items():
        kept_since = company.clock.now() - timedelta(days=days)
        if name in company.providers and sms.replies_since < kept_since:
            what = (
                f"replies_since lies behind what {name} keeps (about {days} days): older replies are not listed there"
            )
            yield Finding(company.name, "warn", what, f"replies from {kept_since:%Y-%m-%d} on are read")


def _balance(company: Company) -> Iterator[Finding]:
    from connector.flows.correspondence import text_status

    status = text_status(company)
    if status is not None and status.left is not None and status.left <= 0:
        what = f"{status.left} segments left: nothing is sent"
        yield Finding(company.name, "warn", what, "raise segment_balance in the mapping; only new messages go then")
