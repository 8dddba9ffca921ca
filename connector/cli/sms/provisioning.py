"""`connector sms provision`: a sub-account and a number of one's own, bought through the master account."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import exits
from connector.cli.asking import confirmed
from connector.cli.links import OnlyPlan, Yes
from connector.cli.opening import Work, at_work
from connector.cli.options import AsJson, CompanyName, DatabaseUrl, LogLevel, Mappings, NoColor, Options
from connector.cli.output import note, print_json, progress, say
from connector.cli.sms.lines import on_one_line

if TYPE_CHECKING:
    from connector.domain.provisioning import Shop
    from connector.flows.company import Company
    from connector.flows.provisioning import Bought, Offer

#: what is missing where there is no master account
_NEEDED = (
    "numbers are bought through a master account at Twilio, and the mapping names none: set master_account_sid and "
    "master_auth_token under sms.providers.twilio, or buy a number in your own account and write it under numbers"
)


def provision(
    country: Annotated[
        str, typer.Option("--country", metavar="CODE", help="GB or US; elsewhere use your own account.")
    ],
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Write the new account's token here, readable by you alone."),
    ] = None,
    plan: OnlyPlan = False,
    yes: Yes = False,
    mappings: Mappings = None,
    database: DatabaseUrl = None,
    company: CompanyName = None,
    as_json: AsJson = False,
    no_color: NoColor = False,
    log_level: LogLevel = None,
) -> None:
    """Make a sub-account and buy a number for it: shows the price and asks. Unproven; twice buys a second number."""
    from connector.cli.sms.desk import the_one
    from connector.flows.provisioning import COUNTRIES, NotForSale, offer
    from connector.flows.provisioning import provision as buy_it
    from connector.store.purchases import PurchaseStore

    wanted = country.strip().upper()
    if token_file is not None and token_file.exists():
        raise typer.BadParameter(f"{token_file} is there already", param_hint="--token-file")
    options = Options(mappings, database, company, as_json, no_color, log_level)
    with at_work(options) as work:
        each = the_one(work)
        shop = _shop(work, each)
        # an unknown country is refused before anything is asked for
        if shop is None and wanted in COUNTRIES:
            note(_NEEDED)
            raise typer.Exit(exits.CONFIG)
        purchases = PurchaseStore(work.stores.database)
        try:
            if wanted not in COUNTRIES or shop is None:
                raise NotForSale(
                    f"{on_one_line(country)}: numbers are bought here for {' and '.join(COUNTRIES)} only; elsewhere "
                    "the team needs an account of its own"
                )
            with progress(no_color) as line:
                line.show("asking Twilio for numbers")
                offered = offer(each, shop, purchases, wanted)
            bought = None
            if not as_json or not (plan or yes):
                _print_offer(each, offered)
            if not plan:
                if not confirmed("Buy it?", yes=yes):
                    note("nothing was bought; --yes buys without a question")
                    raise typer.Exit(exits.USAGE)
                with progress(no_color) as line:
                    line.show("buying")
                    bought = buy_it(each, shop, purchases, offered, _inbound(work, each))
        except NotForSale as refused:
            note(str(refused))
            raise typer.Exit(exits.FAULT) from None
        if bought is not None and token_file is not None:
            _write_token(token_file, bought.account.auth_token)
        if as_json:
            print_json({"company": each.name, "planned": plan, "offer": _offer_json(offered), "bought": _json(bought)})
            return
        if bought is not None:
            _print_bought(bought, token_file)


def _shop(work: Work, company: Company) -> Shop | None:
    from connector.accounts import number_shop
    from connector.app import StoredBudgets
    from connector.cli.sms.desk import mapping_of

    return number_shop(mapping_of(work, company), StoredBudgets(work.stores.database))


def _inbound(work: Work, company: Company) -> str:
    """Return where the number's replies are called in; empty: vendors cannot call us, and replies are polled."""
    from connector.cli.sms.checkup import advised

    sms, _ = company.texting()
    return advised(sms, company.name, "twilio", "inbound") if sms.public_url else ""


def _print_offer(company: Company, offered: Offer) -> None:
    price = f"{offered.price.amount} {offered.price.currency} a month" if offered.price else "at a price not named"
    place = f" ({offered.number.place})" if offered.number.place else ""
    account = "in its sub-account" if offered.account else "in a new sub-account"
    note(f"{company.name}: {offered.number.number}{place}, {price}, and each text; {account} under your master account")
    if offered.held:
        note(f"it holds {', '.join(offered.held)} already: this would be one more")
    if offered.number.needs_address:
        note("Twilio wants an address on file for it, and may refuse")
    from connector.rules.duties import duties_of
    from connector.rules.phones import to_e164

    code = to_e164(offered.number.number, None).country_code
    for duty in duties_of(code, offered.country) if code else ():
        note(f"{duty.name}: {duty.do}")


def _offer_json(offered: Offer) -> dict[str, Any]:
    return {
        "country": offered.country,
        "number": offered.number.number,
        "place": offered.number.place,
        "price": str(offered.price.amount) if offered.price else None,
        "currency": offered.price.currency if offered.price else None,
        "account": offered.account.sid if offered.account else None,
        "held": list(offered.held),
    }


def _json(bought: Bought | None) -> dict[str, Any] | None:
    return {"account": bought.account.sid, "number": bought.number} if bought else None


def _print_bought(bought: Bought, token_file: Path | None) -> None:
    say(f"bought {bought.number} in account {bought.account.sid}")
    say("write into the mapping, under sms.providers.twilio:")
    say(f"    account_sid: {bought.account.sid}")
    say("    auth_token: ${NAME_OF_ITS_TOKEN}")
    say(f'    numbers: ["{bought.number}"]')
    where = f"its token is in {token_file}" if token_file else "its token is in Twilio's console, under the sub-account"
    say(f"{where}; then `connector check` and `connector sms test`")


def _write_token(file: Path, token: str) -> None:
    """Write a secret where nobody else can read it; a file that has come meanwhile is not written over."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(token)
