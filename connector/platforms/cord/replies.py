"""Replies by SMS in cord's conversations: what is written (`InboundSms` in the contract) and what comes back.

"Records only: nothing is delivered to anybody." The external id counts once in a conversation, for ever; that and the
idempotency key make a repeat a replay.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connector.domain.model import Prepared
from connector.platforms.cord import shapes, wire

#: the path of a conversation's messages is that of the conversation, and this
ENDING = "/messages"
#: "counted in Unicode code points"
LONGEST = 4000
#: "Text only", and never empty
WITHOUT_TEXT = "[no text]"


def reply_from_domain(
    conversation_id: str, external_id: str, text: str, sender: str, to: str, at: datetime
) -> Prepared:
    """Build the POST that records a reply."""
    # NUL cannot stand in a database's text, and a lone surrogate in no JSON
    shown = text.replace("\x00", "").encode("utf-8", "replace").decode().strip() or WITHOUT_TEXT
    body = {
        "direction": "from_candidate",
        "channel": "sms",
        "external_id": external_id,
        "body": shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…",
        "from": sender,
        "to": to,
        "received_at": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "deliver": False,
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    path = f"/v1/conversations/{quote(conversation_id, safe='')}{ENDING}"
    digest = hashlib.sha256(path.encode() + b" " + content).hexdigest()[:32]
    return Prepared(f"sms:{digest}", "POST", path, content)


def confirm(prepared: Prepared, body: Any) -> None:
    """Check that the receipt names the message that was sent."""
    wire.same(wire.parsed(shapes.MessageReceipt, body).external_id, json.loads(prepared.body)["external_id"])
