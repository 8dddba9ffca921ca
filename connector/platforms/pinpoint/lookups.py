"""One question about many people: who owns which row of the answer.

Calls are scarce (240 in 8 minutes), so a page of people is asked about in one comma-joined filter. A concealed row does
not show whom it belongs to; "trust the filter hit rather than the returned text". So a batch with such a row is asked
again in halves until the row stands in the answer to a single name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote

from connector.domain.model import Application

#: longest list of values in one address, percent-encoded. UNPROVEN: Pinpoint's own limit; 8,000 is usual
LONGEST_FILTER = 6000

#: names -> the rows that the server finds for them, by row id
Fetch = Callable[[Sequence[str]], Mapping[str, Application]]
#: a row -> the name that it shows; None: it shows none
Shown = Callable[[Application], str | None]


def chunks(names: Sequence[str], spellings: Callable[[str], Sequence[str]]) -> Iterator[list[str]]:
    """Split the names so that no address becomes too long."""
    chunk: list[str] = []
    size = 0
    for name in names:
        needed = sum(len(quote(spelling, safe="")) + len("%2C") for spelling in spellings(name))
        if chunk and size + needed > LONGEST_FILTER:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += needed
    if chunk:
        yield chunk


def owned(names: Sequence[str], fetch: Fetch, shown: Shown) -> dict[str, dict[str, Application]]:
    """Return the rows of each name, by row id; every name is a key.

    A row that shows a name which was not asked for is nobody's: the server matches more loosely than we do.
    """
    found: dict[str, dict[str, Application]] = {name: {} for name in names}
    rows = fetch(names)
    for row in rows.values():
        if (owner := shown(row)) in found:
            found[owner][row.id] = row
    for name, hidden in _settled(names, _hidden(rows, shown), fetch, shown, asked=True).items():
        found[name].update(hidden)
    return found


def _hidden(rows: Mapping[str, Application], shown: Shown) -> dict[str, Application]:
    return {id_: row for id_, row in rows.items() if shown(row) is None}


def _settled(
    names: Sequence[str], hidden: Mapping[str, Application], fetch: Fetch, shown: Shown, *, asked: bool
) -> dict[str, Mapping[str, Application]]:
    """Find the owners of hidden rows; `asked`: they are the answer to exactly these names.

    Only the left half is asked about; what it does not hold must be in the right one. A single name is always asked
    about before anything is said to be its own.
    """
    if not hidden:
        return {}
    if len(names) == 1:
        return {names[0]: hidden if asked else _hidden(fetch(names), shown)}
    left, right = names[: len(names) // 2], names[len(names) // 2 :]
    lefts = _hidden(fetch(left), shown)
    rest = {id_: row for id_, row in hidden.items() if id_ not in lefts}
    return {
        **_settled(left, lefts, fetch, shown, asked=True),
        **_settled(right, rest, fetch, shown, asked=False),
    }
