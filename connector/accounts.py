"""The SMS accounts of a mapping file: settings in, adapters out. Beside `app.py` the only place that knows classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.config.mapping import Mapping
from connector.config.sms import Account, ClickSend, Exotel, Plivo, Sms, Twilio
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
    mapping: Mapping, budgets: BudgetLedger, tuning: Tuning, on_call: Callable[[CallSeen], None] | None
) -> dict[str, Texting]:
    """Return the SMS accounts of a company that are set up, the active one or not: replies come to all of them."""
    accounts = mapping.sms.providers.written() if mapping.sms else {}
    return {
        name: _provider(mapping.company, name, account, budgets, tuning, on_call) for name, account in accounts.items()
    }


def _provider(
    company: str,
    name: str,
    account: Account,
    budgets: BudgetLedger,
    tuning: Tuning,
    on_call: Callable[[CallSeen], None] | None,
) -> Texting:
    user, key, signing, callback, options = _credentials(account)
    for held in (key, signing, callback):
        for secret in held.reveal_all() if held else ():
            register_secret(secret)
    return PROVIDERS[name](
        account.base_url,  # type: ignore[attr-defined]
        user,
        Keyring(key.reveal_all, key.names, company=company, platform=name),
        signing=signing.reveal_all if signing else tuple,
        callback_secret=callback.reveal() if callback else None,
        options={option: value for option, value in options.items() if value},
        rate_limits=account.rate_limits,
        budget_ledger=budgets,
        tuning=tuning,
        on_call=on_call,
    )


def number_shop(mapping: Mapping, budgets: BudgetLedger, tuning: Tuning | None = None) -> Shop | None:
    """Return the master account that numbers are bought through; None: the mapping names none."""
    account = mapping.sms.providers.twilio if mapping.sms else None
    if account is None or account.master_account_sid is None or account.master_auth_token is None:
        return None
    token = account.master_auth_token
    for secret in token.reveal_all():
        register_secret(secret)
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


def _credentials(account: Account) -> tuple[str, Any, Any, Any, dict[str, str | None]]:
    """Return (account id, key, what signs callbacks, secret of their path, further options)."""
    match account:
        case Twilio():
            options = {
                "api_key_sid": account.api_key_sid,
                "messaging_service_sid": account.messaging_service_sid,
                "messaging_url": account.messaging_url,
                "pricing_url": account.pricing_url,
            }
            return account.account_sid, account.api_key_secret or account.auth_token, account.auth_token, None, options
        case Plivo():
            main = account.main_auth_token
            if main:
                register_secret(main.reveal())
            options = {"main_token": main.reveal() if main else None, "powerpack_uuid": account.powerpack_uuid}
            return account.auth_id, account.auth_token, account.auth_token, account.callback_secret, options
        case Exotel():
            register_secret(account.api_key.reveal())
            options = {
                "api_key": account.api_key.reveal(),
                "dlt_entity_id": account.dlt_entity_id,
                "dlt_template_id": account.dlt_template_id,
                "sms_type": account.sms_type,
                "default_region": "IN",
            }
            return account.account_sid, account.api_token, None, account.callback_secret, options
        case ClickSend():
            return account.username, account.api_key, None, account.callback_secret, {}
    raise TypeError(f"no such account: {type(account).__name__}")


def sms_settings(mapping: Mapping, public_url: str) -> SmsSettings:
    """Return what an administrator has set about text messages, as rules and flows need it."""
    sms = mapping.sms or Sms()
    accounts = sms.providers.written()
    callbacks = {name: _credentials(account)[3] for name, account in accounts.items()}
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
        callback_secrets={name: secret.reveal() for name, secret in callbacks.items() if secret},
        test_number=sms.test_number,
    )
