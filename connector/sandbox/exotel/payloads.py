"""What Exotel says of a message: in answers, in status callbacks and in its three kinds of inbound calls."""

import json
from typing import Any, Literal
from urllib.parse import urlencode

from connector.sandbox.exotel import codes
from connector.sandbox.exotel.spelling import NumberForm, naive, offset_form, written, zulu
from connector.sandbox.texting.records import OUTBOUND, CallbackCall, Step, TextMessage

#: Current pages: a form; a support article: JSON; the old applet: HEAD, then GET.
InboundVariant = Literal["form", "json", "get"]
#: The older page knows terminal statuses only; the newer one is called on every change and has more fields.
StatusVariant = Literal["terminal", "every_change"]

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


def document(message: TextMessage, account: str, form: NumberForm) -> dict[str, Any]:
    """The `SMSMessage` of an answer. The fields from `Direction` on are assumed in answers to a send."""
    outbound = message.direction == OUTBOUND
    return {
        "Sid": message.id,
        "AccountSid": account,
        "From": message.extra.get("From") or written(message.sender, form, ours=outbound),
        "To": written(message.to, form, ours=not outbound),
        "Body": message.text,
        "Status": message.status,
        "DateCreated": naive(message.created_at),
        "DateUpdated": naive(message.updated_at),
        "DateSent": naive(message.sent_at),
        "Price": message.extra.get("price"),
        "Uri": f"/v1/Accounts/{account}/SMS/Messages/{message.id}.json",
        "Direction": "outbound-api" if outbound else "inbound",
        "SmsUnits": message.segments,
        "DetailedStatusCode": int(message.code) if message.code else None,
        "DetailedStatus": message.words,
    }


def is_last(message: TextMessage, step: Step) -> bool:
    """Whether nothing follows this step."""
    return step.status in codes.LAST or step.words == codes.TO_HANDSET or not message.course


def status_call(message: TextMessage, step: Step, account: str, variant: StatusVariant) -> CallbackCall:
    """A status callback. Which of the two variants has which time, and that `ExternalRef` is our text, is assumed."""
    custom = message.extra.get("CustomField", "")
    fields = {
        "SmsSid": message.id,
        "To": message.to,
        "Status": step.status,
        "SmsUnits": message.segments,
        "DetailedStatus": step.words or "",
        "DetailedStatusCode": step.code or "",
        "CustomField": custom,
    }
    if variant == "terminal":
        fields["DateSent"] = naive(message.sent_at)
    else:
        fields |= {
            "From": message.extra["From"],
            "AccountSid": account,
            "SentAt": offset_form(message.sent_at) if message.sent_at else "",
            "UpdatedAt": offset_form(message.updated_at),
            "ExternalRef": custom,
        }
    url = message.callback_url or ""
    return CallbackCall("status", message.id, "POST", url, dict(_FORM), urlencode(fields).encode())


def inbound_calls(
    message: TextMessage, account: str, url: str, variant: InboundVariant, form: NumberForm
) -> list[CallbackCall]:
    """The call or calls that tell of an inbound message."""
    sender, to = written(message.sender, form, ours=False), written(message.to, form, ours=True)
    if variant == "json":
        article = {
            "SmsSid": message.id,
            "Direction": "incoming",
            "Sender": sender,
            "ReceivedOn": to,
            "MessageBody": message.text,
            "ReceivedTime": zulu(message.created_at),
        }
        body = json.dumps(article, ensure_ascii=False).encode()
        return [CallbackCall("inbound", message.id, "POST", url, dict(_JSON), body)]
    fields = {"SmsSid": message.id, "From": sender, "To": to}
    if variant == "get":
        query = urlencode(fields | {"Date": naive(message.created_at), "Body": message.text})
        address = url + ("&" if "?" in url else "?") + query
        return [CallbackCall("inbound", message.id, method, address, {}) for method in ("HEAD", "GET")]
    fields |= {"Body": message.text, "DateCreated": offset_form(message.created_at), "AccountSid": account}
    return [CallbackCall("inbound", message.id, "POST", url, dict(_FORM), urlencode(fields).encode())]
