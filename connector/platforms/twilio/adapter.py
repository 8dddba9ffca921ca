"""Twilio behind the Texting port.

From Twilio's OpenAPI documents (twilio/twilio-oai, 2026-04-14) and its Python SDK 9.13. Nothing was checked against a
live account; see NOTES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import structlog

from connector.domain.errors import NotThere, OutcomeUnknown, WireError
from connector.domain.model import Priority
from connector.domain.texts import (
    BadReply,
    Balance,
    Callback,
    CallbackAnswer,
    Capabilities,
    Media,
    Outgoing,
    OwnNumber,
    Receipt,
    Reply,
    ReplyPage,
)
from connector.platforms.forms import FORM, basic, encoded
from connector.platforms.twilio import shapes, wire
from connector.platforms.twilio.own_numbers import Numbers
from connector.platforms.twilio.pages import Params, params_of, walk
from connector.platforms.twilio.provisioning import Provisioning
from connector.platforms.twilio.refusals import SEND, refuse
from connector.platforms.twilio.signing import is_signed
from connector.platforms.twilio.wire import PLATFORM
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring

MESSAGING_URL = "https://messaging.twilio.com"
PRICING_URL = "https://pricing.twilio.com"
ACCEPT = ("application/json",)

#: assumed: Twilio publishes no rate; what it limits is calls at once, and a 429 has had no effect
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((50, 1.0),)

#: rows a page, the documented maximum
PAGE_ROWS = 1000

#: a callback's answer: no text, for it would be sent to the candidate
NOTHING = CallbackAnswer(200, "text/xml", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

CAN = Capabilities(
    lists_replies=True,
    shows_gaps=False,
    names_answered=False,
    signs_callbacks=True,
    acknowledges=False,
    finds_sent=True,
    shows_status=True,
    shows_balance=True,
    smart_encoding=True,
    provisions=True,
    longest_text=1600,
)

#: files of so many messages are remembered: a poll reads the same rows again and again
_MEDIA_KEPT = 1000

_LIST = "GET /Messages"

log = structlog.get_logger(__name__)

_T = TypeVar("_T")


class TwilioTexting:
    """The Texting port over Twilio's API 2010-04-01. One object may be used by several threads."""

    platform = PLATFORM
    can = CAN

    def __init__(
        self,
        clients: Mapping[str, Client],
        base_url: str,
        account: str,
        keys: Keyring,
        signing: Callable[[], tuple[str, ...]],
        options: Mapping[str, str],
    ) -> None:
        """`clients` by host: `api`, `messaging` and `pricing`; each with its own address, all with the same key."""
        self.account = account
        self._client, self._clients = clients["api"], clients
        self._base_url, self._path = base_url.rstrip("/"), f"/2010-04-01/Accounts/{quote(account, safe='')}"
        self._keys, self._signing = keys, signing
        self._service = options.get("messaging_service_sid") or None
        self._with_api_key = bool(options.get("api_key_sid"))
        self._media: dict[str, tuple[Media, ...]] = {}
        messaging_url = options.get("messaging_url") or MESSAGING_URL
        self._numbers = Numbers(self._client, clients["messaging"], self._base_url, messaging_url, self._path)
        #: for `sms provision`
        self.provisioning = Provisioning(self._client, clients["pricing"], self._base_url, account)

    def key_fingerprint(self) -> str:
        return fingerprint("\n".join(self._keys.keys))

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        for client in self._clients.values():
            client.close()

    def probe(self) -> None:
        # "Standard API keys get 401 on /Accounts": such a key is tried on the list of messages
        if self._with_api_key:
            self._get("/Messages.json", [("PageSize", "1")], _LIST, _page, Priority.MANUAL)
        else:
            self._get(".json", [], "GET /Accounts/{sid}", lambda body: body, Priority.MANUAL)

    def submit(self, message: Outgoing, priority: Priority = Priority.SMS) -> Receipt:
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            f"{self._path}/Messages.json",
            body=encoded(wire.message_from_domain(message, self._service)),
            content_type=FORM,
            priority=priority,
            label=SEND,
        )
        if answer.status != 201:
            raise OutcomeUnknown(PLATFORM, SEND, "the answer is a success, but not 201", answer.status)
        try:
            return wire.receipt_to_domain(answer.json, message.intent)
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, SEND, f"unreadable answer: {exc}", answer.status) from exc

    def find(self, message: Outgoing, since: datetime, known: Iterable[str]) -> Receipt | None:
        pair = [("To", message.to)]
        pair += [] if wire.is_service(message.sender) else [("From", message.sender)]
        owned = frozenset(known)
        # what has not left Twilio has no DateSent and is in no list by it: it is among the pair's newest
        for params in ([*pair, ("DateSent>", wire.day_of(since))], pair):
            for page in self._messages([*params, ("PageSize", str(PAGE_ROWS))]):
                row = wire.lost_message(page.messages, message, since, owned)
                if row:
                    return wire.receipt_of_row(row, message.intent)
                if params is pair:
                    break
        return None

    def receipt(self, remote_id: str) -> Receipt:
        label = "GET /Messages/{sid}"
        found = self._get(f"/Messages/{quote(remote_id, safe='')}.json", [], label, wire.receipt_to_domain)
        if found.id != remote_id:
            raise WireError(PLATFORM, label, "the answer is about another message")
        return found

    def replies(self, number: str, since: datetime, page: str | None = None) -> ReplyPage:
        params = [("To", number), ("DateSent>", wire.moment_of(since)), ("PageSize", str(PAGE_ROWS))]
        if page is not None:
            params = self._turn(page)
        found = self._get("/Messages.json", params, _LIST, _page)
        if (
            found.first_page_uri
            and "DateSent%3E" not in found.first_page_uri
            and "DateSent>" not in found.first_page_uri
        ):
            log.warning("a list ignores the time it was asked from", action="filter_ignored", platform=PLATFORM)
        if found.next_page_uri and found.next_page_uri == page:
            raise WireError(PLATFORM, _LIST, "there is more, but the pages lead in a circle")
        if found.next_page_uri:
            self._turn(found.next_page_uri)
        rows = wire.replies_to_domain(found.messages, self.account, since)
        replies = tuple(self._with_media(reply) if reply.id in rows.with_media else reply for reply in rows.replies)
        return ReplyPage(replies, rows.bad, found.next_page_uri or None, rows.unfinished_since)

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Nothing: the list keeps everything."""

    def is_genuine(self, call: Callback) -> bool:
        # the signature covers the whole address, and so the secret in it
        return is_signed(call, self._signing())

    def read(self, call: Callback) -> tuple[Reply | Receipt | BadReply, ...]:
        try:
            return (wire.callback_to_domain(call, self.account),)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, f"callback {call.what}", str(exc)) from exc

    def answer(self, call: Callback) -> CallbackAnswer:
        return NOTHING

    def balance(self) -> Balance | None:
        try:
            found = self._get("/Balance.json", [], "GET /Balance", lambda body: wire.parsed(shapes.BalanceBody, body))
        except NotThere:
            # "absent on sub-accounts"
            return None
        return Balance(found.balance, found.currency)

    def own_numbers(self) -> tuple[OwnNumber, ...]:
        return self._numbers.read()

    def _messages(self, params: Params) -> Iterable[shapes.MessageList]:
        def fetch(asked: Params) -> shapes.MessageList:
            return self._get("/Messages.json", asked, _LIST, _page)

        return walk(_LIST, params, fetch, lambda page: (page, page.next_page_uri), self._turn)

    def _turn(self, address: str) -> Params:
        return params_of(_LIST, address, self._base_url, f"{self._path}/Messages.json")

    def _with_media(self, reply: Reply) -> Reply:
        if reply.id not in self._media:
            try:
                path = f"/Messages/{quote(reply.id, safe='')}/Media.json"
                media = self._get(
                    path, [], "GET /Messages/{sid}/Media", lambda body: wire.media_to_domain(body, self._base_url)
                )
            except NotThere:
                media = ()
            if len(self._media) >= _MEDIA_KEPT:
                self._media.clear()
            self._media[reply.id] = media
        return replace(reply, media=self._media[reply.id])

    def _get(
        self,
        path: str,
        params: Params,
        label: str,
        read: Callable[[Any], _T],
        priority: Priority = Priority.SMS,
    ) -> _T:
        answer = self._client.request(
            Kind.READ, "GET", self._path + path, params=params, priority=priority, label=label
        )
        try:
            return read(answer.json)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, label, str(exc), answer.status) from exc


def _page(body: Any) -> shapes.MessageList:
    return wire.parsed(shapes.MessageList, body)


def fingerprint(secret: str) -> str:
    """Return a digest of a token or key: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"twilio key:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, account: str) -> str:
    """Name whose calls share one limit: those of one account (assumed), whatever key they are made with."""
    return f"{PLATFORM}:{urlsplit(base_url).netloc.lower()}:{account}"


def build(
    base_url: str,
    account: str,
    secret: Keyring,
    *,
    signing: Callable[[], tuple[str, ...]],
    callback_secret: str | None,
    options: Mapping[str, str],
    rate_limits: tuple[tuple[int, float], ...] | None,
    budget_ledger: BudgetLedger,
    tuning: Tuning | None = None,
    on_call: Callable[[CallSeen], None] | None = None,
) -> TwilioTexting:
    """Make the adapter of one account; `base_url` is the part in front of `/2010-04-01`. Opens nothing yet.

    `secret` is asked for every call; a `Keyring` may hold two. `signing` gives the tokens that sign callbacks, newest
    first. `callback_secret` is not needed: the signature covers the address. `options`: `api_key_sid` (the secret is
    then that key's), `messaging_service_sid`, `messaging_url`, `pricing_url`. `rate_limits` None: ours; empty: none.
    """
    tuning = tuning or Tuning()
    limits = DEFAULT_RATE_LIMITS if rate_limits is None else rate_limits
    budget = Budget(budget_ledger, budget_scope(base_url, account), limits, sleep=tuning.stop.wait)
    user = options.get("api_key_sid") or account
    addresses = {
        "api": base_url,
        "messaging": options.get("messaging_url") or MESSAGING_URL,
        "pricing": options.get("pricing_url") or PRICING_URL,
    }
    clients = {
        name: Client(
            platform=PLATFORM,
            base_url=address,
            headers=lambda: basic(user, secret.given()),
            accept=ACCEPT,
            refuse=refuse,
            budget=budget,
            tuning=tuning,
            on_call=on_call,
            keys=secret,
        )
        for name, address in addresses.items()
    }
    return TwilioTexting(clients, base_url, account, secret, signing, options)
