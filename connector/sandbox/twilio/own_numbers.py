"""Twilio's operations on numbers: those of the account, those for sale, and what they cost."""

from typing import Any

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.texting.records import OwnNumber
from connector.sandbox.twilio.asking import Ask, page, rfc2822
from connector.sandbox.twilio.records import COUNTRIES, Country
from connector.sandbox.twilio.refusals import Refused, not_found
from connector.sandbox.twilio.simulator import Twilio

_KINDS = {"Local": "local", "Mobile": "mobile", "TollFree": "toll free"}
#: Form fields of a number that are stored as they come, and shown under the other name.
_STORED = {
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsApplicationSid": "sms_application_sid",
    "StatusCallback": "status_callback",
    "FriendlyName": "friendly_name",
    "AddressSid": "address_sid",
    "BundleSid": "bundle_sid",
}
_MOST_SOLD = 30


def list_numbers(twilio: Twilio, ask: Ask) -> Answer:
    """GET IncomingPhoneNumbers.json; `PhoneNumber` is a part of the number."""
    wanted = ask.query.get("PhoneNumber", "").replace("*", "").lstrip("+")
    named = ask.query.get("FriendlyName")
    rows = [
        own
        for own in reversed(twilio.own_numbers.values())
        if own.extra["account_sid"] == ask.account.sid
        and wanted in own.number
        and named in (None, own.extra.get("friendly_name", own.number))
    ]
    return page(ask, "incoming_phone_numbers", rows, number_document, lambda own: own.id)


def buy_number(twilio: Twilio, ask: Ask) -> Answer:
    """POST IncomingPhoneNumbers.json, with `PhoneNumber` or an American `AreaCode`."""
    number, area = ask.given("PhoneNumber"), ask.given("AreaCode")
    if number is None and area is not None:
        number = next((each for each in _for_sale(twilio, COUNTRIES["US"]) if each.startswith(f"+1{area}")), None)
        if number is None:
            raise Refused(21422)
    if number is None:
        raise Refused(20001, message="PhoneNumber or AreaCode is required")
    country = next((each for each in COUNTRIES.values() if number in _for_sale(twilio, each)), None)
    if country is None:
        raise Refused(21422)
    if country.iso in twilio.needs_bundle and ask.given("BundleSid") is None:
        raise Refused(21649)
    own = twilio.add_number(number, account_sid=ask.account.sid)
    _change(own, ask)
    return json_answer(201, number_document(own))


def get_number(twilio: Twilio, ask: Ask) -> Answer:
    """GET IncomingPhoneNumbers/{Sid}.json."""
    return json_answer(200, number_document(_find(twilio, ask)))


def update_number(twilio: Twilio, ask: Ask) -> Answer:
    """POST IncomingPhoneNumbers/{Sid}.json; `AccountSid` hands it to another account of the same owner."""
    own = _find(twilio, ask)
    target = ask.given("AccountSid")
    if target is not None:
        if target not in twilio.accounts:
            raise not_found()
        own.extra["account_sid"] = target
    _change(own, ask)
    return json_answer(200, number_document(own))


def release_number(twilio: Twilio, ask: Ask) -> Answer:
    """DELETE IncomingPhoneNumbers/{Sid}.json."""
    del twilio.own_numbers[_find(twilio, ask).number]
    return Answer(204)


def list_available(twilio: Twilio, ask: Ask) -> Answer:
    """GET AvailablePhoneNumbers/{CC}/Local|Mobile|TollFree.json. Here, and nowhere else, `SMS` is in capitals."""
    country, kind = COUNTRIES.get(ask.parts["country"].upper()), _KINDS.get(ask.parts["kind"])
    if country is None or kind is None:
        raise not_found()
    area, contains = ask.query.get("AreaCode", ""), ask.query.get("Contains", "").strip("*%")
    numbers = _for_sale(twilio, country) if kind in country.monthly else []
    size = min(int(ask.query.get("PageSize", "30")), _MOST_SOLD)
    chosen = [each for each in numbers if f"+{country.dialling_code}{area}" in each and contains in each][:size]
    document = {"available_phone_numbers": [_available_document(each, country) for each in chosen]}
    return json_answer(200, document | {"uri": ask.request.path})


def number_prices(_twilio: Twilio, ask: Ask) -> Answer:
    """GET /v1/PhoneNumbers/Countries/{CC} at the pricing host."""
    country = _country(ask)
    prices = [
        {"number_type": kind, "base_price": price, "current_price": price} for kind, price in country.monthly.items()
    ]
    return json_answer(200, _price_document(country, "PhoneNumbers") | {"phone_number_prices": prices})


def message_prices(_twilio: Twilio, ask: Ask) -> Answer:
    """GET /v1/Messaging/Countries/{CC} at the pricing host."""
    country = _country(ask)

    def price(amount: object) -> dict[str, str]:
        return {"number_type": next(iter(country.monthly)), "base_price": f"{amount}", "current_price": f"{amount}"}

    outbound = [{"carrier": "Any", "mcc": "000", "mnc": "00", "prices": [price(country.outbound)]}]
    prices = {"outbound_sms_prices": outbound, "inbound_sms_prices": [price(country.inbound)]}
    return json_answer(200, _price_document(country, "Messaging") | prices)


def number_document(own: OwnNumber) -> dict[str, Any]:
    """A number of the account as the API shows it."""
    extra = own.extra
    created = rfc2822(extra["created"])
    return {
        "account_sid": extra["account_sid"],
        "address_sid": extra.get("address_sid"),
        "address_requirements": "none",
        "api_version": "2010-04-01",
        "beta": False,
        "capabilities": {"voice": True, "sms": own.can_text, "mms": False, "fax": False},
        "date_created": created,
        "date_updated": created,
        "friendly_name": extra.get("friendly_name", own.number),
        "identity_sid": None,
        "phone_number": own.number,
        "origin": "twilio",
        "sid": own.id,
        "sms_application_sid": extra.get("sms_application_sid", ""),
        "sms_fallback_method": "POST",
        "sms_fallback_url": extra.get("sms_fallback_url", ""),
        "sms_method": own.inbound_method,
        "sms_url": own.inbound_url,
        "status_callback": extra.get("status_callback", ""),
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/{extra['account_sid']}/IncomingPhoneNumbers/{own.id}.json",
        "voice_url": "",
        "bundle_sid": extra.get("bundle_sid"),
        "status": "in-use",
    }


def _for_sale(twilio: Twilio, country: Country) -> list[str]:
    numbers = [f"{country.prefix}{country.first + index:03d}" for index in range(100)]
    return [number for number in numbers if number not in twilio.own_numbers]


def _available_document(number: str, country: Country) -> dict[str, Any]:
    return {
        "friendly_name": number,
        "phone_number": number,
        "lata": None,
        "locality": None,
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": None,
        "postal_code": None,
        "iso_country": country.iso,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": True, "SMS": True, "MMS": False},
    }


def _price_document(country: Country, resource: str) -> dict[str, Any]:
    url = f"https://pricing.twilio.com/v1/{resource}/Countries/{country.iso}"
    return {"country": country.name, "iso_country": country.iso, "price_unit": "USD", "url": url}


def _country(ask: Ask) -> Country:
    country = COUNTRIES.get(ask.parts["country"].upper())
    if country is None:
        raise not_found()
    return country


def _find(twilio: Twilio, ask: Ask) -> OwnNumber:
    for own in twilio.own_numbers.values():
        if own.id == ask.parts["sid"] and own.extra["account_sid"] == ask.account.sid:
            return own
    raise not_found()


def _change(own: OwnNumber, ask: Ask) -> None:
    if ask.has("SmsUrl"):
        own.inbound_url = ask.given("SmsUrl") or ""
    own.inbound_method = ask.given("SmsMethod") or own.inbound_method
    own.extra.update({shown: ask.given(field) or "" for field, shown in _STORED.items() if ask.has(field)})
