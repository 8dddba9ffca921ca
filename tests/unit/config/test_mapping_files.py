"""A folder of mapping files: which are read, and what is said where none can be."""

from pathlib import Path

import pytest

from connector.config.loading import load_mappings
from connector.config.problems import ConfigProblems

MAPPING = """\
version: 1
company: {company}
source: {{platform: cord, base_url: "https://cord.example", token: "${{TOKEN}}"}}
ats: {{platform: pinpoint, url: "https://a.pinpointhq.com", api_key: "${{TOKEN}}"}}
"""
SECRETS = {"TOKEN": "t"}


def write(folder: Path, name: str, company: str) -> Path:
    file = folder / name
    file.write_text(MAPPING.format(company=company))
    return file


def message(folder: Path, company: str | None = None) -> str:
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(folder, company, environ=SECRETS)
    return str(caught.value).replace(f"{folder}/", "").replace(str(folder), "DIR")


def companies(folder: Path, company: str | None = None) -> list[str]:
    return [mapping.company for mapping in load_mappings(folder, company, environ=SECRETS)]


def test_all_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", "alba")
    write(tmp_path, "a.yaml", "borea")
    assert companies(tmp_path) == ["borea", "alba"]


def test_mapping_knows_its_file(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", "alba")
    assert load_mappings(tmp_path, environ=SECRETS)[0].file == file


def test_one_company_can_be_picked(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "alba")
    write(tmp_path, "b.yaml", "borea")
    assert companies(tmp_path, "borea") == ["borea"]


def test_mistakes_of_other_companies_do_not_stop_the_picked_one(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "alba")
    write(tmp_path, "b.yaml", "borea\nnonsense: 1")
    assert companies(tmp_path, "alba") == ["alba"]


def test_unknown_company_gets_the_known_ones(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "alba")
    assert message(tmp_path, "albe") == 'DIR: no mapping is of company "albe", use one of alba'


def test_example_and_files_set_aside_are_not_read(tmp_path: Path) -> None:
    for name in ("example.yaml", ".a.yaml", "_b.yaml", "notes.txt"):
        (tmp_path / name).write_text("- nonsense")
    write(tmp_path, "a.yaml", "alba")
    assert companies(tmp_path) == ["alba"]


def test_missing_folder_is_told_how_to_begin(tmp_path: Path) -> None:
    expected = "DIR: there is no such folder, copy mappings/example.yaml to <company>.yaml and edit it"
    assert message(tmp_path / "none") == expected


def test_folder_with_nothing_but_the_example_is_told_how_to_begin(tmp_path: Path) -> None:
    (tmp_path / "example.yaml").write_text("")
    expected = "DIR: there is no mapping file in this folder, copy mappings/example.yaml to <company>.yaml and edit it"
    assert message(tmp_path) == expected


def test_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "a.yaml", "alba")
    assert message(file).startswith("DIR: this is a file, not a folder, ")


def test_company_in_two_files_names_both(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "alba")
    write(tmp_path, "b.yaml", "alba")
    expected = 'b.yaml:2:10: company "alba" has a file already: a.yaml:2, give each company one file and one name'
    assert message(tmp_path) == expected


def test_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "Alba")
    write(tmp_path, "b.yaml", "borea\n\tx: 1")
    (tmp_path / "c.yml").write_text("")
    places = [line.split(": ")[0] for line in message(tmp_path).splitlines()]
    assert places == ["a.yaml:2:10", "b.yaml:3:1", "c.yml:1:1"]


def test_other_ending_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", "alba")
    assert message(tmp_path) == "a.yml:1:1: the name ends in .yml, rename the file to a.yaml"


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    expected = "a.yaml:1:1: the file cannot be read (Is a directory), make it a file that we may read"
    assert message(tmp_path) == expected


def test_file_in_another_encoding_is_told_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"version: 1\ncompany: caf\xe9\n")
    assert message(tmp_path) == "a.yaml:2:13: the file is not UTF-8, save it as UTF-8"


def test_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + MAPPING.format(company="alba").encode())
    assert companies(tmp_path) == ["alba"]
