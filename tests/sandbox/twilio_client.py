"""Twilio's own SDK, led to a simulator instead of to the internet, and its validator of callbacks."""

from typing import Any
from urllib.parse import urlsplit

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator, get_signature_algorithm
from twilio.rest import Client

from connector.sandbox.twilio.simulator import Twilio
from tests.sandbox.listening import Taken

#: A public address in front of a listener.
PUBLIC = "https://sms.example.com"


class _Detour(TwilioHttpClient):  # type: ignore[misc]
    """Replaces the host of every request; all of Twilio's hosts are the one simulator."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=5)
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)
        assert parts.hostname in ("api.twilio.com", "messaging.twilio.com", "pricing.twilio.com", "127.0.0.1")
        return super().request(method, url.replace(f"{parts.scheme}://{parts.netloc}", self._base_url), *args, **kwargs)


def sdk(twilio: Twilio, username: str | None = None, password: str | None = None) -> Client:
    """A client of the main account; `username` and `password` replace its credentials, e.g. by an API key's."""
    return Client(
        username or twilio.account,
        password or twilio.auth_token,
        account_sid=twilio.account,
        http_client=_Detour(twilio.base_url),
    )


def is_valid(taken: Taken, token: str, base: str = PUBLIC) -> bool:
    """What Twilio's validator says of a call that came in, whose address was `base` and the path."""
    url = f"{base}{taken.path}" + (f"?{taken.query}" if taken.query else "")
    form = taken.form if taken.method == "POST" else {}
    algorithm = get_signature_algorithm(taken.headers.get("X-Twilio-Webhooks-Signature-Settings"))
    return bool(RequestValidator(token).validate(url, form, taken.headers["X-Twilio-Signature"], algorithm))
