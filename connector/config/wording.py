"""Pydantic's errors in an administrator's words: what is wrong, what to write instead.

Words come from the kind of error and the schema of the key, so a new key needs no new sentence.
"""

from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

from connector.config.problems import LONGEST_QUOTE, quoted
from connector.config.schema import entry_at, sections_with
from connector.config.syntax import Finding
from connector.config.tree import Loc, Tree

TYPE_WORDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
}


def explain_all(errors: list[ErrorDetails], tree: Tree) -> list[Finding]:
    """Puts the errors of pydantic into words, one finding a mistake.

    Left out is what another finding says already: about the same value, or the key missing because it is misspelled.
    """
    unknown = [_loc(error) for error in errors if error["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], _closest_key(loc)) for loc in unknown}
    return [
        _explain(error, tree)
        for error in errors
        if not (error["type"] == "missing" and _loc(error) in meant) and not tree.is_settled(error["loc"])
    ]


def _loc(error: ErrorDetails) -> Loc:
    """Returns the path of the value that an error is about; the step that pydantic adds for a key is not one."""
    return (*(step for step in error["loc"] if step != "[key]"), *error.get("ctx", {}).get("at", ()))


def _explain(error: ErrorDetails, tree: Tree) -> Finding:
    context = error.get("ctx", {})
    loc = _loc(error)
    key = _name(loc)
    kind = error["type"]
    if kind == "missing":
        return Finding(tree.key_position(loc[:-1]), *_missing(loc))
    if kind == "extra_forbidden":
        return Finding(tree.key_position(loc), *_unknown_key(loc))
    value = _value_at(tree.data, loc)
    if kind == "mapping":
        return Finding(tree.value_position(loc), f"{key} {context['what']}", context["instead"])
    if value is None or kind == "blank":
        return Finding(tree.key_position(loc), f"{key} is empty", _write(loc, removable=True))
    if kind == "literal_error":
        return Finding(tree.value_position(loc), *_not_among(loc, value, tree))
    if kind == "string_type" and loc in tree.spelled:
        spelled = tree.spelled[loc][:LONGEST_QUOTE]
        what = (
            f"{key} is not a text: without quotes {spelled} is {'a switch' if isinstance(value, bool) else 'a number'}"
        )
        return Finding(tree.value_position(loc), what, f'put it in quotes: "{spelled}"')
    if kind == "bool_type":
        return Finding(tree.value_position(loc), f"{key} is not true or false", f"write {key}: true, or {key}: false")
    if kind in TYPE_WORDS:
        return Finding(tree.value_position(loc), f"{key} is not {TYPE_WORDS[kind]}", _write(loc))
    return Finding(tree.value_position(loc), f"{key} {_limit(kind, context)}", _write(loc))


def _name(loc: Loc) -> str:
    """Names a value by its key; an entry of a list by the key of the list."""
    if loc and isinstance(loc[-1], int):
        return f"entry {loc[-1] + 1} of {_name(loc[:-1])}"
    return str(loc[-1]) if loc else "the file"


def _missing(loc: Loc) -> tuple[str, str]:
    entry = entry_at(loc)
    parent = f" in {_name(loc[:-1])}" if len(loc) > 1 else ""
    if "properties" in entry:
        keys = ", ".join(entry.get("required", []))
        return f"section {_name(loc)} is missing{parent}", f"add {_name(loc)}: with {keys} under it"
    return f"{_name(loc)} is missing{parent}", f"add {_assignment(loc)}"


def _unknown_key(loc: Loc) -> tuple[str, str]:
    key = str(loc[-1])
    known = _known_keys(loc)
    where = f" in {_name(loc[:-1])}" if len(loc) > 1 else ""
    what = f"unknown key {quoted(key)}{where}"
    closest = _closest_key(loc)
    if closest:
        return what, f"write {closest}"
    elsewhere = [name for name in sections_with(key) if name not in loc]
    if elsewhere:
        return what, f"move it under {' or '.join(elsewhere)}, or use one of {', '.join(known)}"
    return what, f"use one of {', '.join(known)}"


def _known_keys(loc: Loc) -> list[str]:
    return list(entry_at(loc[:-1]).get("properties", {}))


def _closest_key(loc: Loc) -> str | None:
    return next(iter(get_close_matches(str(loc[-1]), _known_keys(loc), n=1)), None)


def _not_among(loc: Loc, value: Any, tree: Tree) -> tuple[str, str]:
    entry = entry_at(loc)
    choices = entry.get("enum") or [entry.get("const")]
    spelled = tree.spelled.get(loc, value if isinstance(value, str) else "")
    shown = quoted(spelled) if spelled else "this"
    if isinstance(choices[0], int):
        shown = shown if isinstance(value, str) else shown.strip('"')
        return f"{_name(loc)} {shown} is not known", f"write {_name(loc)}: {choices[0]}"
    closest = get_close_matches(f"{spelled}", choices, n=1)
    remedy = closest[0] if closest else " or ".join(choices)
    return f"{_name(loc)} {shown} is not known", f"write {remedy}"


def _limit(kind: str, context: dict[str, Any]) -> str:
    """Words for a value of the right type that is out of bounds."""
    if "ge" in context:
        return f"is below {context['ge']}"
    return "cannot be used"


def _write(loc: Loc, removable: bool = False) -> str:
    entry = entry_at(loc[:-1] if loc and isinstance(loc[-1], int) else loc)
    parent = entry_at(loc[:-1])
    optional = removable and loc and loc[-1] not in parent.get("required", []) and "properties" in parent
    rest = ", or remove the line" if optional else ""
    if "properties" in entry:
        return f"write its keys on lines of their own, indented: {', '.join(entry['properties'])}{rest}"
    return f"write {_assignment(loc)}{rest}"


def _assignment(loc: Loc) -> str:
    """Shows how the key of a value is written, with the example of its description."""
    named = loc[:-1] if loc and isinstance(loc[-1], int) else loc
    entry = entry_at(named)
    example = next(iter(entry.get("examples", [])), None)
    if example is None:
        example = "…" if entry.get("type") != "array" else "[…]"
    return f"{_name(named)}: {example}"


def _value_at(data: Any, loc: Loc) -> Any:
    for step in loc:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return None
    return data
