"""Settings of the process: flag over environment over settings.env over default."""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from connector.config.environment import SETTINGS_FILE, read_settings_file
from connector.config.problems import ConfigProblems, Problem, quoted
from connector.config.values import mistake, url

PREFIX = "CONNECTOR_"
DATABASES = ("sqlite", "postgresql")
#: So near to a known name that it must be a slip; other names with our prefix may belong to somebody else,
#: such as the CONNECTOR_PORT that Kubernetes sets for a service of this name.
SLIP = 0.85


class Settings(BaseSettings):
    """What the process runs with. Read it with `load_settings`, which explains mistakes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=SETTINGS_FILE,
        env_file_encoding="utf-8-sig",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    #: Folder of `*.yaml`, one a company.
    mappings: Path = Path("mappings")
    #: Kept out of `repr`, because a PostgreSQL address holds a password.
    database_url: str = Field("sqlite:///connector.db", repr=False)
    #: Messages below it are not written.
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: `auto` is `text` on a terminal and `json` elsewhere.
    log_format: Literal["auto", "text", "json"] = "auto"
    #: `host:port`; port 0 takes a free one; empty turns listening off.
    listen: str = "127.0.0.1:8080"
    #: The address vendors call us at, without a slash at its end; empty where none can.
    public_url: str = ""
    #: Faults are posted here when they begin and when they end; empty: nowhere. Kept out of `repr`: it may hold a key.
    alert_webhook: str = Field("", repr=False)
    #: Asked for each minute while all is well, and with `/fail` while it is not; empty: nowhere.
    deadman_url: str = Field("", repr=False)

    @property
    def called_at(self) -> str:
        """The address vendors can call us at; empty where nothing listens."""
        return self.public_url if self.listen else ""

    @field_validator("mappings", mode="before")
    @classmethod
    def _folder_named(cls, value: Any) -> Any:
        """An empty path would silently be the working directory."""
        if str(value).strip() == "":
            raise mistake("is empty", "write a folder such as mappings")
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if scheme == "postgres":
            raise mistake("begins with postgres://", "begin it with postgresql://")
        if not separator or scheme.partition("+")[0] not in DATABASES:
            raise mistake(
                "is not a database URL", "write sqlite:///connector.db or postgresql://user:password@host/name"
            )
        if scheme.startswith("sqlite") and rest and not rest.startswith("/"):
            raise mistake("has two slashes", "write three before the file's name: sqlite:///connector.db")
        return value

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+):([0-9]{1,5})", value.strip())
        if value.strip() and (not found or int(found[2]) > 65535):
            raise mistake("is not host:port", "write 127.0.0.1:8080, or nothing to listen nowhere")
        return value.strip()

    @field_validator("public_url", "alert_webhook", "deadman_url")
    @classmethod
    def _callable_address(cls, value: str) -> str:
        return url(value.strip()) if value.strip() else ""


def load_settings(**overrides: Any) -> Settings:
    """Reads the settings; `overrides` are the flags, by field name, and `None` is a flag that was not given.

    Raises `ConfigProblems` with every problem at once; messages never show a value of the database's URL.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    file_text = read_settings_file()
    problems = _slips(file_text)
    try:
        settings = Settings(**given)
    except ValidationError as exc:
        problems += [
            _problem(str(error["loc"][0]), error["type"], error.get("ctx", {}), given, file_text)
            for error in exc.errors(include_input=False, include_url=False)
        ]
        raise ConfigProblems(problems) from None
    if problems:
        raise ConfigProblems(problems)
    return settings


def _problem(field: str, kind: str, context: dict[str, Any], given: dict[str, Any], file_text: str) -> Problem:
    name = f"{PREFIX}{field.upper()}"
    if kind == "mapping":
        what, instead = f"{name} {context['what']}", context["instead"]
    elif kind == "literal_error":
        what, instead = f"{name} is not known", f"write one of {context['expected'].replace(chr(39), '')}"
    else:
        what, instead = f"{name} is not a text", "write it as in settings.example.env"
    if field in given:
        return Problem(
            f"--{field.removesuffix('_url').replace('_', '-')}", 0, 0, what.removeprefix(f"{name} "), instead
        )
    line = 0 if _in_environment(name) else _line_of(name, file_text)
    return Problem(SETTINGS_FILE if line else "environment", line, 1 if line else 0, what, instead)


def _in_environment(name: str) -> bool:
    return any(variable.upper() == name for variable in os.environ)


def _line_of(name: str, file_text: str) -> int:
    """Returns the last line that sets a name, since that one counts; 0 where none does."""
    lines = [number for number, line in enumerate(file_text.splitlines(), 1) if _name_in(line) == name]
    return lines[-1] if lines else 0


def _name_in(line: str) -> str:
    found = re.match(r"\s*(?:export\s+)?(\w+)\s*=", line)
    return found[1].upper() if found else ""


def _slips(file_text: str) -> list[Problem]:
    """Finds names that are nearly one of ours: they would be ignored without a word."""
    known = [f"{PREFIX}{field.upper()}" for field in Settings.model_fields]
    places = [("environment", 0, name.upper()) for name in os.environ]
    places += [(SETTINGS_FILE, number, _name_in(line)) for number, line in enumerate(file_text.splitlines(), 1)]
    problems = []
    for file, line, name in places:
        closest = get_close_matches(name.removeprefix(PREFIX), [k.removeprefix(PREFIX) for k in known], 1, SLIP)
        if name.startswith(PREFIX) and name not in known and closest:
            what = f"unknown setting {quoted(name)}"
            problems.append(Problem(file, line, 1 if line else 0, what, f"write {PREFIX}{closest[0]}"))
    return problems
