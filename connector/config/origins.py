"""What every setting comes to and where each value came from: a flag, the environment, a line of a file, or a default.

Nothing here shows a secret: a `${NAME}` is shown as it is written, an address without what may be a key in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Environment
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connector.config.credentials import RUN_SECRETS, Filled, look_up
from connector.config.environment import SETTINGS_FILE, read_settings_file
from connector.config.mapping import Mapping
from connector.config.settings import PREFIX, Settings
from connector.config.tree import Loc, Tree, read_tree


@dataclass(frozen=True)
class Shown:
    """One resolved value."""

    #: `CONNECTOR_…`, or the path of keys in a mapping file such as `forwarding.poll_every`
    name: str
    #: fit for JSON; redacted
    value: Any
    #: `flag`, `environment`, `file`, `default`
    kind: str
    #: the place in words: `settings.env:3`, `mappings/harbourline.yaml:12`, `default`
    origin: str
    #: where the secret behind a `${NAME}` was found; None: no secret stands behind it
    secret_from: str | None = None


def settings_shown(settings: Settings, flags: Environment[str, object], process: Environment[str, str]) -> list[Shown]:
    """Return every setting of the process. `flags` are those that were given, `process` its own environment."""
    text = read_settings_file()
    own = {name.upper() for name in process}
    shown = []
    for field, about in type(settings).model_fields.items():
        name = f"{PREFIX}{field.upper()}"
        value = _redacted(getattr(settings, field), about.repr)
        line = _line_of(name, text)
        if flags.get(field) is not None:
            shown.append(Shown(name, value, "flag", f"--{field.removesuffix('_url').replace('_', '-')}"))
        elif name in own:
            shown.append(Shown(name, value, "environment", "environment"))
        elif line:
            shown.append(Shown(name, value, "file", f"{SETTINGS_FILE}:{line}"))
        else:
            shown.append(Shown(name, value, "default", "default"))
    return shown


def mapping_shown(
    mapping: Mapping, environ: Environment[str, str], process: Environment[str, str], file: Path | None = None
) -> list[Shown]:
    """Return every value of a mapping, as the file would spell it. `environ` is what secrets were looked up in."""
    file = file or mapping.file
    tree = read_tree(file.read_text(encoding="utf-8-sig"), environ) if file else Tree()
    shown = []
    for loc, value in _leaves(mapping.model_dump(mode="json", by_alias=True), ()):
        names = _references(tree.data, loc)
        found = ", ".join(dict.fromkeys(_found(name, environ, process) for name in names)) or None
        if names:
            spelled = [f"${{{name}}}" for name in names]
            value = spelled if len(spelled) > 1 else spelled[0]
        if loc in tree.values:
            kind, origin = "file", f"{file}:{tree.key_position(loc)[0]}"
        else:
            kind, origin = "default", "default"
        shown.append(Shown(_dotted(loc), value, kind, origin, found))
    return shown


def _leaves(value: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    """Yield the values at the ends of a tree; a list of plain values is one."""
    if isinstance(value, dict) and (value or not loc):
        for key, child in value.items():
            yield from _leaves(child, (*loc, key))
    elif isinstance(value, list) and any(isinstance(child, dict) for child in value):
        for index, child in enumerate(value):
            yield from _leaves(child, (*loc, index))
    else:
        yield loc, value


def _references(data: Any, loc: Loc) -> list[str]:
    """Return the names of the `${NAME}` that stand at a place of the file."""
    for step in loc:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, tuple) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return []
    return [item.name for item in (data if isinstance(data, tuple) else (data,)) if isinstance(item, Filled)]


def _found(name: str, environ: Environment[str, str], process: Environment[str, str]) -> str:
    """Say where a secret was found, never what it is."""
    found = look_up(name, environ)
    places = (
        "environment" if name in process else f"{SETTINGS_FILE}:{_line_of(name.upper(), read_settings_file())}",
        f"the file that {name}_FILE names",
        f"$CREDENTIALS_DIRECTORY/{name}",
        f"{RUN_SECRETS}/{name}",
    )
    if found.value is None:
        return "nowhere"
    # the environment is the first place, and noted whether it has the name or not
    return places[0] if environ.get(name, "").strip() else places[len(found.tried)]


def _line_of(name: str, text: str) -> int:
    """Return the last line that sets a name, since that one counts; 0 where none does."""
    lines = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if (found := re.match(r"\s*(?:export\s+)?(\w+)\s*=", line)) and found[1].upper() == name
    ]
    return lines[-1] if lines else 0


def _redacted(value: Any, open_to_all: bool) -> Any:
    """Return a setting's value; of those that may hold a key, only what tells one from another."""
    text = str(value)
    if open_to_all or not text:
        return text
    parts = urlsplit(text)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    text = re.sub(r"(://[^:/@]*):.*@", r"\1:…@", text)
    return re.sub(r"(?i)([?&](?:\w*password|\w*secret|\w*key)=)[^&]*", r"\1…", text)


def _dotted(loc: Loc) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
