"""ClickSend's automation rules: what happens to a reply or to a receipt."""

from dataclasses import dataclass, fields
from typing import Any

#: The action that fills a queue; only with such a rule is there anything to poll.
POLL = "POLL"
#: The action that calls an address.
URL = "URL"
#: How an address is called: with a form, with a query, or with JSON.
WEBHOOK_TYPES = ("post", "get", "json")


@dataclass
class InboundRule:
    """One rule about replies. Each that fits acts, so two that poll put a reply into the queue twice."""

    inbound_rule_id: int
    action: str = POLL
    action_address: str = ""
    webhook_type: str = "post"
    #: A number of ours, or `*` for all.
    dedicated_number: str = "*"
    rule_name: str = "Rule"
    #: 0 any text, 1 beginning with the term, 2 containing it, 3 not containing it.
    message_search_type: int = 0
    message_search_term: str = ""
    enabled: int = 1

    def fits(self, number: str, text: str) -> bool:
        """Whether the rule acts on a text to one of our numbers. That letter case does not count is assumed."""
        if not self.enabled or self.dedicated_number not in ("*", number):
            return False
        body, term = text.casefold(), self.message_search_term.casefold()
        tests = {1: body.startswith(term), 2: term in body, 3: term not in body}
        return tests.get(self.message_search_type, True)


@dataclass
class ReceiptRule:
    """One rule about delivery receipts."""

    receipt_rule_id: int
    action: str = POLL
    action_address: str = ""
    webhook_type: str = "post"
    rule_name: str = "Rule"
    #: 0: all.
    match_type: int = 0
    enabled: int = 1


def changed(rule: InboundRule | ReceiptRule, body: Any) -> str | None:
    """Takes the known members of a request over; returns what is wrong with them, and then takes none."""
    if not isinstance(body, dict):
        return "The body must be an object"
    known = {each.name: type(getattr(rule, each.name)) for each in fields(rule)[1:]}
    values = {name: value for name, value in body.items() if name in known and value is not None}
    wrong = [name for name, value in values.items() if type(value) is not known[name]]
    if wrong or values.get("webhook_type", "post") not in WEBHOOK_TYPES:
        return f"Not valid: {', '.join(wrong) or 'webhook_type'}"
    for name, value in values.items():
        setattr(rule, name, value)
    return None
