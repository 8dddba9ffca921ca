"""What people and programs read: text that fits the terminal, JSON, messages beside the data, progress."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import typer

#: a column is never cut to less
_NARROWEST = 8
_GAP = 2


def say(text: str = "") -> None:
    """Print data."""
    typer.echo(text)


def note(text: str) -> None:
    """Print a message; it goes beside the data, to standard error."""
    typer.echo(text, err=True)


def print_json(document: dict[str, Any]) -> None:
    """Print one document. Times become ISO 8601 in UTC."""
    import json

    indent = 2 if sys.stdout.isatty() else None
    typer.echo(json.dumps({"version": 1, **document}, ensure_ascii=False, indent=indent, default=_plain))


def _plain(value: object) -> str:
    return stamp(value) if isinstance(value, datetime) else str(value)


def stamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def ago(seconds: float | None) -> str:
    """Return a span in words: `12 s ago`; None: never."""
    if seconds is None:
        return "never"
    return f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """Return a span in its largest fitting unit."""
    for unit, length in (("days", 172_800.0), ("h", 7200.0), ("min", 120.0)):
        if seconds >= length:
            return f"{seconds / {'days': 86_400.0, 'h': 3600.0, 'min': 60.0}[unit]:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def many(number: int, one: str, more: str | None = None) -> str:
    """Return a number with its noun: `1 person`, `3 people`."""
    return f"{number} {one if number == 1 else more or one + 's'}"


class Paint:
    """Colours on a terminal that wants them; plain text everywhere else."""

    def __init__(self, no_color: bool) -> None:
        self.on = sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")

    def __call__(self, text: str, colour: str | None = None, *, bold: bool = False) -> str:
        """Return the text in a colour."""
        return typer.style(text, fg=colour, bold=bold or None) if self.on else text


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 0, cut: bool | None = None
) -> list[str]:
    """Return the lines of a table. On a terminal they fit its width: the widest columns give way."""
    cells = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    if cut if cut is not None else sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - indent - _GAP * (len(headers) - 1)
        while sum(widths) > room and max(widths) > _NARROWEST:
            widths[widths.index(max(widths))] -= 1
    return [" " * indent + _line(row, widths) for row in cells]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    fitted = [c if len(c) <= width else c[: width - 1] + "…" for c, width in zip(row, widths, strict=True)]
    return (" " * _GAP).join(cell.ljust(width) for cell, width in zip(fitted, widths, strict=True)).rstrip()


class Progress(Protocol):
    """A line that shows how far long work has come."""

    #: whether anybody sees it
    live: bool

    def show(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Replace the line."""
        ...


class _Silent:
    live = False

    def show(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Show nothing: there is no terminal."""


@contextmanager
def progress(no_color: bool) -> Iterator[Progress]:
    """Show a line on standard error while long work is under way; on a terminal only, and gone afterwards."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from connector.cli.progress import shown

    with shown(no_color) as line:
        yield line
