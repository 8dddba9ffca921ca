"""Making jobs: their attributes, stages and questions, with the defaults of an invented tenant."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from connector.sandbox.clock import offset_form
from connector.sandbox.pinpoint.records import JOB_STATUSES, VISIBILITIES, Job, Record, Stage

#: Name and basic type of the stages that a job gets unless others are asked for.
DEFAULT_STAGES = (
    ("Applied", "applied"),
    ("Phone call", "review"),
    ("Interview", "interview"),
    ("Offer", "offer"),
    ("Hired", "hired"),
    ("Rejected", "rejected"),
)

#: Attributes of a job and what they are by default.
DEFAULTS: dict[str, Any] = {
    "title": "Backend Engineer",
    "status": "open",
    "visibility": "external",
    "description": "<p>Build the booking engine.</p>",
    "key_responsibilities_header": "What you will do",
    "key_responsibilities": "<ul><li>Own two services</li></ul>",
    "skills_knowledge_expertise_header": "What you bring",
    "skills_knowledge_expertise": "<ul><li>Python</li></ul>",
    "benefits_header": "What we offer",
    "benefits": "<p>30 days of leave</p>",
    "reporting_to": "Head of Engineering",
    "employment_type": "permanent_full_time",
    "employment_type_text": "Permanent - Full Time",
    "workplace_type": "hybrid",
    "workplace_type_text": "Hybrid",
    "remote": False,
    "compensation": None,
    "compensation_minimum": 60000.0,
    "compensation_maximum": 75000.0,
    "compensation_currency": "GBP",
    "compensation_frequency": "year",
    "is_compensation_visible": True,
    "compensation_visible": True,
    "require_phone": False,
    "ask_for_address": False,
    "resume_requirement": "optional",
    "cover_letter_requirement": "optional",
    "personal_summary_requirement": "optional",
    "blind_screening": False,
    "deadline_at": None,
    "deadline_on": None,
    "closed_at": None,
    "filled_at": None,
    "external_system_reference": None,
    "requisition_id": None,
    "selected_hiring_workflow_id": "12",
    "country_code": "GB",
}

#: Attributes that may be given though they have no default.
_FURTHER = {"about_company_theme_section", "about_company_theme_section_header", "experience_level", "opened_at"}


def check_attributes(attributes: dict[str, Any]) -> None:
    """Raises ValueError for an attribute that a job has not, or a status or visibility that does not exist."""
    unknown = set(attributes) - set(DEFAULTS) - _FURTHER
    if unknown:
        raise ValueError(f"a job has no {', '.join(sorted(unknown))}")
    for name, allowed in (("status", JOB_STATUSES), ("visibility", VISIBILITIES)):
        if attributes.get(name, allowed[0]) not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}")


def make_job(
    job_id: str,
    attributes: dict[str, Any],
    stages: Sequence[tuple[str, str]],
    questions: Sequence[tuple[str, bool]],
    next_id: Callable[[str], str],
    now: datetime,
) -> Job:
    """A job with its own stages and questions; `next_id(kind)` numbers them."""
    check_attributes(attributes)
    stamp = offset_form(now)
    job_uuid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"job {job_id}"))
    job = Job(job_id, {**DEFAULTS, "opened_at": stamp, **attributes}, now, now, job_uuid)
    for position, (name, basic_type) in enumerate(stages, start=1):
        details = {
            "name": name,
            "external_name": name,
            "description": None,
            "basic_type": basic_type,
            "position": position,
            "visible": True,
            "external_system_reference": None,
        }
        job.stages.append(Stage(next_id("stages"), details, now, now, job_id))
    for title, required in questions:
        details = {"title": title, "question_type": "text", "required": required, "additional_information": None}
        job.questions.append(Record(next_id("questions"), details, now, now))
    job.location = Record("31", _LEEDS, now, now)
    job.department = Record("9", {"name": "Engineering", "external_system_reference": None}, now, now)
    return job


_LEEDS = {
    "name": "Leeds",
    "city": "Leeds",
    "province": "West Yorkshire",
    "postal_code": "LS1 1AA",
    "country_code": "GB",
    "street_address": "1 Canal Row",
    "external_system_reference": None,
}
