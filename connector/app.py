"""The only place that knows concrete classes: settings and mappings in, companies at work out."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from connector.accounts import build_providers, sms_settings
from connector.config.mapping import Mapping
from connector.config.sms import Sms
from connector.domain.actions import Kind
from connector.domain.callbacks import Receiver
from connector.domain.model import Link
from connector.domain.ports import Ats, Source
from connector.flows.applications import sync_applications
from connector.flows.audit import sync_audit
from connector.flows.company import Company
from connector.flows.hints import Hints
from connector.flows.inquiry import next_due_s, next_listing_due_s, next_text_due_s
from connector.flows.listings import sync_listings
from connector.flows.messages import sync_messages
from connector.flows.privacy import sync_retention
from connector.flows.replies import sync_replies
from connector.flows.subscribing import sync_subscription
from connector.platforms.cord import adapter as cord
from connector.platforms.pinpoint import adapter as pinpoint
from connector.rest.budget import BudgetState, calls_left
from connector.rest.calls import CallSeen, Tuning
from connector.rest.keyring import Keyring
from connector.rest.notices import Notices
from connector.rest.redaction import register_secret
from connector.rules.applications import Forwarding
from connector.rules.people import person_id
from connector.rules.subscriptions import MARK
from connector.scheduler import Poll
from connector.store.budgets import Budgets
from connector.store.engine import Database
from connector.store.facts import Facts
from connector.store.feeds import Feeds
from connector.store.journal import Journal
from connector.store.ledger import Ledger
from connector.store.links import LinkStore
from connector.store.listings import ListingStore
from connector.store.locks import CompanyLocks
from connector.store.privacy import Privacy
from connector.store.texts import TextStore
from connector.store.upgrade import upgrade

#: one folder a vendor; a new one is a line here
SOURCES: dict[str, Callable[..., Source]] = {"cord": cord.build}
ATSES: dict[str, Callable[..., Ats]] = {"pinpoint": pinpoint.build}
#: how a vendor names whose calls share a limit
VENDORS: dict[str, Any] = {"cord": cord, "pinpoint": pinpoint}
#: (calls, seconds) that a vendor allows, where the mapping says nothing else
RATE_LIMITS = {"cord": cord.DEFAULT_RATE_LIMITS, "pinpoint": pinpoint.DEFAULT_RATE_LIMITS}

#: how long a call may wait for the rate budget: inside a batch it is cheaper to wait than to begin the batch again
BUDGET_WAIT_S = 600.0


#: once a day is often enough for what is counted in days
NIGHTLY_S = 86_400.0
#: how often it is looked whether a day has passed since the last audit
AUDIT_LOOK_S = 3600.0
#: how often it is looked whether an event has asked for a text message, at least
MESSAGES_EVERY_S = 10.0
#: how often it is looked whether the source still calls us
CALLS_LOOK_S = 900.0


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present, aware, UTC."""
        return datetime.now(UTC)


class StoredBudgets:
    """The store's texts as the HTTP layer's budget states."""

    def __init__(self, database: Database) -> None:
        self._texts = Budgets(database)

    def update(self, scope: str, change: Callable[[BudgetState], BudgetState]) -> BudgetState:
        """Replace the scope's state by `change(state)`, atomically over processes."""
        state = BudgetState()

        def changed(before: str | None) -> str:
            nonlocal state
            state = change(BudgetState.from_json(before))
            return state.to_json()

        self._texts.update(scope, changed)
        return state


@dataclass(frozen=True)
class Stores:
    """Our database, opened and up to date, and the ways into it."""

    database: Database
    actions: Ledger
    feed: Feeds
    memory: Facts
    listings: ListingStore
    links: LinkStore
    journal: Journal
    locks: CompanyLocks
    privacy: Privacy
    texts: TextStore
    #: of the keyed hashes; made once, kept in the database
    secret: str
    #: the copy that was made before an upgrade, if there was one
    copied_to: str | None = None

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()


def open_stores(url: str) -> Stores:
    """Open the database; a missing one is created, an older one upgraded. Raises StoreError, NewerSchema."""
    database = Database(url)
    copied_to = upgrade(database)
    facts = Facts(database)
    secret = facts.setting("person_secret", secrets.token_hex(32))
    return Stores(
        database,
        Ledger(database),
        Feeds(database),
        facts,
        ListingStore(database),
        LinkStore(database),
        Journal(database),
        CompanyLocks(database),
        Privacy(database),
        TextStore(database),
        secret,
        copied_to,
    )


def build_company(
    mapping: Mapping,
    stores: Stores,
    *,
    stop: threading.Event | None = None,
    tuning: Tuning | None = None,
    on_call: Callable[[CallSeen], None] | None = None,
    lock_wait_s: float = 0.0,
    public_url: str = "",
) -> Company:
    """Put one company to work: adapters, rules and stores together. Makes no call. Vendors call us at `public_url`."""
    stop = stop or threading.Event()
    tuned = replace(tuning or Tuning(budget_wait_s=BUDGET_WAIT_S), stop=stop)
    token, api_key = mapping.source.token, mapping.ats.api_key
    for held in (token, api_key, mapping.source.webhook_secret, mapping.ats.webhook_secret):
        for secret in held.reveal_all() if held else ():
            register_secret(secret)
    budgets = StoredBudgets(stores.database)
    source = SOURCES[mapping.source.platform](
        mapping.source.base_url,
        Keyring(token.reveal_all, token.names, company=mapping.company, platform=mapping.source.platform),
        rate_limits=mapping.source.rate_limits,
        budget_ledger=budgets,
        tuning=tuned,
        on_call=on_call,
    )
    ats = ATSES[mapping.ats.platform](
        f"{mapping.ats.url}/api/v1",
        Keyring(api_key.reveal_all, api_key.names, company=mapping.company, platform=mapping.ats.platform),
        rate_limits=mapping.ats.rate_limits,
        budget_ledger=budgets,
        tuning=tuned,
        on_call=on_call,
    )
    forwarding = mapping.forwarding
    return Company(
        name=mapping.company,
        source=source,
        ats=ats,
        actions=stores.actions,
        feed=stores.feed,
        memory=stores.memory,
        listings=stores.listings,
        links=stores.links,
        locks=stores.locks,
        privacy=stores.privacy,
        keep_settled_s=mapping.retention.settled_s,
        keep_history_s=mapping.retention.history_s,
        clock=SystemClock(),
        forwarding=Forwarding(
            company=mapping.company,
            automatic=forwarding.automatic,
            since=None,
            default_region=mapping.default_region,
            notify=forwarding.notify,
            source_label=forwarding.source_label,
            tag=forwarding.tag or "",
            source=mapping.source.platform,
        ),
        start=forwarding.start.at or forwarding.start.kind,
        file_links=tuple(Link(p.position, p.job, "file", p.automatic) for p in mapping.positions),
        follow_source_links=mapping.follow_source_links,
        max_new_per_run=forwarding.max_new_per_run,
        lists_every_s=mapping.jobs.poll_every_s,
        person_of=lambda address: person_id(stores.secret, mapping.company, address),
        mirrored=mapping.jobs.visibility if mapping.jobs.mirror else (),
        max_withdrawn_share=mapping.jobs.max_withdrawn_share,
        stop=stop,
        lock_wait_s=lock_wait_s,
        sms=sms_settings(mapping, public_url) if mapping.sms else None,
        providers=build_providers(mapping, budgets, tuned, on_call),
        texts=stores.texts,
        number_of=lambda number: person_id(stores.secret, mapping.company, number),
        receiver=receiver_of(mapping, public_url),
        hints=Hints(forwarding.poll_every_s),
    )


def called_at(public_url: str, company: str, platform: str) -> str:
    """Return the address that takes a platform's calls about a company."""
    return f"{public_url.rstrip('/')}/callbacks/{company}/{platform}"


def receiver_of(mapping: Mapping, public_url: str) -> Receiver | None:
    """Return where the source is to call us; None: without an address or a secret it cannot."""
    source = mapping.source
    if not public_url or source.webhook_secret is None:
        return None
    newest = source.webhook_secret.reveal()
    fingerprint = VENDORS[source.platform].fingerprint(newest)[:8]
    return Receiver(f"{called_at(public_url, mapping.company, source.platform)}{MARK}{fingerprint}", newest)


def limits_of(mapping: Mapping) -> tuple[tuple[tuple[int, float], ...], tuple[tuple[int, float], ...]]:
    """Return the rate limits that a company's source and ATS are called within."""
    source, ats = mapping.source, mapping.ats
    return (
        RATE_LIMITS[source.platform] if source.rate_limits is None else source.rate_limits,
        RATE_LIMITS[ats.platform] if ats.rate_limits is None else ats.rate_limits,
    )


def budget_left(
    mappings: Iterable[Mapping], stored: Callable[[Iterable[str]], dict[str, str | None]]
) -> list[tuple[str, str, int]]:
    """Return (scope, window, calls left) for every limit that the companies are called within."""
    limits: dict[str, tuple[tuple[int, float], ...]] = {}
    for mapping in mappings:
        source, ats = mapping.source, mapping.ats
        of_source, of_ats = limits_of(mapping)
        vendor = VENDORS[source.platform]
        limits[vendor.budget_scope(source.base_url, vendor.fingerprint(source.token.reveal()))] = of_source
        vendor = VENDORS[ats.platform]
        limits[vendor.budget_scope(ats.url, vendor.fingerprint(ats.api_key.reveal()))] = of_ats
    now = time.time()
    return [
        (scope, f"{seconds:g}s", calls_left(BudgetState.from_json(state), count, seconds, now))
        for scope, state in stored(limits).items()
        for count, seconds in limits[scope]
    ]


def notices(name: str, url: str) -> Notices:
    """Return what sends short messages to an address of the operator's own."""
    return Notices(name, url)


def polls_of(mapping: Mapping, company: Company) -> list[Poll]:
    """Return what the daemon runs for a company, and how often."""
    began = company.clock.now()
    mirror = Poll(
        company.name,
        "listings",
        mapping.jobs.poll_every_s,
        lambda: sync_listings(company),
        lambda: next_listing_due_s(company),
        # a hint says that the list has changed, however young the last reading is
        lambda: sync_listings(company, since=company.clock.now()),
    )
    calls = Poll(company.name, "calls", CALLS_LOOK_S, lambda: sync_subscription(company))
    return [
        Poll(
            company.name,
            "applications",
            mapping.forwarding.poll_every_s,
            lambda: sync_applications(company),
            lambda: next_due_s(company),
        ),
        *([mirror] if company.mirrored else []),
        *([calls] if company.receiver else []),
        *(_texting(mapping.sms, company) if mapping.sms else ()),
        Poll(company.name, "retention", NIGHTLY_S, lambda: sync_retention(company)),
        Poll(company.name, "audit", AUDIT_LOOK_S, lambda: sync_audit(company, began)),
    ]


def _texting(sms: Sms, company: Company) -> tuple[Poll, ...]:
    return (
        Poll(
            company.name,
            "replies",
            sms.poll_every_s,
            lambda: sync_replies(company),
            lambda: next_text_due_s(company, (Kind.COMMENT, Kind.REPLY)),
        ),
        Poll(
            company.name,
            "messages",
            # asks no provider while nothing is to be sent, and what an event asks for should not wait long
            min(sms.poll_every_s, MESSAGES_EVERY_S),
            lambda: sync_messages(company),
            lambda: next_text_due_s(company, (Kind.MESSAGE,)),
        ),
    )
