"""cord's own links of positions to ATS jobs: what is written (`AtsLinkWrite` in the contract) and what comes back."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from connector.domain.model import Prepared
from connector.platforms.cord import shapes, wire

#: the path of a link is that of its position, and this
ENDING = "/ats-link"


def link_from_domain(position_id: str, job_id: str, origin: str, at: datetime) -> Prepared:
    """Build the PUT of a link; `origin` is `linked` or `imported`."""
    return _prepared("PUT", position_id, json.dumps({"ats_job_id": job_id, "origin": origin}).encode(), at)


def unlink_from_domain(position_id: str, at: datetime) -> Prepared:
    """Build the DELETE of a link."""
    return _prepared("DELETE", position_id, b"", at)


def confirm(prepared: Prepared, body: Any) -> None:
    """Check that the answer names the job that was sent; a removal has no answer to check."""
    if prepared.method == "PUT":
        wire.same(wire.parsed(shapes.AtsLink, body).ats_job_id, json.loads(prepared.body)["ats_job_id"])


def _prepared(method: str, position_id: str, body: bytes, at: datetime) -> Prepared:
    """Put the time into the key: a link is made, taken away and made again, and a used key would do nothing."""
    path = f"/v1/positions/{quote(position_id, safe='')}{ENDING}"
    digest = hashlib.sha256(f"{method} {path} ".encode() + body).hexdigest()[:16]
    return Prepared(f"link:{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}:{digest}", method, path, body)
