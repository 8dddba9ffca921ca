"""Switching text messages in a mapping file: one value changes, everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.config import editing
from connector.config.editing import plan_switch, write_edit
from connector.config.problems import ConfigProblems

HEAD = """\
version: 1
company: harbourline   # short
source: {platform: cord, base_url: "https://cord.example", token: "${CORD_TOKEN}"}
ats: {platform: pinpoint, url: "https://harbourline.pinpointhq.com", api_key: "${PINPOINT_KEY}"}
"""
ACCOUNTS = """\
  providers:
    # theirs
    plivo: {auth_id: MA1, auth_token: "${KEY}", numbers: ["+442079460123"]}
    clicksend: {username: u, api_key: "${KEY}", numbers: ["+442079460124"]}
  routing: {default: plivo}
"""
ENVIRON = {"CORD_TOKEN": "made-up", "PINPOINT_KEY": "made-up-too", "KEY": "made-up-as-well"}
FLOW = "sms: {providers: {plivo: {auth_id: MA1, auth_token: '${KEY}', numbers: ['+442079460123']}}, provider: plivo}\n"


def switched(folder: Path, text: str, key: str, value: str | bool) -> str:
    file = folder / "harbourline.yaml"
    file.write_bytes((HEAD + text).encode())
    edit = plan_switch(file, key, value, environ=ENVIRON)
    write_edit(edit)
    assert getattr(edit.mapping.sms, key) == value
    written = file.read_bytes().decode()
    assert written.startswith(HEAD)
    return written.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("sms:\n  provider: plivo  # cheap\n", "provider", "clicksend", "sms:\n  provider: clicksend  # cheap\n"),
        ('sms:\n  provider: "plivo"\n', "provider", "clicksend", 'sms:\n  provider: "clicksend"\n'),
        ("sms:\n  provider:\n", "provider", "plivo", "sms:\n  provider: plivo\n"),
        ("sms:\n  provider: null # none\n", "provider", "plivo", "sms:\n  provider: plivo # none\n"),
        ("sms:\n  # switch\n  enabled: true\n", "enabled", False, "sms:\n  # switch\n  enabled: false\n"),
        ("sms:\n  # accounts\n", "enabled", False, "sms:\n  # accounts\n  enabled: false\n"),
    ],
)
def test_only_the_value_changes(before: str, key: str, value: str | bool, after: str, tmp_path: Path) -> None:
    assert switched(tmp_path, before + ACCOUNTS, key, value) == after + ACCOUNTS


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    text = ("sms:\n" + ACCOUNTS).replace("\n", "\r\n")
    file = tmp_path / "harbourline.yaml"
    file.write_bytes(HEAD.replace("\n", "\r\n").encode() + text.encode())
    write_edit(plan_switch(file, "enabled", False, environ=ENVIRON))
    assert file.read_bytes().decode().count("\n") == file.read_bytes().decode().count("\r\n")
    assert b"sms:\r\n  enabled: false\r\n  providers:" in file.read_bytes()


def test_a_section_in_braces_gets_the_key_too(tmp_path: Path) -> None:
    assert switched(tmp_path, FLOW, "enabled", False) == FLOW.replace("{providers", "{enabled: false, providers", 1)


def test_what_is_so_already_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "harbourline.yaml"
    file.write_text(HEAD + "sms:\n" + ACCOUNTS, encoding="utf-8")
    edit = plan_switch(file, "enabled", True, environ=ENVIRON)
    assert not edit.changes
    assert write_edit(edit) is None


@pytest.mark.parametrize("text", ["", "sms: {}\n", "sms:\n"])
def test_where_there_is_nothing_to_switch_it_says_what_to_write(text: str, tmp_path: Path) -> None:
    file = tmp_path / "harbourline.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(ConfigProblems) as refused:
        plan_switch(file, "enabled", False, environ=ENVIRON)
    assert refused.value.problems[0].instead
    assert file.read_text(encoding="utf-8") == HEAD + text


def test_a_provider_without_an_account_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "harbourline.yaml"
    file.write_text(HEAD + "sms:\n" + ACCOUNTS, encoding="utf-8")
    with pytest.raises(ConfigProblems):
        plan_switch(file, "provider", "twilio", environ=ENVIRON)
    assert file.read_text(encoding="utf-8") == HEAD + "sms:\n" + ACCOUNTS


def test_an_edit_that_would_change_something_else_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "harbourline.yaml"
    file.write_text(HEAD + "sms:\n" + ACCOUNTS, encoding="utf-8")
    slipped = "smart_encoding: true\n  enabled: false"
    monkeypatch.setattr(editing, "with_switch", lambda text, *_: text.replace("  routing", f"  {slipped}\n  routing"))
    with pytest.raises(ConfigProblems, match="cannot be changed safely"):
        plan_switch(file, "enabled", False, environ=ENVIRON)
