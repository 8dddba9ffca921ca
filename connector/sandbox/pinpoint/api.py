"""Pinpoint's front door: routes, and the order of checks of the contract.

401, 403 (API switched off), 403 (permission), 429, 404, 400, 422.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connector.sandbox.exchange import Answer, Request, html_answer
from connector.sandbox.pinpoint import filters, specs
from connector.sandbox.pinpoint.applications import create_application, update_application
from connector.sandbox.pinpoint.comments import create_comment
from connector.sandbox.pinpoint.query import Query, Spec, read_query
from connector.sandbox.pinpoint.refusals import MEDIA_TYPE, Refused, error_answer, malformed, not_found
from connector.sandbox.pinpoint.rendering import Rendering
from connector.sandbox.pinpoint.simulator import Pinpoint
from connector.sandbox.retry_after import retry_after_header

Operation = Callable[[Pinpoint, Request, Query, str], Answer]

_BASE = "/api/v1"
_FILE = re.compile(r"/files/(?P<uuid>[0-9a-f-]{36})/(?P<context>[a-z_]+)\Z")


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    permission: str
    spec: Spec
    operation: Operation
    #: Name of the store in `Pinpoint` that holds the record of the path; None for a collection.
    store: str | None = None


def _list_jobs(pinpoint: Pinpoint, _request: Request, query: Query, _id: str) -> Answer:
    return Rendering(pinpoint, query).page("jobs", filters.chosen_jobs(pinpoint, query))


def _get_job(pinpoint: Pinpoint, _request: Request, query: Query, job_id: str) -> Answer:
    return Rendering(pinpoint, query).one("jobs", pinpoint.jobs[job_id])


def _list_applications(pinpoint: Pinpoint, _request: Request, query: Query, _id: str) -> Answer:
    return Rendering(pinpoint, query).page("applications", filters.chosen_applications(pinpoint, query))


def _get_application(pinpoint: Pinpoint, _request: Request, query: Query, application_id: str) -> Answer:
    return Rendering(pinpoint, query).one("applications", pinpoint.application_rows[application_id])


def _create_application(pinpoint: Pinpoint, request: Request, _query: Query, _id: str) -> Answer:
    return create_application(pinpoint, request)


def _update_application(pinpoint: Pinpoint, request: Request, _query: Query, application_id: str) -> Answer:
    return update_application(pinpoint, pinpoint.application_rows[application_id], request)


def _list_candidates(pinpoint: Pinpoint, _request: Request, query: Query, _id: str) -> Answer:
    return Rendering(pinpoint, query).page("candidates", filters.chosen_candidates(pinpoint, query))


def _get_candidate(pinpoint: Pinpoint, _request: Request, query: Query, candidate_id: str) -> Answer:
    return Rendering(pinpoint, query).one("candidates", pinpoint.candidate_rows[candidate_id])


def _list_comments(pinpoint: Pinpoint, _request: Request, query: Query, _id: str) -> Answer:
    return Rendering(pinpoint, query).page("comments", filters.chosen_comments(pinpoint, query))


def _create_comment(pinpoint: Pinpoint, request: Request, _query: Query, _id: str) -> Answer:
    return create_comment(pinpoint, request)


def _route(
    method: str, path: str, permission: str, spec: Spec, operation: Operation, store: str | None = None
) -> _Route:
    pattern = re.compile(_BASE + path.replace("{id}", "(?P<id>[^/]+)") + r"\Z")
    return _Route(method, pattern, permission, spec, operation, store)


_JOB, _APPLICATION, _CANDIDATE = "jobs", "application_rows", "candidate_rows"

_ROUTES = (
    _route("GET", "/jobs", "jobs:read", specs.LIST_JOBS, _list_jobs),
    _route("GET", "/jobs/{id}", "jobs:read", specs.GET_JOB, _get_job, _JOB),
    _route("GET", "/applications", "applications:read", specs.LIST_APPLICATIONS, _list_applications),
    _route("POST", "/applications", "applications:write", specs.WRITE, _create_application),
    _route("GET", "/applications/{id}", "applications:read", specs.GET_APPLICATION, _get_application, _APPLICATION),
    _route("PUT", "/applications/{id}", "applications:write", specs.WRITE, _update_application, _APPLICATION),
    _route("GET", "/candidates", "candidates:read", specs.LIST_CANDIDATES, _list_candidates),
    _route("GET", "/candidates/{id}", "candidates:read", specs.GET_CANDIDATE, _get_candidate, _CANDIDATE),
    _route("GET", "/comments", "comments:read", specs.LIST_COMMENTS, _list_comments),
    _route("POST", "/comments", "comments:write", specs.WRITE, _create_comment),
)


class PinpointApi:
    """Answers HTTP requests to a `Pinpoint`."""

    name = "pinpoint"

    def __init__(self, pinpoint: Pinpoint) -> None:
        self._pinpoint = pinpoint

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._pinpoint.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        limit = self._pinpoint.proxy_limit_bytes
        if limit is not None and len(request.body) > limit:
            return html_answer(413, "<html><body><h1>413 Request Entity Too Large</h1></body></html>")
        with self._pinpoint.lock:
            try:
                return self._file(request) if request.path.startswith("/files/") else self._checked(request)
            except Refused as exc:
                return error_answer(exc, self._pinpoint.switches.on("bare_422"))

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """The error body for 429 and 500; a 503 comes from the proxy and is HTML."""
        if status == 503:
            return html_answer(503, "<html><body><h1>503 Service Unavailable</h1></body></html>")
        return error_answer(Refused(status, detail), bare=False)

    def own_failure_after(self, request: Request) -> None:
        """Nothing is kept: there are no idempotency keys here."""

    def _checked(self, request: Request) -> Answer:
        pinpoint = self._pinpoint
        key = request.header("X-API-KEY")
        if not key:
            raise Refused(401, "X-API-KEY header not provided")
        if pinpoint.revoked or not hmac.compare_digest(key.encode(), pinpoint.key.encode()):
            raise Refused(401, "Invalid API key")
        if not pinpoint.api_enabled:
            raise Refused(403, "Integration not enabled")
        route, record_id = _find(request)
        if route is not None and route.permission not in pinpoint.permissions:
            raise Refused(403, f"Permission missing: {route.permission}")
        wait = pinpoint.limiter.take(request.client) if pinpoint.limiter else 0.0
        if wait:
            header = retry_after_header(pinpoint.switches["retry_after"], wait, self.now())
            return error_answer(Refused(429, "Rate limit exceeded"), bare=False).with_headers(*header)
        if route is None:
            raise not_found()
        return self._operate(route, request, record_id)

    def _operate(self, route: _Route, request: Request, record_id: str) -> Answer:
        if route.store is not None and record_id not in getattr(self._pinpoint, route.store):
            raise not_found()
        if not _takes_json_api(request.header("Accept")):
            raise malformed(f"Accept must allow {MEDIA_TYPE}")
        query = read_query(route.spec, request.query)
        return route.operation(self._pinpoint, request, query, record_id)

    def _file(self, request: Request) -> Answer:
        """The stored file behind an attachment's URL; open to whoever has it."""
        match = _FILE.match(request.path)
        rows = self._pinpoint.application_rows.values()
        row = next((row for row in rows if match is not None and row.uuid == match["uuid"]), None)
        if match is None or row is None or match["context"] not in ("cv", "pdf_cv") or row.cv_file is None:
            raise not_found()
        media_type = row.cv_file.content_type or "application/octet-stream"
        return Answer(200, (("Content-Type", media_type),), row.cv_file.content)


def _find(request: Request) -> tuple[_Route | None, str]:
    for route in _ROUTES:
        match = route.path.match(request.path)
        if match is not None and route.method == request.method:
            return route, match.groupdict().get("id", "")
    return None, ""


def _takes_json_api(accept: str | None) -> bool:
    if accept is None:
        return True
    offered = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    return bool(offered & {MEDIA_TYPE, "application/*", "*/*"})
