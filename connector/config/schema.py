"""The JSON Schema of a mapping file, for editors and for the words of errors, and the shipped example."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from connector.config.mapping import Mapping

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def mapping_schema() -> dict[str, Any]:
    """Returns the JSON Schema of a mapping file; secrets accept `${NAME}` only, as the reader does."""
    schema = Mapping.model_json_schema(by_alias=True)
    for section in (schema, *schema["$defs"].values()):
        for entry in section["properties"].values():
            # Examples are kept as they are typed, for messages; an editor wants the value they stand for.
            if "examples" in entry:
                entry["examples"] = [_as_json(text) for text in entry["examples"]]
            # A whole section as a default helps nobody and repeats what its keys say.
            if isinstance(entry.get("default"), dict):
                del entry["default"]
    return {"$schema": SCHEMA_DIALECT, **schema}


def example_text() -> str:
    """Returns the shipped example of a mapping file, comments included."""
    return files("connector.config").joinpath("example.yaml").read_text(encoding="utf-8")


def entry_at(loc: tuple[str | int, ...]) -> dict[str, Any]:
    """Returns the schema of one key, such as `("ats", "url")`; empty where the format knows no such key."""
    node = _resolved(_raw_schema())
    for step in loc:
        if isinstance(step, int):
            child = node.get("items")
        else:
            child = node.get("properties", {}).get(step) or node.get("additionalProperties")
        if not isinstance(child, dict):
            return {}
        node = _resolved(child)
    return node


def sections_with(key: str) -> list[str]:
    """Returns the names of the sections that know a key, the file's own level left out."""
    top = _raw_schema()["properties"]
    return [name for name in top if key in _resolved(top[name]).get("properties", {})]


def _as_json(text: str) -> Any:
    value = YAML(typ="safe", pure=True).load(text)
    return text if isinstance(value, date) else value


@cache
def _raw_schema() -> dict[str, Any]:
    return Mapping.model_json_schema(by_alias=True)


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follows references, and takes the side of an optional value that is not null."""
    choices = [choice for choice in node.get("anyOf", []) if choice.get("type") != "null"]
    if choices:
        node = {**_resolved(choices[0]), **{key: value for key, value in node.items() if key != "anyOf"}}
    if "$ref" in node:
        target = _raw_schema()["$defs"][node["$ref"].rsplit("/", 1)[1]]
        node = {**_resolved(target), **{key: value for key, value in node.items() if key != "$ref"}}
    return node
