"""Twilio's lists, page by page: a next page is an address, and the key goes to no other place than the list's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from connector.domain.errors import WireError
from connector.platforms.twilio.wire import PLATFORM

Params = list[tuple[str, str]]

#: more pages than that are not what these lists hold
MOST_PAGES = 1000

_Read = TypeVar("_Read")


def params_of(label: str, address: str, base_url: str, path: str) -> Params:
    """Return the query of a next page. Raises WireError unless it is the same list at the same host.

    v2010 gives relative addresses, the newer APIs whole ones.
    """
    try:
        parts, base = urlsplit(address), urlsplit(base_url)
        home = not parts.netloc or (parts.scheme, parts.netloc.lower()) == (base.scheme, base.netloc.lower())
    except ValueError:
        home = False
    if not home or parts.path != base.path.rstrip("/") + path or "\\" in address:
        raise WireError(PLATFORM, label, "the next page is said to be at another place; not followed")
    return parse_qsl(parts.query, keep_blank_values=True)


def walk(
    label: str,
    params: Params,
    fetch: Callable[[Params], Any],
    read: Callable[[Any], tuple[_Read, str | None]],
    turn: Callable[[str], Params],
) -> Iterator[_Read]:
    """Yield every page of a list; `read` gives the page and the address of the next. Raises WireError on a circle."""
    seen: set[str] = set()
    while True:
        page, following = read(fetch(params))
        yield page
        if not following:
            return
        if following in seen or len(seen) >= MOST_PAGES:
            # stopping here would pass a part off as the whole
            raise WireError(PLATFORM, label, "there is more, but the pages lead in a circle")
        seen.add(following)
        params = turn(following)
