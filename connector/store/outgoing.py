"""What goes out: recorded before anything leaves, looked at once more in the transaction that lets it, settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from connector.domain.actions import ABOUT_TEXTS, Change, Item, Kind, NewAction, State
from connector.domain.model import Priority
from connector.domain.texts import Delivery, Direction, MayLeave, Message, NewMessage, Receipt
from connector.store.balance import charge, granted, left, reserved, was_charged
from connector.store.callbacks import CALLBACK
from connector.store.items import to_item
from connector.store.ledger import ACTION, EVENT, following, write_changes
from connector.store.messages import ITEM, MESSAGE, NEW, Part, action_of, add_outgoing, clean, find, short
from connector.store.suppressions import in_force

#: from this rank on a status is a last word
FINAL = 5
#: where a message stands that may be sent: it has not left, and nobody has called it off
_LEAVING = (State.PLANNED, State.WAITING)
#: where a message stands that surely has not left
_NOT_LEFT = (State.PLANNED, State.WAITING, State.PARKED)
_OVER = (State.DONE, State.CLOSED)
#: how long a message may be silent before it is asked for its status, where nobody says otherwise
_FIRST_LOOK = timedelta(hours=1)
#: how long a message waits for a look at the replies from its number
_UNHEARD = timedelta(seconds=5)


class OutgoingStore(Part):
    """One transaction a method. Those of one company that look before they write take turns, over all processes."""

    def record(self, new: NewMessage, parent: Item | None, priority: Priority, at: datetime) -> Item:
        """Record a message and the action that will send it; the same key again returns the one that is there."""
        with self._database.write(texting=new.company) as connection:
            there = find(connection, MESSAGE.c.key == new.key)
            same = [ACTION.c.key == new.key]
            if there is not None:
                same.append(and_(ACTION.c.message == there.id, ACTION.c.kind == Kind.MESSAGE))
            row = connection.execute(select(*ITEM).where(or_(*same)).order_by(ACTION.c.id).limit(1)).first()
            if row is not None:
                return to_item(row)
            number = add_outgoing(connection, new, at)
            wanted = NewAction(new.key, Kind.MESSAGE, message=number, due_at=new.send_at)
            about = replace(parent, priority=priority) if parent else _nobody(new, priority, at)
            added: Any = connection.execute(insert(ACTION).values(following(about, wanted, at)))
            number = added.inserted_primary_key[0]
            _note(connection, number, State.PLANNED, "recorded", at)
            return to_item(connection.execute(select(*ITEM).where(ACTION.c.id == number)).one())

    def prepare(self, item: Item, new: NewMessage, at: datetime) -> Message:
        """Make the row of a message whose action was recorded by an event. Twice returns the same row."""
        with self._database.write(texting=new.company) as connection:
            mine = select(ACTION.c.message).where(ACTION.c.id == item.id)
            number: int | None = connection.execute(mine.with_for_update()).scalar()
            there = find(connection, MESSAGE.c.id == number) or find(connection, MESSAGE.c.key == new.key)
            number = there.id if there else add_outgoing(connection, new, at)
            connection.execute(update(ACTION).where(ACTION.c.id == item.id).values(message=number))
            found = find(connection, MESSAGE.c.id == number)
            assert found is not None
            return found

    def may_leave(self, change: Change, message: Message, segments: int, balance: int | None, at: datetime) -> MayLeave:
        """Write the intent to send, unless its number has opted out, segments are used up, or it was taken meanwhile.

        TAKEN too while a reply from that number has not been looked at, or a call about anybody's has not been read,
        which may be a STOP: then it is due again some seconds later. Whatever else is answered but YES, nothing was
        written.
        """
        with self._database.write(texting=message.company) as connection:
            there = find(connection, MESSAGE.c.id == message.id, MESSAGE.c.direction == Direction.OUT)
            item = action_of(connection, message.id)
            if there is None or item is None or item.id != change.item.id:
                return MayLeave.TAKEN
            if item.state not in _LEAVING or item.state is not change.item.state or there.remote_id is not None:
                return MayLeave.TAKEN
            numbers = {there.theirs, short(message.theirs)}
            if any(in_force(connection, message.company, number) for number in numbers):
                return MayLeave.OPTED_OUT
            if _is_unheard(connection, message.company, numbers):
                put_off = update(ACTION).where(ACTION.c.id == item.id)
                connection.execute(put_off.values(due_at=at + _UNHEARD))
                return MayLeave.TAKEN
            if balance is not None and _left(connection, there, balance) <= 0:
                return MayLeave.NO_BALANCE
            write_changes(connection, [change])
            charge(connection, there.company, there.id, segments, "sent", at)
            values = {name: getattr(message, name) for name in ("provider", "account", "ours", "text", "intent")}
            values |= {"at": at, "at_exact": False, "segments": segments, "delivery": Delivery.PENDING}
            values |= {"rank": 0, "sequence": None, "code": None, "words": None, "next_look": None}
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == there.id).values(values))
            return MayLeave.YES

    def settle(
        self,
        change: Change,
        message: Message,
        receipt: Receipt | None,
        *,
        delivery: Delivery,
        refund: bool = False,
        next_look: datetime | None = None,
    ) -> bool:
        """Write what became of a send: the action, the message and, with `refund`, its segments, at once.

        What is done stays done and what is closed stays closed, unless it is done after all; a higher status that a
        callback has brought meanwhile stays. `next_look` is when to ask for the status of what was accepted; None: an
        hour after it left. Returns False where the vendor's id is another message's already:
        then the action is of unknown outcome, with a note that says so, and the message is as it was.
        """
        with self._database.write(texting=message.company) as connection:
            item = _locked(connection, change.item.id)
            there = find(connection, MESSAGE.c.id == message.id)
            other = _other_of(connection, there, receipt) if there else None
            if other is not None and receipt is not None:
                note = f"{receipt.provider} gave the id of message {other.id} for message {message.id}"
                change = replace(change, state=State.UNKNOWN, reason="outcome_unknown", note=note, then=())
                change = replace(change, due_at=change.due_at or datetime.now(UTC), remote_id=None)
            if item is not None and (item.state not in _OVER or change.state is State.DONE):
                write_changes(connection, [replace(change, item=item)])
            if there is not None and other is None:
                values = _settled(there, receipt, delivery, next_look or there.at + _FIRST_LOOK)
                written = "delivery" in values
                values["segments"] = _count(connection, there, receipt, written=written, refund=refund)
                connection.execute(update(MESSAGE).where(MESSAGE.c.id == there.id).values(values))
            elif there is None and refund:
                charge(connection, message.company, message.id, 0, "refund", datetime.now(UTC))
        return other is None

    def apply(self, message: Message, receipt: Receipt, next_look: datetime | None, *, refund: bool = False) -> bool:
        """Write a later status, unless a higher one is there already; returns whether it was written.

        Of two last words the second is written only if `message` is as the row still stands: whoever settles a
        contradiction has seen it. A receipt whose id is another message's is about that one, and nothing is written.
        """
        with self._database.write(texting=message.company) as connection:
            there = find(connection, MESSAGE.c.id == message.id, MESSAGE.c.direction == Direction.OUT)
            if there is None or _other_of(connection, there, receipt) is not None:
                return False
            if receipt.id is not None and there.remote_id not in (None, short(receipt.id)):
                return False
            seen = (message.delivery, message.rank) == (there.delivery, there.rank)
            written = _supersedes(receipt, there, seen)
            values = _told(there, receipt)
            if written:
                values |= _status(receipt, receipt.status)
                values["next_look"] = None if receipt.rank >= FINAL else next_look
            values["segments"] = _count(connection, there, receipt, written=written, refund=refund)
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == there.id).values(values))
        return written

    def cancel(self, company: str, reason: str, at: datetime) -> int:
        """Close every message that has not left; returns how many. An unknown one stays: it may have left."""
        mine = (ACTION.c.company == company, ACTION.c.kind == Kind.MESSAGE, ACTION.c.state.in_(_NOT_LEFT))
        with self._database.write(texting=company) as connection:
            rows = connection.execute(select(*ITEM).where(*mine).order_by(ACTION.c.id).with_for_update())
            items = [to_item(row) for row in rows]
            if items:
                write_changes(connection, [Change(item, State.CLOSED, reason) for item in items])
            for item in items:
                if item.message is not None:
                    charge(connection, company, item.message, 0, "refund", at)
        return len(items)

    def silent(self, company: str, now: datetime, limit: int) -> list[Message]:
        """Return sent messages without a last word whose next look is due."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.next_look <= now)
        return self._messages(*mine, order=(MESSAGE.c.next_look, MESSAGE.c.id), limit=limit)

    def next_due(self, company: str, kinds: Iterable[Kind] | None = None) -> datetime | None:
        """Return when a message or a copy of a reply falls due next, or a status is to be asked for; None: never.

        With `kinds` those actions alone.
        """
        mine = (ACTION.c.company == company, ACTION.c.kind.in_(list(kinds or ABOUT_TEXTS)))
        due = select(func.min(ACTION.c.due_at)).where(*mine)
        look = select(func.min(MESSAGE.c.next_look)).where(MESSAGE.c.company == company)
        with self._database.read() as connection:
            found = [connection.execute(query).scalar() for query in ([due] if kinds else [due, look])]
        return min((at for at in found if at is not None), default=None)

    def look_later(self, message: Message, next_look: datetime | None) -> None:
        """Note when to ask for a message's status next; None: not any more. After a last word nothing is asked."""
        which = (MESSAGE.c.id == message.id, MESSAGE.c.rank < FINAL)
        with self._database.write() as connection:
            connection.execute(update(MESSAGE).where(*which).values(next_look=next_look))


def _locked(connection: Connection, number: int) -> Item | None:
    row = connection.execute(select(*ITEM).where(ACTION.c.id == number).with_for_update()).first()
    return to_item(row) if row else None


def _is_unheard(connection: Connection, company: str, numbers: set[str]) -> bool:
    """Return whether somebody may have said something that nobody has looked at; a call tells only once it is read."""
    waiting = (MESSAGE.c.company == company, MESSAGE.c.how == NEW, MESSAGE.c.theirs.in_(sorted(numbers)))
    unread = (CALLBACK.c.company == company, CALLBACK.c.done_at.is_(None), CALLBACK.c.what == "inbound")
    return any(connection.execute(select(1).where(*which).limit(1)).first() for which in (waiting, unread))


def _left(connection: Connection, message: Message, balance: int) -> int:
    """Return what is left without what this very message has reserved already, e.g. before it was put off."""
    ungranted = balance - granted(connection, message.company)
    return left(connection, message.company) + ungranted + reserved(connection, message.id)


def _other_of(connection: Connection, message: Message, receipt: Receipt | None) -> Message | None:
    """Return whose the vendor's id is already, if it is not this message's."""
    if receipt is None or receipt.id is None:
        return None
    account = (MESSAGE.c.company == message.company, MESSAGE.c.provider == message.provider)
    same = (*account, MESSAGE.c.account == message.account, MESSAGE.c.remote_id == short(receipt.id))
    return find(connection, *same, MESSAGE.c.id != message.id)


def _supersedes(receipt: Receipt, there: Message, seen: bool) -> bool:
    if there.delivery is Delivery.PENDING:
        # nothing was heard yet
        return True
    if (receipt.rank, receipt.status) == (there.rank, there.delivery):
        return False
    if receipt.sequence is not None and there.sequence is not None and max(receipt.rank, there.rank) < FINAL:
        return receipt.sequence > there.sequence
    return receipt.rank > there.rank or (receipt.rank == there.rank and seen)


def _status(receipt: Receipt, delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "rank": receipt.rank,
        "sequence": receipt.sequence,
        "code": short(receipt.code) if receipt.code else None,
        "words": clean(receipt.words) if receipt.words else None,
    }


def _told(there: Message, receipt: Receipt) -> dict[str, Any]:
    """Return what a receipt tells that holds whatever the status: the id, the sender, what it cost."""
    values: dict[str, Any] = {}
    if receipt.id is not None and there.remote_id is None:
        values["remote_id"] = short(receipt.id)
    if receipt.sender:
        values["ours"] = short(receipt.sender)
    if receipt.price is not None:
        values |= {"price": str(receipt.price), "currency": receipt.currency}
    return values


def _settled(there: Message, receipt: Receipt | None, delivery: Delivery, next_look: datetime) -> dict[str, Any]:
    """Return what is written of a send that came to an end; without `delivery` where more is known already."""
    values: dict[str, Any] = {}
    if receipt is not None:
        values = _told(there, receipt)
        if _supersedes(receipt, there, seen=False):
            values |= _status(receipt, delivery)
        if receipt.at is not None and receipt.rank < FINAL:
            # by the vendor's clock, so that it can be told whether a reply came before or after it
            values |= {"at": receipt.at, "at_exact": True}
    elif there.rank == 0:
        values["delivery"] = delivery
    if "delivery" in values:
        open_end = delivery in (Delivery.QUEUED, Delivery.SENT) and values.get("rank", 0) < FINAL
        values["next_look"] = next_look if open_end else None
    return values


def _count(connection: Connection, there: Message, receipt: Receipt | None, *, written: bool, refund: bool) -> int:
    """Have a message take what the vendor counts, or nothing; returns its segments.

    One that has never left takes nothing. A status that comes too late neither gives back nor takes again.
    """
    told = receipt.segments if receipt is not None else None
    segments = told or there.segments
    if not was_charged(connection, there.id):
        return segments
    now = datetime.now(UTC)
    if refund and written:
        charge(connection, there.company, there.id, 0, "refund", now)
    elif (receipt is not None and written) or (told and reserved(connection, there.id)):
        charge(connection, there.company, there.id, segments, "correction", now)
    return segments


def _nobody(new: NewMessage, priority: Priority, at: datetime) -> Item:
    """Return the parent of a message that is nobody's, e.g. a test."""
    return Item(
        id=0,
        company=new.company,
        key="",
        kind=Kind.MESSAGE,
        state=State.PLANNED,
        reason="",
        note="",
        start_id="",
        conversation_id="",
        candidate_id="",
        position_id="",
        position_title="",
        linked_job=None,
        started_at=at,
        automatic=False,
        asked=None,
        job_override=None,
        job_id=None,
        person=None,
        claim=None,
        remote_id=None,
        attempts=0,
        priority=priority,
        due_at=None,
        doubt_at=None,
    )


def _note(connection: Connection, number: int, state: State, reason: str, at: datetime) -> None:
    connection.execute(insert(EVENT).values(action_id=number, at=at, state=state, reason=reason, note=""))
