"""The man page, in roff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tools.manual import tree
from tools.manual.tree import Parameter


def man_page(exit_codes: Mapping[int, str], settings: Sequence[tuple[str, str, str]]) -> str:
    """Return `connector.1`."""
    return "\n".join(_lines(exit_codes, settings)) + "\n"


def escaped(text: str) -> str:
    """Return text that roff prints as it is: no command at a line's start, no escape, plain hyphens."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


def _lines(exit_codes: Mapping[int, str], settings: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    about, options = tree.top()
    commands = tree.commands()
    yield '.\\" Made by `make docs`; changes here are lost.'
    yield '.TH CONNECTOR 1 "" "cord to Pinpoint connector" "User Commands"'
    yield from (".SH NAME", "connector \\- " + escaped(about[0].lower() + about[1:].rstrip(".")))
    yield from (".SH SYNOPSIS", ".B connector", escaped("[OPTION]... COMMAND [ARGUMENT]..."))
    yield from (".SH DESCRIPTION", escaped(about))
    yield ".PP"
    yield escaped("Data goes to standard output, messages to standard error. --json prints one JSON document.")
    yield ".SH OPTIONS"
    yield from _items(options)
    yield ".SH COMMANDS"
    for command in commands:
        yield f'.SS "{escaped(command.usage.removeprefix("connector "))}"'
        yield escaped(command.help)
        yield from _items(command.arguments)
        yield from _items(command.options)
    yield ".SH EXIT STATUS"
    for code, what in exit_codes.items():
        yield from (".TP", f".B {code}", escaped(what))
    yield ".SH ENVIRONMENT"
    for name, default, what in settings:
        yield from (".TP", f".B {escaped(name)}", escaped(f"{what} Default: {default or 'empty'}."))
    yield ".SH FILES"
    for name, what in (
        ("settings.env", "settings, one a line, in the working directory"),
        ("mappings/*.yaml", "one mapping file a company"),
        ("connector.db", "the ledger"),
    ):
        yield from (".TP", f".I {escaped(name)}", escaped(what))


def _items(parameters: Sequence[Parameter]) -> Iterator[str]:
    for one in parameters:
        yield from (".TP", f".B {escaped(one.shown)}", escaped(one.help + (" Required." if one.required else "")))
