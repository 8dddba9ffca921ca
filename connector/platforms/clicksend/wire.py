"""ClickSend's JSON and callbacks <-> domain records.

Names are those of the models in ClickSend's own SDK (clicksend-client 6.0.2). A success by status and envelope says
nothing of a message: what became of it is in its own `status`. Error texts made here name fields and faults only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connector.domain.errors import Rejected
from connector.domain.texts import BadReply, Balance, Delivery, Outgoing, OwnNumber, Receipt, Reply
from connector.platforms.clicksend import shapes
from connector.platforms.forms import words_of_vendor
from connector.platforms.rows import NotTheContract, parsed, row_id

PROVIDER = "clicksend"

#: what `source` says of who sends
SOURCE = "cord-pinpoint-connector"

#: the ids by which a row that cannot be read is named
IDS = ("message_id", "custom_string")

_SUCCESS = "SUCCESS"

#: words of the history (SDK, `ViewSmsHistoryDataAllOfDataInner.status`) -> our word, and how far it got
_WORDS = {
    "scheduled": (Delivery.QUEUED, 0),
    "waitapproval": (Delivery.QUEUED, 1),
    "queued": (Delivery.QUEUED, 2),
    "sent": (Delivery.SENT, 4),
    "completed": (Delivery.SENT, 4),
    "failed": (Delivery.FAILED, 5),
    "cancelled": (Delivery.FAILED, 5),
    "cancelledafterreview": (Delivery.FAILED, 5),
}
#: codes of the gateway -> the same. 300 is a temporary error, after which ClickSend tries again
_CODES = {
    200: (Delivery.SENT, 4),
    201: (Delivery.DELIVERED, 5),
    300: (Delivery.SENT, 4),
}
#: words by which a send is answered beside SUCCESS and which are no refusals either (assumed)
_ACCEPTED = frozenset({"scheduled", "waitapproval", "queued", "sent", "completed"})

#: registration of an own number (SDK, `status.value`) -> what is wrong and what to do
_REGISTRATION = {
    1: "is not registered, and some countries will not get its texts; register it at ClickSend",
    2: "its registration is in progress at ClickSend; some countries will not get its texts until then",
    3: "its registration needs something from you; see the number at ClickSend",
    4: "may be restricted in some countries until it is registered; register it at ClickSend",
}


@dataclass(frozen=True)
class Page:
    """One page of any list, its rows unread."""

    rows: tuple[Any, ...]
    #: number of the next page; None: this was the last one
    next_page: str | None


def body_from_domain(message: Outgoing) -> bytes:
    """Build the body of a send: one message, always. Our intent goes into `custom_string`, which comes back."""
    fields = {
        "from": message.sender,
        "to": message.to,
        "body": message.text,
        "custom_string": message.intent,
        "source": SOURCE,
    }
    return json.dumps({"messages": [fields]}).encode()


def fault(body: Any) -> tuple[str, str] | None:
    """Return (code, message) of an envelope; None: the body is none."""
    try:
        read = parsed(shapes.Fault, body)
    except NotTheContract:
        return None
    return (read.response_code, read.response_msg or "") if read.response_code else None


def data_of(body: Any) -> Any:
    """Return what an envelope holds. Raises NotTheContract for one that does not say SUCCESS."""
    read = parsed(shapes.Envelope, body)
    if read.response_code != _SUCCESS:
        raise NotTheContract("response_code: not SUCCESS")
    return read.data


def refused_with_success(body: Any) -> int | None:
    """Return the status that an envelope gives itself where it is a refusal, whatever that of the answer is."""
    read = parsed(shapes.Envelope, body)
    status = read.http_code or 0
    return status if read.response_code != _SUCCESS and 400 <= status < 500 else None


def sent_to_domain(body: Any, message: Outgoing, label: str) -> Receipt:
    """Read the answer to a send.

    Raises Rejected with the message's own status as code, and NotTheContract for an answer that does not say what
    became of this one message.
    """
    read = parsed(shapes.Sending, data_of(body))
    if len(read.messages) != 1:
        raise NotTheContract(f"messages: {len(read.messages)} instead of one")
    sent = read.messages[0]
    if not sent.status:
        raise NotTheContract("status: missing")
    accepted = sent.status.upper() == _SUCCESS
    if not accepted and sent.status.lower() not in _ACCEPTED:
        raise Rejected(PROVIDER, label, f"the message is refused: {words_of_vendor(sent.status)}", 200, sent.status)
    if not sent.message_id:
        raise NotTheContract("message_id: missing")
    if sent.custom_string not in (None, message.intent):
        raise NotTheContract("custom_string: another message's")
    if read.blocked_count and not read.queued_count:
        raise NotTheContract("blocked_count: one, although the message is accepted")
    delivery, rank = (Delivery.QUEUED, 2) if accepted else _WORDS[sent.status.lower()]
    return Receipt(
        provider=PROVIDER,
        id=sent.message_id,
        intent=message.intent,
        status=delivery,
        raw_status=sent.status,
        rank=rank,
        segments=sent.parts or None,
        price=sent.price or None,
        currency=_currency(read.currency) if sent.price else None,
        sender=sent.sender,
        at=sent.date,
    )


def _currency(body: Any) -> str | None:
    try:
        return parsed(shapes.Currency, body).name
    except NotTheContract:
        return None


def report_to_domain(row: Any) -> Receipt:
    """Read a receipt or a row of the history. It must name the message or our intent."""
    read = parsed(shapes.Report, row)
    if not read.message_id and not read.custom_string:
        raise NotTheContract("message_id: missing")
    if read.status_code is None and not read.status:
        raise NotTheContract("status_code: missing")
    delivery, rank = _stands(read)
    code = read.error_code if read.error_code != "0" else None
    failed = delivery is Delivery.FAILED
    return Receipt(
        provider=PROVIDER,
        id=read.message_id,
        intent=read.custom_string,
        status=delivery,
        raw_status=str(read.status_code) if read.status_code is not None else read.status or "",
        rank=rank,
        code=code or (str(read.status_code or read.status) if failed else None),
        words=read.error_text or (read.status_text if failed or code else None),
        segments=read.parts or None,
        # "0.000000" until it is known
        price=read.price or None,
        sender=read.sender,
        at=read.at,
    )


def _stands(read: shapes.Report) -> tuple[Delivery, int]:
    """Return our word and how far a message got: by the gateway's code, and where it has none by the word."""
    code, word = read.status_code, (read.status or "").lower().replace(" ", "")
    if code in _CODES and _CODES[code][1] == 5:
        return _CODES[code]
    if code is not None and code > 300:
        return Delivery.FAILED, 5
    if word in _WORDS:
        return _WORDS[word]
    # what nobody knows moves nothing
    return _CODES.get(code or 0, (Delivery.QUEUED, 0))


def find_sent(rows: Iterable[Any], intent: str, known: frozenset[str]) -> Receipt | None:
    """Return the first row of the history that carries our intent; a broken row of another hides nothing."""
    for row in rows:
        if not isinstance(row, dict) or row.get("custom_string") != intent or _is_inbound(row):
            continue
        found = report_to_domain(row)
        if found.id and found.id not in known:
            return found
    return None


def row_of(rows: Iterable[Any], message_id: str) -> Any | None:
    """Return the row of a message that we sent; None: it is not among them."""
    mine = (row for row in rows if isinstance(row, dict) and row.get("message_id") == message_id)
    return next((row for row in mine if not _is_inbound(row)), None)


def _is_inbound(row: dict[str, Any]) -> bool:
    return str(row.get("direction", "")).lower() == "in"


def page_of(body: Any, page: int) -> Page:
    """Read the envelope of a list."""
    data = data_of(body)
    read = parsed(shapes.Page, data or {})
    last = read.last_page if read.last_page is not None else page + bool(read.next_page_url)
    return Page(tuple(read.data), str(page + 1) if read.data and page < last else None)


def reply_to_domain(row: Any, account: str) -> Reply:
    """Read a reply, from the list or from a callback."""
    read = parsed(shapes.Inbound, row)
    if not read.sender:
        raise NotTheContract("from: missing")
    return Reply(
        provider=PROVIDER,
        account=account,
        id=read.message_id,
        sender=read.sender,
        to=read.to,
        text=read.body,
        at=read.at,
        answers=read.answers,
        echo=read.echo,
    )


def bad_reply(row: Any, exc: NotTheContract) -> BadReply:
    """Name a row that cannot be read."""
    return BadReply(row_id(row, IDS), str(exc))


def balance_to_domain(body: Any) -> Balance:
    """Read the account's money."""
    read = parsed(shapes.Account, data_of(body))
    currency = _currency(read.currency)
    if read.balance is None or currency is None:
        raise NotTheContract("balance, _currency: missing")
    return Balance(read.balance, currency)


def number_to_domain(row: Any) -> OwnNumber:
    """Read an own number; one whose `type` is told and is not SMS cannot text (assumed: the word contains `sms`)."""
    read = parsed(shapes.Number, row)
    can_text = read.kind is None or "sms" in read.kind.lower()
    problem = _REGISTRATION.get(read.status.value or 0) if read.status else None
    return OwnNumber(read.number, can_text, (problem,) if problem else ())
