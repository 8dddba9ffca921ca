"""The rules for a new or changed application: what is refused, and with which words."""

import re
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.pinpoint.documents import Written
from connector.sandbox.pinpoint.files import StoredFile, decode
from connector.sandbox.pinpoint.records import Job, Stage
from connector.sandbox.pinpoint.refusals import Offence, Refused, blank, invalid, not_found
from connector.sandbox.pinpoint.simulator import Pinpoint

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_ISO2 = re.compile(r"[A-Z]{2}\Z")
_US = {"us", "usa", "united states", "united states of america"}
_NESTED = ("answers", "comments", "custom_attributes", "structured_section_responses")


@dataclass
class Intake:
    """What a write comes to once it has been looked at."""

    offences: list[Offence] = field(default_factory=list)
    job: Job | None = None
    stage: Stage | None = None
    candidate_id: str | None = None
    cv: StoredFile | None = None
    cover_letter: StoredFile | None = None
    documents: list[StoredFile] = field(default_factory=list)
    #: Nested objects to create: resource type and the object of `included`.
    nested: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def inspect_create(pinpoint: Pinpoint, written: Written) -> Intake:
    """Looks at a create. Raises the 404 of switch `unknown_job`; everything else is gathered in `offences`."""
    intake = Intake(list(written.offences))
    sent = written.attributes
    _find_job(pinpoint, written, intake)
    for name in ("first_name", "last_name", "email"):
        # A value of a wrong type has been noted as such already.
        if not sent.get(name) and not _noted(intake, name):
            intake.offences.append(blank(name))
    _check_texts(sent, intake)
    _find_candidate(pinpoint, written, intake)
    _take_files(pinpoint, sent, intake)
    if intake.job is not None:
        _check_form(intake.job, sent, intake)
        _find_stage(written, intake.job, intake)
    _take_nested(written, intake)
    return intake


def inspect_update(pinpoint: Pinpoint, written: Written, job: Job | None) -> Intake:
    """Looks at an update of an application to `job`."""
    intake = Intake(list(written.offences), job=job)
    sent = written.attributes
    for name in ("first_name", "last_name", "email"):
        if sent.get(name) == "":
            intake.offences.append(blank(name))
    _check_texts(sent, intake)
    _find_candidate(pinpoint, written, intake)
    if pinpoint.switches["put_cv"] == "reject":
        cv_fields = [name for name in ("cv_base64_data", "cv_base64_filename", "cv_signed_id") if name in sent]
        intake.offences += [invalid(name, message="can't be changed") for name in cv_fields]
    _take_files(pinpoint, sent, intake)
    if job is not None:
        _find_stage(written, job, intake)
    _take_nested(written, intake)
    return intake


def _noted(intake: Intake, name: str) -> bool:
    return any(offence.attribute == name for offence in intake.offences)


def _check_texts(sent: dict[str, Any], intake: Intake) -> None:
    if sent.get("email") and not _EMAIL.match(sent["email"]):
        intake.offences.append(invalid("email"))
    if sent.get("phone_iso2") and not _ISO2.match(sent["phone_iso2"]):
        intake.offences.append(invalid("phone_iso2"))
    country = str(sent.get("country", "")).casefold()
    if country in _US and sent.get("address2"):
        intake.offences.append(invalid("address2", message="must be blank for an address in the United States"))
    if country and country not in _US and sent.get("state_province"):
        message = "must be blank for an address outside the United States"
        intake.offences.append(invalid("state_province", message=message))
    # Nobody knows how to get a signed id, so no value can be a right one.
    if "cv_signed_id" in sent and not _noted(intake, "cv_signed_id"):
        intake.offences.append(invalid("cv_signed_id"))


def _check_form(job: Job, sent: dict[str, Any], intake: Intake) -> None:
    """What this job's form asks for. Required questions are not enforced by the API."""
    form = job.attributes
    needed: list[str] = []
    if form["require_phone"]:
        needed += ["phone", "phone_iso2"]
    if job.address_required:
        needed += ["address1", "town", "country", "postcode"]
    if form["personal_summary_requirement"] == "required":
        needed.append("summary")
    intake.offences += [blank(name) for name in needed if not sent.get(name) and not _noted(intake, name)]
    if form["resume_requirement"] == "required" and intake.cv is None and not _noted(intake, "cv_base64_data"):
        intake.offences.append(blank("cv_base64_data"))
    if form["cover_letter_requirement"] == "required" and intake.cover_letter is None:
        intake.offences.append(blank("cover_letter_base64_data"))


def _find_job(pinpoint: Pinpoint, written: Written, intake: Intake) -> None:
    job_id = _linked_id(written, "job", "jobs", intake)
    if job_id is None:
        if "job" not in written.relationships:
            intake.offences.append(blank("job", "relationships"))
        return
    job = pinpoint.jobs.get(job_id)
    if job is None and pinpoint.switches["unknown_job"] == "404":
        raise not_found()
    if job is None:
        intake.offences.append(invalid("job", "relationships", "must exist"))
        return
    if job.status != "open" and pinpoint.switches["closed_job"] == "422":
        intake.offences.append(invalid("job", "relationships", "is not open"))
    intake.job = job


def _find_candidate(pinpoint: Pinpoint, written: Written, intake: Intake) -> None:
    intake.candidate_id = _linked_id(written, "candidate", "candidates", intake)
    if intake.candidate_id is not None and intake.candidate_id not in pinpoint.candidate_rows:
        intake.offences.append(invalid("candidate", "relationships", "must exist"))
        intake.candidate_id = None


def _find_stage(written: Written, job: Job, intake: Intake) -> None:
    stage_id = _linked_id(written, "stage", "stages", intake)
    if stage_id is None:
        return
    intake.stage = next((stage for stage in job.stages if stage.id == stage_id), None)
    if intake.stage is None:
        intake.offences.append(invalid("stage", "relationships", "must belong to the job"))


def _linked_id(written: Written, name: str, kind: str, intake: Intake) -> str | None:
    """The id in a to-one relationship, or None when it is absent or (noted as an offence) malformed."""
    if name not in written.relationships:
        return None
    link = written.relationships[name]
    data = link.get("data") if isinstance(link, dict) and set(link) == {"data"} else None
    if isinstance(data, dict) and set(data) == {"type", "id"} and data["type"] == kind:
        linked_id = data["id"]
        if isinstance(linked_id, str) and linked_id:
            return linked_id
    intake.offences.append(invalid(name, "relationships"))
    return None


def _take_files(pinpoint: Pinpoint, sent: dict[str, Any], intake: Intake) -> None:
    intake.cv = _take_pair(pinpoint, sent, "cv", intake)
    intake.cover_letter = _take_pair(pinpoint, sent, "cover_letter", intake)
    for entry in sent.get("documents_base64", []):
        if entry.get("data") and entry.get("filename"):
            file, _ = decode(entry["filename"], entry["data"])
            if len(file.content) > pinpoint.file_limit_bytes:
                intake.offences.append(invalid("documents_base64", message="is too big"))
            intake.documents.append(file)


def _take_pair(pinpoint: Pinpoint, sent: dict[str, Any], stem: str, intake: Intake) -> StoredFile | None:
    """The decoded file. Half a pair is no file and no offence."""
    name, filename, data = f"{stem}_base64_data", sent.get(f"{stem}_base64_filename"), sent.get(f"{stem}_base64_data")
    if not filename or not data:
        return None
    file, proper = decode(filename, data)
    handling = pinpoint.switches["bare_base64"]
    if not proper and handling == "drop":
        return None
    if not proper and handling == "422":
        intake.offences.append(invalid(name))
        return None
    if len(file.content) > pinpoint.file_limit_bytes:
        intake.offences.append(invalid(name, message="is too big"))
        return None
    if stem == "cv" and not file.is_cv:
        intake.offences.append(invalid(name, message="has an invalid content type"))
        return None
    return file


def _take_nested(written: Written, intake: Intake) -> None:
    for name in _NESTED:
        link = written.relationships.get(name)
        if link is None:
            continue
        entries = link.get("data") if isinstance(link, dict) else None
        if not isinstance(entries, list):
            intake.offences.append(invalid(name, "relationships"))
            continue
        for entry in entries:
            _take_entry(written, name, entry, intake)


def _take_entry(written: Written, name: str, entry: Any, intake: Intake) -> None:
    whole = isinstance(entry, dict) and set(entry) == {"type", "temp-id", "method"} and entry["method"] == "create"
    target = written.included.get((name, entry["temp-id"])) if whole and entry["type"] == name else None
    if target is None:
        intake.offences.append(invalid(name, "relationships"))
        return
    attributes = target.get("attributes") or {}
    if name == "comments" and (not attributes.get("body_text") or set(attributes) - {"body_text", "category"}):
        intake.offences.append(Offence("/included/attributes/body_text", "can't be blank", "blank"))
        return
    if name == "answers" and not _answers_question(target, intake.job):
        intake.offences.append(Offence("/included/relationships/question", "must exist", "invalid"))
        return
    intake.nested.append((name, target))


def _answers_question(target: dict[str, Any], job: Job | None) -> bool:
    try:
        question_id = target["relationships"]["question"]["data"]["id"]
    except (KeyError, TypeError):
        return False
    return job is None or any(question.id == question_id for question in job.questions)


def refuse_offences(intake: Intake) -> None:
    """Raises the 422 with all offences, if there are any."""
    if intake.offences:
        raise Refused(422, offences=tuple(intake.offences))
