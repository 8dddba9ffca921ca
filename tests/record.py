"""Records the cassettes: `make record`. From the sandbox, or from a real Pinpoint tenant by whoever has one.

What is personal is masked before anything is written, by the name of the field and not by its look, and so is every
key. The same masking is applied to a request before it is compared on replay. Cassettes count as proof of replay
and redaction only: the sandbox's answers are our own reading of the documents.

    CONNECTOR_RECORD_PINPOINT_URL=https://your-company.pinpointhq.com CONNECTOR_RECORD_PINPOINT_KEY=… make record

reads from a tenant. With CONNECTOR_RECORD_PINPOINT_JOB=<id of a job made for this> it also creates one application.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import vcr

from connector.domain.model import CV, NewApplication, Outcome
from connector.platforms.cord import adapter as cord
from connector.platforms.pinpoint import adapter as pinpoint
from connector.rest.budget import MemoryLedger
from connector.sandbox.people import tiny_pdf
from connector.sandbox.world import World

FOLDER = Path(__file__).parents[1] / "cassettes"
#: stands for whatever host was recorded
HOST = "recorded.example.com"
ADDRESS = "ana.petrov@example.com"
REFERENCE = "cord:cs_recorded"
AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

#: fields whose values are personal, at either vendor
_PERSONAL = re.compile(
    r"name|email|phone|number|address|linkedin|summary|headline|location|birth|postcode|town|province|url|cv_base64|"
    r"pronouns|identifier|body|data$|token|secret|message"
)
#: fields that only look so
_HARMLESS = re.compile(r"^(data|requisition_id|external_name|basic_type|page|page\[number\]|ats_application_url)$")
_HEADERS = ["host", "x-api-key", "authorization", "x-request-id", "user-agent", "date", "etag", "set-cookie", "server"]


def new_application(job_id: str) -> NewApplication:
    """Return the application that is recorded; an invented person."""
    return NewApplication(
        job_id=job_id,
        reference=REFERENCE,
        first_name="Ana",
        last_name="Petrov",
        email=ADDRESS,
        phone="+447700900123",
        phone_region="GB",
        linkedin_url=None,
        summary=None,
        source_label="cord",
        tag="Sourced: cord",
        notify=False,
    )


#: the CV that is recorded
RECORDED_CV = CV("Ana_Petrov_CV.pdf", "application/pdf", tiny_pdf(["Ana Petrov"]))
OUTCOME = Outcome("sent", "5101", "812345", None, None)


@contextmanager
def tape(name: str, mode: str) -> Iterator[None]:
    """Record (`all`) or replay (`none`) one cassette; with `none` nothing ever dials out."""
    recorder = vcr.VCR(
        record_mode=mode,
        match_on=["method", "path", "query", "body"],
        filter_headers=_HEADERS,
        before_record_request=_masked_request,
        before_record_response=_masked_response,
    )
    with recorder.use_cassette(str(FOLDER / f"{name}.yaml")):
        yield


def ats(url: str, key: str) -> pinpoint.PinpointAts:
    """Return the adapter, without a rate limit of its own."""
    return pinpoint.build(f"{url}/api/v1", lambda: key, rate_limits=(), budget_ledger=MemoryLedger())


def source(url: str, token: str) -> cord.CordSource:
    """Return the adapter, without a rate limit of its own."""
    return cord.build(url, lambda: token, rate_limits=(), budget_ledger=MemoryLedger())


def _masked_request(request: Any) -> Any:
    parts = urlsplit(request.uri)
    query = [(name, "masked" if _is_personal(name) else value) for name, value in parse_qsl(parts.query)]
    request.uri = urlunsplit(("https", HOST, parts.path, urlencode(query), ""))
    if request.body:
        request.body = _masked_body(request.body)
    return request


def _masked_response(response: dict[str, Any]) -> dict[str, Any]:
    body = _masked_body(response["body"]["string"])
    headers = {name: value for name, value in response["headers"].items() if name.lower() not in _HEADERS}
    for name in headers:
        if name.lower() == "content-length":
            headers[name] = [str(len(body))]
        if name.lower() in ("location", "content-disposition"):
            headers[name] = ["masked"]
    return {**response, "headers": headers, "body": {"string": body}}


def _masked_body(body: Any) -> bytes:
    raw: bytes = body if isinstance(body, bytes) else b"".join(body) if not isinstance(body, str) else body.encode()
    try:
        return json.dumps(_masked(json.loads(raw)), sort_keys=True).encode()
    except ValueError:
        # a file: its first bytes say what it is, the rest is nobody's business
        return raw[:5] + b" masked %%EOF" if raw else raw


def _masked(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _masked(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, name) for inner in value]
    return "masked@example.com" if _is_personal(name) and isinstance(value, str) else value


def _is_personal(name: str) -> bool:
    return bool(_PERSONAL.search(name)) and not _HARMLESS.match(name)


def record_pinpoint(url: str, key: str, job_id: str | None) -> None:
    """Record what the connector asks of Pinpoint; creates an application only if a job is given."""
    adapter = ats(url, key)
    with tape("pinpoint/jobs", "all"):
        adapter.jobs()
    with tape("pinpoint/look_up", "all"):
        adapter.applications_of([ADDRESS])
    if job_id is not None:
        with tape("pinpoint/create", "all"):
            adapter.create_application(new_application(job_id), RECORDED_CV)
        with tape("pinpoint/read_back", "all"):
            adapter.applications_by_reference([REFERENCE])
    adapter.close()


def record_cord(world: World) -> None:
    """Record what the connector asks of cord; only ever from the sandbox, since cord publishes no API."""
    adapter = source(world.cord_url, world.cord_token)
    start = world.cord.starts[0]
    start_id, candidate_id = str(start["id"]), str(start["candidate_id"])
    with tape("cord/feed", "all"):
        adapter.conversation_starts(None)
    with tape("cord/candidate", "all"):
        adapter.candidate(candidate_id)
    with tape("cord/cv", "all"):
        adapter.cv(candidate_id, "cv.pdf")
    with tape("cord/delivery", "all"):
        adapter.send(adapter.prepare_outcome(start_id, OUTCOME, AT))
    adapter.close()


def main() -> None:
    """Record everything anew."""
    for old in FOLDER.glob("*/*.yaml"):
        old.unlink()
    with World(seed=1, limits=None) as world:
        job_id = world.pinpoint.add_job(id="5101", title="Backend Engineer") or "5101"
        world.cord.add_position(id="po_17", title="Senior Backend Engineer", linked_job="5101")
        person = world.cord.add_person(
            id="pe_552",
            first_name="Ana",
            last_name="Petrov",
            full_name="Ana Petrov",
            emails=[ADDRESS],
            phones=["+447700900123"],
            cv=RECORDED_CV.content,
            cv_filename=RECORDED_CV.filename,
        )
        world.cord.start_conversation(person, "po_17")
        record_cord(world)
        tenant = os.environ.get("CONNECTOR_RECORD_PINPOINT_URL")
        if tenant:
            key = os.environ["CONNECTOR_RECORD_PINPOINT_KEY"]
            record_pinpoint(tenant, key, os.environ.get("CONNECTOR_RECORD_PINPOINT_JOB"))
        else:
            record_pinpoint(world.pinpoint_url, world.pinpoint_key, str(job_id))


if __name__ == "__main__":
    main()
