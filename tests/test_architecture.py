"""The shape of the code: what the architecture page promises, held to the files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
#: the doors for writes to other systems, and the methods that nothing else may call
DOOR = "connector/flows/perform.py"
WRITES = {"create_application", "add_details", "add_comment", "submit", "acknowledge", "put_listing", "delist"}
WRITES |= {"create_sub_account", "buy_number"}
LONGEST_MODULE = 400


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def shown(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def calls(file: Path) -> Iterator[ast.Attribute]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def paths_named(page: str) -> set[str]:
    spans = re.findall(r"`([\w.-]+(?:/[\w.-]*)+)`", page)
    return {path for path in spans if path.endswith(("/", ".py", ".md", ".yaml")) or (ROOT / path).parent.is_dir()}


def test_every_path_that_the_architecture_page_names_exists() -> None:
    named = paths_named(PAGE.read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_every_room_is_on_the_architecture_page() -> None:
    rooms = {f"connector/{entry.name}/" for entry in (ROOT / "connector").iterdir() if (entry / "__init__.py").exists()}
    assert rooms - paths_named(PAGE.read_text(encoding="utf-8")) == set()


def test_the_import_contracts_are_kept() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_only_the_door_writes_to_other_systems() -> None:
    rooms = python_files("connector/flows", "connector/cli", "connector/web")
    outside = [*rooms, ROOT / "connector/app.py", ROOT / "connector/scheduler.py"]
    found = [
        f"{shown(file)}: {call.attr}"
        for file in outside
        for call in calls(file)
        if shown(file) != DOOR
        and (call.attr in WRITES or (call.attr == "send" and isinstance(call.value, ast.Attribute)))
        # work handed to a pool of threads is no write
        and not (isinstance(call.value, ast.Name) and call.value.id == "pool")
    ]
    assert found == []


def test_the_door_is_where_it_is_said_to_be() -> None:
    called = {call.attr for call in calls(ROOT / DOOR)}
    assert {"create_application", "add_details", "send", "add_comment", "submit", "acknowledge"} <= called


def test_deciding_knows_no_clock_and_logs_nothing() -> None:
    pure = python_files("connector/domain", "connector/rules")
    asked = [shown(file) for file in pure for call in calls(file) if call.attr in {"now", "utcnow", "today", "sleep"}]
    assert asked == []


@pytest.mark.parametrize("file", python_files("connector"), ids=shown)
def test_a_module_is_named_by_what_it_is_about(file: Path) -> None:
    assert file.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    # a name of the standard library is a trap for whoever runs a file from its folder
    assert file.stem not in sys.stdlib_module_names or file.stem == "__future__"


@pytest.mark.parametrize("file", python_files("connector", "tests", "benchmarks"), ids=shown)
def test_no_module_is_longer_than_can_be_read_at_a_sitting(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("file", [f for f in python_files("connector") if f.read_text().strip()], ids=shown)
def test_every_module_begins_by_saying_what_it_is(file: Path) -> None:
    assert ast.get_docstring(tree(file))


def test_one_module_knows_the_http_library() -> None:
    knows = [shown(file) for file in python_files("connector") if any(n.startswith("httpx") for n in imports(file))]
    assert knows == ["connector/rest/transport.py"]


def test_only_the_store_opens_a_database() -> None:
    knows = {shown(file) for file in python_files("connector") if {"sqlalchemy", "sqlite3"} & set(imports(file))}
    assert {file for file in knows if not file.startswith("connector/store/")} == set()


def test_the_sandbox_imports_nothing_else_of_the_connector() -> None:
    found = [
        f"{shown(file)}: {name}"
        for file in python_files("connector/sandbox")
        for name in imports(file)
        if name.startswith("connector") and not name.startswith("connector.sandbox")
    ]
    assert found == []


def test_surprises_are_caught_in_two_places_only() -> None:
    found = {
        shown(file)
        for file in python_files("connector/domain", "connector/rules", "connector/flows", "connector/store")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception"
    }
    assert found <= {DOOR}


#: folders of one machine: they mean nothing on another
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:home|Users|work|root|mnt|tmp/[a-z]+)/\w")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    texts = (".py", ".md", ".yaml", ".yml", ".toml", ".json", ".txt", ".env", ".cfg", ".service")
    return [ROOT / name for name in listed.stdout.splitlines() if name.endswith(texts) and (ROOT / name).is_file()]


def test_no_file_speaks_of_a_folder_of_one_machine() -> None:
    found = [shown(file) for file in tracked() if MACHINE_PATHS.search(file.read_text(encoding="utf-8"))]
    assert found == []


def test_only_invented_people_are_mentioned() -> None:
    address = re.compile(r"[\w.+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|io|co\.uk))\b", re.IGNORECASE)
    hosts = {host.lower() for file in tracked() for host in address.findall(file.read_text(encoding="utf-8"))}
    assert {host for host in hosts if "example" not in host.split(".")} == set()
