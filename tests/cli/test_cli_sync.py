"""`sync`: what it prints, and each of its exit codes."""

from __future__ import annotations

import signal
import time

from connector.sandbox.people import html_as_cv
from tests.cli.desk import Desk


def test_people_are_sent_and_counted_in_words(desk: Desk) -> None:
    desk.starts()
    desk.starts(cv=html_as_cv(["No document"]))
    ended = desk.run("sync")
    assert ended.returncode == 0
    assert "harbourline: 2 new conversations read; 2 done (+2)" in ended.stdout
    assert len(desk.addresses()) == 2


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    desk.starts()
    desk.run("sync")
    ended = desk.run("sync")
    assert "harbourline: 0 new conversations read; 1 done\n" in ended.stdout
    assert len(desk.addresses()) == 1


def test_json_is_one_document_on_standard_output(desk: Desk) -> None:
    desk.starts()
    (company,) = desk.json("sync")["companies"]
    assert (company["company"], company["read"], company["counts"]["done"]) == ("harbourline", 1, 1)
    assert company["error"] is None


def test_parked_people_are_no_failure_and_come_with_their_reason_and_the_next_command(desk: Desk) -> None:
    desk.starts("po_19")
    ended = desk.run("sync")
    assert ended.returncode == 0
    assert "1 parked: the position is not linked to a job (position_not_linked)" in ended.stdout
    assert "connector explain WHO" in ended.stderr


def test_a_refused_person_is_quarantined_and_exits_1(desk: Desk) -> None:
    desk.world.pinpoint.switches["bare_422"] = "on"
    desk.world.pinpoint.edit_job("5101", ask_for_address=True, address_required=True)
    desk.starts()
    ended = desk.run("sync")
    assert ended.returncode == 1
    assert "1 quarantined (+1)" in ended.stdout
    assert "connector failures" in ended.stderr


def test_an_unknown_outcome_exits_75_and_until_idle_settles_it(desk: Desk) -> None:
    desk.world.faults.add("reset_after", platform="pinpoint", method="POST", path="/applications$")
    desk.starts()
    first = desk.run("sync")
    assert first.returncode == 75
    assert "1 unknown (+1)" in first.stdout
    second = desk.run("sync", "--until-idle")
    assert second.returncode == 0
    assert len(desk.addresses()) == 1


def test_an_unreachable_source_exits_69(desk: Desk) -> None:
    desk.world.take_down("cord")
    ended = desk.run("sync")
    assert ended.returncode == 69
    assert "not read to the end: cord:" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_refused_key_exits_77_and_until_idle_does_not_wait_for_a_human(desk: Desk) -> None:
    desk.starts()
    desk.world.pinpoint.revoke_key()
    began = time.monotonic()
    ended = desk.run("sync", "--until-idle")
    assert ended.returncode == 77
    assert "pinpoint is left alone: the key is refused (key_refused)" in ended.stdout
    assert time.monotonic() - began < 30
    assert desk.json("status")["companies"][0]["pauses"][0]["reason"] == "key_refused"


def test_one_company_s_outage_does_not_stop_another(desk: Desk) -> None:
    desk.map("brackwater", cord="http://127.0.0.1:9")
    desk.starts()
    ended = desk.run("sync")
    assert ended.returncode == 69
    assert "brackwater: 0 new conversations read; nobody has started a conversation yet" in ended.stdout
    assert "harbourline: 1 new conversation read; 1 done (+1)" in ended.stdout


def test_company_limits_the_run_to_one(desk: Desk) -> None:
    desk.map("brackwater", cord="http://127.0.0.1:9")
    ended = desk.run("sync", "--company", "harbourline")
    assert ended.returncode == 0
    assert "brackwater" not in ended.stdout


def test_a_first_batch_that_is_too_large_waits_for_yes(desk: Desk) -> None:
    desk.map(forwarding="max_new_per_run: 2")
    for _ in range(3):
        desk.starts()
    held = desk.run("sync")
    assert held.returncode == 75
    assert "sync --yes" in held.stderr
    assert desk.run("sync", "--yes").returncode == 0
    assert len(desk.addresses()) == 3


def test_a_mapping_mistake_exits_78_with_one_line_for_each(desk: Desk) -> None:
    file = desk.map()
    file.write_text(file.read_text().replace("platform: cord", "platform: chord").replace("jobs:", "jobz:"))
    ended = desk.run("sync")
    assert (ended.returncode, ended.stdout) == (78, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("mappings/harbourline.yaml:") for line in lines)


def test_a_missing_secret_exits_78_and_names_the_variable(desk: Desk) -> None:
    ended = desk.run("sync", CORD_TOKEN="")
    assert ended.returncode == 78
    assert "${CORD_TOKEN}" in ended.stderr


def test_a_database_that_refuses_exits_1_with_what_to_do(desk: Desk) -> None:
    ended = desk.run("sync", "--database", "sqlite:////no/such/folder/x.db")
    assert ended.returncode == 1
    assert "CONNECTOR_DATABASE_URL" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signal_ends_it_between_two_steps_and_the_next_run_goes_on(desk: Desk) -> None:
    desk.world.faults.add("stall_before", platform="cord", path="/conversation-starts", seconds=2)
    desk.starts()
    process = desk.start("sync")
    while not desk.world.calls_to("cord"):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert desk.run("sync").returncode == 0
    assert len(desk.addresses()) == 1
