"""Noticing that a mapping file, settings.env or a file with a secret has changed, by a cheap look.

A file is not taken while it is being written: only when everything has looked the same for a second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from connector.config.credentials import RUN_SECRETS
from connector.config.environment import SETTINGS_FILE, read_environment
from connector.config.loading import mapping_files
from connector.config.problems import ConfigProblems

#: how long nothing may have changed before a change is taken
STILL_S = 1.0

#: what a file looks like: written at, changed at (which nobody can set back), size, which file it is
_Look = tuple[int, int, int, int]


class Watch:
    """Remembers how the files looked when they were taken last, and how they looked at the last look."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.folder, self._clock = folder, clock
        self._settings: _Look | None = None
        self._environ: Mapping[str, str] = os.environ
        self._taken = self._seen = self._look()
        self._since = clock()

    def changed(self) -> bool:
        """Return whether the files are others than those taken last, and have been left alone for a second."""
        return not self._moved() and self._seen != self._taken and self._clock() - self._since >= STILL_S

    def take(self) -> bool:
        """Note that the files have been read; returns False if they have changed meanwhile: read them again later."""
        if self._moved():
            return False
        self._taken = self._seen
        return True

    def _moved(self) -> bool:
        """Look; returns whether anything looks different since the last look."""
        look = self._look()
        if look == self._seen:
            return False
        self._seen, self._since = look, self._clock()
        return True

    def _look(self) -> dict[Path, _Look]:
        looks = {}
        for file in self._files():
            look = _look_at(file)
            if look:
                looks[file] = look
        return looks

    def _files(self) -> Iterator[Path]:
        settings = Path(SETTINGS_FILE)
        yield settings
        # that there is none is a look too
        with suppress(ConfigProblems):
            yield from mapping_files(self.folder)
        environ = self._environment(settings)
        yield from (Path(value) for name, value in environ.items() if name.endswith("_FILE") and value)
        for folder in {Path(environ.get("CREDENTIALS_DIRECTORY") or RUN_SECRETS), RUN_SECRETS}:
            try:
                yield from folder.iterdir()
            except OSError:
                continue

    def _environment(self, settings: Path) -> Mapping[str, str]:
        """Return the variables, with those of settings.env, which is read again only when it looks different."""
        look = _look_at(settings)
        if look != self._settings:
            self._settings = look
            try:
                self._environ = read_environment()
            except ConfigProblems:
                self._environ = os.environ
        return self._environ


def _look_at(file: Path) -> _Look | None:
    try:
        state = file.stat()
    except (OSError, ValueError):
        return None
    return state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino
