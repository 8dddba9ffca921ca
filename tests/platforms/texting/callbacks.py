"""Callbacks as they come in, for tests of several vendors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from connector.domain.texts import Callback

FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def posted(
    provider: str,
    what: str,
    url: str,
    fields: Sequence[tuple[str, str]] | bytes,
    headers: Mapping[str, str] | None = None,
    *,
    secret: str = "",
    method: str = "POST",
    content_type: str = FORM,
) -> Callback:
    """A call as the web hands it over: header names in lower case, the body as it came."""
    body = fields if isinstance(fields, bytes) else urlencode(list(fields)).encode()
    lower = {"content-type": content_type} | {name.lower(): value for name, value in (headers or {}).items()}
    return Callback("acme", provider, what, method, url, lower, body, secret)
