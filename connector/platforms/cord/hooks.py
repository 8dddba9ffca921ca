"""cord's webhook subscriptions: what is written (`WebhookWrite` in the contract) and what comes back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connector.domain.callbacks import Subscription
from connector.domain.model import Prepared
from connector.platforms.cord import shapes, wire

PATH = "/v1/webhooks"
#: all that a poll would find; they need the scope that the feed needs
EVENTS = ("conversation.started", "conversation.position_added", "conversation.forward_requested")


def subscription_to_domain(row: Any) -> Subscription:
    """Read one subscription. "A disabled one sends nothing": whatever is not `active` counts as that."""
    read = wire.parsed(shapes.SubscriptionRow, row)
    return Subscription(read.id, read.url, read.status == "active")


def subscription_from_domain(url: str, secret: str, at: datetime) -> Prepared:
    """Build the POST of a subscription."""
    body = json.dumps({"url": url, "event_types": EVENTS, "secret": secret}).encode()
    return _prepared("POST", PATH, body, at)


def unsubscription_from_domain(subscription_id: str, at: datetime) -> Prepared:
    """Build the DELETE of a subscription."""
    return _prepared("DELETE", f"{PATH}/{quote(subscription_id, safe='')}", b"", at)


def confirm(prepared: Prepared, body: Any) -> None:
    """Check that the answer names the address that was sent; a removal has no answer to check."""
    if prepared.method == "POST":
        wire.same(wire.parsed(shapes.SubscriptionRow, body).url, json.loads(prepared.body)["url"])


def _prepared(method: str, path: str, body: bytes, at: datetime) -> Prepared:
    """Put the time into the key: what was taken away may be made again, and a used key would do nothing."""
    digest = hashlib.sha256(f"{method} {path} ".encode() + body).hexdigest()[:16]
    return Prepared(f"webhook:{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}:{digest}", method, path, body)
