"""A row of Pinpoint's list of jobs that cannot be read is named, counts as being there, and holds up no other job."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from connector.domain.errors import PlatformError
from connector.flows.facts import refresh_lists
from connector.flows.inquiry import link_warnings, retry, status, stuck
from connector.platforms.pinpoint.pages import MOST_UNREAD
from tests.flows.mirroring import mirror, put, shown
from tests.flows.scene import Scene


def spoil(scene: Scene, job: str) -> None:
    """Let a job's row be none that the contract knows."""
    scene.pinpoint.jobs[job].attributes["require_phone"] = "perhaps"


def mend(scene: Scene, job: str) -> None:
    scene.pinpoint.jobs[job].attributes["require_phone"] = False


def lose_the_id(scene: Scene, job: str) -> None:
    """Let a job's row show no id at all, from now on."""
    ats: Any = scene.company.ats
    transport = ats._client._transport
    exchange = transport.exchange

    def watched(method: str, url: str, **options: Any) -> Any:
        answer = exchange(method, url, **options)
        if url.endswith("/jobs"):
            document = json.loads(answer.body)
            for row in document["data"]:
                row["id"] = "" if row["id"] == job else row["id"]
            answer = replace(answer, body=json.dumps(document).encode())
        return answer

    transport.exchange = watched


def faults(scene: Scene) -> list[tuple[str, str | None]]:
    return [(fault.item.reason, fault.item.job_id) for fault in stuck(scene.company)]


def test_it_is_named_stays_listed_and_the_others_go_on(scene: Scene) -> None:
    bad, closed, changed = scene.job(title="Bad"), scene.job(), scene.job()
    mirror(scene)
    spoil(scene, bad)
    scene.pinpoint.edit_job(closed, status="closed")
    scene.pinpoint.edit_job(changed, title="Changed")
    new = scene.job(title="New")
    with capture_logs() as logs:
        for _ in range(3):
            mirror(scene)
    assert {bad: "Bad", changed: "Changed", new: "New"} == shown(scene.world)
    assert [("job_unreadable", bad)] == faults(scene)
    assert [(bad, "attributes.require_phone: bool_type")] == [
        (line["job"], line["what"]) for line in logs if line["event"] == "bad row"
    ]


def test_it_is_in_status_until_it_can_be_read(scene: Scene) -> None:
    bad = scene.job()
    mirror(scene)
    spoil(scene, bad)
    mirror(scene)
    assert [("job_unreadable", bad)] == [(fault.reason, fault.job_id) for fault in status(scene.company).faults]
    mend(scene, bad)
    with capture_logs() as logs:
        mirror(scene)
    assert ((), []) == (status(scene.company).faults, faults(scene))
    assert [bad] == [line["job"] for line in logs if line["event"] == "row well again"]


def test_a_job_that_nothing_is_known_of_counts_as_there(scene: Scene) -> None:
    bad = scene.job()
    spoil(scene, bad)
    put(scene.world, bad, "As it was")
    put(scene.world, "9001")
    good = scene.job(title="Good")
    mirror(scene)
    assert {bad: "As it was", good: "Good"} == shown(scene.world)
    mend(scene, bad)
    mirror(scene)
    assert "As it was" != shown(scene.world)[bad]


def test_a_row_that_shows_no_id_may_be_any_job_that_is_missing(scene: Scene) -> None:
    hidden, gone, closed = scene.job(), scene.job(), scene.job()
    mirror(scene)
    lose_the_id(scene, hidden)
    scene.pinpoint.delete_job(gone)
    scene.pinpoint.edit_job(closed, status="closed")
    new = scene.job()
    mirror(scene)
    assert sorted([hidden, gone, new]) == sorted(shown(scene.world))
    ((reason, about),) = faults(scene)
    assert ("job_unreadable", True) == (reason, str(about).startswith("row-"))
    scene.restart()
    mirror(scene)
    assert (sorted([hidden, new]), []) == (sorted(shown(scene.world)), faults(scene))


def test_people_go_on_by_what_is_known_of_the_job(scene: Scene) -> None:
    bad = scene.job()
    position = scene.position(bad)
    scene.sync()
    spoil(scene, bad)
    mirror(scene)
    start = scene.start(position)
    scene.sync()
    assert ("done", "sent") == scene.outcome(start)
    assert [] == link_warnings(scene.company)


def test_a_linked_job_that_was_never_readable_is_not_called_gone(scene: Scene) -> None:
    bad = scene.job()
    scene.position(bad)
    spoil(scene, bad)
    refresh_lists(scene.company)
    assert [] == link_warnings(scene.company)


def test_a_plan_notes_no_fault(scene: Scene) -> None:
    bad = scene.job()
    spoil(scene, bad)
    scene.plan()
    assert [] == faults(scene)


def test_a_fault_that_was_retried_is_there_again_while_the_row_is(scene: Scene) -> None:
    bad = scene.job()
    spoil(scene, bad)
    mirror(scene)
    retry(scene.company)
    mirror(scene)
    assert [("job_unreadable", bad)] == faults(scene)


def test_an_answer_full_of_such_rows_is_no_list(scene: Scene) -> None:
    for _ in range(MOST_UNREAD + 1):
        spoil(scene, scene.job())
    put(scene.world, "9001")
    with pytest.raises(PlatformError, match="rows cannot be read"):
        mirror(scene)
    assert (["9001"], []) == (list(shown(scene.world)), faults(scene))
