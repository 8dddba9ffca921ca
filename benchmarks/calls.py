"""How many calls to Pinpoint a candidate costs, when nothing fails.

Everything counts: look-ups, creates, the read-back, and the list of jobs. Each number of people is forwarded by one run
of a connector with an empty database (cold: the list of jobs is read) and without the list (what a run costs that
finds it read already, as nearly all do). The limits are off, so that no call is saved by waiting.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.figures import Figure, Sizes
from benchmarks.outside import Outside, count_calls, open_job, start_conversations
from benchmarks.workplace import at_work, furnish
from connector.flows.applications import sync_applications

#: calls a candidate, in bulk with everything and alone with a warm list
BULK, BULK_GOAL, ALONE_GOAL = 500, 1.05, 3.0
_CV_BYTES = 20_000


def measure(sizes: Sizes) -> list[Figure]:
    """Forward each number of people once, in a world of its own."""
    return [figure for people in sizes.calls_people for figure in _forwarded(people, sizes.seed)]


def _forwarded(people: int, seed: int) -> list[Figure]:
    with Outside(seed=seed, limits=None) as outside, tempfile.TemporaryDirectory() as folder:
        outside.ask(open_job)
        outside.ask(start_conversations, people, _CV_BYTES)
        furnish(Path(folder), outside.address)
        with at_work(Path(folder), outside.address) as (company, stores):
            sync_applications(company)
            done = stores.actions.counts(company.name)["done"]
        calls = outside.ask(count_calls)
    if done != people:
        raise RuntimeError(f"{done} of {people} people were sent")
    cold, warm = calls["all"] / people, (calls["all"] - calls["jobs"]) / people
    unit, name = "calls a candidate", f"Pinpoint calls, {people} {'people' if people > 1 else 'person'}"
    bulk, alone = people >= BULK, people == 1
    return [
        Figure(
            f"{name}, all",
            cold,
            unit,
            "one create each is the least",
            f"≤ {BULK_GOAL}" if bulk else "",
            cold <= BULK_GOAL if bulk else None,
        ),
        Figure(
            f"{name}, list of jobs known",
            warm,
            unit,
            "one create each is the least",
            f"≤ {ALONE_GOAL:g}" if alone else "",
            warm <= ALONE_GOAL if alone else None,
        ),
    ]
