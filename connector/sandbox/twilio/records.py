"""What the Twilio simulator stores besides messages: accounts, keys, messaging services, and prices."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass
class Account:
    """An account: the main one, or a sub-account of it."""

    sid: str
    #: Signs callbacks and is taken over HTTP.
    auth_token: str
    friendly_name: str
    created_at: datetime
    #: None: the main one.
    owner: str | None = None
    status: str = "active"
    #: Taken over HTTP as well while the tokens are being changed; signs nothing.
    secondary_token: str | None = None
    #: Ids and secrets of standard API keys, which get 401 at `/Accounts`, and of main ones, which do not.
    standard_keys: dict[str, str] = field(default_factory=dict)
    main_keys: dict[str, str] = field(default_factory=dict)

    def tokens(self) -> list[str]:
        """What is taken over HTTP with the account's own id."""
        return [token for token in (self.auth_token, self.secondary_token) if token is not None]


@dataclass
class Service:
    """A messaging service: a pool of numbers."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: datetime
    #: E.164, in order.
    numbers: list[str] = field(default_factory=list)
    #: None swallows what comes in, unless the number's own address is used.
    inbound_request_url: str | None = None
    use_inbound_webhook_on_number: bool = False
    status_callback: str | None = None
    sticky_sender: bool = True
    smart_encoding: bool = False
    #: Adds `OptOutType` to inbound callbacks.
    advanced_opt_out: bool = False


@dataclass(frozen=True)
class Country:
    """A country in which numbers are sold."""

    iso: str
    name: str
    dialling_code: str
    #: Invented numbers: this and three digits, a hundred of them from `first`.
    prefix: str
    first: int
    #: Kinds that are sold, with what a month costs, in USD.
    monthly: dict[str, str]
    #: One segment out and in, in USD.
    outbound: Decimal
    inbound: Decimal


#: Prices are invented. The numbers are ranges set aside for fiction where the country has one.
COUNTRIES = {
    country.iso: country
    for country in (
        Country(
            "GB", "United Kingdom", "44", "+447700900", 900, {"mobile": "1.15"}, Decimal("0.0400"), Decimal("0.0075")
        ),
        Country("US", "United States", "1", "+12025550", 100, {"local": "1.15"}, Decimal("0.0079"), Decimal("0.0075")),
        Country("CA", "Canada", "1", "+14165550", 100, {"local": "1.15"}, Decimal("0.0079"), Decimal("0.0075")),
        Country("AU", "Australia", "61", "+61491570", 100, {"mobile": "6.50"}, Decimal("0.0515"), Decimal("0.0075")),
    )
}

#: For every other country.
OTHER_OUTBOUND, OTHER_INBOUND = Decimal("0.0500"), Decimal("0.0075")


def price_of(number: str, inbound: bool) -> Decimal:
    """What a segment to or from `number` costs, in USD."""
    for country in COUNTRIES.values():
        if number.startswith(f"+{country.dialling_code}"):
            return country.inbound if inbound else country.outbound
    return OTHER_INBOUND if inbound else OTHER_OUTBOUND
