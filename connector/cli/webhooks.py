"""What `connector check` says about vendors' calls to us: set up, missing, or what to do. None of it is a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connector.cli.checkup import Finding
from connector.cli.output import span

if TYPE_CHECKING:
    from connector.config.mapping import Mapping
    from connector.flows.company import Company

#: where a vendor's settings take an address by hand: its API does not
BY_HAND = {"pinpoint": "Pinpoint: Settings > API & Webhooks"}
#: shorter ones are refused (docs/contracts/cord.openapi.yaml, `WebhookWrite`)
SHORTEST_SECRET = 32


def webhooks(mapping: Mapping, company: Company, public_url: str, *, asks: bool) -> Iterator[Finding]:
    """Yield one line for each side. Reads only; without `asks` the source is known to be out of reach."""
    yield from _of_source(mapping, company, public_url, asks)
    yield from _of_ats(mapping, company, public_url)


def _of_source(mapping: Mapping, company: Company, public_url: str, asks: bool) -> Iterator[Finding]:
    source = mapping.source
    lacks = _lacking("source", public_url, source.webhook_secret is not None)
    if lacks:
        what = f"{source.platform}: no webhooks; it is asked every {span(mapping.forwarding.poll_every_s)} what is new"
        yield Finding(company.name, "ok", what, f"for a conversation to be forwarded within a second, set {lacks}")
        return
    if source.webhook_secret and len(source.webhook_secret.reveal()) < SHORTEST_SECRET:
        what = f"{source.platform}: webhook_secret has fewer than {SHORTEST_SECRET} characters"
        yield Finding(company.name, "warn", what, f"{source.platform} takes no shorter one: choose another")
        return
    if asks:
        yield _subscribed(company)


def _subscribed(company: Company) -> Finding:
    """Ask the source whether it calls us."""
    from connector.domain import errors
    from connector.rules.subscriptions import MARK, plan_subscriptions

    name, receiver = company.source.platform, company.receiver
    assert receiver is not None
    address = receiver.url.partition(MARK)[0]
    try:
        found = company.source.subscriptions()
    except errors.PlatformError as error:
        return Finding(company.name, "warn", f"{name}: cannot tell whether it calls {address}: {error}")
    if not plan_subscriptions(found, receiver.url).subscribe:
        return Finding(company.name, "ok", f"{name}: calls {address}")
    given_up = any(each.url == receiver.url for each in found)
    what = f"{name}: has given up calling {address}" if given_up else f"{name}: does not call {address} yet"
    todo = "`connector run` subscribes within a quarter of an hour; `connector status` says what keeps it from that"
    if given_up:
        todo = f"see to it that the address can be reached from outside; {todo}"
    return Finding(company.name, "warn", what, todo)


def _of_ats(mapping: Mapping, company: Company, public_url: str) -> Iterator[Finding]:
    from connector.app import called_at

    ats = mapping.ats
    place = BY_HAND.get(ats.platform, f"the settings of {ats.platform}")
    lacks = _lacking("ats", public_url, ats.webhook_secret is not None)
    if not public_url:
        what = f"{ats.platform}: no webhooks; its jobs are read every {span(mapping.jobs.poll_every_s)}"
        yield Finding(company.name, "ok", what, f"for a changed job to be seen at once, set {lacks}")
        return
    address = called_at(public_url, company.name, ats.platform)
    if lacks:
        what = f"{ats.platform}: no webhooks; its jobs are read every {span(mapping.jobs.poll_every_s)}"
        todo = f"for a changed job to be seen at once, register {address} by hand ({place}), and set {lacks}"
        yield Finding(company.name, "ok", what, todo)
        return
    todo = f"its API cannot be asked whether it does: register exactly this address by hand ({place})"
    yield Finding(company.name, "ok", f"{ats.platform}: may call {address}", todo)


def _lacking(section: str, public_url: str, has_secret: bool) -> str:
    """Return what is to be set before a vendor can call us."""
    places = [] if public_url else ["CONNECTOR_PUBLIC_URL (and CONNECTOR_LISTEN)"]
    return " and ".join([*places, *([] if has_secret else [f"{section}.webhook_secret"])])
