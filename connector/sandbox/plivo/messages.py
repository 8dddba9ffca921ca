"""Plivo's operations on messages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.plivo.asking import Ask, page
from connector.sandbox.plivo.forms import spelled
from connector.sandbox.plivo.refusals import Refused, not_found
from connector.sandbox.plivo.simulator import Plivo
from connector.sandbox.texting.records import INBOUND, TextMessage

_NUMBER = re.compile(r"\+?[1-9]\d{6,14}\Z")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\Z")
_STATES = ("queued", "sent", "failed", "delivered", "undelivered", "rejected", "read", "received")
_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "message_time": lambda moment, bound: moment == bound,
    "message_time__gt": lambda moment, bound: moment > bound,
    "message_time__gte": lambda moment, bound: moment >= bound,
    "message_time__lt": lambda moment, bound: moment < bound,
    "message_time__lte": lambda moment, bound: moment <= bound,
}
_KEPT = ("dlt_entity_id", "dlt_template_id", "dlt_template_category", "log", "trackable", "message_expiry", "type")


def send_message(plivo: Plivo, ask: Ask) -> Answer:
    """POST Message/: one message for each `dst`, which are joined by `<`. Nothing refuses a second, equal one."""
    sender, pack = _sender(plivo, ask)
    recipients = [_number("dst", each) for each in _required(ask, "dst").split("<")]
    if sender in recipients:
        raise Refused(400, "src and dst cannot be same")
    if any(each.startswith(code) for each in recipients for code in plivo.barred_regions):
        raise Refused(403, "SMS is not permitted to this region")
    text, media = ask.body.get("text"), ask.body.get("media_urls")
    if not isinstance(text, str) or not (text or media):
        raise Refused(400, "text is required")
    url, method = ask.body.get("url"), str(ask.body.get("method") or "POST").upper()
    if url is not None and urlsplit(str(url)).scheme not in ("http", "https"):
        raise Refused(400, "url is invalid")
    if method not in ("GET", "POST"):
        raise Refused(400, "method is invalid")
    extra = {name: ask.body[name] for name in _KEPT if name in ask.body} | {"powerpack": pack}
    ids = [
        plivo.accept(sender, each, text, "queued", callback_url=url, callback_method=method, **extra).id
        for each in recipients
    ]
    return json_answer(202, {"api_id": ask.api_id, "message": "message(s) queued", "message_uuid": ids})


def list_messages(plivo: Plivo, ask: Ask) -> Answer:
    """GET Message/: newest first, without texts. Times in filters are taken as UTC (assumed)."""
    passes = _filter(ask.query)
    rows = [message for message in plivo.listed() if passes(message)]
    return page(ask, rows, lambda message: message_document(plivo, message), by_cursor=plivo.cursors)


def get_message(plivo: Plivo, ask: Ask) -> Answer:
    """GET Message/{uuid}/."""
    try:
        message = plivo.message(ask.parts["id"])
    except KeyError:
        raise not_found() from None
    return json_answer(200, {"api_id": ask.api_id} | message_document(plivo, message))


def message_document(plivo: Plivo, message: TextMessage) -> dict[str, Any]:
    """A message as the API shows it: no text; times in the account's zone."""
    inbound = message.direction == INBOUND
    rate = plivo.inbound_rate if inbound else plivo.outbound_rate

    def shown(moment: datetime | None, spec: str) -> str | None:
        return None if moment is None else moment.astimezone(plivo.zone).isoformat(sep=" ", timespec=spec)

    return {
        "error_code": message.code,
        "error_message": message.words or "",
        "from_number": spelled(message.sender, plivo.plus),
        "message_direction": "inbound" if inbound else "outbound",
        "message_state": message.status,
        "message_time": shown(message.created_at, "seconds"),
        "message_sent_time": shown(message.sent_at, "microseconds"),
        "message_updated_time": shown(message.updated_at, "microseconds"),
        "message_type": "mms" if message.media else "sms",
        "message_uuid": message.id,
        "powerpack_id": message.extra.get("powerpack"),
        "resource_uri": f"/v1/Account/{plivo.account}/Message/{message.id}/",
        "to_number": spelled(message.to, plivo.plus),
        "total_amount": f"{rate * message.segments:.5f}",
        "total_rate": f"{rate:.5f}",
        "units": message.segments,
    } | message.spoilt


def _filter(query: dict[str, str]) -> Callable[[TextMessage], bool]:
    """What the filters let through. Raises a 400 for one that cannot be read, whatever there is to list."""
    bounds = [(_COMPARE[name], _time(name, text)) for name, text in query.items() if name in _COMPARE]
    direction, state = query.get("message_direction"), query.get("message_state")
    if direction not in (None, "inbound", "outbound"):
        raise Refused(400, "message_direction is invalid")
    if state is not None and state not in _STATES:
        raise Refused(400, "message_state is invalid")

    def passes(message: TextMessage) -> bool:
        return (
            all(compare(message.created_at, bound) for compare, bound in bounds)
            and direction in (None, "inbound" if message.direction == INBOUND else "outbound")
            and state in (None, message.status)
            and query.get("error_code") in (None, message.code)
            and query.get("powerpack_id") in (None, message.extra.get("powerpack"))
            and _same(query.get("from_number"), message.sender)
            and _same(query.get("to_number"), message.to)
        )

    return passes


def _same(wanted: str | None, number: str) -> bool:
    return wanted is None or wanted.strip().lstrip("+") == number.lstrip("+")


def _time(name: str, text: str) -> datetime:
    if not _TIME.match(text):
        raise Refused(400, f"{name} is invalid")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Refused(400, f"{name} is invalid") from None


def _required(ask: Ask, name: str) -> str:
    value = ask.body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, f"{name} is required")
    return value


def _number(name: str, written: str) -> str:
    if not _NUMBER.match(written.strip()):
        raise Refused(400, f"{name} is invalid")
    return "+" + written.strip().lstrip("+")


def _sender(plivo: Plivo, ask: Ask) -> tuple[str, str | None]:
    """The number, or the power pack; one of the two."""
    pack = ask.body.get("powerpack_uuid")
    if pack is not None and ask.body.get("src") is not None:
        raise Refused(400, "src and powerpack_uuid cannot both be given")
    if pack is not None:
        if pack not in plivo.powerpacks:
            raise not_found()
        return "", str(pack)
    return _number("src", _required(ask, "src")), None
