"""What came in: recorded once by the vendor's id, looked at once, and everything that follows from it at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from connector.domain.actions import Item, NewAction
from connector.domain.model import Priority
from connector.domain.texts import Delivery, Direction, Inbound, Message, Opt, Reply, Suppression
from connector.store.balance import charge
from connector.store.items import to_item
from connector.store.ledger import ACTION, follow
from connector.store.messages import FORGOTTEN, ITEM, MESSAGE, NEW, SLICE, Part, blank, clean, find, short
from connector.store.suppressions import in_force, overtaken, reconsider, set_out
from connector.store.suppressions import lift as lift_out
from connector.store.text_rows import ReplyCursorRow

CURSOR = ReplyCursorRow.__table__  # type: ignore[attr-defined]

#: what makes a reply count once
_IDENTITY = ("provider", "account", "remote_id")


class ReplyStore(Part):
    """One transaction a method."""

    def record_replies(self, company: str, replies: Sequence[Inbound], at: datetime) -> int:
        """Store replies that are not there yet, by (provider, account, the vendor's id); returns how many were new.

        One that is there gets what it lacks: the vendor's time, and a text that was lost. Such a text may be a STOP,
        so that it is looked at again.
        """
        if not replies:
            return 0
        fresh: dict[tuple[str, str, str], dict[str, Any]] = {}
        with self._database.write(texting=company) as connection:
            there = _known(connection, company, replies)
            read = [_values(company, inbound, at) for inbound in replies]
            _name_answered(connection, company, read)
            for values in read:
                identity = (values["provider"], values["account"], values["remote_id"])
                if identity in there:
                    _complete(connection, there[identity], values)
                elif identity not in fresh or _says_more(fresh[identity], values):
                    fresh[identity] = values
            if fresh:
                connection.execute(insert(MESSAGE), [_columns(values) for values in fresh.values()])
        return len(fresh)

    def reply_cursor(self, company: str, provider: str, account: str, number: str) -> datetime | None:
        """Return up to when a number's replies have been read completely; None: never."""
        values = {"company": company, "provider": provider, "account": account, "number": number}
        query = select(CURSOR.c.at).where(*(CURSOR.c[name] == value for name, value in values.items()))
        with self._database.read() as connection:
            at: datetime | None = connection.execute(query).scalar()
        return at

    def keep_reply_cursor(self, company: str, provider: str, account: str, number: str, at: datetime) -> None:
        """Move a cursor; it never moves back."""
        values = {"company": company, "provider": provider, "account": account, "number": number, "at": at}
        upsert: Any = sqlite.insert(CURSOR) if self._database.is_sqlite else postgresql.insert(CURSOR)
        statement = upsert.values(values)
        ahead = statement.on_conflict_do_update(
            index_elements=["company", "provider", "account", "number"],
            set_={"at": statement.excluded.at},
            where=CURSOR.c.at < statement.excluded.at,
        )
        with self._database.write() as connection:
            connection.execute(ahead)

    def new_replies(self, company: str, limit: int) -> list[Message]:
        """Return replies that nobody has looked at (`how` is `new`), in the order of their times."""
        order = (MESSAGE.c.at, MESSAGE.c.id)
        return self._messages(MESSAGE.c.company == company, MESSAGE.c.how == NEW, order=order, limit=limit)

    def repeats(self, company: str, theirs: str, text: str, since: datetime) -> int:
        """Return how many equal texts came from a number since a moment."""
        mine = (MESSAGE.c.company == company, MESSAGE.c.theirs == short(theirs), MESSAGE.c.at >= since)
        query = select(func.count()).where(*mine, MESSAGE.c.direction == Direction.IN, MESSAGE.c.text == clean(text))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def attribute(
        self,
        message: Message,
        how: str,
        at: datetime,
        *,
        application: Item | None = None,
        by: str | None = None,
        opt: Opt | None = None,
        suppress: Suppression | None = None,
        lift: bool = False,
        then: Sequence[NewAction] = (),
    ) -> None:
        """Say whose a reply is, with everything that follows, at once. Twice changes nothing.

        Nothing is written if the reply was looked at by somebody else since `message` was read, or if the application
        is gone: the next look decides anew. Opt-out, opt-in and segments belong to the first look alone, so that
        assigning a reply by hand later does not undo a START. A STOP that a later START has overtaken sets nothing,
        and a START lifts nothing that was set after it.
        """
        if then and application is None:
            raise ValueError("a reply that is nobody's is copied nowhere")
        with self._database.write(texting=message.company) as connection:
            there = find(connection, MESSAGE.c.id == message.id, MESSAGE.c.direction == Direction.IN)
            if there is None or _seen(there) != _seen(message):
                return
            parent = _as_it_stands(connection, application) if application else None
            if application is not None and parent is None:
                return
            first = there.how == NEW
            segments = there.segments or message.segments or 1
            values = {"how": how, "application": parent.id if parent else None, "by": by, "segments": segments}
            values["opt"] = opt if first else opt or there.opt
            connection.execute(update(MESSAGE).where(MESSAGE.c.id == there.id).values(values))
            if first:
                charge(connection, there.company, there.id, segments, "received", at)
                _heed(connection, there, suppress, lift)
            if parent is not None:
                urgent = replace(parent, priority=Priority.SMS)
                wanted = [(urgent, replace(new, message=there.id)) for new in then]
                follow(connection, wanted, datetime.now(UTC))


def _seen(message: Message) -> tuple[object, ...]:
    """Return what must still stand as it was when somebody decided whose a reply is."""
    return message.how, message.application, message.text_lost


def _heed(connection: Connection, message: Message, suppress: Suppression | None, lift: bool) -> None:
    if suppress is not None and not overtaken(connection, message.company, suppress.number, suppress.since):
        set_out(connection, suppress)
    standing = in_force(connection, message.company, message.theirs) if lift else None
    # a START that tells no time waits for it: a STOP may have been written after it
    if standing is not None and message.at_exact and standing.since < message.at:
        lift_out(connection, message.company, message.theirs, message.at)


def _as_it_stands(connection: Connection, application: Item) -> Item | None:
    row = connection.execute(select(*ITEM).where(ACTION.c.id == application.id)).first()
    return to_item(row) if row and row.company == application.company else None


def _known(connection: Connection, company: str, replies: Sequence[Inbound]) -> dict[tuple[str, str, str], Any]:
    names = (*_IDENTITY, *("id", "company", "theirs", "direction", "how", "opt", "at_exact", "text_lost", "segments"))
    query = select(*(MESSAGE.c[name] for name in names)).where(MESSAGE.c.company == company)
    providers = {inbound.reply.provider for inbound in replies}
    found: dict[tuple[str, str, str], Any] = {}
    for ids in _slices(sorted({short(inbound.reply.id) for inbound in replies})):
        mine = (MESSAGE.c.provider.in_(providers), MESSAGE.c.remote_id.in_(ids))
        found |= {(row.provider, row.account, row.remote_id): row for row in connection.execute(query.where(*mine))}
    return found


def _slices(ids: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), SLICE):
        yield ids[first : first + SLICE]


def _says_more(before: dict[str, Any], values: dict[str, Any]) -> bool:
    """Return whether of two readings of one reply in the same batch the later one has what the other lacks."""
    return (values["at_exact"], not values["text_lost"]) > (before["at_exact"], not before["text_lost"])


def _complete(connection: Connection, there: Any, values: dict[str, Any]) -> None:
    """Give a row what it lacks; our own message of that id, and what was forgotten, are left alone."""
    if there.direction != Direction.IN or there.how == FORGOTTEN:
        return
    lacking: dict[str, Any] = {}
    if values["at_exact"] and not there.at_exact:
        lacking |= {"at": values["at"], "at_exact": True}
    if there.text_lost and not values["text_lost"]:
        names = ("text", "media", "opt", "answers", "text_lost")
        lacking |= {name: values[name] for name in names} | {"how": NEW, "read_at": None}
        lacking["segments"] = values["segments"] or there.segments
    if lacking:
        connection.execute(update(MESSAGE).where(MESSAGE.c.id == there.id).values(lacking))
    if "at" in lacking and there.opt is not None and there.how != NEW:
        reconsider(connection, there.company, there.theirs)


def _name_answered(connection: Connection, company: str, read: Sequence[dict[str, Any]]) -> None:
    """Name the answered message by the vendor's id where the vendor gave back only our intent, if we know that id."""
    echoed = sorted({values["echo"] for values in read if values["echo"] and not values["answers"]})
    ids: dict[str, str | None] = {}
    for intents in _slices(echoed):
        mine = (MESSAGE.c.company == company, MESSAGE.c.intent.in_(intents))
        query = select(MESSAGE.c.intent, MESSAGE.c.remote_id).where(*mine)
        ids |= {row.intent: row.remote_id for row in connection.execute(query)}
    for values in read:
        if not values["answers"] and values["echo"]:
            values["answers"] = ids.get(values["echo"]) or values["echo"]


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "echo"}


def _values(company: str, inbound: Inbound, at: datetime) -> dict[str, Any]:
    reply: Reply = inbound.reply
    media = [(clean(each.url), clean(each.content_type) if each.content_type else None) for each in reply.media]
    return {
        **blank(company, reply.provider, inbound.ours, inbound.theirs, at),
        "direction": Direction.IN,
        "account": short(reply.account),
        "remote_id": short(reply.id),
        "number": inbound.number,
        "text": clean(reply.text),
        "media": json.dumps(media),
        "at": reply.at or at,
        "at_exact": reply.at is not None,
        "delivery": Delivery.DELIVERED,
        "how": NEW,
        "opt": reply.opt,
        "answers": short(reply.answers) if reply.answers else None,
        "segments": max(0, min(reply.segments or 0, 1000)),
        "text_lost": reply.text_lost,
        "echo": short(reply.echo) if reply.echo else None,
    }
