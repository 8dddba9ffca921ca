"""A request to cord after its general checks, and the paging of collections."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connector.sandbox.cord.cursors import Cursor, refuse_expired
from connector.sandbox.cord.refusals import unreadable
from connector.sandbox.cord.state import CordState
from connector.sandbox.exchange import Answer, Request, json_answer

_BODY_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Ask:
    """One authorised request: the parts of its path, its query and its JSON body."""

    request: Request
    parts: dict[str, str]
    query: dict[str, str] = field(default_factory=dict)
    #: None when there is none.
    body: Any = None


@dataclass(frozen=True)
class Paging:
    """`limit` and `cursor` of a request for a page. `scope` is the path with its filters."""

    limit: int
    cursor: Cursor | None
    cursor_text: str | None
    scope: str

    @property
    def after(self) -> int:
        """The change number behind which the page starts; 0 for the beginning."""
        return self.cursor.after if self.cursor else 0

    def refuse_expired(self) -> None:
        """Raises the 410 for an old cursor; apart, because a 404 comes before it."""
        refuse_expired(self.cursor)


def read_query(request: Request) -> dict[str, str]:
    """The query parameters. A repeated one is a 400; unknown ones are ignored later, as the contract says."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        if name in query:
            raise unreadable(f"{name} is given twice", (name, "invalid"))
        query[name] = value
    return query


def read_body(request: Request) -> Any:
    """The JSON body. Raises a 400 when it is too big, not declared as JSON, or not JSON."""
    if len(request.body) > _BODY_LIMIT:
        raise unreadable("The body is over 1 MiB", ("body", "too_long"))
    media_type, _, parameters = (request.header("Content-Type") or "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() != "application/json" or charset not in ("", "utf-8"):
        raise unreadable("The body must be declared as application/json", ("Content-Type", "unsupported"))
    try:
        text = request.body.decode("utf-8")
        document = json.loads(text, parse_constant=_no_constant)
        json.dumps(document, ensure_ascii=False).encode()  # a lone surrogate is not text
    except (ValueError, RecursionError) as exc:
        raise unreadable("The body is not JSON", ("body", "invalid")) from exc
    return document


def _no_constant(name: str) -> None:
    raise ValueError(name)


def read_paging(state: CordState, ask: Ask, filters: str = "") -> Paging:
    """`limit` and `cursor`. Raises a 400 for a bad one."""
    raw = ask.query.get("limit", "50")
    if not raw.isascii() or not raw.isdigit():
        raise unreadable("limit must be a whole number", ("limit", "invalid"))
    if not 1 <= int(raw) <= 100:
        raise unreadable("limit must be between 1 and 100", ("limit", "out_of_range"))
    scope = f"{ask.request.path}?{filters}"
    text = ask.query.get("cursor")
    cursor = None if text is None else state.cursors.read(text, scope, state.clock.now())
    return Paging(int(raw), cursor, text, scope)


def page_answer(state: CordState, paging: Paging, rows: list[Any], after: int, has_more: bool) -> Answer:
    """One page of documents and the cursor behind row `after`."""
    cursor = state.cursors.write(paging.scope, after, state.clock.now())
    if state.stuck_cursor:
        cursor, has_more = paging.cursor_text or cursor, True
    return json_answer(200, {"data": rows, "page": {"next_cursor": cursor, "has_more": has_more}})


def page_room(state: CordState, paging: Paging) -> int:
    """How many rows the page may hold: `limit`, or with short pages in turn none and half of it."""
    if not state.short_pages:
        return paging.limit
    state.pages_given += 1
    return 0 if state.pages_given % 2 else max(1, paging.limit // 2)


def listing(state: CordState, paging: Paging, records: list[tuple[int, Any]]) -> Answer:
    """A page of `records`, pairs of change number and document, in the order of their last change."""
    fresh = sorted((pair for pair in records if pair[0] > paging.after), key=lambda pair: pair[0])
    taken = fresh[: page_room(state, paging)]
    after = taken[-1][0] if taken else paging.after
    return page_answer(state, paging, [document for _, document in taken], after, len(fresh) > len(taken))
