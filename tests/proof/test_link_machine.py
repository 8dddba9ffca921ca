"""Links made from both sides, in any order: the file wins, the source is told, and everybody goes where it led.

A state machine links positions by command, by hand in the file, and at the source; jobs close and open, calls break,
and the process dies at any step of telling. Then all trouble ends: every start has gone to a job that its position led
to, or waits for a reason that is true, and the source shows what it was told last.

`CONNECTOR_TEST_EXAMPLES` plays more of them (15 otherwise), `CONNECTOR_TEST_SEED` others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from connector.domain.actions import Item, Kind, State
from connector.domain.model import Position
from connector.flows.links import tell_source
from connector.sandbox import faults
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.mirror import put_foreign
from tests.proof.stage import Stage, blank, doubled, starts_of, writes

EXAMPLES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "15"))
SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "20261128"))

JOBS, POSITIONS = ("5101", "5102", "5103"), ("po_1", "po_2")
#: so often as not, nothing dies
STEPS = (0, 0, 1, 2)

#: what may happen, the weightier the more often
HAPPENS = (
    *("link_at_the_source", "link_at_the_source", "unlink_at_the_source"),
    *("link_by_command", "link_by_command", "unlink_by_command", "edit_the_file"),
    *("start", "start_and_see", "start_and_see", "start_and_see"),
    *("close_job", "open_job", "lose_an_answer", "refuse_a_connection", "die", "run", "run"),
)

jobs, positions = st.sampled_from(JOBS), st.sampled_from(POSITIONS)
steps, moments = st.sampled_from(STEPS), st.sampled_from((BEFORE, AFTER))


class Machine(RuleBasedStateMachine):
    """Administrators at both ends, people, failures and deaths."""

    world: ClassVar[World]
    database: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=self.database.parent))
        shutil.copy(self.database, self._folder / "connector.db")
        blank(self.world)
        self.cord, self.pinpoint = self.world.cord, self.world.pinpoint
        #: the mapping file's links, and what the source was told last and nobody has changed there since
        self._in_file: dict[str, str] = {}
        self._told: dict[str, str | None] = {}
        #: every job that a position has led to
        self._led: dict[str, set[str | None]] = {position: set() for position in POSITIONS}

    @initialize(follows=st.sampled_from((True, True, True, False)))
    def open_up(self, follows: bool) -> None:
        for job in JOBS:
            self.pinpoint.add_job(id=job, title=f"Job {job}")
            # or cord takes no link to it
            put_foreign(self.world, job)
        for position in POSITIONS:
            self.cord.add_position(id=position, title=f"Position {position}")
        self._follows = follows
        self.stage = Stage(self._folder, self.world, **self._mapping())

    #: one rule for everything: rules that are left out of whole examples would leave little of the matter
    @rule(what=st.sampled_from(HAPPENS), position=positions, job=jobs, other=jobs, at=steps, when=moments)
    def happens(self, what: str, **how: Any) -> None:
        getattr(self, what)(**how)

    # --- both sides

    def link_at_the_source(self, position: str, job: str, **_: Any) -> None:
        self.cord.link(position, job)
        self._told.pop(position, None)

    def unlink_at_the_source(self, position: str, **_: Any) -> None:
        self.cord.unlink(position)
        self._told.pop(position, None)

    def link_by_command(self, position: str, job: str, at: int, when: str, **_: Any) -> None:
        self._in_file[position] = job
        self._tell(position, job, at, when)

    def unlink_by_command(self, position: str, at: int, when: str, **_: Any) -> None:
        self._in_file.pop(position, None)
        self._tell(position, None, at, when)

    def edit_the_file(self, position: str, job: str, other: str, **_: Any) -> None:
        self._in_file.pop(position, None)
        # as often as two of three draws differ
        self._in_file |= {position: job} if job != other else {}
        self.stage.remap(**self._mapping())

    def _mapping(self) -> dict[str, Any]:
        links = [{"position": position, "job": job} for position, job in self._in_file.items()]
        return {"positions": links, "follow_source_links": self._follows}

    def _tell(self, position: str, job: str | None, at: int, when: str) -> None:
        """Write the file first, then tell the source, as the commands do; the process may die at a step of that."""
        self.stage.remap(**self._mapping())
        about, origin = Position(position, f"Position {position}", "open", None), "linked" if job else "unlinked"
        known = self._tellings()
        died = self.stage.run_to_death(at, when, lambda: tell_source(self.stage.company, about, job, origin))
        if died and self._tellings() == known:
            # dead before the intent: the file counts all the same, and the source shows what it showed
            return
        self._told[position] = job

    def _tellings(self) -> set[int]:
        found = self.stage.stores.actions.in_states(self.stage.company.name, list(State), 100_000)
        return {item.id for item in found if item.kind is Kind.LINK}

    # --- people and jobs

    def start(self, position: str, **_: Any) -> None:
        self._start(position)

    def start_and_see(self, position: str, **_: Any) -> None:
        """Let somebody start while all is well, once both lists have been read: they go where the position leads."""
        self.world.faults.clear()
        start, before = self._start(position), self._leads_to(position)
        self.stage.clock.advance(301.0)
        self.stage.settle()
        # what the source had not been told yet, it has been told meanwhile
        self._judge_start(self.stage.items()[start], {before, self._leads_to(position)})
        assert {position: self._linked(position) for position in self._told} == self._told

    def _start(self, position: str) -> str:
        return self.cord.start_conversation(self.cord.add_person(**next(self.world.people).details()), position)

    def _judge_start(self, item: Item, led: set[str | None]) -> None:
        """See that a start stands where its position led, or waits for a reason that is true."""
        where = (
            f"{item.start_id} on {item.position_id}, which led to {led}, is {item.state} {item.reason} {item.job_id}"
        )
        if item.state is State.DONE:
            assert item.job_id in led, where
            return
        closed = [job for job in led if job and self.pinpoint.jobs[job].status == "closed"]
        true = {*(["position_not_linked"] if None in led else []), *(["job_not_open"] if closed else [])}
        assert item.reason in true, where

    def close_job(self, job: str, **_: Any) -> None:
        self.pinpoint.edit_job(job, status="closed")

    def open_job(self, job: str, **_: Any) -> None:
        self.pinpoint.edit_job(job, status="open")

    # --- trouble

    def lose_an_answer(self, **_: Any) -> None:
        self.world.faults.add(faults.RESET_AFTER, path="/ats-link", nth=1)

    def refuse_a_connection(self, **_: Any) -> None:
        self.world.faults.add(faults.UNAVAILABLE, path="/ats-link", nth=1)

    def die(self, at: int, when: str, **_: Any) -> None:
        self.stage.run_to_death(at + 1, when)

    def run(self, **_: Any) -> None:
        self.stage.clock.advance(5.0)
        self.stage.run()

    # --- the truth

    @invariant()
    def note_where_positions_lead(self) -> None:
        for position in self.cord.positions:
            self._led[position].add(self._leads_to(position))

    def _linked(self, position: str) -> str | None:
        """Return the source's own link."""
        link = self.cord.positions[position].link
        return link.ats_job_id if link else None

    def _leads_to(self, position: str) -> str | None:
        """Return the job that counts: the file's, or else the source's where that is followed."""
        return self._in_file.get(position) or (self._linked(position) if self._follows else None)

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.stage.come_to_rest()
                self.note_where_positions_lead()
                self._judge()
        finally:
            if hasattr(self, "stage"):
                self.stage.close()
            shutil.rmtree(self._folder)

    def _judge(self) -> None:
        items = self.stage.items()
        assert {position: self._linked(position) for position in self._told} == self._told
        assert (doubled(self.world), items.keys()) == ([], starts_of(self.world).keys())
        for item in items.values():
            rests = {self._leads_to(item.position_id)}
            self._judge_start(item, self._led[item.position_id] if item.state is State.DONE else rests)
        before = writes(self.world)
        self.stage.run()
        assert writes(self.world)[len(before) :] == []


@pytest.mark.timeout(600)
def test_the_file_wins_and_the_source_shows_what_it_was_told(served: World, new_database: Path) -> None:
    Machine.world, Machine.database = served, new_database
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if os.environ.get("CONNECTOR_TEST_SHRINK") else [])],
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Machine), settings=chosen)
