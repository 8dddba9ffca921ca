"""cord's write operations on webhook subscriptions."""

import re
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.cord.asking import Ask
from connector.sandbox.cord.fields import Fields
from connector.sandbox.cord.records import Subscription
from connector.sandbox.cord.refusals import Refused, invalid
from connector.sandbox.cord.simulator import Cord
from connector.sandbox.exchange import Answer, json_answer

#: Most subscriptions of a company.
SUBSCRIPTION_LIMIT = 10

#: Event types and the scope that each needs.
EVENT_SCOPES = {
    "conversation.started": "conversations:read",
    "conversation.position_added": "conversations:read",
    "conversation.forward_requested": "conversations:read",
    "position.updated": "positions:read",
    "candidate.erased": "candidates:read",
}

_URL = re.compile(r"(https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/])")
_SECRET = re.compile(r"[\x21-\x7E]+\Z")


def create_webhook(cord: Cord, ask: Ask) -> Answer:
    """POST /v1/webhooks. The scopes of the event types are checked last."""
    fields = Fields(ask.body)
    url = fields.text("url", required=True, most=2000)
    if url is not None and not _is_receiver(url):
        fields.offend("url", "invalid")
    secret = fields.text("secret", required=True, least=32, most=255, pattern=_SECRET)
    kinds = fields.given("event_types", required=True, nullable=False)
    offence = _kinds_offence(kinds)
    if offence is not None:
        fields.offend("event_types", offence)
    fields.refuse_offences()
    if len(cord.subscriptions) >= SUBSCRIPTION_LIMIT:
        raise invalid("There are ten subscriptions already", ("url", "limit_reached"))
    missing = sorted({EVENT_SCOPES[kind] for kind in kinds} - cord.scopes)
    if missing:
        raise Refused(403, "missing_scope", "The token lacks a scope", *(("scope", scope) for scope in missing))
    hook = Subscription(cord.new_id("wh"), str(url), list(kinds), str(secret), cord.clock.now(), cord.next_change())
    cord.subscriptions[hook.id] = hook
    return json_answer(201, hook.document())


def delete_webhook(cord: Cord, ask: Ask) -> Answer:
    """DELETE /v1/webhooks/{webhook_id}."""
    cord.subscriptions.pop(ask.parts["webhook_id"], None)
    return Answer(204)


def _is_receiver(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(_URL.match(url) and parts.hostname and not parts.username and not parts.password)


def _kinds_offence(kinds: Any) -> str | None:
    if kinds is None:
        return None
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        return "invalid"
    if not kinds:
        return "blank"
    if len(set(kinds)) != len(kinds):
        return "invalid"
    return None if set(kinds) <= set(EVENT_SCOPES) else "unsupported"
