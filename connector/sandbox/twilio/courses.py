"""The statuses that a Twilio message goes through, by what becomes of it at the handset."""

from connector.sandbox.texting import handsets
from connector.sandbox.texting.records import Step

_SENDING = Step("sending")
_SENT = Step("sent", leaves=True)

#: Fate to the last steps. `undelivered` had left and is billed; `failed` never left and is not.
_ENDS: dict[str, tuple[Step, ...]] = {
    handsets.DELIVERED: (_SENDING, _SENT, Step("delivered", arrives=True)),
    handsets.NO_RECEIPT: (_SENDING, Step("sent", leaves=True, arrives=True)),
    handsets.OFF: (_SENDING, _SENT, Step("undelivered", "30003", "Unreachable destination handset")),
    handsets.BLOCKED: (_SENDING, _SENT, Step("undelivered", "30004", "Message blocked")),
    handsets.UNKNOWN: (_SENDING, _SENT, Step("undelivered", "30005", "Unknown destination handset")),
    handsets.LANDLINE: (_SENDING, _SENT, Step("undelivered", "30006", "Landline or unreachable carrier")),
    handsets.FILTERED: (_SENDING, _SENT, Step("undelivered", "30007", "Message filtered")),
    handsets.UNREGISTERED: (_SENDING, _SENT, Step("undelivered", "30034", "Message from an unregistered number")),
    handsets.EXPIRED: (Step("failed", "30036", "Validity period expired"),),
    handsets.NEVER_LEFT: (Step("failed", "30001", "Queue overflow"),),
    handsets.OPTED_OUT: (Step("failed", "21610", "Attempt to send to unsubscribed recipient"),),
}


def course(fate: str, through_service: bool) -> list[Step]:
    """What follows the first status, which is `accepted` through a messaging service and else `queued`."""
    return [Step("queued"), *_ENDS[fate]] if through_service else list(_ENDS[fate])
