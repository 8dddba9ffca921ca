"""The ClickSend simulator as a test or a demo handles it: one account, its rules, and what its documents leave open."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Literal

from connector.sandbox.clicksend import gateway, payloads
from connector.sandbox.clicksend.payloads import Fields, Receipt
from connector.sandbox.clicksend.rules import POLL, URL, InboundRule, ReceiptRule
from connector.sandbox.exchange import Platform
from connector.sandbox.pinpoint.limiter import SlidingWindows
from connector.sandbox.texting.handsets import Handsets
from connector.sandbox.texting.records import OUTBOUND, CallbackCall, OwnNumber, Step, TextMessage
from connector.sandbox.texting.vendor import TextVendor

#: Requests and seconds, for each path and caller, as observed on a real account. The documents name no number.
RATE = ((20, 60.0),)
CURRENCY = {
    "currency_name_short": "GBP",
    "currency_prefix_d": "£",
    "currency_prefix_c": "p",
    "currency_name_long": "British Pounds",
}


class ClickSend(TextVendor):
    """One account. It begins with one POLL rule for replies and one for receipts; nothing is signed.

    A number's `inbound_url` counts as one more URL rule for it, called as the number's `extra["webhook_type"]` says.
    Every reply knows the last message that the person got from that number.
    """

    name = "clicksend"
    received_status = "Received"

    def __init__(self, seed: int = 1, handsets: Handsets | None = None) -> None:
        super().__init__(seed, handsets)
        self.username = self.account = f"example{seed}"
        self.api_key = str(uuid.UUID(int=self.dice.getrandbits(128), version=4)).upper()
        self.balance = Decimal("20.00")
        #: Of one part of a message.
        self.price = Decimal("0.0792")
        #: The rate limiter, `SlidingWindows(RATE)`; None switches it off.
        self.limiter: SlidingWindows | None = None
        self.inbound_rules: list[InboundRule] = []
        self.receipt_rules: list[ReceiptRule] = []
        #: Recipient, or `*` for all, to the status that a message is rejected with inside a 200, such as
        #: `INVALID_RECIPIENT`, `INSUFFICIENT_CREDIT` or `COUNTRY_NOT_ENABLED`.
        self.rejections: dict[str, str] = {}
        #: A rejected message has an empty text as its `schedule`, as observed on a real account; the vendor's own
        #: client cannot read that.
        self.odd_rejections = False
        #: Dialling codes with plus to which sending is not enabled.
        self.barred_codes: set[str] = set()
        #: Own numbers that are replaced although they fit.
        self.blocked_senders: set[str] = set()
        #: Whether a sender of another country is replaced by a local shared number.
        self.replaces_senders = True
        #: The same text to the same person is refused for so long; the length is assumed.
        self.identical_within_s = 5.0
        #: Messages with links wait for `approve`.
        self.hold_links = False
        #: A passing failure (300) comes before each delivery.
        self.temporary_first = False
        #: Whether there is a receipt (200) for a message that has only been sent.
        self.sent_receipts = True
        self.codes_as_text = False
        self.reply_time: payloads.TimeField = "timestamp"
        #: What the history calls a delivered message: its own list has the one, the table of codes the other.
        self.delivered_word: Literal["Completed", "Sent"] = "Completed"
        #: The order of the queues of replies and receipts; the documents name none.
        self.newest_first = False
        #: When which text last went to whom.
        self.texts_sent: dict[tuple[str, str], datetime] = {}
        self.receipts: list[Receipt] = []
        self._waiting: dict[str, list[Step]] = {}
        self.add_inbound_rule(POLL)
        self.add_receipt_rule(POLL)

    @property
    def credentials(self) -> dict[str, str]:
        """What an administrator enters at the connector."""
        return {"username": self.username, "api_key": self.api_key}

    # --- what an administrator does

    def add_inbound_rule(self, action: str = URL, address: str = "", webhook_type: str = "post") -> InboundRule:
        """One more rule for replies to all numbers; a second POLL rule makes each reply come twice."""
        with self.lock:
            rule = InboundRule(self.dice.randrange(1, 1_000_000), action, address, webhook_type)
            self.inbound_rules.append(rule)
            return rule

    def add_receipt_rule(self, action: str = URL, address: str = "", webhook_type: str = "post") -> ReceiptRule:
        """One more rule for receipts."""
        with self.lock:
            rule = ReceiptRule(self.dice.randrange(1, 1_000_000), action, address, webhook_type)
            self.receipt_rules.append(rule)
            return rule

    def approve(self, message_id: str) -> None:
        """Lets a message go that waited for approval or for its time. Twice is safe."""
        with self.lock:
            steps = self._waiting.pop(message_id, None)
            if steps is not None:
                self._messages[message_id].course = steps

    def cancel(self, message_id: str) -> bool:
        """Calls a message off that waits; returns whether it did."""
        with self.lock:
            if self._waiting.pop(message_id, None) is None:
                return False
            self._reach(self._messages[message_id], gateway.failure("5", gateway.CANCELLED))
            return True

    # --- hooks

    def api(self) -> Platform:
        """The front door."""
        from connector.sandbox.clicksend.api import ClickSendApi

        return ClickSendApi(self)

    def new_message_id(self) -> str:
        """A UUID in capitals."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4)).upper()

    def new_number(self, number: str) -> OwnNumber:
        """A dedicated number."""
        return OwnNumber(number, self.new_message_id())

    def course(self, message: TextMessage, fate: str) -> list[Step]:
        """What the handset's fate leads to."""
        return gateway.course(fate, self.temporary_first)

    def heed(self, message: TextMessage) -> None:
        """Finds the message that a reply answers, and puts it into the queue once for each POLL rule that fits."""
        if message.answers is None:
            answered = self._last_to(message.sender, message.to)
            message.answers = answered.id if answered else None
        rules = [rule for rule in self.inbound_rules if rule.fits(message.to, message.text)]
        message.extra["copies"] = sum(rule.action == POLL for rule in rules)

    def inbound_calls(self, message: TextMessage) -> list[CallbackCall]:
        """One call for each URL rule that fits."""
        own = self.own_numbers[message.to]
        targets = [(own.inbound_url, str(own.extra.get("webhook_type", "post")))] if own.inbound_url else []
        targets += [
            (rule.action_address, rule.webhook_type)
            for rule in self.inbound_rules
            if rule.action == URL and rule.fits(message.to, message.text)
        ]
        fields = self.reply_fields(message)
        return [payloads.call("inbound", message.id, fields, url, kind) for url, kind in targets]

    def status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        """One call for each URL rule for receipts."""
        if not self._receipted(step):
            return []
        fields = payloads.receipt(message, step, self.clock.now(), self.codes_as_text)
        return [
            payloads.call("status", message.id, fields, rule.action_address, rule.webhook_type)
            for rule in self.receipt_rules
            if rule.enabled and rule.action == URL
        ]

    def reached(self, message: TextMessage, step: Step) -> None:
        """Puts a receipt into the queue once for each POLL rule for receipts; that it comes twice is assumed."""
        if not self._receipted(step):
            return
        now = self.clock.now()
        for rule in self.receipt_rules:
            if rule.enabled and rule.action == POLL:
                fields = payloads.receipt(message, step, now, self.codes_as_text)
                self.receipts.append(Receipt(message.id, fields, now))

    # --- for the front door, with `lock` held

    def reply_fields(self, message: TextMessage) -> Fields:
        """A reply as ClickSend shows it."""
        answered = self._messages.get(message.answers or "")
        return payloads.reply(message, answered, self.reply_time)

    def unread_replies(self) -> list[TextMessage]:
        """The queue of replies; one that several rules put there is in it several times."""
        inbound = [each for each in self.listed() if "copies" in each.extra]
        rows = [each for each in inbound for _ in range(each.extra["copies"])]
        return rows if self.newest_first else rows[::-1]

    def unread_receipts(self) -> list[Receipt]:
        """The queue of receipts."""
        rows = [each for each in self.receipts if not each.read]
        return rows[::-1] if self.newest_first else rows

    def dedicated(self) -> list[OwnNumber]:
        """The account's own numbers that can text, without the shared ones."""
        return [each for each in self.own_numbers.values() if each.can_text and not each.extra.get("shared")]

    def shared_number(self, code: str) -> str:
        """A shared number with a dialling code; replies to it reach the account as well."""
        number = f"{code}7700900999" if code == "+44" else f"{code}5550100999"
        if number not in self.own_numbers:
            self.add_number(number, shared=True)
        return number

    def park(self, message: TextMessage, status: str, seconds: float | None) -> None:
        """Keeps an accepted message back until `approve`, which comes by itself after `seconds` unless that is None."""
        self._waiting[message.id], message.course, message.status = message.course, [], status
        if seconds is not None:
            self.do_later(seconds, lambda: self.approve(message.id))

    def _receipted(self, step: Step) -> bool:
        return self.sent_receipts or step.status != gateway.SENT

    def _last_to(self, person: str, ours: str) -> TextMessage | None:
        sent = [
            each
            for each in self._messages.values()
            if each.direction == OUTBOUND and each.to == person and each.sender == ours
        ]
        return max(sent, key=lambda each: each.created_at, default=None)
