"""What a simulator gets and gives: one request, one answer, both plain values."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Request:
    """One HTTP request, read to its end."""

    method: str
    #: Percent-decoded path, without the query.
    path: str
    #: Raw query string, without the question mark.
    query: str
    #: Names in lower case; of a repeated header the last one counts.
    headers: dict[str, str]
    body: bytes
    #: The peer's IP address.
    client: str = "127.0.0.1"

    def header(self, name: str) -> str | None:
        """The value of header `name`, or None."""
        return self.headers.get(name.lower())


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, before it is written to the socket. `Date` and `Content-Length` are added by the wire."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    #: False leaves out `Content-Length`, so that the body goes out chunked.
    sized: bool = True

    def with_headers(self, *extra: tuple[str, str]) -> "Answer":
        """A copy with more headers; an extra one replaces those of the same name."""
        names = {name.lower() for name, _ in extra}
        kept = tuple(pair for pair in self.headers if pair[0].lower() not in names)
        return replace(self, headers=kept + extra)

    def header(self, name: str) -> str | None:
        """The value of the first header `name`, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def document(self) -> Any:
        """The JSON in the body. Raises ValueError when there is none."""
        return json.loads(self.body)


class Platform(Protocol):
    """What the gate needs of a simulator."""

    name: str

    def now(self) -> datetime:
        """The time for the `Date` header."""

    def handle(self, request: Request) -> Answer:
        """Does what the request asks for and answers. Called on the server's thread; it takes the simulator's lock."""

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """The platform's own error body for 429, 500 and 503."""

    def own_failure_after(self, request: Request) -> None:
        """Told when the platform itself fails (500) after the effect of `request`, before the answer goes out."""


def json_answer(status: int, document: Any, media_type: str = "application/json") -> Answer:
    """An answer whose body is `document` in compact UTF-8 JSON."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, (("Content-Type", media_type),), body)


def html_answer(status: int, text: str) -> Answer:
    """A page as a proxy in front of a platform would send it."""
    return Answer(status, (("Content-Type", "text/html; charset=utf-8"),), text.encode())
