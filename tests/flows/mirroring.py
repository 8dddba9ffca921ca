"""The mirror of the list of jobs in a scene: one poll, what a reader sees, what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.domain.listings import ListingTally
from connector.flows.listings import sync_listings
from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.world import World
from tests.flows.scene import Scene

#: longer than the jobs are polled
LATER_S = 301.0


def mirror(scene: Scene, *, after_s: float = LATER_S, yes: bool = False) -> ListingTally:
    scene.clock.advance(after_s)
    return sync_listings(scene.company, yes=yes)


def shown(world: World) -> dict[str, str]:
    """Return what the drop-down offers."""
    return {entry.ats_job_id: entry.title for entry in world.cord.ats_jobs.all() if entry.status == "open"}


def put(world: World, job_id: str, title: str = "Left over", **more: Any) -> None:
    """Put an entry there that is not ours."""
    cord = world.cord
    at = more.pop("updated_at", datetime(2026, 1, 1, tzinfo=UTC))
    cord.ats_jobs.put(AtsJob(job_id, title, more.pop("status", "open"), at, cord.next_change(), **more))


def writes(scene: Scene) -> list[str]:
    calls = [call for call in scene.world.calls_to("cord") if call.method in ("PUT", "DELETE")]
    return [f"{call.method} {call.path.rsplit('/', 1)[-1]}" for call in calls]
