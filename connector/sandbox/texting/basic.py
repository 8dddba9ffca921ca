"""HTTP Basic credentials of a request."""

import base64
import binascii

from connector.sandbox.exchange import Request


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """User name and password, or None when there are none that can be read."""
    scheme, _, value = (request.header("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, word = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, word) if colon else None
