"""`audit`: its line, its document, its exit codes, and what `--repair` says."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def sent(desk: Desk) -> Desk:
    """A desk with two people who are where they should be."""
    for _ in range(2):
        desk.starts()
    assert desk.run("sync").returncode == 0
    return desk


def test_all_present_is_one_line_and_exit_0(sent: Desk) -> None:
    shown = sent.run("audit")
    assert (shown.returncode, shown.stdout) == (0, "harbourline: 2 of 2 present, 0 doubled\n")
    assert " s ago: 2 of 2 present, 0 doubled\n" in sent.run("status").stdout


def test_what_is_found_is_a_line_each_and_exit_1(sent: Desk) -> None:
    missing = sent.starts("po_18", phones=[])
    sent.run("sync")
    there = sent.world.pinpoint.applications[0]
    sent.world.pinpoint.add_application("5101", email=str(there.email))
    shown = sent.run("audit")
    assert shown.returncode == 1
    assert "harbourline: 2 of 3 present, 1 doubled, 1 missing" in shown.stdout
    assert f"{missing}, position po_18, job 5102: the job requires a phone number" in shown.stdout
    assert "(doubled_by_hand)" in shown.stdout
    assert str(there.email) not in shown.stdout
    assert "connector audit --repair" in shown.stderr


def test_as_json(sent: Desk) -> None:
    missing = sent.starts("po_18", phones=[])
    sent.run("sync")
    (document,) = sent.json("audit")["companies"]
    assert (document["company"], document["expected"], document["present"]) == ("harbourline", 3, 2)
    assert (document["doubled"], document["drifted"], document["error"]) == ([], [], None)
    (entry,) = document["missing"]
    assert entry["key"] == f"harbourline:application:{missing}"
    assert (entry["start"], entry["position"], entry["job"], entry["reason"]) == (
        missing,
        "po_18",
        "5102",
        "phone_required",
    )
    (status,) = sent.json("status")["companies"]
    assert (status["audit"]["expected"], status["audit"]["missing"]) == (3, 1)


def test_a_lost_database_is_rebuilt_without_a_second_application(sent: Desk) -> None:
    for file in (file for file in sent.folder.glob("connector.db*") if file.is_file()):
        file.unlink()
    assert "2 of 2 present, 0 doubled, 2 not in the ledger" in sent.run("audit").stdout
    shown = sent.run("audit", "--repair")
    assert shown.returncode == 0, shown.stderr
    assert "0 people asked for again, 2 put back into the ledger" in shown.stdout
    assert "harbourline: 2 of 2 present, 0 doubled\n" in shown.stdout
    assert len(sent.addresses()) == 2
    (status,) = sent.json("status")["companies"]
    assert status["counts"]["done"] == 2


def test_repair_sends_what_is_missing(sent: Desk) -> None:
    sent.starts()
    assert sent.run("audit").returncode == 1
    shown = sent.run("audit", "--repair")
    assert (shown.returncode, len(sent.addresses())) == (0, 3)
    assert "1 person asked for again" in shown.stdout


def test_a_platform_that_is_down_is_69_and_a_refused_key_77(sent: Desk) -> None:
    sent.world.pinpoint.revoke_key()
    refused = sent.run("audit")
    assert (refused.returncode, "not compared" in refused.stdout) == (77, True)
    sent.world.pinpoint.restore_key()
    sent.world.take_down("cord")
    assert sent.run("audit").returncode == 69
