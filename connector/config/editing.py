"""Changes links and switches of a mapping file where they stand: checked before it is written, never half written."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Mapping as Environment
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.config.environment import read_environment
from connector.config.links import FileLink, Unfit, line_and_column, with_link, without_link
from connector.config.loading import read_mapping
from connector.config.mapping import Mapping, PositionLink
from connector.config.problems import ConfigProblems, Problem
from connector.config.sms import Sms
from connector.config.switching import SECTION, with_switch

_BOM = b"\xef\xbb\xbf"
BACKUP = ".bak"


@dataclass(frozen=True)
class Edit:
    """A change of one file that has been checked and not been written yet."""

    file: Path
    before: bytes
    after: bytes
    #: what the file says once it is written
    mapping: Mapping

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        return self.before != self.after

    def lines(self) -> list[str]:
        """Return the lines that go (`-`) and come (`+`)."""
        before, after = (content.decode("utf-8-sig").splitlines() for content in (self.before, self.after))
        found = difflib.unified_diff(before, after, lineterm="", n=0)
        return [line for line in list(found)[2:] if not line.startswith("@@")]


def plan_edit(
    file: Path,
    links: Sequence[FileLink] = (),
    unlinked: Sequence[str] = (),
    *,
    environ: Environment[str, str] | None = None,
) -> Edit:
    """Return the file with these links, and without those of the positions `unlinked`; writes nothing.

    Raises ConfigProblems where the file cannot be read, or is written in a way that cannot be added to; the message
    then holds the entry to write by hand.
    """
    environ = read_environment() if environ is None else environ
    before = _read(file)
    text = _text(file, before)
    mapping = read_mapping(file, text, environ)
    changed = text
    try:
        for position in unlinked:
            changed = without_link(changed, position)
        for link in links:
            changed = with_link(changed, link)
    except Unfit as exc:
        raise _unfit(file, changed, exc) from None
    result = _checked(file, changed, mapping, links, unlinked, environ)
    return _edit(file, before, changed, result)


def plan_switch(file: Path, key: str, value: str | bool, *, environ: Environment[str, str] | None = None) -> Edit:
    """Return the file with one value of its `sms` section changed; writes nothing. Raises ConfigProblems."""
    environ = read_environment() if environ is None else environ
    before = _read(file)
    text = _text(file, before)
    mapping = read_mapping(file, text, environ)
    if mapping.sms is not None and getattr(mapping.sms, key) == value:
        return Edit(file, before, before, mapping)
    try:
        changed = with_switch(text, key, value)
    except Unfit as exc:
        raise _unfit(file, text, exc) from None
    try:
        after = read_mapping(file, changed, environ)
    except ConfigProblems:
        after = None
    if after is None or not _only_differs(after, mapping, key, value):
        what = "the file is written in a way that cannot be changed safely"
        instead = f"set {key} of {SECTION} by hand"
        raise ConfigProblems([Problem(str(file), 1, 1, what, instead)])
    return _edit(file, before, changed, after)


def write_edit(edit: Edit) -> Path | None:
    """Write the file, as a whole or not at all, and return the copy of how it was; None: there was nothing to write.

    Raises ConfigProblems when the file has changed since it was read, or cannot be written.
    """
    if not edit.changes:
        return None
    # a link is followed: what it points to is replaced, not the link
    file = Path(os.path.realpath(edit.file)) if edit.file.is_symlink() else edit.file
    backup = file.with_name(file.name + BACKUP)
    try:
        _replace(backup, edit.before, file)
        if _read(edit.file) != edit.before:
            what = "the file has changed since it was read"
            raise ConfigProblems([Problem(str(edit.file), 0, 0, what, "run the command again")])
        _replace(file, edit.after, file)
    except OSError as exc:
        what = f"cannot be written ({exc.strerror})"
        raise ConfigProblems([Problem(str(edit.file), 0, 0, what, "make file and folder writable for us")]) from None
    return backup


def _edit(file: Path, before: bytes, changed: str, mapping: Mapping) -> Edit:
    start = _BOM if before.startswith(_BOM) else b""
    return Edit(file, before, start + changed.encode(), mapping)


def _unfit(file: Path, text: str, exc: Unfit) -> ConfigProblems:
    return ConfigProblems([Problem(str(file), *line_and_column(text, exc.index), exc.what, exc.instead)])


def _only_differs(after: Mapping, before: Mapping, key: str, value: str | bool) -> bool:
    """Say whether the changed value is as meant, and everything else as it was."""
    others = (name for name in Mapping.model_fields if name != SECTION)
    if after.sms is None or before.sms is None or any(getattr(after, n) != getattr(before, n) for n in others):
        return False
    keys = (name for name in Sms.model_fields if name != key)
    return getattr(after.sms, key) == value and all(getattr(after.sms, n) == getattr(before.sms, n) for n in keys)


def _checked(
    file: Path,
    text: str,
    before: Mapping,
    links: Sequence[FileLink],
    unlinked: Sequence[str],
    environ: Environment[str, str],
) -> Mapping:
    """Read the changed text as any mapping is read; it must say what was meant, and nothing else may differ."""
    expected = {entry.position: entry for entry in before.positions if entry.position not in unlinked}
    for link in links:
        known = expected.get(link.position)
        switch = link.automatic if link.automatic is not None else known is None or known.automatic
        expected[link.position] = PositionLink(position=link.position, job=link.job, automatic=switch)
    by_hand = ", ".join(link.in_braces() for link in links) or f"without {', '.join(unlinked)}"
    try:
        after = read_mapping(file, text, environ)
    except ConfigProblems:
        after = None
    same = after is not None and all(
        getattr(after, name) == getattr(before, name) for name in Mapping.model_fields if name != "positions"
    )
    if after is None or not same or {entry.position: entry for entry in after.positions} != expected:
        what = "the file is written in a way that cannot be changed safely"
        raise ConfigProblems([Problem(str(file), 1, 1, what, f"change positions by hand: {by_hand}")])
    return after


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        what = f"the file cannot be read ({exc.strerror})"
        raise ConfigProblems([Problem(str(file), 1, 1, what, "make it a file that we may read")]) from None


def _text(file: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigProblems([Problem(str(file), 1, 1, "the file is not UTF-8", "save it as UTF-8")]) from None


def _replace(file: Path, content: bytes, like: Path) -> None:
    """Put a whole file in the place of another, with the permissions of `like`; a crash leaves the old one."""
    # the name begins with a dot: whoever looks for mappings passes it over
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(like, name)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
