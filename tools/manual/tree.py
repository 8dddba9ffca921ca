"""The commands as plain records, read from the tree that the program itself parses with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer.main

from connector.cli.main import app

#: what stands in help texts for a value's kind, and what a reader expects there
_KINDS = {"str": "TEXT", "list[str]": "TEXT", "int": "N", "int range": "N", "float": "X", "float range": "X"}


@dataclass(frozen=True)
class Parameter:
    """One argument or option."""

    #: as typed, e.g. `--position P` or `CONVERSATION`
    shown: str
    help: str
    is_option: bool
    required: bool
    repeats: bool


@dataclass(frozen=True)
class Command:
    """One command that can be run; groups are not."""

    #: e.g. `config show`
    name: str
    help: str
    parameters: tuple[Parameter, ...]

    @property
    def arguments(self) -> list[Parameter]:
        """What is given by its place."""
        return [one for one in self.parameters if not one.is_option]

    @property
    def options(self) -> list[Parameter]:
        """What is given by its name."""
        return [one for one in self.parameters if one.is_option]

    @property
    def usage(self) -> str:
        """How it is typed."""
        needed = [one.shown for one in self.options if one.required]
        return " ".join(["connector", self.name, *(a.shown for a in self.arguments), *needed, "[OPTION]..."])


def top() -> tuple[str, list[Parameter]]:
    """Return the program's own help and options."""
    root = _root()
    return _one_line(root.help), [_parameter(p, _context(root, "connector", None)) for p in root.params]


def commands() -> list[Command]:
    """Return every command in the order of `--help`."""
    root = _root()
    return list(_walk(root, "", _context(root, "connector", None)))


def _root() -> Any:
    return typer.main.get_command(app)


def _context(command: Any, name: str, parent: Any) -> Any:
    return command.make_context(name, [], parent=parent, resilient_parsing=True)


def _walk(group: Any, prefix: str, context: Any) -> Iterator[Command]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        inner = _context(command, name, context)
        if hasattr(command, "commands"):
            yield from _walk(command, f"{prefix}{name} ", inner)
        else:
            shown = tuple(_parameter(p, inner) for p in command.params if not p.hidden)
            yield Command(f"{prefix}{name}", _one_line(command.help), shown)


def _parameter(parameter: Any, context: Any) -> Parameter:
    is_option = parameter.opts[0].startswith("-")
    # a record is what is typed, and the help with the default and the range behind it
    shown, text = parameter.get_help_record(context) or ("", "")
    repeats = bool(parameter.multiple) or parameter.nargs == -1 or "list[str]" in shown
    if is_option:
        shown = re.sub(r"<([^>]*)>", lambda kind: _kind(kind[1]), shown)
    else:
        shown = parameter.metavar or parameter.name.upper()
    required = bool(parameter.required)
    return Parameter(shown, _one_line(text).replace("  [required]", ""), is_option, required, repeats and is_option)


def _kind(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _one_line(text: str | None) -> str:
    return (text or "").strip().replace("\n", " ")
