"""What the cord simulator stores. Times are aware UTC; `changed` orders a collection by last change."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.sandbox.clock import zulu

#: Every scope a token can have.
SCOPES = (
    "positions:read",
    "links:write",
    "conversations:read",
    "candidates:read",
    "files:read",
    "messages:write",
    "ats_jobs:write",
    "deliveries:write",
)


@dataclass
class Company:
    """The one company of the token."""

    id: str = "co_12"
    name: str = "Harbourline Ltd"
    #: Name of the connected ATS; None when there is none.
    provider: str | None = "pinpoint"


@dataclass
class Link:
    """The tie of a position to an ATS job."""

    ats_job_id: str
    origin: str
    linked_at: datetime


@dataclass
class Position:
    """A position in cord."""

    id: str
    title: str
    status: str
    updated_at: datetime
    changed: int
    link: Link | None = None
    url: str | None = None
    location: str | None = None
    description_html: str | None = None

    def document(self, ats_job_closed: bool) -> dict[str, Any]:
        """The position as the API shows it; `ats_job_closed` comes from the drop-down."""
        return {
            "id": self.id,
            "title": self.title,
            "status": self.status,
            "url": self.url,
            "location": self.location,
            "description_html": self.description_html,
            "updated_at": zulu(self.updated_at),
            "ats_link": link_document(self.link, ats_job_closed) if self.link else None,
        }


def link_document(link: Link, ats_job_closed: bool) -> dict[str, Any]:
    """A link as the API shows it."""
    return {
        "ats_job_id": link.ats_job_id,
        "origin": link.origin,
        "linked_at": zulu(link.linked_at),
        "ats_job_closed": ats_job_closed,
    }


@dataclass
class Cv:
    """A stored CV file. `mode` says how it is handed out, see `cv_files.MODES`."""

    id: str
    filename: str
    #: The claim made in the candidate; may be None or wrong.
    content_type: str | None
    content: bytes
    mode: str
    updated_at: datetime
    #: Rises whenever the bytes change, for the ETag.
    version: int = 1


@dataclass
class Person:
    """A candidate."""

    id: str
    first_name: str | None
    last_name: str | None
    full_name: str
    updated_at: datetime
    #: `{"address": ..., "primary": ...}` each.
    emails: list[dict[str, Any]] = field(default_factory=list)
    #: `{"number": ..., "primary": ...}` each.
    phones: list[dict[str, Any]] = field(default_factory=list)
    #: `{"kind": ..., "url": ...}` each.
    links: list[dict[str, Any]] = field(default_factory=list)
    headline: str | None = None
    location: str | None = None
    cv: Cv | None = None
    erased: bool = False

    def document(self) -> dict[str, Any]:
        """The candidate as the API shows it."""
        cv = self.cv
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "full_name": self.full_name,
            "emails": self.emails,
            "phones": self.phones,
            "links": self.links,
            "headline": self.headline,
            "location": self.location,
            "cv": None
            if cv is None
            else {
                "id": cv.id,
                "filename": cv.filename,
                "content_type": cv.content_type,
                "size": len(cv.content),
                "updated_at": zulu(cv.updated_at),
            },
            "updated_at": zulu(self.updated_at),
            "erased_at": None,
        }


@dataclass
class Message:
    """A message of a conversation; never changes."""

    id: str
    conversation_id: str
    direction: str
    channel: str
    body: str
    at: datetime
    author_kind: str
    author_id: str | None
    external_id: str | None
    changed: int

    def document(self) -> dict[str, Any]:
        """The message as the API shows it."""
        return {
            "id": self.id,
            "conversation_id": self.conversation_id,
            "direction": self.direction,
            "channel": self.channel,
            "body": self.body,
            "at": zulu(self.at),
            "author": {"kind": self.author_kind, "id": self.author_id},
            "external_id": self.external_id,
        }


@dataclass
class Conversation:
    """A conversation between the company and one candidate about one or more positions."""

    id: str
    candidate_id: str
    updated_at: datetime
    #: `pending`, `started` or `closed`.
    state: str = "pending"
    initiated_by: str = "company"
    accepted_by: str = "unknown"
    started_at: datetime | None = None
    closed_at: datetime | None = None
    #: Position id to start id; None while pending.
    positions: dict[str, str | None] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


@dataclass
class Subscription:
    """A webhook subscription."""

    id: str
    url: str
    event_types: list[str]
    secret: str
    created_at: datetime
    changed: int
    status: str = "active"

    def document(self) -> dict[str, Any]:
        """The subscription as the API shows it: without its secret."""
        return {
            "id": self.id,
            "url": self.url,
            "event_types": self.event_types,
            "status": self.status,
            "created_at": zulu(self.created_at),
        }
