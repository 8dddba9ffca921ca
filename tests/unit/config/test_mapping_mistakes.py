"""Each realistic mistake gets its exact text: place, what is wrong, what to write instead."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from connector.config.loading import load_mappings
from connector.config.problems import ConfigProblems

TABLE: dict[str, Any] = YAML(typ="safe", pure=True).load(Path(__file__).with_name("mistakes.yaml"))
SECRETS = {"CORD_TOKEN": "canary-5", "PINPOINT_KEY": "canary-6", "SID": "AC1", "SMS_TOKEN": "canary-7"}


def message(folder: Path, text: str) -> str:
    (folder / "h.yaml").write_text(text)
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(folder, environ=SECRETS)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("mistake", TABLE["mistakes"], ids=lambda mistake: mistake["name"])
def test_mistake_is_explained_in_these_words(mistake: dict[str, str], tmp_path: Path) -> None:
    text = TABLE["base"].replace(mistake["change"], mistake["into"]) if mistake["change"] else mistake["into"]
    assert message(tmp_path, text) == mistake["expected"].rstrip("\n")


def test_base_of_the_table_is_without_mistakes(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text(TABLE["base"])
    assert [mapping.company for mapping in load_mappings(tmp_path, environ=SECRETS)] == ["harbourline"]


def test_problems_carry_their_place_as_fields(tmp_path: Path) -> None:
    (tmp_path / "h.yaml").write_text(TABLE["base"].replace("30s", "30"))
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(tmp_path, environ=SECRETS)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / "h.yaml"), 12, 15)


def test_message_stays_on_one_line_whatever_a_key_holds(tmp_path: Path) -> None:
    expected = 'h.yaml:18:1: unknown key "a\\nb\\x1b", use one of version, company, default_region, source, ats,'
    assert message(tmp_path, TABLE["base"] + '"a\\nb\\e": 1\n').startswith(expected)
