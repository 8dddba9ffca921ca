"""A request to Plivo after its general checks, and the paging of collections."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from connector.sandbox.exchange import Answer, Request, json_answer
from connector.sandbox.plivo.refusals import Refused

LARGEST_PAGE = 20

Row = TypeVar("Row")


@dataclass(frozen=True)
class Ask:
    """One authorised request."""

    request: Request
    parts: dict[str, str]
    #: Names every request.
    api_id: str
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


def read_query(request: Request) -> dict[str, str]:
    """The query parameters, decoded."""
    return dict(parse_qsl(request.query, keep_blank_values=True))


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises a 400 when there is none."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        raise Refused(400, "invalid JSON") from None
    if not isinstance(body, dict):
        raise Refused(400, "invalid JSON")
    return body


def page(
    ask: Ask, rows: Sequence[Row], document: Callable[[Row], dict[str, Any]], *, by_cursor: bool = False
) -> Answer:
    """One page by `limit` (at most 20) and `offset`; `meta.next` is relative. With cursors it hides the offset."""
    limit, offset = _count(ask, "limit", LARGEST_PAGE, 1), _offset(ask)
    if limit > LARGEST_PAGE:
        raise Refused(400, "limit is at most 20")

    def uri(start: int) -> str:
        kept = [(name, value) for name, value in ask.query.items() if name not in ("limit", "offset", "cursor")]
        place = ("cursor", base64.urlsafe_b64encode(str(start).encode()).decode()) if by_cursor else ("offset", start)
        return f"{ask.request.path}?{urlencode([*kept, ('limit', limit), place])}"

    meta = {
        "limit": limit,
        "offset": offset,
        "next": uri(offset + limit) if offset + limit < len(rows) else None,
        "previous": uri(max(offset - limit, 0)) if offset else None,
        "total_count": len(rows),
    }
    shown = [document(row) for row in rows[offset : offset + limit]]
    return json_answer(200, {"api_id": ask.api_id, "meta": meta, "objects": shown})


def _offset(ask: Ask) -> int:
    cursor = ask.query.get("cursor")
    if cursor is None:
        return _count(ask, "offset", 0, 0)
    try:
        return int(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error):
        raise Refused(400, "cursor is invalid") from None


def _count(ask: Ask, name: str, default: int, least: int) -> int:
    text = ask.query.get(name, str(default))
    if not text.isdigit() or int(text) < least:
        raise Refused(400, f"{name} is invalid")
    return int(text)
