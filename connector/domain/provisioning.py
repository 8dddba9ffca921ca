"""Numbers bought and sub-accounts made for a company: the records, and the port of a provider's master account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from connector.domain.actions import Item


@dataclass(frozen=True)
class SubAccount:
    """An account under the master account."""

    sid: str
    name: str
    #: signs its callbacks and is its password
    auth_token: str = field(repr=False)


@dataclass(frozen=True)
class AvailableNumber:
    """A number that can be bought."""

    #: E.164
    number: str
    place: str
    #: whether an address has to be on file first
    needs_address: bool


@dataclass(frozen=True)
class Price:
    """What a number costs a month."""

    amount: Decimal
    currency: str


class Shop(Protocol):
    """A master account that makes sub-accounts and buys numbers for them."""

    def sub_accounts(self, name: str) -> tuple[SubAccount, ...]:
        """Return the open sub-accounts of that very name."""
        ...

    def create_sub_account(self, name: str) -> SubAccount:
        """Create. NOT safe to repeat: names need not differ. Raises OutcomeUnknown, Rejected, AuthError, Transient…"""
        ...

    def available_numbers(self, country: str, limit: int = 10) -> tuple[AvailableNumber, ...]:
        """Return numbers with SMS to be had in a country; empty: none is left. Raises KeyError where none are sold."""
        ...

    def number_price(self, country: str) -> Price | None:
        """Return the price a month of such a number; None: the vendor names none."""
        ...

    def buy_number(self, sub_account: str, number: str, callbacks: Mapping[str, str]) -> str:
        """Buy for a sub-account; returns the number's id. NOT safe to repeat. `callbacks`: the address for `inbound`.

        A country may want papers first: Rejected, with the vendor's code.
        """
        ...

    def numbers_of(self, sub_account: str) -> tuple[str, ...]:
        """Return the numbers (E.164) that a sub-account holds."""
        ...


class Purchases(Protocol):
    """Intents to buy, in the ledger. Every method is one transaction, and raises StoreError."""

    def begin(self, company: str, what: str, now: datetime) -> Item:
        """Write the intent to buy `what`: `account`, or a number in E.164."""
        ...

    def open(self, company: str) -> list[Item]:
        """Return purchases that have not come to an end, oldest first."""
        ...
