"""Plivo's signatures of callbacks, versions 2 and 3."""

import base64
import hashlib
import hmac
from collections.abc import Collection, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

from connector.sandbox.texting.records import CallbackCall

Fields = list[tuple[str, str]]


def signature_v2(token: str, url: str, nonce: str) -> str:
    """Signs the address without its query, and the nonce. The body is not signed."""
    return _sign(token, _bare(url) + nonce)


def signature_v3(token: str, method: str, url: str, fields: Sequence[tuple[str, str]], nonce: str) -> str:
    """Signs the address, the query in order, the fields in order, and the nonce behind a full stop.

    A POST with fields has the question mark also when there is no query, and a full stop between query and fields.
    """
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    if method == "GET":
        pairs = sorted([*query, *fields])
        text = _bare(url) + ("?" + _joined(pairs) if pairs else "")
    else:
        text = _bare(url)
        if query or fields:
            text += "?" + _joined(sorted(query))
        if query and fields:
            text += "."
        text += "".join(name + value for name, value in sorted(fields))
    return _sign(token, f"{text}.{nonce}")


def call(
    what: str,
    message_id: str,
    url: str,
    method: str,
    fields: Fields,
    *,
    nonce: str,
    token: str,
    sub_token: str | None,
    previous_token: str | None,
    versions: Collection[str],
) -> CallbackCall:
    """A signed call.

    `token` is the main account's, always used for the `-Ma-` headers; `sub_token` signs for a sub-account. With
    `previous_token` the V3 headers hold two signatures, one of each token. `versions`: `v2`, `v3`.
    """
    address, _, fragment = url.partition("#")
    if method == "GET":
        address += ("&" if "?" in address else "?") + urlencode(fields)
    posted = [] if method == "GET" else fields
    own = sub_token or token
    headers = {"User-Agent": "PlivoCallback"}
    if method != "GET":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if "v2" in versions:
        headers["X-Plivo-Signature-V2"] = signature_v2(own, address, nonce)
        headers["X-Plivo-Signature-Ma-V2"] = signature_v2(token, address, nonce)
        headers["X-Plivo-Signature-V2-Nonce"] = nonce
    if "v3" in versions:
        older = [previous_token] if previous_token else []
        headers["X-Plivo-Signature-V3"] = ",".join(
            signature_v3(each, method, address, posted, nonce) for each in [*older, own]
        )
        headers["X-Plivo-Signature-Ma-V3"] = ",".join(
            signature_v3(each, method, address, posted, nonce) for each in [*older, token]
        )
        headers["X-Plivo-Signature-V3-Nonce"] = nonce
    return CallbackCall(what, message_id, method, address, headers, urlencode(posted).encode(), fragment)


def _bare(url: str) -> str:
    return urlsplit(url)._replace(query="", fragment="").geturl()


def _joined(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def _sign(token: str, text: str) -> str:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha256).digest()).decode()
