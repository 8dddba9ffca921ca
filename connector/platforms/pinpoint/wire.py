"""Pinpoint's JSON <-> domain records.

JSON:API as described in `docs/contracts/pinpoint.openapi.yaml` (from https://developers.pinpointhq.com and the official
schema 1.0.27). Nothing was checked against a live tenant: what is assumed is marked UNPROVEN, and listed in NOTES.md.

Error texts made here name fields and faults, never values, so that no personal data leaves this module in a message.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as Invalid

from connector.domain.model import CV, NAMELESS, Application, Job, NewApplication
from connector.platforms.pinpoint import shapes

#: `filter[status]`: every value of `JobStatus`
STATUSES = ("open", "closed", "archived", "pending_approval", "draft", "hold", "cancelled", "filled", "preview")
#: `filter[visibility]` and `filter[job_visibility]`: every value of `JobVisibility`. Without it rows of confidential
#: jobs are left out (documented in the 2024 text)
VISIBILITIES = ("internal", "external", "confidential", "private_job")
#: what a look-up reads; asking for no more keeps personal data where it is
LOOK_UP_FIELDS = (
    "job_id",
    "candidate_id",
    "external_system_reference",
    "email",
    "phone",
    "linkedin_url",
    "concealed",
    "stage_id",
)
#: the one context of a custom tag that was seen; the full list is unknown
TAG_CONTEXT = "custom_green"

_CV_CONTEXTS = frozenset({"cv", "pdf_cv"})
#: a multiple of three, so that the slices' base64 can be joined; a usual CV is one slice
_SLICE = 3 * 256 * 1024

_Model = TypeVar("_Model", bound=BaseModel)


class NotTheContract(Exception):
    """A value that is not what the contract says; the text holds field names and faults only."""


@dataclass(frozen=True)
class Page:
    """One page of a collection, its rows unread."""

    rows: tuple[Any, ...]
    #: the included resources of the kind `stages`, by id
    stages: Mapping[str, shapes.StageAttributes]
    #: `meta.stats.total.count`; None where it is not there
    total: int | None
    #: all included resources, unread
    included: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Payload:
    """A request body that is made anew for every attempt and never stands in memory as a whole."""

    head: bytes = field(repr=False)
    content: bytes = field(repr=False)
    tail: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """Return the size in bytes, known before the first one is made."""
        return len(self.head) + 4 * -(-len(self.content) // 3) + len(self.tail)

    def __call__(self) -> Iterator[bytes]:
        yield self.head
        view = memoryview(self.content)
        for start in range(0, len(view), _SLICE):
            yield base64.b64encode(view[start : start + _SLICE])
        yield self.tail


def parsed(model: type[_Model], body: Any) -> _Model:
    """Read a body or a part of it as a shape. Raises NotTheContract, with the places of the faults."""
    try:
        return model.model_validate(body)
    except Invalid as exc:
        raise NotTheContract(_faults(exc)) from None


def _faults(exc: Invalid) -> str:
    """Name the places and kinds of the faults; never the values."""
    found = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['type']}" for e in exc.errors(include_input=False)]
    return ", ".join(found[:5])


def page(body: Any) -> Page:
    """Read the envelope of a collection; the rows are left as they are."""
    read = parsed(shapes.Collection, body)
    return Page(tuple(read.data), _stages(read.included), _total(read.meta), tuple(read.included or ()))


def _stages(included: list[Any] | None) -> dict[str, shapes.StageAttributes]:
    resources = [item for item in included or () if isinstance(item, dict) and item.get("type") == "stages"]
    return {stage.id: stage.attributes for stage in (parsed(shapes.StageResource, item) for item in resources)}


def _total(meta: Any) -> int | None:
    """Return the number of rows in all. UNPROVEN: the place of the count (taken from Graphiti)."""
    for name in ("stats", "total", "count"):
        meta = meta.get(name) if isinstance(meta, dict) else None
    return meta if type(meta) is int else None


def _linked(resource: shapes.Resource, name: str) -> tuple[str, ...]:
    """Return the ids behind a relationship; empty when it was not included ("has no `data`")."""
    relationship = (resource.relationships or {}).get(name)
    data = relationship.get("data") if isinstance(relationship, dict) else None
    items = data if isinstance(data, list) else [data]
    return tuple(str(item["id"]) for item in items if isinstance(item, dict) and "id" in item)


def _of_type(resource: shapes.Resource, kind: str) -> None:
    if resource.type != kind:
        raise NotTheContract("type: another kind of resource")


def job_to_domain(row: Any, stages: Mapping[str, shapes.StageAttributes]) -> Job:
    """Read one job; `stages` are the included ones of the answer.

    `required` is the one word that makes a form field compulsory: "anything else counts as optional" (contract,
    second-hand).
    """
    read = parsed(shapes.JobResource, row)
    _of_type(read, "jobs")
    attributes = read.attributes
    applied = [(stages[id_].position or 0, id_) for id_ in _linked(read, "stages") if _kind(stages, id_) == "applied"]
    return Job(
        id=read.id,
        title=attributes.title or "",
        status=attributes.status,
        visibility=attributes.visibility or "",
        requires_phone=attributes.require_phone is True,
        requires_cv=attributes.resume_requirement == "required",
        requires_summary=attributes.personal_summary_requirement == "required",
        conceals=attributes.blind_screening is True,
        # "lowest `position` if there are two"
        applied_stages=tuple(id_ for _, id_ in sorted(applied)),
        asks_address=attributes.ask_for_address is True,
    )


def row_id(row: Any) -> str:
    """Return the id of a row that cannot be read, or a stand-in for it."""
    try:
        return shapes.OneId.model_validate(row if isinstance(row, dict) else {}).id
    except Invalid:
        digest = hashlib.sha256(json.dumps(row, sort_keys=True, default=str).encode()).hexdigest()[:24]
        return f"{NAMELESS}{digest}"


def one_job_to_domain(body: Any, job_id: str) -> Job:
    """Read the answer about one job."""
    read = parsed(shapes.Document, body)
    job = job_to_domain(read.data, _stages(read.included))
    if job.id != job_id:
        raise NotTheContract("id: not the one asked for")
    return job


def _kind(stages: Mapping[str, shapes.StageAttributes], stage_id: str | None) -> str | None:
    stage = stages.get(stage_id) if stage_id else None
    return stage.basic_type if stage else None


def application_to_domain(row: Any, stages: Mapping[str, shapes.StageAttributes]) -> Application:
    """Read one application.

    Contact details of a concealed row are dropped, whatever stands there. UNPROVEN: what a concealed value looks like.
    """
    read = parsed(shapes.ApplicationResource, row)
    _of_type(read, "applications")
    attributes = read.attributes
    concealed = attributes.concealed is True
    stage_id = attributes.stage_id or next(iter(_linked(read, "stage")), None)
    email = None if concealed else _text(attributes.email)
    attachments = attributes.attachments
    return Application(
        id=read.id,
        job_id=attributes.job_id,
        candidate_id=attributes.candidate_id,
        reference=attributes.external_system_reference,
        email=email if email and "@" in email else None,
        phone=None if concealed else _text(attributes.phone),
        linkedin_url=None if concealed else _text(attributes.linkedin_url),
        concealed=concealed,
        stage_id=stage_id,
        stage_kind=_kind(stages, stage_id),
        has_cv=None if attachments is None else any(item.context in _CV_CONTEXTS for item in attachments),
    )


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def one_application_to_domain(body: Any, job_id: str) -> Application:
    """Read the answer to a create or an update; `job_id` is the job that was meant, "" for any."""
    application = application_to_domain(parsed(shapes.Document, body).data, {})
    if job_id and application.job_id != job_id:
        raise NotTheContract("job_id: another job than the one asked for")
    return application


def application_from_domain(new: NewApplication, cv: CV | None) -> Payload:
    """Build the body of a create: `ApplicationCreateDocument`, nothing outside its closed list of attributes.

    No stage: "the job's Applied stage is assigned" (documented). UNPROVEN: E.164 in `phone` (the official example is
    national), the data-URI prefix on the CV (documented for its two sibling fields).
    """
    attributes: dict[str, Any] = {
        "first_name": new.first_name,
        "last_name": new.last_name,
        "email": new.email,
        "phone": new.phone,
        "phone_iso2": new.phone_region if new.phone else None,
        "linkedin_url": new.linkedin_url,
        "summary": new.summary,
        "channel_source": new.source_label,
        "external_system_reference": new.reference,
        "add_tags_with_context": [{"tag": new.tag, "context": TAG_CONTEXT}] if new.tag else None,
    }
    attributes = {name: value for name, value in attributes.items() if value}
    attributes["skip_notifications_on_create"] = not new.notify
    relationships = {"job": {"data": {"type": "jobs", "id": new.job_id}}}
    if new.candidate_id:
        relationships["candidate"] = {"data": {"type": "candidates", "id": new.candidate_id}}
    if cv:
        attributes["cv_base64_filename"] = cv.filename
        # last of all, so that the text ends right behind the place where the file goes
        attributes["cv_base64_data"] = f"data:{cv.media_type};base64,"
    document = {"data": {"type": "applications", "relationships": relationships, "attributes": attributes}}
    text = json.dumps(document, separators=(",", ":")).encode()
    end = len(b'"}}}') if cv else 0
    cut = len(text) - end
    return Payload(text[:cut], cv.content if cv else b"", text[cut:])


def details_from_domain(
    application_id: str, phone: str | None, phone_region: str | None, linkedin_url: str | None
) -> bytes | None:
    """Build the body of an update: `ApplicationUpdateDocument` with only what is to change; None: nothing is."""
    attributes = {
        "phone": phone,
        "phone_iso2": phone_region if phone else None,
        "linkedin_url": linkedin_url,
    }
    attributes = {name: value for name, value in attributes.items() if value}
    if not attributes:
        return None
    return json.dumps({"data": {"id": application_id, "type": "applications", "attributes": attributes}}).encode()
