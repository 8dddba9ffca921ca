"""The contract checker itself: it passes the contracts' own examples and sees what is wrong."""

import json
from typing import Any

import pytest

from tests.contract.openapi import (
    ContractViolation,
    PlainRequest,
    PlainResponse,
    validate_request,
    validate_response,
)

TOKEN = {"Authorization": "Bearer cord_test_0001"}
WRITE = TOKEN | {"Idempotency-Key": "some-key", "Content-Type": "application/json"}
KEY = {"X-API-KEY": "ppk_test_0001"}
POST = KEY | {"Content-Type": "application/vnd.api+json"}
JOB = {"title": "Engineer", "status": "open", "updated_at": "2026-11-20T12:00:00Z"}


def application(**changes: Any) -> bytes:
    attributes = {"first_name": "Ana", "last_name": "Petrov", "email": "ana@example.com"} | changes
    job = {"job": {"data": {"type": "jobs", "id": "5101"}}}
    return json.dumps({"data": {"type": "applications", "attributes": attributes, "relationships": job}}).encode()


@pytest.mark.parametrize(
    ("platform", "request_"),
    [
        ("cord", PlainRequest("GET", "/v1/conversation-starts?from=tail", TOKEN)),
        ("cord", PlainRequest("GET", "http://127.0.0.1:1/v1/positions?status=open,paused&limit=5", TOKEN)),
        ("cord", PlainRequest("PUT", "/v1/ats-jobs/5101", WRITE, json.dumps(JOB).encode())),
        ("cord", PlainRequest("DELETE", "/v1/ats-jobs/5101", WRITE)),
        ("pinpoint", PlainRequest("GET", "/api/v1/jobs?filter%5Bstatus%5D=open&include=stages,location", KEY)),
        ("pinpoint", PlainRequest("GET", "/api/v1/applications/1?extra_fields[applications]=tags", KEY)),
        ("pinpoint", PlainRequest("POST", "/api/v1/applications", POST, application())),
    ],
)
def test_right_request_passes(platform: str, request_: PlainRequest) -> None:
    validate_request(platform, request_)


@pytest.mark.parametrize(
    ("platform", "request_", "problem"),
    [
        ("cord", PlainRequest("GET", "/v1/nothing", TOKEN), "no operation"),
        ("cord", PlainRequest("GET", "/v1/company"), "Authorization"),
        ("cord", PlainRequest("GET", "/v1/positions?limit=500", TOKEN), "limit"),
        ("cord", PlainRequest("GET", "/v1/positions?status=gone", TOKEN), "status"),
        ("cord", PlainRequest("GET", "/v1/positions?page=2", TOKEN), "page is not in the contract"),
        ("cord", PlainRequest("DELETE", "/v1/ats-jobs/5101", TOKEN), "Idempotency-Key"),
        ("cord", PlainRequest("PUT", "/v1/ats-jobs/5101", WRITE, b"{}"), "title"),
        ("cord", PlainRequest("PUT", "/v1/ats-jobs/1", WRITE, json.dumps(JOB | {"updated_at": "now"}).encode()), "now"),
        ("pinpoint", PlainRequest("GET", "/api/v1/jobs?filter[state]=open", KEY), "filter[state]"),
        ("pinpoint", PlainRequest("GET", "/api/v1/jobs?page[size]=5000", KEY), "page[size]"),
        ("pinpoint", PlainRequest("GET", "/jobs", KEY), "begin with"),
        ("pinpoint", PlainRequest("POST", "/api/v1/applications", KEY, application()), "media type"),
        ("pinpoint", PlainRequest("POST", "/api/v1/applications", POST, application(middle_name="M")), "middle_name"),
        ("pinpoint", PlainRequest("POST", "/api/v1/applications", POST, application(phone=None)), "phone"),
        ("pinpoint", PlainRequest("POST", "/api/v1/applications", POST, b"{"), "not JSON"),
    ],
)
def test_wrong_request_is_named(platform: str, request_: PlainRequest, problem: str) -> None:
    with pytest.raises(ContractViolation) as caught:
        validate_request(platform, request_)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("status", "headers", "body", "problem"),
    [
        (200, {}, b"{}", "X-Request-Id"),
        (418, {}, b"", "status 418"),
        (200, {"Content-Type": "text/html"}, b"<p>", "media type text/html"),
        (200, {"Content-Type": "application/json"}, b'{"data": []}', "page"),
    ],
)
def test_wrong_answer_is_named(status: int, headers: dict[str, str], body: bytes, problem: str) -> None:
    with pytest.raises(ContractViolation) as caught:
        validate_response("cord", PlainRequest("GET", "/v1/positions"), PlainResponse(status, headers, body))
    assert problem in str(caught.value)
