"""Plivo behind the Texting port.

From docs.plivo.com and Plivo's Python SDK 4.63. Nothing was checked against a live account; see NOTES.md. The text of a
reply comes by callback only: the list of messages has none, so it tells of a gap and cannot fill it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from connector.domain.errors import NotThere, OutcomeUnknown, WireError
from connector.domain.model import Priority
from connector.domain.texts import (
    BadReply,
    Balance,
    Callback,
    CallbackAnswer,
    Capabilities,
    Outgoing,
    OwnNumber,
    Receipt,
    Reply,
    ReplyPage,
)
from connector.platforms.forms import basic
from connector.platforms.plivo import shapes, wire
from connector.platforms.plivo.refusals import SEND, refuse
from connector.platforms.plivo.signing import is_signed
from connector.platforms.plivo.wire import PLATFORM
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import Answer, CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring

ACCEPT = ("application/json",)

#: "REST 300 requests / 5 s" (a third party's figure)
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((300, 5.0),)

#: rows a page, the documented maximum
PAGE_ROWS = 20
#: a list of numbers that is longer has no end
MOST_PAGES = 500

#: so long a reply's callback may be on its way before its text counts as lost (the retry policy is unknown)
CALLBACK_TIME = timedelta(minutes=10)

#: a callback's answer: no text, for it would be sent to the candidate
NOTHING = CallbackAnswer(200, "application/xml", b"<Response/>")

CAN = Capabilities(
    lists_replies=False,
    shows_gaps=True,
    names_answered=False,
    signs_callbacks=True,
    acknowledges=False,
    # its list shows no text, and number and time alone are a guess
    finds_sent=False,
    shows_status=True,
    shows_balance=True,
    smart_encoding=False,
    provisions=False,
    longest_text=None,
)

_LIST = "GET /Message/"

_T = TypeVar("_T")


class PlivoTexting:
    """The Texting port over Plivo's API v1. One object may be used by several threads."""

    platform = PLATFORM
    can = CAN

    def __init__(
        self,
        client: Client,
        account: str,
        keys: Keyring,
        signing: Callable[[], tuple[str, ...]],
        callback_secret: str | None,
        options: Mapping[str, str],
    ) -> None:
        self.account = account
        self._client, self._keys, self._signing, self._secret = client, keys, signing, callback_secret
        self._path = f"/v1/Account/{quote(account, safe='')}/"
        self._powerpack = options.get("powerpack_uuid") or None
        self._main_token = options.get("main_token") or None

    def key_fingerprint(self) -> str:
        return fingerprint("\n".join(self._keys.keys))

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._client.close()

    def probe(self) -> None:
        self._get("", [], "GET /Account/{auth_id}/", lambda body: body, Priority.MANUAL)

    def submit(self, message: Outgoing, priority: Priority = Priority.SMS) -> Receipt:
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            f"{self._path}Message/",
            body=wire.message_from_domain(message, self._powerpack),
            content_type="application/json",
            priority=priority,
            label=SEND,
        )
        if answer.status != 202:
            raise OutcomeUnknown(PLATFORM, SEND, "the answer is a success, but not 202", answer.status)
        try:
            return wire.accepted_to_domain(answer.json, message.intent)
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, SEND, f"unreadable answer: {exc}", answer.status) from exc

    def find(self, message: Outgoing, since: datetime, known: Iterable[str]) -> Receipt | None:
        return None

    def receipt(self, remote_id: str) -> Receipt:
        label = "GET /Message/{uuid}/"
        found = self._get(f"Message/{quote(remote_id, safe='')}/", [], label, wire.receipt_to_domain)
        if found.id != remote_id:
            raise WireError(PLATFORM, label, "the answer is about another message")
        return found

    def replies(self, number: str, since: datetime, page: str | None = None) -> ReplyPage:
        offset = int(page or 0)
        params = [
            ("message_direction", "inbound"),
            ("to_number", wire.digits(number)),
            ("message_time__gte", wire.moment_of(since)),
            ("limit", str(PAGE_ROWS)),
            ("offset", str(offset)),
        ]
        answer = self._ask("Message/", params, _LIST, Priority.SMS)
        found = self._read(_LIST, _list, answer)
        rows = wire.replies_to_domain(found.objects, self.account, answer.at - CALLBACK_TIME)
        # the next address is not followed: an offset of our own cannot lead in a circle, nor to another host
        more = found.meta.next and found.objects
        return ReplyPage(
            rows.replies, rows.bad, str(offset + len(found.objects)) if more else None, rows.unfinished_since
        )

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Nothing: the list keeps everything."""

    def is_genuine(self, call: Callback) -> bool:
        tokens = self._signing()
        # a main account's own token is the main token
        main = (self._main_token,) if self._main_token else tokens if self.account.startswith("MA") else ()
        return is_signed(call, tokens, main, self._secret)

    def read(self, call: Callback) -> tuple[Reply | Receipt | BadReply, ...]:
        try:
            return (wire.callback_to_domain(call, self.account),)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, f"callback {call.what}", str(exc)) from exc

    def answer(self, call: Callback) -> CallbackAnswer:
        return NOTHING

    def balance(self) -> Balance | None:
        found = self._get("", [], "GET /Account/{auth_id}/", lambda body: wire.parsed(shapes.AccountBody, body))
        return None if found.cash_credits is None else Balance(found.cash_credits, wire.CURRENCY)

    def own_numbers(self) -> tuple[OwnNumber, ...]:
        rows = list(self._numbers())
        urls = {row.application: "" for row in rows if row.application}
        for address in urls:
            urls[address] = self._message_url(address)
        return tuple(
            OwnNumber(
                wire.international(row.number),
                row.sms_enabled,
                _problems(row, urls[row.application] if row.application else None),
            )
            for row in rows
        )

    def _numbers(self) -> Iterator[shapes.NumberRow]:
        label = "GET /Number/"
        offset = 0
        for _ in range(MOST_PAGES):
            params = [("limit", str(PAGE_ROWS)), ("offset", str(offset))]
            page = self._get("Number/", params, label, _list, Priority.MANUAL)
            for row in page.objects:
                try:
                    yield wire.parsed(shapes.NumberRow, row)
                except wire.NotTheContract as exc:
                    raise WireError(PLATFORM, label, str(exc)) from exc
            offset += len(page.objects)
            if not page.meta.next or not page.objects:
                return
        raise WireError(PLATFORM, label, "the list has no end")

    def _message_url(self, address: str) -> str:
        """Return where an application sends texts; empty: nowhere."""
        label = "GET /Application/{app_id}/"
        # only the id is taken from the address: the key goes nowhere else
        app_id = address.rstrip("/").rpartition("/")[2]
        path = f"Application/{quote(app_id, safe='')}/"
        try:
            found = self._get(path, [], label, lambda body: wire.parsed(shapes.ApplicationRow, body), Priority.MANUAL)
        except NotThere:
            return ""
        return found.message_url or ""

    def _ask(self, path: str, params: list[tuple[str, str]], label: str, priority: Priority) -> Answer:
        return self._client.request(Kind.READ, "GET", self._path + path, params=params, priority=priority, label=label)

    def _get(
        self,
        path: str,
        params: list[tuple[str, str]],
        label: str,
        read: Callable[[Any], _T],
        priority: Priority = Priority.SMS,
    ) -> _T:
        return self._read(label, read, self._ask(path, params, label, priority))

    def _read(self, label: str, read: Callable[[Any], _T], answer: Answer) -> _T:
        try:
            return read(answer.json)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, label, str(exc), answer.status) from exc


def _list(body: Any) -> shapes.ListBody:
    return wire.parsed(shapes.ListBody, body)


def _problems(row: shapes.NumberRow, message_url: str | None) -> tuple[str, ...]:
    """Say what is wrong with a number; `message_url` None: it has no application."""
    problems = [] if row.sms_enabled else ["it cannot send or get texts; choose one with SMS at Plivo"]
    host = (urlsplit(message_url or "").hostname or "").lower() if message_url else ""
    if message_url is None:
        problems.append(
            "it has no application: what comes in is told to nobody. Give it one at Plivo, with our address"
        )
    elif not message_url:
        problems.append(
            "its application has no message URL: texts of replies are lost. Enter our callback address there"
        )
    elif host == "pinpointhq.com" or host.endswith(".pinpointhq.com"):
        problems.append("Pinpoint itself holds this number: its replies go to Pinpoint. Use another number here")
    return tuple(problems)


def fingerprint(secret: str) -> str:
    """Return a digest of a token: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"plivo token:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, account: str) -> str:
    """Name whose calls share one limit: those of one account (assumed), whatever token they are made with."""
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
) -> PlivoTexting:
    """Make the adapter of one account; `base_url` is the part in front of `/v1`. Opens nothing yet.

    `secret` is asked for every call; a `Keyring` may hold two. `signing` gives the tokens that sign callbacks, newest
    first. Without `callback_secret` only callbacks with a V3 signature are genuine. `options`: `main_token` (signs for
    a sub-account too), `powerpack_uuid` (takes the sender's place). `rate_limits` None: the vendor's; empty: none.
    """
    tuning = tuning or Tuning()
    limits = DEFAULT_RATE_LIMITS if rate_limits is None else rate_limits
    client = Client(
        platform=PLATFORM,
        base_url=base_url,
        headers=lambda: basic(account, secret.given()),
        accept=ACCEPT,
        refuse=refuse,
        budget=Budget(budget_ledger, budget_scope(base_url, account), limits, sleep=tuning.stop.wait),
        tuning=tuning,
        on_call=on_call,
        keys=secret,
    )
    return PlivoTexting(client, account, secret, signing, callback_secret, options)
