"""JSON:API documents: resources, relationship stubs, and what is included."""

from typing import Any

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.pinpoint.graph import RELATIONS, Tree, merge
from connector.sandbox.pinpoint.query import Query
from connector.sandbox.pinpoint.records import Application, Candidate, Comment, Job, Record, Stage
from connector.sandbox.pinpoint.refusals import MEDIA_TYPE
from connector.sandbox.pinpoint.shapes import attributes_of
from connector.sandbox.pinpoint.simulator import Pinpoint

#: A resource type and a record of it.
Node = tuple[str, Record]


class Rendering:
    """One document in the making. `query` says what to include and which fields to show."""

    def __init__(self, pinpoint: Pinpoint, query: Query) -> None:
        self._pinpoint = pinpoint
        self._query = query

    def one(self, kind: str, record: Record, status: int = 200) -> Answer:
        """A document of one resource."""
        document: dict[str, Any] = {"data": self._resource(kind, record, self._query.include)}
        self._include(document, [(kind, record)])
        document["meta"] = {}
        return json_answer(status, document, MEDIA_TYPE)

    def page(self, kind: str, records: list[Any]) -> Answer:
        """The page of `records` that the query asks for."""
        query = self._query
        begin = (query.number - 1) * query.size
        shown = records[begin : begin + query.size]
        document: dict[str, Any] = {"data": [self._resource(kind, record, query.include) for record in shown]}
        self._include(document, [(kind, record) for record in shown])
        document["meta"] = {"stats": {"total": {"count": len(records)}}} if query.total else {}
        return json_answer(200, document, MEDIA_TYPE)

    def _include(self, document: dict[str, Any], primary: list[Node]) -> None:
        if not self._query.include:
            return
        found: dict[tuple[str, str], tuple[Record, Tree]] = {}
        for kind, record in primary:
            self._gather(kind, record, self._query.include, found)
        own = {(kind, record.id) for kind, record in primary}
        document["included"] = [
            self._resource(key[0], record, tree) for key, (record, tree) in found.items() if key not in own
        ]

    def _gather(self, kind: str, record: Record, tree: Tree, found: dict[tuple[str, str], tuple[Record, Tree]]) -> None:
        for name, below in tree.items():
            for target_kind, target in related(self._pinpoint, kind, record, name):
                # Each resource once, even when several paths lead to it.
                _, known = found.setdefault((target_kind, target.id), (target, {}))
                merge(known, below)
                self._gather(target_kind, target, below, found)

    def _resource(self, kind: str, record: Record, tree: Tree) -> dict[str, Any]:
        attributes = attributes_of(self._pinpoint, record, self._query.extra.get(kind, []))
        if kind in self._query.fields:
            # An extra field counts as asked for, also when the sparse list leaves it out.
            wanted = {*self._query.fields[kind], *self._query.extra.get(kind, [])}
            attributes = {name: value for name, value in attributes.items() if name in wanted}
        resource: dict[str, Any] = {"id": record.id, "type": kind, "attributes": attributes}
        relations = RELATIONS[kind]
        if relations:
            resource["relationships"] = {name: self._relationship(kind, record, name, tree) for name in relations}
        return resource

    def _relationship(self, kind: str, record: Record, name: str, tree: Tree) -> dict[str, Any]:
        if name not in tree:
            return {"meta": {"included": False}}
        links = [{"id": target.id, "type": target_kind} for target_kind, target in self._related(kind, record, name)]
        if RELATIONS[kind][name].many:
            return {"data": links}
        return {"data": links[0] if links else None}

    def _related(self, kind: str, record: Record, name: str) -> list[Node]:
        return related(self._pinpoint, kind, record, name)


def related(pinpoint: Pinpoint, kind: str, record: Record, name: str) -> list[Node]:
    """The records behind relationship `name`, in the order of their ids; none for what is never stored here."""
    target = RELATIONS[kind][name].target
    if target is None:
        return []
    return [(_kind_of(found) or target, found) for found in _found(pinpoint, record, name) if found is not None]


def _found(pinpoint: Pinpoint, record: Record, name: str) -> list[Any]:
    if isinstance(record, Job):
        return _of_job(pinpoint, record, name)
    if isinstance(record, Application):
        return _of_application(pinpoint, record, name)
    applications = pinpoint.application_rows
    if isinstance(record, Candidate):
        return [row for row in applications.values() if row.candidate_id == record.id]
    if isinstance(record, Stage):
        if name == "stageable":
            return [pinpoint.jobs.get(record.job_id)]
        return [row for row in applications.values() if row.stage_id == record.id]
    if isinstance(record, Comment) and name == "commentable":
        rows: dict[str, Any] = {**pinpoint.candidate_rows, **applications}
        return [rows.get(record.commentable_id)]
    if isinstance(record, Comment):
        return [Record("1", {"first_name": "System", "last_name": "User"}, record.created_at, record.created_at)]
    return []


def _of_job(pinpoint: Pinpoint, job: Job, name: str) -> list[Any]:
    if name == "applications":
        return [row for row in pinpoint.application_rows.values() if row.job_id == job.id]
    parts: dict[str, list[Any]] = {
        "stages": list(job.stages),
        "questions": list(job.questions),
        "location": [job.location],
        "department": [job.department],
    }
    return parts.get(name, [])


def _of_application(pinpoint: Pinpoint, application: Application, name: str) -> list[Any]:
    job = pinpoint.jobs.get(application.job_id)
    stages = [stage for stage in job.stages if stage.id == application.stage_id] if job else []
    comments = [
        comment
        for comment in pinpoint.comment_rows.values()
        if comment.commentable_type == "Application" and comment.commentable_id == application.id
    ]
    parts: dict[str, list[Any]] = {
        "job": [job],
        "stage": list(stages),
        "furthest_stage": list(stages),
        "candidate": [pinpoint.candidate_rows.get(application.candidate_id)],
        "answers": list(application.answers),
        "comments": list(comments),
    }
    return parts.get(name, [])


def _kind_of(record: Record) -> str | None:
    kinds: tuple[tuple[type[Record], str], ...] = (
        (Job, "jobs"),
        (Application, "applications"),
        (Candidate, "candidates"),
        (Comment, "comments"),
        (Stage, "stages"),
    )
    return next((kind for cls, kind in kinds if isinstance(record, cls)), None)
