"""The environment as the connector sees it: the process's own variables over those of settings.env."""

import io
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from connector.config.problems import ConfigProblems, Problem

#: Read from the working directory; a missing one is nothing to complain about.
SETTINGS_FILE = "settings.env"


def read_environment() -> Mapping[str, str]:
    """Returns all variables, those of the process winning over those of settings.env.

    Secrets are looked up here too, so that one file is enough on a machine without a secret store.
    Values are taken literally: a `$` in a password stays one. Raises `ConfigProblems` for a file that cannot be read.
    """
    return {**_file_values(), **os.environ}


def read_settings_file() -> str:
    """Returns the text of settings.env, empty where there is none; raises `ConfigProblems` if unreadable."""
    try:
        return Path(SETTINGS_FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        problem = Problem(SETTINGS_FILE, line, 1, "the file is not UTF-8", "save it as UTF-8")
        raise ConfigProblems([problem]) from None
    except OSError as exc:
        problem = Problem(SETTINGS_FILE, 0, 0, f"cannot be read ({exc.strerror})", "make it a file we may read")
        raise ConfigProblems([problem]) from None


def _file_values() -> dict[str, str]:
    values = dotenv_values(stream=io.StringIO(read_settings_file()), interpolate=False)
    return {name: value for name, value in values.items() if value is not None}
