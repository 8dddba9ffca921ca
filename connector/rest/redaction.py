"""Masks what must not be read in logs, errors and reports: keys, contact details, signed links, file contents.

Masking is by pattern and therefore a net under the rule that such things are not put into messages at all.
"""

from __future__ import annotations

import re
import threading
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "…"

#: a shorter value would mask ordinary words
_SHORTEST_SECRET = 6
#: text beyond this is not looked at when an excerpt is made
_LOOKED_AT = 65_536
_DEEPEST = 12

_secrets: set[str] = set()
_secrets_lock = threading.Lock()

_SEPARATOR = r"(?:%20|%28|%29|%2D|[\s().\-\u00a0\u2010-\u2013])"
_NAMES_OF_SECRETS = (
    r"(?:proxy-)?authorization|x-api-key|api[-_ ]?key|apikey|(?:set-)?cookie|x-twilio-signature|"
    r"(?:access|refresh|auth|api)[-_]?token|token|password|passwd|secret|client[-_]secret|signature"
)
# Every repetition that could begin anywhere is bounded, so that no text takes more than linear time.
_HEADER = re.compile(
    rf"(?i)(?<![\w-])({_NAMES_OF_SECRETS})([\"']?\]?\s*[:=]\s*(?:[bB](?=[\"']))?[\"']?)((?:bearer|basic|token|digest)\s+)?[^\s\"',;}}\]]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_USER_INFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,15}://)[^/\s@\"'<>]{1,256}@")
_QUERY = re.compile(r"\?[\w%.\[\]~-]+=[^\s\"'<>]*")
_EMAIL = re.compile(r"[^\s@<>\"'(),:;=/?&\[\]{}|\\]{1,128}(?:@|%40)[^\s@<>\"'(),:;=/?&\[\]{}|\\%]{1,255}\.[^\W\d_]{2,}")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
_PHONES = (
    # international: +44 7700 900123, %2B447700900123, 0044 7700 900123
    re.compile(rf"(?i)(?:\+|%2B|(?<![\w.-])00){_SEPARATOR}?[1-9](?:{_SEPARATOR}{{0,3}}\d){{7,14}}(?!\d)"),
    # national with its leading zero: 07700 900123, (0117) 496 0123, 07700900123
    re.compile(rf"(?i)(?<![\w.-])(?:\(|%28)?0[1-9](?:{_SEPARATOR}{{0,2}}\d){{7,9}}(?![\w-])"),
    # North America: (415) 555-0132, 415-555-0132
    re.compile(r"(?<![\w.-])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"),
)
_SECRET_KEY = re.compile(rf"(?i)^(?:{_NAMES_OF_SECRETS})$")


def register_secret(value: str) -> None:
    """Mask `value` from now on, also as it looks inside a URL. Short or empty values are ignored. Twice is safe."""
    if len(value.strip()) < _SHORTEST_SECRET:
        return
    with _secrets_lock:
        _secrets.update({value, value.strip(), quote(value, safe=""), quote_plus(value)})


def redact(text: str) -> str:
    """Return the text with everything masked that looks secret or personal. Redacting twice changes nothing."""
    with _secrets_lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, MASK)
    text = _HEADER.sub(rf"\1\2\3{MASK}", text)
    text = _SCHEME.sub(rf"\1 {MASK}", text)
    text = _USER_INFO.sub(rf"\1{MASK}@", text)
    text = _QUERY.sub(f"?{MASK}", text)
    text = _EMAIL.sub(MASK, text)
    text = _RUN.sub(_mask_run, text)
    for phone in _PHONES:
        text = phone.sub(MASK, text)
    return text


def _mask_run(found: re.Match[str]) -> str:
    """Mask encoded bytes, but leave long file paths and identifiers, which people need to read."""
    run = found.group()
    mixed = all(any(test(char) for char in run) for test in (str.isupper, str.islower, str.isdigit))
    return MASK if mixed and max(map(len, run.split("/"))) >= 20 else run


def excerpt(content: bytes | str, limit: int = 200) -> str:
    """Return the beginning on one line, masked first and cut after, so that no half of a secret stays readable."""
    text = content[:_LOOKED_AT].decode("utf-8", "replace") if isinstance(content, bytes) else content[:_LOOKED_AT]
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = redact(" ".join(printable.split()))
    return line if len(line) <= limit else line[: max(limit - 1, 0)] + MASK


def mask_address(email: str) -> str:
    """Return `a…@example.com`: enough for an operator to recognise, not enough to write to. Not an address: `…`."""
    name, at, domain = email.strip().rpartition("@")
    if not at or not name or not domain:
        return MASK
    return f"{name[0]}{MASK}@{domain.lower()}"


def redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask a structlog event, nested values and the exception included. Put it last before the renderer."""
    _render_exception(event)
    for key in list(event):
        event[key] = MASK if _SECRET_KEY.match(key) else _clean(event[key], 0)
    return event


def _render_exception(event: MutableMapping[str, Any]) -> None:
    """Turn `exc_info` into text here, so that no renderer prints it unmasked later."""
    info = event.pop("exc_info", None)
    if isinstance(info, BaseException):
        event["exception"] = "".join(traceback.format_exception(info))
    elif isinstance(info, tuple) and len(info) == 3 and info[0] is not None:
        event["exception"] = "".join(traceback.format_exception(*info))
    elif info is True:
        event["exception"] = traceback.format_exc()


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    if depth >= _DEEPEST:
        return MASK
    if isinstance(value, Mapping):
        return {
            _clean(key, depth + 1): MASK if _SECRET_KEY.match(str(key)) else _clean(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in value]
    return redact(_text_of(value))


def _text_of(value: object) -> str:
    render: Callable[[object], str] = str if isinstance(value, BaseException) else repr
    return render(value)
