"""ClickSend's front door: routes, and the order of checks: 429, 401, 404, 400. That order is assumed."""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from connector.sandbox.clicksend import history, queues
from connector.sandbox.clicksend.pages import page
from connector.sandbox.clicksend.places import country_of
from connector.sandbox.clicksend.queues import Parts, Query
from connector.sandbox.clicksend.refusals import (
    Refused,
    bad_request,
    error_answer,
    not_found,
    success,
    too_many,
    unauthorized,
)
from connector.sandbox.clicksend.rules import InboundRule, changed
from connector.sandbox.clicksend.sending import send
from connector.sandbox.clicksend.simulator import CURRENCY, ClickSend
from connector.sandbox.exchange import Answer, Request
from connector.sandbox.retry_after import retry_after_header
from connector.sandbox.texting.basic import basic_credentials

Operation = Callable[[ClickSend, Parts, Query, Any], Answer]


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    operation: Operation


def _send(clicksend: ClickSend, _parts: Parts, _query: Query, body: Any) -> Answer:
    return send(clicksend, body)


def _cancel(clicksend: ClickSend, parts: Parts, _query: Query, _body: Any) -> Answer:
    if not clicksend.cancel(parts["id"]):
        raise not_found("Scheduled message not found.")
    return success("Message cancelled.", None)


def _history(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    found = history.rows(clicksend, query)
    return success("Here are your data.", page(found, query, clicksend.base_url + "/v3/sms/history"))


def _account(clicksend: ClickSend, _parts: Parts, _query: Query, _body: Any) -> Answer:
    """The account; like the real one it holds the key, which must not be logged."""
    name = clicksend.username
    data = {
        "user_id": 1,
        "username": name,
        "user_email": f"{name}@example.com",
        "active": 1,
        "banned": 0,
        "balance": f"{clicksend.balance:.6f}",
        "account": 0,
        "account_name": "Example Ltd",
        "country": "GB",
        "default_country_sms": "GB",
        "timezone": "Europe/London",
        "on_trial": 0,
        "_currency": CURRENCY,
        "_subaccount": {"subaccount_id": 1, "api_username": name, "api_key": clicksend.api_key, "access_sms": 1},
    }
    return success("Here's your account.", data)


def _numbers(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    items = [
        {
            "dedicated_number": each.number,
            "country": country_of(each.number),
            "price": "18.5900",
            "type": "sms",
            "number_type": "longcode",
            "number_guid": each.id,
            "status": {
                "value": 0,
                "label": "REGISTRATION_NOT_REQUIRED",
                "description": "Ready",
                "name": "Ready to use",
            },
        }
        for each in clicksend.dedicated()
    ]
    data = page(items, query, clicksend.base_url + "/v3/numbers") | {"_currency": CURRENCY}
    return success("Here are your dedicated numbers.", data)


def _list_rules(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    url = clicksend.base_url + "/v3/automations/sms/inbound"
    return success("Your list of inbound rules.", page([asdict(rule) for rule in clicksend.inbound_rules], query, url))


def _create_rule(clicksend: ClickSend, _parts: Parts, _query: Query, body: Any) -> Answer:
    rule = InboundRule(clicksend.dice.randrange(1, 1_000_000))
    wrong = changed(rule, body)
    if wrong:
        raise bad_request("Invalid input.", rule=wrong)
    clicksend.inbound_rules.append(rule)
    return success("Your record has been added.", asdict(rule))


def _delete_rule(clicksend: ClickSend, parts: Parts, _query: Query, _body: Any) -> Answer:
    kept = [rule for rule in clicksend.inbound_rules if str(rule.inbound_rule_id) != parts["id"]]
    if len(kept) == len(clicksend.inbound_rules):
        raise not_found("Record not found.")
    clicksend.inbound_rules = kept
    return success("Your record has been deleted.", [])


def _list_receipt_rules(clicksend: ClickSend, _parts: Parts, query: Query, _body: Any) -> Answer:
    url = clicksend.base_url + "/v3/automations/sms/receipts"
    rules = [asdict(rule) for rule in clicksend.receipt_rules]
    return success("Your list of receipt rules.", page(rules, query, url))


def _route(method: str, template: str, operation: Operation) -> _Route:
    return _Route(method, re.compile("/v3" + template.replace("{id}", "(?P<id>[^/]+)") + r"\Z"), operation)


_ROUTES = (
    _route("POST", "/sms/send", _send),
    _route("PUT", "/sms/{id}/cancel", _cancel),
    _route("GET", "/sms/history", _history),
    _route("GET", "/sms/inbound", queues.list_replies),
    _route("GET", "/sms/inbound/{id}", queues.get_reply),
    _route("PUT", "/sms/inbound-read", queues.read_replies),
    _route("PUT", "/sms/inbound-read/{id}", queues.read_reply),
    _route("GET", "/sms/receipts", queues.list_receipts),
    _route("GET", "/sms/receipts/{id}", queues.get_receipt),
    _route("PUT", "/sms/receipts-read", queues.read_receipts),
    _route("GET", "/account", _account),
    # Assumed from the vendor's own client; no page about it was read.
    _route("GET", "/numbers", _numbers),
    _route("GET", "/automations/sms/inbound", _list_rules),
    _route("POST", "/automations/sms/inbound", _create_rule),
    _route("DELETE", "/automations/sms/inbound/{id}", _delete_rule),
    _route("GET", "/automations/sms/receipts", _list_receipt_rules),
)


class ClickSendApi:
    """Answers HTTP requests to a `ClickSend`."""

    name = "clicksend"

    def __init__(self, clicksend: ClickSend) -> None:
        self._clicksend = clicksend

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._clicksend.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        clicksend = self._clicksend
        with clicksend.lock:
            wait = clicksend.limiter.take(f"{request.client} {request.path}") if clicksend.limiter else 0.0
            if wait:
                return error_answer(too_many()).with_headers(*retry_after_header("seconds", wait, self.now()))
            try:
                return self._checked(request)
            except Refused as exc:
                return error_answer(exc)

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """The error body for 429, 500 and 503."""
        codes = {500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE"}
        return error_answer(too_many() if status == 429 else Refused(status, codes.get(status, "ERROR"), detail))

    def own_failure_after(self, request: Request) -> None:
        """Nothing is kept: there are no idempotency keys here."""

    def _checked(self, request: Request) -> Answer:
        clicksend = self._clicksend
        given, wanted = basic_credentials(request), f"{clicksend.username}:{clicksend.api_key}"
        if given is None or not hmac.compare_digest(":".join(given).encode(), wanted.encode()):
            raise unauthorized()
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        for route in _ROUTES:
            match = route.path.match(request.path)
            if match is not None and route.method == request.method:
                return route.operation(clicksend, match.groupdict(), query, _body(request))
        raise not_found()


def _body(request: Request) -> Any:
    """The JSON of the body; None when there is none."""
    if not request.body:
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        raise bad_request("The body is not JSON.") from None
