"""Twilio's front door: routes of the API, messaging and pricing hosts, all at one address.

The order of checks is assumed: 401, 404, then what each operation checks itself.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.texting.basic import basic_credentials
from connector.sandbox.twilio import accounts, messages, own_numbers
from connector.sandbox.twilio.asking import Ask, read_form, read_query
from connector.sandbox.twilio.records import Account
from connector.sandbox.twilio.refusals import Refused, error_answer, not_found, unauthorised
from connector.sandbox.twilio.simulator import Twilio

Operation = Callable[[Twilio, Ask], Answer]


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    operation: Operation
    #: Standard API keys may use it.
    for_keys: bool = True


def _route(method: str, template: str, operation: Operation, for_keys: bool = True) -> _Route:
    pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
    return _Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/.]+)", pattern) + r"\Z"), operation, for_keys)


#: One request is worked on at a time.
_CONCURRENCY = ("Twilio-Concurrent-Requests", "1")

_ROOT = "/2010-04-01"
_ACCOUNT = _ROOT + "/Accounts/{account}"
_NUMBERS = _ACCOUNT + "/IncomingPhoneNumbers"

_ROUTES = (
    _route("GET", _ROOT + "/Accounts.json", accounts.list_accounts, for_keys=False),
    _route("POST", _ROOT + "/Accounts.json", accounts.create_account, for_keys=False),
    _route("GET", _ACCOUNT + ".json", accounts.get_account, for_keys=False),
    _route("POST", _ACCOUNT + ".json", accounts.update_account, for_keys=False),
    _route("GET", _ACCOUNT + "/Balance.json", accounts.get_balance),
    _route("GET", _ACCOUNT + "/Usage/Records.json", accounts.list_usage),
    _route("GET", _ACCOUNT + "/Messages.json", messages.list_messages),
    _route("POST", _ACCOUNT + "/Messages.json", messages.create_message),
    _route("GET", _ACCOUNT + "/Messages/{sid}.json", messages.get_message),
    _route("POST", _ACCOUNT + "/Messages/{sid}.json", messages.update_message),
    _route("DELETE", _ACCOUNT + "/Messages/{sid}.json", messages.delete_message),
    _route("GET", _ACCOUNT + "/Messages/{sid}/Media.json", messages.list_media),
    _route("GET", _NUMBERS + ".json", own_numbers.list_numbers),
    _route("POST", _NUMBERS + ".json", own_numbers.buy_number),
    _route("GET", _NUMBERS + "/{sid}.json", own_numbers.get_number),
    _route("POST", _NUMBERS + "/{sid}.json", own_numbers.update_number),
    _route("DELETE", _NUMBERS + "/{sid}.json", own_numbers.release_number),
    _route("GET", _ACCOUNT + "/AvailablePhoneNumbers/{country}/{kind}.json", own_numbers.list_available),
    _route("GET", "/v1/PhoneNumbers/Countries/{country}", own_numbers.number_prices),
    _route("GET", "/v1/Messaging/Countries/{country}", own_numbers.message_prices),
    _route("GET", "/v1/Services", accounts.list_services),
    _route("GET", "/v1/Services/{sid}", accounts.get_service),
    _route("GET", "/v1/Services/{sid}/PhoneNumbers", accounts.list_service_numbers),
)


class TwilioApi:
    """Answers HTTP requests to a `Twilio`."""

    name = "twilio"

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._twilio.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        with self._twilio.lock:
            try:
                answer = self._checked(request)
            except Refused as exc:
                answer = error_answer(exc)
                if exc.status == 401:
                    answer = answer.with_headers(("WWW-Authenticate", 'Basic realm="Twilio API"'))
            return answer.with_headers(_CONCURRENCY)

    def failure(self, _request: Request, status: int, detail: str) -> Answer:
        """The error body for 429, 500 and 503."""
        code = {429: 20429, 500: 20500}.get(status, 20503)
        return error_answer(Refused(code, status, detail)).with_headers(_CONCURRENCY)

    def own_failure_after(self, _request: Request) -> None:
        """Nothing is kept: there are no idempotency keys here."""

    def _checked(self, request: Request) -> Answer:
        account, standard_key = self._caller(request)
        route, parts = _find(request)
        if standard_key and not route.for_keys:
            raise unauthorised()
        named = self._named(account, parts.get("account"))
        return route.operation(self._twilio, Ask(request, parts, named, read_query(request), read_form(request)))

    def _caller(self, request: Request) -> tuple[Account, bool]:
        """Whose credentials these are, and whether they are a standard key."""
        name, word = basic_credentials(request) or ("", "")
        for account in self._twilio.accounts.values():
            for known, secrets, standard in (
                ({account.sid: None}, account.tokens(), False),
                (account.main_keys, [account.main_keys.get(name, "")], False),
                (account.standard_keys, [account.standard_keys.get(name, "")], True),
            ):
                if name in known and any(hmac.compare_digest(word.encode(), each.encode()) for each in secrets):
                    return account, standard
        raise unauthorised()

    def _named(self, caller: Account, sid: str | None) -> Account:
        """The account of the path: the caller's own or one of its sub-accounts."""
        account = caller if sid is None else self._twilio.accounts.get(sid)
        if account is None or caller.sid not in (account.sid, account.owner):
            raise unauthorised()
        if account.status != "active" and caller is account:
            raise unauthorised()
        return account


def _find(request: Request) -> tuple[_Route, dict[str, str]]:
    for route in _ROUTES:
        match = route.path.match(request.path)
        if match is not None and route.method == request.method:
            return route, match.groupdict()
    raise not_found()
