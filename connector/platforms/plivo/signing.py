"""Whether a callback is Plivo's own: signatures V3 and V2.

From docs.plivo.com (messaging callbacks, V2; voice callbacks, V3) and `plivo.utils` of Plivo's Python SDK 4.63. V2
signs the address without its query, and a nonce: neither text nor numbers. So V2 counts only together with the secret
in the path, which nobody else knows. Where a V3 header came, V3 decides alone. Each version has two headers: one signed
with the account's own token, and `-Ma-` with the main account's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qs, urlsplit

from connector.domain.texts import Callback
from connector.platforms.forms import any_same, is_form, is_secret, raw_fields, signature

_V3, _V3_MAIN, _V3_NONCE = "x-plivo-signature-v3", "x-plivo-signature-ma-v3", "x-plivo-signature-v3-nonce"
_V2, _V2_MAIN, _V2_NONCE = "x-plivo-signature-v2", "x-plivo-signature-ma-v2", "x-plivo-signature-v2-nonce"


def is_signed(call: Callback, tokens: Sequence[str], main_tokens: Sequence[str], secret: str | None) -> bool:
    """Return whether one of the tokens signed the call. Pure; never raises."""
    try:
        if any(name in call.headers for name in (_V3, _V3_MAIN, _V3_NONCE)):
            base = _base_v3(call)
            signed = None if base is None else base + b"." + _sent(call, _V3_NONCE)
            return bool(call.headers.get(_V3_NONCE)) and _is_one(call, signed, _V3, tokens, _V3_MAIN, main_tokens)
        signed = _address(call.url).encode() + _sent(call, _V2_NONCE)
        genuine = bool(call.headers.get(_V2_NONCE)) and _is_one(call, signed, _V2, tokens, _V2_MAIN, main_tokens)
        return is_secret(call.secret, secret) and genuine
    except (ValueError, UnicodeError):
        # an address that is none
        return False


def _is_one(
    call: Callback, signed: bytes | None, own: str, tokens: Sequence[str], main: str, main_tokens: Sequence[str]
) -> bool:
    if signed is None:
        return False
    by_own = any_same(_given(call, own), _signatures(tokens, signed))
    by_main = any_same(_given(call, main), _signatures(main_tokens, signed))
    return by_own or by_main


def _given(call: Callback, name: str) -> list[str]:
    """Return the signatures of a header; there may be several, comma-separated."""
    return [part.strip() for part in call.headers.get(name, "").split(",") if part.strip()]


def _signatures(tokens: Iterable[str], signed: bytes) -> list[str]:
    return [signature(token, signed, "sha256") for token in tokens if token]


def _sent(call: Callback, name: str) -> bytes:
    return call.headers.get(name, "").encode()


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _base_v3(call: Callback) -> bytes | None:
    """Return what V3 signs in front of the nonce; None: the body is not a form, so nothing vouches for it.

    A POST: address, `?`, the query sorted, `.` if there is a query, then name and value of each field in the order of
    the names. Without fields, and for a GET: address, and `?` and the sorted query if there is one.
    """
    query = _sorted_query(call.url)
    base = _address(call.url).encode()
    if not call.body or call.method.upper() == "GET":
        return base + (b"?" + query if query else b"")
    if not is_form(call.headers):
        return None
    fields = raw_fields(call.body)
    return base + b"?" + query + (b"." if query else b"") + b"".join(name + value for name, value in sorted(fields))


def _sorted_query(url: str) -> bytes:
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return "&".join(f"{name}={value}" for name in sorted(found) for value in sorted(found[name])).encode()
