"""Exotel's front door: routes, and the order of checks.

401, 429, 404, then for a send 503, 400 and 403. That order is assumed.
"""

import hmac
import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.exotel.payloads import document
from connector.sandbox.exotel.refusals import (
    Refused,
    answer,
    error_answer,
    invalid,
    no_balance,
    not_found,
    throttled,
    too_many,
    unauthorized,
)
from connector.sandbox.exotel.simulator import Exotel
from connector.sandbox.exotel.spelling import e164, is_indian
from connector.sandbox.texting.basic import basic_credentials
from connector.sandbox.texting.records import TextMessage

_PATH = re.compile(
    r"/v1/Accounts/(?P<account>[^/]+)/(?:(?P<send>Sms/send)|SMS/Messages/(?P<sid>[^/.]+))(?P<json>\.json)?\Z"
)
_LONGEST = 2000
_CHOICES = {
    "EncodingType": {"plain", "unicode"},
    "SmsType": {"transactional", "transactional_opt_in", "promotional"},
    "Priority": {"normal", "high"},
    "ShortenUrl": {"true", "false"},
}


class ExotelApi:
    """Answers HTTP requests to an `Exotel`."""

    name = "exotel"

    def __init__(self, exotel: Exotel) -> None:
        self._exotel = exotel

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._exotel.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        with self._exotel.lock:
            try:
                return self._checked(request)
            except Refused as exc:
                return error_answer(exc, request.path.endswith(".json"))

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """The error body for 429, 500 and 503."""
        refused = {429: too_many(), 503: throttled()}.get(status) or Refused(status, detail, "INTERNAL_SERVER_ERROR")
        return error_answer(refused, request.path.endswith(".json"))

    def own_failure_after(self, request: Request) -> None:
        """Nothing is kept: there are no idempotency keys here."""

    def _checked(self, request: Request) -> Answer:
        exotel = self._exotel
        given, wanted = basic_credentials(request), f"{exotel.api_key}:{exotel.api_token}"
        if given is None or not hmac.compare_digest(":".join(given).encode(), wanted.encode()):
            raise unauthorized()
        if exotel.limiter is not None and exotel.limiter.take(request.client):
            raise too_many()
        match = _PATH.match(request.path)
        method = "POST" if match and match["send"] else "GET"
        if match is None or match["account"] != exotel.account or request.method != method:
            raise not_found()
        return self._send(request, bool(match["json"])) if match["send"] else self._details(match)

    def _send(self, request: Request, as_json: bool) -> Answer:
        exotel = self._exotel
        if not exotel.accepts:
            raise throttled()
        fields = _form(request)
        sender, to = self._sender(fields["From"]), e164(fields["To"])
        if to is None:
            raise invalid("To is not a valid number")
        if is_indian(to) and not fields.get("DltEntityId") and exotel.dlt == "refused":
            raise invalid("DltEntityId is mandatory for messages to Indian numbers")
        if not exotel.has_balance:
            raise no_balance()
        message = exotel.accept(
            sender,
            to,
            fields["Body"],
            "queued",
            callback_url=fields.get("StatusCallback") or exotel.status_url or None,
            From=fields["From"],
            CustomField=fields.get("CustomField", ""),
            DltEntityId=fields.get("DltEntityId", ""),
            DltTemplateId=fields.get("DltTemplateId", ""),
        )
        return answer(exotel.accepted_http, self._document(message), as_json)

    def _sender(self, given: str) -> str:
        """One of the account's numbers as E.164, or one of its sender ids."""
        number = e164(given)
        if number in self._exotel.own_numbers:
            return str(number)
        if given in self._exotel.sender_ids:
            return given
        raise invalid("From is not an ExoPhone or a sender id of this account")

    def _details(self, match: re.Match[str]) -> Answer:
        exotel, as_json = self._exotel, bool(match["json"])
        message = next((each for each in exotel.listed() if each.id == match["sid"]), None)
        if message is not None:
            return answer(200, self._document(message), as_json)
        if exotel.unknown_sid == "text":
            return Answer(200, (("Content-Type", "text/html; charset=UTF-8"),), b"No matching results")
        return error_answer(Refused(200, "No matching results", None), as_json)

    def _document(self, message: TextMessage) -> dict[str, dict[str, Any]]:
        return {"SMSMessage": document(message, self._exotel.account, self._exotel.number_form)}


def _form(request: Request) -> dict[str, str]:
    """The fields of a send. Raises the 400 for a missing or wrong one."""
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise invalid("The body must be a form")
    try:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()}
    except UnicodeDecodeError:
        raise invalid("The body is not UTF-8") from None
    for name in ("From", "To", "Body"):
        if not fields.get(name):
            raise invalid(f"{name} is mandatory")
    if len(fields["Body"]) > _LONGEST:
        raise invalid(f"Body is longer than {_LONGEST} characters")
    for name, allowed in _CHOICES.items():
        if name in fields and fields[name] not in allowed:
            raise invalid(f"{name} is one of {', '.join(sorted(allowed))}")
    return fields
