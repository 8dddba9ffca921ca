"""Twilio's operations on messages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connector.sandbox.exchange import Answer, json_answer
from connector.sandbox.texting.records import INBOUND, TextMessage
from connector.sandbox.texting.segments import segments
from connector.sandbox.twilio.asking import Ask, page, rfc2822
from connector.sandbox.twilio.dates import date_filter
from connector.sandbox.twilio.records import Service
from connector.sandbox.twilio.refusals import Refused, not_found
from connector.sandbox.twilio.simulator import Twilio

LONGEST_BODY = 1600
_MOST_MEDIA = 10
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}\Z")
_DIRECTIONS = {"api": "outbound-api", "reply": "outbound-reply", "auto": "outbound-reply", INBOUND: "inbound"}
_UNSENT = ("accepted", "queued", "scheduled", "sending")
_SOONEST, _LATEST = timedelta(minutes=15), timedelta(days=35)
#: Characters that smart encoding replaces.
_SMART = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def create_message(twilio: Twilio, ask: Ask) -> Answer:
    """POST Messages.json. The order of the checks is assumed."""
    to = _recipient(ask)
    service = _service(twilio, ask)
    sender = "" if service else _sender(twilio, ask, to)
    text = _body(ask)
    callback_url = _callback_url(ask, service)
    _check_period(ask)
    _check_recipient(twilio, sender, service, to)
    send_at = _send_at(twilio, ask, service)
    status = "scheduled" if send_at else "accepted" if service else "queued"
    extra: dict[str, Any] = {"account_sid": ask.account.sid, "media": len(ask.all("MediaUrl")), "send_at": send_at}
    if service is not None:
        extra["service"] = service.sid
    message = twilio.accept(sender, to, text, status, callback_url=callback_url, **extra)
    if ask.flag("SmartEncoded", default=bool(service and service.smart_encoding)):
        message.segments = segments(text.translate(_SMART))
    return json_answer(201, message_document(twilio, message))


def list_messages(twilio: Twilio, ask: Ask) -> Answer:
    """GET Messages.json: newest first; no filter by direction, status or body. Unknown parameters are ignored."""
    try:
        in_time = date_filter(ask.query, twilio.whole_days, twilio.ignores_bad_dates)
    except ValueError:
        raise Refused(20001, message="Invalid date value") from None
    to, sender = ask.query.get("To"), ask.query.get("From")
    rows = [
        message
        for message in twilio.listed()
        if message.extra["account_sid"] == ask.account.sid
        and to in (None, message.to)
        and sender in (None, message.sender)
        and in_time(message.sent_at)
    ]
    return page(
        ask,
        "messages",
        rows,
        lambda message: message_document(twilio, message),
        lambda message: message.id,
        stuck=twilio.stuck_pages,
    )


def get_message(twilio: Twilio, ask: Ask) -> Answer:
    """GET Messages/{Sid}.json, also of a message that lists do not show yet."""
    return json_answer(200, message_document(twilio, _find(twilio, ask)))


def update_message(twilio: Twilio, ask: Ask) -> Answer:
    """POST Messages/{Sid}.json: an empty `Body` redacts, `Status=canceled` calls off what has not left."""
    message = _find(twilio, ask)
    status = ask.given("Status")
    if status is not None:
        if status != "canceled":
            raise Refused(20001, message="Invalid Status")
        if message.direction == INBOUND or message.status not in _UNSENT:
            raise Refused(30409)
        message.course.clear()
        message.status, message.updated_at = "canceled", twilio.clock.now()
    if ask.has("Body"):
        if ask.given("Body") is not None:
            raise Refused(20001, message="Body can only be emptied")
        _refuse_unfinished(message)
        message.text = ""
    return json_answer(200, message_document(twilio, message))


def delete_message(twilio: Twilio, ask: Ask) -> Answer:
    """DELETE Messages/{Sid}.json."""
    message = _find(twilio, ask)
    _refuse_unfinished(message)
    twilio.remove(message.id)
    return Answer(204)


def list_media(twilio: Twilio, ask: Ask) -> Answer:
    """GET Messages/{Sid}/Media.json."""
    message = _find(twilio, ask)
    rows = list(enumerate(message.media))
    return page(
        ask,
        "media_list",
        rows,
        lambda row: {
            "account_sid": ask.account.sid,
            "content_type": row[1].content_type,
            "date_created": rfc2822(message.created_at),
            "date_updated": rfc2822(message.created_at),
            "parent_sid": message.id,
            "sid": f"ME{row[0]:032x}",
            "uri": f"{_uri(message)}/Media/ME{row[0]:032x}.json",
        },
        lambda row: f"ME{row[0]:032x}",
    )


def message_document(twilio: Twilio, message: TextMessage) -> dict[str, Any]:
    """A message as the API shows it: numbers as strings, a price that comes later and is negative."""
    uri = _uri(message)
    service = message.extra.get("service")
    media = len(message.media) or message.extra.get("media", 0)
    pending = service and not message.sender
    return {
        "body": message.text,
        "num_segments": "0" if pending else str(message.segments),
        "direction": _DIRECTIONS[message.kind],
        "from": message.sender or None,
        "to": message.to,
        "date_updated": rfc2822(message.updated_at),
        "price": _price(twilio, message),
        "error_message": message.words,
        "uri": f"{uri}.json",
        "account_sid": message.extra["account_sid"],
        "num_media": str(media),
        "status": message.status,
        "messaging_service_sid": service,
        "sid": message.id,
        "date_sent": rfc2822(message.sent_at),
        "date_created": rfc2822(message.created_at),
        "error_code": int(message.code) if message.code else None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "subresource_uris": {"media": f"{uri}/Media.json", "feedback": f"{uri}/Feedback.json"},
    } | message.spoilt


def _price(twilio: Twilio, message: TextMessage) -> str | None:
    price = message.extra.get("price")
    waits = twilio.clock.now().timestamp() < message.extra.get("priced_at", 0.0)
    return None if price is None or waits else f"-{price:.5f}"


def _uri(message: TextMessage) -> str:
    return f"/2010-04-01/Accounts/{message.extra['account_sid']}/Messages/{message.id}"


def _find(twilio: Twilio, ask: Ask) -> TextMessage:
    try:
        message = twilio.message(ask.parts["sid"])
    except KeyError:
        raise not_found() from None
    if message.extra["account_sid"] != ask.account.sid:
        raise not_found()
    return message


def _refuse_unfinished(message: TextMessage) -> None:
    if message.course or message.status == "scheduled":
        raise Refused(20009)


def _plain(number: str) -> str:
    return re.sub(r"[\s().-]", "", number)


def _recipient(ask: Ask) -> str:
    written = ask.given("To")
    if written is None:
        raise Refused(21604)
    if not _E164.match(_plain(written)):
        raise Refused(21211, message="The 'To' number is not a valid phone number.")
    return _plain(written)


def _service(twilio: Twilio, ask: Ask) -> Service | None:
    sid = ask.given("MessagingServiceSid")
    if sid is None:
        return None
    service = twilio.services.get(sid)
    if not _SERVICE.match(sid) or service is None or service.account_sid != ask.account.sid:
        raise not_found()
    if not service.numbers:
        raise Refused(21703)
    return service


def _sender(twilio: Twilio, ask: Ask, to: str) -> str:
    written = ask.given("From")
    if written is None:
        raise Refused(21603)
    sender = _plain(written)
    if not _E164.match(sender):
        raise Refused(21212)
    own = twilio.own_numbers.get(sender)
    if own is None or own.extra["account_sid"] != ask.account.sid:
        raise Refused(21659)
    if not own.can_text:
        raise Refused(21606)
    if sender == to:
        raise Refused(21266)
    return sender


def _body(ask: Ask) -> str:
    text, media = ask.given("Body"), ask.all("MediaUrl")
    if text is None and not media and ask.given("ContentSid") is None:
        raise Refused(21602)
    if len(text or "") > LONGEST_BODY:
        raise Refused(21617)
    if len(media) > _MOST_MEDIA:
        raise Refused(20001, message="Too many MediaUrl")
    return text or ""


def _callback_url(ask: Ask, service: Service | None) -> str | None:
    url = ask.given("StatusCallback")
    if url is None:
        return service.status_callback if service else None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
        raise Refused(21609)
    return url


def _check_period(ask: Ask) -> None:
    period = ask.given("ValidityPeriod")
    if period is not None and not (period.isdigit() and 1 <= int(period) <= 36000):
        raise Refused(20001, message="Invalid ValidityPeriod")


def _check_recipient(twilio: Twilio, sender: str, service: Service | None, to: str) -> None:
    if any(to.startswith(code) for code in twilio.barred_regions):
        raise Refused(21408)
    if twilio.trial and to not in twilio.verified:
        raise Refused(21608)
    if (service.sid, to) in twilio.blocks if service else twilio.is_blocked(sender, to):
        raise Refused(21610)
    if to in twilio.not_mobile:
        raise Refused(21614)
    if (sender, to) in twilio.unroutable:
        raise Refused(21612)
    if sender in twilio.full_queues:
        raise Refused(21611)


def _send_at(twilio: Twilio, ask: Ask, service: Service | None) -> datetime | None:
    if ask.given("ScheduleType") is None and ask.given("SendAt") is None:
        return None
    if service is None:
        raise Refused(35118)
    try:
        moment = datetime.fromisoformat(ask.given("SendAt") or "")
    except ValueError:
        raise Refused(35114) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _SOONEST <= moment - twilio.clock.now() <= _LATEST:
        raise Refused(35114)
    return moment
