"""Calling a receiver over real HTTP, on this machine only."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.texting.records import CallbackCall, CallbackSent

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_ANSWER_LIMIT = 65_536


@dataclass
class Posting:
    """How a vendor calls back; a test may change any of it at any time."""

    #: Whether inbound messages are called back.
    inbound: bool = True
    #: Whether statuses are called back.
    status: bool = True
    #: How often each call is made; 2: everything comes twice.
    times: int = 1
    #: Calls are kept until `TextVendor.release`, e.g. to send them in another order.
    hold: bool = False
    #: Calls go out that much later by the vendor's clock, when `tick`, `step` or `deliver_all` comes by.
    late_s: float = 0.0
    #: How long an answer is waited for.
    timeout_s: float = 15.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect counts as an answer and is not followed."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def post(call: CallbackCall, routes: dict[str, str], timeout_s: float) -> CallbackSent:
    """Makes one call once. `routes` maps the beginning of a public address to a loopback one, as a proxy would.

    An address that leads off this machine is never called: it counts as unanswered.
    """
    url = _routed(call.url, routes)
    if urlsplit(url).hostname not in _LOOPBACK:
        return _sent(call, None)
    data = call.body if call.method not in ("GET", "HEAD") else None
    request = urllib.request.Request(url, data=data, headers=call.headers, method=call.method)  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            return _sent(call, int(answer.status), answer.headers.get("Content-Type"), answer.read(_ANSWER_LIMIT))
    except urllib.error.HTTPError as exc:
        with exc:
            return _sent(call, exc.code, exc.headers.get("Content-Type"), exc.read(_ANSWER_LIMIT))
    except (OSError, ValueError, http.client.HTTPException):
        return _sent(call, None)


def _routed(url: str, routes: dict[str, str]) -> str:
    for public, local in routes.items():
        if url.startswith(public):
            return local + url.removeprefix(public)
    return url


def _sent(call: CallbackCall, status: int | None, kind: str | None = None, body: bytes = b"") -> CallbackSent:
    return CallbackSent(call, status, kind or "", body, datetime.now(UTC))
