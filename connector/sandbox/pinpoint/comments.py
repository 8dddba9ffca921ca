"""Creating comments over the API."""

from typing import Any

from connector.sandbox.exchange import Answer, Request
from connector.sandbox.pinpoint.documents import COMMENT_ATTRIBUTES, DocumentReader, read_json
from connector.sandbox.pinpoint.query import Query
from connector.sandbox.pinpoint.refusals import Offence, Refused, blank, invalid
from connector.sandbox.pinpoint.rendering import Rendering
from connector.sandbox.pinpoint.simulator import Pinpoint

_CLASS_NAMES = {"applications": "Application", "candidates": "Candidate"}


def create_comment(pinpoint: Pinpoint, request: Request) -> Answer:
    """POST /comments."""
    reader = DocumentReader(pinpoint.switches["unknown_attr"])
    written = reader.read(read_json(request), "comments", COMMENT_ATTRIBUTES, ("commentable",), has_id=False)
    offences = list(written.offences)
    body_text = written.attributes.get("body_text")
    if not body_text and not any(offence.attribute == "body_text" for offence in offences):
        offences.append(blank("body_text"))
    kind, commentable_id = _target(pinpoint, written.relationships.get("commentable"), offences)
    if offences:
        raise Refused(422, offences=tuple(offences))
    category = written.attributes.get("category")
    comment = pinpoint.store_comment(_CLASS_NAMES[kind], commentable_id, str(body_text), category)
    return Rendering(pinpoint, Query()).one("comments", comment, 201)


def _target(pinpoint: Pinpoint, link: Any, offences: list[Offence]) -> tuple[str, str]:
    """Type and id of what is commented on. No job seekers are stored here, so those never exist."""
    data = link.get("data") if isinstance(link, dict) and set(link) == {"data"} else None
    if link is None:
        offences.append(blank("commentable", "relationships"))
        return "", ""
    if not isinstance(data, dict) or set(data) != {"type", "id"} or not isinstance(data["id"], str):
        offences.append(invalid("commentable", "relationships"))
        return "", ""
    stores: dict[str, dict[str, Any]] = {"applications": pinpoint.application_rows, "job_seekers": {}}
    if pinpoint.switches.on("candidate_comments"):
        stores["candidates"] = pinpoint.candidate_rows
    kind = data["type"]
    if not isinstance(kind, str) or kind not in stores:
        offences.append(invalid("commentable", "relationships", "has an invalid type"))
    elif data["id"] not in stores[kind]:
        offences.append(invalid("commentable", "relationships", "must exist"))
    return str(kind), data["id"]
