"""The generated pages in Markdown, by their path."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connector.cli import exits
from connector.config.schema import mapping_schema
from connector.config.settings import PREFIX, Settings
from connector.domain.reasons import NOTES, REASONS
from tools.manual import roff, tree, troubleshooting
from tools.manual.tree import Parameter

ROOT = Path(__file__).resolve().parents[2]
MADE = "<!-- Made by `make docs`; changes here are lost. -->\n"

#: exit codes in the order of the table
EXIT_CODES = {
    exits.OK: "all well; people may be parked",
    exits.FAULT: "something is quarantined, or nothing was found; the rest was done",
    exits.USAGE: "the command line is wrong, or a question was answered with no",
    exits.UNREACHABLE: "a platform is unreachable",
    exits.WAITS: "something waits or is unknown",
    exits.REFUSED: "a key is refused, lacks a permission, or the interface is off",
    exits.CONFIG: "a mapping file or a setting is wrong",
    exits.INTERRUPTED: "interrupted by Ctrl-C",
    exits.TERMINATED: "ended by SIGTERM; the daemon ends with 0",
}
#: settings that a flag goes over
FLAGS = {"mappings": "--mappings", "database_url": "--database", "log_level": "--log-level"}


def pages() -> dict[str, str]:
    """Return the text of each generated page."""
    return {
        "docs/reference/commands.md": commands_page(),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/mapping.md": mapping_page(),
        "docs/reference/reasons.md": reasons_page(),
        "docs/connector.1": roff.man_page(EXIT_CODES, settings()),
        "docs/troubleshooting.md": troubleshooting.refreshed(ROOT / "docs" / "troubleshooting.md"),
    }


def table(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [headers, tuple("---" for _ in headers), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def commands_page() -> str:
    """Return the page of all commands."""
    found = tree.commands()
    about, options = tree.top()
    parts = [MADE, "# Commands\n", f"{about}\n"]
    parts.append(
        "`connector` and `python -m connector` are the same. Data goes to standard output, messages to standard error. "
        "Commands that have `--json` print [one document](json.md). Settings and defaults: [settings](settings.md). "
        "`man connector` shows this page where `docs/connector.1` is installed.\n"
    )
    parts.append(table(("command", "what"), [(f"[`{c.name}`](#{_anchor(c.name)})", c.help) for c in found]))
    parts.append("## Options of the program itself\n")
    parts.append(_parameters(options))
    for command in found:
        parts.append(f"## {command.name}\n")
        parts.append(f"{command.help}\n")
        parts.append(f"```text\n{command.usage}\n```\n")
        if command.parameters:
            parts.append(_parameters([*command.arguments, *command.options]))
    parts.append("## Exit codes\n")
    parts.append(table(("code", "meaning"), [(str(code), what) for code, what in EXIT_CODES.items()]))
    parts.append("Where several hold for `sync`, the most urgent one counts: 77, then 1, then 75, then 69.\n")
    return "\n".join(parts)


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _parameters(parameters: list[Parameter]) -> str:
    rows = []
    for one in parameters:
        extra = (" Required." if one.required and one.is_option else "") + (" May be repeated." if one.repeats else "")
        rows.append((f"`{one.shown}`", one.help + extra))
    return table(("argument or option", "what"), rows)


def settings() -> list[tuple[str, str, str]]:
    """Return name, default and meaning of each setting; the words are those of `settings.example.env`."""
    words: dict[str, str] = {}
    above: list[str] = []
    for line in (ROOT / "settings.example.env").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            above.append(line[2:])
        elif match := re.match(rf"({PREFIX}\w+)=", line):
            words[match[1]] = " ".join(above)
            above = []
        else:
            above = []
    found = []
    for field, info in Settings.model_fields.items():
        name = f"{PREFIX}{field.upper()}"
        found.append((name, str(info.default), words[name]))
    return found


def settings_page() -> str:
    """Return the page of all settings."""
    rows = []
    for (name, default, what), field in zip(settings(), Settings.model_fields, strict=True):
        flag = f"`{FLAGS[field]}`" if field in FLAGS else "–"
        rows.append((f"`{name}`", f"`{default}`" if default else "empty", flag, what))
    return "\n".join(
        [
            MADE,
            "# Settings\n",
            "Settings are about the process, [mapping files](mapping.md) about a company. Each is read from the flag, "
            "then the environment, then `settings.env` in the working directory, then its default. `connector config "
            "show` says what is in force and where it came from.\n",
            table(("setting", "default", "flag", "what"), rows),
            "A name that is nearly one of these is an error (exit code 78), so that a slip is not ignored.\n",
            "## Secrets\n",
            "A mapping file says `${NAME}`. The value is looked for in this order: the environment variable `NAME` (or "
            "a line of `settings.env`), the file that `NAME_FILE` names, systemd's `$CREDENTIALS_DIRECTORY/NAME`, and "
            "`NAME` where containers mount secrets (`/run/secrets`). An empty value counts as absent.\n",
        ]
    )


def mapping_page() -> str:
    """Return the page of the mapping format, from its JSON Schema."""
    schema = mapping_schema()
    parts = [
        MADE,
        "# Mapping file\n",
        "One YAML 1.2 file a company in the folder `CONNECTOR_MAPPINGS`. Unknown keys are refused; every problem is "
        "reported at once with file, line, column and what to write instead. A running daemon takes a changed file "
        "over by itself, and keeps the old one as long as the new one has a mistake.\n",
        "`connector config example` prints a file to copy, `connector config schema` the JSON Schema for editors.\n",
        "Durations are `30s`, `5m`, `1h`; spans of days `400d`; rate limits `calls/duration`. Dates are UTC unless "
        "they carry an offset. Ids stand in quotes. Addresses are https, or http on this machine.\n",
    ]
    for title, section, prefix in _sections(schema, schema, ""):
        parts.append(f"## {title}\n")
        parts.append(f"{section.get('description', '')}\n" if prefix else "The top of the file.\n")
        parts.append(_keys(schema, section))
    return "\n".join(parts)


def _sections(root: dict[str, Any], section: dict[str, Any], prefix: str) -> list[tuple[str, dict[str, Any], str]]:
    """Return a section and those below it, with their titles."""
    found = [(f"`{prefix.rstrip('.')}`" if prefix else "Top level", section, prefix)]
    for key, entry in section["properties"].items():
        inner = _inside(root, entry)
        if inner is not None:
            dots = "[]." if _is_list(root, entry) else "."
            found += _sections(root, inner, f"{prefix}{key}{dots}")
    return found


def _choices(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [choice for choice in entry.get("anyOf", [entry]) if choice.get("type") != "null"]


def _target(root: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in entry:
        entry = root["$defs"][entry["$ref"].rsplit("/", 1)[1]]
    return entry


def _is_list(root: dict[str, Any], entry: dict[str, Any]) -> bool:
    return any(_target(root, choice).get("type") == "array" for choice in _choices(entry))


def _inside(root: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any] | None:
    """Return the section that a key holds, or a list of it; None: a plain value."""
    for choice in _choices(entry):
        target = _target(root, choice)
        target = _target(root, target["items"]) if target.get("type") == "array" and "items" in target else target
        if "properties" in target:
            return target
    return None


def _keys(root: dict[str, Any], section: dict[str, Any]) -> str:
    required = section.get("required", [])
    rows = []
    for key, entry in section["properties"].items():
        cells = (_type(root, entry), _default(root, key, entry, required), _example(root, entry))
        rows.append((f"`{key}`", *cells, entry.get("description") or _target(root, entry).get("description", "")))
    return table(("key", "value", "default", "example", "what"), rows)


def _example(root: dict[str, Any], entry: dict[str, Any]) -> str:
    examples = entry.get("examples")
    if not examples or _inside(root, entry) is not None:
        return "–"
    example = examples[0]
    if isinstance(example, bool):
        return f"`{str(example).lower()}`"
    if isinstance(example, list):
        return f"`[{', '.join(map(str, example))}]`"
    if isinstance(example, dict):
        return f"`{json.dumps(example)}`"
    return f"`{example}`"


def _type(root: dict[str, Any], entry: dict[str, Any]) -> str:
    if _inside(root, entry) is not None:
        return "list of sections" if _is_list(root, entry) else "section"
    words = [_plain(root, _target(root, choice)) for choice in _choices(entry)]
    return " or ".join(dict.fromkeys(words))


def _plain(root: dict[str, Any], entry: dict[str, Any]) -> str:
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"])
    if entry.get("type") == "array":
        return f"list of {_plain(root, _target(root, entry['items']))}" if "items" in entry else "list"
    if str(entry.get("pattern", "")).startswith("^\\$\\{"):
        return "`${NAME}`"
    number = entry.get("type") in ("integer", "number")
    limits = [f"at least {entry['minimum']}"] if number and "minimum" in entry else []
    limits += [f"at most {entry['maximum']}"] if number and "maximum" in entry else []
    words = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number", "object": "section"}
    return ", ".join([words.get(str(entry.get("type")), "text"), *limits])


def _default(root: dict[str, Any], key: str, entry: dict[str, Any], required: list[str]) -> str:
    if key in required:
        return "required"
    if "default" not in entry:
        return "as below" if _inside(root, entry) is not None else "–"
    default = entry["default"]
    if default is None:
        return "left out"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list):
        return f"`[{', '.join(map(str, default))}]`"
    return f"`{default}`" if default != {} else "none"


def reasons_page() -> str:
    """Return the page of reason codes and notes."""
    reasons = [(f"[`{r.code}`](../troubleshooting.md#{r.code})", r.words, r.advice, _told(r.told)) for r in _all()]
    return "\n".join(
        [
            MADE,
            "# Reasons and notes\n",
            "Codes are stable: scripts may rely on them. Which state each leads to, and what moves it, is in "
            "[outcomes](../outcomes.md); what to do at length in [troubleshooting](../troubleshooting.md).\n",
            "## Reasons\n",
            table(("code", "what happened", "what moves it", "cord reads"), reasons),
            "## Notes\n",
            "Notes stand beside a state and change nothing about it.\n",
            table(("code", "words"), [(f"`{code}`", words) for code, words in NOTES.items()]),
        ]
    )


def _all() -> list[Any]:
    return list(REASONS.values())


def _told(word: str | None) -> str:
    return f"`{word}`" if word else "–"
