"""Noticing that a mapping file, settings.env or a file with a secret has changed, by a cheap look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from connector.config.credentials import RUN_SECRETS
from connector.config.environment import SETTINGS_FILE


class Watch:
    """Remembers how the files looked last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._look()

    def changed(self) -> bool:
        """Return whether anything looks different since the last time."""
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _look(self) -> dict[Path, tuple[int, int, int]]:
        looks = {}
        for file in self._files():
            try:
                state = file.stat()
            except OSError:
                continue
            looks[file] = (state.st_mtime_ns, state.st_size, state.st_ino)
        return looks

    def _files(self) -> Iterator[Path]:
        yield Path(SETTINGS_FILE)
        yield from (Path(value) for name, value in os.environ.items() if name.endswith("_FILE") and value)
        for folder in (self._folder, Path(os.environ.get("CREDENTIALS_DIRECTORY") or RUN_SECRETS), RUN_SECRETS):
            try:
                yield from folder.iterdir()
            except OSError:
                continue
