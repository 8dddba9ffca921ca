"""Plivo's operations on the account, its numbers and their applications."""

from typing import Any

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.plivo.asking import Ask, page
from connector.sandbox.plivo.refusals import not_found
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting.records import OwnNumber

_COUNTRIES = (("+44", "United Kingdom"), ("+1", "United States"), ("+61", "Australia"), ("+91", "India"))


def get_account(plivo: Plivo, ask: Ask) -> Answer:
    """GET /v1/Account/{auth_id}/, with the money left."""
    return json_answer(
        200,
        {
            "account_type": "standard",
            "address": "",
            "api_id": ask.api_id,
            "auth_id": plivo.account,
            "auto_recharge": False,
            "billing_mode": "prepaid",
            "cash_credits": f"{plivo.cash_credits:.5f}",
            "city": "",
            "name": "Example Recruiting",
            "resource_uri": f"/v1/Account/{plivo.account}/",
            "state": "",
            "timezone": "Asia/Kolkata",
        },
    )


def list_numbers(plivo: Plivo, ask: Ask) -> Answer:
    """GET Number/; `number_startswith` filters."""
    start = ask.query.get("number_startswith", "")
    rows = [own for own in plivo.own_numbers.values() if own.id.startswith(start)]
    return page(ask, rows, lambda own: _number_document(plivo, own))


def get_number(plivo: Plivo, ask: Ask) -> Answer:
    """GET Number/{number}/."""
    own = plivo.own_numbers.get("+" + ask.parts["id"].lstrip("+"))
    if own is None:
        raise not_found()
    return json_answer(200, {"api_id": ask.api_id} | _number_document(plivo, own))


def list_applications(plivo: Plivo, ask: Ask) -> Answer:
    """GET Application/."""
    return page(ask, list(plivo.own_numbers.values()), lambda own: _application_document(plivo, own))


def get_application(plivo: Plivo, ask: Ask) -> Answer:
    """GET Application/{id}/, with the address that inbound messages go to."""
    for own in plivo.own_numbers.values():
        if own.extra["application"] == ask.parts["id"]:
            return json_answer(200, {"api_id": ask.api_id} | _application_document(plivo, own))
    raise not_found()


def _number_document(plivo: Plivo, own: OwnNumber) -> dict[str, Any]:
    country = next((name for code, name in _COUNTRIES if own.number.startswith(code)), "")
    return {
        "active": True,
        "added_on": "2026-01-05",
        "alias": None,
        "application": f"/v1/Account/{plivo.account}/Application/{own.extra['application']}/",
        "carrier": "Plivo",
        "city": None,
        "compliance_status": own.extra.get("compliance_status"),
        "country": country,
        "mms_enabled": False,
        "monthly_rental_rate": "0.80000",
        "number": own.id,
        "number_type": "local",
        "region": country,
        "resource_uri": f"/v1/Account/{plivo.account}/Number/{own.id}/",
        "sms_enabled": own.can_text,
        "sms_rate": f"{plivo.inbound_rate:.5f}",
        "sub_account": None,
        "tendlc_campaign_id": own.extra.get("tendlc_campaign_id"),
        "tendlc_registration_status": own.extra.get("tendlc_registration_status"),
        "voice_enabled": True,
    }


def _application_document(plivo: Plivo, own: OwnNumber) -> dict[str, Any]:
    application = own.extra["application"]
    return {
        "app_id": application,
        "app_name": f"Application {application}",
        "default_app": False,
        "enabled": True,
        "message_method": own.inbound_method,
        "message_url": own.inbound_url,
        "resource_uri": f"/v1/Account/{plivo.account}/Application/{application}/",
        "sub_account": None,
    }
