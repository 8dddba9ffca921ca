"""The query parameters of every operation, as the contract lists them."""

from connector.sandbox.pinpoint.query import Reader, Spec, boolean, moment, one_of, single, texts, whole
from connector.sandbox.pinpoint.records import BASIC_TYPES, JOB_STATUSES, VISIBILITIES

EMPLOYMENT_TYPES = (
    "full_time",
    "part_time",
    "contract_temp",
    "freelance",
    "internship",
    "permanent",
    "fixed_term_contract",
    "zero_hours",
    "permanent_full_time",
    "permanent_part_time",
    "fixed_term_full_time",
    "fixed_term_part_time",
    "flexible",
    "seasonal_full_time",
    "seasonal_part_time",
    "contract",
    "temporary",
    "contract_to_hire",
    "volunteer",
    "apprentice",
    "programme",
    "secondment",
    "term_time",
    "part_time_term_time",
    "bank",
)
WORKPLACE_TYPES = ("onsite", "hybrid", "remote")

_JOB_EXTRA = (
    "hiring_user_id",
    "recruitment_manager_user_id",
    "assigned_onboarding_process_id",
    "assigned_onboarding_process_name",
    "assigned_onboarding_candidate_owner_user_id",
    "assigned_onboarding_candidate_owner_user_email",
    "users_emails_with_job_level_visibility",
)
_APPLICATION_EXTRA = ("attachments", "average_rating", "tags", "days_in_current_stage")
_CANDIDATE_EXTRA = ("attachments", "tags")
_SEEKER_EXTRA = ("attachments", "average_rating", "tags")

_TIMES: dict[str, Reader] = {
    "[created_at][gt]": moment,
    "[created_at][lt]": moment,
    "[updated_at][gt]": moment,
    "[updated_at][lt]": moment,
}
_SORTS = ("id", "created_at", "updated_at")

_JOB_FILTERS: dict[str, Reader] = {
    "[status]": one_of(*JOB_STATUSES),
    "[visibility]": one_of(*VISIBILITIES),
    "[employment_type]": one_of(*EMPLOYMENT_TYPES),
    "[workplace_type]": one_of(*WORKPLACE_TYPES),
    "[remote]": boolean,
    "[department_id]": texts,
    "[department_name]": texts,
    "[division_id]": texts,
    "[division_name]": texts,
    "[location_id]": texts,
    "[location_name]": texts,
    "[structure_custom_group_one_id]": texts,
    "[structure_custom_group_one_name]": texts,
    "[requisition_id]": texts,
    "[search]": texts,
    "[non_rejected_applications]": whole,
    "[hiring_manager_user_id]": single,
    "[recruitment_manager_user_id]": single,
    "[external_system_reference]": texts,
    "[uuid]": texts,
    **_TIMES,
}

_APPLICATION_FILTERS: dict[str, Reader] = {
    "[candidate_email]": texts,
    "[candidate_phone]": texts,
    "[job_visibility]": one_of(*VISIBILITIES),
    "[stage_basic_type]": one_of(*BASIC_TYPES),
    "[candidate_id]": single,
    "[job_id]": single,
    "[job_posting_id]": single,
    "[stage_id]": single,
    "[internal_candidate]": boolean,
    "[concealed]": boolean,
    "[locale]": texts,
    "[external_system_reference]": texts,
    "[uuid]": texts,
    **_TIMES,
}

_CANDIDATE_FILTERS: dict[str, Reader] = {
    "[phone]": texts,
    "[blocked]": boolean,
    "[external_system_reference]": texts,
    **_TIMES,
}

_COMMENT_FILTERS: dict[str, Reader] = {
    "[commentable_id]": single,
    "[commentable_type]": one_of("Application", "JobSeeker"),
    **_TIMES,
}

_JOB_FIELDS = ("jobs", "stages")
_APPLICATION_FIELDS = ("applications", "candidates", "jobs", "stages", "comments")
_CANDIDATE_FIELDS = ("candidates", "applications")
_COMMENT_FIELDS = ("comments", "users", "applications", "job_seekers", "candidates")

_JOBS_EXTRA = {"jobs": _JOB_EXTRA}
_APPLICATIONS_EXTRA = {
    "applications": _APPLICATION_EXTRA,
    "candidates": _CANDIDATE_EXTRA,
    "jobs": _JOB_EXTRA,
}
_CANDIDATES_EXTRA = {
    "candidates": _CANDIDATE_EXTRA,
    "applications": _APPLICATION_EXTRA,
    "job_seekers": _SEEKER_EXTRA,
}

LIST_JOBS = Spec("jobs", _JOB_FIELDS, _JOBS_EXTRA, _JOB_FILTERS, (*_SORTS, "opened_at"))
GET_JOB = Spec("jobs", _JOB_FIELDS, _JOBS_EXTRA)
LIST_APPLICATIONS = Spec("applications", _APPLICATION_FIELDS, _APPLICATIONS_EXTRA, _APPLICATION_FILTERS, _SORTS)
GET_APPLICATION = Spec("applications", _APPLICATION_FIELDS, _APPLICATIONS_EXTRA)
LIST_CANDIDATES = Spec("candidates", _CANDIDATE_FIELDS, _CANDIDATES_EXTRA, _CANDIDATE_FILTERS, _SORTS)
GET_CANDIDATE = Spec("candidates", _CANDIDATE_FIELDS, _CANDIDATES_EXTRA)
LIST_COMMENTS = Spec("comments", _COMMENT_FIELDS, {}, _COMMENT_FILTERS, _SORTS)
#: Writes take no query parameter at all.
WRITE = Spec("", ())
