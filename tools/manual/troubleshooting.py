"""Troubleshooting: the first line of each reason's entry is the program's own, what follows is written by hand."""

from __future__ import annotations

import re
from pathlib import Path

from connector.domain.reasons import REASONS, Reason

TO_WRITE = "To be written."


def refreshed(file: Path) -> str:
    """Return the page with each `### code` followed by the reason's own words; missing ones come last."""
    text = file.read_text(encoding="utf-8") if file.exists() else "# Troubleshooting\n"
    for reason in REASONS.values():
        entry = re.compile(rf"^### `{reason.code}`\n+(?:>.*\n+)*", re.MULTILINE)
        if entry.search(text):
            text = entry.sub(lambda _, reason=reason: _head(reason), text, count=1)  # type: ignore[misc]
        else:
            text = f"{text.rstrip()}\n\n{_head(reason)}{TO_WRITE}\n"
    return text


def _head(reason: Reason) -> str:
    return f"### `{reason.code}`\n\n> {_sentence(reason.words)} {_sentence(reason.advice)}\n\n"


def _sentence(text: str) -> str:
    words = f"run {text}" if text.startswith("connector ") else text
    return f"{words[0].upper()}{words[1:]}."
