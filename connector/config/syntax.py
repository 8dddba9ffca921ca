"""What YAML's own errors mean, in words an administrator can act on; the offending text is never repeated."""

from typing import NamedTuple

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

#: Line and column, both counted from 1.
Position = tuple[int, int]

#: All that the pure-Python reader raises for one text or another: beside its own errors it lets those of the
#: conversions through (a `\\U00110000` is a ValueError, a thousand open brackets a RecursionError).
SYNTAX_ERRORS = (
    YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    AssertionError,
    NotImplementedError,
    RecursionError,
)

ALIGN = "indent this line like its neighbours"

#: Part of ruamel's message -> what is wrong, what to write instead, and whether the place is where it began.
MEANINGS = (
    ("'\\t'", "a tab stands where YAML wants spaces", "indent with spaces", False),
    ("mapping values are not allowed", "a colon is not expected here", f"{ALIGN}, or quote the value", False),
    ("expected <block end>", "the indentation fits no line above", ALIGN, False),
    ("could not find expected ':'", "a key has no colon", "write key: value", True),
    ("expected ',' or ']'", "brackets are not closed", "write [one, two], or one entry a line after a dash", True),
    ("expected ',' or '}'", "braces are not closed", "write one key a line, indented, without braces", True),
    ("unexpected end of stream", "a quote is not closed", "write a quote at the end of the value too", True),
    ("found undefined alias", "* begins a YAML alias", "put the value in quotes, or write it out", False),
    ("found duplicate anchor", "& begins a YAML anchor", "put the value in quotes, or write it out", False),
    ("another document", "a second document begins here", "keep one company a file and remove the --- line", False),
    ("unknown escape character", "this escape does not exist in double quotes", "use single quotes", False),
    ("cannot start any token", "YAML keeps this character for itself", "put the value in quotes", False),
)


class Finding(NamedTuple):
    """A problem inside one file, before the file's name is added."""

    position: Position
    what: str
    instead: str


def explain_syntax_error(exc: Exception, text: str) -> Finding:
    """Says where a text stops being YAML and what was probably meant."""
    if isinstance(exc, MarkedYAMLError):
        return _explain_marked(exc, text)
    if isinstance(exc, ReaderError):
        before = text[: exc.position]
        position = (before.count("\n") + 1, exc.position - before.rfind("\n"))
        return Finding(position, "a character that YAML forbids stands here", "remove it")
    if isinstance(exc, RecursionError):
        return Finding((1, 1), "brackets are nested too deeply", "write a mapping file as in mappings/example.yaml")
    return Finding((1, 1), "the file is not YAML", "compare it with mappings/example.yaml")


def _explain_marked(exc: MarkedYAMLError, text: str) -> Finding:
    mark = exc.problem_mark or exc.context_mark
    if mark is None:
        return Finding((1, 1), "the file is not YAML", "compare it with mappings/example.yaml")
    if text[: mark.index].endswith("$") and text[mark.index : mark.index + 1] == "{":
        # The natural way to write a list of two secrets, and not YAML: { opens a mapping inside brackets.
        position = (mark.line + 1, mark.column)
        return Finding(position, "${…} is not quoted inside brackets", 'put quotes around it: ["${NEW}", "${OLD}"]')
    for part, what, instead, where_it_began in MEANINGS:
        if part in str(exc.problem) or part in str(exc.problem).replace("\t", "\\t"):
            begun = exc.context_mark if where_it_began and exc.context_mark else mark
            return Finding((begun.line + 1, begun.column + 1), what, instead)
    return Finding((mark.line + 1, mark.column + 1), "this is not YAML", "compare it with mappings/example.yaml")
