"""`status` while a mapping file is faulty: what is known is shown, and the mistake beside it."""

from __future__ import annotations

import json

from tests.cli.desk import Desk


def break_mapping(desk: Desk) -> None:
    desk.map(forwarding="poll_evry: 5s")


def test_a_faulty_mapping_hides_nothing_that_is_known(desk: Desk) -> None:
    desk.starts()
    desk.run("sync")
    break_mapping(desk)
    ended = desk.run("status", "--json")
    assert ended.returncode == 78
    (company,) = json.loads(ended.stdout)["companies"]
    assert (company["company"], company["counts"]["done"]) == ("harbourline", 1)
    assert "harbourline.yaml:6" in ended.stderr


def test_a_faulty_mapping_in_an_empty_database_is_only_the_mistake(desk: Desk) -> None:
    break_mapping(desk)
    ended = desk.run("status")
    assert (ended.returncode, ended.stdout) == (78, "")
    assert "harbourline.yaml:6" in ended.stderr


def test_only_the_company_that_was_asked_for_is_shown(desk: Desk) -> None:
    desk.map("quayside")
    desk.run("sync")
    break_mapping(desk)
    ended = desk.run("status", "--json", "--company", "harbourline")
    assert [each["company"] for each in json.loads(ended.stdout)["companies"]] == ["harbourline"]


def test_a_job_whose_row_cannot_be_read_is_shown_with_what_to_do(desk: Desk) -> None:
    desk.world.pinpoint.jobs["5101"].attributes["require_phone"] = "perhaps"
    desk.run("sync")
    assert "list of jobs: the job's row in Pinpoint's list cannot be read" in desk.run("status").stdout
    (company,) = desk.json("status")["companies"]
    assert [(fault["job"], fault["reason"]) for fault in company["listing_faults"]] == [("5101", "job_unreadable")]
    (failure,) = [each for each in desk.json("failures")["failures"] if each["kind"] == "listing"]
    assert (failure["code"], failure["job"]) == ("job_unreadable", "5101")


def test_without_a_daemon_nothing_is_said_of_its_reading(desk: Desk) -> None:
    desk.run("sync")
    assert "mapping" not in desk.json("status")
