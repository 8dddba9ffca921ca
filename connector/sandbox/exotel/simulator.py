"""The Exotel simulator as a test or a demo handles it: one account, its numbers, and what its pages leave open."""

from typing import Literal

from connector.sandbox.exchange import Platform
from connector.sandbox.exotel import codes, payloads
from connector.sandbox.exotel.spelling import NumberForm, is_indian
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.texting.handsets import Handsets
from connector.sandbox.texting.records import CallbackCall, CallbackSent, OwnNumber, Step, TextMessage
from connector.sandbox.texting.vendor import TextVendor

#: Requests and seconds.
RATE = ((200, 60.0),)
#: Seconds after which a call is repeated that was not answered with 2xx, and the further one that one page adds.
RETRIES_S = (30.0, 120.0, 600.0)
LATE_RETRY_S = 1800.0


class Exotel(TextVendor):
    """One account. Where Exotel's pages contradict each other or are silent, an attribute chooses.

    Inbound messages go to the number's `inbound_url`, or else to `inbound_url` of the account: the secret address that
    Exotel's staff enter. Nothing is signed, nothing lists inbound messages, and STOP means nothing to Exotel.
    """

    name = "exotel"

    def __init__(self, seed: int = 1, handsets: Handsets | None = None) -> None:
        super().__init__(seed, handsets)
        self.account = f"example{seed}"
        self.api_key = f"exotel_key_{seed:04d}"
        self.api_token = f"exotel_token_{seed:04d}"
        #: False: every send is 403 with 40001.
        self.has_balance = True
        #: False: every send is 503 with 40405.
        self.accepts = True
        #: The rate limiter, `SlidingWindows(RATE)`; None switches it off.
        self.limiter: SlidingWindows | None = None
        #: Sender ids (headers) beside the account's numbers; nobody can reply to one.
        self.sender_ids: set[str] = set()
        #: What the API page and what the error page say of an accepted message.
        self.accepted_http: Literal[200, 202] = 200
        #: The table that new messages go by.
        self.code_table: codes.CodeTable = "api"
        self.dnd_word: codes.DndWord = "failed_dnd"
        self.status_variant: payloads.StatusVariant = "terminal"
        #: Where statuses go when a message names no address; empty: nowhere.
        self.status_url = ""
        self.inbound_variant: payloads.InboundVariant = "form"
        self.inbound_url = ""
        self.number_form: NumberForm = "e164"
        #: An Indian message without `DltEntityId` is a 400 at once, or accepted and failed later; which is assumed.
        self.dlt: Literal["refused", "failed"] = "refused"
        #: Texts registered for India. None: any text passes; otherwise others are accepted and fail later.
        self.dlt_texts: set[str] | None = None
        #: An unknown SID is a 200 either way; the body is assumed.
        self.unknown_sid: Literal["exception", "text"] = "exception"
        #: The waits between repeats are multiplied by it.
        self.retry_scale = 1.0
        #: Whether a call is repeated once more after half an hour, as one page says.
        self.fourth_retry = False
        # A receiver has ten seconds.
        self.posting.timeout_s = 10.0

    @property
    def credentials(self) -> dict[str, str]:
        """What an administrator enters at the connector."""
        return {"account_sid": self.account, "api_key": self.api_key, "api_token": self.api_token}

    def api(self) -> Platform:
        """The front door."""
        from connector.sandbox.exotel.api import ExotelApi

        return ExotelApi(self)

    def new_message_id(self) -> str:
        """32 hex digits."""
        return f"{self.dice.getrandbits(128):032x}"

    def new_number(self, number: str) -> OwnNumber:
        """An ExoPhone."""
        return OwnNumber(number, f"{self.dice.getrandbits(64):016x}")

    def course(self, message: TextMessage, fate: str) -> list[Step]:
        """What the handset's fate leads to, unless India's registry stops the message before."""
        message.code, message.words = codes.code_of(codes.QUEUED, self.code_table), codes.QUEUED
        if is_indian(message.to) and not message.extra.get("DltEntityId"):
            return [codes.last_step("failed", codes.DLT_ENTITY, self.code_table)]
        if is_indian(message.to) and self.dlt_texts is not None and message.text not in self.dlt_texts:
            return [codes.last_step("failed", codes.DLT_TEMPLATE, self.code_table)]
        return codes.course(fate, self.code_table, self.dnd_word)

    def inbound_calls(self, message: TextMessage) -> list[CallbackCall]:
        """The calls in the chosen variant; none without an address."""
        url = self.own_numbers[message.to].inbound_url or self.inbound_url
        if not url:
            return []
        return payloads.inbound_calls(message, self.account, url, self.inbound_variant, self.number_form)

    def status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        """One call, or none before the end when the older page is right."""
        if self.status_variant == "terminal" and not payloads.is_last(message, step):
            return []
        return [payloads.status_call(message, step, self.account, self.status_variant)]

    def reached(self, message: TextMessage, step: Step) -> None:
        """The price is known once a message has left."""
        if step.leaves:
            message.extra["price"] = f"{0.2 * message.segments:.6f}"

    def retry_after_s(self, sent: CallbackSent, attempt: int) -> float | None:
        """30 s, 2 min and 10 min after anything but a 2xx; a HEAD is not repeated. For statuses this is assumed."""
        waits = RETRIES_S + ((LATE_RETRY_S,) if self.fourth_retry else ())
        taken = sent.status is not None and 200 <= sent.status < 300
        if taken or attempt > len(waits) or sent.call.method == "HEAD":
            return None
        return waits[attempt - 1] * self.retry_scale
