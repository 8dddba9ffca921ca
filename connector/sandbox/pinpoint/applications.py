"""Creating and changing applications over the API."""

from typing import Any

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.pinpoint.documents import (
    CREATE_ATTRIBUTES,
    CREATE_RELATIONSHIPS,
    UPDATE_ATTRIBUTES,
    UPDATE_RELATIONSHIPS,
    DocumentReader,
    Written,
    read_json,
)
from connector.sandbox.pinpoint.intake import Intake, inspect_create, inspect_update, refuse_offences
from connector.sandbox.pinpoint.query import Query
from connector.sandbox.pinpoint.records import Application, Record
from connector.sandbox.pinpoint.refusals import Offence, malformed
from connector.sandbox.pinpoint.rendering import Rendering
from connector.sandbox.pinpoint.simulator import Pinpoint

#: Attributes that are orders or files rather than values of the application.
_NOT_KEPT = {
    "add_tag_with_context",
    "add_tags_with_context",
    "remove_tag_with_context",
    "skip_notifications_on_create",
    "create_pdf_application",
    "cv_base64_data",
    "cv_base64_filename",
    "cv_signed_id",
    "cover_letter_base64_data",
    "cover_letter_base64_filename",
    "documents_base64",
}


def create_application(pinpoint: Pinpoint, request: Request) -> Answer:
    """POST /applications."""
    reader = DocumentReader(pinpoint.switches["unknown_attr"])
    document = read_json(request)
    written = reader.read(document, "applications", CREATE_ATTRIBUTES, CREATE_RELATIONSHIPS, has_id=False)
    intake = inspect_create(pinpoint, written)
    earlier = _check_person(pinpoint, written, intake)
    refuse_offences(intake)
    if earlier is not None:
        return Rendering(pinpoint, Query()).one("applications", earlier, 201)
    if intake.job is None:
        raise AssertionError("an application without a job has been refused")
    kept = {name: value for name, value in written.attributes.items() if name not in _NOT_KEPT}
    application = pinpoint.store_application(intake.job, kept, intake.candidate_id, intake.stage, intake.cv)
    _attach(pinpoint, application, written, intake)
    return Rendering(pinpoint, Query()).one("applications", application, 201)


def update_application(pinpoint: Pinpoint, application: Application, request: Request) -> Answer:
    """PUT /applications/{id}."""
    reader = DocumentReader(pinpoint.switches["unknown_attr"])
    document = read_json(request)
    written = reader.read(document, "applications", UPDATE_ATTRIBUTES, UPDATE_RELATIONSHIPS, has_id=True)
    if written.id != application.id:
        raise malformed("Malformed document: data.id must equal the id in the path")
    intake = inspect_update(pinpoint, written, pinpoint.jobs.get(application.job_id))
    refuse_offences(intake)
    kept = {name: value for name, value in written.attributes.items() if name not in _NOT_KEPT}
    application.attributes.update(kept)
    application.updated_at = pinpoint.clock.now()
    application.candidate_id = intake.candidate_id or application.candidate_id
    if intake.stage is not None:
        application.stage_id = intake.stage.id
    if intake.cv is not None:
        application.cv_file, application.cv_stored_at = intake.cv, pinpoint.clock.now()
    _attach(pinpoint, application, written, intake)
    return Rendering(pinpoint, Query()).one("applications", application)


def _check_person(pinpoint: Pinpoint, written: Written, intake: Intake) -> Application | None:
    """The switches `blocked` and `duplicates`; returns the application to answer with instead of a new one."""
    email = str(written.attributes.get("email", ""))
    person = pinpoint.candidate_rows.get(intake.candidate_id or "") or pinpoint.find_person(email)
    if person is not None and person.blocked and pinpoint.switches["blocked"] == "422":
        intake.offences.append(Offence("/data/relationships/candidate", "is blocked", "blocked"))
    handling = pinpoint.switches["duplicates"]
    if handling == "allow" or intake.job is None or not email:
        return None
    job_id = intake.job.id
    rows = pinpoint.application_rows.values()
    same = next((row for row in rows if row.job_id == job_id and pinpoint.same_email(row.email, email)), None)
    if same is not None and handling == "422":
        intake.offences.append(Offence("/data/attributes/email", "has already been taken", "taken"))
        return None
    return same


def _attach(pinpoint: Pinpoint, application: Application, written: Written, intake: Intake) -> None:
    application.cover_letter = intake.cover_letter or application.cover_letter
    application.documents += intake.documents
    _tag(application, written.attributes)
    for kind, target in intake.nested:
        attributes: dict[str, Any] = target.get("attributes") or {}
        if kind == "comments":
            pinpoint.store_comment("Application", application.id, attributes["body_text"], attributes.get("category"))
        elif kind == "answers":
            now = pinpoint.clock.now()
            application.answers.append(Record(pinpoint.next_id("answers"), dict(attributes), now, now))


def _tag(application: Application, sent: dict[str, Any]) -> None:
    orders = list(sent.get("add_tags_with_context", []))
    if "add_tag_with_context" in sent:
        orders.append(sent["add_tag_with_context"])
    for order in orders:
        tag = {"name": order["tag"], "context": order["context"]}
        if tag not in application.tags:
            application.tags.append(tag)
    removed = sent.get("remove_tag_with_context")
    if removed is not None:
        gone = {"name": removed["tag"], "context": removed["context"]}
        application.tags = [tag for tag in application.tags if tag != gone]
