"""Plivo's front door. The order of checks is assumed: 401, 404, then what each operation checks itself."""

import hmac
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.plivo import accounts, messages
from connector.sandbox.plivo.asking import Ask, read_body, read_query
from connector.sandbox.plivo.refusals import Refused, error_answer, not_found
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting.basic import basic_credentials

Operation = Callable[[Plivo, Ask], Answer]


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    operation: Operation


def _route(method: str, template: str, operation: Operation) -> _Route:
    # The slash at the end matters.
    path = r"/v1/Account/(?P<account>\w+)/" + template.replace("{id}", "(?P<id>[^/]+)")
    return _Route(method, re.compile(path + r"\Z"), operation)


_ROUTES = (
    _route("GET", "", accounts.get_account),
    _route("POST", "Message/", messages.send_message),
    _route("GET", "Message/", messages.list_messages),
    _route("GET", "Message/{id}/", messages.get_message),
    _route("GET", "Number/", accounts.list_numbers),
    _route("GET", "Number/{id}/", accounts.get_number),
    _route("GET", "Application/", accounts.list_applications),
    _route("GET", "Application/{id}/", accounts.get_application),
)


class PlivoApi:
    """Answers HTTP requests to a `Plivo`."""

    name = "plivo"

    def __init__(self, plivo: Plivo) -> None:
        self._plivo = plivo

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._plivo.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        api_id = str(uuid.uuid4())
        with self._plivo.lock:
            try:
                return self._checked(request, api_id)
            except Refused as exc:
                return error_answer(exc, api_id)

    def failure(self, _request: Request, status: int, detail: str) -> Answer:
        """The error body for 429, 500 and 503."""
        return error_answer(Refused(status, detail), str(uuid.uuid4()))

    def own_failure_after(self, _request: Request) -> None:
        """Nothing is kept: there are no idempotency keys here."""

    def _checked(self, request: Request, api_id: str) -> Answer:
        plivo = self._plivo
        name, word = basic_credentials(request) or ("", "")
        if name != plivo.account or not hmac.compare_digest(word.encode(), plivo.auth_token.encode()):
            raise Refused(401, "authentication failed")
        route, parts = _find(request)
        if parts["account"] != plivo.account:
            raise not_found()
        body = read_body(request) if request.method == "POST" else {}
        return route.operation(plivo, Ask(request, parts, api_id, read_query(request), body))


def _find(request: Request) -> tuple[_Route, dict[str, str]]:
    for route in _ROUTES:
        match = route.path.match(request.path)
        if match is not None and route.method == request.method:
            return route, match.groupdict()
    raise not_found()
