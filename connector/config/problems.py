"""What is wrong with the configuration, each with its place and its remedy."""

from collections.abc import Iterable
from dataclasses import dataclass

#: A quoted value longer than this is cut: the place already says which one is meant.
LONGEST_QUOTE = 40


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it stands, what is wrong, and what to write instead.

    `str()` gives `file:line:column: what, instead` on one line.
    """

    #: Path as the reader knows it; a variable's name or a flag where no file is involved.
    file: str
    #: Counted from 1; 0 where the problem has no place inside the file (a missing folder).
    line: int
    #: Counted from 1, in characters; 0 together with `line`.
    column: int
    what: str
    instead: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return one_line(f"{place}: {self.what}, {self.instead}")


class ConfigProblems(Exception):
    """The configuration cannot be used; `problems` holds every mistake found, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: list[Problem] = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def quoted(text: str) -> str:
    """Shows a piece of a mapping file inside a message; never call it with a secret."""
    # Formatted before it is cut: a value that came from `${NAME}` formats as its reference.
    shown = f"{text}"
    return f'"{shown if len(shown) <= LONGEST_QUOTE else shown[:LONGEST_QUOTE] + "…"}"'


def one_line(text: str) -> str:
    """Escapes what would break a line or a terminal: line ends, control characters, lone surrogates."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
