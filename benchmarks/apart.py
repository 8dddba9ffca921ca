"""Work in a process of its own, with what it took: CPU time, elapsed time, memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar

import psutil

from benchmarks.outside import SPAWN

#: between two looks at the memory of a process
_LOOK_S = 0.005

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Usage:
    """What the measured part of a piece of work took."""

    #: user and system, all threads; of this process alone
    cpu_s: float
    elapsed_s: float
    #: resident memory in bytes when the measured part began, and the most it was
    rss_before: int
    rss_peak: int

    @property
    def growth_mb(self) -> float:
        """Return by how many megabytes (10^6 bytes) the resident memory grew."""
        return (self.rss_peak - self.rss_before) / 1e6


class Meter:
    """`with meter: …` in a task marks the part that is measured: imports and preparations are not."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def __enter__(self) -> None:
        self._say("begin")
        self._began = time.process_time(), time.monotonic()

    def __exit__(self, *_outcome: object) -> None:
        cpu, elapsed = self._began
        self._say("end", time.process_time() - cpu, time.monotonic() - elapsed)

    def _say(self, *what: object) -> None:
        self._pipe.send(what)
        # the other side has looked at our memory when it answers
        self._pipe.recv()


def measured(task: Callable[Concatenate[Meter, P], T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, Usage]:
    """Run `task(meter, …)` in a fresh process; returns its answer and the usage of the part it has marked."""
    mine, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_work, args=(theirs, task, args, kwargs), daemon=True)
    process.start()
    theirs.close()
    _hear(mine, "begin")
    before = peak = psutil.Process(process.pid).memory_info().rss
    mine.send(None)
    while not mine.poll(_LOOK_S):
        peak = max(peak, psutil.Process(process.pid).memory_info().rss)
    cpu_s, elapsed_s = _hear(mine, "end")
    mine.send(None)
    (answer,) = _hear(mine, "answer")
    process.join()
    return answer, Usage(cpu_s, elapsed_s, before, peak)


def _work(pipe: Connection, task: Callable[..., Any], args: Any, kwargs: Any) -> None:
    pipe.send(("answer", task(Meter(pipe), *args, **kwargs)))


def _hear(pipe: Connection, expected: str) -> tuple[Any, ...]:
    # EOFError here: the process has died, and has said why on its standard error
    kind, *rest = pipe.recv()
    if kind != expected:
        raise RuntimeError(f"a task must mark one part of itself: {kind} came instead of {expected}")
    return tuple(rest)
