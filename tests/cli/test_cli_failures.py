"""`status`, `failures`, `retry` and `drop`."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def stuck(desk: Desk) -> Desk:
    """One person quarantined, one parked."""
    desk.world.pinpoint.edit_job("5101", ask_for_address=True, address_required=True)
    desk.starts()
    desk.starts("po_19")
    desk.run("sync")
    return desk


def test_failures_are_grouped_by_reason_with_the_command_to_use(stuck: Desk) -> None:
    shown = stuck.run("failures")
    assert shown.returncode == 0
    assert "1 quarantined: Pinpoint asks for a postal address" in shown.stdout
    assert "$ connector retry --reason address_required" in shown.stdout
    assert shown.stdout.index("quarantined") < shown.stdout.index("parked")


def test_failures_json_has_the_fields_that_others_read(stuck: Desk) -> None:
    rows = stuck.json("failures")["failures"]
    fields = {"id", "key", "state", "code", "reason", "advice", "attempts", "next_attempt_at"}
    assert all(fields <= set(row) for row in rows)
    assert {row["code"] for row in rows} == {"address_required", "position_not_linked"}


def test_failures_of_one_reason(stuck: Desk) -> None:
    rows = stuck.json("failures", "--reason", "address_required")["failures"]
    assert [row["code"] for row in rows] == ["address_required"]


def test_nothing_stuck_is_said(desk: Desk) -> None:
    assert desk.run("failures").stdout == "nothing is stuck\n"


def test_retry_by_reason_sends_what_was_mended(stuck: Desk) -> None:
    stuck.world.pinpoint.edit_job("5101", ask_for_address=False, address_required=False)
    ended = stuck.run("retry", "--reason", "address_required")
    assert ended.stdout.startswith("1 item taken up again")
    assert stuck.run("sync").returncode == 0
    assert len(stuck.addresses()) == 1


def test_retry_by_id_takes_that_one(stuck: Desk) -> None:
    (row,) = stuck.json("failures", "--reason", "position_not_linked")["failures"]
    assert stuck.json("retry", str(row["id"]))["ids"] == [row["id"]]


def test_retry_of_an_unknown_id_exits_1(stuck: Desk) -> None:
    ended = stuck.run("retry", "9999")
    assert ended.returncode == 1
    assert "9999: no item of that id" in ended.stderr


def test_retry_of_somebody_who_was_sent_takes_nothing_up(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    assert desk.json("retry", start)["ids"] == []
    assert desk.run("sync").returncode == 0
    assert len(desk.addresses()) == 1


def test_drop_closes_for_good_and_retry_takes_it_up_again(stuck: Desk) -> None:
    (row,) = stuck.json("failures", "--reason", "address_required")["failures"]
    assert stuck.run("drop", str(row["id"])).returncode == 0
    match = stuck.json("explain", row["start"])["matches"][0]
    assert (match["state"], match["reason"]) == ("closed", "dropped")
    assert stuck.run("sync").returncode == 0
    stuck.world.pinpoint.edit_job("5101", ask_for_address=False, address_required=False)
    stuck.run("retry", str(row["id"]))
    stuck.run("sync")
    assert len(stuck.addresses()) == 1


def test_drop_leaves_what_is_done(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    ended = desk.run("drop", start)
    assert ended.returncode == 1
    assert "left as they are" in ended.stderr
    assert desk.json("explain", start)["matches"][0]["state"] == "done"


def test_status_json_has_the_fields_that_others_read(stuck: Desk) -> None:
    (company,) = stuck.json("status")["companies"]
    assert {"last_success_at", "last_error", "lag_s"} <= set(company["flows"]["applications"])
    states = {"done", "parked", "waiting", "attempting", "unknown", "quarantined"}
    assert states <= set(company["counts"])
    assert (company["counts"]["parked"], company["counts"]["quarantined"]) == (1, 1)


def test_status_says_what_people_wait_for(stuck: Desk) -> None:
    shown = stuck.run("status")
    assert shown.returncode == 0
    assert "1 parked: the position is not linked to a job" in shown.stdout


def test_status_makes_no_call(stuck: Desk) -> None:
    stuck.world.clear_calls()
    stuck.run("status")
    assert stuck.world.calls == []
