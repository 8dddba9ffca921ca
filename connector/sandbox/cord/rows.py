"""Rows of the conversation-starts feed."""

from datetime import datetime

from connector.sandbox.clock import zulu
from connector.sandbox.cord.feed import Row
from connector.sandbox.cord.records import Conversation, Position


def start_row(
    start_id: str, kind: str, conversation: Conversation, position: Position, requested: bool, started_at: datetime
) -> Row:
    """A `conversation.started` or `conversation.position_added` row; the position's link is the one of now."""
    moment = zulu(started_at)
    return {
        "id": start_id,
        "type": kind,
        "conversation_id": conversation.id,
        "candidate_id": conversation.candidate_id,
        "position": {
            "id": position.id,
            "title": position.title,
            "ats_job_id": position.link.ats_job_id if position.link else None,
        },
        "started_at": moment,
        "initiated_by": conversation.initiated_by,
        "accepted_by": conversation.accepted_by,
        "forward": {
            "requested": requested,
            "mode": "auto" if requested else None,
            "requested_by": None,
            "requested_at": moment if requested else None,
        },
    }


def forward_row(row: Row, ats_job_id: str, user_id: str, requested_at: datetime) -> Row:
    """The `conversation.forward_requested` row that follows `row`, under the same id."""
    return {
        **{name: value for name, value in row.items() if name != "sequence"},
        "type": "conversation.forward_requested",
        "position": {**row["position"], "ats_job_id": ats_job_id},
        "forward": {
            "requested": True,
            "mode": "manual",
            "requested_by": user_id,
            "requested_at": zulu(requested_at),
        },
    }
