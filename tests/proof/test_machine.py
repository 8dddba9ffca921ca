"""Whatever happens at both platforms and to the process, in whatever order: nobody is lost, nobody is doubled.

A state machine plays people, administrators, failures and deaths against the sandbox and the engine. Then all trouble
ends, time passes, and every start must either stand in Pinpoint exactly once or wait for a reason that is true.

`CONNECTOR_TEST_EXAMPLES` plays more of them (60 otherwise), `CONNECTOR_TEST_SEED` others. Hypothesis prints the steps
of a failure; with `CONNECTOR_TEST_SHRINK=1` it looks for the shortest ones, which takes minutes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from connector.domain.actions import Item, State
from connector.flows.send import find_starts, send
from connector.sandbox import faults
from connector.sandbox.cv_samples import html_as_cv, tiny_pdf
from connector.sandbox.world import World
from tests.proof.fate import AFTER, BEFORE
from tests.proof.stage import DRIP_S, STALL_S, Stage, blank, doubled, last_told, ours, starts_of, writes

EXAMPLES = int(os.environ.get("CONNECTOR_TEST_EXAMPLES", "60"))
SEED = int(os.environ.get("CONNECTOR_TEST_SEED", "20261128"))

JOBS = ("5101", "5102", "5103")
POSITIONS = ("po_1", "po_2", "po_3")
#: the link that the mapping file makes
IN_FILE = {"po_1": "5101"}
PATHS = (
    "/v1/conversation-starts$",
    "/v1/candidates",
    "/cv$",
    "/deliveries$",
    "/v1/positions",
    "/jobs",
    "/applications",
)
#: what the source is told last about a start that rests
TOLD = {"sent": {"sent"}, "already_there": {"duplicate"}, "same_application": {"duplicate"}}
SILENT = ("waiting_for_manual_send", "candidate_erased")

jobs, positions = st.sampled_from(JOBS), st.sampled_from(POSITIONS)
cvs = st.sampled_from(("sound", "page", "none"))


def _cv(kind: str) -> bytes | None:
    return {"sound": tiny_pdf(["A life"]), "page": html_as_cv(["A life"]), "none": None}[kind]


class Machine(RuleBasedStateMachine):
    """People, administrators, failures and deaths."""

    world: ClassVar[World]
    database: ClassVar[Path]

    people, starts = Bundle("people"), Bundle("starts")

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=self.database.parent))
        shutil.copy(self.database, self._folder / "connector.db")
        blank(self.world)
        self.cord, self.pinpoint = self.world.cord, self.world.pinpoint
        self._spoilt = 0

    @initialize(conceals=st.booleans(), match=st.sampled_from(("casefold", "exact")), bare=st.booleans())
    def open_up(self, conceals: bool, match: str, bare: bool) -> None:
        self.pinpoint.switches["email_match"] = match
        self.pinpoint.switches["bare_422"] = bare
        for job_id in JOBS:
            self.pinpoint.add_job(id=job_id, title=f"Job {job_id}", blind_screening=conceals and job_id == "5103")
        for position_id in POSITIONS:
            self.cord.add_position(id=position_id, title=f"Position {position_id}")
        self.cord.link("po_2", "5102")
        links = [{"position": position, "job": job} for position, job in IN_FILE.items()]
        self.stage = Stage(self._folder, self.world, positions=links)

    # --- people

    @rule(target=people, address=st.booleans(), phone=st.booleans(), headline=st.booleans(), cv=cvs)
    def meet(self, address: bool, phone: bool, headline: bool, cv: str) -> str:
        person = next(self.world.people)
        return self.cord.add_person(
            **person.details()
            | {"emails": [person.email.title()] if address else [], "phones": [person.phone] if phone else []}
            | {"headline": person.headline if headline else None, "cv": _cv(cv)}
        )

    @rule(target=people, person=people)
    def meet_again_elsewhere(self, person: str) -> Any:
        emails = self.cord.people[person].emails
        if not emails:
            return multiple()
        return self.cord.add_person(**next(self.world.people).details() | {"emails": [emails[0]["address"].upper()]})

    @rule(person=people, cv=cvs)
    def complete(self, person: str, cv: str) -> None:
        if self.cord.people[person].erased:
            return
        known, more = self.cord.people[person], next(self.world.people)
        changes: dict[str, Any] = {"headline": known.headline or more.headline, "cv": _cv(cv)}
        changes |= {} if known.emails else {"emails": [more.email]}
        changes |= {} if known.phones else {"phones": [more.phone]}
        self.cord.edit_person(person, **changes)

    @rule(person=consumes(people))
    def erase(self, person: str) -> None:
        self.cord.erase(person)

    @rule(target=starts, person=people, position=positions)
    def accept(self, person: str, position: str) -> Any:
        return multiple() if self.cord.people[person].erased else self.cord.start_conversation(person, position)

    @rule(target=starts, start=starts, position=positions)
    def add_position(self, start: str, position: str) -> Any:
        conversation = self.cord.conversation_of(start)
        try:
            return self.cord.add_position_to_conversation(conversation, position)
        except ValueError:
            return multiple()

    @rule(start=starts)
    def close_conversation(self, start: str) -> None:
        self.cord.close_conversation(self.cord.conversation_of(start))

    @rule(start=starts)
    def ask_at_the_source(self, start: str) -> None:
        if self.cord.positions[starts_of(self.world)[start]["position"]["id"]].link is not None:
            self.cord.request_forward(start)

    @rule(start=starts)
    def send_by_hand(self, start: str) -> None:
        self.world.faults.clear()
        send(self.stage.company, find_starts(self.stage.company, start))

    @rule(start=starts, job=jobs)
    def recruiter_was_faster(self, start: str, job: str) -> None:
        emails = self.cord.people[starts_of(self.world)[start]["candidate_id"]].emails
        if emails:
            self.pinpoint.add_application(job, email=emails[0]["address"].lower())

    # --- administrators

    @rule()
    def flip_automatic(self) -> None:
        self.cord.auto_forward = not self.cord.auto_forward

    @rule(position=positions, job=jobs)
    def link(self, position: str, job: str) -> None:
        self.cord.link(position, job)

    @rule(position=positions)
    def unlink(self, position: str) -> None:
        self.cord.unlink(position)

    @rule(job=jobs, status=st.sampled_from(("open", "closed", "archived", "open")))
    def move_job(self, job: str, status: str) -> None:
        self.pinpoint.edit_job(job, status=status)

    @rule(
        job=jobs,
        field=st.sampled_from(("phone", "resume_requirement", "personal_summary_requirement")),
        on=st.booleans(),
    )
    def change_form(self, job: str, field: str, on: bool) -> None:
        change = {"require_phone": on} if field == "phone" else {field: "required" if on else "optional"}
        self.pinpoint.edit_job(job, **change)

    # --- trouble

    @rule(kind=st.sampled_from(faults.KINDS), path=st.sampled_from(PATHS), nth=st.integers(1, 3))
    def fault(self, kind: str, path: str, nth: int) -> None:
        params: dict[str, Any] = {"seconds": STALL_S} if kind.startswith("stall") else {}
        params |= {"interval": DRIP_S} if kind == faults.DRIP else {}
        self.world.faults.add(kind, path=path, nth=nth, **params)

    @rule(platform=st.sampled_from(("cord", "pinpoint", "files")))
    def run_into_an_outage(self, platform: str) -> None:
        self.world.take_down(platform)
        self.stage.run()
        self.world.bring_up(platform)

    @rule(of_cord=st.booleans())
    def run_with_a_refused_key(self, of_cord: bool) -> None:
        (self.cord.revoke_token if of_cord else self.pinpoint.revoke_key)()
        self.stage.run()
        self.cord.restore_token()
        self.pinpoint.restore_key()

    @rule()
    def expire_cursors(self) -> None:
        self.cord.expire_cursors()

    @rule(duplicate=st.booleans(), shuffle=st.booleans())
    def deliver_otherwise(self, duplicate: bool, shuffle: bool) -> None:
        self.cord.duplicate_feed, self.cord.shuffle_feed = duplicate, shuffle

    @rule(how=st.sampled_from(("missing_field", "wrong_type", "unknown_type")))
    def bad_row(self, how: str) -> None:
        getattr(self.cord.bad_rows, how)()
        self._spoilt += how != "unknown_type"

    @rule(at=st.integers(1, 40), when=st.sampled_from((BEFORE, AFTER)))
    def die(self, at: int, when: str) -> None:
        self.stage.run_to_death(at, when)

    # --- the connector

    @rule(ahead_s=st.sampled_from((0.0, 5.0, 301.0, 3700.0)))
    def run(self, ahead_s: float) -> None:
        self.stage.wait_for_stalls()
        self.stage.clock.advance(ahead_s)
        self.stage.run()

    @invariant()
    def nobody_is_doubled(self) -> None:
        assert doubled(self.world) == []

    def teardown(self) -> None:
        try:
            if hasattr(self, "stage"):
                self.stage.come_to_rest()
                self._judge()
                before = writes(self.world)
                self.stage.run()
                assert writes(self.world)[len(before) :] == []
        finally:
            if hasattr(self, "stage"):
                self.stage.close()
            shutil.rmtree(self._folder)

    # --- the truth

    def _judge(self) -> None:
        items, told = self.stage.items(), last_told(self.world)
        assert doubled(self.world) == []
        assert self._after_recruiters() == []
        known = starts_of(self.world)
        assert known.keys() <= items.keys()
        assert len(items.keys() - known.keys()) == self._spoilt
        for start, row in known.items():
            item = items[start]
            stands = (item.state.value, item.reason)
            where = f"{start} stands {stands}, job {item.job_id}, told {told.get(start)}"
            assert stands in self._truths(item, row), f"{where}; true would be {self._truths(item, row)}"
            if item.reason not in SILENT:
                assert told.get(start) in TOLD.get(item.reason, {"skipped"}), where

    def _truths(self, item: Item, row: dict[str, Any]) -> list[tuple[str, str]]:
        """Return where a start may stand, as the world is."""
        if item.state is State.DONE:
            there = self.pinpoint.application_rows.get(item.remote_id or "")
            mine = there is not None and there.reference == f"cord:{item.start_id}"
            right_job = there is not None and there.job_id == item.job_id
            reasons = ("sent",) if mine else ("already_there", "same_application")
            return [("done", reason) for reason in reasons if right_job]
        person = self.cord.people[row["candidate_id"]]
        if item.state is State.CLOSED:
            return [("closed", "candidate_erased")] if person.erased else []
        return [("parked", reason) for reason in self._obstacles(item, row, person)][:1]

    def _obstacles(self, item: Item, row: dict[str, Any], person: Any) -> Iterator[str]:
        """Yield why a start cannot be sent as the world is, the first reason first."""
        position = row["position"]["id"]
        link = self.cord.positions[position].link
        job_id = IN_FILE.get(position) or (link.ats_job_id if link else None)
        if job_id is None:
            yield "position_not_linked"
            return
        if not item.automatic and item.asked is None:
            yield "waiting_for_manual_send"
        job = self.pinpoint.jobs[job_id]
        if job.status != "open":
            yield "job_not_open"
        if not person.emails and not person.erased:
            yield "no_email"
        if job.attributes["require_phone"] and not person.phones:
            yield "phone_required"
        if job.attributes["personal_summary_requirement"] == "required" and not person.headline:
            yield "summary_required"
        sound = person.cv is not None and person.cv.content == _cv("sound")
        if job.attributes["resume_requirement"] == "required" and not sound and not self._has_own_cv(person):
            yield "cv_required"

    @staticmethod
    def _has_own_cv(person: Any) -> bool:
        return person.cv is not None and person.cv.content.startswith(b"%PDF")

    def _after_recruiters(self) -> list[str]:
        """Return our applications that were made although a recruiter's stood there already."""
        mine = {a.id for a in ours(self.world)}
        others = [a for a in self.pinpoint.applications if a.id not in mine]
        return [
            a.id
            for a in ours(self.world)
            for other in others
            if other.job_id == a.job_id
            and (other.email or "").casefold() == (a.email or "").casefold()
            and int(other.id) < int(a.id)
        ]


@pytest.mark.timeout(900)
def test_nobody_is_lost_and_nobody_is_doubled(served: World, new_database: Path) -> None:
    Machine.world, Machine.database = served, new_database
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if os.environ.get("CONNECTOR_TEST_SHRINK") else [])],
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    print(f"seed {SEED}")
    run_state_machine_as_test(seed(SEED)(Machine), settings=chosen)
