"""Pages of a ClickSend list."""

import math
from collections.abc import Sequence
from typing import Any

from connector.sandbox.clicksend.refusals import bad_request

_LEAST, _MOST = 15, 100


def page(rows: Sequence[Any], query: dict[str, str], url: str) -> dict[str, Any]:
    """The wanted page of `rows`. An empty list has 0 pages. A limit outside of 15 to 100 is a 400, which is assumed."""
    number, limit = _whole(query, "page", 1), _whole(query, "limit", _LEAST)
    if not _LEAST <= limit <= _MOST:
        raise bad_request("Invalid input.", limit=f"The limit is between {_LEAST} and {_MOST}.")
    if number < 1:
        raise bad_request("Invalid input.", page="Pages count from 1.")
    last = math.ceil(len(rows) / limit)
    shown = rows[(number - 1) * limit : number * limit]
    first = (number - 1) * limit + 1
    return {
        "total": len(rows),
        "per_page": limit,
        "current_page": number,
        "last_page": last,
        "next_page_url": f"{url}?page={number + 1}&limit={limit}" if number < last else None,
        "prev_page_url": f"{url}?page={number - 1}&limit={limit}" if number > 1 else None,
        "from": first if shown else None,
        "to": first + len(shown) - 1 if shown else None,
        "data": list(shown),
    }


def _whole(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.lstrip("-").isdigit():
        raise bad_request("Invalid input.", **{name: "Must be a whole number."})
    return int(text)
