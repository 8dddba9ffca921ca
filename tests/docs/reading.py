"""What the pages hold: command lines, what they are said to print, links, headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: languages of fences that hold no commands
NO_COMMANDS = ("text", "json", "yaml", "ini")


@dataclass
class Line:
    """One command line of a page."""

    page: Path
    number: int
    text: str
    #: exit codes that the page allows
    exits: tuple[int, ...]
    #: lines that the page says are printed; `…` stands for anything
    shown: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        """Return the line as a shell takes it apart."""
        return shlex.split(self.text, comments=True)

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.number}: {self.text}"


@dataclass
class Fence:
    """One fenced block."""

    language: str
    #: number of its first line
    number: int
    lines: list[str]
    #: the HTML comment right before it
    comment: str


def pages() -> list[Path]:
    """Return every page of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    """Return the page's path from the top."""
    return page.relative_to(ROOT).as_posix()


def fences(page: Path) -> Iterator[Fence]:
    """Yield the fenced blocks of a page."""
    comment, open_fence = "", None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        stripped = line.strip()
        if open_fence is not None:
            if stripped == "```":
                yield open_fence
                open_fence, comment = None, ""
            else:
                open_fence.lines.append(line)
        elif stripped.startswith("```"):
            open_fence = Fence(stripped[3:].strip(), number + 1, [], comment)
        elif stripped:
            comment = stripped[4:-3].strip() if stripped.startswith("<!--") else ""


def command_lines(page: Path, program: str) -> list[Line]:
    """Return the lines of a page that call a program, in their order, with what is said to come of them."""
    found: list[Line] = []
    for fence in fences(page):
        if fence.language == "text" and found:
            found[-1].shown += [line.strip() for line in fence.lines if line.strip() not in ("", "…")]
        if fence.language in NO_COMMANDS:
            continue
        allowed = re.match(r"exit: ([\d, ]+)$", fence.comment)
        exits = tuple(map(int, allowed[1].split(","))) if allowed else (0,)
        for offset, text in enumerate(fence.lines):
            if re.match(rf"(\$ )?{program}( |$)", text.strip()):
                found.append(Line(page, fence.number + offset, text.strip().removeprefix("$ "), exits))
    return found


def without_fences(page: Path) -> str:
    """Return a page's prose."""
    return re.sub(r"^\s*```.*?^\s*```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def inline_commands(page: Path) -> list[str]:
    """Return the commands that the prose names."""
    return [text for text in re.findall(r"`(connector [^`]+)`", without_fences(page)) if "/" not in text.split()[1]]


def links(page: Path) -> list[str]:
    """Return the targets of links to other pages and files."""
    targets = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", without_fences(page))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as a Markdown reader makes them."""
    headings = re.findall(r"^#+ (.+)$", without_fences(page), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}
