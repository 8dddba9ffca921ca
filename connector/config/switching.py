"""One value of the `sms` section of a mapping file, changed in its text: found by ruamel's marks, the rest left alone.

Text in, text out, like `links.py`. `editing.py` checks what came out and writes it.
"""

from __future__ import annotations

import json
import re

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from connector.config.links import Unfit

SECTION = "sms"
#: what YAML reads as a text without quotes
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


def with_switch(text: str, key: str, value: str | bool) -> str:
    """Return the text with `key` of the `sms` section at another value; a key that is not there becomes the first one.

    Raises Unfit. The text is that of a mapping that can be read.
    """
    by_hand = f"write it by hand: {SECTION}: {{{key}: {_spelled(value)}}}"
    root = YAML(typ="safe", pure=True).compose(text)
    section = _value(root, SECTION) if isinstance(root, MappingNode) else None
    if section is None:
        raise Unfit(0, f"there is no {SECTION} section", "write one as in mappings/example.yaml")
    if not isinstance(section, MappingNode) or not section.value:
        raise Unfit(section.start_mark.index, f"the {SECTION} section is empty", by_hand)
    name, known = next(((name, found) for name, found in section.value if name.value == key), (None, None))
    if name is not None and known is not None:
        if not isinstance(known, ScalarNode) or known.style in ("|", ">"):
            raise Unfit(known.start_mark.index, f"{key} is not written as one word", by_hand)
        return _replaced(text, name, known, value)
    entry = f"{key}: {_spelled(value)}"
    first = section.value[0][0].start_mark.index
    if section.flow_style:
        return f"{text[:first]}{entry}, {text[first:]}"
    indent = text[text.rfind("\n", 0, first) + 1 : first]
    if indent.strip(" "):
        raise Unfit(first, f"the first key of {SECTION} shares its line", by_hand)
    newline = "\r\n" if 2 * text.count("\r\n") > text.count("\n") else "\n"
    return f"{text[:first]}{entry}{newline}{indent}{text[first:]}"


def _replaced(text: str, key: Node, node: ScalarNode, value: str | bool) -> str:
    start, end, spelled = node.start_mark.index, node.end_mark.index, _spelled(value)
    if start == end:
        # nothing stands there, and the marks are somewhere behind the colon
        start = end = text.index(":", key.end_mark.index) + 1
        spelled = f" {spelled}"
    elif isinstance(value, str) and node.style in ("'", '"'):
        spelled = f"{node.style}{value}{node.style}"
    return text[:start] + spelled + text[end:]


def _value(section: Node, key: str) -> Node | None:
    return next((value for name, value in section.value if name.value == key), None)


def _spelled(value: str | bool) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _WORDS:
        return value
    return json.dumps(value)
