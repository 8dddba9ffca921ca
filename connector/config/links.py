"""The links in the text of a mapping file: found by ruamel's marks, changed line by line, the rest left as it is.

Text in, text out. Comments, order, quoting and line ends survive because nothing is written anew but the lines of the
link itself. `editing.py` checks what came out and writes it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

#: what YAML reads as a text without quotes, whatever its version: ids as the source makes them
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class FileLink:
    """A link as it is to stand in the file."""

    position: str
    job: str
    #: None: as it stands, or the default where it is new
    automatic: bool | None = None

    def in_braces(self) -> str:
        """Return the entry on one line."""
        parts = [f"position: {_spelled(self.position)}", f"job: {json.dumps(self.job, ensure_ascii=False)}"]
        return "{" + ", ".join(parts + self._switch()) + "}"

    def lines(self) -> list[str]:
        """Return the entry as one key a line."""
        first = f"position: {_spelled(self.position)}"
        return [first, f"job: {json.dumps(self.job, ensure_ascii=False)}", *self._switch()]

    def _switch(self) -> list[str]:
        return [] if self.automatic is None else [f"automatic: {json.dumps(self.automatic)}"]


class Unfit(Exception):
    """The file is written in a way that no line can be added to without rewriting others."""

    def __init__(self, index: int, what: str, instead: str) -> None:
        super().__init__(what)
        #: where in the text
        self.index, self.what, self.instead = index, what, instead


def with_link(text: str, link: FileLink) -> str:
    """Return the text with the link: a new entry at the end of the list, or another job in the one that is there.

    Raises Unfit. The text is that of a mapping that can be read.
    """
    document = _Document(text)
    by_hand = f"write it by hand: {link.in_braces()}"
    if document.root.flow_style:
        raise Unfit(document.root.start_mark.index, "the whole file stands in braces", by_hand)
    if document.key is None or document.value is None:
        return document.with_section(link)
    entries = document.entries()
    if not entries:
        return document.with_first(link, by_hand)
    known = [entry for entry in entries if _text_of(entry, "position") == link.position]
    if known:
        return document.with_other_job(known[0], link)
    if document.in_brackets:
        raise Unfit(document.value.start_mark.index, "positions stands in brackets, on one line", by_hand)
    return document.with_another(entries[-1], link)


def without_link(text: str, position: str) -> str:
    """Return the text without the entry of a position; its own lines go, comments around them stay.

    Raises Unfit, also where there is no such entry.
    """
    document = _Document(text)
    known = [entry for entry in document.entries() if _text_of(entry, "position") == position]
    if not known:
        raise Unfit(0, f"no link of {position} stands here", "unlink it where it was made")
    if document.root.flow_style or document.in_brackets:
        what = f"take the entry of {position} out by hand"
        raise Unfit(known[0].start_mark.index, "positions stands in brackets, on one line", what)
    return document.without(known[0])


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return where an index stands, both counted from 1."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


class _Document:
    """One text with its nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
        root = YAML(typ="safe", pure=True).compose(text)
        if not isinstance(root, MappingNode):
            raise Unfit(0, "the file is not a group of keys", "write it as in mappings/example.yaml")
        self.root = root
        pairs = [(key, value) for key, value in root.value if key.value == "positions"]
        self.key: Node | None = pairs[0][0] if pairs else None
        self.value: Node | None = pairs[0][1] if pairs else None

    @property
    def in_brackets(self) -> bool:
        return isinstance(self.value, CollectionNode) and bool(self.value.flow_style)

    def entries(self) -> list[MappingNode]:
        value = self.value
        return list(value.value) if isinstance(value, SequenceNode) else []

    def with_section(self, link: FileLink) -> str:
        """Add the key at the end of the file."""
        indent = " " * (self.root.value[0][0].start_mark.column if self.root.value else 0)
        lines = ["", f"{indent}positions:", *_block(f"{indent}  ", " ", link)]
        return self._inserted(self.text, len(self.text), lines)

    def with_first(self, link: FileLink, by_hand: str) -> str:
        """Put the first entry under a key that is empty, `null` or `[]`."""
        assert self.key is not None
        assert self.value is not None
        text, start, end = self.text, self.value.start_mark.index, self.value.end_mark.index
        if "#" in text[start:end]:
            raise Unfit(start, "positions stands in brackets, with a comment inside", by_hand)
        if end > start:
            text = text[:start].rstrip(" \t") + text[end:]
        indent = " " * (self.key.start_mark.column + 2)
        return self._inserted(text, _next_line(text, self.key.end_mark.index), _block(indent, " ", link))

    def with_another(self, last: MappingNode, link: FileLink) -> str:
        """Put an entry behind the last one, written as that one is."""
        text, start = self.text, last.start_mark.index
        dash = text.rfind("-", 0, start)
        indent = text[text.rfind("\n", 0, dash) + 1 : dash]
        between = text[dash + 1 : start]
        gap = between if between and not between.strip(" ") else " "
        lines = [f"{indent}-{gap}{link.in_braces()}"] if last.flow_style else _block(indent, gap, link)
        return self._inserted(text, _next_line(text, self._end(last)), lines)

    def with_other_job(self, entry: MappingNode, link: FileLink) -> str:
        """Replace the job of an entry, in the quotes that it has, and the switch if one is given."""
        text, job, switch = self.text, _value(entry, "job"), _value(entry, "automatic")
        assert job is not None
        if job.style in ("|", ">"):
            raise Unfit(job.start_mark.index, "the job is written as a block of text", f"write {link.in_braces()}")
        changes = [(job.start_mark.index, job.end_mark.index, _quoted_as(job, link.job))]
        if link.automatic is not None and switch is not None:
            changes.append((switch.start_mark.index, switch.end_mark.index, json.dumps(link.automatic)))
        elif link.automatic is False and entry.flow_style:
            changes.append((job.end_mark.index, job.end_mark.index, ", automatic: false"))
        elif link.automatic is False:
            column = next(k.start_mark.column for k, _ in entry.value if k.value == "job")
            at = _next_line(text, job.end_mark.index)
            text = self._inserted(text, at, [f"{' ' * column}automatic: false"])
        for start, end, new in sorted(changes, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def without(self, entry: MappingNode) -> str:
        text = self.text
        dash = text.rfind("-", 0, entry.start_mark.index)
        start, end = text.rfind("\n", 0, dash) + 1, _next_line(text, self._end(entry))
        if text[start:dash].strip(" ") or dash < 0:
            raise Unfit(entry.start_mark.index, "the entry shares its line", "take it out by hand")
        if end == len(text) and not text.endswith("\n"):
            # the line before becomes the last, and like it has no end
            start = len(text[:start].removesuffix("\n").removesuffix("\r"))
        return text[:start] + text[end:]

    def _end(self, node: Node) -> int:
        """Return the index behind the last character of a node; its own end mark lies behind the comments below it."""
        if not isinstance(node, CollectionNode) or node.flow_style:
            end = node.end_mark.index
            return len(self.text[:end].rstrip())
        children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        return max(self._end(child) for child in children if child.end_mark.index > child.start_mark.index)

    def _inserted(self, text: str, at: int, lines: list[str]) -> str:
        """Insert whole lines; behind a last line without an end, they have none either."""
        block = self.newline.join(lines)
        if at == len(text) and text and not text.endswith("\n"):
            return text + self.newline + block
        return text[:at] + block + self.newline + text[at:]


def _block(indent: str, gap: str, link: FileLink) -> list[str]:
    first, *rest = link.lines()
    return [f"{indent}-{gap}{first}", *(f"{indent} {' ' * len(gap)}{line}" for line in rest)]


def _next_line(text: str, index: int) -> int:
    """Return where the next line begins; the end of the text if there is none."""
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1


def _value(entry: MappingNode, name: str) -> ScalarNode | None:
    return next((value for key, value in entry.value if key.value == name), None)


def _text_of(entry: MappingNode, name: str) -> str:
    value = _value(entry, name)
    return str(value.value).strip() if value is not None else ""


def _spelled(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _quoted_as(node: ScalarNode, text: str) -> str:
    if node.style == "'":
        return "'" + text.replace("'", "''") + "'"
    if node.style is None and _PLAIN.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=False)
