"""ClickSend behind the Texting port.

From the models and operations of its own SDK (https://github.com/ClickSend/clicksend-python-v2 , clicksend-client
6.0.2); nothing was checked against a live account, see NOTES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connector.domain.errors import ConfigError, NotThere, OutcomeUnknown, Rejected, WireError
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
from connector.platforms.clicksend import wire
from connector.platforms.clicksend.refusals import PLATFORM, refuse
from connector.platforms.forms import basic, is_secret
from connector.platforms.rows import NotTheContract, rows_of, segment
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring
from connector.rest.redaction import register_secret

#: assumed: ClickSend publishes no number. 20 a minute for one path have been seen; ours are spread over several, and a
#: 429 has had no effect
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((60, 60.0),)

ACCEPT = ("application/json",)

#: rows a page, the documented maximum; the minimum is 15
PAGE_ROWS = 100

#: how far ClickSend's clock may be behind ours when a lost message is looked for
SKEW_S = 60
#: reading a list ends here. A lost message that was not found by then counts as not seen, which is no proof anyway
MOST_PAGES = 20

CAN = Capabilities(
    lists_replies=True,
    shows_gaps=False,
    names_answered=True,
    signs_callbacks=False,
    acknowledges=True,
    finds_sent=True,
    shows_status=True,
    shows_balance=True,
    smart_encoding=False,
    provisions=False,
    longest_text=None,
)

_SEND = "POST /sms/send"
_HISTORY = "GET /sms/history"
_RECEIPT = "GET /sms/receipts/{id}"
_INBOUND = "GET /sms/inbound"
_READ = "PUT /sms/inbound-read/{id}"
_ACCOUNT = "GET /account"
_NUMBERS = "GET /numbers"

_T = TypeVar("_T")


class ClickSendTexting:
    """The Texting port over a ClickSend account. One object may be used by several threads."""

    platform = PLATFORM
    can = CAN

    def __init__(
        self, client: Client, account: str, key_fingerprint: Callable[[], str], callback_secret: str | None
    ) -> None:
        self.account = account
        self._client, self._fingerprint = client, key_fingerprint
        self._callback_secret = callback_secret

    def key_fingerprint(self) -> str:
        return self._fingerprint()

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._client.close()

    def probe(self) -> None:
        self._get("/v3/account", (), Priority.MANUAL, _ACCOUNT, wire.data_of)

    def submit(self, message: Outgoing, priority: Priority = Priority.SMS) -> Receipt:
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            "/v3/sms/send",
            body=wire.body_from_domain(message),
            content_type="application/json",
            priority=priority,
            label=_SEND,
        )
        try:
            refused = wire.refused_with_success(answer.json)
            if refused is not None:
                raise refuse(_SEND, refused, answer.json, {})
            return wire.sent_to_domain(answer.json, message, _SEND)
        except NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, _SEND, f"unreadable answer: {exc}", answer.status) from exc

    def find(self, message: Outgoing, since: datetime, known: Iterable[str]) -> Receipt | None:
        """Look through the history for our intent, oldest first."""
        begin, owned = int(since.timestamp()) - SKEW_S, frozenset(known)
        params = (("date_from", str(begin)), ("order_by", "date:asc"))
        for page in self._history(params):
            found = _checked(_HISTORY, wire.find_sent, page.rows, message.intent, owned)
            if found:
                return found
        return None

    def receipt(self, remote_id: str) -> Receipt:
        """Ask for the receipt, and where there is none yet look the message up in the history."""
        path = f"/v3/sms/receipts/{segment(remote_id)}"
        try:
            row = self._get(path, (), Priority.SMS, _RECEIPT, wire.data_of)
        except NotThere:
            row = None
        if not row:
            pages = self._history((("q", f"message_id:{remote_id}"),))
            row = next((found for page in pages if (found := wire.row_of(page.rows, remote_id))), None)
        if row is None:
            raise NotThere(PLATFORM, _RECEIPT, "no such message in receipts and history", 404)
        receipt = _checked(_RECEIPT, wire.report_to_domain, row)
        if receipt.id != remote_id:
            raise WireError(PLATFORM, _RECEIPT, "message_id: not the one asked for")
        return receipt

    def _history(self, params: tuple[tuple[str, str], ...]) -> Iterator[wire.Page]:
        for number in range(1, MOST_PAGES + 1):
            page = self._page("/v3/sms/history", params, number, _HISTORY)
            yield page
            if page.next_page is None:
                return

    def replies(self, number: str, since: datetime, page: str | None = None) -> ReplyPage:
        """Return one page of the queue of unread replies, whichever number of the account they came to.

        ClickSend replaces a sender that does not fit by one of its own, so that answers come to numbers that nobody
        has entered; and what is unread has not been acknowledged, however old. So neither `number` nor `since` leaves
        anything out. Two rules that poll show each reply twice; its id counts once.
        """
        if page is not None and not page.isdecimal():
            raise WireError(PLATFORM, _INBOUND, "the page is none of ours")
        got = self._page("/v3/sms/inbound", (), int(page or 1), _INBOUND)
        replies: list[Reply] = []
        bad: list[BadReply] = []
        for row in got.rows:
            try:
                replies.append(wire.reply_to_domain(row, self.account))
            except NotTheContract as exc:
                bad.append(wire.bad_reply(row, exc))
        return ReplyPage(tuple(replies), tuple(bad), got.next_page)

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Mark replies as read, each by itself: without an id the same call marks all that there are.

        KEYED although there is no key: to mark a reply twice leaves it marked. One that is refused does not keep the
        others from being marked.
        """
        problem: Rejected | None = None
        for id_ in dict.fromkeys(ids):
            if not id_.strip(" ./"):
                problem = problem or Rejected(PLATFORM, _READ, "an id that no address can hold", code="unsendable")
                continue
            try:
                path = f"/v3/sms/inbound-read/{segment(id_)}"
                self._client.request(Kind.KEYED, "PUT", path, priority=Priority.SMS, label=_READ)
            except NotThere:
                continue
            except Rejected as exc:
                problem = problem or exc
        if problem:
            raise problem

    def is_genuine(self, call: Callback) -> bool:
        """Return whether the path ends in our secret: ClickSend signs nothing and names no account."""
        return is_secret(call.secret, self._callback_secret)

    def read(self, call: Callback) -> tuple[Reply | Receipt | BadReply, ...]:
        if call.method == "HEAD":
            return ()
        return tuple(self._row(call.what, row) for row in _checked(f"callback {call.what}", rows_of, call))

    def _row(self, what: str, row: Any) -> Reply | Receipt | BadReply:
        try:
            return wire.report_to_domain(row) if what == "status" else wire.reply_to_domain(row, self.account)
        except NotTheContract as exc:
            return wire.bad_reply(row, exc)

    def answer(self, call: Callback) -> CallbackAnswer:
        return CallbackAnswer(200, "text/plain")

    def balance(self) -> Balance | None:
        return self._get("/v3/account", (), Priority.MANUAL, _ACCOUNT, wire.balance_to_domain)

    def own_numbers(self) -> tuple[OwnNumber, ...]:
        found: list[OwnNumber] = []
        for number in range(1, MOST_PAGES + 1):
            page = self._page("/v3/numbers", (), number, _NUMBERS, Priority.MANUAL)
            found.extend(_checked(_NUMBERS, wire.number_to_domain, row) for row in page.rows)
            if page.next_page is None:
                return tuple(found)
        raise WireError(PLATFORM, _NUMBERS, f"more than {MOST_PAGES} pages")

    def _page(
        self,
        path: str,
        params: tuple[tuple[str, str], ...],
        number: int,
        label: str,
        priority: Priority = Priority.SMS,
    ) -> wire.Page:
        paging = (("page", str(number)), ("limit", str(PAGE_ROWS)))
        return self._get(path, (*params, *paging), priority, label, lambda body: wire.page_of(body, number))

    def _get(
        self,
        path: str,
        params: tuple[tuple[str, str], ...],
        priority: Priority,
        label: str,
        read: Callable[[Any], _T],
    ) -> _T:
        answer = self._client.request(Kind.READ, "GET", path, params=params, priority=priority, label=label)
        refused = _checked(label, wire.refused_with_success, answer.json)
        if refused is not None:
            raise refuse(label, refused, answer.json, {})
        return _checked(label, read, answer.json)


def _checked(label: str, read: Callable[..., _T], *given: Any) -> _T:
    try:
        return read(*given)
    except NotTheContract as exc:
        raise WireError(PLATFORM, label, str(exc)) from exc


def fingerprint(secret: str) -> str:
    """Return a digest of a key: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"clicksend key:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, account: str) -> str:
    """Name whose calls share one limit: ClickSend counts by account (assumed), whatever key it is called with."""
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
) -> ClickSendTexting:
    """Make the adapter of one account; `base_url` is the part in front of `/v3`. Opens nothing yet.

    `account` is the user name and `secret` the API key. `signing` and `options` are not used: ClickSend signs nothing
    and has nothing to choose. Without a `callback_secret` no callback is genuine. `rate_limits` None: the vendor's;
    empty: none.
    """
    tuning = tuning or Tuning()
    if not account or ":" in account:
        # a colon would move the border between name and key
        raise ConfigError(f"{PLATFORM}: the user name is missing, or holds a colon")
    register_secret(callback_secret or "")
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
    return ClickSendTexting(client, account, lambda: fingerprint("\n".join(secret.keys)), callback_secret)
