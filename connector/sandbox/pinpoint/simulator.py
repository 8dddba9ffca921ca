"""The Pinpoint simulator as a test or a demo handles it: one tenant and what its people do there."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connector.sandbox.clock import SandboxClock
from connector.sandbox.pinpoint.files import StoredFile
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.pinpoint.postings import DEFAULT_STAGES, check_attributes, make_job
from connector.sandbox.pinpoint.records import Application, Candidate, Comment, Job, Stage
from connector.sandbox.pinpoint.switches import Switches

#: What a key may do.
PERMISSIONS = (
    "jobs:read",
    "applications:read",
    "applications:write",
    "candidates:read",
    "comments:read",
    "comments:write",
)

#: The attributes that an application and its person share.
_SHARED = ("first_name", "last_name", "preferred_name", "email", "phone", "phone_iso2", "locale")


class Pinpoint:
    """One tenant. Every method may be called from any thread, also while the server runs. Unknown ids: KeyError."""

    def __init__(self, seed: int = 1, switches: Mapping[str, Any] | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = SandboxClock()
        self.switches = Switches(switches)
        self.key = f"ppk_test_{seed:04d}"
        self.revoked = False
        #: The company-wide switch of the API; off answers 403 `Integration not enabled`.
        self.api_enabled = True
        self.permissions: set[str] = set(PERMISSIONS)
        #: The rate limiter; None switches it off.
        self.limiter: SlidingWindows | None = None
        #: Base URL without `/api/v1`, for the links in answers; set when the server is started.
        self.base_url = "http://127.0.0.1"
        #: Biggest file, decoded, in bytes; over it 422.
        self.file_limit_bytes = 10 * 1024 * 1024
        #: Biggest request body in bytes that the proxy in front lets through; over it 413 with HTML. None: any.
        self.proxy_limit_bytes: int | None = None
        self.jobs: dict[str, Job] = {}
        self.application_rows: dict[str, Application] = {}
        self.candidate_rows: dict[str, Candidate] = {}
        self.comment_rows: dict[str, Comment] = {}
        self._last_ids = {
            "jobs": 5100,
            "stages": 81000,
            "questions": 6600,
            "applications": 812344,
            "candidates": 450076,
            "comments": 990000,
            "answers": 70000,
        }

    @property
    def clock_offset_s(self) -> float:
        """Seconds that this platform's clock is ahead of real time."""
        return self.clock.offset_s

    @clock_offset_s.setter
    def clock_offset_s(self, seconds: float) -> None:
        self.clock.offset_s = seconds

    @property
    def applications(self) -> list[Application]:
        """The stored applications in the order of their ids."""
        with self.lock:
            return list(self.application_rows.values())

    @property
    def candidates(self) -> list[Candidate]:
        """The stored people in the order of their ids."""
        with self.lock:
            return list(self.candidate_rows.values())

    @property
    def comments(self) -> list[Comment]:
        """The stored comments in the order of their ids."""
        with self.lock:
            return list(self.comment_rows.values())

    def next_id(self, kind: str) -> str:
        """The next id of a resource type."""
        with self.lock:
            self._last_ids[kind] += 1
            return str(self._last_ids[kind])

    def revoke_key(self) -> None:
        """Makes the key 401."""
        self.revoked = True

    def restore_key(self, key: str | None = None) -> None:
        """Makes the key work again, or `key` in its place."""
        self.key, self.revoked = key or self.key, False

    def add_job(
        self,
        id: str | None = None,  # noqa: A002 - the record's own word
        *,
        stages: Sequence[tuple[str, str]] = DEFAULT_STAGES,
        questions: Sequence[tuple[str, bool]] = (),
        address_required: bool = False,
        **attributes: Any,
    ) -> str:
        """Adds a job and returns the id. `attributes` as in `postings.DEFAULTS`.

        `stages` are pairs of name and basic type in order, `questions` pairs of title and whether an answer is needed.
        """
        with self.lock:
            job_id = id or next(number for number in iter(lambda: self.next_id("jobs"), "") if number not in self.jobs)
            if not job_id.isdigit() or job_id in self.jobs:
                raise ValueError(f"a job's id is made of digits and its own: {job_id!r}")
            job = make_job(job_id, attributes, stages, questions, self.next_id, self.clock.now())
            job.address_required = address_required
            self.jobs[job_id] = job
            return job_id

    def edit_job(self, id: str, **attributes: Any) -> None:  # noqa: A002 - the record's own word
        """Changes attributes of a job, or `address_required`."""
        with self.lock:
            job = self.jobs[id]
            job.address_required = attributes.pop("address_required", job.address_required)
            check_attributes(attributes)
            job.attributes.update(attributes)
            job.updated_at = self.clock.now()

    def delete_job(self, id: str) -> None:  # noqa: A002 - the record's own word
        """Removes a job; its applications stay."""
        with self.lock:
            del self.jobs[id]

    def add_candidate(self, *, blocked: bool = False, **attributes: Any) -> str:
        """Adds a person and returns the id."""
        with self.lock:
            candidate = self._store_person(dict(attributes))
            candidate.blocked = blocked
            return candidate.id

    def block(self, candidate_id: str, blocked: bool = True) -> None:
        """Blocks a person, or takes that back."""
        with self.lock:
            self.candidate_rows[candidate_id].blocked = blocked

    def add_application(
        self,
        job_id: str,
        *,
        email: str,
        first_name: str = "Sam",
        last_name: str = "Example",
        candidate_id: str | None = None,
        concealed: bool | None = None,
        reference: str | None = None,
        **attributes: Any,
    ) -> str:
        """An application made by a recruiter or on the careers site; returns the id.

        Without `candidate_id` it goes to the person with this address, or a new one. `concealed` None follows the
        job's `blind_screening`.
        """
        with self.lock:
            names = {"first_name": first_name, "last_name": last_name, "email": email}
            shown = {**names, "external_system_reference": reference, **attributes}
            application = self.store_application(self.jobs[job_id], shown, candidate_id, None, None)
            if concealed is not None:
                application.concealed = concealed
            return application.id

    def store_application(
        self,
        job: Job,
        attributes: dict[str, Any],
        candidate_id: str | None,
        stage: Stage | None,
        cv: StoredFile | None,
    ) -> Application:
        """Stores an application that has passed all checks."""
        with self.lock:
            now, number = self.clock.now(), self.next_id("applications")
            candidate = self.candidate_rows[candidate_id] if candidate_id else self.find_person(attributes["email"])
            if candidate is None:
                candidate = self._store_person({name: attributes.get(name) for name in _SHARED})
            candidate.updated_at = now
            chosen = stage or job.applied_stage
            application = Application(
                id=number,
                attributes=attributes,
                created_at=now,
                updated_at=now,
                uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"application {number}")),
                job_id=job.id,
                candidate_id=candidate.id,
                stage_id=chosen.id if chosen else None,
                concealed=bool(job.attributes["blind_screening"]),
                cv_file=cv,
                cv_stored_at=now if cv else None,
            )
            self.application_rows[number] = application
            return application

    def store_comment(self, kind: str, commentable_id: str, body_text: str, category: str | None = None) -> Comment:
        """Stores a comment of the system user."""
        with self.lock:
            now = self.clock.now()
            attributes = {"body_text": body_text, "category": category}
            comment = Comment(self.next_id("comments"), attributes, now, now, kind, commentable_id)
            self.comment_rows[comment.id] = comment
            return comment

    def delete_application(self, id: str) -> None:  # noqa: A002 - the record's own word
        """Removes an application."""
        with self.lock:
            del self.application_rows[id]

    def move(self, id: str, basic_type: str) -> None:  # noqa: A002 - the record's own word
        """Moves an application to the first stage of this basic type on its job. ValueError when there is none."""
        with self.lock:
            application = self.application_rows[id]
            stages = self.jobs[application.job_id].stages
            stage = next((each for each in stages if each.attributes["basic_type"] == basic_type), None)
            if stage is None:
                raise ValueError(f"the job has no {basic_type} stage")
            now = self.clock.now()
            application.stage_id, application.updated_at = stage.id, now
            application.attributes["rejected_at"] = self._stamp(now, basic_type == "rejected")
            application.attributes["hired_at"] = self._stamp(now, basic_type == "hired")

    def find_person(self, email: str) -> Candidate | None:
        """The oldest person with this address, compared as the switch `email_match` says."""
        return next((each for each in self.candidate_rows.values() if self.same_email(each.email, email)), None)

    def same_email(self, one: str | None, other: str | None) -> bool:
        """Whether two addresses are the same by the switch `email_match`."""
        if one is None or other is None:
            return False
        return one == other if self.switches["email_match"] == "exact" else one.casefold() == other.casefold()

    def same_phone(self, one: str | None, other: str) -> bool:
        """Whether two numbers are the same by the switch `phone_match`."""
        if one is None:
            return False
        return one == other if self.switches["phone_match"] == "exact" else _digits(one) == _digits(other)

    def _store_person(self, attributes: dict[str, Any]) -> Candidate:
        now = self.clock.now()
        candidate = Candidate(self.next_id("candidates"), attributes, now, now)
        self.candidate_rows[candidate.id] = candidate
        return candidate

    @staticmethod
    def _stamp(now: datetime, wanted: bool) -> str | None:
        return now.isoformat(timespec="seconds") if wanted else None


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit())
