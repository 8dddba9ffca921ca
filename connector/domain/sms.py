"""What an administrator has set about text messages, as the rules and flows need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Template:
    """A text with names to fill in."""

    name: str
    text: str
    #: sent by itself on this event; None: by hand only
    on: str | None = None
    #: that long after the event, seconds
    after_s: float = 0.0


@dataclass(frozen=True)
class SmsSettings:
    """What an administrator has set, as the rules and flows need it."""

    #: False: nothing is sent, what waits is cancelled; replies are still recorded
    enabled: bool
    #: the one active provider; None: routing says
    provider: str | None
    #: a dialling code with its plus, or `default` -> providers in order of preference
    routing: Mapping[str, tuple[str, ...]]
    #: E.164 numbers of ours by provider, in order of preference
    numbers: Mapping[str, tuple[str, ...]]
    #: numbers whose inbound messages are no replies to recruiters
    chatbot_numbers: frozenset[str] = frozenset()
    #: aware UTC; older replies are never mirrored
    replies_since: datetime | None = None
    #: `ats`, `source`
    mirror_to: tuple[str, ...] = ("ats", "source")
    templates: Mapping[str, Template] = field(default_factory=dict)
    default_region: str | None = None
    #: local times "08:00" and "21:00", or None: any hour
    quiet_hours: tuple[str, str] | None = None
    #: an IANA name; None: the zones of the person's number
    zone: str | None = None
    #: how a number is shown in a comment: `masked`, `full`, `hidden`
    show_sender: str = "masked"
    smart_encoding: bool = False
    #: segments granted in all; None: not counted against anything
    segment_balance: int | None = None
    #: so many equal texts from one number within an hour trip the loop breaker
    loop_after: int = 5
    #: a provider whose share of failures among its last messages passes this is passed over
    failure_threshold: float = 0.5
    #: where vendors call us; None: callbacks are off. Ends without a slash
    public_url: str | None = None
    #: the secret at the end of callback paths, by provider
    callback_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: an internal number for `sms test`
    test_number: str | None = None
