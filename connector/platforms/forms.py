"""Forms as SMS vendors write them: what we post, and what their callbacks carry.

A signature covers every field, also the empty ones (an ordinary UK payload has six), and the values as decoded bytes.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl, unquote_to_bytes, urlencode, urlsplit

from connector.domain.texts import Callback
from connector.rest.redaction import MASK, excerpt

FORM = "application/x-www-form-urlencoded"

#: name and value of each field, in the order in which they came
Fields = tuple[tuple[str, str], ...]

_DIGITS = re.compile(r"\d{7,}")
_INTENT = "i"


def encoded(fields: Sequence[tuple[str, str]]) -> bytes:
    """Return fields as the body of a form."""
    return urlencode(list(fields)).encode()


def raw_fields(body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the fields of a form with their decoded bytes; blank ones too. Any bytes are a form."""
    pairs = (part.partition(b"=") for part in body.split(b"&") if part)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))


def fields_of(call: Callback) -> dict[str, str]:
    """Return what a call carries: its body, or the query of one without; the first of a repeated name.

    Broken UTF-8 becomes U+FFFD; what no database takes is left out.
    """
    posted = call.body if call.method.upper() != "GET" else _query(call.url).encode("utf-8", "replace")
    found: dict[str, str] = {}
    for name, value in raw_fields(posted):
        found.setdefault(storable(name.decode("utf-8", "replace")), storable(value.decode("utf-8", "replace")))
    return found


def is_form(headers: Mapping[str, str]) -> bool:
    """Tell whether a call says that its body is a form."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def intent_of(url: str) -> str | None:
    """Return our intent from the address of a status callback, where it is the parameter `i`; None: there is none."""
    named = dict(reversed(parse_qsl(_query(url))))
    return storable(named.get(_INTENT, "")) or None


def _query(url: str) -> str:
    """Return the query of an address; of one that is none: nothing."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def storable(text: str) -> str:
    """Return a text without NUL and halves of surrogate pairs, which PostgreSQL and UTF-8 refuse. Twice is the same."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def whole_number(value: str | None) -> int | None:
    """Return a count as vendors write it; None for anything else, and for what no column holds."""
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def words_of_vendor(text: str) -> str:
    """Return a vendor's explanation fit for a log: masked, also numbers that are written without their plus."""
    return _DIGITS.sub(MASK, excerpt(text))


def basic(user: str, key: str) -> dict[str, str]:
    """Return the header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()}


def signature(token: str, signed: bytes, algorithm: str) -> str:
    """Return the base64 of an HMAC."""
    return base64.b64encode(hmac.digest(token.encode("utf-8", "surrogatepass"), signed, algorithm)).decode()


def same(given: str, expected: str) -> bool:
    """Compare in constant time; the length may show."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))


def any_same(given: Iterable[str], expected: Iterable[str]) -> bool:
    """Compare each with each, all of them whatever comes out, so that the time does not tell which one it was."""
    found = False
    wanted = tuple(expected)
    for one in given:
        for other in wanted:
            found |= same(one, other)
    return found


def is_secret(given: str, secret: str | None) -> bool:
    """Tell whether the secret at the end of a path is ours; without one of our own nothing is."""
    return bool(secret) and same(given, secret or "")
