"""Each document has the shape that the reference shows: every field, of its type, and no other."""

from __future__ import annotations

import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connector.cli.sandbox import another_starts
from connector.sandbox.world import World
from tests.docs.reading import ROOT, Line
from tests.docs.stage import Stage
from tests.docs.text_stage import TextStage
from tools.manual import tree

PAGE = ROOT / "docs/reference/json.md"
BLOCK = re.compile(r"((?:^<!-- run: [^\n]* -->\n)+)```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHAPES = [
    (run, json.loads(shape))
    for runs, shape in BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for run in re.findall(r"run: (.*) -->", runs)
]
#: lists of which the scene may have nothing to show
MAY_BE_EMPTY = (
    *("pauses", "problems", "notes", "proposals", "groups", "first", "waiting_for", "requires", "lines"),
    *("doubled", "drifted", "media", "messages", "opted_out", "dear", "problems", "errors", "callbacks", "held"),
    *("link_warnings", "listing_faults", "faults"),
)


def differences(shape: Any, value: Any, at: str) -> list[str]:
    """Return where a value is not as its shape says."""
    if isinstance(shape, str):
        return [] if any(fits(kind, value) for kind in shape.split(" | ")) else [f"{at}: {value!r} is not {shape}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at}: not a list"]
        return [d for n, item in enumerate(value) for d in differences(shape[0], item, f"{at}[{n}]")]
    if value is None:
        # a section may be missing as a whole; the page says when
        return []
    if set(shape) == {"*"}:
        return [d for key, item in value.items() for d in differences(shape["*"], item, f"{at}.{key}")]
    known = {key.removesuffix("?"): inner for key, inner in shape.items()}
    found = [f"{at}.{key}: not shown on the page" for key in value if key not in known]
    found += [f"{at}.{key}: not in the document" for key in shape if not key.endswith("?") and key not in value]
    return found + [d for key in known if key in value for d in differences(known[key], value[key], f"{at}.{key}")]


def fits(kind: str, value: Any) -> bool:
    """Say whether a value is of a kind that the page names."""
    if kind == "time":
        return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    if kind in ("any", "null"):
        return kind == "any" or value is None
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"text": str, "boolean": bool}[kind])


def empty_lists(shape: Any, value: Any, at: str) -> list[str]:
    """Return the lists of sections in which nothing stood that could have been compared."""
    if isinstance(shape, list) and isinstance(value, list):
        name = at.rpartition(".")[2]
        bare = [at] if not value and name not in MAY_BE_EMPTY else []
        return bare + [e for item in value for e in empty_lists(shape[0], item, at)]
    if isinstance(shape, dict) and isinstance(value, dict):
        return [e for key in shape if key in value for e in empty_lists(shape[key], value[key], f"{at}.{key}")]
    return []


@pytest.mark.parametrize(("command", "shape"), SHAPES, ids=[run for run, _ in SHAPES])
def test_a_document_is_as_the_page_shows_it(command: str, shape: Any, tmp_path: Path) -> None:
    if command.startswith("sms"):
        compare_texts(command, shape, tmp_path)
        return
    with World(limits=None) as world:
        stage = Stage(world, tmp_path)
        if command.startswith("unlink"):
            assert stage.run("link", "po_20", "5101").returncode == 0
        if command == "status":
            # once a daemon has run, there is more to say
            stage.do(Line(PAGE, 0, "connector run", (0,)))
            world.pinpoint.add_job(title="Odd", require_phone="perhaps")
            assert stage.run("sync").returncode == 0
        another_starts(world, "po_17")
        words = stage.words(Line(PAGE, 0, command, (0,)))
        document = stage.json(*words)
    assert differences(shape, document, command) == []
    assert [key for key in shape if key.endswith("?") and key[:-1] not in document] == []
    assert empty_lists(shape, document, command) == []


def compare_texts(command: str, shape: Any, folder: Path) -> None:
    """Run a command where text messages have gone to and fro, and compare its document."""
    with World(limits=None, texting=("twilio", "clicksend")) as world:
        stage = TextStage(world, folder)
        if "--lift" in command:
            assert stage.run("sms", "optouts", "--add", stage.filled("NUMBER")).returncode == 0
        document = stage.json(*(stage.filled(word) for word in shlex.split(command)))
    assert differences(shape, document, command) == []
    assert empty_lists(shape, document, command) == []


@pytest.mark.parametrize("command", ["status", "export EMAIL", "explain EMAIL", "failures", "history"])
def test_a_document_shows_text_messages_as_the_page_does(command: str, tmp_path: Path) -> None:
    compare_texts(
        command,
        next(shape for run, shape in SHAPES if run == command.replace("explain EMAIL", "explain ADDRESS")),
        tmp_path,
    )


def test_every_command_with_json_is_on_the_page() -> None:
    with_json = [c.name for c in tree.commands() if any(o.shown == "--json" for o in c.options)]
    assert [name for name in with_json if not any(run.split("--")[0].startswith(name) for run, _ in SHAPES)] == []
