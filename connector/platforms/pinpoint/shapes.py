"""The JSON that Pinpoint answers with, as pydantic shapes; `wire.py` turns them into domain records.

Names and types are those of `docs/contracts/pinpoint.openapi.yaml`. The contract calls only `id`, `type`, `attributes`
(and `data`, `errors`) required; beyond that stand here without a default the attributes that forwarding cannot do
without. Attributes that are not listed are ignored, and enums are plain texts.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool


def _id(value: object) -> object:
    """Take an id as text or number: "integers in the schema and strings in its examples: accept both"."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("not an id")


Id = Annotated[str, BeforeValidator(_id)]


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Document(Wire):
    """One resource."""

    data: Any
    included: list[Any] | None = None


class Collection(Wire):
    """A page of resources. Never `links`; `meta` is free-form."""

    data: list[Any]
    included: list[Any] | None = None
    meta: Any = None


class Resource(Wire):
    id: Id
    type: str
    #: `{"meta": {"included": false}}` where it was not asked for, otherwise with `data`
    relationships: dict[str, Any] | None = None


class JobAttributes(Wire):
    title: str | None = None
    status: str
    visibility: str | None = None
    require_phone: StrictBool | None = None
    resume_requirement: str | None = None
    personal_summary_requirement: str | None = None
    blind_screening: StrictBool | None = None
    ask_for_address: Any = None


class JobResource(Resource):
    attributes: JobAttributes


class AdvertAttributes(Wire):
    """What of a job is shown to candidates. Whatever may be missing may be null too."""

    title: str | None = None
    description: str | None = None
    key_responsibilities: str | None = None
    key_responsibilities_header: str | None = None
    skills_knowledge_expertise: str | None = None
    skills_knowledge_expertise_header: str | None = None
    benefits: str | None = None
    benefits_header: str | None = None
    about_company_theme_section: str | None = None
    about_company_theme_section_header: str | None = None
    employment_type: str | None = None
    url: str | None = None
    compensation: str | None = None
    compensation_minimum: float | str | None = None
    compensation_maximum: float | str | None = None
    compensation_currency: str | None = None
    compensation_frequency: str | None = None
    compensation_visible: StrictBool | None = None
    is_compensation_visible: StrictBool | None = None
    deadline_at: AwareDatetime | None = None
    deadline_on: date | None = None
    updated_at: AwareDatetime


class AdvertResource(Resource):
    attributes: AdvertAttributes


class PlaceAttributes(Wire):
    """A location or a department."""

    name: str | None = None
    city: str | None = None
    province: str | None = None
    country_code: str | None = None

    def shown(self) -> str:
        """Return the name, else the place in words."""
        place = ", ".join(part for part in (self.city, self.province, self.country_code) if part)
        return " ".join((self.name or place).split())


class PlaceResource(Resource):
    attributes: PlaceAttributes = Field(default_factory=PlaceAttributes)


class StageAttributes(Wire):
    basic_type: str | None = None
    position: int | None = None


class StageResource(Resource):
    attributes: StageAttributes = Field(default_factory=StageAttributes)


class Attachment(Wire):
    #: `cv` as sent, `pdf_cv` the rendering: both seen in public code only
    context: str
    #: `filename` in public code, `name` in the official schema
    filename: str | None = None
    name: str | None = None


class ApplicationAttributes(Wire):
    job_id: Id
    candidate_id: Id
    stage_id: Id | None = None
    external_system_reference: str | None = None
    #: the next three are Any because nobody knows what stands there when the row is concealed
    email: Any = None
    phone: Any = None
    linkedin_url: Any = None
    concealed: StrictBool | None = None
    #: absent, not null, unless asked for
    attachments: list[Attachment] | None = None


class ApplicationResource(Resource):
    attributes: ApplicationAttributes


class CommentAttributes(Wire):
    body_text: str | None = None
    commentable_id: Id | None = None


class CommentResource(Resource):
    attributes: CommentAttributes


class ErrorSource(Wire):
    pointer: str | None = None
    parameter: str | None = None


class ErrorMeta(Wire):
    attribute: str | None = None


class ErrorItem(Wire):
    code: str = ""
    detail: str = ""
    #: both are assumptions, and official examples of a 422 have none
    source: ErrorSource | None = None
    meta: ErrorMeta | None = None


class ErrorDocument(Wire):
    errors: list[Any]


class OneId(Wire):
    """An id by itself, to see whether one can be read off a broken row."""

    id: Id
