"""Strict reading of query parameters: whatever is not listed is a 400."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from connector.sandbox.pinpoint.graph import Tree, include_tree
from connector.sandbox.pinpoint.refusals import malformed

#: Reads a parameter's text into a value; raises ValueError for a bad one.
Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Spec:
    """The parameters that one operation takes."""

    #: Resource type, for `include`.
    kind: str
    #: `fields[...]` types.
    fields: tuple[str, ...]
    #: `extra_fields[...]` types with their names.
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Names behind `filter`, such as `[status]` or `[created_at][gt]`. Empty for a single resource.
    filters: Mapping[str, Reader] = field(default_factory=dict)
    #: Sortable attributes. Empty for a single resource, which is not paged either.
    sorts: tuple[str, ...] = ()


@dataclass
class Query:
    """A request's parameters, read."""

    include: Tree = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)
    extra: dict[str, list[str]] = field(default_factory=dict)
    filters: dict[str, Any] = field(default_factory=dict)
    #: Attribute and whether it is descending, the weightiest first.
    sort: list[tuple[str, bool]] = field(default_factory=list)
    number: int = 1
    size: int = 100
    total: bool = False


def read_query(spec: Spec, raw: str) -> Query:
    """Reads the raw query string. Raises a 400 for anything unknown, repeated or malformed."""
    query, seen = Query(), set()
    for name, text in parse_qsl(raw, keep_blank_values=True):
        if name in seen:
            raise malformed(f"Malformed query params: {name} is given twice")
        seen.add(name)
        try:
            _read(spec, query, name, text)
        except (ValueError, KeyError) as exc:
            raise malformed(f"Malformed query params: {name}") from exc
    return query


def _read(spec: Spec, query: Query, name: str, text: str) -> None:
    head, _, tail = name.partition("[")
    if head == "filter":
        query.filters[f"[{tail}"] = spec.filters[f"[{tail}"](text)
    elif head == "fields" and tail.removesuffix("]") in spec.fields:
        query.fields[tail.removesuffix("]")] = text.split(",")
    elif head == "extra_fields":
        kind = tail.removesuffix("]")
        query.extra[kind] = one_of(*spec.extra[kind])(text)
    elif name == "include":
        tree = include_tree(spec.kind, text.split(","))
        if tree is None:
            raise ValueError(text)
        query.include = tree
    elif spec.sorts:
        _read_paging(spec, query, name, text)
    else:
        raise KeyError(name)


def _read_paging(spec: Spec, query: Query, name: str, text: str) -> None:
    if name == "page[number]":
        query.number = whole(text)
        if query.number < 1:
            raise ValueError(text)
    elif name == "page[size]":
        query.size = whole(text)
        if query.size > 1000:
            raise ValueError(text)
    elif name == "stats[total]":
        query.total = one_of("count")(text) == ["count"]
    elif name == "sort":
        query.sort = _read_sort(spec, text)
    else:
        raise KeyError(name)


def _read_sort(spec: Spec, text: str) -> list[tuple[str, bool]]:
    order = [(part.removeprefix("-"), part.startswith("-")) for part in text.split(",")]
    names = [attribute for attribute, _ in order]
    # An attribute can be sorted by one way only, so `id,-id` is refused like a repetition.
    if any(attribute not in spec.sorts for attribute in names) or len(set(names)) != len(names):
        raise ValueError(text)
    return order


def whole(text: str) -> int:
    """Reads a whole number from 0 on."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(text)
    return int(text)


def texts(text: str) -> list[str]:
    """Reads a comma list of anything but nothing."""
    parts = text.split(",")
    if not all(parts):
        raise ValueError(text)
    return parts


def single(text: str) -> list[str]:
    """Reads one value, commas and all."""
    if not text:
        raise ValueError(text)
    return [text]


def one_of(*allowed: str) -> Reader:
    """A reader of a comma list out of `allowed`."""

    def read(text: str) -> list[str]:
        parts = texts(text)
        if not set(parts) <= set(allowed):
            raise ValueError(text)
        return parts

    return read


def boolean(text: str) -> bool:
    """Reads `true` or `false`."""
    return {"true": True, "false": False}[text]


def moment(text: str) -> datetime:
    """Reads an RFC 3339 time with an offset."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None or "T" not in text.upper():
        raise ValueError(text)
    return value
