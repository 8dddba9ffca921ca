"""cord behind the Source port.

Everything about cord's side is `docs/contracts/cord.openapi.yaml`, assumed as a whole; see NOTES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import structlog

from connector.domain.callbacks import Subscription
from connector.domain.errors import CandidateErased, OutcomeUnknown, Rejected, WireError
from connector.domain.model import (
    BadRow,
    Candidate,
    ConversationStart,
    DownloadedFile,
    FeedPage,
    Listing,
    Outcome,
    Position,
    Prepared,
    Priority,
)
from connector.platforms.cord import drop_down, hooks, links, replies, wire
from connector.platforms.cord.refusals import PLATFORM, refuse
from connector.platforms.health import Health, clock_skew_s
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring, keyring_of
from connector.rest.redaction import redact

ACCEPT = ("application/json",)

#: "The server must allow each company a steady 5 requests a second with bursts of 10" (contract, "Rate limits")
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((10, 2.0),)

#: rows a page, the contract's maximum
PAGE_ROWS = 100

#: larger CVs are cut here, one byte later, and the caller sees that they are too large
LARGEST_CV = 10_000_000

log = structlog.get_logger(__name__)

_T = TypeVar("_T")


class CordSource:
    """The Source port over cord's assumed contract. One object may be used by several threads."""

    platform = PLATFORM

    def __init__(self, client: Client, key_fingerprint: str | Callable[[], str]) -> None:
        self._client = client
        self._fingerprint = key_fingerprint

    def key_fingerprint(self) -> str:
        return self._fingerprint if isinstance(self._fingerprint, str) else self._fingerprint()

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._client.close()

    def probe(self) -> None:
        """Read the company: the one operation that any token may do and that never answers 403."""
        self._get("/v1/company", wire.scopes, priority=Priority.MANUAL)

    def health(self) -> Health:
        """Return which scopes are there and how the clocks differ; one call. Raises what `probe` raises."""
        label = "GET /v1/company"
        answer = self._client.request(Kind.READ, "GET", "/v1/company", priority=Priority.MANUAL, label=label)
        granted = self._read(label, wire.scopes, answer.json)
        permissions = {name: name in granted for name in (*wire.SCOPES, *wire.MIRROR_SCOPES, *wire.SMS_SCOPES)}
        missing = tuple(name for name in wire.SCOPES if not permissions[name])
        return Health(permissions, missing, clock_skew_s(answer), self._client.key)

    def conversation_starts(self, cursor: str | None, priority: Priority = Priority.NEW) -> FeedPage:
        params = (("limit", str(PAGE_ROWS)), *((("cursor", cursor),) if cursor else ()))
        page = self._get("/v1/conversation-starts", wire.page, params=params, priority=priority)
        starts: list[ConversationStart] = []
        bad: list[BadRow] = []
        for row in page.rows:
            if wire.unknown_type(row):
                log.warning(
                    "a feed row of an unknown type was passed over", action="row_passed_over", platform=PLATFORM
                )
                continue
            try:
                starts.append(wire.start_to_domain(row))
            except wire.NotTheContract as exc:
                bad.append(wire.bad_row(row, redact(str(exc))))
        return FeedPage(tuple(starts), tuple(bad), page.next_cursor, _goes_on(page, cursor))

    def tail(self) -> tuple[str, datetime]:
        # the contract: `data` is empty and `next_cursor` points behind the newest row
        path = "/v1/conversation-starts"
        answer = self._client.request(Kind.READ, "GET", path, params=(("from", "tail"),), label=f"GET {path}")
        page = self._read(f"GET {path}", wire.page, answer.json, answer.status)
        return page.next_cursor, answer.at + timedelta(seconds=clock_skew_s(answer) or 0.0)

    def starts_of(self, conversation_id: str) -> tuple[ConversationStart, ...]:
        return self._get(
            f"/v1/conversations/{_segment(conversation_id)}",
            lambda body: wire.conversation_to_domain(body, conversation_id),
            label="GET /v1/conversations/{id}",
        )

    def positions(self) -> tuple[Position, ...]:
        # No status filter: a position that leaves a filtered set is not announced.
        rows = self._walk("/v1/positions", wire.position_to_domain, Priority.LISTINGS)
        return _last_versions(rows, lambda position: position.id)

    def listings(self, priority: Priority = Priority.LISTINGS) -> tuple[Listing, ...]:
        rows = self._walk(drop_down.PATH, drop_down.listing_to_domain, priority)
        return _last_versions(rows, lambda listing: listing.job_id)

    def candidate(self, candidate_id: str, priority: Priority = Priority.NEW) -> Candidate:
        label = "GET /v1/candidates/{id}"
        found = self._get(
            f"/v1/candidates/{_segment(candidate_id)}",
            lambda body: wire.candidate_to_domain(body, candidate_id),
            priority=priority,
            label=label,
        )
        if found is None:
            raise CandidateErased(PLATFORM, label, "the record is marked as erased", code="candidate_erased")
        return found

    def cv(self, candidate_id: str, filename: str, priority: Priority = Priority.NEW) -> DownloadedFile | None:
        try:
            got = self._client.download(
                f"/v1/candidates/{_segment(candidate_id)}/cv",
                max_bytes=LARGEST_CV,
                max_hops=3,
                priority=priority,
                label="GET /v1/candidates/{id}/cv",
            )
        except Rejected as exc:
            # "In those three cases the connector sends the application without a CV and flags it."
            if exc.code == "cv_not_available" or exc.status in {413, 415}:
                return None
            raise
        return DownloadedFile(got.filename or filename, got.content, got.content_type)

    def prepare_outcome(self, start_id: str, outcome: Outcome, at: datetime) -> Prepared:
        return wire.outcome_from_domain(start_id, outcome, at)

    def fitted(self, listing: Listing) -> Listing:
        return drop_down.fitted(listing)

    def prepare_listing(self, listing: Listing, at: datetime) -> Prepared:
        return drop_down.listing_from_domain(listing, at)

    def prepare_withdrawal(self, job_id: str, at: datetime) -> Prepared:
        return drop_down.withdrawal_from_domain(job_id, at)

    def prepare_link(self, position_id: str, job_id: str, origin: str, at: datetime) -> Prepared:
        return links.link_from_domain(position_id, job_id, origin, at)

    def prepare_unlink(self, position_id: str, at: datetime) -> Prepared:
        return links.unlink_from_domain(position_id, at)

    def prepare_reply(
        self, conversation_id: str, external_id: str, text: str, sender: str, to: str, at: datetime
    ) -> Prepared:
        return replies.reply_from_domain(conversation_id, external_id, text, sender, to, at)

    def subscriptions(self) -> tuple[Subscription, ...]:
        rows = self._walk(hooks.PATH, hooks.subscription_to_domain, Priority.LISTINGS)
        return _last_versions(rows, lambda subscription: subscription.id)

    def prepare_subscription(self, url: str, secret: str, at: datetime) -> Prepared:
        return hooks.subscription_from_domain(url, secret, at)

    def prepare_unsubscription(self, subscription_id: str, at: datetime) -> Prepared:
        return hooks.unsubscription_from_domain(subscription_id, at)

    def send(self, prepared: Prepared, priority: Priority = Priority.NEW) -> None:
        what, confirm = "/v1/conversation-starts/{id}/deliveries", _confirm_report
        if prepared.path.startswith(f"{drop_down.PATH}/"):
            what, confirm = f"{drop_down.PATH}/{{id}}", drop_down.confirm
        elif prepared.path.startswith(hooks.PATH):
            what, confirm = hooks.PATH, hooks.confirm
        elif prepared.path.endswith(links.ENDING):
            what, confirm = f"/v1/positions/{{id}}{links.ENDING}", links.confirm
        elif prepared.path.endswith(replies.ENDING):
            what, confirm = f"/v1/conversations/{{id}}{replies.ENDING}", replies.confirm
        label = f"{prepared.method} {what}"
        answer = self._client.request(
            Kind.KEYED,
            prepared.method,
            prepared.path,
            body=prepared.body or None,
            content_type="application/json" if prepared.body else None,
            headers={"Idempotency-Key": prepared.key},
            priority=priority,
            label=label,
        )
        try:
            confirm(prepared, answer.json)
        except wire.NotTheContract as exc:
            # the key makes it safe to send the same again
            raise OutcomeUnknown(PLATFORM, label, f"unreadable receipt: {exc}", answer.status) from exc

    def _walk(self, path: str, read: Callable[[Any], _T], priority: Priority) -> Iterator[_T]:
        """Read a collection to its end. A row that changes during the walk comes again, later."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            params = (("limit", str(PAGE_ROWS)), *((("cursor", cursor),) if cursor else ()))
            page = self._get(path, wire.page, params=params, priority=priority)
            for row in page.rows:
                yield self._read(f"GET {path}", read, row)
            cursor = page.next_cursor
            if not page.has_more:
                return
            if cursor in seen:
                # stopping here would pass an unfinished list off as a whole one
                raise WireError(PLATFORM, f"GET {path}", "there is more, but the cursor leads in a circle")
            seen.add(cursor)

    def _get(
        self,
        path: str,
        read: Callable[[Any], _T],
        *,
        params: tuple[tuple[str, str], ...] = (),
        priority: Priority = Priority.NEW,
        label: str | None = None,
    ) -> _T:
        label = label or f"GET {path}"
        answer = self._client.request(Kind.READ, "GET", path, params=params, priority=priority, label=label)
        return self._read(label, read, answer.json, answer.status)

    def _read(self, label: str, read: Callable[[Any], _T], body: Any, status: int | None = None) -> _T:
        try:
            return read(body)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, label, redact(str(exc)), status) from exc


def _confirm_report(prepared: Prepared, body: Any) -> None:
    wire.receipt(body, prepared.path.split("/")[-2])


def _goes_on(page: wire.Page, cursor: str | None) -> bool:
    """Tell whether to ask for another page.

    "`has_more: true` with an unchanged cursor is a server fault; the client stops that walk." The next poll asks with
    the same cursor again, so nothing is lost.
    """
    if page.has_more and page.next_cursor == cursor:
        log.warning("the feed says there is more but does not move on", action="feed_stands_still", platform=PLATFORM)
        return False
    return page.has_more


def _last_versions(rows: Iterable[_T], id_of: Callable[[_T], str]) -> tuple[_T, ...]:
    found: dict[str, _T] = {}
    for row in rows:
        found.pop(id_of(row), None)
        found[id_of(row)] = row
    return tuple(found.values())


def _segment(value: str) -> str:
    return quote(value, safe="")


def fingerprint(secret: str) -> str:
    """Return a digest of a token: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"cord token:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, key_fingerprint: str) -> str:
    """Name whose calls share one limit: "counted over all its tokens", of which we know one for each company."""
    return f"{PLATFORM}:{urlsplit(base_url).netloc.lower()}:{key_fingerprint}"


def build(
    base_url: str,
    secret: Keyring | Callable[[], str],
    *,
    rate_limits: tuple[tuple[int, float], ...] | None,
    budget_ledger: BudgetLedger,
    tuning: Tuning | None = None,
    on_call: Callable[[CallSeen], None] | None = None,
) -> CordSource:
    """Make the adapter of one company; `base_url` is the part in front of `/v1`. Opens nothing yet.

    `secret` is asked for every call, so that a new token needs no restart; a `Keyring` may hold two.
    `rate_limits` None: the contract's; empty: none.
    """
    tuning = tuning or Tuning()
    keys = keyring_of(secret)
    scope = budget_scope(base_url, fingerprint(keys.keys[0]))
    limits = DEFAULT_RATE_LIMITS if rate_limits is None else rate_limits
    client = Client(
        platform=PLATFORM,
        base_url=base_url,
        headers=lambda: {"Authorization": f"Bearer {keys.given()}"},
        accept=ACCEPT,
        refuse=refuse,
        budget=Budget(budget_ledger, scope, limits, sleep=tuning.stop.wait),
        tuning=tuning,
        on_call=on_call,
        keys=keys,
    )
    return CordSource(client, lambda: fingerprint("\n".join(keys.keys)))
