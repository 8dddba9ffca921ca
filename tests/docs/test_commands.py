"""Every command line of the documentation is run, or is at least one that exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from connector.sandbox.world import World
from tests.docs.reading import ROOT, command_lines, inline_commands, name_of, pages
from tests.docs.stage import Stage, missing
from tools.manual import tree

WITH_COMMANDS = [page for page in pages() if command_lines(page, "connector")]
WITH_PROSE = [page for page in pages() if inline_commands(page)]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    fresh = "<!-- scene: sandbox -->" in page.read_text(encoding="utf-8")
    with World(limits=None, texting=("twilio",)) as world:
        stage = Stage(world, tmp_path, fresh=fresh)
        for line in command_lines(page, "connector"):
            ended = stage.do(line)
            printed = ended.stdout + ended.stderr
            assert "Traceback" not in printed, f"{line}\n{printed}"
            assert "bug of the connector" not in printed, f"{line}\n{printed}"
            assert ended.returncode in line.exits, f"{line}\n{printed}"
            assert missing(line.shown, printed) == [], f"{line}\n{printed}"


@pytest.mark.parametrize("page", WITH_PROSE, ids=name_of)
def test_a_command_that_the_prose_names_exists_with_its_options(page: Path) -> None:
    known = {command.name: command for command in tree.commands()}
    for text in inline_commands(page):
        words = [word for word in shlex.split(text)[1:] if word not in ("…", "...")]
        name = next((n for n in (" ".join(words[:2]), " ".join(words[:1])) if n in known), None)
        if words[0].startswith("--") or (words[0] in ("config", "db") and len(words) == 1):
            continue
        assert name is not None, f"{name_of(page)}: {text}"
        options = {part for one in known[name].options for part in re.findall(r"--[\w-]+", one.shown)} | {"--help"}
        used = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert used - options == set(), f"{name_of(page)}: {text}"


def test_make_is_only_asked_for_what_it_can_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    asked = {line.words()[1] for page in pages() for line in command_lines(page, "make")}
    asked |= {t for page in pages() for t in re.findall(r"`make (\w+)`", page.read_text(encoding="utf-8"))}
    assert asked - targets == set()


def test_pip_installs_what_is_there() -> None:
    for line in [line for page in pages() for line in command_lines(page, "pip")]:
        for word in line.words()[2:]:
            if word.startswith((".", "requirements/")):
                assert (ROOT / re.sub(r"\[.*\]$", "", word)).exists(), str(line)


def test_files_that_are_copied_are_there() -> None:
    copied = [line.words() for page in pages() for line in command_lines(page, "cp")]
    named = {word for words in copied for word in words[1:-1] if word.endswith((".env", ".yaml", ".service"))}
    assert [name for name in sorted(named) if name.count("/") < 2 and not (ROOT / name).exists()] == []


def test_most_pages_have_commands() -> None:
    assert len(WITH_COMMANDS) >= 8
