"""Exotel behind the Texting port.

From https://developer.exotel.com/docs/sms-api/api-reference (send-sms, sms-details, status-codes) and its pages about
webhooks and errors; nothing was checked against a live account, see NOTES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connector.domain.errors import ConfigError, NotThere, OutcomeUnknown, WireError
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
from connector.platforms.exotel import wire
from connector.platforms.exotel.refusals import PLATFORM, refuse, refused_with_success, throttled
from connector.platforms.forms import FORM, basic, is_secret
from connector.platforms.rows import NotTheContract, maybe, query_of, row_id, rows_of, segment
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring
from connector.rest.redaction import redact, register_secret

#: "200 requests a minute" (https://developer.exotel.com/docs/references/error-codes )
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((200, 60.0),)

ACCEPT = ("application/json",)

#: bytes of a message with its text, many times over
LARGEST_ANSWER = 256 * 1024

#: Exotel's limit of `Body` (send-sms page)
LONGEST_TEXT = 2000

#: where numbers without a plus are from
DEFAULT_REGION = "IN"

CAN = Capabilities(
    lists_replies=False,
    shows_gaps=False,
    names_answered=False,
    signs_callbacks=False,
    acknowledges=False,
    finds_sent=False,
    shows_status=True,
    shows_balance=False,
    smart_encoding=False,
    provisions=False,
    longest_text=LONGEST_TEXT,
)

_SEND = "POST /Sms/send.json"
_LOOK_UP = "GET /SMS/Messages/{sid}.json"
#: no message has it: whoever may ask gets 200 for it
_NOBODYS = "0" * 32

_T = TypeVar("_T")


class ExotelTexting:
    """The Texting port over an Exotel account. One object may be used by several threads."""

    platform = PLATFORM
    can = CAN

    def __init__(
        self,
        client: Client,
        account: str,
        key_fingerprint: Callable[[], str],
        callback_secret: str | None,
        options: Mapping[str, str],
    ) -> None:
        self.account = account
        self._client, self._fingerprint = client, key_fingerprint
        self._callback_secret, self._options = callback_secret, dict(options)
        self._region = options.get("default_region") or DEFAULT_REGION

    def key_fingerprint(self) -> str:
        return self._fingerprint()

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._client.close()

    def probe(self) -> None:
        """Ask for a message that nobody has: needs the key, and costs nothing."""
        try:
            self._message(_NOBODYS, Priority.MANUAL)
        except NotThere:
            return

    def submit(self, message: Outgoing, priority: Priority = Priority.SMS) -> Receipt:
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            f"/v1/Accounts/{segment(self.account)}/Sms/send.json",
            body=wire.form_from_domain(message, self._options),
            content_type=FORM,
            priority=priority,
            label=_SEND,
        )
        problem = refused_with_success(_SEND, answer.json)
        if problem:
            raise problem
        try:
            return replace(wire.message_to_domain(answer.json), intent=message.intent)
        except NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, _SEND, f"unreadable answer: {exc}", answer.status) from exc

    def find(self, message: Outgoing, since: datetime, known: Iterable[str]) -> Receipt | None:
        """Return None: Exotel lists no messages. A callback with our intent settles a lost answer."""
        return None

    def receipt(self, remote_id: str) -> Receipt:
        return self._message(remote_id, Priority.SMS)

    def _message(self, sid: str, priority: Priority) -> Receipt:
        # read as a file, because "no matching results" may come as JSON or as a bare text
        got = self._client.download(
            f"/v1/Accounts/{segment(self.account)}/SMS/Messages/{segment(sid)}.json",
            max_bytes=LARGEST_ANSWER,
            max_hops=0,
            priority=priority,
            headers={"Accept": ACCEPT[0]},
            label=_LOOK_UP,
        )
        body = _read(_LOOK_UP, wire.look_up, got.content, got.content_type or "")
        if wire.is_not_there(body):
            raise NotThere(PLATFORM, _LOOK_UP, "no matching results", got.status)
        problem = refused_with_success(_LOOK_UP, body)
        if problem:
            raise problem
        return _read(_LOOK_UP, wire.message_to_domain, body, sid)

    def replies(self, number: str, since: datetime, page: str | None = None) -> ReplyPage:
        """Raise: Exotel has no list of inbound messages; a missed one is in its dashboard only."""
        raise NotImplementedError("Exotel lists no inbound messages")

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Do nothing: there is no list to take replies off."""

    def is_genuine(self, call: Callback) -> bool:
        """Return whether the path ends in our secret, and the account, where the call names one, is ours."""
        return is_secret(call.secret, self._callback_secret) and self._is_ours(call)

    def _is_ours(self, call: Callback) -> bool:
        try:
            rows = [query_of(call), *rows_of(call)]
        except NotTheContract:
            # whoever knows the secret is heard, so that a shape which nobody has seen yet becomes a named fault
            return True
        named = [maybe(row.get("AccountSid")) for row in rows if isinstance(row, dict)]
        return all(account in (None, self.account) for account in named)

    def read(self, call: Callback) -> tuple[Reply | Receipt | BadReply, ...]:
        label = f"callback {call.what}"
        if call.method == "HEAD":
            # the old applet looks whether somebody is there, and then asks with GET
            return ()
        found = [self._row(call.what, row) for row in _read(label, rows_of, call)]
        return tuple(item for item in found if item is not None)

    def _row(self, what: str, row: Any) -> Reply | Receipt | BadReply | None:
        try:
            if what == "status":
                return wire.report_to_domain(row)
            return wire.reply_to_domain(row, self.account, self._region)
        except NotTheContract as exc:
            return BadReply(row_id(row, wire.IDS), redact(str(exc)))

    def answer(self, call: Callback) -> CallbackAnswer:
        """Return an empty text: the old applet would send any other on to the candidate."""
        return CallbackAnswer(200, "text/plain")

    def balance(self) -> Balance | None:
        """Return None: Exotel shows no balance. An empty account refuses with 40001."""
        return None

    def own_numbers(self) -> tuple[OwnNumber, ...]:
        """Return nothing: that list is not among the documents that this was built from."""
        return ()


def _read(label: str, read: Callable[..., _T], *given: Any) -> _T:
    try:
        return read(*given)
    except NotTheContract as exc:
        raise WireError(PLATFORM, label, redact(str(exc))) from exc


def fingerprint(secret: str) -> str:
    """Return a digest of a token: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"exotel token:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, account: str) -> str:
    """Name whose calls share one limit: Exotel counts by account (assumed), whatever key it is called with."""
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
) -> ExotelTexting:
    """Make the adapter of one account; `base_url` is the part in front of `/v1`. Opens nothing yet.

    `account` is the account SID and `secret` the API token. `options`: `api_key` (needed), `dlt_entity_id`,
    `dlt_template_id`, `sms_type`, `default_region`. `signing` is not used: Exotel signs nothing. Without a
    `callback_secret` no callback is genuine. `rate_limits` None: the vendor's; empty: none.
    """
    tuning = tuning or Tuning()
    user = options.get("api_key", "")
    if not account or not user or ":" in user:
        # a colon would move the border between name and token
        raise ConfigError(f"{PLATFORM}: account_sid and api_key are needed, and the key holds no colon")
    register_secret(user)
    register_secret(callback_secret or "")
    limits = DEFAULT_RATE_LIMITS if rate_limits is None else rate_limits
    client = Client(
        platform=PLATFORM,
        base_url=base_url,
        headers=lambda: basic(user, secret.given()),
        accept=ACCEPT,
        refuse=refuse,
        budget=Budget(budget_ledger, budget_scope(base_url, account), limits, sleep=tuning.stop.wait),
        tuning=tuning,
        on_call=on_call,
        keys=secret,
        throttled=throttled,
    )
    return ExotelTexting(client, account, lambda: fingerprint("\n".join(secret.keys)), callback_secret, options)
