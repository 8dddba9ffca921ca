"""Exotel's answers, in JSON or in XML, and its errors.

The XML root is that of Exotel's support article on sending. Which numbers or words the `Code` of an error holds is
documented only in part; those marked "assumed" are not.
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from connector.sandbox.exchange import Answer, json_answer


class Refused(Exception):
    """The request is answered with a `RestException`."""

    def __init__(self, status: int, message: str, code: int | str | None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


def unauthorized() -> Refused:
    """401: the key or the token is not right."""
    return Refused(401, "Authentication failed. Invalid API Key or Token.", "UNAUTHORIZED")


def invalid(message: str) -> Refused:
    """400: a parameter is missing or wrong. The code is assumed."""
    return Refused(400, message, "INVALID_PARAMETER")


def not_found() -> Refused:
    """404: no such account or path. The code is assumed."""
    return Refused(404, "The requested resource was not found", "NOT_FOUND")


def no_balance() -> Refused:
    """403: the account is empty."""
    return Refused(403, "Your account does not have enough balance", 40001)


def too_many() -> Refused:
    """429: more than 200 requests in a minute."""
    return Refused(429, "Too many requests", 40402)


def throttled() -> Refused:
    """503: Exotel holds the request off."""
    return Refused(503, "The request was throttled", 40405)


def error_answer(refused: Refused, as_json: bool) -> Answer:
    """The error body."""
    fields = {"Status": refused.status, "Message": refused.message, "Code": refused.code}
    return answer(refused.status, {"RestException": fields}, as_json)


def answer(status: int, document: Mapping[str, Mapping[str, Any]], as_json: bool) -> Answer:
    """A document with one member, as JSON or as XML."""
    if as_json:
        return json_answer(status, document)
    inner = "".join(f"<{name}>{_fields(fields)}</{name}>" for name, fields in document.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?><TwilioResponse>{inner}</TwilioResponse>'
    return Answer(status, (("Content-Type", "application/xml"),), body.encode())


def _fields(fields: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}/>" if value is None else f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items()
    )
