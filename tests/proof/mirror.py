"""The mirror of the list of jobs on a stage: what should be listed, what is, and whether they are the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connector.domain.errors import PlatformError
from connector.flows.inquiry import listing_status, next_listing_due_s
from connector.flows.listings import sync_listings
from connector.platforms.pinpoint import adapter
from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.world import World
from tests.proof.stage import Stage

#: longer than the jobs are polled
POLL_S = 301.0


class MirrorStage(Stage):
    """The connector with nothing to do but the mirror."""

    def start(self) -> None:
        super().start()
        # the commits of the mirror's own tables are steps too
        self.stores.listings._database = self.stores.actions._database

    def run(self) -> None:
        self.run_mirror()

    def run_mirror(self, *, yes: bool = False) -> None:
        """Make one run, whatever the platforms do about it."""
        try:
            sync_listings(self.company, yes=yes)
        except PlatformError:
            return

    def settle(self, within_s: float = 60.0, runs: int = 30) -> None:
        """Poll until nothing is under way any more."""
        for _ in range(runs):
            self.wait_for_stalls()
            self.run()
            wait_s = next_listing_due_s(self.company)
            if wait_s is None:
                return
            self.clock.advance(min(wait_s + 0.01, within_s))
        raise AssertionError(f"not idle after {runs} runs")

    def come_to_rest(self) -> None:
        """End all trouble and poll a few times, until both lists have been read and compared."""
        self.world.faults.clear()
        for seconds in (POLL_S, 86_400.0, POLL_S, POLL_S):
            self.clock.advance(seconds)
            self.settle()

    def held(self) -> bool:
        """Return whether a named brake is on."""
        return listing_status(self.company).brake is not None

    def on_first_page(self, happens: Callable[[], None]) -> None:
        """Let something happen between the first page of the next reading of the jobs and its second."""
        transport: Any = self.company.ats._client._transport  # type: ignore[attr-defined]
        exchange = transport.exchange

        def watched(method: str, url: str, **options: Any) -> Any:
            answer = exchange(method, url, **options)
            params = options.get("params", ())
            if url.endswith("/jobs") and ("page[number]", "1") in params:
                transport.exchange = exchange
                if ("page[size]", str(adapter.PAGE_ROWS)) in params:
                    happens()
            return answer

        transport.exchange = watched


def expected(world: World, now: datetime) -> dict[str, tuple[Any, ...]]:
    """Return what a reader should see, by the ATS's own state: open, external, not past the deadline."""
    return {
        job.id: (job.attributes["title"], "Leeds", "Engineering", job.attributes["employment_type"])
        for job in world.pinpoint.jobs.values()
        if (job.attributes["status"], job.attributes["visibility"]) == ("open", "external")
        and (job.attributes["deadline_at"] is None or datetime.fromisoformat(job.attributes["deadline_at"]) > now)
    }


def shown(world: World) -> dict[str, tuple[Any, ...]]:
    """Return what a reader sees."""
    return {
        entry.ats_job_id: (entry.title, entry.location, entry.department, entry.employment_type)
        for entry in world.cord.ats_jobs.all()
        if entry.status == "open"
    }


def put_foreign(world: World, job_id: str, status: str = "open") -> None:
    """Put an entry there that no job stands behind."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    world.cord.ats_jobs.put(AtsJob(job_id, "Left over", status, at, world.cord.next_change()))


def spoil(world: World, job_id: str) -> None:
    """Change an entry behind the connector's back."""
    old = world.cord.ats_jobs.get(job_id)
    if old is not None:
        world.cord.ats_jobs.put(AtsJob(job_id, "Spoilt", old.status, old.updated_at, world.cord.next_change()))
