"""A number of one's own through the master account: a sub-account for the company, and a number bought for it.

UNPROVEN: built to Twilio's documents; nothing was ever bought. Neither write carries a key that would make it safe to
repeat, so each leaves an intent first, and an outcome that nobody knows is looked up before anything else is bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain import errors
from connector.domain.actions import Change, Item, State
from connector.domain.provisioning import AvailableNumber, Price, Purchases, Shop, SubAccount
from connector.flows.company import Company, log
from connector.flows.perform import buy

#: where numbers that take texts are bought for the team; elsewhere an account of its own is needed
COUNTRIES = ("GB", "US")
#: what an intent says that is about the sub-account and not about a number
ACCOUNT = "account"
#: a look that finds nothing proves something only so long after a doubt: lists may lag behind
PROVEN_AFTER_S = 60.0


@dataclass(eq=False)
class NotForSale(errors.ConnectorError):
    """Nothing can be bought as things stand; says what to do."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Offer:
    """What would be bought. Nothing has been."""

    country: str
    number: AvailableNumber
    #: a month; None: the vendor names none
    price: Price | None
    #: None: it would be made first
    account: SubAccount | None
    #: numbers that it holds already
    held: tuple[str, ...]


@dataclass(frozen=True)
class Bought:
    """What there is now."""

    account: SubAccount
    number: str


def account_name(company: Company) -> str:
    """Return what the company's sub-account is called: by it, it is found again."""
    return f"connector: {company.name}"


def offer(company: Company, shop: Shop, purchases: Purchases, country: str) -> Offer:
    """Return a number that is for sale, and its price. Settles earlier doubts first, and buys nothing.

    Raises NotForSale, and what the port raises.
    """
    if country not in COUNTRIES:
        raise NotForSale(
            f"{country}: numbers are bought here for {' and '.join(COUNTRIES)} only; elsewhere the team needs an "
            "account of its own, with a number that is registered in its name"
        )
    with company.texts_lock():
        _settle(company, shop, purchases)
    account = _account(company, shop)
    held = shop.numbers_of(account.sid) if account else ()
    numbers = shop.available_numbers(country)
    if not numbers:
        raise NotForSale(f"no number that takes texts is for sale in {country} now; try again later")
    # papers that have to be on file first are nothing that a command can bring
    chosen = next((number for number in numbers if not number.needs_address), numbers[0])
    return Offer(country, chosen, shop.number_price(country), account, held)


def provision(company: Company, shop: Shop, purchases: Purchases, offered: Offer, inbound: str) -> Bought:
    """Buy what was offered; `inbound` is where replies are to be called in, empty: nowhere.

    Raises NotForSale (something else is in doubt), Busy, and what the port raises. Twice is two numbers.
    """
    with company.texts_lock():
        _settle(company, shop, purchases)
        account = _account(company, shop)
        if account is None:
            name = account_name(company)
            buy(company, purchases.begin(company.name, ACCOUNT, company.clock.now()), shop, name, None, "")
            account = _account(company, shop)
        if account is None:
            raise NotForSale("the sub-account was made but is not listed yet; run the command again in a minute")
        number = offered.number.number
        item = purchases.begin(company.name, number, company.clock.now())
        buy(company, item, shop, number, account.sid, inbound)
    log.info("bought", action="buy", company=company.name, country=offered.country)
    return Bought(account, number)


def _account(company: Company, shop: Shop) -> SubAccount | None:
    """Return the company's sub-account; of several the one that sorts first, so that it is always the same."""
    found = sorted(shop.sub_accounts(account_name(company)), key=lambda each: each.sid)
    return found[0] if found else None


def _settle(company: Company, shop: Shop, purchases: Purchases) -> None:
    """Find out what became of earlier purchases. Raises NotForSale while that cannot be known."""
    for item in purchases.open(company.name):
        if item.state is State.ATTEMPTING:
            # the process that wrote the intent is gone, or it would hold the lock
            note, now = f"{item.note}: the process ended in between", company.clock.now()
            company.actions.move([Change(item, State.UNKNOWN, "outcome_unknown", note, doubt_at=now)])
            item = next(one for one in company.actions.items([item.id]))
        company.actions.move([_found(company, shop, item)])


def _found(company: Company, shop: Shop, item: Item) -> Change:
    what = item.key.removeprefix(f"{company.name}:").split(":")[1]
    account = _account(company, shop)
    if what == ACCOUNT and account:
        return Change(item, State.DONE, "bought", item.note, remote_id=account.sid)
    if what != ACCOUNT and account and what in shop.numbers_of(account.sid):
        return Change(item, State.DONE, "bought", what, remote_id=account.sid)
    proven_at: datetime = (item.doubt_at or item.started_at) + timedelta(seconds=PROVEN_AFTER_S)
    now = company.clock.now()
    if now < proven_at:
        wait_s = (proven_at - now).total_seconds()
        raise NotForSale(f"an earlier purchase may have gone through; run the command again in {wait_s:.0f} s")
    return Change(item, State.CLOSED, "not_bought", item.note)
