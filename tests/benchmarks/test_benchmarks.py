"""The benchmarks run at tiny sizes; what they say at those is of no consequence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.figures import Figure, Sizes, write_json

TINY = Sizes(
    calls_people=(1,),
    cpu_people=2,
    cpu_rounds=1,
    cpu_cv_bytes=2_000,
    memory_people=2,
    memory_cv_bytes=(2_000, 20_000),
    backlog_rows=(2, 4),
    backlog_runs=1,
    latency_people=2,
    envelope_people=4,
    envelope_kills=1,
    companies=(1,),
    companies_s=0.5,
    texts_calls=20,
    texts_rounds=1,
    texts_messages=(5,),
)


@pytest.mark.parametrize("name", sorted(command.BENCHMARKS.keys() - {"envelope"}))
def test_each_benchmark_gives_figures_with_unit_and_comparison(name: str) -> None:
    figures = command.BENCHMARKS[name](TINY)

    assert figures
    assert all(figure.name and figure.unit and figure.against for figure in figures)


def test_envelope_loses_and_doubles_nobody() -> None:
    met = {figure.name: figure.met for figure in command.BENCHMARKS["envelope"](TINY)}

    assert met["envelope, lost"]
    assert met["envelope, doubled"]
    assert met["envelope, sent without a report"]


def test_json_holds_figures_sizes_and_machine(tmp_path: Path) -> None:
    write_json(tmp_path / "figures.json", [Figure("time", 1.5, "s", "an hour")], TINY)

    document = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))

    assert document["figures"][0]["against"] == "an hour"
    assert document["sizes"]["seed"] == 1
    assert {"cpus", "python", "system", "packages"} <= set(document["machine"])


def test_command_measures_what_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "QUICK", TINY)

    assert command.main(["--quick", "--only", "calls", "--seed", "7", "--json", str(tmp_path / "figures.json")]) == 0
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["sizes"]["seed"] == 7
