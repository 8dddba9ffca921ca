"""Twilio's operations on accounts, money, use and messaging services."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.texting.records import INBOUND, TextMessage
from connector.sandbox.twilio.asking import Ask, meta_page, page, rfc2822, zulu
from connector.sandbox.twilio.records import Account, Service
from connector.sandbox.twilio.refusals import Refused, not_found
from connector.sandbox.twilio.simulator import Twilio

_STATUSES = ("active", "suspended", "closed")
_CATEGORIES = {"sms": ("in", "out"), "sms-inbound": ("in",), "sms-outbound": ("out",)}


def list_accounts(twilio: Twilio, ask: Ask) -> Answer:
    """GET /Accounts.json: the account and its sub-accounts."""
    named = ask.query.get("FriendlyName")
    rows = [
        each
        for each in reversed(twilio.accounts.values())
        if ask.account.sid in (each.sid, each.owner) and named in (None, each.friendly_name)
    ]
    return page(ask, "accounts", rows, account_document, lambda each: each.sid)


def create_account(twilio: Twilio, ask: Ask) -> Answer:
    """POST /Accounts.json: a sub-account. Assumed: a sub-account has none of its own."""
    if ask.account.owner is not None:
        raise Refused(20003, 401)
    name = ask.given("FriendlyName") or f"SubAccount Created at {twilio.clock.now():%Y-%m-%d %I:%M %p}"
    return json_answer(201, account_document(twilio.open_account(name, ask.account.sid)))


def get_account(_twilio: Twilio, ask: Ask) -> Answer:
    """GET /Accounts/{Sid}.json."""
    return json_answer(200, account_document(ask.account))


def update_account(_twilio: Twilio, ask: Ask) -> Answer:
    """POST /Accounts/{Sid}.json: its name, or its status."""
    status = ask.given("Status")
    if status is not None and status not in _STATUSES:
        raise Refused(20001, message="Invalid Status")
    ask.account.status = status or ask.account.status
    ask.account.friendly_name = ask.given("FriendlyName") or ask.account.friendly_name
    return json_answer(200, account_document(ask.account))


def get_balance(twilio: Twilio, ask: Ask) -> Answer:
    """GET Balance.json; sub-accounts have none."""
    if ask.account.owner is not None:
        raise not_found()
    return json_answer(
        200,
        {"account_sid": ask.account.sid, "balance": str(twilio.balance.quantize(Decimal("0.01"))), "currency": "USD"},
    )


def list_usage(twilio: Twilio, ask: Ask) -> Answer:
    """GET Usage/Records.json, by `Category`; days are inclusive."""
    category = ask.query.get("Category")
    start, end = ask.query.get("StartDate", "2000-01-01"), ask.query.get("EndDate", "2999-12-31")
    chosen = [category] if category in _CATEGORIES else list(_CATEGORIES) if category is None else []
    rows = [(name, _used(twilio, ask, name, start, end)) for name in chosen]
    return page(
        ask, "usage_records", rows, lambda row: _usage_document(ask, *row, start, end), lambda row: f"UR-{row[0]}"
    )


def list_services(twilio: Twilio, ask: Ask) -> Answer:
    """GET /v1/Services at the messaging host."""
    owned = [each for each in twilio.services.values() if each.account_sid == ask.account.sid]
    return meta_page(ask, "services", [_service_document(each) for each in owned])


def get_service(twilio: Twilio, ask: Ask) -> Answer:
    """GET /v1/Services/{Sid}."""
    return json_answer(200, _service_document(_find_service(twilio, ask)))


def list_service_numbers(twilio: Twilio, ask: Ask) -> Answer:
    """GET /v1/Services/{Sid}/PhoneNumbers."""
    service = _find_service(twilio, ask)
    documents = [_service_number(twilio, service, number) for number in service.numbers]
    return meta_page(ask, "phone_numbers", documents)


def account_document(account: Account) -> dict[str, Any]:
    """An account as the API shows it, with its token."""
    uri = f"/2010-04-01/Accounts/{account.sid}"
    return {
        "auth_token": account.auth_token,
        "date_created": rfc2822(account.created_at),
        "date_updated": rfc2822(account.created_at),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner or account.sid,
        "sid": account.sid,
        "status": account.status,
        "subresource_uris": {"messages": f"{uri}/Messages.json"},
        "type": "Full",
        "uri": f"{uri}.json",
    }


def _used(twilio: Twilio, ask: Ask, category: str, start: str, end: str) -> list[TextMessage]:
    def day(moment: datetime) -> str:
        return moment.date().isoformat()

    return [
        message
        for message in twilio.messages
        if message.extra["account_sid"] == ask.account.sid
        and message.direction in _CATEGORIES[category]
        and start <= day(message.created_at) <= end
    ]


def _usage_document(ask: Ask, category: str, used: list[TextMessage], start: str, end: str) -> dict[str, Any]:
    parts = sum(message.segments for message in used)
    price = sum((message.extra.get("price", Decimal()) for message in used), Decimal())
    return {
        "account_sid": ask.account.sid,
        "api_version": "2010-04-01",
        "category": category,
        "count": str(parts),
        "count_unit": "messages" if category == INBOUND else "segments",
        "description": category,
        "start_date": start,
        "end_date": end,
        "price": str(price),
        "price_unit": "usd",
        "usage": str(parts),
        "usage_unit": "segments",
        "uri": ask.request.path,
    }


def _find_service(twilio: Twilio, ask: Ask) -> Service:
    service = twilio.services.get(ask.parts["sid"])
    if service is None or service.account_sid != ask.account.sid:
        raise not_found()
    return service


def _service_document(service: Service) -> dict[str, Any]:
    url = f"https://messaging.twilio.com/v1/Services/{service.sid}"
    return {
        "account_sid": service.account_sid,
        "sid": service.sid,
        "date_created": zulu(service.created_at),
        "date_updated": zulu(service.created_at),
        "friendly_name": service.friendly_name,
        "inbound_request_url": service.inbound_request_url,
        "inbound_method": "POST",
        "fallback_url": None,
        "fallback_method": "POST",
        "status_callback": service.status_callback,
        "sticky_sender": service.sticky_sender,
        "smart_encoding": service.smart_encoding,
        "mms_converter": True,
        "fallback_to_long_code": True,
        "area_code_geomatch": True,
        "validity_period": 36000,
        "synchronous_validation": False,
        "usecase": "undeclared",
        "us_app_to_person_registered": False,
        "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
        "url": url,
        "links": {"phone_numbers": f"{url}/PhoneNumbers"},
    }


def _service_number(twilio: Twilio, service: Service, number: str) -> dict[str, Any]:
    own = twilio.own_numbers[number]
    return {
        "sid": own.id,
        "account_sid": service.account_sid,
        "service_sid": service.sid,
        "date_created": zulu(own.extra["created"]),
        "date_updated": zulu(own.extra["created"]),
        "phone_number": number,
        "country_code": next((iso for code, iso in (("+44", "GB"), ("+1", "US")) if number.startswith(code)), ""),
        "capabilities": ["SMS"] if own.can_text else [],
        "url": f"https://messaging.twilio.com/v1/Services/{service.sid}/PhoneNumbers/{own.id}",
    }
