"""`/callbacks/<company>/<platform>`: vendors' webhooks, taken as a hint to poll now and never as data.

What is not genuine is refused; of what is, only the event ids are looked at, to tell repeats. A lost call costs time, a
forged or repeated one nothing: whatever is true is read from the platform itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

log = structlog.get_logger("connector.callbacks")

#: "Bodies stay under 64 KiB" (docs/contracts/cord.openapi.yaml)
LARGEST_BYTES = 65_536
#: "Refuse when `t` is more than 300 seconds away from the receiver's clock, in either direction" (the same)
WINDOW_S = 300
#: event ids that are remembered
_REMEMBERED = 10_000

_TIME = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

#: secrets, headers, raw body, present time in seconds -> whether the call is genuine
Check = Callable[[Sequence[str], Mapping[str, str], bytes, float], bool]


@dataclass(frozen=True)
class Hook:
    """How a platform calls."""

    is_genuine: Check
    #: the ids of the events in a body; raises ValueError when it is none of theirs
    events: Callable[[bytes], list[str]]
    #: the polls that it is a hint for
    flows: tuple[str, ...]


def is_from_cord(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Check `Connector-Signature: t=<seconds>,v1=<hex>` against every secret, in constant time.

    Unknown parts are ignored; one of several `v1` parts suffices.
    """
    parts = [part.strip().partition("=") for part in headers.get("connector-signature", "").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or abs(now_s - int(times[0])) > WINDOW_S:
        return False
    given = [value for name, _, value in parts if name == "v1" and _DIGEST.fullmatch(value)]
    signed = times[0].encode() + b"." + body
    return _any_matches(given, [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in secrets])


def is_from_pinpoint(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, _now_s: float) -> bool:
    """Check `PINPOINT-HMAC-SHA256: <base64>` against every secret, in constant time. It carries no time."""
    digests = [hmac.new(key.encode(), body, hashlib.sha256).digest() for key in secrets]
    return _any_matches(
        [headers.get("pinpoint-hmac-sha256", "").strip()], [base64.b64encode(digest).decode() for digest in digests]
    )


def _any_matches(given: Iterable[str], expected: Sequence[str]) -> bool:
    # every pair is compared, so that the time tells nothing of which secret was near
    found = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]
    return any(found)


def _events_of_cord(body: bytes) -> list[str]:
    document = json.loads(body)
    events = document.get("events") if isinstance(document, dict) else None
    ids = [event.get("id") if isinstance(event, dict) else None for event in events] if isinstance(events, list) else []
    if not ids or not all(isinstance(each, str) and each for each in ids):
        raise ValueError("no events with ids")
    return [str(each) for each in ids]


def _events_of_pinpoint(body: bytes) -> list[str]:
    if not isinstance(json.loads(body), dict):
        raise ValueError("not an object")
    # it has no ids: a repeat is the same bytes
    return [hashlib.sha256(body).hexdigest()]


#: one line a vendor
HOOKS: dict[str, Hook] = {
    "cord": Hook(is_from_cord, _events_of_cord, ("applications",)),
    "pinpoint": Hook(is_from_pinpoint, _events_of_pinpoint, ("listings", "applications")),
}


class Callbacks:
    """Takes calls and fires polls."""

    def __init__(
        self,
        secrets_of: Callable[[str, str], Sequence[str]],
        nudge: Callable[[str, str], object],
        now_s: Callable[[], float] = time.time,
        heard: Callable[[str, str], object] = lambda _company, _platform: None,
    ) -> None:
        """`secrets_of` names the secrets of a company and platform, none where there are none; `nudge` fires a poll.

        `heard` is told first that a platform has called about a company.
        """
        self._secrets_of, self._nudge, self._now_s, self._heard = secrets_of, nudge, now_s, heard
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def route(self) -> Route:
        """Return the route for the listener."""
        return Route("/callbacks/{company}/{platform}", self._receive, methods=["POST"])

    async def _receive(self, request: Request) -> Response:
        company, platform = request.path_params["company"], request.path_params["platform"]
        try:
            body = await whole_body(request)
        except ClientDisconnect:
            body = None
        if body is None:
            return Response(status_code=400)
        hook = HOOKS.get(platform)
        secrets = self._secrets_of(company, platform) if hook else ()
        # who is not known here is told the same as who signs wrongly
        if hook is None or not secrets or not hook.is_genuine(secrets, request.headers, body, self._now_s()):
            return Response(status_code=401)
        try:
            events = hook.events(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if not self._are_new(company, platform, events):
            return Response(status_code=204)
        return Response(status_code=204, background=BackgroundTask(self._fire, company, platform, hook, len(events)))

    def _fire(self, company: str, platform: str, hook: Hook, number: int) -> None:
        log.info("hint", action="hint", company=company, platform=platform, events=number)
        self._heard(company, platform)
        for flow in hook.flows:
            self._nudge(company, flow)

    def _are_new(self, company: str, platform: str, events: Iterable[str]) -> bool:
        """Remember events; returns whether any of them had not been seen lately."""
        new = False
        with self._lock:
            for event in events:
                key = company, platform, event
                new = new or key not in self._seen
                self._seen[key] = None
                self._seen.move_to_end(key)
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return new


async def whole_body(request: Request) -> bytes | None:
    """Return the raw body; None: it is too large, and is not read to its end."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST_BYTES:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BYTES:
            return None
    return bytes(body)
