"""What the Pinpoint simulator stores. Ids are strings of digits; times are aware UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.pinpoint.files import StoredFile

JOB_STATUSES = ("open", "closed", "archived", "pending_approval", "draft", "hold", "cancelled", "filled", "preview")
VISIBILITIES = ("internal", "external", "confidential", "private_job")
BASIC_TYPES = ("applied", "rejected", "review", "interview", "hired", "offer")


@dataclass
class Record:
    """The parts that every record has."""

    id: str
    #: Attributes as the API shows them, without those worked out from other fields.
    attributes: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass
class Stage(Record):
    """A stage of one job."""

    job_id: str


@dataclass
class Job(Record):
    """A job."""

    uuid: str
    #: In the order of their `position`.
    stages: list[Stage] = field(default_factory=list)
    questions: list[Record] = field(default_factory=list)
    location: Record | None = None
    department: Record | None = None
    #: Not shown by the API: with `ask_for_address`, whether the address is also required.
    address_required: bool = False

    @property
    def status(self) -> str:
        """One of `JOB_STATUSES`."""
        return str(self.attributes["status"])

    @property
    def visibility(self) -> str:
        """One of `VISIBILITIES`."""
        return str(self.attributes["visibility"])

    @property
    def applied_stage(self) -> Stage | None:
        """The Applied stage with the lowest position, or None."""
        return next((stage for stage in self.stages if stage.attributes["basic_type"] == "applied"), None)


@dataclass
class Application(Record):
    """An application of a candidate to a job."""

    uuid: str
    job_id: str
    candidate_id: str
    stage_id: str | None
    #: Whether name and contact details are hidden.
    concealed: bool = False
    cv_file: StoredFile | None = None
    cv_stored_at: datetime | None = None
    cover_letter: StoredFile | None = None
    documents: list[StoredFile] = field(default_factory=list)
    #: `{"name": ..., "context": ...}` each.
    tags: list[dict[str, str]] = field(default_factory=list)
    answers: list[Record] = field(default_factory=list)

    @property
    def reference(self) -> str | None:
        """`external_system_reference`."""
        value = self.attributes.get("external_system_reference")
        return None if value is None else str(value)

    @property
    def email(self) -> str | None:
        """The address as sent, also when it is concealed from the API."""
        value = self.attributes.get("email")
        return None if value is None else str(value)

    @property
    def cv(self) -> bytes | None:
        """The CV's bytes."""
        return self.cv_file.content if self.cv_file else None

    @property
    def cv_filename(self) -> str | None:
        """The CV's file name."""
        return self.cv_file.filename if self.cv_file else None


@dataclass
class Candidate(Record):
    """A person."""

    blocked: bool = False

    @property
    def email(self) -> str | None:
        """The person's address."""
        value = self.attributes.get("email")
        return None if value is None else str(value)


@dataclass
class Comment(Record):
    """A comment by the company's system user."""

    #: Class name, such as `Application`.
    commentable_type: str
    commentable_id: str

    @property
    def body_text(self) -> str:
        """The text."""
        return str(self.attributes["body_text"])
