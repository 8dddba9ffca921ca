"""Messages in and out, opt-outs, the segment balance, cursors and raw callbacks, as one store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select

from connector.domain.actions import State
from connector.store.balance import BalanceStore
from connector.store.callbacks import CALLBACK, CallbackStore
from connector.store.erasing import erase
from connector.store.inbox import InboxStore
from connector.store.ledger import ACTION, EVENT
from connector.store.messages import MESSAGE, NEW, SLICE, short
from connector.store.outgoing import OutgoingStore
from connector.store.replies import ReplyStore
from connector.store.suppressions import SuppressionStore

_OVER = (State.DONE, State.CLOSED)


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

    def purge(self, company: str, before: datetime) -> int:
        """Delete messages and worked-on callbacks from before a moment; returns how many.

        What is not settled yet stays; the actions of a message go with it.
        """
        unsettled = select(ACTION.c.id).where(ACTION.c.message == MESSAGE.c.id, ACTION.c.state.not_in(_OVER)).exists()
        old = (MESSAGE.c.company == company, MESSAGE.c.created_at < before, MESSAGE.c.at < before)
        messages = select(MESSAGE.c.id).where(*old, MESSAGE.c.how != NEW, ~unsettled).limit(SLICE)
        done = (CALLBACK.c.company == company, CALLBACK.c.received_at < before, CALLBACK.c.done_at.is_not(None))
        calls = select(CALLBACK.c.id).where(*done).limit(SLICE)
        purged = 0
        while True:
            with self._database.write() as connection:
                ids = list(connection.execute(messages).scalars())
                actions = select(ACTION.c.id).where(ACTION.c.message.in_(ids)).scalar_subquery()
                connection.execute(delete(EVENT).where(EVENT.c.action_id.in_(actions)))
                connection.execute(delete(ACTION).where(ACTION.c.message.in_(ids)))
                connection.execute(delete(MESSAGE).where(MESSAGE.c.id.in_(ids)))
                old_calls = list(connection.execute(calls).scalars())
                connection.execute(delete(CALLBACK).where(CALLBACK.c.id.in_(old_calls)))
            purged += len(ids) + len(old_calls)
            if max(len(ids), len(old_calls)) < SLICE:
                return purged
