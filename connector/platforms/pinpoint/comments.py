"""Comments on applications: what is written (`CommentCreateDocument` in the contract) and what comes back.

A comment carries no reference of ours and cannot be edited; whoever must know whether one was made reads them all and
looks for a marker in the texts. "The author is always the company's system user" (documented), so a text names who
wrote.
"""

from __future__ import annotations

import json
from typing import Any

from connector.platforms.pinpoint import shapes, wire

PATH = "/comments"
CREATE = f"POST {PATH}"
#: UNPROVEN: "the maximum length is unknown"; a text of an SMS with its lines stays far below
LONGEST = 10_000


def comment_from_domain(application_id: str, text: str) -> bytes:
    """Build the POST. The relationship wants the type (`applications`), the filter of the list the class name."""
    shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    document = {
        "data": {
            "type": "comments",
            "attributes": {"body_text": shown},
            "relationships": {"commentable": {"data": {"type": "applications", "id": application_id}}},
        }
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def filters_of(application_id: str) -> list[tuple[str, str]]:
    """Return what lists one application's comments."""
    return [("filter[commentable_type]", "Application"), ("filter[commentable_id]", application_id), ("sort", "id")]


def made_to_domain(body: Any) -> str:
    """Return the id of the comment that was made."""
    document = wire.parsed(shapes.Document, body)
    return wire.parsed(shapes.CommentResource, document.data).id


def comment_to_domain(row: Any, application_id: str) -> tuple[str, str] | None:
    """Return a comment's id and text; None: it is another application's (a server that does not know the filter)."""
    resource = wire.parsed(shapes.CommentResource, row)
    attributes = resource.attributes
    if attributes.commentable_id not in (None, application_id):
        return None
    return resource.id, attributes.body_text or ""
