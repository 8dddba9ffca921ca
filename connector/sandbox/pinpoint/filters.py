"""Which rows a list shows, and in what order."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from connector.sandbox.pinpoint.query import Query
from connector.sandbox.pinpoint.records import Application, Candidate, Comment, Job, Record
from connector.sandbox.pinpoint.simulator import Pinpoint

#: Whether a row passes one filter: tenant, row, value of the filter.
Test = Callable[[Pinpoint, Any, Any], bool]


def chosen_jobs(pinpoint: Pinpoint, query: Query) -> list[Job]:
    """The jobs that pass every filter, sorted."""
    return _chosen(pinpoint, query, list(pinpoint.jobs.values()), _JOB_TESTS)


def chosen_applications(pinpoint: Pinpoint, query: Query) -> list[Application]:
    """The applications that pass. Confidential jobs' are left out unless the visibility filter names them."""
    rows = list(pinpoint.application_rows.values())
    if "[job_visibility]" not in query.filters and pinpoint.switches.on("hide_confidential"):
        rows = [row for row in rows if _visibility(pinpoint, row) != "confidential"]
    return _chosen(pinpoint, query, rows, _APPLICATION_TESTS)


def chosen_candidates(pinpoint: Pinpoint, query: Query) -> list[Candidate]:
    """The people who pass."""
    return _chosen(pinpoint, query, list(pinpoint.candidate_rows.values()), _CANDIDATE_TESTS)


def chosen_comments(pinpoint: Pinpoint, query: Query) -> list[Comment]:
    """The comments that pass."""
    return _chosen(pinpoint, query, list(pinpoint.comment_rows.values()), _COMMENT_TESTS)


def _chosen(pinpoint: Pinpoint, query: Query, rows: list[Any], tests: dict[str, Test]) -> list[Any]:
    for name, value in query.filters.items():
        test = tests[name]
        rows = [row for row in rows if test(pinpoint, row, value)]
    for attribute, descending in reversed(query.sort or [("id", False)]):
        rows = sorted(rows, key=lambda row: _sort_key(row, attribute), reverse=descending)
    return rows


def _sort_key(row: Record, attribute: str) -> tuple[bool, Any]:
    if attribute == "id":
        return (False, int(row.id))
    value = row.attributes.get(attribute) if attribute == "opened_at" else getattr(row, attribute)
    return (value is None, value or "")


def _visibility(pinpoint: Pinpoint, row: Application) -> str:
    job = pinpoint.jobs.get(row.job_id)
    return job.visibility if job else "external"


def _stage_type(pinpoint: Pinpoint, row: Application) -> str | None:
    job = pinpoint.jobs.get(row.job_id)
    stages = job.stages if job else []
    return next((str(stage.attributes["basic_type"]) for stage in stages if stage.id == row.stage_id), None)


def _attribute(name: str) -> Test:
    """Passes rows whose attribute is one of the values."""
    return lambda _pinpoint, row, values: str(row.attributes.get(name)) in values


def _flag(name: str, default: bool = False) -> Test:
    return lambda _pinpoint, row, value: bool(row.attributes.get(name, default)) == value


def _field(name: str) -> Test:
    return lambda _pinpoint, row, values: getattr(row, name) in values


def _of_part(part: str, name: str | None) -> Test:
    """Passes jobs whose location or department has this id (name None) or name."""

    def test(_pinpoint: Pinpoint, row: Job, values: list[str]) -> bool:
        record = getattr(row, part)
        return record is not None and (record.attributes[name] if name else record.id) in values

    return test


def _never(_pinpoint: Pinpoint, _row: Record, _values: Any) -> bool:
    """For what no record here has, such as a division."""
    return False


def _live_applications(pinpoint: Pinpoint, row: Job, count: int) -> bool:
    live = [a for a in pinpoint.application_rows.values() if a.job_id == row.id and not a.attributes.get("rejected_at")]
    return len(live) == count


def _later(name: str) -> Test:
    # Strict, and on the whole seconds that the API shows.
    return lambda _pinpoint, row, moment: _shown(getattr(row, name)) > moment


def _earlier(name: str) -> Test:
    return lambda _pinpoint, row, moment: _shown(getattr(row, name)) < moment


def _shown(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


_TIMES: dict[str, Test] = {
    "[created_at][gt]": _later("created_at"),
    "[created_at][lt]": _earlier("created_at"),
    "[updated_at][gt]": _later("updated_at"),
    "[updated_at][lt]": _earlier("updated_at"),
}

_JOB_TESTS: dict[str, Test] = {
    "[status]": _attribute("status"),
    "[visibility]": _attribute("visibility"),
    "[employment_type]": _attribute("employment_type"),
    "[workplace_type]": _attribute("workplace_type"),
    "[remote]": _flag("remote"),
    "[department_id]": _of_part("department", None),
    "[department_name]": _of_part("department", "name"),
    "[division_id]": _never,
    "[division_name]": _never,
    "[location_id]": _of_part("location", None),
    "[location_name]": _of_part("location", "name"),
    "[structure_custom_group_one_id]": _never,
    "[structure_custom_group_one_name]": _never,
    "[requisition_id]": _attribute("requisition_id"),
    "[search]": lambda _p, row, words: any(word.lower() in row.attributes["title"].lower() for word in words),
    "[non_rejected_applications]": _live_applications,
    "[hiring_manager_user_id]": _never,
    "[recruitment_manager_user_id]": _never,
    "[external_system_reference]": _attribute("external_system_reference"),
    "[uuid]": _field("uuid"),
    **_TIMES,
}

_APPLICATION_TESTS: dict[str, Test] = {
    "[candidate_email]": lambda p, row, values: any(p.same_email(row.email, value) for value in values),
    "[candidate_phone]": lambda p, row, values: any(
        p.same_phone(row.attributes.get("phone"), value) for value in values
    ),
    "[job_visibility]": lambda p, row, values: _visibility(p, row) in values,
    "[stage_basic_type]": lambda p, row, values: _stage_type(p, row) in values,
    "[candidate_id]": _field("candidate_id"),
    "[job_id]": _field("job_id"),
    "[job_posting_id]": _never,
    "[stage_id]": _field("stage_id"),
    "[internal_candidate]": _flag("internal_candidate"),
    "[concealed]": lambda _p, row, value: row.concealed == value,
    "[locale]": lambda _p, row, values: row.attributes.get("locale", "en") in values,
    "[external_system_reference]": lambda _p, row, values: row.reference in values,
    "[uuid]": _field("uuid"),
    **_TIMES,
}

_CANDIDATE_TESTS: dict[str, Test] = {
    "[phone]": lambda p, row, values: any(p.same_phone(row.attributes.get("phone"), value) for value in values),
    "[blocked]": lambda _p, row, value: row.blocked == value,
    "[external_system_reference]": _attribute("external_system_reference"),
    **_TIMES,
}

_COMMENT_TESTS: dict[str, Test] = {
    "[commentable_id]": _field("commentable_id"),
    "[commentable_type]": _field("commentable_type"),
    **_TIMES,
}
