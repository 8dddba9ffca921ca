"""Messages in and out, opt-outs, the segment balance, cursors and raw callbacks, as one store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, false, or_, select, update

from connector.domain.actions import State
from connector.domain.texts import Direction
from connector.store.balance import BalanceStore
from connector.store.callbacks import CALLBACK, CallbackStore
from connector.store.erasing import ERASED, erase
from connector.store.inbox import InboxStore
from connector.store.ledger import ACTION, EVENT
from connector.store.messages import FORGOTTEN, MESSAGE, NEW, SLICE, short
from connector.store.outgoing import OutgoingStore
from connector.store.replies import CURSOR, ReplyStore
from connector.store.suppressions import SuppressionStore

_OVER = (State.DONE, State.CLOSED)
#: a poll goes back behind its cursor, some vendors by the day: more than any does
_LISTED_AGAIN = timedelta(days=3)


class TextStore(CallbackStore, ReplyStore, OutgoingStore, InboxStore, SuppressionStore, BalanceStore):
    """Everything that the flows need for text messages: `domain.texting.Texts`, a file a subject."""

    def forget(self, company: str, applications: Iterable[int], numbers: Iterable[str]) -> int:
        """Delete messages of these applications and with these numbers; opt-outs stay, as a number alone.

        What waits to be sent or copied is closed. Of what came in, the vendor's id stays. Raw calls are blanked.
        """
        theirs = sorted({short(number) for number in numbers} - {""})
        about = or_(MESSAGE.c.application.in_(sorted(applications)), MESSAGE.c.theirs.in_(theirs))
        with self._database.write(texting=company) as connection:
            rows = connection.execute(select(MESSAGE.c.id, MESSAGE.c.theirs).where(MESSAGE.c.company == company, about))
            found = {row.id: row.theirs for row in rows}
            return erase(connection, company, found, {*theirs, *found.values()}, delete_actions=False)

    def purge(self, company: str, before: datetime, calls_before: datetime | None = None) -> int:
        """Delete messages from before a moment, and worked-on callbacks from before another one; returns how many.

        What is not settled yet stays; the actions of a message go with it. Of a reply that a poll may list once more,
        the vendor's id stays. Without `calls_before`, callbacks go with the messages.
        """
        unsettled = select(ACTION.c.id).where(ACTION.c.message == MESSAGE.c.id, ACTION.c.state.not_in(_OVER)).exists()
        old = (MESSAGE.c.company == company, MESSAGE.c.created_at < before, MESSAGE.c.at < before)
        settled = (*old, MESSAGE.c.how != NEW, ~unsettled)
        with self._database.read() as connection:
            listed = _may_be_listed(connection, company)
        gone = select(MESSAGE.c.id).where(*settled, ~listed).limit(SLICE)
        emptied = select(MESSAGE.c.id).where(*settled, listed, MESSAGE.c.how != FORGOTTEN).limit(SLICE)
        done = (CALLBACK.c.company == company, CALLBACK.c.done_at.is_not(None))
        calls = select(CALLBACK.c.id).where(*done, CALLBACK.c.received_at < (calls_before or before)).limit(SLICE)
        purged = 0
        while True:
            with self._database.write() as connection:
                ids = list(connection.execute(gone).scalars())
                kept = list(connection.execute(emptied).scalars())
                actions = select(ACTION.c.id).where(ACTION.c.message.in_([*ids, *kept])).scalar_subquery()
                connection.execute(delete(EVENT).where(EVENT.c.action_id.in_(actions)))
                connection.execute(delete(ACTION).where(ACTION.c.message.in_([*ids, *kept])))
                connection.execute(delete(MESSAGE).where(MESSAGE.c.id.in_(ids)))
                connection.execute(update(MESSAGE).where(MESSAGE.c.id.in_(kept)).values(ERASED))
                old_calls = list(connection.execute(calls).scalars())
                connection.execute(delete(CALLBACK).where(CALLBACK.c.id.in_(old_calls)))
            purged += len(ids) + len(kept) + len(old_calls)
            if max(len(ids), len(kept), len(old_calls)) < SLICE:
                return purged


def _may_be_listed(connection: Connection, company: str) -> ColumnElement[bool]:
    """Return the condition that a poll may list a reply once more: it goes back behind the cursor of its number.

    On a number to which nobody writes, that is its last reply for ever; gone from here, it would come in as a new one.
    """
    known = connection.execute(select(CURSOR).where(CURSOR.c.company == company)).all()
    came_in = MESSAGE.c.direction == Direction.IN
    # of an erased one it is not known which number it was to
    reached = [
        and_(
            came_in,
            MESSAGE.c.provider == cursor.provider,
            MESSAGE.c.account == cursor.account,
            MESSAGE.c.ours.in_((cursor.number, "")),
            MESSAGE.c.at >= cursor.at - _LISTED_AGAIN,
        )
        for cursor in known
    ]
    return or_(false(), *reached)
