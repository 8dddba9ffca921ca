"""Our numbers at Twilio, and what is wrong with how each is set up there: where its replies really go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import quote, urlsplit

from connector.domain.errors import NotThere, WireError
from connector.domain.model import Priority
from connector.domain.texts import OwnNumber
from connector.platforms.twilio import shapes, wire
from connector.platforms.twilio.pages import Params, params_of, walk
from connector.platforms.twilio.wire import PLATFORM
from connector.rest.calls import Kind
from connector.rest.client import Client

#: rows a page of numbers (the documented maximum) and of services
_NUMBERS, _SERVICES = "1000", "100"

_PINPOINT = "pinpointhq.com"
#: what Twilio sets on a new number: it answers every text with one of its own
_DEMO = "demo.twilio.com"

_Page = TypeVar("_Page", shapes.NumberList, shapes.ServiceList, shapes.ServiceNumberList)


class Numbers:
    """Reads numbers, messaging services and TwiML applications. Changes nothing."""

    def __init__(self, api: Client, messaging: Client, base_url: str, messaging_url: str, path: str) -> None:
        self._api, self._messaging = api, messaging
        self._base_url, self._messaging_url, self._path = base_url, messaging_url, path

    def read(self) -> tuple[OwnNumber, ...]:
        """Return the numbers with what is wrong with each. One call, and one for each application and service."""
        swallowed = self._swallowed()
        rows = [row for page in self._own() for row in page.incoming_phone_numbers]
        applications = {row.sms_application_sid: "" for row in rows if row.sms_application_sid}
        for sid in applications:
            applications[sid] = self._url_of_application(sid)
        return tuple(self._number(row, swallowed, applications) for row in rows)

    def _number(self, row: shapes.NumberRow, swallowed: dict[str, str], applications: dict[str, str]) -> OwnNumber:
        # "If an sms_application_sid is present, we ignore all sms urls"
        url = applications[row.sms_application_sid] if row.sms_application_sid else row.sms_url or ""
        problems = [_SILENT] if not row.capabilities.sms else []
        if row.phone_number in swallowed:
            problems.append(_SWALLOWS.format(service=swallowed[row.phone_number]))
        host = _host(url)
        if host == _PINPOINT or host.endswith(f".{_PINPOINT}"):
            problems.append(_HELD)
        elif host == _DEMO:
            problems.append(_ANSWERS)
        return OwnNumber(row.phone_number, row.capabilities.sms, tuple(problems))

    def _own(self) -> Iterable[shapes.NumberList]:
        label, path = "GET /IncomingPhoneNumbers", f"{self._path}/IncomingPhoneNumbers.json"
        return walk(
            label,
            [("PageSize", _NUMBERS)],
            self._fetcher(self._api, label, path, shapes.NumberList),
            lambda page: (page, page.next_page_uri),
            lambda address: params_of(label, address, self._base_url, path),
        )

    def _swallowed(self) -> dict[str, str]:
        """Return the numbers in services that discard what comes in: neither logged nor listed, so no poll saves it."""
        found: dict[str, str] = {}
        for page in self._of_services("GET /Services", "/v1/Services", shapes.ServiceList):
            for service in page.services:
                if service.inbound_request_url or service.use_inbound_webhook_on_number:
                    continue
                path = f"/v1/Services/{quote(service.sid, safe='')}/PhoneNumbers"
                for numbers in self._of_services("GET /Services/{sid}/PhoneNumbers", path, shapes.ServiceNumberList):
                    found.update((row.phone_number, service.sid) for row in numbers.phone_numbers)
        return found

    def _of_services(self, label: str, path: str, shape: type[_Page]) -> Iterable[_Page]:
        return walk(
            label,
            [("PageSize", _SERVICES)],
            self._fetcher(self._messaging, label, path, shape),
            _with_meta,
            lambda address: params_of(label, address, self._messaging_url, path),
        )

    def _fetcher(self, client: Client, label: str, path: str, shape: type[_Page]) -> Callable[[Params], _Page]:
        def fetch(params: Params) -> _Page:
            answer = client.request(Kind.READ, "GET", path, params=params, priority=Priority.MANUAL, label=label)
            try:
                return wire.parsed(shape, answer.json)
            except wire.NotTheContract as exc:
                raise WireError(PLATFORM, label, str(exc), answer.status) from exc

        return fetch

    def _url_of_application(self, sid: str) -> str:
        label, path = "GET /Applications/{sid}", f"{self._path}/Applications/{quote(sid, safe='')}.json"
        try:
            answer = self._api.request(Kind.READ, "GET", path, priority=Priority.MANUAL, label=label)
            return wire.parsed(shapes.ApplicationRow, answer.json).sms_url or ""
        except NotThere:
            return ""
        except wire.NotTheContract as exc:
            raise WireError(PLATFORM, label, str(exc)) from exc


def _with_meta(page: _Page) -> tuple[_Page, str | None]:
    return page, None if isinstance(page, shapes.NumberList) else page.meta.next_page_url


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


_SILENT = "it cannot send or get texts; take it out of `numbers`, or choose one with SMS at Twilio"
_SWALLOWS = (
    "it is in the messaging service {service}, which swallows inbound: replies are neither logged nor listed. "
    "At Twilio, under the service's Integration, choose to send a webhook or to defer to the sender's webhook"
)
_HELD = (
    "Pinpoint itself holds this number: its replies go to Pinpoint, and would be there twice. Use another number here, "
    "or switch SMS off in Pinpoint"
)
_ANSWERS = "it still has Twilio's demonstration address, which answers candidates by itself; enter our callback address"
