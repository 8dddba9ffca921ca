"""cord's write operations on positions, the drop-down, deliveries and messages."""

import re

from connector.sandbox.clock import zulu
from connector.sandbox.cord.asking import Ask
from connector.sandbox.cord.drop_down import AtsJob
from connector.sandbox.cord.fields import ATS_JOB_ID, Fields
from connector.sandbox.cord.reads import find_conversation, find_position
from connector.sandbox.cord.records import Conversation, Message, link_document
from connector.sandbox.cord.refusals import Refused, erased, not_found, not_started
from connector.sandbox.cord.simulator import Cord
from connector.sandbox.exchange import Answer, json_answer

_PRINTABLE = re.compile(r"[\x21-\x7E]+\Z")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_E164_OR_SHORT = re.compile(r"(\+[1-9][0-9]{6,14}|[0-9]{3,8})\Z")
_CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
_OUTCOMES = ("sent", "duplicate", "failed", "skipped")
_NO_CONTENT = Answer(204)


def put_ats_link(cord: Cord, ask: Ask) -> Answer:
    """PUT /v1/positions/{position_id}/ats-link."""
    position = find_position(cord, ask)
    fields = Fields(ask.body)
    job_id = fields.text("ats_job_id", required=True, pattern=ATS_JOB_ID)
    origin = fields.text("origin", allowed=("imported", "linked")) or "linked"
    fields.refuse_offences()
    cord.ats_jobs.check_linkable(str(job_id))
    link = cord.link(position.id, str(job_id), origin)
    return json_answer(200, link_document(link, ats_job_closed=False))


def delete_ats_link(cord: Cord, ask: Ask) -> Answer:
    """DELETE /v1/positions/{position_id}/ats-link."""
    cord.unlink(find_position(cord, ask).id)
    return _NO_CONTENT


def put_ats_job(cord: Cord, ask: Ask) -> Answer:
    """PUT /v1/ats-jobs/{ats_job_id}."""
    fields = Fields(ask.body)
    title = fields.text("title", required=True, least=1, most=300)
    status = fields.text("status", required=True, allowed=("open", "closed"))
    description = fields.text("description_html", nullable=True, most=100_000)
    location = fields.text("location", nullable=True, most=300)
    department = fields.text("department", nullable=True, most=300)
    employment_type = fields.text("employment_type", nullable=True, most=100)
    url = fields.url("url", most=2000)
    updated_at = fields.time("updated_at")
    fields.refuse_offences()
    if updated_at is None:
        raise AssertionError("a required time has been checked")
    entry = AtsJob(ask.parts["ats_job_id"], str(title), str(status), updated_at, cord.next_change())
    entry.description_html, entry.location, entry.department = description, location, department
    entry.employment_type, entry.url = employment_type, url
    return json_answer(201 if cord.ats_jobs.put(entry) else 200, entry.document())


def delete_ats_job(cord: Cord, ask: Ask) -> Answer:
    """DELETE /v1/ats-jobs/{ats_job_id}."""
    cord.ats_jobs.delete(ask.parts["ats_job_id"])
    return _NO_CONTENT


def create_delivery(cord: Cord, ask: Ask) -> Answer:
    """POST /v1/conversation-starts/{start_id}/deliveries."""
    start_id = ask.parts["start_id"]
    if cord.feed.last_of(start_id) is None:
        raise not_found()
    outcome = _check_delivery(Fields(ask.body))
    report = {
        "id": cord.new_id("de"),
        "start_id": start_id,
        "outcome": outcome,
        "body": ask.body,
        "recorded_at": zulu(cord.clock.now()),
    }
    cord.recorded_deliveries.append(report)
    receipt = {"id": report["id"], "conversation_start_id": start_id, "outcome": outcome}
    return json_answer(201, {**receipt, "recorded_at": report["recorded_at"]})


def _check_delivery(fields: Fields) -> str:
    outcome = fields.text("outcome", required=True, allowed=_OUTCOMES)
    fields.text("ats", required=True, least=1, most=40)
    fields.time("at")
    if outcome in ("sent", "duplicate"):
        fields.text("ats_job_id", required=True, pattern=ATS_JOB_ID)
        fields.text("ats_application_id", required=True, least=1, most=64)
        fields.url("ats_application_url")
    elif outcome is not None:
        failed = outcome == "failed"
        fields.text("ats_job_id", nullable=True)
        fields.text("code", required=failed, most=60, pattern=_CODE)
        fields.text("message", required=failed, least=1, most=500)
    fields.refuse_offences()
    return str(outcome)


def record_sms(cord: Cord, ask: Ask) -> Answer:
    """POST /v1/conversations/{conversation_id}/messages."""
    conversation = find_conversation(cord, ask)
    known = _recorded(conversation, ask)
    if known is not None:
        # Whatever the rest of the body says, and whatever became of the conversation since.
        return json_answer(200, _receipt(known))
    if cord.people[conversation.candidate_id].erased:
        raise erased()
    if conversation.state == "pending":
        raise not_started()
    message = _read_sms(cord, conversation, Fields(ask.body))
    if conversation.state == "closed":
        raise Refused(409, "conversation_closed", "The conversation is closed")
    conversation.messages.append(message)
    return json_answer(201, _receipt(message))


def _recorded(conversation: Conversation, ask: Ask) -> Message | None:
    external_id = ask.body.get("external_id") if isinstance(ask.body, dict) else None
    if external_id is None:
        return None
    return next((message for message in conversation.messages if message.external_id == external_id), None)


def _read_sms(cord: Cord, conversation: Conversation, fields: Fields) -> Message:
    fields.text("direction", required=True, allowed=("from_candidate",))
    fields.text("channel", required=True, allowed=("sms",))
    external_id = fields.text("external_id", required=True, least=1, most=128, pattern=_PRINTABLE)
    body = fields.text("body", required=True, least=1, most=4000)
    fields.text("from", required=True, pattern=_E164)
    fields.text("to", required=True, pattern=_E164_OR_SHORT)
    received_at = fields.time("received_at")
    deliver = fields.given("deliver", required=True, nullable=False)
    if deliver is not None and deliver is not False:
        fields.offend("deliver", "unsupported")
    if fields.offences == [("body", "too_long")]:
        raise Refused(422, "body_too_long", "The text is over 4000 characters", ("body", "too_long"))
    fields.refuse_offences()
    return Message(
        id=cord.new_id("me"),
        conversation_id=conversation.id,
        direction="from_candidate",
        channel="sms",
        body=str(body),
        at=received_at or cord.clock.now(),
        author_kind="candidate",
        author_id=conversation.candidate_id,
        external_id=external_id,
        changed=cord.next_change(),
    )


def _receipt(message: Message) -> dict[str, object]:
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "external_id": message.external_id,
    }
