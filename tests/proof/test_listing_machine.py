"""Whatever happens to the jobs, the list, the calls and the process: the mirror is true, or a named brake is on.

A state machine opens, closes, edits, hides and deletes jobs, empties and reorders the list, lets it move while its
pages are turned, spoils the source's side, breaks calls and kills the process. Then all trouble ends, and the source
must show exactly the open, external jobs whose deadline is not over, unless withdrawals are held back; those go once
somebody says yes.

`CONNECTOR_TEST_EXAMPLES` plays more of them (25 otherwise), `CONNECTOR_TEST_SEED` others.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from connector.flows.inquiry import retry, stuck
from connector.platforms.pinpoint import adapter
from connector.sandbox import faults
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.mirror import POLL_S, MirrorStage, expected, put_foreign, shown, spoil
from tests.proof.stage import DRIP_S, STALL_S, blank, writes

EXAMPLES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "25"))
SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "20261128"))
#: rows a page: few, so that pages are turned
ROWS = 4
SHARE = 0.5
PATHS = ("/ats-jobs/", "/ats-jobs$", "/api/v1/jobs$", "/api/v1/jobs/", "/v1/positions")


class Machine(RuleBasedStateMachine):
    """Recruiters, the source's users, failures and deaths."""

    world: ClassVar[World]
    database: ClassVar[Path]

    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=self.database.parent))
        shutil.copy(self.database, self._folder / "connector.db")
        blank(self.world)
        self.pinpoint, self.cord = self.world.pinpoint, self.world.cord
        self._titles = 0

    @initialize(target=jobs, foreign=st.integers(0, 8))
    def open_up(self, foreign: int) -> Any:
        for number in range(foreign):
            put_foreign(self.world, str(9000 + number), "closed" if number % 3 else "open")
        self.stage = MirrorStage(self._folder, self.world, jobs={"max_withdrawn_share": SHARE})
        return self.pinpoint.add_job(title="The first")

    # --- jobs

    @rule(target=jobs, status=st.sampled_from(("open", "open", "open", "draft")))
    def open_job(self, status: str) -> str:
        return self.pinpoint.add_job(title=self._title(), status=status)

    @rule(number=st.integers(3, 9))
    def open_many(self, number: int) -> None:
        for _ in range(number):
            self.pinpoint.add_job(title=self._title())

    @rule(job=jobs, status=st.sampled_from(("open", "closed", "archived", "filled")))
    def move_job(self, job: str, status: str) -> None:
        self._edit(job, status=status)

    @rule(job=jobs)
    def edit_job(self, job: str) -> None:
        self._edit(job, title=self._title())

    @rule(job=jobs, visibility=st.sampled_from(("external", "internal", "confidential", "external")))
    def hide_job(self, job: str, visibility: str) -> None:
        self._edit(job, visibility=visibility)

    @rule(job=jobs, seconds=st.sampled_from((-3600, 400, 5000)))
    def set_deadline(self, job: str, seconds: int) -> None:
        self._edit(job, deadline_at=(self.stage.clock.now() + timedelta(seconds=seconds)).isoformat())

    @rule(job=jobs)
    def lift_deadline(self, job: str) -> None:
        self._edit(job, deadline_at=None)

    @rule(job=jobs)
    def delete_job(self, job: str) -> None:
        if job in self.pinpoint.jobs:
            self.pinpoint.delete_job(job)

    @rule()
    def close_all(self) -> None:
        for job in list(self.pinpoint.jobs):
            self.pinpoint.edit_job(job, status="closed")

    @rule()
    def open_all(self) -> None:
        for job in list(self.pinpoint.jobs):
            self.pinpoint.edit_job(job, status="open")

    @rule(order=st.integers(0, 99))
    def reorder(self, order: int) -> None:
        rows = list(self.pinpoint.jobs.items())
        random.Random(order).shuffle(rows)
        self.pinpoint.jobs.clear()
        self.pinpoint.jobs.update(rows)

    @rule(which=st.integers(0, 3), another=st.booleans())
    def move_while_paging(self, which: int, another: bool) -> None:
        def happens() -> None:
            rows = sorted(self.pinpoint.jobs)
            if len(rows) > which:
                self.pinpoint.delete_job(rows[which])
            if another:
                self.pinpoint.add_job(title=self._title())

        self.stage.on_first_page(happens)
        self._run(POLL_S)

    # --- the source's side

    @rule(number=st.integers(9000, 9009))
    def foreign_entry(self, number: int) -> None:
        if str(number) not in self.cord.ats_jobs:
            put_foreign(self.world, str(number))

    @rule(job=jobs)
    def spoil_entry(self, job: str) -> None:
        spoil(self.world, job)

    @rule(job=jobs)
    def remove_entry(self, job: str) -> None:
        self.cord.ats_jobs.delete(job)

    # --- trouble

    @rule(kind=st.sampled_from(faults.KINDS), path=st.sampled_from(PATHS), nth=st.integers(1, 3))
    def fault(self, kind: str, path: str, nth: int) -> None:
        params: dict[str, Any] = {"seconds": STALL_S} if kind.startswith("stall") else {}
        params |= {"interval": DRIP_S} if kind == faults.DRIP else {}
        self.world.faults.add(kind, path=path, nth=nth, **params)

    @rule(platform=st.sampled_from(("cord", "pinpoint")))
    def run_into_an_outage(self, platform: str) -> None:
        self.world.take_down(platform)
        self._run(POLL_S)
        self.world.bring_up(platform)

    @rule(at=st.integers(1, 30), when=st.sampled_from((BEFORE, AFTER)))
    def die(self, at: int, when: str) -> None:
        self.stage.wait_for_stalls()
        self.stage.clock.advance(POLL_S)
        self.stage.run_to_death(at, when)

    # --- the connector

    @rule(ahead_s=st.sampled_from((0.0, 5.0, POLL_S, POLL_S, 3700.0, 90_000.0)))
    def run(self, ahead_s: float) -> None:
        self._run(ahead_s)

    @rule()
    def confirm(self) -> None:
        self.stage.wait_for_stalls()
        self.stage.run_mirror(yes=True)

    @rule()
    def retry_everything(self) -> None:
        retry(self.stage.company)

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.stage.come_to_rest()
                self._judge()
        finally:
            if hasattr(self, "stage"):
                self.stage.close()
            shutil.rmtree(self._folder)

    # --- the truth

    def _judge(self) -> None:
        wanted, found = expected(self.world, self.stage.clock.now()), shown(self.world)
        left = set(self.cord.ats_jobs) - wanted.keys()
        assert {job: found.get(job) for job in wanted} == wanted
        reasons = [fault.item.reason for fault in stuck(self.stage.company)]
        if left:
            assert self.stage.held(), f"{sorted(left)} stand there, and nothing says why"
            assert len(left) >= 5
            assert reasons == ["suspicious_change"]
            self.stage.run_mirror(yes=True)
            assert shown(self.world) == wanted
            reasons = [fault.item.reason for fault in stuck(self.stage.company)]
        assert reasons == []
        assert set(self.cord.ats_jobs) == wanted.keys()
        before = writes(self.world)
        for seconds in (0.0, POLL_S):
            self.stage.clock.advance(seconds)
            self.stage.run()
        if expected(self.world, self.stage.clock.now()) == wanted:
            assert writes(self.world)[len(before) :] == []

    def _run(self, ahead_s: float) -> None:
        """Make a run; what it takes away must be believable, unless it was held back for long enough before."""
        self.stage.wait_for_stalls()
        self.stage.clock.advance(ahead_s)
        before = set(self.cord.ats_jobs)
        brake = self.stage.stores.listings.brake(self.stage.company.name)
        self.stage.run()
        gone = before - set(self.cord.ats_jobs)
        if brake is None:
            assert len(gone) < 5 or len(gone) <= SHARE * len(before)

    def _edit(self, job: str, **changes: Any) -> None:
        if job in self.pinpoint.jobs:
            self.pinpoint.edit_job(job, **changes)

    def _title(self) -> str:
        self._titles += 1
        return f"Engineer {self._titles}"


@pytest.mark.timeout(900)
def test_the_mirror_is_true_or_a_named_brake_is_on(
    served: World, new_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "PAGE_ROWS", ROWS)
    Machine.world, Machine.database = served, new_database
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        derandomize=False,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(SEED)(Machine), settings=chosen)
