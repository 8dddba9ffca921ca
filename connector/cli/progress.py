"""The progress line on a terminal. Imported only where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Line:
    """One line: a spinner, words, and a bar once there is something to count."""

    live = True

    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars, self._task = bars, task

    def show(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Replace the line."""
        self._bars.update(self._task, description=text, completed=done or 0, total=total)


@contextmanager
def shown(no_color: bool) -> Iterator[Line]:
    """Show a line until the work is over, then take it away."""
    console = Console(stderr=True, no_color=no_color or None, highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield Line(bars, bars.add_task("", total=None))
