"""`python -m tools.manual`: bring every generated page up to date."""

from __future__ import annotations

import sys

from tools.manual.pages import ROOT, pages


def main() -> int:
    """Write what differs and name it."""
    for name, text in pages().items():
        file = ROOT / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
