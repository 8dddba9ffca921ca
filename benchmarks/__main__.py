"""`python -m benchmarks [--quick] [--only NAME …] [--json FILE] [--seed N]`: measure, and print a table."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import backlog, calls, companies, cpu, envelope, latency, listings, memory, starting, texts
from benchmarks.figures import QUICK, Figure, Sizes, print_table, write_json

BENCHMARKS: dict[str, Callable[[Sizes], list[Figure]]] = {
    "calls": calls.measure,
    "cpu": cpu.measure,
    "memory": memory.measure,
    "backlog": backlog.measure,
    "latency": latency.measure,
    "envelope": envelope.measure,
    "companies": companies.measure,
    "listings": listings.measure,
    "texts": texts.measure,
    "help": starting.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; a goal that is missed is shown in the table and is no failure of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute; the numbers say little")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--seed", type=int, default=1, help="of people, ids and faults (default: 1)")
    options = parser.parse_args(arguments)
    sizes = replace(QUICK if options.quick else Sizes(), seed=options.seed)
    figures: list[Figure] = []
    for name in options.only or BENCHMARKS:
        began = time.monotonic()
        figures += BENCHMARKS[name](sizes)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print_table(figures)
    if options.json:
        write_json(options.json, figures, sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
