"""Changed files are noticed whatever an editor does to them, and not before it has done with them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.cli.watching import Watch


class Desk:
    """A folder with a mapping file, a clock, and a watch over it."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.folder = folder
        (folder / "mappings").mkdir()
        self.mapping = folder / "mappings" / "harbourline.yaml"
        self.mapping.write_text("company: harbourline")
        self.watch = Watch(folder / "mappings", lambda: self.now)

    def after(self, seconds: float) -> bool:
        """Look after a while."""
        self.now += seconds
        return self.watch.changed()

    def noticed(self) -> bool:
        """Look twice, with time enough in between."""
        self.after(1.0)
        return self.after(1.0)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return Desk(tmp_path)


def replaced(desk: Desk) -> None:
    """As most editors save."""
    beside = desk.folder / "mappings" / ".harbourline.yaml.swp"
    beside.write_text("company: harbourside")
    beside.replace(desk.mapping)


def same_size_and_time(desk: Desk) -> None:
    before = desk.mapping.stat()
    desk.mapping.write_text("company: harbourlime")
    os.utime(desk.mapping, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: list[Callable[[Desk], object]] = [
    lambda desk: desk.mapping.write_text("company: quayside"),
    replaced,
    same_size_and_time,
    lambda desk: desk.mapping.unlink(),
    lambda desk: (desk.folder / "mappings" / "quayside.yaml").write_text("company: quayside"),
    lambda desk: (desk.folder / "settings.env").write_text("PINPOINT_KEY=another"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed_once(desk: Desk, change: Callable[[Desk], object]) -> None:
    assert not desk.noticed()
    change(desk)
    assert desk.noticed()
    assert desk.watch.take()
    assert not desk.noticed()


def test_a_file_that_is_being_written_is_left_until_it_has_been_still_for_a_second(desk: Desk) -> None:
    for text in ("company:", "company: q", "company: quayside"):
        desk.mapping.write_text(text)
        assert not desk.after(0.5)
    assert not desk.after(0.5)
    assert desk.after(0.5)


def test_what_changes_while_it_is_read_is_not_taken(desk: Desk) -> None:
    desk.mapping.write_text("company: quay")
    assert desk.noticed()
    desk.mapping.write_text("company: quayside")
    assert not desk.watch.take()
    assert not desk.after(0.5)
    assert desk.after(1.0)
    assert desk.watch.take()


def test_a_change_that_is_taken_back_is_none(desk: Desk) -> None:
    extra = desk.folder / "mappings" / "quayside.yaml"
    extra.write_text("company: quayside")
    desk.after(0.5)
    extra.unlink()
    assert not desk.noticed()


def test_files_that_are_no_mappings_are_no_news(desk: Desk) -> None:
    for name in (".harbourline.yaml.swp", "4913", "harbourline.yaml~", "_old.yaml", "example.yaml"):
        (desk.folder / "mappings" / name).write_text("anything")
    assert not desk.noticed()


def test_a_file_with_a_secret_is_noticed_wherever_its_name_stands(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = desk.folder / "token", desk.folder / "key"
    first.write_text("one")
    second.write_text("one")
    monkeypatch.setenv("CORD_TOKEN_FILE", str(first))
    (desk.folder / "settings.env").write_text(f"PINPOINT_KEY_FILE={second}\n")
    assert desk.noticed()
    desk.watch.take()
    for file in (first, second):
        file.write_text("two")
        assert desk.noticed()
        desk.watch.take()


def test_a_secret_behind_a_link_is_noticed_when_the_link_leads_elsewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As containers swap mounted secrets."""
    credentials = desk.folder / "credentials"
    for generation in ("first", "second"):
        (credentials / generation).mkdir(parents=True)
        (credentials / generation / "PINPOINT_KEY").write_text(generation)
    current = credentials / "current"
    current.symlink_to("first")
    (credentials / "PINPOINT_KEY").symlink_to("current/PINPOINT_KEY")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    watch = Watch(desk.folder / "mappings", lambda: desk.now)
    following = credentials / "following"
    following.symlink_to("second")
    following.replace(current)
    desk.watch = watch
    assert desk.noticed()


def test_a_folder_that_is_gone_is_noticed(desk: Desk) -> None:
    (desk.folder / "mappings").rename(desk.folder / "elsewhere")
    assert desk.noticed()
