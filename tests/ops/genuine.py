"""Calls as SMS providers make them, signed by the vendors' own software where there is some, and who judges them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import plivo.utils.signature_v3 as plivo_v3
from plivo.utils import validate_signature
from twilio.request_validator import RequestValidator

from connector.domain.texting import Texting
from connector.platforms.clicksend import adapter as clicksend
from connector.platforms.exotel import adapter as exotel
from connector.platforms.plivo import adapter as plivo_
from connector.platforms.twilio import adapter as twilio
from connector.rest.budget import MemoryLedger
from connector.rest.keyring import Keyring

PUBLIC = "https://connector.example.com"
SID, TOKEN, OLD_TOKEN = "AC" + "0" * 32, "twilio-token-new", "twilio-token-old"
AUTH_ID, PLIVO_TOKEN = "MA" + "0" * 18, "plivo-token"
SECRETS = {"plivo": "plivo-path-secret", "exotel": "exotel-path-secret", "clicksend": "clicksend-path-secret"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": SID,
    "From": "+447700900123",
    "To": "+442079460123",
    "Body": "Tuesday works ",
    "NumMedia": "0",
    "FromCity": "",
    "FromZip": "",
}


@dataclass(frozen=True)
class Call:
    """What goes over the wire."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


def by_twilio(fields: dict[str, str] = TEXT, path: str = "harbourline/twilio/inbound", token: str = TOKEN) -> Call:
    url = f"{PUBLIC}/callbacks/{path}"
    return Call(
        path,
        urlencode(fields).encode(),
        {**FORM, "X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields)},
    )


def by_plivo(version: int = 3, path: str = f"harbourline/plivo/inbound/{SECRETS['plivo']}") -> Call:
    fields = {"MessageUUID": "u-1", "From": "447700900123", "To": "442079460123", "Text": "Tuesday", "Type": "sms"}
    url, nonce = f"{PUBLIC}/callbacks/{path}", "12345"
    if version == 2:
        digest = hmac.new(PLIVO_TOKEN.encode(), f"{url}{nonce}".encode(), hashlib.sha256).digest()
        made = base64.b64encode(digest).decode()
        assert validate_signature(url, nonce, made, PLIVO_TOKEN)
        headers = {"X-Plivo-Signature-V2": made, "X-Plivo-Signature-V2-Nonce": nonce}
    else:
        base = plivo_v3.construct_post_url(url, fields)
        made = plivo_v3.get_signature_v3(PLIVO_TOKEN, base, nonce)
        made = made.decode() if isinstance(made, bytes) else made
        headers = {"X-Plivo-Signature-V3": made, "X-Plivo-Signature-V3-Nonce": nonce}
    return Call(path, urlencode(fields).encode(), {**FORM, **headers})


def by_exotel(secret: str = SECRETS["exotel"], account: str = "harbourline1") -> Call:
    fields = {"SmsSid": "ex-1", "From": "09052161119", "To": "08047112233", "Body": "Ok", "AccountSid": account}
    return Call(f"harbourline/exotel/inbound/{secret}", urlencode(fields).encode(), dict(FORM))


def by_clicksend(secret: str = SECRETS["clicksend"]) -> Call:
    fields = {
        "message_id": "cs-1",
        "from": "+447700900123",
        "to": "+442079460123",
        "body": "Ok",
        "timestamp": 1795252445,
    }
    return Call(
        f"harbourline/clicksend/inbound/{secret}", json.dumps(fields).encode(), {"Content-Type": "application/json"}
    )


def providers() -> dict[str, Texting]:
    """The real adapters; nothing here calls anybody."""
    more: dict[str, Any] = {"rate_limits": (), "budget_ledger": MemoryLedger()}
    nowhere = "https://127.0.0.1:9"
    ring = Keyring(lambda: ("key",))
    return {
        "twilio": twilio.build(
            nowhere, SID, ring, signing=lambda: (TOKEN, OLD_TOKEN), callback_secret=None, options={}, **more
        ),
        "plivo": plivo_.build(
            nowhere, AUTH_ID, ring, signing=lambda: (PLIVO_TOKEN,), callback_secret=SECRETS["plivo"], options={}, **more
        ),
        "exotel": exotel.build(
            nowhere,
            "harbourline1",
            ring,
            signing=tuple,
            callback_secret=SECRETS["exotel"],
            options={"api_key": "user"},
            **more,
        ),
        "clicksend": clicksend.build(
            nowhere, "harbourline", ring, signing=tuple, callback_secret=SECRETS["clicksend"], options={}, **more
        ),
    }
