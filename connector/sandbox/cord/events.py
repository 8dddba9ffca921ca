"""Webhook events: noted as things happen, posted to subscribers when asked to."""

import hashlib
import hmac
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector.sandbox.clock import zulu
from connector.sandbox.cord.records import Subscription

_BATCH = 10
_ANSWER_LIMIT_S = 10.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect counts as a failure and is not followed."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Events:
    """Events since the last posting. Only ids, no personal data."""

    def __init__(self, new_id: Callable[[str], str]) -> None:
        self._new_id = new_id
        self._lock = threading.Lock()
        self._waiting: list[dict[str, str]] = []

    def note(self, kind: str, subject_id: str, now: datetime) -> None:
        """Notes that something happened to `subject_id`."""
        event = {"id": self._new_id("ev"), "type": kind, "created_at": zulu(now), "subject_id": subject_id}
        with self._lock:
            self._waiting.append(event)

    def take(self) -> list[dict[str, str]]:
        """The events noted since the last call, oldest first."""
        with self._lock:
            taken, self._waiting = self._waiting, []
        return taken


def calls_for(subscription: Subscription, events: list[dict[str, str]]) -> list[bytes]:
    """The bodies to post to one subscriber: one to ten of the events it asked for in each."""
    wanted = [event for event in events if event["type"] in subscription.event_types]
    batches = [wanted[index : index + _BATCH] for index in range(0, len(wanted), _BATCH)]
    return [
        json.dumps({"subscription_id": subscription.id, "events": batch}, separators=(",", ":")).encode()
        for batch in batches
    ]


def signature(secret: str, body: bytes, at: int) -> str:
    """The `Connector-Signature` of a body at Unix time `at`."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post_call(url: str, secret: str, body: bytes, at: int) -> int | None:
    """Posts one call once; returns the status, or None when nobody answered within 10 s."""
    headers = {"Content-Type": "application/json", "Connector-Signature": signature(secret, body, at)}
    # The URL was checked at subscription to be https, or http on loopback.
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_ANSWER_LIMIT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return exc.code
    except OSError:
        return None
