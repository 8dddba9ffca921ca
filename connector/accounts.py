"""The SMS accounts of a mapping file: settings in, adapters out. Beside `app.py` the only place that knows classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.config.credentials import Secret
from connector.config.mapping import Mapping as CompanyMapping
from connector.config.sms import AnyAccount, ClickSend, Exotel, Plivo, Sms, Twilio
from connector.domain.provisioning import Shop
from connector.domain.sms import SmsSettings, Template
from connector.domain.texting import Texting
from connector.platforms.clicksend import adapter as clicksend
from connector.platforms.exotel import adapter as exotel
from connector.platforms.plivo import adapter as plivo
from connector.platforms.twilio import adapter as twilio
from connector.rest.budget import BudgetLedger
from connector.rest.calls import CallSeen, Tuning
from connector.rest.keyring import Keyring
from connector.rest.redaction import register_secret

#: one folder a vendor; a new one is a line here
PROVIDERS: dict[str, Callable[..., Texting]] = {
    "twilio": twilio.build,
    "plivo": plivo.build,
    "exotel": exotel.build,
    "clicksend": clicksend.build,
}


def build_providers(
    mapping: CompanyMapping, budgets: BudgetLedger, tuning: Tuning, on_call: Callable[[CallSeen], None] | None
) -> dict[str, Texting]:
    """Return the SMS accounts of a company that are set up, the active one or not: replies come to all of them."""
    accounts = mapping.sms.providers.written() if mapping.sms else {}
    return {
        name: _provider(mapping.company, name, account, budgets, tuning, on_call) for name, account in accounts.items()
    }


def _provider(
    company: str,
    name: str,
    account: AnyAccount,
    budgets: BudgetLedger,
    tuning: Tuning,
    on_call: Callable[[CallSeen], None] | None,
) -> Texting:
    known, callback = _credentials(account), _path_secret(account)
    _mask(known.key, known.signing, callback, *known.others)
    return PROVIDERS[name](
        account.base_url,
        known.account,
        Keyring(known.key.reveal_all, known.key.names, company=company, platform=name),
        signing=known.signing.reveal_all if known.signing else tuple,
        callback_secret=callback.reveal() if callback else None,
        options={option: value for option, value in known.options.items() if value},
        rate_limits=account.rate_limits,
        budget_ledger=budgets,
        tuning=tuning,
        on_call=on_call,
    )


def _mask(*held: Secret | None) -> None:
    """Have every secret masked wherever something is logged."""
    for each in held:
        for secret in each.reveal_all() if each else ():
            register_secret(secret)


def number_shop(mapping: CompanyMapping, budgets: BudgetLedger, tuning: Tuning | None = None) -> Shop | None:
    """Return the master account that numbers are bought through; None: the mapping names none."""
    account = mapping.sms.providers.twilio if mapping.sms else None
    if account is None or account.master_account_sid is None or account.master_auth_token is None:
        return None
    token = account.master_auth_token
    _mask(token)
    options = {"messaging_url": account.messaging_url, "pricing_url": account.pricing_url}
    return twilio.build(
        account.base_url,
        account.master_account_sid,
        Keyring(token.reveal_all, token.names, company=mapping.company, platform="twilio"),
        signing=token.reveal_all,
        callback_secret=None,
        options=options,
        rate_limits=account.rate_limits,
        budget_ledger=budgets,
        tuning=tuning,
    ).provisioning


@dataclass(frozen=True)
class _Credentials:
    """What opens an account, out of the vendor's own words for it."""

    #: the vendor's id of the account
    account: str
    key: Secret
    #: the tokens that sign callbacks; None: the vendor signs nothing
    signing: Secret | None = None
    #: further secrets, which stand among the options
    others: tuple[Secret, ...] = ()
    options: Mapping[str, str | None] = field(default_factory=dict)


def _credentials(account: AnyAccount) -> _Credentials:
    match account:
        case Twilio():
            options = {
                "api_key_sid": account.api_key_sid,
                "messaging_service_sid": account.messaging_service_sid,
                "messaging_url": account.messaging_url,
                "pricing_url": account.pricing_url,
            }
            token = account.auth_token
            return _Credentials(account.account_sid, account.api_key_secret or token, token, options=options)
        case Plivo():
            main = account.main_auth_token
            options = {"main_token": main.reveal() if main else None, "powerpack_uuid": account.powerpack_uuid}
            token = account.auth_token
            return _Credentials(account.auth_id, token, token, (main,) if main else (), options)
        case Exotel():
            options = {
                "api_key": account.api_key.reveal(),
                "dlt_entity_id": account.dlt_entity_id,
                "dlt_template_id": account.dlt_template_id,
                "sms_type": account.sms_type,
                "default_region": "IN",
            }
            return _Credentials(account.account_sid, account.api_token, None, (account.api_key,), options)
        case ClickSend():
            return _Credentials(account.username, account.api_key)


def _path_secret(account: AnyAccount) -> Secret | None:
    """Return what ends the address of an account's callbacks; Twilio signs the whole address and needs none."""
    return None if isinstance(account, Twilio) else account.callback_secret


def sms_settings(mapping: CompanyMapping, public_url: str) -> SmsSettings:
    """Return what an administrator has set about text messages, as rules and flows need it."""
    sms = mapping.sms or Sms()
    accounts = sms.providers.written()
    hours = sms.quiet_hours
    return SmsSettings(
        enabled=sms.enabled,
        provider=sms.provider,
        routing={code: (names,) if isinstance(names, str) else tuple(names) for code, names in sms.routing.items()},
        numbers={name: account.numbers for name, account in accounts.items()},
        chatbot_numbers=frozenset(sms.chatbot_numbers),
        replies_since=sms.replies_since,
        mirror_to=sms.mirror_replies_to,
        templates={t.name: Template(t.name, t.text, t.on, t.after_s) for t in sms.templates},
        default_region=mapping.default_region,
        quiet_hours=(hours.from_, hours.to) if hours else None,
        zone=hours.zone if hours else None,
        show_sender=sms.show_sender,
        smart_encoding=sms.smart_encoding,
        segment_balance=sms.segment_balance,
        loop_after=sms.loop_after,
        failure_threshold=sms.failure_threshold,
        public_url=public_url.rstrip("/") or None,
        callback_secrets={n: held.reveal() for n, account in accounts.items() if (held := _path_secret(account))},
        test_number=sms.test_number,
    )
