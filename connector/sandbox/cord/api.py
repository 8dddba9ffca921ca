"""cord's front door: routes, and the order of checks of the contract.

401, 429, 403, 400, idempotency, and then what each operation checks itself (404, 410, 403, 422, 409).
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from connector.sandbox.cord import hooks, reads, writes
from connector.sandbox.cord.asking import Ask, read_body, read_query
from connector.sandbox.cord.fields import ATS_JOB_ID
from connector.sandbox.cord.idempotency import required_key
from connector.sandbox.cord.refusals import Refused, error_answer, not_found, unreadable
from connector.sandbox.cord.simulator import Cord
from connector.sandbox.exchange import Answer, Request
from connector.sandbox.retry_after import retry_after_header

Operation = Callable[[Cord, Ask], Answer]

_USABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}\Z")


@dataclass(frozen=True)
class _Route:
    method: str
    path: re.Pattern[str]
    #: All of them are needed; empty: any valid token.
    scopes: tuple[str, ...]
    operation: Operation


def _route(method: str, template: str, scopes: str, operation: Operation) -> _Route:
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template) + r"\Z")
    return _Route(method, pattern, tuple(scopes.split()), operation)


_START = "/v1/conversation-starts/{start_id}"
_TALK = "/v1/conversations/{conversation_id}"

#: With the scope that each operation needs.
_ROUTES = (
    _route("GET", "/v1/company", "", reads.get_company),
    _route("GET", "/v1/positions", "positions:read", reads.list_positions),
    _route("GET", "/v1/positions/{position_id}", "positions:read", reads.get_position),
    _route("PUT", "/v1/positions/{position_id}/ats-link", "links:write", writes.put_ats_link),
    _route("DELETE", "/v1/positions/{position_id}/ats-link", "links:write", writes.delete_ats_link),
    _route("GET", "/v1/ats-jobs", "ats_jobs:write", reads.list_ats_jobs),
    _route("PUT", "/v1/ats-jobs/{ats_job_id}", "ats_jobs:write", writes.put_ats_job),
    _route("DELETE", "/v1/ats-jobs/{ats_job_id}", "ats_jobs:write", writes.delete_ats_job),
    _route("GET", "/v1/conversation-starts", "conversations:read", reads.list_starts),
    _route("POST", _START + "/deliveries", "deliveries:write", writes.create_delivery),
    _route("GET", _TALK, "conversations:read", reads.get_conversation),
    _route("GET", _TALK + "/messages", "conversations:read", reads.list_messages),
    _route("POST", _TALK + "/messages", "messages:write", writes.record_sms),
    _route("GET", "/v1/candidates/{candidate_id}", "candidates:read", reads.get_candidate),
    _route("GET", "/v1/candidates/{candidate_id}/cv", "files:read", reads.get_cv),
    _route("GET", "/v1/webhooks", "", reads.list_webhooks),
    _route("POST", "/v1/webhooks", "", hooks.create_webhook),
    _route("DELETE", "/v1/webhooks/{webhook_id}", "", hooks.delete_webhook),
)


class CordApi:
    """Answers HTTP requests to a `Cord`."""

    name = "cord"

    def __init__(self, cord: Cord) -> None:
        self._cord = cord

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._cord.clock.now()

    def handle(self, request: Request) -> Answer:
        """Does and answers one request, whole, under the simulator's lock."""
        request = _named(request)
        with self._cord.lock:
            try:
                answer = self._checked(request)
            except Refused as exc:
                answer = self._refusal(request, exc)
            return self._with_common_headers(request, answer)

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """The error body for 429, 500 and 503."""
        request = _named(request)
        code = {429: "rate_limited", 500: "internal"}.get(status, "unavailable")
        with self._cord.lock:
            return self._with_common_headers(request, error_answer(status, code, detail, _request_id(request)))

    def own_failure_after(self, request: Request) -> None:
        """A 5xx is not kept, so the key of the request runs afresh."""
        key = request.header("Idempotency-Key")
        if key is not None:
            with self._cord.lock:
                self._cord.kept.forget(key)

    def _checked(self, request: Request) -> Answer:
        self._check_token(request)
        self._check_rate()
        route, parts = _find(request)
        self._check_rights(route)
        if request.method == "GET":
            return route.operation(self._cord, Ask(request, parts, read_query(request)))
        return self._write(route, request, parts)

    def _write(self, route: _Route, request: Request, parts: dict[str, str]) -> Answer:
        key = required_key(request)
        if not ATS_JOB_ID.match(parts.get("ats_job_id", "x")):
            raise unreadable("The job id is malformed", ("ats_job_id", "invalid"))
        body = None if request.method == "DELETE" else read_body(request)
        now = self._cord.clock.now()
        replayed = self._cord.kept.replay(request, key, now)
        if replayed is not None:
            return replayed
        try:
            answer = route.operation(self._cord, Ask(request, parts, {}, body))
        except Refused as exc:
            answer = self._refusal(request, exc)
        self._cord.kept.keep(request, key, answer, now)
        return answer

    def _check_token(self, request: Request) -> None:
        scheme, _, token = (request.header("Authorization") or "").partition(" ")
        cord = self._cord
        if scheme.lower() != "bearer" or token != cord.token or cord.revoked:
            raise Refused(401, "invalid_token", "The token is not known")
        if cord.token_expires_at is not None and cord.clock.now() >= cord.token_expires_at:
            raise Refused(401, "token_expired", "The token has expired")

    def _check_rate(self) -> None:
        bucket = self._cord.bucket
        wait = bucket.take() if bucket else 0.0
        if wait:
            raise Refused(429, "rate_limited", f"Too many requests; wait {wait:.3f} s")

    def _check_rights(self, route: _Route) -> None:
        if route.operation is reads.get_company:
            return
        if not self._cord.plan_includes_ats:
            raise Refused(403, "plan_required", "The plan does not include ATS integration")
        missing = [scope for scope in route.scopes if scope not in self._cord.scopes]
        if missing:
            raise Refused(403, "missing_scope", "The token lacks a scope", ("scope", missing[0]))

    def _refusal(self, request: Request, refused: Refused) -> Answer:
        status = refused.status
        answer = error_answer(status, refused.code, refused.message, _request_id(request), refused.offences)
        if status == 401:
            return answer.with_headers(("WWW-Authenticate", "Bearer"))
        if status == 429 and self._cord.bucket is not None:
            return answer.with_headers(*retry_after_header("seconds", self._cord.bucket.wait_s(), self.now()))
        return answer

    def _with_common_headers(self, request: Request, answer: Answer) -> Answer:
        bucket = self._cord.bucket
        extra = bucket.headers() if bucket else ()
        return answer.with_headers(("X-Request-Id", _request_id(request)), *extra)


class FileHostApi:
    """The second host, to which CV redirects point."""

    name = "files"

    def __init__(self, cord: Cord) -> None:
        self._cord = cord

    def now(self) -> datetime:
        """The time for the `Date` header."""
        return self._cord.clock.now()

    def handle(self, request: Request) -> Answer:
        """A file, a further redirect, or a refusal."""
        with self._cord.lock:
            cvs = {person.id: person.cv for person in self._cord.people.values() if person.cv is not None}
            return self._cord.links.serve(request, cvs, self.now().timestamp())

    def failure(self, request: Request, status: int, detail: str) -> Answer:
        """An error body; the client looks at the status alone."""
        return error_answer(status, "unavailable", detail, _request_id(_named(request)))

    def own_failure_after(self, request: Request) -> None:
        """Nothing is kept here."""


def _find(request: Request) -> tuple[_Route, dict[str, str]]:
    for route in _ROUTES:
        match = route.path.match(request.path)
        if match is not None and route.method == request.method:
            return route, match.groupdict()
    raise not_found()


def _named(request: Request) -> Request:
    """The request with a usable `X-Request-Id`: the caller's, or one made here."""
    if _USABLE_REQUEST_ID.match(request.header("X-Request-Id") or ""):
        return request
    return replace(request, headers={**request.headers, "x-request-id": f"rq_{uuid.uuid4().hex[:12]}"})


def _request_id(request: Request) -> str:
    return request.headers["x-request-id"]
