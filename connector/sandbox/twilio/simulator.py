"""The Twilio simulator as a test or a demo handles it."""

import html
import re
from collections.abc import Iterable
from decimal import Decimal
from urllib.parse import parse_qs

from connector.sandbox.exchange import Platform
from connector.sandbox.texting.handsets import Handsets
from connector.sandbox.texting.records import OUTBOUND, CallbackCall, CallbackSent, OwnNumber, Step, TextMessage
from connector.sandbox.texting.vendor import TextVendor
from connector.sandbox.twilio.courses import course
from connector.sandbox.twilio.forms import inbound_fields, keyword, status_fields
from connector.sandbox.twilio.records import Account, Service, price_of
from connector.sandbox.twilio.signing import Fields, call

_AUTO_REPLIES = {
    "STOP": "You have been unsubscribed and will receive no more messages. Reply START to resubscribe.",
    "START": "You have been resubscribed. Reply STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Message and data rates may apply.",
}
_XML_TYPES = ("text/xml", "application/xml")
_TWIML_MESSAGE = re.compile(r"<(?:Message|Sms)\b[^>]*>(.*?)</(?:Message|Sms)>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class Twilio(TextVendor):
    """One main account at Twilio, with its sub-accounts.

    Behaviour of which the documents are silent is marked "assumed" where it is written.
    """

    name = "twilio"

    def __init__(self, seed: int = 1, handsets: Handsets | None = None) -> None:
        super().__init__(seed, handsets)
        self.accounts: dict[str, Account] = {}
        self.services: dict[str, Service] = {}
        main = self.open_account("Main account")
        self.account = main.sid
        #: Pairs of a number of ours, or a messaging service, and a person's number that has opted out of it.
        self.blocks: set[tuple[str, str]] = set()
        #: Money, which may not be up to date for the vendor either.
        self.balance = Decimal("20.00")
        #: Dialling codes with plus to which sending is not enabled.
        self.barred_regions: set[str] = set()
        #: A trial account sends to verified numbers only.
        self.trial = False
        self.verified: set[str] = set()
        #: Refused over the API as not mobile (21614), by number.
        self.not_mobile: set[str] = set()
        #: (from, to) that cannot be routed (21612).
        self.unroutable: set[tuple[str, str]] = set()
        #: Numbers of ours whose queue is full (21611).
        self.full_queues: set[str] = set()
        #: Countries (ISO) whose numbers are sold with a regulatory bundle only (21649).
        self.needs_bundle: set[str] = set()
        #: Whether the vendor answers keywords itself.
        self.auto_replies = True
        #: Whether HELP and INFO come through to the receiver; documents disagree.
        self.help_comes_through = True
        #: Seconds until an inbound message shows its price.
        self.price_lag_s = 1.0
        #: DateSent filters look at the day alone: the documents promise no more.
        self.whole_days = False
        #: A misspelt date filter is ignored, as was once reported, instead of refused.
        self.ignores_bad_dates = False
        #: Pages name themselves as the next one: a server fault that a client must notice.
        self.stuck_pages = False
        #: (key id, secret): callbacks are signed with SHA-256 by this key.
        self.shared_key: tuple[str, str] | None = None
        #: False signs addresses without their port.
        self.signs_port = True
        #: What the vendor's debugger shows: code and message id.
        self.alerts: list[tuple[int, str]] = []

    # --- what an administrator does

    @property
    def auth_token(self) -> str:
        """The main account's token."""
        return self.accounts[self.account].auth_token

    @property
    def credentials(self) -> dict[str, str]:
        """What is entered at the connector."""
        return {"account_sid": self.account, "auth_token": self.auth_token}

    def api(self) -> Platform:
        """The front door."""
        from connector.sandbox.twilio.api import TwilioApi

        return TwilioApi(self)

    def open_account(self, friendly_name: str, owner: str | None = None) -> Account:
        """Opens an account; with an owner a sub-account."""
        with self.lock:
            account = Account(self.new_sid("AC"), self.new_hex(), friendly_name, self.clock.now(), owner)
            self.accounts[account.sid] = account
            return account

    def new_api_key(self, *, standard: bool = True) -> tuple[str, str]:
        """An API key of the main account: id and secret."""
        with self.lock:
            sid, secret = self.new_sid("SK"), self.new_hex()
            account = self.accounts[self.account]
            (account.standard_keys if standard else account.main_keys)[sid] = secret
            return sid, secret

    def create_secondary_token(self) -> str:
        """The first half of changing the token: a second one is taken over HTTP; the old one still signs."""
        with self.lock:
            self.accounts[self.account].secondary_token = token = self.new_hex()
            return token

    def promote_secondary_token(self) -> None:
        """The second half: the second token takes the place of the first, and signs. ValueError without one."""
        with self.lock:
            account = self.accounts[self.account]
            if account.secondary_token is None:
                raise ValueError("there is no secondary token")
            account.auth_token, account.secondary_token = account.secondary_token, None

    def add_service(
        self,
        numbers: Iterable[str],
        *,
        inbound_request_url: str | None = None,
        use_inbound_webhook_on_number: bool = False,
        advanced_opt_out: bool = False,
        status_callback: str | None = None,
    ) -> Service:
        """Makes a messaging service of own numbers (E.164); without an address for inbound it swallows them."""
        with self.lock:
            service = Service(self.new_sid("MG"), self.account, "Recruiting", self.clock.now(), list(numbers))
            service.inbound_request_url = inbound_request_url
            service.use_inbound_webhook_on_number = use_inbound_webhook_on_number
            service.advanced_opt_out, service.status_callback = advanced_opt_out, status_callback
            self.services[service.sid] = service
            return service

    def service_of(self, number: str) -> Service | None:
        """The messaging service that a number is in."""
        return next((each for each in self.services.values() if number in each.numbers), None)

    def new_hex(self) -> str:
        """32 hexadecimal digits drawn from the seed."""
        return f"{self.dice.getrandbits(128):032x}"

    def new_sid(self, prefix: str) -> str:
        """A fresh id."""
        return prefix + self.new_hex()

    def is_blocked(self, sender: str, to: str) -> bool:
        """Whether the person at `to` has opted out of a number of ours or of a messaging service."""
        service = self.service_of(sender)
        return bool({(sender, to), (service.sid if service else sender, to)} & self.blocks)

    # --- hooks

    def new_message_id(self) -> str:
        """`SM…`."""
        return self.new_sid("SM")

    def new_number(self, number: str) -> OwnNumber:
        """A number of the main account."""
        return OwnNumber(number, self.new_sid("PN"), extra={"account_sid": self.account, "created": self.clock.now()})

    def course(self, message: TextMessage, fate: str) -> list[Step]:
        """See `courses`. A scheduled message waits for its time."""
        if message.status == "scheduled":
            self.do_later((message.extra["send_at"] - self.clock.now()).total_seconds(), lambda: self._launch(message))
            return []
        return course(fate, through_service=message.status == "accepted")

    def swallows(self, _sender: str, to: str) -> bool:
        """A messaging service without an address for inbound discards: neither called back nor listed."""
        service = self.service_of(to)
        return service is not None and service.inbound_request_url is None and not service.use_inbound_webhook_on_number

    def heed(self, message: TextMessage) -> None:
        """Bills it, blocks after STOP and unblocks after START, and answers keywords."""
        message.extra["account_sid"] = self.own_numbers[message.to].extra["account_sid"]
        self._bill(message, inbound=True)
        message.extra["priced_at"] = self.clock.now().timestamp() + self.price_lag_s
        if message.extra.get("receiving"):
            message.status, message.course = "receiving", [Step("received")]
        kind = keyword(message.text)
        service = self.service_of(message.to)
        pair = (service.sid if service else message.to, message.sender)
        if kind == "STOP":
            self.blocks.add(pair)
        elif kind == "START":
            self.blocks -= {pair, (message.to, message.sender)}
        if kind and self.auto_replies:
            self._say(message, _AUTO_REPLIES[kind], "auto")

    def inbound_calls(self, message: TextMessage) -> list[CallbackCall]:
        """The call of the messaging service, or of the number."""
        if keyword(message.text) == "HELP" and not self.help_comes_through:
            return []
        own, service = self.own_numbers[message.to], self.service_of(message.to)
        url, method = own.inbound_url, own.inbound_method
        if service is not None and not service.use_inbound_webhook_on_number:
            url, method = service.inbound_request_url or "", "POST"
        if not url:
            return []
        return [self._signed("inbound", message, url, method, inbound_fields(message, service))]

    def status_calls(self, message: TextMessage, step: Step) -> list[CallbackCall]:
        """One call for each status but the first."""
        fields = status_fields(message, step, self.clock.now())
        return [self._signed("status", message, str(message.callback_url), "POST", fields)]

    def reached(self, message: TextMessage, step: Step) -> None:
        """Picks the sender of a messaging service, and bills what leaves."""
        if message.direction == OUTBOUND and not message.sender:
            message.sender = self._pick(self.services[message.extra["service"]], message.to)
        if step.leaves:
            self._bill(message, inbound=False)

    def retry_after_s(self, sent: CallbackSent, attempt: int) -> float | None:
        """By the overrides in the address's fragment: `rc` repeats (1), on `rp` (`ct`: nobody could be reached)."""
        overrides = {name: values[-1] for name, values in parse_qs(sent.call.fragment).items()}
        if attempt > int(overrides.get("rc", "1")) or sent.call.what not in ("inbound", "status"):
            return None
        policies = set(overrides.get("rp", "ct").split(","))
        if sent.status is None:
            return 0.0 if policies & {"ct", "rt", "all"} else None
        due = policies & {"all", f"{sent.status // 100}xx"} and sent.status >= 400
        return 0.0 if due else None

    def answered(self, sent: CallbackSent) -> None:
        """Sends on what the answer to an inbound call says, and notes answers that cannot be used."""
        if sent.status is None or not 200 <= sent.status < 300:
            self.alerts.append((11200, sent.call.message_id))
            return
        message = self._messages.get(sent.call.message_id)
        if sent.call.what != "inbound" or not sent.answer.strip() or message is None:
            return
        kind, text = sent.answer_type.partition(";")[0].strip().lower(), sent.answer.decode(errors="replace")
        if kind in _XML_TYPES:
            if "<Response" not in text:
                self.alerts.append((12100, message.id))
            for said in _TWIML_MESSAGE.findall(text):
                self._say(message, html.unescape(_TAG.sub("", said)).strip(), "reply")
        elif kind == "text/plain":
            # Assumed: one older page says that plain text is sent on, too.
            self._say(message, text.strip(), "reply")
        else:
            self.alerts.append((12300, message.id))

    # --- inside

    def _say(self, message: TextMessage, text: str, kind: str) -> None:
        account = message.extra["account_sid"]
        self.accept(message.to, message.sender, text, "queued", kind=kind, account_sid=account)

    def _launch(self, message: TextMessage) -> None:
        with self.lock:
            if message.status == "scheduled":
                message.status = "accepted"
                message.course = self.course(message, self.handsets.get(message.to).fate)

    def _pick(self, service: Service, to: str) -> str:
        """Assumed: the number last used with the person, else one of the same country, else the first."""
        used = [each.sender for each in self.messages if each.to == to and each.sender in service.numbers]
        near = [number for number in service.numbers if number[:3] == to[:3]]
        return (used[-1:] or near or service.numbers)[0]

    def _bill(self, message: TextMessage, inbound: bool) -> None:
        cost = price_of(message.sender if inbound else message.to, inbound) * message.segments
        message.extra["price"] = cost
        self.balance -= cost

    def _signed(self, what: str, message: TextMessage, url: str, method: str, fields: Fields) -> CallbackCall:
        token = self.accounts[message.extra["account_sid"]].auth_token
        return call(what, message.id, url, method, fields, token, shared_key=self.shared_key, with_port=self.signs_port)
