"""Figures: what was measured, in which unit, and against what; as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

_PACKAGES = ("httpx2", "pydantic", "pypdf", "sqlalchemy", "sqlmodel", "structlog", "tenacity", "uvicorn")


@dataclass(frozen=True)
class Figure:
    """One number."""

    name: str
    value: float
    unit: str
    #: what it is compared with, or what it was measured on
    against: str
    goal: str = ""
    #: None: there is no goal
    met: bool | None = None


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `Sizes()` is the full size; `QUICK` shows in a minute that everything works."""

    seed: int = 1
    calls_people: tuple[int, ...] = (1, 50, 500)
    cpu_people: int = 1_000
    cpu_rounds: int = 3
    cpu_cv_bytes: int = 200_000
    memory_people: int = 40
    memory_cv_bytes: tuple[int, int] = (20_000, 9_000_000)
    backlog_rows: tuple[int, int] = (1_000, 100_000)
    backlog_runs: int = 20
    latency_people: int = 20
    envelope_people: int = 500
    envelope_kills: int = 15
    companies: tuple[int, ...] = (1, 100, 1_000)
    companies_s: float = 60.0
    listing_jobs: int = 1_000
    listing_rounds: int = 3
    texts_calls: int = 2_000
    texts_rounds: int = 3
    texts_messages: tuple[int, ...] = (1_000, 10_000)
    help_runs: int = 15


QUICK = Sizes(
    calls_people=(1, 50),
    cpu_people=20,
    cpu_rounds=1,
    memory_people=8,
    memory_cv_bytes=(20_000, 2_000_000),
    backlog_rows=(100, 5_000),
    backlog_runs=5,
    latency_people=4,
    envelope_people=40,
    envelope_kills=2,
    companies=(1, 20),
    companies_s=5.0,
    listing_jobs=50,
    listing_rounds=1,
    texts_calls=100,
    texts_rounds=1,
    texts_messages=(50,),
    help_runs=5,
)


def machine() -> dict[str, object]:
    """Return what the numbers depend on beside the code."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpus": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "processor": platform.processor() or platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in _PACKAGES},
    }


def print_table(figures: Sequence[Figure]) -> None:
    """Print the figures on standard output."""
    table = Table("what", "value", "unit", "on, or compared with", "goal", "met")
    table.columns[1].justify = "right"
    for figure in figures:
        met = {None: "", True: "yes", False: "NO"}[figure.met]
        table.add_row(figure.name, f"{figure.value:,.2f}", figure.unit, figure.against, figure.goal, met)
    Console().print(table)


def write_json(path: Path, figures: Sequence[Figure], sizes: Sizes) -> None:
    """Write the figures with the sizes, the seed and the machine."""
    document = {"machine": machine(), "sizes": asdict(sizes), "figures": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
