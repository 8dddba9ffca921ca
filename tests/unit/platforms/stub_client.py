"""Stands in for the HTTP layer: remembers what was asked, answers from a list or a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connector.domain.model import Priority
from connector.rest.calls import Answer, Body, Kind

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Call:
    kind: Kind
    method: str
    path: str
    params: list[tuple[str, str]]
    body: Body | None
    content_type: str | None
    headers: Mapping[str, str]
    priority: Priority
    length: int | None
    label: str | None

    @property
    def query(self) -> dict[str, str]:
        return dict(self.params)

    @property
    def sent(self) -> bytes:
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return b"".join(self.body())


@dataclass
class StubClient:
    answer: Callable[[Call], Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    key: str | None = None

    def request(
        self,
        kind: Kind,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        body: Body | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        priority: Priority = Priority.NEW,
        length: int | None = None,
        label: str | None = None,
    ) -> Answer:
        call = Call(kind, method, path, list(params), body, content_type, headers or {}, priority, length, label)
        self.calls.append(call)
        answer = self.answer(call)
        if isinstance(answer, Exception):
            raise answer
        return Answer(self.status, self.headers, answer, NOW)
