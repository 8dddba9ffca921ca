"""`forget` and `export`: what is held about a person."""

from __future__ import annotations

from tests.cli.desk import Desk

ANA = "Ana.Petrov@example.com"


def test_everything_that_is_held_is_exported(desk: Desk) -> None:
    start = desk.starts(emails=[ANA])
    desk.starts()
    desk.run("sync")
    (holding,) = desk.json("export", "ana.petrov@EXAMPLE.com")["holdings"]
    assert [action["kind"] for action in holding["actions"]] == ["application", "report"]
    assert {action["start"] for action in holding["actions"]} == {start}
    assert holding["actions"][0]["candidate"]
    assert ANA.lower() not in str(holding).lower()
    shown = desk.run("export", ANA)
    assert desk.conversation(start) in shown.stdout
    assert "an application was created" in shown.stdout


def test_nobody_is_held_who_is_not_known(desk: Desk) -> None:
    assert "nothing else is held" in desk.run("export", ANA).stdout


def test_a_forgotten_person_is_gone_and_is_not_sent_again(desk: Desk) -> None:
    start = desk.starts("po_19", emails=[ANA])
    desk.run("sync")
    shown = desk.run("forget", ANA)
    assert shown.returncode == 0, shown.stderr
    assert "harbourline: 1 action" not in shown.stderr
    assert "erased, with their history" in shown.stdout
    assert ANA not in shown.stdout
    (holding,) = desk.json("export", ANA)["holdings"]
    assert (holding["forgotten"], holding["actions"]) == (True, [])
    desk.run("send", desk.conversation(start), "--job", "5101")
    assert desk.addresses() == []


def test_forgotten_completely_may_be_sent_again(desk: Desk) -> None:
    start = desk.starts(emails=[ANA])
    desk.run("sync")
    document = desk.json("forget", ANA, "--completely")
    assert document["companies"] == [{"company": "harbourline", "erased": 2, "hash_kept": False}]
    (holding,) = desk.json("export", ANA)["holdings"]
    assert holding["forgotten"] is False
    assert desk.run("send", desk.conversation(start)).returncode == 0
    # Pinpoint has the person already
    assert desk.addresses() == [ANA]


def test_planned_it_erases_nothing(desk: Desk) -> None:
    desk.starts(emails=[ANA])
    desk.run("sync")
    assert desk.json("forget", ANA, "--plan")["companies"][0]["erased"] == 2
    assert len(desk.json("export", ANA)["holdings"][0]["actions"]) == 2


def test_what_is_no_address_is_a_mistake_in_usage(desk: Desk) -> None:
    assert [desk.run(command, "cv_17").returncode for command in ("forget", "export")] == [2, 2]
