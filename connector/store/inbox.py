"""Looking at messages: one person's history, what came in, what failed, and how it adds up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import case, func, or_, select, update

from connector.domain.actions import Item, Kind
from connector.domain.texts import Count, Delivery, Direction, Message
from connector.store.items import to_item
from connector.store.ledger import ACTION
from connector.store.messages import FORGOTTEN, ITEM, MESSAGE, Part, short

#: came in, and is no reply to a recruiter
NOT_SHOWN = ("our_own", "chatbot", FORGOTTEN)
#: waits for a human to say whose it is
UNMATCHED = ("unmatched", "two_people")
#: accepted, and not known to have failed: a reply may answer it
_ACCEPTED = (Delivery.QUEUED, Delivery.SENT, Delivery.DELIVERED)
#: so many messages to one number tell whom it was last messaged from
_LAST = 100
_NEWEST = (MESSAGE.c.at.desc(), MESSAGE.c.id.desc())


class InboxStore(Part):
    """Reads, and the mark of what somebody has read. One transaction a method."""

    def message(self, number: int) -> Message | None:
        """Return one message."""
        return next(iter(self._messages(MESSAGE.c.id == number)), None)

    def by_remote_id(self, company: str, provider: str, remote_id: str) -> Message | None:
        """Return the message with a vendor's id."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.provider == provider, MESSAGE.c.remote_id == short(remote_id))
        return next(iter(self._messages(*mine)), None)

    def by_intent(self, company: str, intent: str) -> Message | None:
        """Return the message of an intent."""
        return next(iter(self._messages(MESSAGE.c.company == company, MESSAGE.c.intent == intent)), None)

    def by_key(self, company: str, key: str) -> Message | None:
        """Return the message of ours that was recorded under a key."""
        return next(iter(self._messages(MESSAGE.c.company == company, MESSAGE.c.key == key)), None)

    def action_of(self, message: Message) -> Item | None:
        """Return the action that sends a message."""
        query = select(*ITEM).where(ACTION.c.message == message.id, ACTION.c.kind == Kind.MESSAGE).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return to_item(row) if row else None

    def last_sent(self, company: str, theirs: str) -> list[Message]:
        """Return what was sent to a number and accepted, newest first; no tests, nothing that failed later."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.theirs == short(theirs), MESSAGE.c.direction == Direction.OUT)
        sent = (*mine, MESSAGE.c.delivery.in_(_ACCEPTED), MESSAGE.c.how != "test")
        return self._messages(*sent, order=_NEWEST, limit=_LAST)

    def applications_with(self, company: str, number: str) -> list[Item]:
        """Return the applications of people with a number (by keyed hash), newest first."""
        mine = (ACTION.c.company == company, ACTION.c.phone == number, ACTION.c.kind == Kind.APPLICATION)
        query = select(*ITEM).where(*mine).order_by(ACTION.c.started_at.desc(), ACTION.c.id.desc())
        with self._database.read() as connection:
            return [to_item(row) for row in connection.execute(query)]

    def applications_at(self, company: str, remote_id: str) -> list[Item]:
        """Return the applications with an id at the ATS, newest first; several starts may have led to one."""
        mine = (ACTION.c.company == company, ACTION.c.remote_id == remote_id, ACTION.c.kind == Kind.APPLICATION)
        query = select(*ITEM).where(*mine).order_by(ACTION.c.started_at.desc(), ACTION.c.id.desc())
        with self._database.read() as connection:
            return [to_item(row) for row in connection.execute(query)]

    def known_ids(self, company: str, provider: str, since: datetime) -> set[str]:
        """Return the vendor's ids of what was sent since a moment."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.direction == Direction.OUT, MESSAGE.c.at >= since)
        query = select(MESSAGE.c.remote_id).where(*mine, MESSAGE.c.provider == provider)
        with self._database.read() as connection:
            return set(connection.execute(query.where(MESSAGE.c.remote_id.is_not(None))).scalars())

    def thread(self, company: str, numbers: Iterable[str], limit: int = 500) -> list[Message]:
        """Return everything to and from these numbers, oldest first; of more than `limit` the newest."""
        theirs = sorted({short(number) for number in numbers})
        found = self._messages(MESSAGE.c.company == company, MESSAGE.c.theirs.in_(theirs), order=_NEWEST, limit=limit)
        return found[::-1]

    def of_application(self, company: str, application: int) -> list[Message]:
        """Return the messages of an application, oldest first."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.application == application)
        return self._messages(*mine, order=(MESSAGE.c.at, MESSAGE.c.id))

    def numbers_of(self, company: str, applications: Iterable[int]) -> set[str]:
        """Return the numbers of messages from the phones of these applications' people, whoever they were given to."""
        mine = (MESSAGE.c.company == company, ACTION.c.id.in_(list(applications)), ACTION.c.phone.is_not(None))
        query = select(MESSAGE.c.theirs).join(ACTION, ACTION.c.phone == MESSAGE.c.number).where(*mine).distinct()
        with self._database.read() as connection:
            return set(connection.execute(query).scalars()) - {""}

    def inbox(
        self,
        company: str,
        *,
        by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        unmatched: bool = False,
        limit: int = 100,
    ) -> list[Message]:
        """Return what came in, unread first and then newest first; `unmatched`: only what waits for a human.

        From `since` on, before `until`. What is no reply to a recruiter is left out: our own texts, a chatbot's.
        """
        which = [MESSAGE.c.company == company, MESSAGE.c.direction == Direction.IN]
        which.append(MESSAGE.c.how.in_(UNMATCHED) if unmatched else MESSAGE.c.how.not_in(NOT_SHOWN))
        if by is not None:
            which.append(MESSAGE.c.by == by)
        if since is not None:
            which.append(MESSAGE.c.at >= since)
        if until is not None:
            which.append(MESSAGE.c.at < until)
        unread_first = case((MESSAGE.c.read_at.is_(None), 0), else_=1)
        return self._messages(*which, order=(unread_first, *_NEWEST), limit=limit)

    def mark_read(self, company: str, ids: Iterable[int], at: datetime) -> int:
        """Note that somebody has read messages; returns how many were unread."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.direction == Direction.IN, MESSAGE.c.id.in_(list(ids)))
        with self._database.write() as connection:
            marked = connection.execute(update(MESSAGE).where(*mine, MESSAGE.c.read_at.is_(None)).values(read_at=at))
            return int(marked.rowcount)

    def failed(self, company: str, since: datetime | None = None, limit: int = 100) -> list[Message]:
        """Return messages of ours that failed, newest first."""
        which = [MESSAGE.c.company == company, MESSAGE.c.direction == Direction.OUT]
        which.append(MESSAGE.c.delivery == Delivery.FAILED)
        if since is not None:
            which.append(MESSAGE.c.at >= since)
        return self._messages(*which, order=_NEWEST, limit=limit)

    def outcomes(self, company: str, last: int = 20) -> dict[str, tuple[int, int]]:
        """Return (failed, all) of each provider's last so many settled messages."""
        place = func.row_number().over(partition_by=MESSAGE.c.provider, order_by=_NEWEST)
        mine = (MESSAGE.c.company == company, MESSAGE.c.direction == Direction.OUT)
        settled = (*mine, or_(MESSAGE.c.delivery == Delivery.FAILED, MESSAGE.c.delivery == Delivery.DELIVERED))
        of_all = select(MESSAGE.c.provider, MESSAGE.c.delivery, place.label("place")).where(*settled).subquery()
        failures = func.sum(case((of_all.c.delivery == Delivery.FAILED, 1), else_=0))
        query = select(of_all.c.provider, failures, func.count()).where(of_all.c.place <= last)
        with self._database.read() as connection:
            rows = connection.execute(query.group_by(of_all.c.provider)).all()
        return {provider: (int(failures), int(number)) for provider, failures, number in rows if provider}

    def counts(self, company: str, since: datetime, until: datetime) -> list[Count]:
        """Return messages and segments by provider, country, event and status; from `since` on, before `until`."""
        about = [MESSAGE.c[name] for name in ("provider", "country", "direction", "how", "delivery")]
        sums = (func.count(), func.coalesce(func.sum(MESSAGE.c.segments), 0))
        mine = (MESSAGE.c.company == company, MESSAGE.c.at >= since, MESSAGE.c.at < until)
        query = select(*about, *sums).where(*mine).group_by(*about).order_by(*about)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [
            Count(row[0], row[1], Direction(row[2]), row[3], Delivery(row[4]), int(row[5]), int(row[6])) for row in rows
        ]
