"""`history`: every step of everybody, newest first."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk


def test_all_steps_are_shown_newest_first(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    shown = desk.run("history")
    assert shown.returncode == 0
    head, *lines = shown.stdout.splitlines()
    assert head.split() == ["at", "what", "about", "state", "why"]
    assert any("report" in line for line in lines)
    assert shown.stdout.count(desk.conversation(start)) >= 4
    assert "an application was created in the Applied stage" in shown.stdout


def test_as_json(desk: Desk) -> None:
    start = desk.starts()
    desk.run("sync")
    lines = desk.json("history", "--kind", "application")["history"]
    assert [line["state"] for line in lines] == ["done", "attempting", "attempting", "planned"]
    assert (lines[0]["reason"], lines[0]["start"], lines[0]["job"], lines[0]["state_now"]) == (
        "sent",
        start,
        "5101",
        "done",
    )


def test_links_stand_there_too(desk: Desk) -> None:
    desk.run("unlink", "po_18")
    (first, *_) = desk.json("history", "--kind", "link")["history"]
    assert (first["position"], first["job"], first["state"], first["note"]) == ("po_18", None, "done", "unlinked")
    assert "po_18 -> nothing" in desk.run("history").stdout


@pytest.mark.parametrize(
    ("filters", "number"),
    [(("--limit", "2"), 2), (("--state", "done", "--kind", "application"), 2), (("--since", "2100-01-01"), 0)],
)
def test_it_is_filtered(desk: Desk, filters: tuple[str, ...], number: int) -> None:
    desk.starts()
    desk.starts()
    desk.run("sync")
    assert len(desk.json("history", *filters)["history"]) == number


def test_a_cut_history_says_so(desk: Desk) -> None:
    desk.starts()
    desk.run("sync")
    assert "--limit" in desk.run("history", "--limit", "1").stderr


@pytest.mark.parametrize("slip", [("--kind", "aplication"), ("--state", "sent"), ("--reason", "nonsense")])
def test_a_filter_that_nothing_can_match_is_a_mistake(desk: Desk, slip: tuple[str, str]) -> None:
    assert desk.run("history", *slip).returncode == 2


def test_nothing_yet(desk: Desk) -> None:
    assert desk.run("history").stdout == "nothing has happened yet\n"
