"""cord's read operations, beginning with the company and ending with the CV."""

from connector.sandbox.clock import zulu
from connector.sandbox.cord.asking import Ask, listing, page_answer, page_room, read_paging
from connector.sandbox.cord.cv_files import file_answer, refuse_unfit
from connector.sandbox.cord.records import Conversation, Person, Position
from connector.sandbox.cord.refusals import Refused, erased, not_found, not_started, unreadable
from connector.sandbox.cord.state import CordState
from connector.sandbox.exchange import Answer, json_answer

_STATUSES = ("open", "paused", "closed", "draft")


def get_company(state: CordState, _ask: Ask) -> Answer:
    """GET /v1/company."""
    company, expires = state.company, state.token_expires_at
    ats = {"provider": company.provider, "auto_forward": state.auto_forward} if company.provider else None
    token = {"scopes": sorted(state.scopes), "expires_at": zulu(expires) if expires else None}
    return json_answer(200, {"id": company.id, "name": company.name, "ats": ats, "token": token})


def list_positions(state: CordState, ask: Ask) -> Answer:
    """GET /v1/positions."""
    raw = ask.query.get("status")
    wanted = raw.split(",") if raw is not None else list(_STATUSES)
    if any(status not in _STATUSES for status in wanted) or len(set(wanted)) != len(wanted):
        raise unreadable("status is not a list of statuses", ("status", "invalid"))
    paging = read_paging(state, ask, "status=" + ",".join(sorted(wanted)) if raw is not None else "")
    paging.refuse_expired()
    rows = [
        (position.changed, position_document(state, position))
        for position in state.positions.values()
        if position.status in wanted
    ]
    return listing(state, paging, rows)


def get_position(state: CordState, ask: Ask) -> Answer:
    """GET /v1/positions/{position_id}."""
    return json_answer(200, position_document(state, find_position(state, ask)))


def list_ats_jobs(state: CordState, ask: Ask) -> Answer:
    """GET /v1/ats-jobs."""
    paging = read_paging(state, ask)
    paging.refuse_expired()
    return listing(state, paging, [(entry.changed, entry.document()) for entry in state.ats_jobs.all()])


def list_starts(state: CordState, ask: Ask) -> Answer:
    """GET /v1/conversation-starts."""
    begin = ask.query.get("from")
    if begin is not None and begin != "tail":
        raise unreadable("from must be tail", ("from", "unsupported"))
    if begin is not None and "cursor" in ask.query:
        raise unreadable("from and cursor exclude each other", ("from", "invalid"))
    paging = read_paging(state, ask)
    paging.refuse_expired()
    if begin == "tail":
        return page_answer(state, paging, [], state.feed.newest, False)
    rows, after, has_more = state.feed.page(paging.after, page_room(state, paging))
    return page_answer(state, paging, rows, after, has_more)


def get_conversation(state: CordState, ask: Ask) -> Answer:
    """GET /v1/conversations/{conversation_id}."""
    conversation = find_conversation(state, ask)
    positions = []
    for position_id, start_id in conversation.positions.items():
        position = state.positions[position_id]
        job_id = position.link.ats_job_id if position.link else None
        row = {"id": position.id, "title": position.title, "ats_job_id": job_id, "conversation_start_id": start_id}
        positions.append(row)
    started, closed = conversation.started_at, conversation.closed_at
    document = {
        "id": conversation.id,
        "candidate_id": conversation.candidate_id,
        "state": conversation.state,
        "initiated_by": conversation.initiated_by,
        "accepted_by": conversation.accepted_by,
        "started_at": zulu(started) if started else None,
        "closed_at": zulu(closed) if closed else None,
        "positions": positions,
        "updated_at": zulu(conversation.updated_at),
    }
    return json_answer(200, document)


def list_messages(state: CordState, ask: Ask) -> Answer:
    """GET /v1/conversations/{conversation_id}/messages."""
    paging = read_paging(state, ask)
    conversation = find_conversation(state, ask)
    paging.refuse_expired()
    if state.people[conversation.candidate_id].erased:
        raise erased()
    if conversation.state == "pending":
        raise not_started()
    return listing(state, paging, [(message.changed, message.document()) for message in conversation.messages])


def get_candidate(state: CordState, ask: Ask) -> Answer:
    """GET /v1/candidates/{candidate_id}."""
    return json_answer(200, _open_person(state, ask).document())


def get_cv(state: CordState, ask: Ask) -> Answer:
    """GET /v1/candidates/{candidate_id}/cv."""
    person = _open_person(state, ask)
    if person.cv is None:
        raise Refused(404, "cv_not_available", "This person gave no CV")
    refuse_unfit(person.cv)
    if person.cv.mode.startswith("redirect"):
        return state.links.redirect(person.id, person.cv, state.clock.now().timestamp())
    return file_answer(person.cv)


def list_webhooks(state: CordState, ask: Ask) -> Answer:
    """GET /v1/webhooks."""
    paging = read_paging(state, ask)
    paging.refuse_expired()
    return listing(state, paging, [(hook.changed, hook.document()) for hook in state.subscriptions.values()])


def position_document(state: CordState, position: Position) -> dict[str, object]:
    """A position with the mark of its link."""
    closed = position.link is not None and state.ats_jobs.closed(position.link.ats_job_id)
    return position.document(closed)


def find_position(state: CordState, ask: Ask) -> Position:
    """The position of the path, or a 404."""
    position = state.positions.get(ask.parts["position_id"])
    if position is None:
        raise not_found()
    return position


def find_conversation(state: CordState, ask: Ask) -> Conversation:
    """The conversation of the path, or a 404."""
    conversation = state.conversations.get(ask.parts["conversation_id"])
    if conversation is None:
        raise not_found()
    return conversation


def _open_person(state: CordState, ask: Ask) -> Person:
    """The candidate of the path whose contact details may be seen: 404, then 410, then 403."""
    person = state.people.get(ask.parts["candidate_id"])
    if person is None:
        raise not_found()
    if person.erased:
        raise erased()
    if not state.is_started(person.id):
        raise not_started()
    return person
