"""Editing links in a mapping file: only their own lines change, nothing is half written, nothing is guessed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.config.editing import plan_edit, write_edit
from connector.config.links import FileLink, with_link, without_link
from connector.config.problems import ConfigProblems

HEAD = """\
# ours
version: 1
company: harbourline   # short
source: {platform: cord, base_url: "https://cord.example", token: "${CORD_TOKEN}"}
ats:
  platform: pinpoint
  url: 'https://harbourline.pinpointhq.com'
  api_key: ${PINPOINT_KEY}
"""
TAIL = "\n# the rest\nfollow_source_links: true  # as it was\n"
ENVIRON = {"CORD_TOKEN": "made-up", "PINPOINT_KEY": "made-up-too"}
LISTED = """\
positions:
  # engineers
  - position: po_17
    job: "5101"   # backend
  # designers

  - {position: po_18, job: '5102', automatic: false}
"""


def file_of(folder: Path, text: str | bytes) -> Path:
    file = folder / "harbourline.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def linked(folder: Path, text: str | bytes, *links: FileLink) -> str:
    edit = plan_edit(file_of(folder, text), links, environ=ENVIRON)
    write_edit(edit)
    return edit.file.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("positions:\n", 'positions:\n  - position: po_19\n    job: "5103"\n'),
        ("positions: []\n", 'positions:\n  - position: po_19\n    job: "5103"\n'),
        ("positions: null  # none\n", 'positions:  # none\n  - position: po_19\n    job: "5103"\n'),
        (
            'positions:\n- position: po_1\n  job: "1"\n# end\n',
            'positions:\n- position: po_1\n  job: "1"\n- position: po_19\n  job: "5103"\n# end\n',
        ),
        (
            "positions:\n    -   position: po_1\n        job: '1' # c\n",
            "positions:\n    -   position: po_1\n        job: '1' # c\n"
            '    -   position: po_19\n        job: "5103"\n',
        ),
        (
            'positions:\n  - {position: po_1, job: "1"}\n',
            'positions:\n  - {position: po_1, job: "1"}\n  - {position: po_19, job: "5103"}\n',
        ),
        (
            "positions:\n  # - position: po_17\n  #   job: '5101'\n",
            "positions:\n  - position: po_19\n    job: \"5103\"\n  # - position: po_17\n  #   job: '5101'\n",
        ),
    ],
)
@pytest.mark.parametrize("tail", ["", TAIL])
def test_a_new_link_is_written_as_its_neighbours_are(tmp_path: Path, before: str, after: str, tail: str) -> None:
    assert linked(tmp_path, HEAD + before + tail, FileLink("po_19", "5103")) == HEAD + after + tail


def test_a_file_without_positions_gets_them_at_its_end(tmp_path: Path) -> None:
    expected = HEAD + '\npositions:\n  - position: po_19\n    job: "5103"\n    automatic: false\n'
    assert linked(tmp_path, HEAD, FileLink("po_19", "5103", automatic=False)) == expected


def test_a_file_without_a_last_line_end_gets_none(tmp_path: Path) -> None:
    before = HEAD + 'positions:\n  - position: po_1\n    job: "1"'
    assert linked(tmp_path, before, FileLink("po_19", "5103")) == before + '\n  - position: po_19\n    job: "5103"'


def test_windows_line_ends_and_the_mark_at_the_beginning_stay(tmp_path: Path) -> None:
    before = "\ufeff" + (HEAD + LISTED + TAIL).replace("\n", "\r\n")
    after = linked(tmp_path, before, FileLink("po_19", "5103"))
    assert after.count("\n") == after.count("\r\n") == before.count("\r\n") + 1
    assert after.startswith("\ufeff#")


@pytest.mark.parametrize(
    ("position", "line"), [("po_17", '    job: "6000"   # backend'), ("po_18", "job: '6000', automatic: false}")]
)
def test_another_job_takes_the_place_of_the_old_one_in_its_quotes(tmp_path: Path, position: str, line: str) -> None:
    before = HEAD + LISTED + TAIL
    after = linked(tmp_path, before, FileLink(position, "6000"))
    assert line in after
    assert after.replace("6000", "5101" if position == "po_17" else "5102") == before


@pytest.mark.parametrize(
    ("position", "automatic", "line"),
    [
        ("po_17", False, '    job: "5101"   # backend\n    automatic: false\n'),
        ("po_18", True, "{position: po_18, job: '5102', automatic: true}"),
    ],
)
def test_the_switch_of_one_link_is_set(tmp_path: Path, position: str, automatic: bool, line: str) -> None:
    job = "5101" if position == "po_17" else "5102"
    assert line in linked(tmp_path, HEAD + LISTED + TAIL, FileLink(position, job, automatic))


def test_several_links_are_written_at_once(tmp_path: Path) -> None:
    edit = plan_edit(
        file_of(tmp_path, HEAD + LISTED + TAIL), [FileLink("po_19", "1"), FileLink("po_20", "2")], environ=ENVIRON
    )
    assert [(p.position, p.job) for p in edit.mapping.positions][2:] == [("po_19", "1"), ("po_20", "2")]


def test_a_link_that_stands_there_already_changes_nothing(tmp_path: Path) -> None:
    edit = plan_edit(file_of(tmp_path, HEAD + LISTED), [FileLink("po_17", "5101")], environ=ENVIRON)
    assert (edit.changes, write_edit(edit)) == (False, None)


def test_unlinking_takes_the_entry_and_leaves_the_comments(tmp_path: Path) -> None:
    edit = plan_edit(file_of(tmp_path, HEAD + LISTED + TAIL), unlinked=["po_17"], environ=ENVIRON)
    gone = '  - position: po_17\n    job: "5101"   # backend\n'
    assert edit.after.decode() == (HEAD + LISTED + TAIL).replace(gone, "")
    assert edit.lines() == ["-  - position: po_17", '-    job: "5101"   # backend']


@pytest.mark.parametrize(
    "text",
    [
        HEAD + 'positions: [{position: po_1, job: "1"}]\n',
        HEAD + "positions: [  # none yet\n]\n",
        '{"version": 1, "company": "h", "source": {"platform": "cord", "base_url": "https://cord.example", '
        '"token": "${CORD_TOKEN}"}, "ats": {"platform": "pinpoint", "url": "https://h.example", '
        '"api_key": "${PINPOINT_KEY}"}}\n',
    ],
)
def test_what_stands_in_brackets_is_left_alone_and_the_entry_shown(tmp_path: Path, text: str) -> None:
    file = file_of(tmp_path, text)
    with pytest.raises(ConfigProblems) as caught:
        plan_edit(file, [FileLink("po_19", "5103")], environ=ENVIRON)
    assert '{position: po_19, job: "5103"}' in str(caught.value)
    assert file.read_text() == text


def test_an_entry_in_brackets_is_not_taken_out(tmp_path: Path) -> None:
    file = file_of(tmp_path, HEAD + 'positions: [{position: po_1, job: "1"}]\n')
    with pytest.raises(ConfigProblems, match="take the entry of po_1 out by hand"):
        plan_edit(file, unlinked=["po_1"], environ=ENVIRON)


def test_a_file_with_tabs_is_refused_with_the_place(tmp_path: Path) -> None:
    file = file_of(tmp_path, HEAD + "positions:\n\t- position: po_1\n")
    with pytest.raises(ConfigProblems, match=r"harbourline.yaml:10:1: a tab"):
        plan_edit(file, [FileLink("po_19", "5103")], environ=ENVIRON)


def test_a_change_that_would_say_something_else_is_refused(tmp_path: Path) -> None:
    # behind the end of a document nothing can be added
    file = file_of(tmp_path, HEAD + "...\n")
    with pytest.raises(ConfigProblems, match="by hand"):
        plan_edit(file, [FileLink("po_19", "5103")], environ=ENVIRON)


def test_the_file_as_it_was_is_kept_beside_it(tmp_path: Path) -> None:
    file = file_of(tmp_path, HEAD)
    file.chmod(0o640)
    backup = write_edit(plan_edit(file, [FileLink("po_19", "5103")], environ=ENVIRON))
    assert backup == tmp_path / "harbourline.yaml.bak"
    assert backup.read_text() == HEAD
    assert [oct(each.stat().st_mode & 0o777) for each in (file, backup)] == ["0o640", "0o640"]
    assert sorted(os.listdir(tmp_path)) == ["harbourline.yaml", "harbourline.yaml.bak"]


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = file_of(tmp_path, HEAD)
    edit = plan_edit(file, [FileLink("po_19", "5103")], environ=ENVIRON)
    file.write_text(HEAD + "# mine\n")
    with pytest.raises(ConfigProblems, match="has changed since it was read"):
        write_edit(edit)
    assert file.read_text() == HEAD + "# mine\n"


def test_a_linked_file_is_changed_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = file_of(tmp_path / "real", HEAD)
    (tmp_path / "harbourline.yaml").symlink_to(real)
    write_edit(plan_edit(tmp_path / "harbourline.yaml", [FileLink("po_19", "5103")], environ=ENVIRON))
    assert (tmp_path / "harbourline.yaml").is_symlink()
    assert "po_19" in real.read_text()


_COMMENT = st.sampled_from(["", "# a comment\n", "  # indented - with: colons\n", "\n", "    # deep\n\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A mapping file with a list of links in one of the ways people write it."""
    indent, gap = draw(st.sampled_from(["", " ", "  ", "      "])), draw(st.sampled_from([" ", "   "]))
    text = HEAD + draw(_COMMENT) + "positions:" + draw(st.sampled_from(["", "  # links"])) + "\n"
    for number in range(draw(st.integers(1, 4))):
        quote, end = draw(st.sampled_from(["'", '"'])), draw(st.sampled_from(["", "  # trailing"]))
        job = f"{quote}{5100 + number}{quote}"
        text += draw(_COMMENT)
        if draw(st.booleans()):
            text += f"{indent}-{gap}{{position: po_{number}, job: {job}}}{end}\n"
        else:
            inner = " " * (len(indent) + 1 + len(gap))
            text += f"{indent}-{gap}position: po_{number}{end}\n{inner}job: {job}{end}\n"
    text += draw(_COMMENT) + draw(st.sampled_from(["", TAIL]))
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@settings(max_examples=200, deadline=None)
@given(texts())
def test_linking_and_unlinking_leaves_every_byte_as_it_was(text: str) -> None:
    changed = with_link(text, FileLink("po_new", "77"))
    assert "po_new" in changed
    assert without_link(changed, "po_new") == text


@settings(max_examples=100, deadline=None)
@given(texts())
def test_what_is_edited_can_be_read_and_says_what_is_meant(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = file_of(tmp_path_factory.mktemp("edited"), text)
    edit = plan_edit(file, [FileLink("po_new", "77"), FileLink("po_0", "99")], environ=ENVIRON)
    jobs = {entry.position: entry.job for entry in edit.mapping.positions}
    assert (jobs["po_new"], jobs["po_0"]) == ("77", "99")
    assert edit.after.count(b"#") == edit.before.count(b"#")
