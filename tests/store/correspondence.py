"""Messages and replies to be recorded, and the steps that bring them where a test wants them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starts import COMPANY, NOON

from connector.app import Stores
from connector.domain.actions import Change, Item, Kind, NewAction, State
from connector.domain.model import Priority
from connector.domain.texts import (
    Callback,
    Delivery,
    Inbound,
    MayLeave,
    Message,
    NewMessage,
    Receipt,
    Reply,
    Suppression,
)
from connector.store.texts import TextStore

OURS, THEIRS, OTHERS = "+447700900001", "+447700900123", "+447700900456"
ACCOUNT = "AC1"
LATER = NOON + timedelta(hours=2)


def texts_of(stores: Stores) -> TextStore:
    return TextStore(stores.database)


def a_message(key: str = "harbourline:message:1", **changes: Any) -> NewMessage:
    plain = NewMessage(COMPANY, key, THEIRS, "See you at ten?", "manual", NOON, by="sam@example.com")
    return replace(plain, **changes)


def recorded_message(texts: TextStore, key: str = "harbourline:message:1", **changes: Any) -> tuple[Item, Message]:
    """Record a message without an application; returns its action and itself as it is to be sent."""
    item = texts.record(a_message(key, **changes), None, Priority.SMS, NOON)
    assert item.message is not None
    message = texts.message(item.message)
    assert message is not None
    return item, replace(message, provider="twilio", account=ACCOUNT, ours=OURS, intent=f"intent-{message.id}")


def leave(
    texts: TextStore, item: Item, message: Message, segments: int = 1, balance: int | None = None, at: datetime = NOON
) -> MayLeave:
    return texts.may_leave(Change(item, State.ATTEMPTING, "text", due_at=at), message, segments, balance, at)


def a_receipt(message: Message, status: Delivery = Delivery.QUEUED, rank: int = 2, **changes: Any) -> Receipt:
    plain = Receipt("twilio", f"SM{message.id}", message.intent, status, status.value, rank)
    return replace(plain, **changes)


def sent_message(texts: TextStore, key: str = "harbourline:message:1", **changes: Any) -> tuple[Item, Message]:
    """Record a message, let it leave, and have it accepted."""
    item, message = recorded_message(texts, key, **changes)
    assert leave(texts, item, message) is MayLeave.YES
    assert accept(texts, item, message)
    return settled(texts, item, message)


def accept(texts: TextStore, item: Item, message: Message, **changes: Any) -> bool:
    change = Change(item, State.DONE, "handed_over")
    receipt = a_receipt(message, **changes)
    return texts.settle(change, message, receipt, delivery=receipt.status)


def settled(texts: TextStore, item: Item, message: Message) -> tuple[Item, Message]:
    """Return both as they stand now."""
    now, action = texts.message(message.id), texts.action_of(message)
    assert now is not None
    assert action is not None
    assert action.id == item.id
    return action, now


def a_reply(number: int = 1, text: str = "Yes, thank you", **changes: Any) -> Inbound:
    """Return the n-th reply, made n minutes past noon."""
    at = NOON + timedelta(minutes=number)
    reply = Reply("twilio", ACCOUNT, f"SMin{number}", THEIRS, OURS, text, at, segments=1)
    given = {name: value for name, value in changes.items() if name in Reply.__dataclass_fields__}
    rest = {name: value for name, value in changes.items() if name not in given}
    return replace(Inbound(replace(reply, **given), OURS, THEIRS, "hash-of-123"), **rest)


def received(texts: TextStore, number: int = 1, text: str = "Yes, thank you", **changes: Any) -> Message:
    """Record a reply that nobody has looked at yet."""
    reply = a_reply(number, text, **changes)
    texts.record_replies(COMPANY, [reply], NOON)
    found = texts.by_remote_id(COMPANY, reply.reply.provider, reply.reply.id)
    assert found is not None
    return found


def stop(message: Message) -> Suppression:
    return Suppression(COMPANY, message.theirs, message.at, "keyword", "twilio")


def copies(message: Message) -> tuple[NewAction, ...]:
    kinds = (Kind.COMMENT, Kind.REPLY)
    return tuple(NewAction(f"{COMPANY}:{kind}:{message.remote_id}", kind) for kind in kinds)


def a_call(number: int = 1, **changes: Any) -> Callback:
    plain = Callback(
        COMPANY,
        "twilio",
        "inbound",
        "POST",
        "https://sms.example.com/callbacks/harbourline/twilio/inbound",
        {"x-twilio-signature": f"sig{number}", "content-type": "application/x-www-form-urlencoded"},
        f"MessageSid=SM{number}&Body=Hi".encode(),
    )
    return replace(plain, **changes)
