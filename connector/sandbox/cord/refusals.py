"""cord's error answers."""

from typing import Any

from connector.sandbox.exchange import Answer, json_answer

#: A field and what is wrong with it.
Offence = tuple[str, str]


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, code: str, message: str, *offences: Offence) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.offences = offences


def unreadable(message: str, *offences: Offence) -> Refused:
    """400: the request cannot be read."""
    return Refused(400, "invalid_request", message, *offences)


def invalid(message: str, *offences: Offence) -> Refused:
    """422: read, but a value breaks the schema or a rule."""
    return Refused(422, "invalid_request", message, *offences)


def not_found() -> Refused:
    """404 for anything that is not there."""
    return Refused(404, "not_found", "No such object")


def erased() -> Refused:
    """410 for a person who was erased."""
    return Refused(410, "candidate_erased", "This person was erased")


def not_started() -> Refused:
    """403 until a conversation was accepted."""
    return Refused(403, "conversation_not_started", "No started conversation with this person")


def error_answer(status: int, code: str, message: str, request_id: str, offences: tuple[Offence, ...] = ()) -> Answer:
    """The error body of the contract. `retryable` follows the status."""
    body: dict[str, Any] = {
        "error": {
            "code": code,
            "message": message,
            "request_id": request_id,
            "retryable": status in (429, 500, 502, 503, 504),
            "fields": [{"name": name, "code": offence} for name, offence in offences],
        }
    }
    return json_answer(status, body)
