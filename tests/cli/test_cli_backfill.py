"""`backfill`: what it foresees, what it does, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def late(desk: Desk) -> Desk:
    """A desk that began to read after four people had started, one of them on a position that leads nowhere."""
    for position in ("po_17", "po_17", "po_17", "po_19"):
        desk.starts(position)
    text = desk.map().read_text()
    (desk.folder / "mappings" / "harbourline.yaml").write_text(text.replace("start: beginning", "start: now"))
    assert desk.run("sync").returncode == 0
    assert desk.addresses() == []
    return desk


def test_a_plan_says_how_many_how_many_calls_and_when_it_ends(late: Desk) -> None:
    shown = late.run("backfill", "--since", "2026-01-01", "--plan")
    assert shown.returncode == 0
    assert "4 people would be asked for, 3 of them can be sent" in shown.stdout
    assert "1 would wait: the position is not linked to a job (position_not_linked)" in shown.stdout
    assert "costs at most 5 calls to pinpoint, 10 to cord; begun now it ends about 20" in shown.stdout
    assert late.addresses() == []


def test_the_end_is_foreseen_at_the_pace_of_the_mapping(late: Desk) -> None:
    file = late.folder / "mappings" / "harbourline.yaml"
    file.write_text(file.read_text().replace("[1000/1s]", "[5/60s]"))
    (document,) = late.json("backfill", "--since", "2026-01-01", "--plan")["companies"]
    # a backfill may fill 3 of 5 in a minute: the 10 calls to cord are begun 3 minutes later at the latest
    assert document["takes_s"] == 180
    ends_at = datetime.fromisoformat(document["ends_at"])
    assert timedelta(seconds=170) < ends_at - datetime.now(UTC) < timedelta(seconds=181)
    assert document["calls"] == {"ats": 5, "source": 10}
    assert document["waiting_for"] == [{"reason": "position_not_linked", "number": 1}]


def test_it_forwards_who_started_earlier(late: Desk) -> None:
    shown = late.run("backfill", "--since", "2026-01-01")
    assert shown.returncode == 0, shown.stderr
    assert "harbourline: 4 people asked for; since that day: 3 done, 1 parked" in shown.stdout
    assert len(late.addresses()) == 3
    assert "connector failures" in shown.stderr


def test_as_json_and_twice(late: Desk) -> None:
    (first,) = late.json("backfill", "--since", "2026-01-01")["companies"]
    (second,) = late.json("backfill", "--since", "2026-01-01")["companies"]
    assert (first["asked"], first["counts"]["done"], first["error"]) == (4, 3, None)
    assert (second["asked"], second["counts"]) == (0, first["counts"])
    assert first["since"] == "2026-01-01T00:00:00Z"
    assert len(late.addresses()) == 3


def test_a_later_date_leaves_the_earlier_ones(late: Desk) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert late.json("backfill", "--since", tomorrow)["companies"][0]["asked"] == 0


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "now"])
def test_a_date_that_is_none_is_a_mistake_in_usage(desk: Desk, date: str) -> None:
    shown = desk.run("backfill", "--since", date)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "2026-11-01" in shown.stderr


def test_somebody_quarantined_is_told_by_the_exit_code(late: Desk) -> None:
    late.world.pinpoint.edit_job("5101", ask_for_address=True, address_required=True)
    assert late.run("backfill", "--since", "2026-01-01").returncode == 1


def test_a_running_daemon_and_the_command_double_nobody(late: Desk) -> None:
    for _ in range(8):
        late.starts()
    late.run("sync")
    daemon = late.start("run")
    try:
        new = [late.starts() for _ in range(2)]
        ended = late.process("backfill", "--since", "2026-01-01", "--json")
    finally:
        daemon.terminate()
        daemon.wait(30)
    late.run("sync", "--until-idle")
    assert ended.returncode in (0, 75), ended.stderr
    assert len(late.addresses()) == len(set(late.addresses())) == 3 + 8 + len(new)


def test_a_source_that_cannot_be_reached_exits_69(late: Desk) -> None:
    late.world.faults.add("reset_before", platform="cord", times=99)
    shown = late.run("backfill", "--since", "2026-01-01")
    assert shown.returncode == 69
    assert "not finished" in shown.stdout
