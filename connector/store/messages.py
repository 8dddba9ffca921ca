"""Rows of text messages: how they become records, how they are found, and what is done to what vendors write."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from sqlalchemy import Connection, insert, select

from connector.domain.actions import Item, Kind
from connector.domain.texts import Delivery, Direction, Media, Message, NewMessage, Opt
from connector.store.engine import Database
from connector.store.items import to_item
from connector.store.ledger import ACTION
from connector.store.text_rows import MessageRow

MESSAGE = MessageRow.__table__  # type: ignore[attr-defined]

ITEM = [ACTION.c[name] for name in Item.__dataclass_fields__]
COLUMNS = [MESSAGE.c[name] for name in Message.__dataclass_fields__]

#: `how` of a reply that nobody has looked at, and of one whose person was erased: its id alone stays, so that a poll
#: does not bring it back
NEW, FORGOTTEN = "new", "forgotten"
#: ids in one question: every database has a limit somewhere
SLICE = 500
#: a vendor may write anything into an id or a number, and an index holds only so much
_LONGEST = 200
_LONGEST_CODE = 3


class Part:
    """One subject of the messages' store, on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _messages(self, *conditions: Any, order: Any = (MESSAGE.c.id,), limit: int | None = None) -> list[Message]:
        query = select(*COLUMNS).where(*conditions).order_by(*order).limit(limit)
        with self._database.read() as connection:
            return [from_row(row) for row in connection.execute(query)]


def from_row(row: Any) -> Message:
    """Return a row as the record that the rest of the program knows."""
    values = dict(row._mapping)
    values["direction"] = Direction(values["direction"])
    values["delivery"] = Delivery(values["delivery"])
    values["opt"] = Opt(values["opt"]) if values["opt"] else None
    values["price"] = None if values["price"] is None else Decimal(values["price"])
    values["media"] = tuple(Media(*each) for each in json.loads(values["media"]))
    return Message(**values)


def find(connection: Connection, *conditions: Any) -> Message | None:
    """Return the first message that fits, as it stands in this transaction."""
    row = connection.execute(select(*COLUMNS).where(*conditions).order_by(MESSAGE.c.id).limit(1)).first()
    return from_row(row) if row else None


def action_of(connection: Connection, number: int) -> Item | None:
    """Return the action that sends a message, locked until the end of the transaction."""
    mine = (ACTION.c.message == number, ACTION.c.kind == Kind.MESSAGE)
    row = connection.execute(select(*ITEM).where(*mine).order_by(ACTION.c.id).limit(1).with_for_update()).first()
    return to_item(row) if row else None


def add_outgoing(connection: Connection, new: NewMessage, at: datetime) -> int:
    """Write the row of a message that is to be sent; returns its id."""
    values = {
        **blank(new.company, new.provider, new.ours, new.theirs, at),
        "direction": Direction.OUT,
        "key": new.key,
        "text": clean(new.text),
        "at": new.send_at,
        "how": new.how,
        "application": new.application,
        "template": new.template,
        "by": new.by,
    }
    row: Any = connection.execute(insert(MESSAGE).values(values))
    number: int = row.inserted_primary_key[0]
    return number


def blank(company: str, provider: str, ours: str, theirs: str, at: datetime) -> dict[str, Any]:
    """Return what every new row has."""
    return {
        "company": company,
        "provider": provider,
        "account": "",
        "ours": short(ours),
        "theirs": short(theirs),
        "country": dialling_code(theirs),
        "media": "[]",
        "at_exact": False,
        "delivery": Delivery.PENDING,
        "segments": 0,
        "rank": 0,
        "text_lost": False,
        "created_at": at,
    }


def clean(text: str) -> str:
    """Drop what PostgreSQL cannot hold, and halves of characters: nothing that a vendor writes may stop the others."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def short(text: str) -> str:
    """Return a number, a name or an id as it can be indexed; one beyond all measure keeps its identity by a digest."""
    cleaned = clean(text)
    if len(cleaned) <= _LONGEST:
        return cleaned
    return f"{cleaned[:100]}…{hashlib.sha256(cleaned.encode()).hexdigest()}"


def dialling_code(number: str) -> str:
    """Return the dialling code of a number in E.164, with its plus; empty: it is no such number."""
    digits = number[1:]
    if not number.startswith("+") or not digits.isascii() or not digits.isdigit():
        return ""
    codes = (digits[:length] for length in range(1, _LONGEST_CODE + 1))
    return next((f"+{code}" for code in codes if int(code) in COUNTRY_CODE_TO_REGION_CODE), "")
