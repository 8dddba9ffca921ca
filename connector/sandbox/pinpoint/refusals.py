"""Pinpoint's error answers."""

from dataclasses import dataclass
from typing import Any

from connector.sandbox.exchange import Answer, json_answer

MEDIA_TYPE = "application/vnd.api+json"

_TITLES = {
    400: ("bad_request", "Bad Request"),
    401: ("unauthorized", "Unauthorized"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Not Found"),
    422: ("unprocessable_entity", "Validation Error"),
    429: ("too_many_requests", "Too Many Requests"),
    500: ("internal_server_error", "Internal Server Error"),
}


@dataclass(frozen=True)
class Offence:
    """One broken rule of a write: where, and what is wrong (`can't be blank`)."""

    pointer: str
    message: str
    code: str

    @property
    def attribute(self) -> str:
        """The last step of the pointer."""
        return self.pointer.rpartition("/")[2]

    @property
    def detail(self) -> str:
        """The sentence for a reader, with the attribute's name in front."""
        special = {"cv_base64_data": "CV", "cv_base64_filename": "CV", "documents_base64": "Documents"}
        name = special.get(self.attribute) or self.attribute.replace("_", " ").capitalize()
        return f"{name} {self.message}"


def blank(name: str, parent: str = "attributes") -> Offence:
    """Something needed is missing."""
    return Offence(f"/data/{parent}/{name}", "can't be blank", "blank")


def invalid(name: str, parent: str = "attributes", message: str = "is invalid") -> Offence:
    """Something has a value that is not allowed."""
    return Offence(f"/data/{parent}/{name}", message, "invalid")


class Refused(Exception):
    """The request is answered with an error: `offences` for 422, else one text."""

    def __init__(self, status: int, detail: str = "", offences: tuple[Offence, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.offences = offences


def malformed(detail: str = "Malformed query params") -> Refused:
    """400."""
    return Refused(400, detail)


def not_found() -> Refused:
    """404."""
    return Refused(404, "Record not found")


def unprocessable(*offences: Offence) -> Refused:
    """422 with every broken rule."""
    return Refused(422, offences=offences)


def error_answer(refused: Refused, bare: bool) -> Answer:
    """The error document. `bare` leaves `source` and `meta` out of a 422."""
    code, title = _TITLES.get(refused.status, _TITLES[500])
    head = {"code": code, "status": str(refused.status), "title": title}
    errors: list[dict[str, Any]] = []
    for offence in refused.offences:
        entry: dict[str, Any] = {**head, "detail": offence.detail}
        if not bare:
            entry["source"] = {"pointer": offence.pointer}
            entry["meta"] = {"attribute": offence.attribute, "message": offence.message, "code": offence.code}
        errors.append(entry)
    return json_answer(refused.status, {"errors": errors or [{**head, "detail": refused.detail}]}, MEDIA_TYPE)
