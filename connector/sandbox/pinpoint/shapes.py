"""The attributes of each resource type as the API shows them."""

from datetime import timedelta
from typing import Any

from connector.sandbox.clock import offset_form
from connector.sandbox.pinpoint.files import StoredFile
from connector.sandbox.pinpoint.records import Application, Candidate, Comment, Job, Record
from connector.sandbox.pinpoint.simulator import Pinpoint

#: Attributes of an application that are shown as sent, null when they were not.
_SHOWN = (
    "external_system_reference",
    "first_name",
    "last_name",
    "preferred_name",
    "email",
    "phone",
    "phone_iso2",
    "date_of_birth",
    "linkedin_url",
    "preferred_pronouns",
    "summary",
    "channel",
    "channel_source",
    "address1",
    "address2",
    "town",
    "state_province",
    "postcode",
    "country",
    "start_on",
    "rejected_at",
    "hired_at",
)

#: Null while an application is concealed.
_CONCEALED = (
    "first_name",
    "last_name",
    "full_name",
    "preferred_name",
    "email",
    "phone",
    "phone_iso2",
    "date_of_birth",
    "linkedin_url",
    "preferred_pronouns",
    "address1",
    "address2",
    "town",
    "state_province",
    "postcode",
)

_PERSON = (
    "first_name",
    "middle_name",
    "last_name",
    "preferred_name",
    "email",
    "phone",
    "phone_iso2",
    "date_of_birth",
    "address1",
    "address2",
    "town",
    "state_province",
    "postcode",
    "country",
    "external_system_reference",
)


def attributes_of(pinpoint: Pinpoint, record: Record, extra: list[str]) -> dict[str, Any]:
    """The attributes of a record, with the `extra_fields` asked for."""
    stamps = {"created_at": offset_form(record.created_at), "updated_at": offset_form(record.updated_at)}
    if isinstance(record, Application):
        return {**_application(pinpoint, record), **stamps, **_application_extra(pinpoint, record, extra)}
    if isinstance(record, Job):
        return {**_job(pinpoint, record), **stamps, **dict.fromkeys(extra)}
    if isinstance(record, Candidate):
        return {**_candidate(record), **stamps, **{name: [] for name in extra}}
    if isinstance(record, Comment):
        return {**_comment(pinpoint, record), **stamps}
    return {**record.attributes, **stamps}


def loose_id(pinpoint: Pinpoint, value: str | None) -> int | str | None:
    """An id inside the attributes: an integer, or a string by the switch `ids_as_strings`."""
    return value if value is None or pinpoint.switches.on("ids_as_strings") else int(value)


def _application(pinpoint: Pinpoint, record: Application) -> dict[str, Any]:
    sent = record.attributes
    shown: dict[str, Any] = {
        "uuid": record.uuid,
        "candidate_id": loose_id(pinpoint, record.candidate_id),
        "job_id": loose_id(pinpoint, record.job_id),
        "job_posting_id": None,
        "stage_id": loose_id(pinpoint, record.stage_id),
        **{name: sent.get(name) for name in _SHOWN},
        "full_name": _full_name(sent),
        "concealed": record.concealed,
        "internal_candidate": bool(sent.get("internal_candidate", False)),
        "is_demo": bool(sent.get("is_demo", False)),
        "locale": sent.get("locale", "en"),
    }
    if record.concealed:
        shown |= dict.fromkeys(_CONCEALED)
    return shown


def _application_extra(pinpoint: Pinpoint, record: Application, extra: list[str]) -> dict[str, Any]:
    days = (pinpoint.clock.now() - record.updated_at).days
    everything = {
        "attachments": _attachments(pinpoint, record),
        "tags": record.tags,
        "average_rating": None,
        "days_in_current_stage": days,
    }
    return {name: everything[name] for name in extra}


def _attachments(pinpoint: Pinpoint, record: Application) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    if record.cv_file is not None and record.cv_stored_at is not None:
        listed.append(_attachment(pinpoint, record, "cv", record.cv_file))
        ready_at = record.cv_stored_at + timedelta(seconds=pinpoint.switches["pdf_cv_delay_s"])
        if pinpoint.clock.now() >= ready_at:
            listed.append(_attachment(pinpoint, record, "pdf_cv", record.cv_file))
    if record.cover_letter is not None:
        listed.append(_attachment(pinpoint, record, "cover_letter", record.cover_letter))
    listed += [_attachment(pinpoint, record, "document", document) for document in record.documents]
    return listed


def _attachment(pinpoint: Pinpoint, record: Application, context: str, file: StoredFile) -> dict[str, Any]:
    url = f"{pinpoint.base_url}/files/{record.uuid}/{context}"
    return {"context": context, pinpoint.switches["attachment_key"]: file.filename, "url": url}


def _job(pinpoint: Pinpoint, record: Job) -> dict[str, Any]:
    path = f"/postings/{record.uuid}"
    return {
        **record.attributes,
        "uuid": record.uuid,
        "path": path,
        "url": pinpoint.base_url + path,
        "application_form_url": f"{pinpoint.base_url}{path}/applications/new",
    }


def _candidate(record: Candidate) -> dict[str, Any]:
    sent = record.attributes
    return {
        **{name: sent.get(name) for name in _PERSON},
        "full_name": _full_name(sent),
        "locale": sent.get("locale") or "en",
        "blocked": record.blocked,
    }


def _comment(pinpoint: Pinpoint, record: Comment) -> dict[str, Any]:
    return {
        "body_text": record.body_text,
        "commentable_id": loose_id(pinpoint, record.commentable_id),
        "commentable_type": record.commentable_type,
        "private_comment": False,
        "user_id": loose_id(pinpoint, "1"),
    }


def _full_name(sent: dict[str, Any]) -> str | None:
    return " ".join(part for part in (sent.get("first_name"), sent.get("last_name")) if part) or None
