"""`positions`, `jobs`, `link`, `unlink`: both lists, and the links between them in the file and at the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk


def file_of(desk: Desk) -> Path:
    return desk.folder / "mappings" / "harbourline.yaml"


def at_cord(desk: Desk, position: str) -> tuple[str, str] | None:
    link = desk.world.cord.positions[position].link
    return (link.ats_job_id, link.origin) if link else None


def ready(desk: Desk) -> None:
    """Let somebody wait on the position that is not linked, and list a job for it."""
    desk.world.pinpoint.add_job(id="5103", title="Product Designer")
    desk.world.cord.add_ats_job("5103", "Product Designer")
    desk.starts("po_19")
    desk.run("sync")


def test_positions_show_where_each_leads_and_who_waits(desk: Desk) -> None:
    desk.starts("po_19")
    desk.run("sync")
    shown = desk.run("positions")
    assert shown.returncode == 0
    assert [" ".join(line.split()) for line in shown.stdout.splitlines()] == [
        "position title status leads to link made in waiting",
        "po_17 Backend open 5101 Backend Engineer source -",
        "po_19 Designer open - - 1 position_not_linked",
        "po_18 Reliability open 5102 Site Reliability Engineer source -",
    ]
    assert "1 open position not linked: `connector link`" in shown.stderr


def test_positions_as_json(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5102", automatic: false}')
    (first, *_) = desk.json("positions", "--search", "po_17")["positions"]
    assert first == {
        "company": "harbourline",
        "position": "po_17",
        "title": "Backend",
        "status": "open",
        "link": {"position": "po_17", "job": "5102", "made_in": "file", "automatic": False},
        "job_title": "Site Reliability Engineer",
        "job_status": "open",
        "overruled_source_job": "5101",
        "waiting": 0,
        "waiting_for": {},
    }


def test_a_contradiction_between_file_and_source_is_shown(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5102"}')
    shown = desk.run("positions")
    assert "file; source says 5101" in shown.stdout
    assert "po_17: the source links it to job 5101, the mapping file to 5102: the file wins" in shown.stderr


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (("--unlinked",), ["po_19"]),
        (("--linked", "--search", "reliab"), ["po_18"]),
        (("--status", "closed"), ["po_20"]),
        (("--waiting",), ["po_19"]),
        (("--search", "site reliability"), ["po_18"]),
    ],
)
def test_positions_are_filtered_and_searched(desk: Desk, filters: tuple[str, ...], ids: list[str]) -> None:
    desk.world.cord.add_position(id="po_20", title="Over", status="closed", linked_job="5101")
    desk.starts("po_19")
    desk.run("sync")
    assert [line["position"] for line in desk.json("positions", *filters)["positions"]] == ids


def test_a_position_of_the_file_that_the_source_does_not_know_is_gone(desk: Desk) -> None:
    desk.map(positions='{position: po_old, job: "5101"}')
    assert "gone" in desk.run("positions", "--search", "po_old").stdout


def test_jobs_show_what_feeds_them_and_what_they_ask_for(desk: Desk) -> None:
    desk.starts("po_18", phones=[])
    desk.run("sync")
    (line,) = desk.json("jobs", "--search", "reliability")["jobs"]
    assert (line["job"], line["status"], line["requires"], line["waiting"]) == ("5102", "open", ["phone"], 1)
    assert line["links"] == [{"position": "po_18", "job": "5102", "made_in": "source", "automatic": True}]


def test_jobs_are_filtered(desk: Desk) -> None:
    desk.world.pinpoint.add_job(id="5109", title="Old", status="closed")
    assert [line["job"] for line in desk.json("jobs", "--unlinked")["jobs"]] == ["5109"]
    assert [line["job"] for line in desk.json("jobs", "--status", "closed")["jobs"]] == ["5109"]
    assert "no job of that kind" in desk.run("jobs", "--search", "nothing like it").stdout


def test_linking_writes_the_file_tells_the_source_and_sends_who_waited(desk: Desk) -> None:
    ready(desk)
    before = file_of(desk).read_text()
    shown = desk.run("link", "po_19", "5103")
    assert shown.returncode == 0, shown.stderr
    assert file_of(desk).read_text() == before.replace(
        "positions: []\n", 'positions:\n  - position: po_19\n    job: "5103"\n'
    )
    assert Path(f"{file_of(desk)}.bak").read_text() == before
    assert at_cord(desk, "po_19") == ("5103", "linked")
    assert "1 person who waited will now be sent" in shown.stdout
    assert "cord: po_19: told that it is linked" in shown.stdout
    assert "connector sync" in shown.stderr
    assert desk.run("sync").returncode == 0
    assert len(desk.addresses()) == 1


def test_a_link_is_shown_as_json(desk: Desk) -> None:
    ready(desk)
    document = desk.json("link", "po_19", "5103")
    assert document["links"] == [
        {"position": "po_19", "job": "5103", "origin": "linked", "source": {"state": "done", "reason": "told"}}
    ]
    assert (document["planned"], document["company"], document["notes"]) == (False, "harbourline", [])
    assert document["people"]["groups"] == [{"state": "planned", "reason": "send", "number": 1}]
    assert document["people"]["first"][0]["reason"] == "sent"


def test_a_planned_link_writes_nothing_anywhere(desk: Desk) -> None:
    ready(desk)
    before = file_of(desk).read_text()
    writes = [call for call in desk.world.calls if call.method != "GET"]
    shown = desk.run("link", "po_19", "5103", "--plan")
    assert '+    job: "5103"' in shown.stdout
    assert "1 person who waited will now be sent" in shown.stdout
    assert file_of(desk).read_text() == before
    assert not Path(f"{file_of(desk)}.bak").exists()
    assert [call for call in desk.world.calls if call.method != "GET"] == writes


def test_a_job_that_is_not_in_the_drop_down_yet_is_linked_in_the_file_all_the_same(desk: Desk) -> None:
    desk.world.pinpoint.add_job(id="5103", title="Product Designer")
    shown = desk.run("link", "po_19", "5103")
    assert shown.returncode == 0
    assert "not in its drop-down" in shown.stdout
    assert desk.json("positions", "--search", "po_19")["positions"][0]["link"]["made_in"] == "file"
    desk.run("sync", "--until-idle")
    assert at_cord(desk, "po_19") is None


@pytest.mark.parametrize(
    ("pair", "words"), [(("po_none", "5101"), "po_none: no such position"), (("po_19", "9999"), "9999: no such job")]
)
def test_an_end_that_is_not_there_is_named_and_nothing_written(desk: Desk, pair: tuple[str, str], words: str) -> None:
    before = file_of(desk).read_text()
    shown = desk.run("link", *pair)
    assert (shown.returncode, file_of(desk).read_text()) == (1, before)
    assert words in shown.stderr


def test_a_link_by_hand_only_sends_nobody_by_itself(desk: Desk) -> None:
    ready(desk)
    shown = desk.run("link", "po_19", "5103", "--by-hand")
    assert "automatic: false" in file_of(desk).read_text()
    assert "waiting_for_manual_send" in shown.stdout
    desk.run("sync")
    assert desk.addresses() == []


def test_linking_to_another_job_says_what_becomes_of_those_before(desk: Desk) -> None:
    desk.world.cord.add_ats_job("5102", "Site Reliability Engineer")
    desk.run("link", "po_17", "5101")
    shown = desk.run("link", "po_17", "5102")
    assert "was linked to job 5101; who was sent there stays there" in shown.stderr
    assert file_of(desk).read_text().count("po_17") == 1


def test_without_a_terminal_both_ends_must_be_named(desk: Desk) -> None:
    shown = desk.run("link")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "connector link --plan" in shown.stderr


def test_pairs_are_proposed_without_a_terminal_and_left_to_be_made(desk: Desk) -> None:
    desk.world.pinpoint.add_job(id="5103", title="Product Designer")
    assert desk.json("link", "--plan")["proposals"] == [
        {"company": "harbourline", "position": "po_19", "job": "5103", "alike": 0.744}
    ]
    assert "po_19" in desk.run("link", "--plan").stdout


def test_unlinking_takes_it_out_of_the_file_and_the_source(desk: Desk) -> None:
    before = file_of(desk).read_text()
    desk.world.cord.add_ats_job("5101", "Backend Engineer")
    desk.run("link", "po_17", "5101")
    shown = desk.run("unlink", "po_17")
    assert shown.returncode == 0, shown.stderr
    assert file_of(desk).read_text() == before.replace("positions: []", "positions:")
    assert at_cord(desk, "po_17") is None
    assert "waits until the position is linked again" in shown.stdout
    desk.starts("po_17")
    desk.run("sync")
    assert desk.addresses() == []


def test_a_link_of_the_source_alone_is_taken_away_there(desk: Desk) -> None:
    document = desk.json("unlink", "po_18")
    assert (document["lines"], document["links"][0]["source"]) == ([], {"state": "done", "reason": "told"})
    assert at_cord(desk, "po_18") is None


def test_a_planned_unlink_writes_nothing(desk: Desk) -> None:
    assert desk.json("unlink", "po_18", "--plan")["planned"] is True
    assert at_cord(desk, "po_18") == ("5102", "linked")


def test_what_is_not_linked_cannot_be_unlinked(desk: Desk) -> None:
    shown = desk.run("unlink", "po_19")
    assert shown.returncode == 1
    assert "po_19: not linked" in shown.stderr


def test_a_list_in_brackets_is_left_alone_and_the_line_shown(desk: Desk) -> None:
    desk.map(positions='{position: po_17, job: "5101"}')
    desk.world.pinpoint.add_job(id="5103", title="Product Designer")
    shown = desk.run("link", "po_19", "5103")
    assert shown.returncode == 78
    assert '{position: po_19, job: "5103"}' in shown.stderr


def test_the_company_is_found_by_its_position(desk: Desk) -> None:
    desk.map("otherco")
    shown = desk.run("link", "po_19", "5101")
    assert shown.returncode == 1
    assert "--company" in shown.stderr
    assert desk.run("link", "po_19", "5101", "--company", "otherco").returncode == 0
    assert "po_19" in (desk.folder / "mappings" / "otherco.yaml").read_text()
