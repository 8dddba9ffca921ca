"""Mappings and keys that change while the daemon runs: taken over if all of them are valid, without a restart."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.ops.post import Daemon, wait_until

NEXT = "an-invented-key-of-next-month"


def mapping(daemon: Daemon, company: str = "harbourline") -> Path:
    return daemon.folder / "mappings" / f"{company}.yaml"


def ask(daemon: Daemon, *words: str) -> subprocess.CompletedProcess[str]:
    """Make a command beside the daemon."""
    line = [sys.executable, "-m", "connector", *words]
    return subprocess.run(
        line, cwd=daemon.folder, env=daemon.environ, capture_output=True, text=True, timeout=60, check=False
    )


def status(daemon: Daemon) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(daemon, "status", "--json").stdout)
    return found


def at_work(daemon: Daemon) -> set[str]:
    """Return the companies whose feed is polled."""
    names = [name for name in daemon.figures() if name.startswith("connector_flow_interval_seconds")]
    return {name.split('company="')[1].split('"')[0] for name in names}


def hang_up(daemon: Daemon) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)


def test_a_faulty_mapping_leaves_the_old_in_force_says_so_once_and_shows_everywhere(daemon: Daemon) -> None:
    daemon.map()
    daemon.map("quayside")
    daemon.begin()
    wait_until(daemon.ready)
    sound = mapping(daemon).read_text()
    mapping(daemon).write_text(sound.replace("poll_every: 1s", "poll_evry: 1s", 1))
    mapping(daemon, "quayside").write_text(mapping(daemon, "quayside").read_text() + "\n# nobody hears of this\n")
    wait_until(lambda: not daemon.ready())
    assert "harbourline.yaml:6" in daemon.reasons()
    assert "the ones before stay in force" in daemon.reasons()
    daemon.starts(1)
    wait_until(lambda: daemon.applications() == 1)
    beside = ask(daemon, "status", "--json")
    assert beside.returncode == 78
    assert "harbourline.yaml:6" in beside.stderr
    shown = json.loads(beside.stdout)
    assert "harbourline.yaml:6" in shown["mapping"]["last_error"]
    assert {each["company"] for each in shown["companies"]} == {"harbourline", "quayside"}
    # the same problems after another write: nothing new to say
    mapping(daemon).touch()
    time.sleep(3)
    assert len([row for row in daemon.log("change") if row["level"] == "error"]) == 1
    mapping(daemon).write_text(sound)
    wait_until(daemon.ready)
    assert status(daemon)["mapping"]["last_error"] is None


def test_companies_come_and_go_and_their_people_stay(daemon: Daemon) -> None:
    daemon.map()
    daemon.map("quayside")
    daemon.begin()
    daemon.starts(1)
    wait_until(lambda: all(each["counts"]["done"] == 1 for each in status(daemon)["companies"]))
    mapping(daemon, "quayside").unlink()
    daemon.map("wharfside")
    wait_until(lambda: at_work(daemon) == {"harbourline", "wharfside"})
    (taken,) = [row for row in daemon.log("change") if row["event"] == "mappings taken over"]
    assert (taken["added"], taken["removed"]) == (["wharfside"], ["quayside"])
    assert "changed" not in taken
    daemon.map("quayside")
    wait_until(lambda: at_work(daemon) == {"harbourline", "quayside", "wharfside"})
    counts = {each["company"]: each["counts"]["done"] for each in status(daemon)["companies"]}
    assert (counts["harbourline"], counts["quayside"]) == (1, 1)


def test_a_run_under_way_is_not_interrupted_and_the_changed_company_goes_on_after_it(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    wait_until(daemon.ready)
    daemon.world.faults.add("stall_after", platform="pinpoint", method="POST", path="/applications$", seconds=8)
    daemon.starts(1)
    wait_until(lambda: any(call.method == "POST" for call in daemon.world.calls_to("pinpoint")))
    mapping(daemon).write_text(
        mapping(daemon).read_text().replace("start: beginning", "start: beginning, source_label: Later")
    )
    wait_until(lambda: daemon.log("change"))
    daemon.starts(1)
    wait_until(lambda: status(daemon)["companies"][0]["counts"]["done"] == 2)
    sources = [application.attributes["channel_source"] for application in daemon.world.pinpoint.applications]
    assert sources == ["cord", "Later"]
    assert not [row for row in daemon.log("create") if row.get("state") not in (None, "attempting", "done")]
    assert daemon.end() == 0


def test_sighup_reads_at_once_and_says_so(daemon: Daemon) -> None:
    daemon.map()
    daemon.begin()
    hang_up(daemon)
    wait_until(lambda: [row for row in daemon.log("change") if row["event"] == "mappings read again"])
    assert daemon.end() == 0


def test_a_changed_key_file_ends_the_pause_at_once(daemon: Daemon) -> None:
    key = daemon.folder / "pinpoint_key"
    key.write_text(daemon.environ.pop("PINPOINT_KEY"))
    daemon.environ["PINPOINT_KEY_FILE"] = str(key)
    daemon.map()
    daemon.begin()
    wait_until(daemon.ready)
    daemon.world.pinpoint.restore_key(NEXT)
    daemon.starts(1)
    wait_until(lambda: daemon.log("pause"))
    key.write_text(f"{NEXT}\n")
    wait_until(lambda: daemon.applications() == 1, 15.0)
    assert daemon.log("resume")
    assert NEXT not in (daemon.folder / "err.log").read_text()


def test_two_keys_while_one_is_replaced_keep_everybody_going(daemon: Daemon) -> None:
    daemon.environ["NEXT_KEY"] = NEXT
    daemon.map()
    mapping(daemon).write_text(
        mapping(daemon).read_text().replace('"${PINPOINT_KEY}"', '["${NEXT_KEY}", "${PINPOINT_KEY}"]')
    )
    daemon.begin()
    daemon.starts(1)
    wait_until(lambda: daemon.applications() == 1)
    daemon.world.pinpoint.restore_key(NEXT)
    daemon.starts(1)
    wait_until(lambda: daemon.applications() == 2, 15.0)
    said = [(row["level"], row["event"]) for row in daemon.log("key")]
    assert said == [("warning", "older key in use"), ("info", "newest key in use")]
    assert daemon.log("pause") == []
