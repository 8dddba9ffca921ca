"""`check`, `config` and `db`: is everything set up?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from connector.config.loading import load_mappings
from tests.cli.desk import Desk


def findings(desk: Desk) -> list[tuple[str, str]]:
    return [(f["level"], f["what"]) for f in desk.json("check")["findings"]]


def of_level(found: list[tuple[str, str]], level: str) -> list[str]:
    return [what for each, what in found if each == level]


def test_all_well_exits_0_and_names_each_permission(desk: Desk) -> None:
    desk.world.cord.unlink("po_18")
    ended = desk.run("check")
    assert ended.returncode == 0
    for words in ("cord: may use conversations:read", "pinpoint: may use applications", "po_17 -> job 5101"):
        assert words in ended.stdout
    assert "fail" not in ended.stdout


def test_a_job_that_will_make_people_wait_is_a_warning(desk: Desk) -> None:
    warnings = of_level(findings(desk), "warn")
    assert any("job 5102" in what and "requires a phone number" in what for what in warnings)
    assert any("1 open position not linked: po_19 Designer" in what for what in warnings)


def test_a_missing_permission_exits_77_and_says_where_to_tick_it(desk: Desk) -> None:
    desk.world.pinpoint.permissions.discard("applications:read")
    ended = desk.run("check")
    assert ended.returncode == 77
    assert "Settings > API & Webhooks > API Keys" in ended.stdout


def test_a_missing_scope_at_the_source_exits_77(desk: Desk) -> None:
    desk.world.cord.scopes.discard("files:read")
    assert "cord: the key may not use files:read" in of_level(findings(desk), "fail")


def test_a_refused_key_exits_77(desk: Desk) -> None:
    desk.world.pinpoint.revoke_key()
    ended = desk.run("check")
    assert ended.returncode == 77
    assert "fail  harbourline: pinpoint: GET /jobs (401)" in ended.stdout


def two_keys(desk: Desk) -> None:
    """Put a newest key before the one that works."""
    file = desk.map()
    text = file.read_text(encoding="utf-8")
    text = text.replace('"${PINPOINT_KEY}"', '["${NEXT_KEY}", "${PINPOINT_KEY}"]')
    file.write_text(text.replace('"${CORD_TOKEN}"', '["${NEXT_KEY}", "${CORD_TOKEN}"]'), encoding="utf-8")


def test_of_two_keys_it_says_which_one_works(desk: Desk) -> None:
    two_keys(desk)
    desk.environ["NEXT_KEY"] = "an-invented-key-of-next-month"
    found = findings(desk)
    assert {
        "pinpoint: NEXT_KEY is refused, and the older PINPOINT_KEY works",
        "cord: NEXT_KEY is refused, and the older CORD_TOKEN works",
    } <= set(of_level(found, "warn"))
    assert of_level(found, "fail") == []
    desk.world.pinpoint.restore_key(desk.environ["NEXT_KEY"])
    assert "pinpoint: the newest key works (NEXT_KEY)" in of_level(findings(desk), "ok")


def test_two_refused_keys_exit_77(desk: Desk) -> None:
    two_keys(desk)
    desk.world.pinpoint.revoke_key()
    assert desk.run("check", NEXT_KEY="an-invented-key-of-next-month").returncode == 77


def test_an_unreachable_platform_exits_69_and_the_other_is_still_asked(desk: Desk) -> None:
    desk.world.take_down("cord")
    ended = desk.run("check")
    assert ended.returncode == 69
    assert "pinpoint: reached, and the key is accepted" in ended.stdout
    assert "see whether this machine can reach it" in ended.stdout


def test_ends_of_a_link_that_are_not_there_exit_1(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5999"}, {position: po_99, job: "5101"}')
    ended = desk.run("check")
    assert ended.returncode == 1
    assert "po_17 -> job 5999 (linked in the mapping file): there is no such job" in ended.stdout
    assert "po_99 -> job 5101 (linked in the mapping file): there is no such position" in ended.stdout


def test_a_job_whose_row_cannot_be_read_is_named_and_not_called_gone(desk: Desk) -> None:
    desk.world.pinpoint.jobs["5101"].attributes["require_phone"] = "perhaps"
    ended = desk.run("check")
    assert ended.returncode == 0
    for words in ("the row of job 5101 cannot be read: attributes.require_phone", "1 jobs", "job 5102"):
        assert words in ended.stdout
    assert "there is no such job" not in ended.stdout
    assert "the job's row at pinpoint cannot be read" in desk.run("link", "po_19", "5101").stderr


@pytest.mark.parametrize(
    ("form", "words"),
    [("ask_for_address", "asks for a postal address"), ("blind_screening", "is screened anonymously")],
)
def test_what_else_the_next_candidate_would_run_into_is_a_warning(desk: Desk, form: str, words: str) -> None:
    desk.world.pinpoint.edit_job("5101", **{form: True})
    assert any("job 5101" in what and words in what for what in of_level(findings(desk), "warn"))


def test_a_closed_job_is_a_warning(desk: Desk) -> None:
    desk.world.pinpoint.edit_job("5101", status="closed")
    assert any("the job is not open (status closed)" in what for what in of_level(findings(desk), "warn"))


def test_a_clock_that_is_minutes_off_is_a_warning(desk: Desk) -> None:
    desk.world.cord.clock_offset_s = 300
    warnings = of_level(findings(desk), "warn")
    assert any("cord: its clock is" in what and "ahead of this machine's" in what for what in warnings)


def test_it_writes_to_no_platform(desk: Desk) -> None:
    desk.run("check")
    assert {call.method for call in desk.world.calls} == {"GET"}


def test_a_mapping_mistake_exits_78(desk: Desk) -> None:
    desk.map(forwarding="poll_evry: 5s")
    assert desk.run("check").returncode == 78


def test_the_example_is_a_mapping_that_can_be_read(desk: Desk) -> None:
    folder = desk.folder / "copied"
    folder.mkdir()
    (folder / "harbourline.yaml").write_text(desk.run("config", "example").stdout, encoding="utf-8")
    secrets = {"HARBOURLINE_CORD_TOKEN": "t" * 12, "HARBOURLINE_PINPOINT_KEY": "k" * 12}
    (mapping,) = load_mappings(folder, environ=secrets)
    assert mapping.company == "harbourline"


def test_the_schema_is_json(desk: Desk) -> None:
    schema: dict[str, Any] = json.loads(desk.run("config", "schema").stdout)
    assert set(schema["required"]) == {"version", "company", "source", "ats"}


def test_upgrade_creates_a_missing_database(desk: Desk) -> None:
    ended = desk.run("db", "upgrade", "--database", "sqlite:///fresh.db")
    assert ended.returncode == 0
    assert (desk.folder / "fresh.db").exists()


def test_a_newer_database_is_refused_and_left_alone(desk: Desk) -> None:
    desk.run("db", "upgrade")
    with closing(sqlite3.connect(desk.folder / "connector.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    ended = desk.run("status")
    assert ended.returncode == 1
    assert "install the newer version of the connector" in ended.stderr


def test_a_contradiction_between_file_and_source_is_warned_about(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5102"}')
    checked = desk.run("check")
    assert "the source links it to job 5101; the mapping file wins" in checked.stdout
