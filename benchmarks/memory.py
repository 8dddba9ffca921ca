"""How much memory CVs take: four at once, however many there are.

People with large CVs are forwarded by one process, and as many people with small ones by another. The growth is the
most that the resident memory rose above what it was before the run. If CVs were kept, it would rise with their number.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.apart import Usage, measured
from benchmarks.cpu import connector
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Outside, open_job, start_conversations
from benchmarks.workplace import furnish

#: downloads and uploads at once, and what each may hold: a file, its parts while they are put together, and some base64
HANDS, COPIES = 4, 2.5


def measure(sizes: Sizes) -> list[Figure]:
    """Forward people with small CVs, then people with large ones."""
    small, large = sizes.memory_cv_bytes
    before, after = (_forwarded(size, sizes).growth_mb for size in (small, large))
    cvs = (after - before) * 1e6 / large
    people = f"{sizes.memory_people} people, {HANDS} at once"
    return [
        Figure(f"memory growth, CVs of {small / 1e6:g} MB", before, "MB", people),
        Figure(f"memory growth, CVs of {large / 1e6:g} MB", after, "MB", people),
        Figure(
            "memory of large CVs over small ones",
            cvs,
            "CVs",
            f"{sizes.memory_people} CVs that passed, {HANDS} at once",
            f"≤ {HANDS * COPIES:g}",
            cvs <= HANDS * COPIES,
        ),
    ]


def _forwarded(cv_bytes: int, sizes: Sizes) -> Usage:
    with Outside(seed=sizes.seed, limits=None) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        outside.ask(start_conversations, sizes.memory_people, cv_bytes)
        furnish(Path(folder), outside.address)
        done, usage = measured(connector, folder, outside.address)
    if done != sizes.memory_people:
        raise RuntimeError(f"{done} of {sizes.memory_people} people were sent")
    return usage
