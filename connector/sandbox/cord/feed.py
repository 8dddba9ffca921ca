"""The conversation-starts log, and the ways a test can spoil it."""

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

Row = dict[str, Any]


class Feed:
    """An append-only log of rows in platform order. Not locked: `Cord` holds its lock around each call."""

    def __init__(self, next_sequence: Callable[[], int], seed: int) -> None:
        self._next_sequence = next_sequence
        self._dice = random.Random(seed)  # noqa: S311 - a reproducible order, not a secret
        self._rows: list[tuple[int, Row]] = []
        #: Redelivers rows: a page starts with the row before it and ends with its own first row again.
        self.duplicate = False
        #: Reorders the rows of each page.
        self.shuffle = False

    @property
    def newest(self) -> int:
        """Sequence number of the last row, 0 for an empty log."""
        return self._rows[-1][0] if self._rows else 0

    def rows(self) -> list[Row]:
        """A copy of the whole log."""
        return [deepcopy(row) for _, row in self._rows]

    def append(self, row: Row, sequenced: bool = True) -> Row:
        """Adds `row` under a new `sequence`, unless it brings one or `sequenced` is off, and returns it."""
        number = self._next_sequence()
        written = {"sequence": f"{number:012d}", **row} if sequenced else dict(row)
        self._rows.append((number, written))
        return deepcopy(written)

    def last_of(self, start_id: str) -> Row | None:
        """The newest row of a start, or None."""
        return next((row for _, row in reversed(self._rows) if row.get("id") == start_id), None)

    def page(self, after: int, limit: int) -> tuple[list[Row], int, bool]:
        """At most `limit` rows behind `after`; with the place behind them and whether there are more."""
        room = max(1, limit - 2) if self.duplicate and limit else limit
        fresh = [(number, row) for number, row in self._rows if number > after]
        taken = fresh[:room]
        rows = [row for _, row in taken]
        if self.duplicate:
            rows = self._redelivered(rows, after, limit)
        if self.shuffle:
            self._dice.shuffle(rows)
        return rows, taken[-1][0] if taken else after, len(fresh) > len(taken)

    def _redelivered(self, rows: list[Row], after: int, limit: int) -> list[Row]:
        before = [row for number, row in self._rows if number <= after][-1:]
        return (rows + before + rows[:1])[:limit]


class BadRows:
    """Puts malformed rows into the log. Each method returns the row as it will be delivered."""

    def __init__(self, append: Callable[[Row, bool], Row], sample: Callable[[], Row]) -> None:
        self._append = append
        self._sample = sample

    def missing_field(self, field: str = "candidate_id") -> Row:
        """A row without the required `field` (dots for nesting)."""
        row = self._sample()
        parent, name = _parent(row, field)
        parent.pop(name, None)
        return self._append(row, field != "sequence")

    def wrong_type(self, field: str = "position", value: Any = 17) -> Row:
        """A row whose `field` holds `value` instead of what the contract says."""
        row = self._sample()
        parent, name = _parent(row, field)
        parent[name] = value
        return self._append(row, True)

    def unknown_type(self, type_name: str = "conversation.snoozed") -> Row:
        """A sound row of a type that the contract does not list."""
        return self._append({**self._sample(), "type": type_name}, True)

    def raw(self, row: Row) -> Row:
        """Any object at all. A `sequence` in it is delivered as it is; without one a right one is added."""
        return self._append(dict(row), True)


def _parent(row: Row, path: str) -> tuple[Row, str]:
    *parents, name = path.split(".")
    node = row
    for step in parents:
        node = node[step]
    return node, name
