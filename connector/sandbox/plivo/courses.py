"""The statuses that a Plivo message goes through, by what becomes of it at the handset."""

from connector.sandbox.texting import handsets
from connector.sandbox.texting.records import Step

_QUEUED = Step("queued")
_SENT = Step("sent", leaves=True)

#: Fate to steps. Which status goes with which code is assumed; the codes are the documents'.
_COURSES: dict[str, tuple[Step, ...]] = {
    handsets.DELIVERED: (_SENT, Step("delivered", "000", arrives=True)),
    handsets.NO_RECEIPT: (Step("sent", leaves=True, arrives=True),),
    handsets.OFF: (_SENT, Step("undelivered", "20", "Network error")),
    handsets.UNKNOWN: (_SENT, Step("undelivered", "50", "Invalid destination number")),
    handsets.LANDLINE: (_SENT, Step("undelivered", "50", "Invalid destination number")),
    handsets.FILTERED: (_SENT, Step("undelivered", "30", "Spam detected")),
    handsets.BLOCKED: (_SENT, Step("undelivered", "30", "Spam detected")),
    handsets.UNREGISTERED: (Step("rejected", "40", "Invalid source number"),),
    handsets.EXPIRED: (Step("failed", "420", "Message expired"),),
    handsets.NEVER_LEFT: (Step("failed", "10", "Invalid message"),),
    handsets.OPTED_OUT: (Step("failed", "200", "Source number blocked by STOP from destination number"),),
}

#: A sender that the account does not hold.
BAD_SOURCE = (Step("rejected", "40", "Invalid source number"),)


def course(fate: str) -> list[Step]:
    """What follows the acceptance; `queued` is called back like the others."""
    return [_QUEUED, *_COURSES[fate]]
