"""The Plivo simulator as a test or a demo handles it."""

import string
import uuid
from datetime import timedelta, timezone
from decimal import Decimal

from connector.sandbox.exchange import Platform
from connector.sandbox.plivo.courses import BAD_SOURCE, course
from connector.sandbox.plivo.forms import inbound_fields, intent, status_fields
from connector.sandbox.plivo.signing import Fields, call
from connector.sandbox.texting.handsets import OPTED_OUT, Handsets
from connector.sandbox.texting.records import INBOUND, CallbackCall, CallbackSent, OwnNumber, Step, TextMessage
from connector.sandbox.texting.vendor import TextVendor

_CAPITALS = string.ascii_uppercase + string.digits


class Plivo(TextVendor):
    """One account at Plivo. Prices are invented."""

    name = "plivo"

    def __init__(self, seed: int = 1, handsets: Handsets | None = None) -> None:
        super().__init__(seed, handsets)
        self.account = "MA" + "".join(self.dice.choices(_CAPITALS, k=18))
        self.auth_token = self.new_token()
        #: Another token that still signs version 3, beside the present one.
        self.previous_token: str | None = None
        #: Which signatures callbacks carry; the documents of messages name `v2`, those of calls `v3`.
        self.signatures: set[str] = {"v2", "v3"}
        #: Numbers in callbacks and records keep their plus; the examples show them without.
        self.plus = False
        self.tells_intent = True
        #: Pairs of a number of ours and a person's that has opted out of it.
        self.blocks: set[tuple[str, str]] = set()
        self.powerpacks: dict[str, list[str]] = {}
        #: Dialling codes with plus to which sending is not permitted (403).
        self.barred_regions: set[str] = set()
        self.cash_credits = Decimal("20.00000")
        self.outbound_rate, self.inbound_rate = Decimal("0.00550"), Decimal("0.00550")
        #: The account's time zone: records show times in it, with its offset.
        self.zone = timezone(timedelta(hours=5, minutes=30))
        #: Seconds between repeats of an inbound call that failed. The documents are silent; assumed: none.
        self.retries_s: tuple[float, ...] = ()
        #: Lists lead on by an opaque cursor in place of an offset; the SDK knows both.
        self.cursors = False

    @property
    def credentials(self) -> dict[str, str]:
        """What is entered at the connector."""
        return {"auth_id": self.account, "auth_token": self.auth_token}

    def api(self) -> Platform:
        """The front door."""
        from connector.sandbox.plivo.api import PlivoApi

        return PlivoApi(self)

    def new_token(self) -> str:
        """A token drawn from the seed."""
        return f"{self.dice.getrandbits(160):040x}"

    def change_token(self) -> str:
        """Replaces the token at once; version 3 is signed with both until `previous_token` is emptied."""
        with self.lock:
            self.previous_token, self.auth_token = self.auth_token, self.new_token()
            return self.auth_token

    def add_powerpack(self, numbers: list[str]) -> str:
        """Makes a pool of own numbers (E.164); returns its id."""
        with self.lock:
            pack = self.new_message_id()
            self.powerpacks[pack] = numbers
            return pack

    # --- hooks

    def new_message_id(self) -> str:
        """A UUID drawn from the seed."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def new_number(self, number: str) -> OwnNumber:
        """A number with an application of its own. `sub_token` in `extra` makes it a sub-account's."""
        application = str(self.dice.randrange(10**16, 10**17))
        return OwnNumber(number, number.removeprefix("+"), extra={"application": application})

    def course(self, message: TextMessage, fate: str) -> list[Step]:
        """See `courses`. An opt-out, and a sender that is not the account's, show only afterwards."""
        if not message.sender and message.extra.get("powerpack"):
            message.sender = self.powerpacks[message.extra["powerpack"]][0]
        own = self.own_numbers.get(message.sender)
        if own is None or not own.can_text:
            return list(BAD_SOURCE)
        return course(OPTED_OUT if (message.sender, message.to) in self.blocks else fate)

    def heed(self, message: TextMessage) -> None:
        """Bills it, blocks after STOP and unblocks after START."""
        self.cash_credits -= self.inbound_rate * message.segments
        pair, kind = (message.to, message.sender), intent(message.text)
        if kind == "optout":
            self.blocks.add(pair)
        elif kind == "optin":
            self.blocks.discard(pair)

    def inbound_calls(self, message: TextMessage) -> list[CallbackCall]:
        """The call of the number's application. Without an address the message stays `received`."""
        own = self.own_numbers[message.to]
        if not own.inbound_url:
            return []
        fields = inbound_fields(message, self.inbound_rate, plus=self.plus, tells_intent=self.tells_intent)
        return [self._signed("inbound", message, own.inbound_url, own.inbound_method, fields)]

    def status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        """One call for each status, `queued` too; each has the next number of the message's sequence."""
        sequence = message.extra["sequence"] = message.extra.get("sequence", 0) + 1
        fields = status_fields(message, step, self.outbound_rate, sequence, plus=self.plus)
        return [self._signed("status", message, str(message.callback_url), message.callback_method, fields)]

    def reached(self, message: TextMessage, step: Step) -> None:
        """Bills what leaves."""
        if step.leaves:
            self.cash_credits -= self.outbound_rate * message.segments

    def answered(self, sent: CallbackSent) -> None:
        """An inbound message is `delivered` to the receiver, or `undelivered`."""
        message = self._messages.get(sent.call.message_id)
        if message is None or sent.call.what != "inbound" or message.direction != INBOUND:
            return
        taken = sent.status is not None and 200 <= sent.status < 300
        if message.status != "delivered":
            message.status, message.updated_at = "delivered" if taken else "undelivered", self.clock.now()

    def retry_after_s(self, sent: CallbackSent, attempt: int) -> float | None:
        """As `retries_s` says."""
        failed = sent.status is None or sent.status >= 400
        return self.retries_s[attempt - 1] if failed and attempt <= len(self.retries_s) else None

    def _signed(self, what: str, message: TextMessage, url: str, method: str, fields: Fields) -> CallbackCall:
        own = self.own_numbers.get(message.to if what == "inbound" else message.sender)
        return call(
            what,
            message.id,
            url,
            method,
            fields,
            nonce=str(self.dice.randrange(10**20)),
            token=self.auth_token,
            sub_token=own.extra.get("sub_token") if own else None,
            previous_token=self.previous_token,
            versions=self.signatures,
        )
