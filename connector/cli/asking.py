"""Questions to the person at the terminal. Where there is none, nothing is asked."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import typer


def on_terminal() -> bool:
    """Return whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask and return the answer, without blanks around it. The end of the input is an empty answer."""
    typer.echo(f"{question} ", nl=False, err=True)
    with _stopped_by_a_key():
        answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        typer.echo("", err=True)
    return answer.strip()


@contextmanager
def _stopped_by_a_key() -> Iterator[None]:
    """Let Ctrl-C end the command at once while it waits for an answer: nothing is under way then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def confirmed(question: str, *, yes: bool) -> bool:
    """Return whether to go on: `--yes`, or a person who says so. Without either, no."""
    return yes or (on_terminal() and ask(f"{question} [y/N]").lower() in ("y", "yes"))


def go_on(question: str, *, yes: bool) -> bool:
    """Return whether to go on with something large: whoever is at the terminal is asked, a script has decided."""
    return not on_terminal() or confirmed(question, yes=yes)


def chosen(answer: str, number: int) -> list[int] | None:
    """Return the indexes that an answer such as `1,3-5` names, out of so many; None: it names none, or others."""
    found: list[int] = []
    for part in answer.replace(" ", ",").split(","):
        first, dash, last = part.partition("-")
        if not part:
            continue
        if not first.isdecimal() or (dash and not last.isdecimal()):
            return None
        found += range(int(first) - 1, int(last or first) if dash else int(first))
    indexes = list(dict.fromkeys(found))
    return indexes if indexes and all(0 <= index < number for index in indexes) else None
