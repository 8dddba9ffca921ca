"""Secrets: found by name at load time, and held so that they are never printed."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

#: A value that stands for something kept elsewhere.
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: Where containers mount secrets.
RUN_SECRETS = Path("/run/secrets")
#: No key is longer; a larger file was named by mistake.
LARGEST_SECRET_BYTES = 16_384


class Filled(str):
    """The value a `${NAME}` stood for. It is a text like any other, except that printing it shows the reference.

    `str.__str__(filled)` gives the plain value.
    """

    __slots__ = ("name",)
    name: str

    def __new__(cls, value: str, name: str) -> "Filled":
        """Keeps the value together with the name that it was found under."""
        filled = super().__new__(cls, value)
        filled.name = name
        return filled

    def __repr__(self) -> str:
        return f"${{{self.name}}}"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, format_spec: str) -> str:
        return format(repr(self), format_spec)


@dataclass(frozen=True, repr=False, slots=True)
class Secret:
    """One secret, or two while it is being rotated; printing it shows only the name it was found under."""

    #: The names of the `${NAME}` references, newest first.
    names: tuple[str, ...]
    _values: tuple[str, ...]

    def reveal(self) -> str:
        """Returns the secret to use: the newest."""
        return self._values[0]

    def reveal_all(self) -> tuple[str, ...]:
        """Returns every accepted secret, newest first: what a vendor signed with the old one is still genuine."""
        return self._values

    def spelled(self) -> str | list[str]:
        """Returns what the mapping file holds: the reference, or the list of two."""
        references = [f"${{{name}}}" for name in self.names]
        return references[0] if len(references) == 1 else references

    def __repr__(self) -> str:
        return f"Secret({', '.join(f'${{{name}}}' for name in self.names)})"


@dataclass(frozen=True)
class Lookup:
    """Where a name was looked for, and what was found."""

    #: `None` where it is nowhere.
    value: str | None
    #: One phrase a place, in the order tried.
    tried: tuple[str, ...]


def look_up(name: str, environ: Mapping[str, str], run_secrets: Path | None = None) -> Lookup:
    """Finds a secret: the variable, the file that NAME_FILE names, systemd's credentials, the container's.

    An empty value counts as absent. White space around a value is dropped, since files end in a line break.
    """
    tried = [f"the environment ({'empty' if name in environ else 'not set'})"]
    if environ.get(name, "").strip():
        return Lookup(environ[name].strip(), tuple(tried))
    directory = environ.get("CREDENTIALS_DIRECTORY")
    named = environ.get(f"{name}_FILE")
    places = [
        (f"{name}_FILE", Path(named) if named else None),
        (f"$CREDENTIALS_DIRECTORY/{name}", Path(directory, name) if directory else None),
        (f"{run_secrets or RUN_SECRETS}/{name}", (run_secrets or RUN_SECRETS) / name),
    ]
    for label, path in places:
        if path is None:
            tried.append(f"{label} (not set)")
            continue
        value, reason = _read(path)
        if value and label == f"{name}_FILE" and _is_open_to_all(path, run_secrets or RUN_SECRETS):
            value, reason = "", f"everybody on this machine can read it, chmod 600 {path}"
        if value:
            return Lookup(value, tuple(tried))
        tried.append(f"{label} ({reason})")
    return Lookup(None, tuple(tried))


def _is_open_to_all(path: Path, run_secrets: Path) -> bool:
    """Whether others can read a secret file; what a container mounts is open by custom, inside it."""
    return not path.is_relative_to(run_secrets) and bool(path.stat().st_mode & stat.S_IROTH)


def _read(path: Path) -> tuple[str, str]:
    """Returns the file's text and, where there is none, the reason."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET_BYTES + 1)
    except FileNotFoundError:
        return "", "no such file"
    except (OSError, ValueError):
        return "", "cannot be read"
    if len(content) > LARGEST_SECRET_BYTES:
        return "", "too large for a secret"
    try:
        return content.decode("utf-8").strip(), "empty"
    except UnicodeDecodeError:
        return "", "not text"


def read_secret(value: Any) -> Secret:
    """Turns one reference, or a list of two, into a `Secret`. Errors never repeat the value."""
    if isinstance(value, Secret):
        return value
    values = value if isinstance(value, tuple | list) else (value,)
    if isinstance(value, tuple | list) and len(value) not in (1, 2):
        raise _mistake("holds a list of neither one nor two", "write [new, old] while rotating, or one ${NAME}")
    for index, item in enumerate(values):
        at = (index,) if isinstance(value, tuple | list) else ()
        if item is None:
            raise _mistake("is empty", "write ${NAME} and put the value into the environment", at)
        if not isinstance(item, Filled):
            raise _mistake(
                "is written in plain", "write ${NAME} here and put the value into the environment as NAME", at
            )
        if not all("!" <= character <= "~" for character in item):
            raise _mistake(
                f"cannot be sent: {item.name} holds a blank, a line break or a character outside ASCII",
                f"set {item.name} to the key alone",
                at,
            )
    return Secret(tuple(item.name for item in values), tuple(str.__str__(item) for item in values))


def _mistake(what: str, instead: str, at: tuple[int, ...] = ()) -> PydanticCustomError:
    return PydanticCustomError("mapping", "{what}", {"what": what, "instead": instead, "at": at})
