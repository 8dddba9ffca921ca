"""Twilio's callbacks: their form fields and their signature."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from connector.sandbox.texting.records import CallbackCall

Fields = list[tuple[str, str]]


def signature(token: str, url: str, fields: Iterable[tuple[str, str]], algorithm: str = "sha1") -> str:
    """The `X-Twilio-Signature` of a call to `url` (no fragment) with POST `fields`.

    The text signed is the address followed by each name and its value, names in byte order; of a repeated name every
    distinct value once, in order.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), algorithm).digest()).decode()


def call(
    what: str,
    message_id: str,
    url: str,
    method: str,
    fields: Fields,
    token: str,
    *,
    shared_key: tuple[str, str] | None = None,
    with_port: bool = True,
) -> CallbackCall:
    """A signed call. `url` as configured, with the fragment of connection overrides if there is one.

    `shared_key` (id, secret) signs with SHA-256 in place of the token. `with_port=False` signs the address without its
    port, as Twilio does at times.
    """
    address, _, fragment = url.partition("#")
    if method == "GET":
        address += ("&" if "?" in address else "?") + urlencode(fields)
    signed = address if with_port else _portless(address)
    posted = [] if method == "GET" else fields
    headers = {
        "User-Agent": "TwilioProxy/1.1",
        "I-Twilio-Idempotency-Token": hashlib.sha256(f"{what} {message_id} {fields}".encode()).hexdigest()[:32],
    }
    if method != "GET":
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    if shared_key is None:
        headers["X-Twilio-Signature"] = signature(token, signed, posted)
    else:
        headers["X-Twilio-Signature"] = signature(shared_key[1], signed, posted, "sha256")
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={shared_key[0]},algorithm=HMAC_SHA256"
    return CallbackCall(what, message_id, method, address, headers, urlencode(posted).encode(), fragment)


def _portless(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition(":")[0] or parts.netloc).geturl() if parts.port else url
