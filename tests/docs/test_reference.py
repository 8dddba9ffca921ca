"""The generated pages are those that the code makes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.domain.reasons import NOTES, REASONS
from tests.docs.reading import ROOT, anchors, links, name_of, pages
from tools.manual import tree
from tools.manual.pages import pages as generated
from tools.manual.troubleshooting import TO_WRITE

GENERATED = generated()


@pytest.mark.parametrize("name", GENERATED)
def test_making_a_page_again_changes_nothing(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name], "run `make docs`"


def test_every_command_has_its_section() -> None:
    sections = anchors(ROOT / "docs/reference/commands.md")
    assert [c.name for c in tree.commands() if c.name.replace(" ", "-") not in sections] == []


def test_every_setting_is_on_the_page_and_in_the_example() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    example = (ROOT / "settings.example.env").read_text(encoding="utf-8")
    names = [f"CONNECTOR_{field.upper()}" for field in Settings.model_fields]
    assert [name for name in names if f"| `{name}` |" not in page or f"\n{name}=" not in example] == []


def test_every_reason_and_note_is_on_the_page() -> None:
    page = (ROOT / "docs/reference/reasons.md").read_text(encoding="utf-8")
    assert [code for code in (*REASONS, *NOTES) if f"`{code}`" not in page] == []


def entries() -> dict[str, str]:
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL))


def test_every_reason_has_an_entry_in_troubleshooting_and_no_other_code_has() -> None:
    assert set(entries()) == set(REASONS)


def test_every_entry_says_more_than_the_program_does() -> None:
    written = {code: re.sub(r"^>.*$", "", text, flags=re.MULTILINE).strip() for code, text in entries().items()}
    assert [code for code, text in written.items() if not text or TO_WRITE in text] == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs/README.md"
    seen, left = set(), [index]
    while left:
        page = left.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        left += [(page.parent / target.partition("#")[0]).resolve() for target in links(page) if target[0] != "#"]
        # pages for whoever changes the code are named by their path
        left += [ROOT / name for name in re.findall(r"`(docs/[\w/-]+\.md)`", page.read_text(encoding="utf-8"))]
    assert [name_of(page) for page in pages() if page not in seen] == []


def test_the_man_page_is_roff_that_nothing_is_wrong_with() -> None:
    if shutil.which("groff") is None:
        pytest.skip("no groff here")
    command = ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "docs/connector.1"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    assert [c.name for c in tree.commands() if f"   {c.name}" not in result.stdout] == []


def test_no_line_of_the_man_page_is_a_command_by_accident() -> None:
    known = (".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", '.\\"')
    lines = (ROOT / "docs/connector.1").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith((".", "'")) and line.split()[0] not in known] == []
