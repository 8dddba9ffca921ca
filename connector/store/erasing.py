"""Erasing messages: of a person who is forgotten, and of what has been kept long enough."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from connector.domain.actions import State
from connector.domain.texts import Direction
from connector.store.rows import ActionRow, EventRow
from connector.store.text_rows import CallbackRow, MessageRow

ACTION = ActionRow.__table__  # type: ignore[attr-defined]
EVENT = EventRow.__table__  # type: ignore[attr-defined]
MESSAGE = MessageRow.__table__  # type: ignore[attr-defined]
CALLBACK = CallbackRow.__table__  # type: ignore[attr-defined]

_OVER = (State.DONE, State.CLOSED)
_SLICE = 500
#: a shorter number is a short code, and stands in any text
_SHORTEST = 7
#: of one without its dialling code: fewer digits stand in many a time stamp
_SHORTEST_NATIONAL = 8
#: what stays of what came in: the vendor's id, so that a poll does not bring it back, and how it counts
ERASED: dict[str, Any] = {"ours": "", "theirs": "", "text": "", "media": "[]", "how": "forgotten", "by": None}
ERASED |= {"application": None, "number": None, "answers": None, "words": None, "read_at": None, "opt": None}


def erase_about(connection: Connection, company: str, actions: Sequence[int], *, delete_actions: bool = False) -> None:
    """Erase the messages of these actions' people: of their applications, and what came from or went to their numbers.

    A message that belongs to somebody else's application stays, even if it is of the same number. What waits to be
    sent or copied is closed, or deleted where its action is.
    """
    numbers: set[str] = set()
    hashes: set[str] = set()
    found: set[int] = set()
    for some in _slices(actions):
        about = or_(MESSAGE.c.application.in_(some), MESSAGE.c.id.in_(_messages_of(some)))
        rows = connection.execute(select(MESSAGE.c.id, MESSAGE.c.theirs).where(MESSAGE.c.company == company, about))
        for row in rows:
            found.add(row.id)
            numbers.add(row.theirs)
        phones = select(ACTION.c.phone).where(ACTION.c.id.in_(some), ACTION.c.phone.is_not(None))
        hashes |= set(connection.execute(phones).scalars())
    nobodys = (MESSAGE.c.company == company, MESSAGE.c.application.is_(None))
    theirs = or_(MESSAGE.c.theirs.in_(sorted(numbers - {""})), MESSAGE.c.number.in_(sorted(hashes)))
    found |= set(connection.execute(select(MESSAGE.c.id).where(*nobodys, theirs)).scalars())
    erase(connection, company, found, numbers, delete_actions=delete_actions)


def erase(
    connection: Connection, company: str, ids: Collection[int], numbers: Iterable[str], *, delete_actions: bool
) -> int:
    """Erase these messages, and raw calls that speak of them or of these numbers; returns how many messages."""
    tokens = {form for number in numbers for form in _forms(number)}
    erased = 0
    for some in _slices(sorted(ids)):
        rows = connection.execute(select(MESSAGE.c.remote_id, MESSAGE.c.intent).where(MESSAGE.c.id.in_(some)))
        tokens |= {token for row in rows for token in row if token and len(token) >= _SHORTEST}
        if delete_actions:
            _delete_actions(connection, some)
        else:
            _close_actions(connection, some)
        incoming = and_(MESSAGE.c.id.in_(some), MESSAGE.c.direction == Direction.IN)
        erased += int(connection.execute(update(MESSAGE).where(incoming).values(ERASED)).rowcount)
        outgoing = and_(MESSAGE.c.id.in_(some), MESSAGE.c.direction == Direction.OUT)
        erased += int(connection.execute(delete(MESSAGE).where(outgoing)).rowcount)
    _erase_callbacks(connection, company, tokens)
    return erased


def _forms(number: str) -> Iterator[str]:
    """Return how a number may stand in a vendor's call: with its dialling code, and in the national way."""
    digits = number.lstrip("+")
    if len(digits) >= _SHORTEST:
        yield digits
    if number.startswith("+") and digits.isascii() and digits.isdigit():
        for length in (1, 2, 3):
            if int(digits[:length]) in COUNTRY_CODE_TO_REGION_CODE and len(digits) - length >= _SHORTEST_NATIONAL:
                yield digits[length:]


def _messages_of(actions: Sequence[int]) -> Any:
    return select(ACTION.c.message).where(ACTION.c.id.in_(actions), ACTION.c.message.is_not(None)).scalar_subquery()


def _close_actions(connection: Connection, messages: Sequence[int]) -> None:
    """Close what waits to be sent or copied, and let go of the messages."""
    now = datetime.now(UTC)
    mine = ACTION.c.message.in_(messages)
    for number in connection.execute(select(ACTION.c.id).where(mine, ACTION.c.state.not_in(_OVER))).scalars().all():
        values = {"state": State.CLOSED, "reason": "forgotten", "note": "", "due_at": None, "updated_at": now}
        connection.execute(update(ACTION).where(ACTION.c.id == number).values(values))
        event = {"action_id": number, "at": now, "state": State.CLOSED, "reason": "forgotten", "note": ""}
        connection.execute(insert(EVENT).values(event))
    # prepared copies hold the text
    connection.execute(update(ACTION).where(mine).values(prepared=None, note="", message=None))


def _delete_actions(connection: Connection, messages: Sequence[int]) -> None:
    mine = select(ACTION.c.id).where(ACTION.c.message.in_(messages)).scalar_subquery()
    connection.execute(delete(EVENT).where(EVENT.c.action_id.in_(mine)))
    connection.execute(delete(ACTION).where(ACTION.c.message.in_(messages)))


def _erase_callbacks(connection: Connection, company: str, tokens: set[str]) -> None:
    """Blank the raw calls that hold one of these ids or numbers; their digests stay, so that they come in once."""
    if not tokens:
        return
    wanted = [token.encode("utf-8", "replace") for token in sorted(tokens)]
    now = datetime.now(UTC)
    last = 0
    while True:
        columns = (CALLBACK.c.id, CALLBACK.c.url, CALLBACK.c.body, CALLBACK.c.done_at)
        query = select(*columns).where(CALLBACK.c.company == company, CALLBACK.c.id > last)
        rows = connection.execute(query.order_by(CALLBACK.c.id).limit(_SLICE)).all()
        for row in rows:
            held = row.url.encode("utf-8", "replace") + b"\n" + bytes(row.body)
            if any(token in held for token in wanted):
                values = {"url": "", "headers": "{}", "body": b"", "error": None, "done_at": row.done_at or now}
                connection.execute(update(CALLBACK).where(CALLBACK.c.id == row.id).values(values))
        if len(rows) < _SLICE:
            return
        last = rows[-1].id


def _slices(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[first : first + _SLICE] for first in range(0, len(ids), _SLICE))
