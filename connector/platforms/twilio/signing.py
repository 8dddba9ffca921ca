"""Whether a callback is Twilio's own: `X-Twilio-Signature`.

From https://www.twilio.com/docs/usage/security and `twilio.request_validator` of Twilio's Python SDK 9.13: the address
as configured, then name and value of every field in the order of the names; HMAC with the account's token (SHA-1),
or with the secret of a shared key (SHA-256). Callbacks carry no time, so a replay is genuine; ids make it harmless.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from connector.domain.texts import Callback
from connector.platforms.forms import any_same, is_form, raw_fields, same, signature

_SIGNATURE = "x-twilio-signature"
_SETTINGS = "x-twilio-webhooks-signature-settings"
_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_BODY_HASH = "bodySHA256"
_PARTS = re.compile(r"(https?)://([^/?#:@]+)(?::(\d+))?([/?].*)?", re.DOTALL)
_PORTS = {"https": "443", "http": "80"}


def is_signed(call: Callback, tokens: Sequence[str]) -> bool:
    """Return whether one of the tokens signed the call. Pure; never raises."""
    algorithm = _algorithm(call.headers.get(_SETTINGS, ""))
    given = call.headers.get(_SIGNATURE, "").strip()
    signed = _signed_fields(call)
    if algorithm is None or not given or signed is None:
        return False
    urls = [url.encode("utf-8", "surrogatepass") for url in spellings(call.url)]
    return any_same([given], [signature(token, url + signed, algorithm) for token in tokens if token for url in urls])


def _algorithm(settings: str) -> str | None:
    """Return the hash that the settings name; none of them: that of the token; one that we don't know: None."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return _ALGORITHMS.get(value.strip().upper())
    return "sha1"


def _signed_fields(call: Callback) -> bytes | None:
    """Return what is signed after the address; None: the body is neither a form nor vouched for by the address."""
    if not call.body:
        return b""
    if is_form(call.headers):
        # each distinct value of a repeated name, sorted
        return b"".join(name + value for name, value in sorted(set(raw_fields(call.body))))
    return b"" if same(hashlib.sha256(call.body).hexdigest(), _promised_hash(call.url)) else None


def _promised_hash(url: str) -> str:
    try:
        return parse_qs(urlsplit(url).query)[_BODY_HASH][0]
    except (ValueError, KeyError):
        return ""


def spellings(url: str) -> tuple[str, ...]:
    """Return the address as given, without a port, and with the usual one: which of them is signed is not promised."""
    found = _PARTS.fullmatch(url)
    if not found:
        return (url,)
    scheme, host, port, rest = found.groups(default="")
    bare, usual = f"{scheme}://{host}{rest}", f"{scheme}://{host}:{_PORTS[scheme]}{rest}"
    return (url, bare) if port else (url, usual)
