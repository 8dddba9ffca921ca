"""`plan`: what it foresees, in text and JSON, and that it writes nothing."""

from __future__ import annotations

from tests.cli.desk import Desk


def test_people_are_grouped_by_what_will_become_of_them(desk: Desk) -> None:
    desk.starts()
    desk.starts("po_19")
    ended = desk.run("plan")
    assert ended.returncode == 0
    assert "harbourline: 1 person will be sent (sent)" in ended.stdout
    assert "1 person will wait: the position is not linked to a job (position_not_linked)" in ended.stdout
    assert "costs: " in ended.stdout


def test_people_are_named_by_a_masked_address(desk: Desk) -> None:
    start = desk.starts()
    person = desk.world.cord.people[desk.world.cord.conversations[desk.conversation(start)].candidate_id]
    address = person.emails[0]["address"]
    ended = desk.run("plan")
    assert address not in ended.stdout + ended.stderr
    assert address[:2] + "…" in ended.stdout


def test_json_has_the_fields_that_others_read(desk: Desk) -> None:
    desk.starts()
    (company,) = desk.json("plan")["companies"]
    (action,) = company["actions"]
    assert {"key", "kind", "person", "position", "job", "state", "reason"} <= set(action)
    assert (action["kind"], action["position"], action["job"]) == ("application", "po_17", "5101")
    assert (action["state"], action["reason"]) == ("done", "sent")
    assert company["calls"]["ats"] > 0
    assert company["calls"]["source"] > 0


def test_nothing_is_written_anywhere(desk: Desk) -> None:
    desk.starts()
    desk.run("plan")
    assert {call.method for call in desk.world.calls} == {"GET"}
    assert desk.json("status")["companies"][0]["counts"]["planned"] == 0


def test_what_it_says_is_what_sync_does(desk: Desk) -> None:
    for position in ("po_17", "po_18", "po_19"):
        desk.starts(position, phones=[])
    foreseen = sorted((a["state"], a["reason"]) for a in desk.json("plan")["companies"][0]["actions"])
    desk.run("sync")
    stands = [desk.json("explain", desk.conversation(row["id"]))["matches"][0] for row in desk.world.cord.starts]
    assert foreseen == sorted((match["state"], match["reason"]) for match in stands)


def test_nothing_to_do_is_said(desk: Desk) -> None:
    ended = desk.run("plan")
    assert (ended.returncode, ended.stdout) == (0, "harbourline: nothing to do\n")


def test_a_refused_key_exits_77_and_says_that_the_plan_may_be_incomplete(desk: Desk) -> None:
    desk.starts()
    desk.world.pinpoint.revoke_key()
    ended = desk.run("plan")
    assert ended.returncode == 77
    assert "may be incomplete: pinpoint:" in ended.stdout


def test_an_unreachable_source_exits_69(desk: Desk) -> None:
    desk.world.take_down("cord")
    assert desk.run("plan").returncode == 69
