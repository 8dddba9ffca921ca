"""ClickSend's statuses: the words of the history, and the codes of its table of gateway errors (help.clicksend.com)."""

from connector.sandbox.texting import handsets
from connector.sandbox.texting.records import Step

QUEUED, SCHEDULED, WAITING = "Queued", "Scheduled", "WaitApproval"
SENT, COMPLETED, FAILED = "Sent", "Completed", "Failed"
CANCELLED, REVIEWED = "Cancelled", "CancelledAfterReview"

#: A passing fault of the network: ClickSend tries again by itself.
TEMPORARY = "16"

#: Error codes and what they mean.
MEANINGS = {
    "5": "Cancelled",
    "7": "Failed for an unknown reason",
    "8": "Unknown subscriber",
    "9": "Unidentified subscriber",
    "10": "Illegal subscriber",
    "11": "The subscription, handset or network does not support SMS",
    "12": "Absent subscriber",
    "13": "The handset's memory is full",
    "14": "Error or congestion in the recipient's network",
    "15": "Rejected by the recipient's network",
    TEMPORARY: "Temporary network error, will be retried",
    "17": "Network timeout",
    "18": "Routing error",
    "19": "Taken for spam by the recipient's network",
    "20": "The delivery receipt expired",
}

#: Statuses that wait for something and cannot be told apart by the code.
_ON_THE_WAY = frozenset({QUEUED, SCHEDULED, WAITING, SENT})

#: Fates that end badly: the error code, and whether the message left before.
_BAD_ENDS = {
    handsets.OFF: ("12", True),
    handsets.UNKNOWN: ("8", True),
    handsets.LANDLINE: ("11", False),
    handsets.FILTERED: ("19", False),
    handsets.UNREGISTERED: ("15", False),
    handsets.BLOCKED: ("10", True),
    handsets.EXPIRED: ("20", True),
}


def status_code(status: str, error: str | None) -> int:
    """200 on its way, 201 on the handset, 300 for a passing failure, 301 for the end."""
    if status in _ON_THE_WAY:
        return 200
    if status == COMPLETED:
        return 201
    return 300 if error == TEMPORARY else 301


def status_text(status: str, error: str | None) -> str:
    """Words for it; ours, as a client should not depend on them."""
    if status == COMPLETED:
        return "Success: on the handset"
    return f"Error: {MEANINGS.get(error or '', 'failed')}" if status not in _ON_THE_WAY else f"Success: {status}"


def failure(error: str, status: str = FAILED) -> Step:
    """A failure with one of the codes of the table."""
    return Step(status, error, MEANINGS[error])


def course(fate: str, temporary_first: bool) -> list[Step]:
    """What a message goes through after `Queued`. That somebody who opted out gets a cancelled one is assumed."""
    if fate in (handsets.NEVER_LEFT, handsets.OPTED_OUT):
        return [failure("5", CANCELLED)]
    silent = fate == handsets.NO_RECEIPT
    sent = Step(SENT, leaves=True, arrives=silent)
    if fate in _BAD_ENDS:
        error, left = _BAD_ENDS[fate]
        return [sent, failure(error)] if left else [failure(error)]
    if silent:
        return [sent]
    first = [failure(TEMPORARY)] if temporary_first else []
    return [sent, *first, Step(COMPLETED, arrives=True)]
