"""Pinpoint behind the Ats port.

From https://developers.pinpointhq.com and the official schema 1.0.27, as written down in
`docs/contracts/pinpoint.openapi.yaml`. Nothing was checked against a live tenant; see NOTES.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from connector.domain.errors import NotThere, OutcomeUnknown, PermissionMissing, WireError
from connector.domain.model import CV, Application, Job, JobList, NewApplication, Priority
from connector.platforms.health import Health, clock_skew_s
from connector.platforms.pinpoint import comments, lookups, wire
from connector.platforms.pinpoint.pages import checked, pages, read_jobs
from connector.platforms.pinpoint.refusals import CREATE, PLATFORM, refuse
from connector.rest.budget import Budget, BudgetLedger
from connector.rest.calls import Answer, CallSeen, Kind, Tuning
from connector.rest.client import Client
from connector.rest.keyring import Keyring, keyring_of

#: "120 requests a minute and 240 requests in eight minutes, per client IP" (second-hand, citing
#: https://developers.pinpointhq.com/docs/rate-limits )
DEFAULT_RATE_LIMITS: tuple[tuple[int, float], ...] = ((120, 60.0), (240, 480.0))

MEDIA_TYPE = "application/vnd.api+json"
#: "The client also accepts … `application/json` in answers" (assumption)
ACCEPT = (MEDIA_TYPE, "application/json")

#: `x-vendor-name`: one second-hand source says that third-party vendors must send it
VENDOR_NAME = "cord-pinpoint-connector"

#: rows a page, the documented maximum
PAGE_ROWS = 1000

#: jobs that are cheaper to read singly than with the whole list
FEW = 2

#: what the set-up check asks for; "Probe at start-up" costs one call each
RESOURCES = ("jobs", "applications", "comments", "candidates")
#: what forwarding cannot do without; writing cannot be probed without writing
NEEDED = ("jobs", "applications")

_TENANTS = "pinpointhq.com"
_VISIBLE = ("filter[job_visibility]", ",".join(wire.VISIBILITIES))
_WITH_STAGE_AND_CV = (
    _VISIBLE,
    ("include", "stage"),
    ("extra_fields[applications]", "attachments"),
    ("sort", "id"),
)
_Row = TypeVar("_Row", Job, Application)


class PinpointAts:
    """The Ats port over Pinpoint's API v1. One object may be used by several threads."""

    platform = PLATFORM

    def __init__(self, client: Client, key_fingerprint: str | Callable[[], str]) -> None:
        self._client = client
        self._fingerprint = key_fingerprint

    def key_fingerprint(self) -> str:
        return self._fingerprint if isinstance(self._fingerprint, str) else self._fingerprint()

    def close(self) -> None:
        """Close idle connections. Twice is safe."""
        self._client.close()

    def probe(self) -> None:
        self._touch("jobs")

    def health(self) -> Health:
        """Return what the key may read and how the clocks differ; four calls. Raises KeyRefused, ApiOff, Transient…"""
        granted: dict[str, bool] = {}
        skew: float | None = None
        for resource in RESOURCES:
            try:
                answer = self._touch(resource)
            except PermissionMissing:
                granted[resource] = False
            else:
                granted[resource] = True
                skew = clock_skew_s(answer)
        missing = tuple(name for name in NEEDED if not granted[name])
        return Health(granted, missing, skew, self._client.key)

    def _touch(self, resource: str) -> Answer:
        answer = self._get(f"/{resource}", [("page[size]", "1")], Priority.MANUAL)
        checked(f"GET /{resource}", wire.page, answer.json)
        return answer

    def jobs(self, ids: Iterable[str] | None = None, priority: Priority = Priority.LISTINGS) -> dict[str, Job]:
        wanted = None if ids is None else list(dict.fromkeys(ids))
        if wanted is not None and len(wanted) <= FEW:
            singly = ((id_, self._job(id_, priority)) for id_ in wanted)
            return {id_: job for id_, job in singly if job}
        read = self.job_list((), priority)
        asked = list(read.unread) + list(read.jobs) if wanted is None else wanted
        hidden = [id_ for id_ in asked if id_ not in read.jobs and read.may_hide(id_)]
        if hidden:
            # leaving it out would say that it is gone
            what = read.unread.get(hidden[0], "one of the rows shows no id")
            raise WireError(PLATFORM, "GET /jobs", f"job {hidden[0]}: {what}")
        return {id_: read.jobs[id_] for id_ in asked if id_ in read.jobs}

    def job_list(self, visibility: Collection[str] = (), priority: Priority = Priority.LISTINGS) -> JobList:
        """Return every job, and the adverts of the open ones of these visibilities. One call for 1,000 jobs."""
        params = [
            ("filter[status]", ",".join(wire.STATUSES)),
            ("filter[visibility]", ",".join(wire.VISIBILITIES)),
            ("include", "stages,location,department" if visibility else "stages"),
            ("sort", "id"),
        ]
        return read_jobs("GET /jobs", lambda: self._pages("/jobs", params, priority, trusting=True), visibility)

    def _job(self, job_id: str, priority: Priority) -> Job | None:
        label = "GET /jobs/{id}"
        try:
            answer = self._get(f"/jobs/{_segment(job_id)}", [("include", "stages")], priority, label)
        except NotThere:
            return None
        return checked(label, wire.one_job_to_domain, answer.json, job_id)

    def applications_of(
        self, emails: Sequence[str], priority: Priority = Priority.NEW
    ) -> dict[str, tuple[Application, ...]]:
        spellings: dict[str, list[str]] = {}
        for email in emails:
            address = email.strip()
            # A comma would be read as two addresses; no usable address has one.
            if address and "," not in address:
                # The server may match exactly (UNPROVEN): the usual lower case first, then as the source writes it.
                known = spellings.setdefault(address.casefold(), [])
                known.extend(
                    spelling for spelling in dict.fromkeys((address.lower(), address)) if spelling not in known
                )

        def fetch(names: Sequence[str]) -> dict[str, Application]:
            values = ",".join(spelling for name in names for spelling in spellings[name])
            params = [
                ("filter[candidate_email]", values),
                _VISIBLE,
                ("fields[applications]", ",".join(wire.LOOK_UP_FIELDS)),
                ("sort", "id"),
            ]
            return self._rows("/applications", params, wire.application_to_domain, priority)

        found: dict[str, dict[str, Application]] = {}
        for chunk in lookups.chunks(list(spellings), lambda name: spellings[name]):
            found.update(lookups.owned(chunk, fetch, lambda row: row.email.casefold() if row.email else None))
        return {email: tuple(found.get(email.strip().casefold(), {}).values()) for email in emails}

    def applications_by_reference(
        self, references: Sequence[str], priority: Priority = Priority.NEW
    ) -> dict[str, tuple[Application, ...]]:
        if any("," in reference or not reference.strip() for reference in references):
            # answering "absent" without having looked would invite a second create
            raise ValueError("a reference is never empty and never holds a comma")

        def fetch(names: Sequence[str]) -> dict[str, Application]:
            params = [("filter[external_system_reference]", ",".join(names)), *_WITH_STAGE_AND_CV]
            rows = self._rows("/applications", params, wire.application_to_domain, priority)
            if any(row.reference is None and not row.concealed for row in rows.values()):
                # neither found nor absent may be concluded from it
                raise WireError(PLATFORM, "GET /applications", "a row that was found by its reference shows none")
            return rows

        found: dict[str, dict[str, Application]] = {}
        for chunk in lookups.chunks(list(dict.fromkeys(references)), lambda name: [name]):
            found.update(lookups.owned(chunk, fetch, lambda row: row.reference))
        return {reference: tuple(found[reference].values()) for reference in references}

    def applications_on(self, job_id: str, priority: Priority = Priority.AUDIT) -> tuple[Application, ...]:
        params = [("filter[job_id]", job_id), *_WITH_STAGE_AND_CV]
        try:
            rows = self._rows("/applications", params, wire.application_to_domain, priority)
        except NotThere:
            return ()
        # a server that does not know the filter lists everything
        return tuple(row for row in rows.values() if row.job_id == job_id)

    def create_application(self, new: NewApplication, cv: CV | None, priority: Priority = Priority.NEW) -> Application:
        payload = wire.application_from_domain(new, cv)
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            "/applications",
            body=payload,
            length=payload.length,
            content_type=MEDIA_TYPE,
            priority=priority,
            label=CREATE,
        )
        if answer.status != 201:
            raise OutcomeUnknown(PLATFORM, CREATE, "the answer is a success, but not 201", answer.status)
        try:
            return wire.one_application_to_domain(answer.json, new.job_id)
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, CREATE, f"unreadable answer: {exc}", answer.status) from exc

    def add_comment(self, application_id: str, text: str, priority: Priority = Priority.SMS) -> str:
        answer = self._client.request(
            Kind.WRITE,
            "POST",
            comments.PATH,
            body=comments.comment_from_domain(application_id, text),
            content_type=MEDIA_TYPE,
            priority=priority,
            label=comments.CREATE,
        )
        if answer.status != 201:
            raise OutcomeUnknown(PLATFORM, comments.CREATE, "the answer is a success, but not 201", answer.status)
        try:
            return comments.made_to_domain(answer.json)
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, comments.CREATE, f"unreadable answer: {exc}", answer.status) from exc

    def comments_on(self, application_id: str, priority: Priority = Priority.SMS) -> dict[str, str]:
        label = f"GET {comments.PATH}"
        found: dict[str, str] = {}
        for page in self._pages(comments.PATH, comments.filters_of(application_id), priority):
            read = [checked(label, comments.comment_to_domain, row, application_id) for row in page.rows]
            found.update(each for each in read if each is not None)
        return found

    def add_details(
        self, application_id: str, phone: str | None, phone_region: str | None, linkedin_url: str | None
    ) -> None:
        body = wire.details_from_domain(application_id, phone, phone_region, linkedin_url)
        if body is None:
            return
        # PUT: PATCH is not in the official schema. KEYED although there is no key: setting the same values twice
        # leaves the same values.
        label = "PUT /applications/{id}"
        path = f"/applications/{_segment(application_id)}"
        answer = self._client.request(Kind.KEYED, "PUT", path, body=body, content_type=MEDIA_TYPE, label=label)
        try:
            changed = wire.one_application_to_domain(answer.json, "")
        except wire.NotTheContract as exc:
            raise OutcomeUnknown(PLATFORM, label, f"unreadable answer: {exc}", answer.status) from exc
        if changed.id != application_id:
            raise OutcomeUnknown(PLATFORM, label, "the answer is about another application", answer.status)

    def _get(
        self, path: str, params: Sequence[tuple[str, str]], priority: Priority, label: str | None = None
    ) -> Answer:
        label = label or f"GET {path}"
        return self._client.request(Kind.READ, "GET", path, params=params, priority=priority, label=label)

    def _rows(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        read: Callable[[Any, Mapping[str, Any]], _Row],
        priority: Priority,
    ) -> dict[str, _Row]:
        """Read a collection to the end, each row once."""
        label = f"GET {path}"
        found: dict[str, _Row] = {}
        for page in self._pages(path, params, priority):
            for row in page.rows:
                item = checked(label, read, row, page.stages)
                found[item.id] = item
        return found

    def _pages(
        self, path: str, params: Sequence[tuple[str, str]], priority: Priority, *, trusting: bool = False
    ) -> Iterator[wire.Page]:
        def fetch(paging: list[tuple[str, str]]) -> Any:
            return self._get(path, [*params, *paging], priority).json

        return pages(f"GET {path}", fetch, PAGE_ROWS, trusting=trusting)


def _segment(value: str) -> str:
    return quote(value, safe="")


def fingerprint(secret: str) -> str:
    """Return a digest of a key: tells a new one from an old one and gives nothing away."""
    return hashlib.sha256(f"pinpoint key:{secret}".encode()).hexdigest()[:16]


def budget_scope(base_url: str, key_fingerprint: str) -> str:
    """Name whose calls share one limit.

    "Per client IP", so all tenants under pinpointhq.com share one; a sandbox is told by its port.
    """
    parts = urlsplit(base_url.lower())
    host = (parts.hostname or "").rstrip(".")
    shared = host == _TENANTS or host.endswith(f".{_TENANTS}")
    return f"{PLATFORM}:{_TENANTS if shared else parts.netloc}"


def build(
    base_url: str,
    secret: Keyring | Callable[[], str],
    *,
    rate_limits: tuple[tuple[int, float], ...] | None,
    budget_ledger: BudgetLedger,
    tuning: Tuning | None = None,
    on_call: Callable[[CallSeen], None] | None = None,
    vendor_name: str = VENDOR_NAME,
) -> PinpointAts:
    """Make the adapter of one tenant; `base_url` ends in `/api/v1`. Opens nothing yet.

    `secret` is asked for every call, so that a new key needs no restart; a `Keyring` may hold two.
    `rate_limits` None: the vendor's; empty: none.
    """
    tuning = tuning or Tuning()
    keys = keyring_of(secret)
    scope = budget_scope(base_url, fingerprint(keys.keys[0]))
    limits = DEFAULT_RATE_LIMITS if rate_limits is None else rate_limits
    client = Client(
        platform=PLATFORM,
        base_url=base_url,
        headers=lambda: {"X-API-KEY": keys.given(), "x-vendor-name": vendor_name},
        accept=ACCEPT,
        refuse=refuse,
        budget=Budget(budget_ledger, scope, limits, sleep=tuning.stop.wait),
        tuning=tuning,
        on_call=on_call,
        keys=keys,
    )
    return PinpointAts(client, lambda: fingerprint("\n".join(keys.keys)))
