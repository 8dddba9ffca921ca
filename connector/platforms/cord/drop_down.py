"""cord's drop-down of ATS jobs: its JSON <-> listings, and what its fields can hold (`AtsJobWrite` in the contract)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import nh3

from connector.domain.model import Listing, Prepared
from connector.platforms.cord import shapes, wire

PATH = "/v1/ats-jobs"
#: longest values, in characters
TITLE_LIMIT, PLACE_LIMIT, TYPE_LIMIT, TEXT_LIMIT, URL_LIMIT = 300, 300, 100, 100_000, 2000
#: stands where something was cut off
CUT = "…"
#: tags that are still open where a text is cut are closed; the text itself has been sanitised before
_TAGS = nh3.ALLOWED_TAGS | {"h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "u", "s", "dl", "dt", "dd"}
_OPEN_END = re.compile(r"<[^>]*$|&[^;\s]{0,12}$")


def listing_to_domain(row: Any) -> Listing:
    """Read one entry."""
    read = wire.parsed(shapes.AtsJobRow, row)
    return Listing(
        job_id=read.ats_job_id,
        title=read.title,
        status=read.status,
        description_html=read.description_html,
        location=read.location,
        department=read.department,
        employment_type=read.employment_type,
        url=read.url,
        updated_at=read.updated_at,
    )


def fitted(listing: Listing) -> Listing:
    """Return the listing as cord can hold it: what is too long is cut, and ends in `…`; a URL is left out instead."""
    return replace(
        listing,
        title=_cut(listing.title, TITLE_LIMIT) or f"Job {listing.job_id}",
        description_html=_cut_html(listing.description_html),
        location=_cut(listing.location, PLACE_LIMIT),
        department=_cut(listing.department, PLACE_LIMIT),
        employment_type=_cut(listing.employment_type, TYPE_LIMIT),
        url=listing.url if listing.url and len(listing.url) <= URL_LIMIT else None,
    )


def listing_from_domain(listing: Listing, at: datetime) -> Prepared:
    """Build the PUT of a fitted listing.

    The key stands for these bytes and this decision: the same entry may have been removed in between, and a key that
    was used answers with the old answer and does nothing.
    """
    fields = {
        "title": listing.title,
        "status": listing.status,
        "description_html": listing.description_html,
        "location": listing.location,
        "department": listing.department,
        "employment_type": listing.employment_type,
        "url": listing.url,
        "updated_at": listing.updated_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }
    body = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
    return _prepared("PUT", listing.job_id, body, at)


def withdrawal_from_domain(job_id: str, at: datetime) -> Prepared:
    """Build the DELETE of an entry."""
    return _prepared("DELETE", job_id, b"", at)


def confirm(prepared: Prepared, body: Any) -> None:
    """Check that the answer to a write of an entry is about that entry; a removal has no answer to check."""
    if prepared.method == "PUT":
        wire.same(wire.parsed(shapes.AtsJobRow, body).ats_job_id, prepared.path.rsplit("/", 1)[-1])


def _prepared(method: str, job_id: str, body: bytes, at: datetime) -> Prepared:
    decided = f"{method} {at.astimezone(UTC).isoformat()} ".encode()
    digest = hashlib.sha256(decided + body).hexdigest()[:24]
    return Prepared(f"listing:{job_id}:{digest}", method, f"{PATH}/{job_id}", body)


def _cut(text: str | None, limit: int) -> str | None:
    if text is None or len(text) <= limit:
        return text or None
    return text[: limit - len(CUT)].rstrip() + CUT


def _cut_html(text: str | None) -> str | None:
    if text is None or len(text) <= TEXT_LIMIT:
        return text or None
    room = TEXT_LIMIT - 100
    while True:
        # neither within a tag nor within an entity; what is open is closed by the cleaner
        part = _OPEN_END.sub("", text[:room]).rstrip()
        whole = nh3.clean(f"{part} {CUT}", tags=_TAGS, link_rel="noopener noreferrer nofollow")
        if len(whole) <= TEXT_LIMIT:
            return whole
        room -= len(whole) - TEXT_LIMIT
