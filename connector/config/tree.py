"""YAML text -> plain data that knows where each key and value stands.

The node tree of ruamel is used rather than its loaded values: a node has a mark and the spelling before any
conversion, so `012` can be quoted back as written, and repeated keys are all found instead of the first one only.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from connector.config.credentials import REFERENCE, Filled, look_up
from connector.config.problems import quoted
from connector.config.syntax import SYNTAX_ERRORS, Finding, Position, explain_syntax_error

#: The path of keys and indexes to a value, as pydantic names it.
Loc = tuple[str | int, ...]

TAG = "tag:yaml.org,2002:"
#: What remains a text although YAML gives it a type: dates are read by their own rules, `<<` is a key like any other.
TEXT_TAGS = (f"{TAG}str", f"{TAG}timestamp", f"{TAG}merge", f"{TAG}value")
KNOWN_TAGS = (*TEXT_TAGS, *(f"{TAG}{name}" for name in ("int", "float", "bool", "null", "map", "seq")))
#: So near to a variable that is set that the reference must be a slip.
SLIP = 0.85
#: Longer numbers are slips, and converting them takes time.
LONGEST_NUMBER = 40


@dataclass
class Tree:
    """One file's content with its places."""

    #: dicts, tuples and scalars; `None` where nothing could be read.
    data: Any = None
    #: Where each value begins, by its path.
    values: dict[Loc, Position] = field(default_factory=dict)
    #: Where each key begins, by the path of its value.
    keys: dict[Loc, Position] = field(default_factory=dict)
    #: How numbers and switches were spelled, by path.
    spelled: dict[Loc, str] = field(default_factory=dict)
    #: What is wrong already, before any meaning is looked at.
    findings: list[Finding] = field(default_factory=list)
    #: Paths that have a finding: whatever else is wrong there would say the same thing twice.
    settled: set[Loc] = field(default_factory=set)

    def value_position(self, loc: Loc) -> Position:
        """Returns where the value stands, or the nearest thing around it."""
        return self._nearest(loc, self.values)

    def key_position(self, loc: Loc) -> Position:
        """Returns where the key stands; an entry of a list has none, so its own place is taken."""
        return self._nearest(loc, ChainMap(self.keys, self.values))

    @staticmethod
    def _nearest(loc: Loc, positions: Mapping[Loc, Position]) -> Position:
        known = (positions[loc[:length]] for length in range(len(loc), -1, -1) if loc[:length] in positions)
        return next(known, (1, 1))

    def is_settled(self, loc: Loc) -> bool:
        """Says whether the value, or one around it, has a finding already."""
        return any(loc[:length] in self.settled for length in range(1, len(loc) + 1))

    def add(self, loc: Loc, position: Position, what: str, instead: str) -> None:
        """Notes a problem, and that this path needs no second one."""
        self.findings.append(Finding(position, what, instead))
        self.settled.add(loc)


def read_tree(text: str, environ: Mapping[str, str]) -> Tree:
    """Reads YAML 1.2; never raises for what the text holds. `${NAME}` is filled in from `environ` and secret files."""
    tree = Tree()
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is not None:
            tree.data = _Reader(tree, environ).read(root, ())
    except SYNTAX_ERRORS as exc:
        return Tree(findings=[explain_syntax_error(exc, text)])
    return tree


class _Reader:
    """Turns nodes into data, filling one tree."""

    def __init__(self, tree: Tree, environ: Mapping[str, str]) -> None:
        self._tree = tree
        self._environ = environ
        self._seen: set[int] = set()

    def read(self, node: Node, loc: Loc) -> Any:
        """Returns the data of a node; a value that cannot be used reads as `None` and leaves a finding."""
        position = _position(node)
        self._tree.values[loc] = position
        # A node met twice was written once and used again by an alias; following it could go on forever.
        if id(node) in self._seen:
            self._tree.add(loc, position, "this value is used again through a YAML alias", "write it out at each place")
            return None
        self._seen.add(id(node))
        if str(node.tag) not in KNOWN_TAGS:
            self._tree.add(loc, position, "this value has a YAML tag", "remove the word that begins with !")
            return None
        if isinstance(node, MappingNode):
            return self._read_mapping(node, loc)
        if isinstance(node, SequenceNode):
            return tuple(self.read(child, (*loc, index)) for index, child in enumerate(node.value))
        return self._read_scalar(node, loc)

    def _read_mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            position = _position(key_node)
            if not isinstance(key_node, ScalarNode) or str(key_node.tag) not in KNOWN_TAGS:
                self._tree.add(loc, position, "this key is not a plain word", "write key: value")
                continue
            key = _whole(str(key_node.value))
            if key_node.tag not in TEXT_TAGS and key_node.style is None:
                instead = f'put it in quotes: "{key}":' if key else "write a key before the colon"
                what = f"the key {quoted(key)} would be read as a number or switch" if key else "a key is missing"
                self._tree.add((*loc, key), position, what, instead)
            if key in data:
                line = self._tree.keys[(*loc, key)][0]
                what = f"key {quoted(key)} stands here a second time, first on line {line}"
                self._tree.findings.append(Finding(position, what, "keep one of them"))
                continue
            self._tree.keys[(*loc, key)] = position
            data[key] = self.read(value_node, (*loc, key))
        return data

    def _read_scalar(self, node: Node, loc: Loc) -> Any:
        spelled = _whole(str(node.value))
        if node.tag not in TEXT_TAGS:
            self._tree.spelled[loc] = spelled
            return _converted(str(node.tag), spelled)
        reference = REFERENCE.fullmatch(spelled)
        if reference:
            return self._fill(reference[1], loc)
        if "${" in spelled:
            what = "${…} stands inside a longer value or holds no plain name"
            self._tree.add(loc, _position(node), what, "make ${NAME} the whole value, of letters, digits and _")
        return spelled

    def _fill(self, name: str, loc: Loc) -> Filled | None:
        found = look_up(name, self._environ)
        if found.value is not None:
            return Filled(found.value, name)
        similar = next(iter(get_close_matches(name, self._environ, 1, SLIP)), None)
        self._tree.add(
            loc,
            self._tree.values[loc],
            f"${{{name}}} is nowhere: looked in {', '.join(found.tried)}",
            f"write ${{{similar}}}, which is set" if similar else f"set {name} in the environment or in such a file",
        )
        return None


def _whole(text: str) -> str:
    """Replaces halves of characters, which an escape such as `\\ud800` makes and nothing can write out again."""
    return text.encode("utf-8", "replace").decode()


def _position(node: Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _converted(tag: str, spelled: str) -> Any:
    """Converts what YAML 1.2 calls a number or a switch; anything that does not convert stays a text."""
    if tag == f"{TAG}null":
        return None
    if tag == f"{TAG}bool" and spelled.lower() in ("true", "false"):
        return spelled.lower() == "true"
    try:
        if tag == f"{TAG}int" and len(spelled) <= LONGEST_NUMBER:
            digits = spelled.replace("_", "")
            return int(digits, 0) if digits.lstrip("+-")[:2].lower() in ("0x", "0o", "0b") else int(digits)
        if tag == f"{TAG}float":
            return float(spelled.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return spelled
    return spelled
