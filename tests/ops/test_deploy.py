"""The unit, the image, the rules and the board: what can be told of them without their runtimes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from connector.config.settings import Settings
from connector.domain.audits import AuditCounts
from connector.domain.textwatch import TextFigures
from connector.web.metrics import FlowSeen, Metrics, Reading

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


# --- the unit


@pytest.fixture(scope="module")
def unit() -> dict[str, list[str]]:
    """Every value of every key of the unit."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"(?m)^([A-Z]\w+)=(.*)$", (DEPLOY / "connector.service").read_text("utf-8")):
        found.setdefault(name, []).append(value)
    return found


def test_systemd_waits_for_our_word_and_restarts_what_hangs(unit: dict[str, list[str]]) -> None:
    assert (unit["Type"], unit["NotifyAccess"], unit["WatchdogSec"]) == (["notify"], ["main"], ["120s"])
    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == (["on-failure"], ["78"])


def test_stop_leaves_time_for_the_run_under_way(unit: dict[str, list[str]]) -> None:
    from connector.cli.daemon import PATIENCE_S

    assert int(unit["TimeoutStopSec"][0].rstrip("s")) > PATIENCE_S


def test_settings_in_the_unit_are_known(unit: dict[str, list[str]]) -> None:
    names = {value.partition("=")[0].removeprefix("CONNECTOR_").lower() for value in unit["Environment"]}
    assert names <= set(Settings.model_fields)


def test_keys_come_as_credentials_under_the_names_that_mappings_use(unit: dict[str, list[str]]) -> None:
    # systemd: a folder gives one credential for each file, its name behind the id and an underscore
    (credential,) = unit["LoadCredential"]
    assert f"{credential.partition(':')[0]}_CORD_TOKEN" == "HARBOURLINE_CORD_TOKEN"


def _systemd_analyze(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (apt-get install systemd)")
    return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=60)


def _installed(folder: Path) -> Path:
    """Return the unit with a program that is there in place of the one that is installed later."""
    text = (DEPLOY / "connector.service").read_text("utf-8")
    program = folder / "connector"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    file = folder / "connector.service"
    file.write_text(text.replace("/opt/connector/bin/connector", str(program)))
    return file


def test_systemd_finds_nothing_wrong_in_the_unit(tmp_path: Path) -> None:
    checked = _systemd_analyze("verify", "--man=no", str(_installed(tmp_path)))
    about_ours = [line for line in checked.stderr.splitlines() if "connector" in line]
    assert (about_ours, checked.returncode) == ([], 0)


def test_systemd_finds_the_unit_well_shut_off(tmp_path: Path) -> None:
    checked = _systemd_analyze("security", "--offline=true", "--threshold=20", str(_installed(tmp_path)))
    assert checked.returncode == 0, checked.stdout


# --- the image


def _instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word.upper(), rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


INSTRUCTIONS = _instructions()
KNOWN = {"CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "STOPSIGNAL", "USER", "VOLUME"}


def _last_stage() -> list[tuple[str, str]]:
    begins = max(number for number, (word, _) in enumerate(INSTRUCTIONS) if word == "FROM")
    return INSTRUCTIONS[begins:]


def _only(word: str) -> str:
    (rest,) = [rest for name, rest in _last_stage() if name == word]
    return rest


def test_every_instruction_is_one() -> None:
    assert {word for word, _ in INSTRUCTIONS} <= {*KNOWN, "WORKDIR"}


def test_image_is_slim_with_its_version_and_built_in_a_stage_of_its_own() -> None:
    bases = [rest.split()[0] for word, rest in INSTRUCTIONS if word == "FROM"]
    assert bases == ["python:3.11-slim"] * 2


def test_every_package_is_checked_against_its_hash() -> None:
    installs = [
        part for word, rest in INSTRUCTIONS if word == "RUN" for part in rest.split("&&") if " install " in part
    ]
    unchecked = [part for part in installs if "pip" in part and "--require-hashes" not in part]
    # our own wheel, whose packages are there already
    assert [("--no-deps" in part, "/wheels/" in part) for part in unchecked] == [(True, True)]
    assert all("--no-cache-dir" in part for part in installs if "pip" in part)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    copied = [
        path for word, rest in INSTRUCTIONS if word == "COPY" and "--from" not in rest for path in rest.split()[:-1]
    ]
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert [path for path in copied if f"!{path.rstrip('/')}" not in kept] == []


def test_nothing_runs_as_root() -> None:
    user = _only("USER")
    after = [word for word, _ in _last_stage()[[w for w, _ in _last_stage()].index("USER") :]]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert not {"RUN", "COPY"} & set(after)


@pytest.mark.parametrize("word", ["ENTRYPOINT", "CMD"])
def test_the_daemon_gets_signals_itself(word: str) -> None:
    assert isinstance(json.loads(_only(word)), list)
    assert _only("STOPSIGNAL") == "SIGTERM"


def test_health_check_is_a_program_that_compiles() -> None:
    options, _, command = _only("HEALTHCHECK").partition(" CMD ")
    words = json.loads(command)
    assert {option.partition("=")[0] for option in options.split()} == {
        "--interval",
        "--timeout",
        "--start-period",
        "--retries",
    }
    assert words[:2] == ["python", "-c"]
    compile(words[2], "health check", "exec")


def test_settings_in_the_image_are_known() -> None:
    names = re.findall(r"CONNECTOR_(\w+)=", _only("ENV"))
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_no_secret_is_built_in() -> None:
    assert [
        rest for word, rest in INSTRUCTIONS if word in ("ARG", "ENV") and re.search("(?i)key|token|secret", rest)
    ] == []


# --- the rules and the board


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Every figure that the page can hold, with the labels of none."""
    reading = Reading(
        ready=True,
        flows=[FlowSeen("harbourline", "applications", 30.0, 1.0, {"well": 1})],
        actions={("harbourline", "application", "done"): 1},
        pauses=[("harbourline", "cord", "platform_unwell")],
        budgets=[("cord", "1s", 5)],
        audits={"harbourline": AuditCounts(datetime(2026, 11, 28, tzinfo=UTC), 1, 1, 0, 0, 0)},
        link_warnings={("harbourline", "phone_required"): 1},
        texts={"harbourline": TextFigures({("out", "twilio", "failed"): 1}, {"unmatched": 1}, left=3)},
    )
    metrics = Metrics(lambda: reading, {"version": "1"})
    metrics.called("cord", 200, None, 0.1)
    metrics.alerted(True)
    content, _ = metrics.page("text/plain")
    families = text_string_to_metric_families(content.decode())
    return {sample.name for family in families for sample in family.samples}


def _rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def _board() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((DEPLOY / "grafana.json").read_text("utf-8"))
    return board


def _queries() -> list[str]:
    variables = [v["query"]["query"] for v in _board()["templating"]["list"] if v["type"] == "query"]
    panels = [target["expr"] for panel in _board()["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in _rules()] + panels + variables


def test_every_figure_in_rules_and_board_exists(names: set[str]) -> None:
    named = {name for query in _queries() for name in re.findall(r"\b(?:connector|process)_\w+", query)}
    assert named - names == set()


@pytest.mark.parametrize("figure", ["audit_missing", "audit_doubled", "audit_drifted", "link_warnings"])
def test_what_needs_a_look_has_a_rule_and_a_panel(figure: str) -> None:
    rules = [rule["alert"] for rule in _rules() if f"connector_{figure}" in rule["expr"]]
    exprs = {panel["title"]: " ".join(t["expr"] for t in panel["targets"]) for panel in _board()["panels"]}
    panels = [title for title, expr in exprs.items() if f"connector_{figure}" in expr]
    assert (len(rules), len(panels)) == (1, 1)


def _selectors(figure: str) -> list[tuple[str, str]]:
    """Return (label, value or expression) of every selector of a figure in rules and board."""
    inside = [found for query in _queries() for found in re.findall(rf"{figure}\{{([^}}]*)\}}", query)]
    return [pair for text in inside for pair in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', text)]


def test_labels_and_values_that_texts_are_picked_by_exist() -> None:
    from connector.domain.actions import Kind, State
    from connector.domain.texts import Delivery, Direction

    known = {
        "company": {"$company"},
        "direction": {*Direction},
        "status": {*Delivery, "received"},
        "how": {"unmatched", "two_people", "loop"},
        "kind": {*Kind},
        "state": {*State},
    }
    picked = [*_selectors("connector_texts"), *_selectors(r"connector_text_\w+"), *_selectors("connector_actions")]
    assert {"direction", "status", "how", "kind"} <= {label for label, _ in picked}
    assert [(label, v) for label, values in picked for v in values.split("|") if v not in known[label]] == []


TEXT_FIGURES = (
    "replies_held",
    "replies_unread",
    "callbacks_open",
    "callbacks_oldest_seconds",
    "callbacks_bad",
    "opt_outs",
    "segments_left",
)


@pytest.mark.parametrize("figure", [f"connector_text_{name}" for name in TEXT_FIGURES] + ["connector_texts"])
def test_every_figure_of_texts_is_on_the_board(figure: str) -> None:
    assert [panel["title"] for panel in _board()["panels"] for t in panel["targets"] if figure in t["expr"]]


@pytest.mark.parametrize(
    "figure", ["replies_held", "callbacks_oldest_seconds", "callbacks_bad", "segments_left", "texts", "actions"]
)
def test_what_goes_wrong_with_texts_has_a_rule(figure: str) -> None:
    name = f"connector_{figure}" if figure in ("texts", "actions") else f"connector_text_{figure}"
    rules = [rule["alert"] for rule in _rules() if name in rule["expr"] and rule["alert"].startswith("ConnectorText")]
    assert rules


def test_every_figure_is_documented_and_nothing_else_is(names: set[str]) -> None:
    text = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
    documented = set(re.findall(r"(?m)^\| `(connector_\w+)", text))
    ours = {re.sub("_(bucket|count|sum)$", "", name) for name in names if not name.endswith("_created")}
    assert documented == {name for name in ours if name.startswith("connector_")}


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    assert all(set(rule["annotations"]) == {"summary", "description"} for rule in _rules())
    assert len({rule["alert"] for rule in _rules()}) == len(_rules())


def test_brackets_of_every_query_are_in_pairs() -> None:
    odd = [q for q in _queries() if any(q.count(a) != q.count(b) for a, b in ("()", "[]", "{}"))]
    assert odd == []


def test_commands_that_rules_name_exist() -> None:
    from typer.main import get_command

    from connector.cli.main import app

    told = " ".join(text for rule in _rules() for text in rule["annotations"].values())
    for named in re.findall(r"`connector ([^`]*)`", told):
        command: Any = get_command(app)
        for word in shlex.split(named):
            if hasattr(command, "commands"):
                assert word in command.commands, named
                command = command.commands[word]
        assert not hasattr(command, "commands"), named


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = _board()["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
