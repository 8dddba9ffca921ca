"""Managed accounts: sub-accounts and numbers bought for a company by the master account.

Built to Twilio's OpenAPI documents; UNPROVEN: nothing was ever bought. Both writes leave something behind that costs,
and neither carries a key that would make it safe to repeat: after an unknown outcome look first, with `sub_accounts`
and `numbers_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from connector.domain.errors import NotThere, OutcomeUnknown, WireError
from connector.domain.model import Priority
from connector.domain.provisioning import AvailableNumber, Price, SubAccount
from connector.platforms.forms import FORM, encoded
from connector.platforms.twilio import shapes, wire
from connector.platforms.twilio.pages import Params, params_of, walk
from connector.platforms.twilio.wire import PLATFORM
from connector.rest.calls import Kind
from connector.rest.client import Client
from connector.rest.redaction import register_secret

#: country -> the kind of number that takes texts there, as a path and as a price calls it
KINDS = {"GB": ("Mobile", "mobile"), "US": ("Local", "local")}

_ROOT = "/2010-04-01/Accounts"

_T = TypeVar("_T")


class Provisioning:
    """Calls with the master account's credentials. The account's own standard API keys may do none of it."""

    def __init__(self, api: Client, pricing: Client, base_url: str, account: str) -> None:
        self._api, self._pricing, self._base_url, self._account = api, pricing, base_url, account

    def create_sub_account(self, name: str) -> SubAccount:
        """Create. NOT safe to repeat: names need not differ. Raises OutcomeUnknown, Rejected, AuthError, Transient…"""
        row = self._post(f"{_ROOT}.json", [("FriendlyName", name)], "POST /Accounts", shapes.AccountRow)
        return _sub_account(row)

    def sub_accounts(self, name: str) -> tuple[SubAccount, ...]:
        """Return the open sub-accounts of that very name."""
        label, path = "GET /Accounts", f"{_ROOT}.json"
        pages = walk(
            label,
            [("FriendlyName", name), ("PageSize", "1000")],
            lambda params: self._get(self._api, path, params, label, _reader(shapes.AccountList)),
            lambda page: (page, page.next_page_uri),
            lambda address: params_of(label, address, self._base_url, path),
        )
        rows = [row for page in pages for row in page.accounts]
        return tuple(
            _sub_account(row)
            for row in rows
            if row.friendly_name == name and row.sid != self._account and row.status in (None, "active")
        )

    def available_numbers(self, country: str, limit: int = 10) -> tuple[AvailableNumber, ...]:
        """Return numbers with SMS to be had in `GB` or `US`; empty: none is left. Raises KeyError elsewhere."""
        kind = KINDS[country][0]
        path = f"{_ROOT}/{quote(self._account, safe='')}/AvailablePhoneNumbers/{country}/{kind}.json"
        params = [("SmsEnabled", "true"), ("PageSize", str(limit))]
        label = "GET /AvailablePhoneNumbers"
        try:
            found = self._get(self._api, path, params, label, _reader(shapes.AvailableList))
        except NotThere:
            return ()
        rows = [row for row in found.available_phone_numbers if row.capabilities.sms]
        return tuple(
            AvailableNumber(row.phone_number, row.locality or "", row.address_requirements not in (None, "none"))
            for row in rows[:limit]
        )

    def number_price(self, country: str) -> Price | None:
        """Return the price a month of such a number in `GB` or `US`; None: Twilio names none. Raises KeyError."""
        path, label = f"/v1/PhoneNumbers/Countries/{country}", "GET /PhoneNumbers/Countries/{country}"
        found = self._get(self._pricing, path, [], label, _reader(shapes.PriceBody))
        for price in found.phone_number_prices:
            if price.number_type == KINDS[country][1] and price.current_price is not None:
                return Price(price.current_price, found.price_unit)
        return None

    def buy_number(self, sub_account: str, number: str, callbacks: Mapping[str, str]) -> str:
        """Buy for a sub-account; returns the number's id. NOT safe to repeat.

        `callbacks`: the address for `inbound`. A country may want papers first: Rejected, with Twilio's code.
        """
        fields = [("PhoneNumber", number)]
        if callbacks.get("inbound"):
            fields += [("SmsUrl", callbacks["inbound"]), ("SmsMethod", "POST")]
        path = f"{_ROOT}/{quote(sub_account, safe='')}/IncomingPhoneNumbers.json"
        return self._post(path, fields, "POST /IncomingPhoneNumbers", shapes.NumberRow).sid

    def numbers_of(self, sub_account: str) -> tuple[str, ...]:
        """Return the numbers (E.164) that a sub-account holds."""
        label, path = "GET /IncomingPhoneNumbers", f"{_ROOT}/{quote(sub_account, safe='')}/IncomingPhoneNumbers.json"
        pages = walk(
            label,
            [("PageSize", "1000")],
            lambda params: self._get(self._api, path, params, label, _reader(shapes.NumberList)),
            lambda page: (page, page.next_page_uri),
            lambda address: params_of(label, address, self._base_url, path),
        )
        return tuple(row.phone_number for page in pages for row in page.incoming_phone_numbers)

    def _post(self, path: str, fields: Params, label: str, shape: type[_Row]) -> _Row:
        answer = self._api.request(
            Kind.WRITE,
            "POST",
            path,
            body=encoded(fields),
            content_type=FORM,
            priority=Priority.MANUAL,
            label=label,
        )
        try:
            return wire.parsed(shape, answer.json)
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, label, f"unreadable answer: {exc}", answer.status) from exc

    def _get(self, client: Client, path: str, params: Params, label: str, read: Callable[[Any], _T]) -> _T:
        answer = client.request(Kind.READ, "GET", path, params=params, priority=Priority.MANUAL, label=label)
        try:
            return read(answer.json)
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, label, str(exc), answer.status) from exc


_Row = TypeVar("_Row", shapes.AccountRow, shapes.NumberRow)
_Shape = TypeVar("_Shape", bound=shapes.Wire)


def _reader(shape: type[_Shape]) -> Callable[[Any], _Shape]:
    return lambda body: wire.parsed(shape, body)


def _sub_account(row: shapes.AccountRow) -> SubAccount:
    register_secret(row.auth_token)
    return SubAccount(row.sid, row.friendly_name or "", row.auth_token)
