"""The outside world in a process of its own, so that what the simulators cost is nobody else's cost.

`Outside.ask(task, …)` runs `task(world, …)` over there and returns what it returns. A task is a function of a module,
so that it can be sent; those that several benchmarks need are here.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from connector.sandbox.world import World

JOB, POSITION = "5101", "po_17"

#: a fresh interpreter: neither the threads nor the memory of this process come along
SPAWN = multiprocessing.get_context("spawn")

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Address:
    """Where the world is, and what opens it; can be sent to a process."""

    cord_url: str
    pinpoint_url: str
    token: str
    key: str


class Outside:
    """A world that is served from entering to leaving. `settings` are those of `World`."""

    def __init__(self, **settings: Any) -> None:
        self._mine, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs, settings), name="outside", daemon=True)

    def __enter__(self) -> Outside:
        self._process.start()
        self.address = self.ask(_address)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            # a task that raised has ended it already
            self._mine.send(None)
        self._process.join(10)
        self._process.kill()

    def ask(self, task: Callable[Concatenate[World, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a task in the world's process and return its answer."""
        self._mine.send((task, args, kwargs))
        answer: T = self._mine.recv()
        return answer


def _serve(theirs: Connection, settings: dict[str, Any]) -> None:
    with World(**settings) as world:
        while (order := theirs.recv()) is not None:
            task, args, kwargs = order
            theirs.send(task(world, *args, **kwargs))


def _address(world: World) -> Address:
    return Address(world.cord_url, world.pinpoint_url, world.cord_token, world.pinpoint_key)


def open_job(world: World, linked: bool = True) -> None:
    """Open a job, and a position that feeds it if `linked`."""
    world.pinpoint.add_job(id=JOB, title="Backend Engineer")
    world.cord.add_position(id=POSITION, title="Backend Engineer", linked_job=JOB if linked else None)


def start_conversations(world: World, people: int, cv_bytes: int) -> list[str]:
    """Let so many invented people, with CVs of about that size, start a conversation; returns the starts' ids."""
    starts, content = [], b""
    for person in (next(world.people) for _ in range(people)):
        details = person.details(None if content else cv_bytes)
        # one file for everybody: what is in it is of no consequence here, and it is large
        content = content or details["cv"]
        starts.append(world.cord.start_conversation(world.cord.add_person(**details | {"cv": content}), POSITION))
    return starts


def begin_again(world: World) -> None:
    """Forget who applied and what was called; the conversations stay."""
    world.clear_calls()
    for application in world.pinpoint.applications:
        world.pinpoint.delete_application(application.id)
    world.pinpoint.candidate_rows.clear()


def count_calls(world: World) -> dict[str, int]:
    """Count the calls to Pinpoint since the log was emptied: all of them, and those for the list of jobs."""
    calls = world.calls_to("pinpoint")
    return {"all": len(calls), "jobs": sum(call.path == "/api/v1/jobs" for call in calls)}


def references(world: World) -> list[str]:
    """Return the reference of every application, as often as it is there."""
    return [application.reference or "" for application in world.pinpoint.applications]


def empty_call_log(world: World) -> None:
    """Forget the calls so far."""
    world.clear_calls()
