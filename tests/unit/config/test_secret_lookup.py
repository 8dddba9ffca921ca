"""Secrets are found in one order, and shown nowhere."""

from pathlib import Path

import pytest

from connector.config import credentials
from connector.config.credentials import Filled, look_up, read_secret
from connector.config.loading import load_mappings
from connector.config.problems import ConfigProblems

CANARY = "canary-a81f"
MAPPING = """\
version: 1
company: alba
source: {platform: cord, base_url: "https://cord.example", token: "${TOKEN}"}
ats:
  platform: pinpoint
  url: https://a.pinpointhq.com
  api_key: ["${NEW}", "${OLD}"]
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every place holds another value; the returned environment names the first three."""
    monkeypatch.setattr(credentials, "RUN_SECRETS", tmp_path / "run")
    for folder, value in (("run", "from run"), ("systemd", "from systemd")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "KEY").write_text(f"{value}\n")
    (tmp_path / "key.txt").write_text("from file\n")
    return {
        "KEY": "from environment",
        "KEY_FILE": str(tmp_path / "key.txt"),
        "CREDENTIALS_DIRECTORY": str(tmp_path / "systemd"),
    }


def test_variable_wins(places: dict[str, str]) -> None:
    assert look_up("KEY", places).value == "from environment"


def test_named_file_comes_second(places: dict[str, str]) -> None:
    del places["KEY"]
    assert look_up("KEY", places).value == "from file"


def test_credentials_directory_comes_third(places: dict[str, str]) -> None:
    assert look_up("KEY", {"CREDENTIALS_DIRECTORY": places["CREDENTIALS_DIRECTORY"]}).value == "from systemd"


@pytest.mark.usefixtures("places")
def test_container_secret_comes_last() -> None:
    assert look_up("KEY", {}).value == "from run"


def test_empty_variable_counts_as_absent(places: dict[str, str]) -> None:
    assert look_up("KEY", {**places, "KEY": " "}).value == "from file"


def test_places_tried_are_named_without_what_they_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "RUN_SECRETS", Path("/none"))
    environ = {"KEY": "", "KEY_FILE": str(tmp_path), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert look_up("KEY", environ).tried == (
        "the environment (empty)",
        "KEY_FILE (cannot be read)",
        "$CREDENTIALS_DIRECTORY/KEY (no such file)",
        "/none/KEY (no such file)",
    )


def test_value_never_shows_in_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MAPPING)
    environ = {"TOKEN": CANARY, "NEW": CANARY, "OLD": CANARY}
    mapping = load_mappings(tmp_path, environ=environ)[0]
    shown = f"{mapping} {mapping!r} {mapping.model_dump()} {mapping.model_dump_json()} {mapping.ats.api_key}"
    assert CANARY not in shown


def test_first_of_two_is_used_and_both_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MAPPING)
    key = load_mappings(tmp_path, environ={"TOKEN": "t", "NEW": "new", "OLD": "old"})[0].ats.api_key
    assert (key.reveal(), key.reveal_all(), key.names) == ("new", ("new", "old"), ("NEW", "OLD"))


@pytest.mark.parametrize("value", [f"{CANARY} b", f"{CANARY}\nb", f"{CANARY}ü"])
def test_secret_that_no_header_can_carry_is_refused_unseen(value: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MAPPING)
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(tmp_path, environ={"TOKEN": value, "NEW": "new", "OLD": "old"})
    assert CANARY not in str(caught.value)
    assert "TOKEN holds a blank, a line break or a character outside ASCII" in str(caught.value)


@pytest.mark.parametrize("key", ["platform", "url", "company", "start", "poll_every", "tag", "default_region", "extra"])
def test_secret_in_the_wrong_place_is_not_repeated(key: str, tmp_path: Path) -> None:
    long_canary = CANARY * 10
    text = MAPPING.replace("company: alba", "company: ${TOKEN}") + f"  {key}: ${{TOKEN}}\n{key}: ${{TOKEN}}\n"
    (tmp_path / "a.yaml").write_text(text + f"forwarding: {{{key}: '${{TOKEN}}'}}\n")
    with pytest.raises(ConfigProblems) as caught:
        load_mappings(tmp_path, environ={"TOKEN": long_canary, "NEW": "new", "OLD": "old"})
    assert CANARY not in str(caught.value)


def test_filled_value_formats_as_its_reference() -> None:
    filled = Filled(CANARY, "NAME")
    assert f"{filled} {filled!s} {filled!r}" == "${NAME} ${NAME} ${NAME}"


def test_secret_prints_the_name_it_was_found_under() -> None:
    assert repr(read_secret(Filled(CANARY, "NAME"))) == "Secret(${NAME})"


def test_a_secret_file_that_everybody_can_read_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text("open-to-all")
    file.chmod(0o644)
    found = look_up("KEY", {"KEY_FILE": str(file)}, tmp_path / "none")
    assert found.value is None
    assert f"KEY_FILE (everybody on this machine can read it, chmod 600 {file})" in found.tried


def test_what_a_container_mounts_may_be_open(tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text("mounted")
    file.chmod(0o444)
    assert look_up("KEY", {"KEY_FILE": str(file)}, tmp_path).value == "mounted"
