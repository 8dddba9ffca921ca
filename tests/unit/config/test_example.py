"""The shipped example is one text, reads without a problem, and shows the defaults."""

import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from connector.config.loading import load_mappings
from connector.config.mapping import Forwarding, Jobs, Mapping
from connector.config.problems import ConfigProblems
from connector.config.schema import example_text, mapping_schema

REPOSITORY = Path(__file__).parents[3]
SECRETS = dict.fromkeys(re.findall(r"\$\{([A-Z_]+)\}", example_text()), "x")
WITH_SMS = re.sub(r"(?m)^# (sms:|  )", r"\1", example_text())


def read(folder: Path, text: str) -> Mapping:
    (folder / "h.yaml").write_text(text)
    return load_mappings(folder, environ=SECRETS)[0]


def test_example_in_the_repository_is_the_packaged_one() -> None:
    assert (REPOSITORY / "mappings" / "example.yaml").read_text() == example_text()


def test_example_shows_the_defaults(tmp_path: Path) -> None:
    mapping = read(tmp_path, example_text())
    assert (mapping.forwarding, mapping.jobs, mapping.sms) == (Forwarding(), Jobs(), None)


def test_example_links_two_positions(tmp_path: Path) -> None:
    links = [(link.position, link.job, link.automatic) for link in read(tmp_path, example_text()).positions]
    assert links == [("po_17", "5101", True), ("po_18", "5102", False)]


def test_required_keys_alone_are_enough(tmp_path: Path) -> None:
    text = example_text().split("\nforwarding:")[0].replace("default_region", "# default_region")
    mapping = read(tmp_path, text)
    assert (mapping.positions, mapping.follow_source_links, mapping.ats.rate_limits) == ((), True, None)


def test_headings_whose_keys_are_commented_out_mean_the_defaults(tmp_path: Path) -> None:
    text = example_text().split("\nforwarding:")[0] + "\nforwarding:\npositions:\njobs:\nsms:\n"
    mapping = read(tmp_path, text)
    assert (mapping.forwarding, mapping.positions, mapping.jobs, mapping.sms) == (Forwarding(), (), Jobs(), None)


def test_sms_section_of_the_example_reads_when_it_is_switched_on(tmp_path: Path) -> None:
    sms = read(tmp_path, WITH_SMS).sms
    assert sms is not None
    assert sms.routing == {"+91": ("exotel", "twilio"), "default": "twilio"}
    assert sms.providers.twilio is not None
    assert sms.providers.twilio.numbers == ("+442079460123", "+16465550123")


@pytest.mark.parametrize("text", [example_text(), WITH_SMS])
def test_schema_for_editors_accepts_the_example(text: str) -> None:
    data = YAML(typ="safe", pure=True).load(text.replace("replies_since: 2026-11-01", 'replies_since: "2026-11-01"'))
    jsonschema.Draft202012Validator(mapping_schema()).validate(data)


def test_schema_for_editors_refuses_an_unknown_key() -> None:
    data = YAML(typ="safe", pure=True).load(example_text()) | {"nonsense": 1}
    assert not jsonschema.Draft202012Validator(mapping_schema()).is_valid(data)


def test_mapping_spelled_back_reads_the_same(tmp_path: Path) -> None:
    mapping = read(tmp_path, WITH_SMS)
    with (tmp_path / "h.yaml").open("w") as file:
        YAML(typ="safe", pure=True).dump(mapping.model_dump(mode="json", by_alias=True), file)
    assert load_mappings(tmp_path, environ=SECRETS)[0] == mapping


def outcome(folder: Path, content: bytes) -> str:
    (folder / "h.yaml").write_bytes(content)
    try:
        load_mappings(folder, environ=dict.fromkeys(SECRETS, "canary"))
    except ConfigProblems as problems:
        return str(problems)
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "- " * 5000,
        "&a [*a]",
        "a: &x {<<: *x}",
        'a: "\\U00110000"',
        '"\\ud800": 1',
        "version: " + "9" * 5000,
    ],
)
def test_text_that_upsets_yaml_readers_is_explained(text: str, folder: Path) -> None:
    assert outcome(folder, text.encode())


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_content_is_explained(content: bytes, folder: Path) -> None:
    assert outcome(folder, content)


@given(text=st.text(alphabet="ab1:-[]{}&*!|>'\"%@`#?,<=~$.\\ \n\t", max_size=60))
def test_any_play_of_yaml_signs_is_explained(text: str, folder: Path) -> None:
    assert outcome(folder, text.encode())


@given(
    start=st.integers(0, len(WITH_SMS)),
    length=st.integers(0, 12),
    into=st.text(alphabet="ab1:-[]{}&*!|>'\"%@`#?,<=~$.\\ \n\t+é\x00\x85\ufeff", max_size=6)
    | st.sampled_from(["${HARBOURLINE_CORD_TOKEN}", "null", "1e999", ".nan", "0x", "- ", ": ", "<<: ", "2026-99-99"]),
)
def test_any_change_of_the_example_reads_or_is_explained(start: int, length: int, into: str, folder: Path) -> None:
    explained = outcome(folder, (WITH_SMS[:start] + into + WITH_SMS[start + length :]).encode())
    assert "canary" not in explained


@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_any_value_at_any_key_reads_or_is_explained(value: object, folder: Path) -> None:
    data = YAML(typ="safe", pure=True).load(example_text())
    data["forwarding"] = dict.fromkeys(data["forwarding"], value)
    data |= {key: value for key in data if key not in ("forwarding", "version")}
    with (folder / "h.yaml").open("w", encoding="utf-8", errors="replace") as file:
        YAML(typ="safe", pure=True).dump(data, file)
    assert outcome(folder, (folder / "h.yaml").read_bytes())
