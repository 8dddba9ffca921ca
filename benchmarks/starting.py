"""How long `connector --help` takes, against an interpreter that does nothing.

Each is started anew a number of times, one after the other; the median of the wall clock counts. A person at a shell
feels this one more than any other.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.figures import Figure, Sizes

GOAL_MS = 200.0


def measure(sizes: Sizes) -> list[Figure]:
    """Start both in turn."""
    helps, bare = [], []
    for _ in range(sizes.help_runs):
        helps.append(_took_ms([sys.executable, "-m", "connector", "--help"]))
        bare.append(_took_ms([sys.executable, "-c", "pass"]))
    mine, nothing = statistics.median(helps), statistics.median(bare)
    against = f"an interpreter that does nothing takes {nothing:.0f} ms"
    return [Figure("connector --help", mine, "ms", against, f"≤ {GOAL_MS:.0f}", mine <= GOAL_MS)]


def _took_ms(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000
