"""A job's description for pasting: sanitised HTML as Markdown or as plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HEADINGS = {"h1": "#", "h2": "##", "h3": "###", "h4": "####", "h5": "#####", "h6": "######"}
_BLOCKS = {"p", "div", "blockquote", "pre", "dl", "dt", "table", "tr", "ul", "ol", "section", "thead", "tbody"}
_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "s": "~~"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>])")


def as_markdown(html: str) -> str:
    """Return the text as Markdown."""
    return _Reader(marked=True).read(html)


def as_text(html: str) -> str:
    """Return the text without marks; list entries begin with a dash or their number, links show their address."""
    return _Reader(marked=False).read(html)


class _Reader(HTMLParser):
    """Collects lines; one instance a text."""

    def __init__(self, marked: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._marked = marked
        self._parts: list[str] = []
        #: open lists: the number of the next entry; None: not numbered
        self._lists: list[int | None] = []
        #: open links: the address, and where its words begin
        self._links: list[tuple[str, int]] = []
        self._quoted = 0
        self._verbatim = 0

    def read(self, html: str) -> str:
        self.feed(html)
        self.close()
        lines = ["" if not line.strip(" >") else line.rstrip() for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._parts.append(("\\\n" if self._marked else "\n") + self._prefix())
        elif tag == "hr":
            self._block()
            self._parts.append("---")
            self._block()
        elif tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else None)
            self._line() if len(self._lists) > 1 else self._block()
        elif tag == "li":
            self._entry()
        elif tag in _HEADINGS:
            self._block()
            self._parts.append(f"{_HEADINGS[tag]} " if self._marked else "")
        elif tag in ("td", "th", "dd"):
            self._parts.append(" | " if tag != "dd" and not self._begins_line() else "")
            self._line() if tag == "dd" else None
        elif tag in _BLOCKS:
            self._quoted += tag == "blockquote"
            self._verbatim += tag == "pre"
            self._line() if self._lists or tag == "tr" else self._block()
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._parts)))
        elif self._marked and tag in _MARKS:
            self._parts.append(_MARKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._line() if self._lists else self._block()
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._quoted -= tag == "blockquote" and self._quoted > 0
            self._verbatim -= tag == "pre" and self._verbatim > 0
            self._line() if self._lists or tag == "tr" else self._block()
        elif tag == "a" and self._links:
            self._link(*self._links.pop())
        elif self._marked and tag in _MARKS:
            self._parts.append(_MARKS[tag])

    def handle_data(self, data: str) -> None:
        text = data if self._verbatim else re.sub(r"\s+", " ", data)
        if not self._verbatim and self._begins_line():
            text = text.lstrip()
        if self._marked and not self._verbatim:
            text = _SPECIAL.sub(r"\\\1", text)
        self._parts.append(text)

    def _link(self, address: str, began: int) -> None:
        words = "".join(self._parts[began:]).strip()
        if self._marked and address:
            self._parts[began:] = [f"[{words}]({address})"]
        elif address and address.removeprefix("mailto:").removeprefix("tel:") != words:
            self._parts.append(f" ({address})")

    def _entry(self) -> None:
        self._line()
        depth = max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        self._parts.append("  " * depth + (f"{number}. " if number else "- "))
        if number:
            self._lists[-1] = number + 1

    def _begins_line(self) -> bool:
        text = "".join(self._parts[-4:])
        return not text or bool(re.fullmatch(r"[ >]*(- |\d+\. )?", text.rsplit("\n", 1)[-1]))

    def _line(self) -> None:
        if not self._begins_line():
            self._parts.append("\n")

    def _block(self) -> None:
        self._parts.append("\n\n" + self._prefix())

    def _prefix(self) -> str:
        return "> " * self._quoted
