"""ClickSend's envelope and its errors.

The 401, the 404 of a receipt and the 429 are as observed on a real account by a public client library (2026-10-05);
other words of `response_msg` are ours.
"""

from typing import Any

from connector.sandbox.exchange import Answer, json_answer


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.data = data


def unauthorized() -> Refused:
    """401: user name or key is not right."""
    return Refused(401, "UNAUTHORIZED", "Authorization failed.")


def bad_request(message: str, **fields: str) -> Refused:
    """400: the request cannot be taken."""
    return Refused(400, "BAD_REQUEST", message, fields or None)


def not_found(message: str = "Not found.") -> Refused:
    """404 for anything that is not there."""
    return Refused(404, "NOT_FOUND", message)


def too_many() -> Refused:
    """429."""
    return Refused(429, "HTTP_TOO_MANY_REQUESTS", "Too many attempts.")


def success(message: str, data: Any) -> Answer:
    """A 200, which says nothing about the messages inside."""
    return _envelope(200, "SUCCESS", message, data)


def error_answer(refused: Refused) -> Answer:
    """The envelope of an error."""
    return _envelope(refused.status, refused.code, refused.message, refused.data)


def _envelope(status: int, code: str, message: str, data: Any) -> Answer:
    return json_answer(status, {"http_code": status, "response_code": code, "response_msg": message, "data": data})
