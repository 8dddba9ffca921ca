"""Whatever is typed, in an empty folder: words and an exit code that the documentation names, never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.cli.main import run
from tests.cli.desk import logging_restored
from tools.manual import tree
from tools.manual.pages import EXIT_CODES

#: these begin to serve as soon as the line is right, so each gets one option that no command has
ENDLESS = ("demo", "sandbox")
COMMANDS = tree.commands()
#: `--install-completion` writes into the home folder of whoever runs the tests
OPTIONS = sorted({part for c in COMMANDS for one in c.options for part in re.findall(r"--?[a-z][a-z-]*", one.shown)})
ODD = (
    *(
        "",
        " ",
        "-",
        "--",
        "---",
        "=",
        "--=",
        "\x01",
        "\x1b[31m",
        "\n",
        "\r\n",
        "\u202e",
        "\ufeff",
        "\udc80",
        "é",
        "候",
        "🙂",
    ),
    *(".", "..", "/", "%s", "%(x)s", "{}", "{0}", "${HOME}", "$(id)", "`id`", "'", '"', "\\", "*", "?", "~"),
    *("0", "-1", "1e999", "nan", "99999999999999999999999999", "2026-02-30", "2026-11-01", "9999-12-31T23:59:59-23:59"),
    *(
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///x?y=z",
        "postgres://",
        "postgresql://\x7f",
        "mysql://h/d",
    ),
    *("harbourline", "po_17", "5101", "cv_1", "ana@example.com", "@", "a@", "sent", "done", "debug", "json"),
)
#: a command line holds no NUL, and of surrogates only those that stand for bytes that are no UTF-8
CHARACTERS = st.characters(exclude_characters="\x00", exclude_categories=["Cs"]) | st.characters(
    min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"]
)
VALUES = st.sampled_from(ODD) | st.text(CHARACTERS, max_size=12) | st.integers().map(str) | st.floats().map(str)
FLAGS = st.sampled_from(OPTIONS) | st.builds("{}={}".format, st.sampled_from(OPTIONS), VALUES)
NAMES = st.sampled_from([c.name for c in COMMANDS] + ["config", "db", "snyc"])
LINES = st.tuples(NAMES, st.lists(FLAGS | VALUES, max_size=6))


#: these ask the ledger alone, and get to it once there is a mapping file
LEDGER_COMMANDS = ("status", "explain", "history", "failures", "retry", "drop", "export", "forget", "config show")
MAPPING = """\
version: 1
company: harbourline
source: {platform: cord, base_url: "http://127.0.0.1:9", token: "${KEY}"}
ats: {platform: pinpoint, url: "http://127.0.0.1:9", api_key: "${KEY}"}
"""


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a mapping file, whose platforms nobody answers for."""
    folder = tmp_path_factory.mktemp("set-up")
    (folder / "mappings").mkdir()
    (folder / "mappings" / "harbourline.yaml").write_text(MAPPING)
    (folder / "settings.env").write_text("KEY=canary-1\n")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


def typed(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run a line as `connector` would; returns the exit code and everything printed."""
    printed = io.StringIO()
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "CONNECTOR_LISTEN": "127.0.0.1:0"}
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        logging_restored(),
    ):
        return run(arguments), printed.getvalue()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line=LINES)
@example(line=("db upgrade", ["--database", "sqlite:///\udc80"]))
@example(line=("db upgrade", ["--database", "postgresql://\udc80"]))
@example(line=("db upgrade", ["--database", "postgresql://a..b/c"]))
@example(line=("status", ["--mappings", "\x7f"]))
@example(line=("status", ["--mappings", "\udc80"]))
@example(line=("history", ["--since", "9999-12-31T23:59:59-23:59"]))
@example(line=("retry", ["99999999999999999999999999"]))
def test_any_command_line_is_answered_in_words(line: tuple[str, list[str]], folder: Path) -> None:
    name, arguments = line
    bar = ["--no-such-option"] if name in ENDLESS else []
    code, printed = typed([*name.split(), *bar, *arguments], folder)
    assert code in EXIT_CODES
    assert "Traceback" not in printed
    assert "this is a bug of the connector" not in printed


@settings(max_examples=100, deadline=None)
@given(arguments=st.lists(VALUES, max_size=4))
def test_any_words_are_answered_in_words(arguments: list[str], folder: Path) -> None:
    code, printed = typed(arguments, folder)
    assert code in EXIT_CODES
    assert "Traceback" not in printed
    assert "this is a bug of the connector" not in printed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(LEDGER_COMMANDS),
    values=st.lists(VALUES.filter(lambda value: not value.startswith("-")), max_size=2),
    flags=st.lists(st.sampled_from(["--json", "--yes", "--plan", "--completely", "--set", "--no-color"]), max_size=2),
)
@example(name="retry", values=["99999999999999999999999999"], flags=[])
@example(name="drop", values=["9223372036854775808"], flags=[])
def test_whatever_the_ledger_is_asked_it_answers_in_words(
    name: str, values: list[str], flags: list[str], set_up: Path
) -> None:
    code, printed = typed([*name.split(), *flags, *values], set_up)
    assert code in EXIT_CODES
    assert "Traceback" not in printed
    assert "this is a bug of the connector" not in printed
    assert "canary" not in printed
