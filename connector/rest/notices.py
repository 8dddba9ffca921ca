"""Short messages to an address of the operator's own: a webhook, a dead-man's switch. Any 2xx is enough."""

from __future__ import annotations

from urllib.parse import urlsplit

from connector.domain.errors import NeverArrived, Unwell
from connector.rest.addresses import Forbidden, anywhere, is_loopback
from connector.rest.calls import Tuning
from connector.rest.redaction import register_secret
from connector.rest.transport import Lost, Transport, Unsendable, Unsent

#: an alert that takes longer is tried again later
TUNING = Tuning(connect_s=5.0, read_s=10.0, write_s=10.0, total_s=15.0, connections=1)
_LARGEST = 64 * 1024
#: a shorter part of an address is a word
_LIKE_A_KEY = 16


class Notices:
    """Sends to one address. Its path is a secret: whoever knows it can raise and silence alerts."""

    def __init__(self, name: str, url: str, tuning: Tuning = TUNING) -> None:
        """Open nothing yet. `name` is what errors call it."""
        self._name, self._url = name, url.rstrip("/")
        # without TLS nothing but the address says who is listening
        self._permits = is_loopback if self._url.startswith("http:") else anywhere
        self._tuning = tuning
        parts = urlsplit(self._url)
        for secret in (parts.query, *parts.path.split("/")):
            if len(secret) >= _LIKE_A_KEY:
                register_secret(secret)
        self._transport = Transport(tuning)

    def send(self, body: bytes | None = None, suffix: str = "") -> None:
        """Post JSON, or get without a body. Raises NeverArrived, Unwell; to send the same again is harmless."""
        method = "GET" if body is None else "POST"
        headers = {"User-Agent": self._tuning.user_agent, "Accept": "*/*"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            reply = self._transport.exchange(
                method, self._with(suffix), headers=headers, cap=_LARGEST, body=body, permits=self._permits
            )
        except Unsent as exc:
            raise NeverArrived(self._name, method, str(exc)) from exc
        except (Forbidden, Unsendable) as exc:
            raise NeverArrived(self._name, method, "the address cannot be called") from exc
        except Lost as exc:
            raise Unwell(self._name, method, str(exc)) from exc
        if not 200 <= reply.status < 300:
            raise Unwell(self._name, method, "answered neither 200 nor the like", reply.status)

    def _with(self, suffix: str) -> str:
        parts = urlsplit(self._url)
        return parts._replace(path=parts.path.rstrip("/") + suffix).geturl()
