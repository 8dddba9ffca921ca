"""What the connector's own work costs: CPU time for 1,000 people, against the least that such a client can do.

The least is one loop over one httpx2 client: for each person GET candidate, GET CV, POST application (JSON with the
file as a base64 data URI), POST delivery report, and two SQLite commits with synchronous=FULL. It looks nothing up,
verifies nothing, checks no answer, has no budget, no log and no retries.

Both sides run in a process of their own, the simulators in a third; user and system time of the client alone count,
from after the imports and the opening of the database to the end of the run. The two alternate, and the medians are
compared, so that a machine that is busy with other things slows both.
"""

from __future__ import annotations

import base64
import sqlite3
import statistics
import tempfile
from pathlib import Path

import httpx2

from benchmarks.apart import Meter, Usage, measured
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import JOB, Address, Outside, begin_again, open_job, start_conversations
from benchmarks.workplace import at_work, furnish
from connector.flows.applications import sync_applications

GOAL = 1.5
JSON_API = "application/vnd.api+json"


def measure(sizes: Sizes) -> list[Figure]:
    """Alternate between the two and compare."""
    ours: list[Usage] = []
    least: list[Usage] = []
    with Outside(seed=sizes.seed, limits=None) as outside:
        outside.ask(open_job)
        outside.ask(start_conversations, sizes.cpu_people, sizes.cpu_cv_bytes)
        # the first of each warms the simulators, and is not counted
        for number in range(sizes.cpu_rounds + 1):
            for counted, task in ((ours, connector), (least, loop)):
                outside.ask(begin_again)
                with tempfile.TemporaryDirectory() as folder:
                    furnish(Path(folder), outside.address)
                    done, usage = measured(task, folder, outside.address)
                if done != sizes.cpu_people:
                    raise RuntimeError(f"{task.__name__} sent {done} of {sizes.cpu_people} people")
                if number:
                    counted.append(usage)
    cost, floor = _per_1000(ours, sizes.cpu_people), _per_1000(least, sizes.cpu_people)
    size = f"{sizes.cpu_people} people, CVs of {sizes.cpu_cv_bytes // 1000} KB, median of {sizes.cpu_rounds}"
    ratios = [mine.cpu_s / theirs.cpu_s for mine, theirs in zip(ours, least, strict=True)]
    against = f"a bare loop, same requests and two commits; rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return [
        Figure("client CPU, ours", cost, "s per 1,000 people", size),
        Figure("client CPU, bare loop", floor, "s per 1,000 people", size),
        Figure("client CPU, ratio", cost / floor, "times", against, f"≤ {GOAL}", cost / floor <= GOAL),
    ]


def _per_1000(usages: list[Usage], people: int) -> float:
    return statistics.median(usage.cpu_s for usage in usages) * 1000 / people


def connector(meter: Meter, folder: str, address: Address) -> int:
    """Make one run of the connector; returns how many were sent."""
    with at_work(Path(folder), address) as (company, stores):
        with meter:
            sync_applications(company)
        return stores.actions.counts(company.name)["done"]


def loop(meter: Meter, folder: str, address: Address) -> int:
    """Do the least; returns how many were sent."""
    database = sqlite3.connect(Path(folder, "loop.db"), isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE sent (id TEXT, state TEXT);")
    cord = httpx2.Client(base_url=address.cord_url, headers={"Authorization": f"Bearer {address.token}"})
    pinpoint = httpx2.Client(base_url=f"{address.pinpoint_url}/api/v1", headers={"X-API-KEY": address.key})
    sent = 0
    with cord, pinpoint, meter:
        params = {"limit": "100"}
        while True:
            page = cord.get("/v1/conversation-starts", params=params).json()
            for row in page["data"]:
                _send(cord, pinpoint, database, row)
                sent += 1
            if not page["page"]["has_more"]:
                break
            params["cursor"] = page["page"]["next_cursor"]
    database.close()
    return sent


def _send(cord: httpx2.Client, pinpoint: httpx2.Client, database: sqlite3.Connection, row: dict[str, str]) -> None:
    person = cord.get(f"/v1/candidates/{row['candidate_id']}").json()
    content = cord.get(f"/v1/candidates/{row['candidate_id']}/cv").content
    attributes = {
        "first_name": person["first_name"],
        "last_name": person["last_name"],
        "email": person["emails"][0]["address"],
        "external_system_reference": f"cord:{row['id']}",
        "cv_base64_filename": "cv.pdf",
        "cv_base64_data": f"data:application/pdf;base64,{base64.b64encode(content).decode()}",
    }
    job = {"job": {"data": {"type": "jobs", "id": JOB}}}
    document = {"data": {"type": "applications", "attributes": attributes, "relationships": job}}
    database.execute("INSERT INTO sent VALUES (?, 'attempting')", (row["id"],))
    made = pinpoint.post("/applications", json=document, headers={"Content-Type": JSON_API})
    made.raise_for_status()
    database.execute("UPDATE sent SET state = 'done' WHERE id = ?", (row["id"],))
    report = {
        "outcome": "sent",
        "ats": "pinpoint",
        "ats_job_id": JOB,
        "ats_application_id": made.json()["data"]["id"],
        "at": row["started_at"],
    }
    key = {"Idempotency-Key": f"delivery:{row['id']}:{report['ats_application_id']}"}
    cord.post(f"/v1/conversation-starts/{row['id']}/deliveries", json=report, headers=key).raise_for_status()
